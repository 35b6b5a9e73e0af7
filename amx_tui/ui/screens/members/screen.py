"""The Members screen: who is in the team, in which role, from which machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content

from amx_tui.domain.audit import AuditEvent, AuditFilter
from amx_tui.domain.errors import AmxError, StaleVersionError
from amx_tui.domain.members import ROLES, Member, Role
from amx_tui.domain.membership import MemberChange, by_person, member_name
from amx_tui.domain.text import one_line
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.dialogs.choice import ChoiceDialog
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.members.conflict import conflict_dialog
from amx_tui.ui.screens.members.content import member_columns, member_content, role_word
from amx_tui.ui.widgets.bars import KeyBar, Piece, StatusBar, TitleBar
from amx_tui.ui.widgets.busy_line import BusyLine
from amx_tui.ui.widgets.panes import Panes
from amx_tui.ui.widgets.row_list import ListNote, RowList
from amx_tui.ui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from amx_tui.domain.notices import Notice
    from amx_tui.services.workspace import StoreState

__all__ = ["MembersScreen"]

FACTS_FROM = 120
EVENTS = 8
"""Events that the facts of a member show."""


class MembersScreen(BaseScreen):
    """The members of the open store; admins change them here."""

    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "RowList"
    VERBS = (
        Command("members.promote", "p", "Give the member a higher role", footer="Promote"),
        Command("members.demote", "d", "Give the member a lower role", footer="Demote"),
        Command("members.revoke", "x", "Shut the member out, or let a revoked one in again", footer="Revoke"),
        Command("members.audit", "t", "Show the audit trail", footer="Trail"),
        Command("members.sessions", "s", "Show who connected when", footer="Sessions"),
        Command("members.audit_of", "T", "Show what was done to this member"),
        Command("members.facts", "enter,o", "Go to the facts of the member, and back"),
        Command("members.filter", "slash", "Filter by name, host or role"),
        Command("members.claim", "C", "Become admin of a store that has no active admin"),
        Command("members.copy", "y", "Copy user@host"),
        Command("members.refresh", "r", "Read the members again"),
        Command("members.back", "escape", "One step back: the facts, the filter", in_palette=False),
    )
    BINDINGS = bindings_of(VERBS)

    def __init__(self) -> None:
        super().__init__()
        self._members: tuple[Member, ...] = ()
        self._filter = ""
        self._events: dict[str, tuple[AuditEvent, ...]] = {}

    def compose(self) -> ComposeResult:
        """Status line, title, list and facts, keys."""
        yield StatusBar()
        yield TitleBar()
        with Panes(id="body"):
            yield RowList(
                member_columns(self.amx), key=_member_id, group=lambda member: member.username, id="members"
            )
            yield TextPane(id="member-facts")
        yield BusyLine()
        yield KeyBar()

    @property
    def members(self) -> RowList[Member]:
        """The list of members."""
        return cast("RowList[Member]", self.query_one("#members", RowList))

    def on_mount(self) -> None:
        """Read the members, once there is a store."""
        self.members.show_note(ListNote("Reading the members…"))
        self.show_bars()
        if self.amx.store_view.kind in {"local", "shared", "offline"}:
            self._read()

    def on_resize(self) -> None:
        """Show the facts beside the list where there is room for them."""
        self.set_class(self.size.width >= FACTS_FROM, "-wide")

    def store_changed(self, state: StoreState) -> None:
        """Read the members of the store that is open now."""
        super().store_changed(state)
        self._events.clear()
        if state.is_open:
            self._read()
        elif state.kind == "failed":
            self.members.show_note(ListNote(state.reason, (state.hint, "r tries again"), tone="error"))

    def others_changed(self, notices: tuple[Notice, ...]) -> None:
        """Read the members again where somebody changed one."""
        if any(each.kind == "member" for each in notices):
            self._events.clear()
            self._read()

    # ---- reading -------------------------------------------------------------------------------------

    @work(exclusive=True, group="members.read", exit_on_error=False)
    async def _read(self) -> None:
        """Read the members; the cursor stays on its member."""
        try:
            with self.query_one(BusyLine).waiting("Reading the members…"):
                self._members = await self.workspace.members.list()
        except AmxError as error:
            self.amx.report_error(error, what="Reading the members", quietly=not self.members.rows)
            self.members.show_note(ListNote(error.message, (error.hint, "r tries again"), tone="error"))
            return
        self._show_members()
        self._read_events()

    def _show_members(self) -> None:
        wanted = self._filter.casefold()
        shown = [
            member
            for _, machines in by_person(self._members)
            for member in machines
            if wanted in f"{member.username}@{member.hostname} {role_word(member)}".casefold()
        ]
        self.members.show_rows(shown)
        self.members.show_note(self._empty_note())
        self._show_current()

    def _empty_note(self) -> ListNote:
        if self._filter:
            return ListNote("No member matches this filter.", ("esc takes it away, / changes it",))
        return ListNote(
            "Nobody has registered in this store yet.",
            ("Everyone who opens the store registers by that.", "r looks again"),
        )

    @work(exclusive=True, group="members.events", exit_on_error=False)
    async def _read_events(self) -> None:
        """Read what happened to the member under the cursor, once the cursor rests on it."""
        member = self.members.current
        if member is None or member.member_id in self._events:
            return
        wanted = AuditFilter(target=f"{member.username}@{member.hostname}")
        page = await self.run_use_case(
            self.workspace.members.audit(wanted, limit=EVENTS), what="Reading the audit trail"
        )
        if page is not None:
            self._events[member.member_id] = page.events
            self._show_current()

    @on(RowList.CursorMoved)
    def _cursor_moved(self, message: RowList.CursorMoved) -> None:
        self._show_current()
        if not message.is_passing:
            self._read_events()

    def _show_current(self) -> None:
        member = self.members.current
        pane = self.query_one(TextPane)
        if member is None:
            pane.show(lambda width: Content(""))
        else:
            machines = [each for each in self._members if each.username == member.username]
            events = self._events.get(member.member_id)
            pane.show(lambda width: member_content(member, machines, events, width))
        self._show_title()

    def _show_title(self) -> None:
        people = len(by_person(self._members))
        left: list[Piece] = [("Members", "strong")]
        if self._members:
            left.append((f"  {people} {'person' if people == 1 else 'people'}", "muted"))
            if len(self._members) != people:
                left.append((f" on {len(self._members)} machines", "muted"))
        left += [
            (f"  {sign} {count} {_many(role, count)}", "muted")
            for sign, role, count in self._counts()
            if count
        ]
        if self._filter:
            left.append((f"  filter {one_line(self._filter, 40)}", "accent"))
        if self.amx.store_view.kind == "local":
            left.append(("  one user, no ceremony", "muted"))
        position = self.members.position
        right: tuple[Piece, ...] = ((f"row {position}", "muted"),) if position is not None else ()
        self.query_one(TitleBar).show(tuple(left), right)
        self.show_footer()

    def _counts(self) -> list[tuple[str, str, int]]:
        active = [member for member in self._members if member.is_active]
        counts = [
            (role_word(Member("", "", "", role))[0], role, sum(member.role == role for member in active))
            for role in reversed(ROLES)
        ]
        return [*counts, ("✗", "revoked", len(self._members) - len(active))]

    # ---- commands ------------------------------------------------------------------------------------

    def reason_against(self, command: Command) -> str:
        """Changing takes an admin and a member under the cursor."""
        if self.amx.session.workspace is None:
            return "The configuration is still being read."
        service = self.workspace.members
        if command.verb == "claim":
            return service.reason_against_claiming()
        if command.verb in {"filter", "refresh", "back", "audit", "sessions"}:
            return ""
        member = self.members.current
        if member is None:
            return "There is no member under the cursor."
        match command.verb:
            case "promote":
                return service.reason_against() or self._reason_against_roles(
                    member, _higher(member), "higher"
                )
            case "demote":
                reason = service.reason_against() or self._reason_against_roles(
                    member, _lower(member), "lower"
                )
                return reason or service.reason_against(MemberChange(member, role=_lower(member)[0]))
            case "revoke":
                return service.reason_against(MemberChange(member, is_revoked=member.is_active))
        return ""

    @staticmethod
    def _reason_against_roles(member: Member, roles: tuple[Role, ...], which: str) -> str:
        if not member.is_active:
            return f"{member_name(member)} is revoked; x restores the member first."
        return "" if roles else f"{member_name(member)} is {member.role}; there is no {which} role."

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
            f"{verb} {member_name(member)}, now {member.role or 'without a role'}, to",
            roles,
            details="The new role holds from the next thing that the member saves.",
        )
        chosen = await self.app.push_screen_wait(dialog)
        if chosen is not None:
            await self._change(MemberChange(member, role=roles[chosen]))

    @work(exclusive=True, group="members.change", exit_on_error=False)
    async def action_revoke(self) -> None:
        """Shut the member out after the name was typed, or let a revoked one in again."""
        from amx_tui.ui.screens.dialogs.typed import TypedConfirmDialog

        member = self.members.current
        if member is None:
            return
        if member.is_active:
            sure = await self.app.push_screen_wait(
                TypedConfirmDialog(
                    f"Revoke {member_name(member)}?",
                    one_line(member.username, 120),
                    details="The member sees nothing of the shared store any more. Drafts on that machine stay there.\n"
                    "Whoever still has a database user has to be stopped by the database too.",
                    confirm="Revoke",
                )
            )
        else:
            sure = await self.app.push_screen_wait(
                ConfirmDialog(
                    f"Restore {member_name(member)}?",
                    details=f"The member is {member.role or 'without a role'} again.",
                    confirm="Restore",
                )
            )
        if sure:
            await self._change(MemberChange(member, is_revoked=member.is_active))

    async def _change(self, change: MemberChange) -> None:
        """Make a change; where somebody else was first, show both and let the admin choose."""
        wanted: MemberChange | None = change
        while wanted is not None:
            wanted = await self._try(wanted)
        self._events.clear()
        self.amx.session.show_state()
        self._read()

    async def _try(self, wanted: MemberChange) -> MemberChange | None:
        """Make a change; the answer is the one to try next, on top of what somebody else has made of the member."""
        try:
            with self.query_one(BusyLine).waiting(f"Changing {member_name(wanted.basis)}…"):
                changed = await self.workspace.members.change(wanted)
        except StaleVersionError as error:
            current = cast("Member", error.current)
            self.amx.report_error(error, what=f"Changing {member_name(current)}", quietly=True)
            if await self.app.push_screen_wait(conflict_dialog(wanted, current)) == 1:
                return MemberChange(current, role=wanted.role, is_revoked=wanted.is_revoked)
        except AmxError as error:
            self.amx.report_error(error, what=f"Changing {member_name(wanted.basis)}")
        else:
            self.amx.say(f"{member_name(changed)} is {_state(changed)} now.", title="Members")
        return None

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
            self._read()

    def action_audit(self) -> None:
        """Show the audit trail."""
        from amx_tui.ui.screens.members.trail import AuditScreen

        self.app.push_screen(AuditScreen())

    def action_audit_of(self) -> None:
        """Show what was done to the member."""
        from amx_tui.ui.screens.members.trail import AuditScreen

        member = self.members.current
        if member is not None:
            self.app.push_screen(AuditScreen(AuditFilter(target=f"{member.username}@{member.hostname}")))

    def action_sessions(self) -> None:
        """Show who connected when."""
        from amx_tui.ui.screens.members.trail import SessionsScreen

        self.app.push_screen(SessionsScreen())

    @on(RowList.RowOpened)
    def action_facts(self) -> None:
        """Go to the facts of the member."""
        if self.members.current is not None:
            self.add_class("-reading")
            self.query_one(TextPane).focus()

    def action_filter(self) -> None:
        """Open the filter line."""
        from amx_tui.ui.line_input import ask_line

        ask_line(
            self.amx,
            prompt="/",
            value=self._filter,
            words=(),
            hint="a part of a name, a host or a role",
            on_change=self._apply_filter,
            on_done=self._apply_filter,
            on_cancel=self._apply_filter,
            cancel_value=self._filter,
            suggest=lambda word: (),
        )

    def _apply_filter(self, line: str) -> str:
        self._filter = line.strip()
        self._show_members()
        return ""

    def action_copy(self) -> None:
        """Copy user@host."""
        member = self.members.current
        if member is not None:
            self.amx.copy(f"{member.username}@{member.hostname}", what=member_name(member))

    def action_refresh(self) -> None:
        """Read the members again; offline, try the host again."""
        if self.amx.store_view.kind in {"offline", "failed"}:
            self.amx.retry_store()
        else:
            self._events.clear()
            self._read()

    def action_back(self) -> None:
        """One step back."""
        if self.has_class("-reading"):
            self.remove_class("-reading")
            self.members.focus()
        elif self._filter:
            self._apply_filter("")


def _member_id(member: Member) -> str:
    return member.member_id


def _higher(member: Member) -> tuple[Role, ...]:
    above = ROLES.index(member.role) if member.role is not None else 0
    return ROLES[above + 1 :]


def _lower(member: Member) -> tuple[Role, ...]:
    return ROLES[: ROLES.index(member.role)][::-1] if member.role is not None else ("viewer",)


def _state(member: Member) -> str:
    return (member.role or "without a role") if member.is_active else "revoked"


def _many(role: str, count: int) -> str:
    return role if count == 1 or role == "revoked" else f"{role}s"
