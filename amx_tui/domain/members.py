"""Members, their roles and what each role may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = ["PERMISSIONS", "ROLES", "Action", "Member", "Role", "may", "read_role"]

Role = Literal["viewer", "writer", "admin"]
Action = Literal["read", "record_runs", "edit", "administer"]

ROLES: tuple[Role, ...] = ("viewer", "writer", "admin")

PERMISSIONS: dict[Role, frozenset[Action]] = {
    "viewer": frozenset({"read", "record_runs"}),
    "writer": frozenset({"read", "record_runs", "edit"}),
    "admin": frozenset({"read", "record_runs", "edit", "administer"}),
}
"""What each role may do; whatever is not in here is refused."""


def read_role(stored: str | None) -> Role | None:
    """Read a stored role; a value that is none of the three is no role, which may do nothing."""
    match stored:
        case "viewer" | "writer" | "admin":
            return stored
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Member:
    """A `(username, hostname)` pair registered in the store."""

    member_id: str
    username: str
    hostname: str
    role: Role | None
    """None where the stored value is unknown: such a member may do nothing."""
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    revoked_at: datetime | None = None
    client_version: str = ""
    display_name: str = ""
    version: int | None = None
    """None in a layout that keeps no versions of members."""

    @property
    def is_active(self) -> bool:
        """Whether the member has not been revoked."""
        return self.revoked_at is None


def may(member: Member | None, action: Action) -> bool:
    """Say whether `member` may do `action`; no member, a revoked one and an unknown role may not."""
    if member is None or not member.is_active or member.role is None:
        return False
    return action in PERMISSIONS[member.role]
