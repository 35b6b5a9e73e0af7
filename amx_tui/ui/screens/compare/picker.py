"""Choosing the run that another one is compared with, best candidates first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from amx_tui.domain.errors import AmxError
from amx_tui.domain.text import one_line
from amx_tui.domain.times import relative_time, short_relative_time
from amx_tui.services.compare import Candidate
from amx_tui.ui.screens.history.columns import shown_id
from amx_tui.ui.widgets.row_list import Column, ListNote, RowList

if TYPE_CHECKING:
    from amx_tui.ui.app import AmxApp

__all__ = ["RunPicker"]


WIDE_FROM = 86
LOW_BELOW = 20


class RunPicker(ModalScreen[str | None]):
    """A filterable list of runs; dismissed with the chosen run's id, or None."""

    CSS_PATH = "picker.tcss"
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "dismiss", "Cancel"),
        ("down,ctrl+n", "move(1)", "Down"),
        ("up,ctrl+p", "move(-1)", "Up"),
        ("pagedown", "move(10)", "Page down"),
        ("pageup", "move(-10)", "Page up"),
    ]

    def __init__(self, amx: AmxApp, reference: str) -> None:
        super().__init__()
        self._amx = amx
        self._reference = reference

    def compose(self) -> ComposeResult:
        """A filter and the candidates."""
        with Vertical(classes="dialog"):
            title = Content.assemble(
                f"Compare {one_line(self._reference)} with",
                ("   enter compares · esc cancels", "not bold $foreground 60%"),
            )
            yield Static(title, classes="dialog-title")
            yield Input(placeholder="type a member, a table, an id", compact=True, id="picker-filter")
            yield RowList(self._columns(), key=lambda candidate: candidate.run.run_id, id="candidates")

    def _columns(self) -> tuple[Column[Candidate], ...]:
        now = self._amx.now
        return (
            Column("run_id", lambda each: shown_id(each.run), 24),
            Column("who", lambda each: each.run.created_by, 22, from_width=96),
            Column("who", lambda each: each.run.created_by, 14, below_width=96),
            Column("when", lambda each: relative_time(each.run.started_at, now()), 14, from_width=WIDE_FROM),
            Column(
                "when",
                lambda each: short_relative_time(each.run.started_at, now()),
                10,
                from_width=62,
                below_width=WIDE_FROM,
            ),
            Column("scope", lambda each: each.run.scope.summary, from_width=68),
            Column("same tables", _shared, 11, "right", from_width=WIDE_FROM),
            Column("same t", _shared, 6, "right", below_width=WIDE_FROM),
        )

    def on_resize(self, event: events.Resize) -> None:
        """Take all lines where there are few."""
        self.set_class(event.size.height < LOW_BELOW, "-low")

    @property
    def candidates(self) -> RowList[Candidate]:
        """The list."""
        return self.query_one("#candidates", RowList)

    def on_mount(self) -> None:
        """Read the best candidates."""
        self.candidates.show_note(ListNote("Looking for runs over the same tables…"))
        self._read("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._read(event.value)

    @work(exclusive=True, group="picker", exit_on_error=False)
    async def _read(self, text: str) -> None:
        try:
            found = await self._amx.workspace.compare.candidates(self._reference, text.strip())
        except AmxError as error:
            self.candidates.show_rows(())
            self.candidates.show_note(ListNote(error.message, (error.hint,), tone="error"))
            return
        self.candidates.show_rows(found)
        self.candidates.action_go_start()
        self.candidates.show_note(
            ListNote("No run matches this." if text.strip() else "There is no other run to compare with.")
        )

    def action_move(self, rows: int) -> None:
        """Move in the list while the filter has the focus."""
        self.candidates.action_move(rows)

    @on(Input.Submitted)
    @on(RowList.RowOpened)
    def _choose(self) -> None:
        chosen = self.candidates.current
        if chosen is not None:
            self.dismiss(chosen.run.run_id)


def _shared(candidate: Candidate) -> str:
    return str(candidate.shared_tables)
