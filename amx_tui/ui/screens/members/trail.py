"""The audit trail and the sessions: lists of any length, newest first."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content

from amx_tui.domain.audit import AUDIT_ACTIONS, AuditEvent, AuditFilter, SessionEvent, audit_sentence
from amx_tui.domain.errors import AmxError
from amx_tui.domain.query import AUDIT_QUERY_WORDS, format_audit_query, parse_audit_query
from amx_tui.domain.text import one_line, visible
from amx_tui.domain.times import exact_time
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.members.content import audit_columns, session_columns
from amx_tui.ui.widgets.bars import KeyBar, Piece, StatusBar, TitleBar, row_pieces
from amx_tui.ui.widgets.facts import fact_lines
from amx_tui.ui.widgets.panes import Panes
from amx_tui.ui.widgets.row_list import Column, ListNote, RowList
from amx_tui.ui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from amx_tui.domain.notices import Notice
    from amx_tui.services.workspace import StoreState

__all__ = ["AuditScreen", "SessionsScreen", "TrailScreen"]

PAGE = 60
DETAILS_FROM = 140
LABEL_CELLS = 12


class TrailScreen(BaseScreen):
    """A list of events, newest first, read by pages."""

    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "RowList"
    HEADING: ClassVar[str]
    VERBS = (
        Command("trail.open", "enter,o", "Show the event in full", footer="Open"),
        Command("trail.filter", "slash", "Filter the events", footer="Filter"),
        Command("trail.copy", "y", "Copy the event", footer="Copy"),
        Command("trail.refresh", "r", "Read the newest events", footer="Refresh"),
        Command(
            "trail.back",
            "escape",
            "One step back: the event, the filter, the members",
            footer="Back",
            in_palette=False,
        ),
    )
    BINDINGS = bindings_of(VERBS)

    def compose(self) -> ComposeResult:
        """Status line, title, list and details, keys."""
        yield StatusBar()
        yield TitleBar()
        with Panes(id="body"):
            yield RowList(self.columns(), key=lambda event: event.event_id, id="trail")
            yield TextPane(id="member-facts")
        yield KeyBar()

    @property
    def events(self) -> RowList[Any]:
        """The list of events."""
        return self.query_one("#trail", RowList)

    @abstractmethod
    def columns(self) -> Sequence[Column[Any]]:
        """The columns of the list."""

    @property
    @abstractmethod
    def query_text(self) -> str:
        """The filter as a line."""

    @abstractmethod
    def apply(self, line: str) -> str:
        """Apply a filter line; the answer is what is wrong with it."""

    @abstractmethod
    async def read_page(self, beside: Any) -> tuple[Sequence[Any], bool]:
        """Read the events behind one, and whether there are more.

        Raises:
            AmxError: They could not be read.
        """

    @abstractmethod
    def details(self, event: Any, width: int) -> Content:
        """All that is known of an event."""

    def on_mount(self) -> None:
        """Read the newest events."""
        self.events.show_note(ListNote(f"Reading {self.HEADING.lower()}…"))
        self.show_bars()
        self._show_title()
        self.read()

    def store_changed(self, state: StoreState) -> None:
        """Read the events of the store that is open now."""
        super().store_changed(state)
        if state.is_open:
            self.read()

    def others_changed(self, notices: tuple[Notice, ...]) -> None:
        """Read the newest events again, unless somebody has gone far back in them."""
        if len(self.events.rows) <= PAGE:
            self.read()

    def on_resize(self) -> None:
        """Show the details beside the list where there is room for them."""
        self.set_class(self.size.width >= DETAILS_FROM, "-wide")

    @work(exclusive=True, group="trail.read", exit_on_error=False)
    async def read(self) -> None:
        """Read the first page again."""
        view = self.amx.store_view
        if view.kind == "offline":
            # The rows that are open now are this machine's own, which has no team.
            self.events.show_rows(())
            self.events.show_note(
                ListNote("The shared store is out of reach.", (view.reason, "r tries the host again"))
            )
            return
        try:
            events, has_after = await self.read_page(None)
        except AmxError as error:
            self.amx.report_error(error, what=f"Reading {self.HEADING.lower()}", quietly=True)
            self.events.show_note(ListNote(error.message, (error.hint, "r tries again"), tone="error"))
            self.events.show_rows(())
            return
        self.events.show_rows(events, has_after=has_after)
        self.events.show_note(
            ListNote("No event matches this filter.", ("esc takes it away, / changes it",))
            if self.query_text
            else ListNote("Nothing has happened yet.", ("r looks again",))
        )
        self._show_current()

    @on(RowList.PageWanted)
    def _page_wanted(self, message: RowList.PageWanted) -> None:
        self._read_more(message)

    @work(group="trail.more", exit_on_error=False)
    async def _read_more(self, message: RowList.PageWanted) -> None:
        """Read the page that the list asked for; the trail has no end that could be jumped to in one page."""
        if message.edge != "after":
            self.events.page_failed(message.edge)
            if message.edge == "end":
                self.amx.say("The oldest events are reached by pages: ^d, or a filter with until:.")
            return
        shown = self.query_text
        found = await self.run_use_case(
            self.read_page(message.beside), what=f"Reading {self.HEADING.lower()}"
        )
        if found is None or shown != self.query_text:
            self.events.page_failed(message.edge)
        else:
            self.events.take_page(message.edge, found[0], has_before=False, has_after=found[1])

    @on(RowList.CursorMoved)
    def _show_current(self) -> None:
        event = self.events.current
        pane = self.query_one(TextPane)
        pane.show(lambda width: Content("") if event is None else self.details(event, width))
        self._show_title()

    def _show_title(self) -> None:
        left: list[Piece] = [(self.HEADING, "strong"), ("  newest first", "muted")]
        if self.query_text:
            left.append((f"  filter {one_line(self.query_text, 60)}", "accent"))
        self.query_one(TitleBar).show(tuple(left), row_pieces(self.events.position))
        self.show_footer()

    def reason_against(self, command: Command) -> str:
        """Opening and copying want an event under the cursor."""
        if command.verb in {"open", "copy"} and self.events.current is None:
            return "There is no event under the cursor."
        return ""

    @on(RowList.RowOpened)
    def action_open(self) -> None:
        """Show the event in full, instead of the list where there is no room beside it."""
        if self.events.current is not None:
            self.add_class("-reading")
            self.query_one(TextPane).focus()

    def action_filter(self) -> None:
        """Open the filter line."""
        from amx_tui.ui.line_input import ask_line

        ask_line(
            self.amx,
            prompt="/",
            value=self.query_text,
            words=self.words(),
            hint=self.hint(),
            on_change=self.apply,
            on_done=self.apply,
            on_cancel=self.apply,
            cancel_value=self.query_text,
            suggest=self.suggest,
        )

    def words(self) -> tuple[str, ...]:
        """The words of the filter line."""
        return ()

    def hint(self) -> str:
        """What can be typed."""
        return "a member's name, or user@host"

    def suggest(self, word: str) -> Sequence[str]:
        """The values that fit behind a word of the filter line."""
        return sorted({member.username for member in self.workspace.known_members})

    def action_copy(self) -> None:
        """Copy what is known of the event."""
        event = self.events.current
        if event is not None:
            self.amx.copy(self.details(event, 200).plain, what="the event")

    def action_refresh(self) -> None:
        """Read the newest events."""
        if self.amx.store_view.kind in {"offline", "failed"}:
            self.amx.retry_store()
        else:
            self.read()

    def action_back(self) -> None:
        """One step back."""
        if self.has_class("-reading"):
            self.remove_class("-reading")
            self.events.focus()
        elif self.query_text:
            self.apply("")
        else:
            self.app.pop_screen()


class AuditScreen(TrailScreen):
    """Who changed members, overwrote what, and decided or applied much at once.

    Args:
        wanted: The filter to begin with.
    """

    HEADING = "Audit trail"

    def __init__(self, wanted: AuditFilter | None = None) -> None:
        super().__init__()
        self._filter = wanted or AuditFilter()

    def columns(self) -> Sequence[Column[AuditEvent]]:
        """When and what."""
        return audit_columns(self.amx)

    @property
    def query_text(self) -> str:
        """The filter as a line."""
        return format_audit_query(self._filter)

    def words(self) -> tuple[str, ...]:
        """The words of the filter line."""
        return AUDIT_QUERY_WORDS

    def hint(self) -> str:
        """What can be typed."""
        return "actor:alice  action:revoke  target:bob  since:7d  until:yesterday"

    def suggest(self, word: str) -> Sequence[str]:
        """The values that fit behind a word of the filter line."""
        if word == "action":
            return AUDIT_ACTIONS
        if word in {"since", "until"}:
            return ("2h", "today", "yesterday", "7d", "30d")
        return super().suggest(word)

    def apply(self, line: str) -> str:
        """Apply a filter line; the answer is what is wrong with it."""
        try:
            wanted = parse_audit_query(line, self.amx.now())
        except AmxError as error:
            return f"{error.message} {error.hint}"
        if wanted != self._filter:
            self._filter = wanted
            self.read()
        return ""

    async def read_page(self, beside: AuditEvent | None) -> tuple[Sequence[AuditEvent], bool]:
        """Read the events behind one."""
        members = self.workspace.members
        cursor = members.cursor_of(beside) if beside is not None else None
        page = await members.audit(self._filter, cursor=cursor, limit=PAGE)
        return page.events, page.has_after

    def details(self, event: AuditEvent, width: int) -> Content:
        """All that is known of an event."""
        known = event.details if isinstance(event.details, dict) else {}
        return _facts(
            audit_sentence(event),
            event.event_at,
            (
                ("actor", f"{event.actor_username}@{event.actor_hostname}".strip("@")),
                ("action", event.action),
                ("target", f"{event.target_username}@{event.target_hostname}".strip("@")),
                ("row", event.target_resource),
                *((str(name), _plain(value)) for name, value in known.items()),
                ("event", event.event_id),
            ),
            width,
        )


class SessionsScreen(TrailScreen):
    """Who connected when, and from where.

    Args:
        who: The member to begin with; empty is everybody.
    """

    HEADING = "Sessions"

    def __init__(self, who: str = "") -> None:
        super().__init__()
        self._who = who

    def columns(self) -> Sequence[Column[SessionEvent]]:
        """When, who, from where."""
        return session_columns(self.amx)

    @property
    def query_text(self) -> str:
        """The filter as a line."""
        return self._who

    def apply(self, line: str) -> str:
        """Apply a filter line."""
        if line.strip() != self._who:
            self._who = line.strip()
            self.read()
        return ""

    async def read_page(self, beside: SessionEvent | None) -> tuple[Sequence[SessionEvent], bool]:
        """Read the events behind one."""
        members = self.workspace.members
        cursor = members.cursor_of(beside) if beside is not None else None
        page = await members.sessions(self._who, cursor=cursor, limit=PAGE)
        return page.events, page.has_after

    def details(self, event: SessionEvent, width: int) -> Content:
        """All that is known of an event."""
        return _facts(
            f"{event.username}: {event.event_kind.replace('_', ' ')}",
            event.event_at,
            (
                ("from", event.hostname),
                ("program", event.client_version),
                ("system", event.os_platform),
                ("event", event.event_id),
            ),
            width,
        )


def _facts(heading: str, at: datetime | None, facts: Sequence[tuple[str, str]], width: int) -> Content:
    lines = [
        Content.styled(visible(heading), "bold $accent"),
        Content.styled(exact_time(at), "$foreground 60%"),
        Content(""),
    ]
    for label, value in facts:
        if value:
            lines.extend(fact_lines(one_line(label, LABEL_CELLS), value, LABEL_CELLS + 2, width))
    return Content("\n").join(lines)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
