"""What a workspace says about its store and its configuration."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from amx_tui.domain.errors import AmxError, ConfigError
from amx_tui.domain.identity import Identity
from amx_tui.domain.members import Member

__all__ = ["Reloaded", "StoreKind", "StoreState", "shut_out_of"]

StoreKind = Literal["connecting", "local", "shared", "offline", "failed"]


@dataclass(frozen=True, slots=True)
class StoreState:
    """Which store is open, and what keeps the wished one from being so."""

    kind: StoreKind
    """`connecting`: none is open yet. `local`: the local store, as configured. `shared`: the shared one.
    `offline`: the shared one is configured but could not be opened, so the local one is.
    `failed`: none could be opened."""
    label: str = ""
    """The open store as people know it: `AMX in db-prod/analytics`, `local history.db`."""
    place: str = ""
    """The open store as no other one is called, for what is kept on this machine until it is stored there."""
    member: Member | None = None
    """Who we are in the open store; None until `Workspace.register` has answered."""
    layout: str = ""
    """`document` or `amx_cli`; empty where no store is open."""
    is_read_only: bool = False
    reason: str = ""
    """Why the store is offline, failed or read-only: one sentence."""
    hint: str = ""
    """What to do about the reason."""
    error: AmxError | None = None
    """The error behind the reason."""

    @property
    def is_open(self) -> bool:
        """Whether a store can be read."""
        return self.kind in {"local", "shared", "offline"}


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What reading `config.yml` again changed; true where anything did."""

    changes: tuple[str, ...] = ()
    """Each a sentence."""
    error: ConfigError | None = None
    """Why the file could not be used; the configuration in force stayed."""

    def __bool__(self) -> bool:
        return bool(self.changes)


def shut_out_of(before: StoreState, local: StoreState, identity: Identity, whom: str) -> StoreState:
    """The state of the local store that is open because `identity` may not read the shared one.

    Args:
        before: The shared store's state when that became known.
        local: The local store's.
        whom: Whom to ask, as far as that is known.
    """
    is_revoked = before.member is None or not before.member.is_active
    why = "was revoked" if is_revoked else "has no role that this program knows"
    what = "restore you" if is_revoked else "give you a role"
    return replace(
        local,
        kind="offline",
        reason=f"{identity} {why}, and may not read {before.label}.",
        hint=f"Ask {whom or 'an admin of the store'} to {what}; what you have not saved stays on this machine.",
    )
