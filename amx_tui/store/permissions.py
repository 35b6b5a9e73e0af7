"""Whether a member may do something, asked inside the transaction that does it, and answered no in every doubt."""

from __future__ import annotations

from typing import Any, NoReturn

import sqlalchemy as sa

from amx_tui.domain.errors import RoleError
from amx_tui.domain.identity import Identity
from amx_tui.domain.members import ROLES, Action, Member, may, read_role
from amx_tui.domain.membership import admins_to_ask
from amx_tui.store.members import read_member
from amx_tui.store.tables import Tables

__all__ = ["explain_refusal", "require_permission", "select_permitted"]


def require_permission(
    connection: sa.Connection, tables: Tables, identity: Identity, action: Action, *, doing: str
) -> Member | None:
    """Check the member's role, and keep it as it is until the transaction has ended.

    Args:
        action: What is to be done.
        doing: The same in words, for the refusal: "deciding".

    Returns:
        The member; None in the local store, whose only user may do everything.

    Raises:
        RoleError: The member may not, is revoked, has a role that nobody knows, or is none.
    """
    if tables.is_local:
        return None
    users = tables.users.c
    named = sa.select(users.id, users.username, users.hostname, users.role, users.revoked_at).where(
        users.username == identity.username, users.hostname == identity.hostname
    )
    # A plain read after a wait for a lock would see the past; the row is shared with others who only read it.
    rows = connection.execute(named.with_for_update(read=True)).mappings().all()
    # Names that another program's table compares without their case are compared here to the letter.
    found = [
        row for row in rows if (row["username"], row["hostname"]) == (identity.username, identity.hostname)
    ]
    if len(found) != 1:
        raise RoleError(f"{identity} is no member of this store.", hint="Open it once more to register.")
    row = found[0]
    member = Member(
        row["id"], row["username"], row["hostname"], read_role(row["role"]), revoked_at=row["revoked_at"]
    )
    if may(member, action):
        return member
    if not member.is_active:
        raise RoleError(f"{identity} was revoked.", hint="Ask an admin to restore you.")
    raise RoleError(
        f"{identity} is a {member.role or 'member without a role'}; {doing} takes {_takers(action)}.",
        hint=f"Ask {_admins(connection, tables)} to promote you.",
    )


def _admins(connection: sa.Connection, tables: Tables) -> str:
    """Whom to ask, by name; a store without an active admin is claimed."""
    rows = connection.execute(sa.select(tables.users)).mappings()
    return admins_to_ask(map(read_member, rows)) or "an admin"


def select_permitted(tables: Tables, identity: Identity, action: Action) -> sa.Select[Any]:
    """Select the member's id, if the action is the member's to do: the check as a part of the statement that writes.

    The row is locked, so that a role which is changed right now is waited for, and then seen. Names are compared as the
    table compares them, so this is for tables of this program, and for PostgreSQL's.
    """
    users = tables.users.c
    roles = [role for role in ROLES if may(Member("", "", "", role), action)]
    return (
        sa.select(users.id)
        .where(
            users.username == identity.username,
            users.hostname == identity.hostname,
            users.role.in_(roles),
            users.revoked_at.is_(None),
        )
        .with_for_update(read=True)
    )


def explain_refusal(
    connection: sa.Connection, tables: Tables, identity: Identity, action: Action, *, doing: str
) -> NoReturn:
    """Say why a statement with `select_permitted` in it did nothing; who may by now was refused all the same.

    Raises:
        RoleError: Always.
    """
    require_permission(connection, tables, identity, action, doing=doing)
    raise RoleError(f"The role of {identity} has just changed; nothing was saved.", hint="Try again.")


def _takers(action: Action) -> str:
    """Who may do it: "a writer or an admin"."""
    able = [role for role in ROLES if may(Member("", "", "", role), action)]
    return " or ".join(f"{'an' if role == 'admin' else 'a'} {role}" for role in able)
