"""The Members screen: who is in the team, in which role, from which machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content

from amx_tui.domain.audit import AuditEvent, AuditFilter
from amx_tui.domain.errors import AmxError
from amx_tui.domain.members import Member
from amx_tui.domain.membership import by_person, member_name
from amx_tui.domain.text import one_line
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.members.changing import CHANGES, ChangingScreen
from amx_tui.ui.screens.members.content import count_pieces, member_columns, member_content, role_word
from amx_tui.ui.widgets.bars import KeyBar, Piece, StatusBar, TitleBar, row_pieces
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


class MembersScreen(ChangingScreen):
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

    def on_mount(self) -> None:
        """Read the members, once there is a store."""
        self.members.show_note(ListNote("Reading the members…"))
        self.show_bars()
        if self.amx.store_view.kind in {"local", "shared", "offline"}:
            self.read()

    def on_resize(self) -> None:
        """Show the facts beside the list where there is room for them."""
        self.set_class(self.size.width >= FACTS_FROM, "-wide")

    def store_changed(self, state: StoreState) -> None:
        """Read the members of the store that is open now."""
        super().store_changed(state)
        self._events.clear()
        if state.is_open:
            self.read()
        elif state.kind == "failed":
            self._show_failure(state.reason, state.hint)

    def _show_failure(self, reason: str, hint: str) -> None:
        self.members.show_note(ListNote(reason, (hint, "r tries again"), tone="error"))

    def others_changed(self, notices: tuple[Notice, ...]) -> None:
        """Read the members again where somebody changed one."""
        if any(each.kind == "member" for each in notices):
            self.read_again()

    def read_again(self) -> None:
        """Read the members, and what happened to them, again."""
        self._events.clear()
        self.read()

    # ---- reading -------------------------------------------------------------------------------------

    @work(exclusive=True, group="members.read", exit_on_error=False)
    async def read(self) -> None:
        """Read the members; the cursor stays on its member."""
        if self.amx.store_view.kind == "offline":
            # The rows that are open now are this machine's own, which has no team.
            self._members = ()
            self._show_members()
            return
        try:
            with self.query_one(BusyLine).waiting("Reading the members…"):
                self._members = await self.workspace.members.list()
        except AmxError as error:
            self.amx.report_error(error, what="Reading the members", quietly=not self.members.rows)
            self._show_failure(error.message, error.hint)
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
        view = self.amx.store_view
        if view.kind == "offline":
            return ListNote("The team's members are out of reach.", (view.reason, "r tries the host again"))
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
            members = self._members
            events = self._events.get(member.member_id)
            pane.show(lambda width: member_content(member, members, events, width))
        self._show_title()

    def _show_title(self) -> None:
        left: list[Piece] = [("Members", "strong"), *count_pieces(self._members, self.size.width)]
        if self._filter:
            left.append((f"  filter {one_line(self._filter, 40)}", "accent"))
        if self.amx.store_view.kind == "local":
            left.append(("  one user, no ceremony", "muted"))
        self.query_one(TitleBar).show(tuple(left), row_pieces(self.members.position))
        self.show_footer()

    # ---- commands ------------------------------------------------------------------------------------

    def label_of(self, command: Command) -> str:
        """The key that shuts a member out lets a revoked one in again."""
        member = self.members.current
        is_out = member is not None and not member.is_active
        return "Restore" if command.verb == "revoke" and is_out else command.footer

    def reason_against(self, command: Command) -> str:
        """Changing takes an admin and a member under the cursor."""
        if self.amx.session.workspace is None:
            return "The configuration is still being read."
        if command.verb in {"filter", "refresh", "back", "audit", "sessions"}:
            return ""
        if command.verb in CHANGES:
            return self.reason_against_changing(command.verb)
        return "" if self.members.current is not None else "There is no member under the cursor."

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
            self.read_again()

    def action_back(self) -> None:
        """One step back."""
        if self.has_class("-reading"):
            self.remove_class("-reading")
            self.members.focus()
        elif self._filter:
            self._apply_filter("")


def _member_id(member: Member) -> str:
    return member.member_id
