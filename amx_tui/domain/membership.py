"""Changes of the member registry: what one is, what it is called in the audit trail, and what becomes of a member."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from amx_tui.domain.members import ROLES, Member, Role, may
from amx_tui.domain.text import one_line

__all__ = [
    "MemberChange",
    "active_admins",
    "admins_to_ask",
    "by_person",
    "is_last_admin",
    "member_name",
    "member_state",
]

_ASKED = 3
"""Names of admins that a sentence lists."""


@dataclass(frozen=True, slots=True)
class MemberChange:
    """A change of one member's row, based on what was read of it.

    Exactly one of `role` and `is_revoked` is given.
    """

    basis: Member
    """The member as it was read; where the stored one is another by now, nothing is changed."""
    role: Role | None = None
    is_revoked: bool | None = None

    def __post_init__(self) -> None:
        if (self.role is None) == (self.is_revoked is None):
            raise ValueError("a change sets either the role or whether the member is revoked")

    @property
    def action(self) -> str:
        """What the audit trail calls it; amx-cli's words where it has one."""
        if self.is_revoked is not None:
            return "revoke" if self.is_revoked else "unrevoke"
        rises = self.basis.role is None or ROLES.index(self.role or "viewer") > ROLES.index(self.basis.role)
        if "admin" in {self.role, self.basis.role}:
            return "promote_admin" if rises else "demote_admin"
        return "promote_writer" if rises else "demote_writer"

    @property
    def is_empty(self) -> bool:
        """Whether it would change nothing."""
        if self.role is not None:
            return self.role == self.basis.role
        return self.is_revoked is not self.basis.is_active

    def applied(self, *, now: datetime) -> Member:
        """Return the member as the change leaves it."""
        version = None if self.basis.version is None else self.basis.version + 1
        if self.role is not None:
            return replace(self.basis, role=self.role, version=version)
        return replace(self.basis, revoked_at=now if self.is_revoked else None, version=version)

    def takes_an_admin_away(self) -> bool:
        """Whether an active admin would be none any more."""
        return may(self.basis, "administer") and (bool(self.is_revoked) or self.role not in {None, "admin"})


def member_name(member: Member) -> str:
    """Name a member for people: `alice@acme.com@alice-laptop`, in one line."""
    return one_line(f"{member.username}@{member.hostname}", 120)


def member_state(member: Member) -> str:
    """Say in a word or two what a member is: a role, or `revoked`."""
    return (member.role or "without a role") if member.is_active else "revoked"


def active_admins(members: Iterable[Member]) -> tuple[Member, ...]:
    """Return those who may administer."""
    return tuple(member for member in members if may(member, "administer"))


def is_last_admin(member: Member, members: Iterable[Member]) -> bool:
    """Say whether `member` is an active admin, and the only one."""
    return {admin.member_id for admin in active_admins(members)} == {member.member_id}


def admins_to_ask(members: Iterable[Member]) -> str:
    """Name the people whom one asks for a role: "alice@acme.com or bob@acme.com"; empty where there is none."""
    names = sorted({one_line(admin.username, 60) for admin in active_admins(members)})
    if len(names) > _ASKED:
        names = [*names[:_ASKED], f"{len(names) - _ASKED} more"]
    return " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)


def by_person(members: Sequence[Member]) -> tuple[tuple[str, tuple[Member, ...]], ...]:
    """Group members by username, each with its machines, in the order of names and hosts."""
    people: dict[str, list[Member]] = {}
    for member in sorted(members, key=lambda each: (each.username, each.hostname)):
        people.setdefault(member.username, []).append(member)
    return tuple((name, tuple(machines)) for name, machines in people.items())
