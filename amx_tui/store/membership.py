"""Changes of members' roles: by admins, versioned, one at a time, and never leaving a store without an admin."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from amx_tui.domain.errors import (
    NotFoundError,
    ReadOnlyError,
    RoleError,
    StaleVersionError,
    UnknownOutcomeError,
    UsageError,
)
from amx_tui.domain.identity import Identity
from amx_tui.domain.members import ROLES, Member
from amx_tui.domain.membership import MemberChange, active_admins, admins_to_ask, is_last_admin, member_name
from amx_tui.store.audit import add_audit_row, is_audited
from amx_tui.store.members import lock_members, read_member
from amx_tui.store.notices import Notice, announce
from amx_tui.store.permissions import require_permission
from amx_tui.store.writing import WritingRepository

__all__ = ["MembershipRepository"]


class MembershipRepository(WritingRepository):
    """Changes the members of one store.

    Every change takes the lock that new members take too, so that what is decided about the last admin holds until
    it is stored.
    """

    async def change(self, change: MemberChange, *, identity: Identity) -> Member:
        """Change a member's role, revoke or restore it, if it is still as it was when it was read.

        Args:
            change: What is changed, and the member that it is based on.
            identity: Who changes it; has to be an active admin at this moment.

        Returns:
            The member as it is stored now.

        Raises:
            StaleVersionError: Somebody else was first; carries the `Member` as it is now.
            NotFoundError: There is no such member any more.
            RoleError: `identity` may not, or the member is the last active admin.
            UsageError: It would change nothing, or the store is local and has one user.
            ReadOnlyError: The store is open for reading only.
            UnknownOutcomeError: The connection broke, and nobody can say whether it was stored.
        """
        self._require_writable()
        if change.is_empty:
            raise UsageError(f"{member_name(change.basis)} is that already.")
        now, event_id = self._now(), str(uuid.uuid4())

        def work(connection: sa.Connection) -> bool:
            return self._change(connection, change, identity, now, event_id)

        try:
            is_stored = await self._database.run(work, write=True)
        except UnknownOutcomeError:
            if not await is_audited(self._database, self._tables, event_id):
                raise
            is_stored = True
        if not is_stored:
            raise await self._stale(change.basis)
        return change.applied(now=now)

    def _change(
        self,
        connection: sa.Connection,
        change: MemberChange,
        identity: Identity,
        now: datetime,
        event_id: str,
    ) -> bool:
        """Change a member inside the transaction; False where the member is no longer as it was read."""
        lock_members(connection, self._tables)
        actor = require_permission(connection, self._tables, identity, "administer", doing="changing members")
        members = self._members(connection)
        current = members.get(change.basis.member_id)
        if current is None:
            raise NotFoundError(f"{member_name(change.basis)} is no member any more.")
        if not _is_basis(change.basis, current):
            return False
        if change.takes_an_admin_away() and is_last_admin(current, members.values()):
            raise _last_admin(current)
        if not self._store(connection, change, now, actor):
            return False
        add_audit_row(
            connection,
            self._tables,
            actor=identity,
            actor_id=actor.member_id if actor else None,
            action=change.action,
            now=now,
            target_user_id=current.member_id,
            details=_details(change),
            event_id=event_id,
        )
        told = Notice("member", current.member_id, (current.version or 0) + 1, identity.username)
        announce(connection, self._tables, told)
        return True

    async def claim(self, *, identity: Identity) -> Member:
        """Become admin of a store that has no active admin; for active members with a role only.

        Raises:
            RoleError: The store has an active admin, whom to ask, or `identity` is no active member.
            UsageError: The store is local and has one user.
            ReadOnlyError: The store is open for reading only.
        """
        self._require_writable()
        now = self._now()

        def work(connection: sa.Connection) -> Member:
            lock_members(connection, self._tables)
            own = self._claimant(connection, identity)
            change = MemberChange(own, role="admin")
            if not self._store(connection, change, now, own):
                raise RoleError(f"{identity} was changed by somebody else at this moment.", hint="Try again.")
            add_audit_row(
                connection,
                self._tables,
                actor=identity,
                actor_id=own.member_id,
                action="admin_claim",
                now=now,
                target_user_id=own.member_id,
                details={"reason": "no_active_admins", "previous_role": own.role},
            )
            told = Notice("member", own.member_id, (own.version or 0) + 1, identity.username)
            announce(connection, self._tables, told)
            return change.applied(now=now)

        return await self._database.run(work, write=True)

    def _claimant(self, connection: sa.Connection, identity: Identity) -> Member:
        """Return the member who may claim the store."""
        members = self._members(connection)
        own = _own(members, identity)
        if own is None:
            raise RoleError(f"{identity} is no member of this store.", hint="Open it once more to register.")
        if not own.is_active:
            raise RoleError(f"{identity} was revoked and cannot claim the store.")
        if own.role is None:
            raise RoleError(f"{identity} is a member without a role and cannot claim the store.")
        if active_admins(members.values()):
            raise RoleError(
                "The store has an active admin.",
                hint=f"Ask {admins_to_ask(members.values())} to promote you.",
            )
        return own

    # ---- Inside the transaction ----------------------------------------------------------------------------

    def _require_writable(self) -> None:
        if self._read_only_reason:
            raise ReadOnlyError(self._read_only_reason)
        if self._tables.is_local:
            raise UsageError(
                "The local store has one user, who is its admin.",
                hint="history-store enable shares the history with a team.",
            )

    def _members(self, connection: sa.Connection) -> dict[str, Member]:
        statement = sa.select(self._tables.users).order_by(self._tables.users.c.id)
        if self._tables.layout == "amx_cli":
            # amx-cli knows nothing of our lock: what it has changed and not committed is waited for.
            statement = statement.with_for_update()
        rows = connection.execute(statement).mappings()
        return {member.member_id: member for member in map(read_member, rows)}

    def _store(
        self, connection: sa.Connection, change: MemberChange, now: datetime, actor: Member | None
    ) -> bool:
        """Store a change where its basis is still what is stored."""
        users, basis = self._tables.users.c, change.basis
        is_role = users.role == basis.role if basis.role else users.role.not_in(ROLES)
        conditions = [users.id == basis.member_id, is_role]
        conditions.append(users.revoked_at.is_(None) if basis.is_active else users.revoked_at.is_not(None))
        values: dict[str, object] = {}
        if change.role is not None:
            values["role"] = change.role
        else:
            values["revoked_at"] = now if change.is_revoked else None
            values["revoked_by"] = actor.member_id if change.is_revoked and actor else None
        if "version" in users:
            values["version"] = users.version + 1
            conditions.append(users.version == basis.version)
        statement = sa.update(self._tables.users).where(*conditions).values(values)
        # amx-cli takes no lock; what it did between reading and writing shows in the count.
        return connection.execute(statement).rowcount == 1

    # ---- Afterwards ----------------------------------------------------------------------------------------

    async def _stale(self, basis: Member) -> StaleVersionError:
        statement = sa.select(self._tables.users).where(self._tables.users.c.id == basis.member_id)
        row = await self._database.run(lambda connection: connection.execute(statement).mappings().first())
        if row is None:
            raise NotFoundError(f"{member_name(basis)} is no member any more.")
        return StaleVersionError(
            f"{member_name(basis)} was changed by somebody else meanwhile.",
            current=read_member(row),
            expected=basis.version or 0,
            hint="Look at the member as it is now, then decide again.",
        )


def _own(members: dict[str, Member], identity: Identity) -> Member | None:
    wanted = (identity.username, identity.hostname)
    found = [member for member in members.values() if (member.username, member.hostname) == wanted]
    return found[0] if len(found) == 1 else None


def _is_basis(basis: Member, current: Member) -> bool:
    """Whether a member is still as it was read; how often it has connected since does not count."""
    if current.version is not None:
        return current.version == basis.version
    return (current.role, current.revoked_at) == (basis.role, basis.revoked_at)


def _last_admin(member: Member) -> RoleError:
    return RoleError(
        f"{member_name(member)} is the last active admin.", hint="Promote somebody else to admin first."
    )


def _details(change: MemberChange) -> dict[str, object] | None:
    if change.role is None:
        return None
    return {"old_role": change.basis.role, "new_role": change.role}
