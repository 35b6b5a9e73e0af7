"""The 409 of a member: what we wanted, what somebody else has made of it, and the choice."""

from __future__ import annotations

from amx_tui.domain.members import Member
from amx_tui.domain.membership import MemberChange, member_name
from amx_tui.ui.screens.dialogs.choice import ChoiceDialog

__all__ = ["conflict_dialog"]


def conflict_dialog(wanted: MemberChange, current: Member) -> ChoiceDialog:
    """Ask whether a member stays as somebody else has left it, or is changed as we wanted all the same.

    Dismissed with 0 where it stays, 1 where ours is stored on top.

    Args:
        wanted: What was refused.
        current: The member as it is stored now.
    """
    again = MemberChange(current, role=wanted.role, is_revoked=wanted.is_revoked)
    fields: list[tuple[str, str, str, str]] = []
    if wanted.role is not None:
        fields.append(("role", wanted.basis.role or "none", wanted.role, current.role or "none"))
    state = _state(wanted.basis.is_active), _state(not wanted.is_revoked), _state(current.is_active)
    if wanted.is_revoked is not None or state[0] != state[2]:
        mine = state[1] if wanted.is_revoked is not None else "–"
        fields.append(("access", state[0], mine, state[2]))
    if wanted.role is None and current.role != wanted.basis.role:
        fields.append(("role", wanted.basis.role or "none", "–", current.role or "none"))
    lines = [
        f"{'':8} {'it was':10} {'yours':10} now",
        *(f"{name:8} {before:10} {mine:10} {theirs}" for name, before, mine, theirs in fields),
    ]
    return ChoiceDialog(
        f"409 Conflict: {member_name(current)} was changed by somebody else meanwhile",
        ("Leave it as it is now", "Store mine on top of it"),
        details="\n".join(lines),
        denied={1} if again.is_empty else (),
    )


def _state(is_active: bool) -> str:
    return "active" if is_active else "revoked"
