"""The store as a command needs it: open, its member known, or a clear refusal."""

from __future__ import annotations

from contextlib import suppress

from amx_tui.domain.errors import RoleError, StoreError
from amx_tui.domain.members import may
from amx_tui.domain.membership import admins_to_ask
from amx_tui.services.store_state import shut_out_of
from amx_tui.services.workspace import StoreState, Workspace

__all__ = ["open_for_reading", "require_config"]


def require_config(workspace: Workspace) -> None:
    """Refuse to go on where `config.yml` cannot be used: its defaults would point at another store.

    Raises:
        ConfigError: What is wrong with the file.
    """
    if workspace.config_error is not None:
        raise workspace.config_error


async def open_for_reading(workspace: Workspace) -> StoreState:
    """Open the configured store and register in it, unless that is done already.

    A screen falls back to the local store when the shared one cannot be reached; a command does not, because
    its reader could not tell the one answer from the other.

    Raises:
        ConfigError: `config.yml` cannot be used.
        StoreError: The configured store cannot be opened.
        RoleError: The member was revoked, or has a role that nobody knows.
    """
    require_config(workspace)
    state = workspace.state
    if state.kind == "connecting":
        state = await workspace.connect()
        if state.kind in {"local", "shared"}:
            state = await workspace.register()
    if state.kind in {"offline", "failed"}:
        raise state.error or StoreError(state.reason or "The store cannot be opened.", hint=state.hint)
    if state.member is not None and not may(state.member, "read"):
        with suppress(StoreError):
            # Whom to ask is all that is read of it.
            await workspace.members.list()
        whom = admins_to_ask(workspace.known_members)
        shut_out = shut_out_of(state, state, workspace.identity, whom)
        raise RoleError(shut_out.reason, hint=shut_out.hint)
    return state
