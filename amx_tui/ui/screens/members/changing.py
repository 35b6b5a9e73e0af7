"""Changing members: asked for by name, versioned, and settled where another admin was first."""

from __future__ import annotations

from abc import abstractmethod
from typing import cast

from textual import work

from amx_tui.domain.audit import AuditEvent, AuditFilter
from amx_tui.domain.errors import AmxError, StaleVersionError
from amx_tui.domain.members import ROLES, Member, Role
from amx_tui.domain.membership import MemberChange, member_name, member_state
from amx_tui.domain.text import one_line
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.dialogs.choice import ChoiceDialog
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.members.conflict import conflict_dialog
from amx_tui.ui.widgets.busy_line import BusyLine
from amx_tui.ui.widgets.row_list import RowList

__all__ = ["CHANGES", "ChangingScreen"]

CHANGES = frozenset({"promote", "demote", "revoke", "claim"})
"""The verbs that change a member."""


class ChangingScreen(BaseScreen):
    """A list of members in which the one under the cursor is changed."""

    @property
    def members(self) -> RowList[Member]:
        """The list of members."""
        return cast("RowList[Member]", self.query_one("#members", RowList))

    @abstractmethod
    def read_again(self) -> None:
        """Read the members, and what happened to them, again."""

    # ---- what can be done now ------------------------------------------------------------------------

    def reason_against_changing(self, verb: str) -> str:
        """Say why one of `CHANGES` cannot be made now; empty if it can."""
        service = self.workspace.members
        if verb == "claim":
            return service.reason_against_claiming()
        if reason := service.reason_against():
            return reason
        member = self.members.current
        if member is None:
            return "There is no member under the cursor."
        if verb == "revoke":
            return service.reason_against(MemberChange(member, is_revoked=member.is_active))
        if not member.is_active:
            return f"{member_name(member)} is revoked; x restores the member first."
        roles = _higher(member) if verb == "promote" else _lower(member)
        if not roles:
            which = "higher" if verb == "promote" else "lower"
            return f"{member_name(member)} is {member.role}; there is no {which} role."
        return service.reason_against(MemberChange(member, role=roles[0]))

    # ---- asking --------------------------------------------------------------------------------------

    @work(exclusive=True, group="members.change", exit_on_error=False)
    async def action_promote(self) -> None:
        """Choose a higher role for the member."""
        member = self.members.current
        if member is not None:
            await self._choose_role(member, _higher(member), "Promote")

    @work(exclusive=True, group="members.change", exit_on_error=False)
    async def action_demote(self) -> None:
        """Choose a lower role for the member."""
        member = self.members.current
        if member is not None:
            await self._choose_role(member, _lower(member), "Demote")

    async def _choose_role(self, member: Member, roles: tuple[Role, ...], verb: str) -> None:
        dialog = ChoiceDialog(
            f"{verb} {member_name(member)}, now {member_state(member)}, to",
            roles,
            details="The new role holds from the next thing that the member saves.",
        )
        chosen = await self.app.push_screen_wait(dialog)
        if chosen is not None:
            await self._change(MemberChange(member, role=roles[chosen]))

    @work(exclusive=True, group="members.change", exit_on_error=False)
    async def action_revoke(self) -> None:
        """Shut the member out after the name was typed, or let a revoked one in again."""
        member = self.members.current
        if member is None:
            return
        if member.is_active:
            sure = await self._ask_revoking(member)
        else:
            sure = await self.app.push_screen_wait(
                ConfirmDialog(
                    f"Restore {member_name(member)}?",
                    details=f"The member comes back {f'as {member.role}' if member.role else 'without a role'}.",
                    confirm="Restore",
                )
            )
        if sure:
            await self._change(MemberChange(member, is_revoked=member.is_active))

    async def _ask_revoking(self, member: Member) -> bool:
        from amx_tui.ui.screens.dialogs.typed import TypedConfirmDialog

        elsewhere = [
            one_line(each.hostname, 60)
            for each in self.workspace.known_members
            if each.username == member.username and each.member_id != member.member_id and each.is_active
        ]
        lines = [
            "The member sees nothing of the shared store any more; drafts stay on that machine.",
            "Whoever has a database user must be stopped by the database, too.",
        ]
        if elsewhere:
            lines.insert(1, f"The same person stays active on {', '.join(elsewhere[:3])}.")
        return await self.app.push_screen_wait(
            TypedConfirmDialog(
                f"Revoke {member_name(member)}?",
                one_line(member.username, 120),
                details="\n".join(lines),
                confirm="Revoke",
            )
        )

    @work(exclusive=True, group="members.change", exit_on_error=False)
    async def action_claim(self) -> None:
        """Become admin, where there is none."""
        label = self.amx.store_view.label
        question = ConfirmDialog(
            f"Become admin of {label}?",
            details="It has no active admin. Everybody sees in the audit trail that you claimed it.",
            confirm="Claim",
        )
        if await self.app.push_screen_wait(question):
            claimed = await self.run_use_case(self.workspace.members.claim(), what="Claiming the store")
            if claimed is not None:
                self.amx.say(f"{member_name(claimed)} is admin now.", title="Members")
                self.amx.session.show_state()
            self.read_again()

    # ---- storing -------------------------------------------------------------------------------------

    async def _change(self, change: MemberChange) -> None:
        """Make a change; where somebody else was first, show both and let the admin choose."""
        wanted: MemberChange | None = change
        while wanted is not None:
            wanted = await self._try(wanted)
        self.amx.session.show_state()
        self.read_again()

    async def _try(self, wanted: MemberChange) -> MemberChange | None:
        """Make a change; the answer is the one to try next, on top of what somebody else has made of the member."""
        name = member_name(wanted.basis)
        try:
            with self.query_one(BusyLine).waiting(f"Changing {name}…"):
                changed = await self.workspace.members.change(wanted)
        except StaleVersionError as error:
            self.amx.report_error(error, what=f"Changing {name}", quietly=True)
            return await self._settle(wanted, cast("Member", error.current))
        except AmxError as error:
            self.amx.report_error(error, what=f"Changing {name}")
        else:
            self.amx.say(f"{name} is {member_state(changed)} now.", title="Members")
        return None

    async def _settle(self, wanted: MemberChange, current: Member) -> MemberChange | None:
        """Ask whose change holds; where both are the same, say so."""
        again = MemberChange(current, role=wanted.role, is_revoked=wanted.is_revoked)
        event = await self._last_event(current)
        if again.is_empty:
            who = one_line(event.actor_username, 80) if event is not None else "somebody else"
            self.amx.say(f"{member_name(current)} is {member_state(current)} already: {who} was first.")
            return None
        dialog = conflict_dialog(wanted, current, event)
        return again if await self.app.push_screen_wait(dialog) == 1 else None

    async def _last_event(self, member: Member) -> AuditEvent | None:
        wanted = AuditFilter(target=f"{member.username}@{member.hostname}")
        page = await self.run_use_case(
            self.workspace.members.audit(wanted, limit=1), what="Reading the audit trail"
        )
        return page.events[0] if page is not None and page.events else None


def _higher(member: Member) -> tuple[Role, ...]:
    above = ROLES.index(member.role) if member.role is not None else 0
    return ROLES[above + 1 :]


def _lower(member: Member) -> tuple[Role, ...]:
    return ROLES[: ROLES.index(member.role)][::-1] if member.role is not None else ("viewer",)
