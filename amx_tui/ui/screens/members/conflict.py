"""The 409 of a member: what we wanted, what somebody else has made of it, and the choice."""

from __future__ import annotations

from amx_tui.domain.audit import AuditEvent, audit_sentence
from amx_tui.domain.members import Member
from amx_tui.domain.membership import MemberChange, member_name, member_state
from amx_tui.ui.screens.dialogs.choice import ChoiceDialog

__all__ = ["conflict_dialog"]


def conflict_dialog(wanted: MemberChange, current: Member, event: AuditEvent | None) -> ChoiceDialog:
    """Ask whether a member stays as somebody else has left it, or is changed as we wanted all the same.

    Dismissed with 0 where it stays, 1 where ours is stored on top.

    Args:
        wanted: What was refused.
        current: The member as it is stored now.
        event: What was done to the member last, as the audit trail tells it; None where that is not known.
    """
    lines = [audit_sentence(event), ""] if event else []
    lines.append(f"{'':8} {'it was':10} {'yours':10} now")
    lines += [
        f"{name:8} {before:10} {mine:10} {theirs}" for name, before, mine, theirs in _fields(wanted, current)
    ]
    return ChoiceDialog(
        f"409 Conflict: {member_name(current)} was changed meanwhile",
        (f"Keep theirs: {member_state(current)}", f"Take mine all the same: {_mine(wanted)}"),
        facts="\n".join(lines),
    )


def _fields(wanted: MemberChange, current: Member) -> list[tuple[str, str, str, str]]:
    """The fields in which the three differ: what each was, is wanted to be, and is."""
    role = (_role(wanted.basis), wanted.role or "–", _role(current))
    access = (_access(wanted.basis.is_active), "–", _access(current.is_active))
    if wanted.is_revoked is not None:
        access = (access[0], _access(not wanted.is_revoked), access[2])
    return [
        (name, *values)
        for name, values in (("role", role), ("access", access))
        if values[1] != "–" or values[0] != values[2]
    ]


def _mine(wanted: MemberChange) -> str:
    if wanted.role is not None:
        return wanted.role
    return "revoked" if wanted.is_revoked else "restored"


def _role(member: Member) -> str:
    return member.role or "none"


def _access(is_active: bool) -> str:
    return "active" if is_active else "revoked"
