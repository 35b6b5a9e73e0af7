"""What keeps a member from writing to a store that can be read, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amx_tui.domain.errors import AmxError, ReadOnlyError, RoleError
from amx_tui.domain.members import ROLES, Action, Member, may
from amx_tui.domain.membership import admins_to_ask

if TYPE_CHECKING:
    from amx_tui.config.model import Profile
    from amx_tui.services.workspace import Workspace
    from amx_tui.store.opening import Store

__all__ = ["reason_against", "refusal", "update_hint", "writing_cure"]


def reason_against(workspace: Workspace, action: Action, *, doing: str) -> str:
    """Say why this member cannot do something in the open store, as far as is known without asking it; else empty.

    Args:
        action: What is to be done.
        doing: The same in words: "deciding".
    """
    state = workspace.state
    if not state.is_open:
        return "No store is open."
    if state.is_read_only:
        return f"The store is read-only: {state.reason}" if state.reason else "The store is read-only."
    member = state.member
    if member is None:
        return "The store has not said yet what your role is."
    if may(member, action):
        return ""
    whom = admins_to_ask(workspace.known_members) or "an admin"
    if not member.is_active:
        return f"You were revoked; ask {whom} to restore you."
    able = [role for role in ROLES if may(Member("", "", "", role), action)]
    takes = " or ".join(f"{'an' if role == 'admin' else 'a'} {role}" for role in able)
    return f"You are a {member.role or 'member without a role'}; {doing} takes {takes}. Ask {whom} to promote you."


async def refusal(workspace: Workspace, action: Action, *, doing: str) -> AmxError | None:
    """Return what `reason_against` says as an error, with the admins' names even where nobody has read them yet.

    Args:
        action: What is to be done.
        doing: The same in words: "deciding".

    Returns:
        `ReadOnlyError` or `RoleError`; None where nothing speaks against it.

    Raises:
        StoreError: The store does not answer.
    """
    reason, state = reason_against(workspace, action, doing=doing), workspace.state
    if not reason:
        return None
    if state.is_read_only:
        return ReadOnlyError(reason, hint=state.hint)
    if not workspace.known_members and state.kind == "shared":
        await workspace.members.list()
    return RoleError(reason_against(workspace, action, doing=doing))


def update_hint(store: Store) -> str:
    """Say how to get the program that may write to a newer store; empty where the store is not newer."""
    from amx_tui.store.tables import known_version

    version = store.info.schema_version
    is_newer = version is not None and version > known_version(store.info.layout)
    return "Update the program: pip install --upgrade amx-tui" if is_newer else ""


def writing_cure(store: Store, host: Profile | None) -> str:
    """Write the GRANTs that let the profile's user register and record; empty where there are no users."""
    user = host.values.get("user") if host is not None else None
    if store.info.schema is None or not isinstance(user, str):
        return ""
    from amx_tui.store.grants import role_grants

    grants = role_grants(store.tables, "viewer", user=user)
    return f"Have the DBA run: {grants} history-store grants prints the rest."
