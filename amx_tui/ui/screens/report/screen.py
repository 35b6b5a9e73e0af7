"""The answer of a verb that has no screen of its own: checks, facts, tables, statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from amx_tui.domain.errors import AmxError
from amx_tui.domain.report import Report
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.line.screen import LineScreen, Suggestion
from amx_tui.ui.screens.line.screen import Question as LineQuestion
from amx_tui.ui.screens.report.content import error_content, plain_text, report_content
from amx_tui.ui.widgets.bars import KeyBar, Piece, StatusBar, TitleBar

if TYPE_CHECKING:
    from amx_tui.services.commands import Question
    from amx_tui.services.grammar import Invocation

__all__ = ["ReportScreen"]

PANE_MARGIN = 5
"""Cells beside the text: the pane's padding and its scroll bar."""
LEAST_WIDTH = 20
SPINNER_AFTER = 0.15
"""Seconds of silence before the screen says that it works: less is never noticed."""


class ReportScreen(BaseScreen):
    """Runs a verb and shows what it answers; esc stops it, then leaves."""

    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "#report-body"
    VERBS: ClassVar[tuple[Command, ...]] = (
        Command("report.back", "escape", "Stop, or go back", footer="Back"),
        Command("report.again", "r", "Do it again", footer="Again"),
        Command("report.copy", "y", "Copy it all", footer="Copy"),
        Command("report.down", "j", "Down", in_palette=False),
        Command("report.up", "k", "Up", in_palette=False),
        Command("report.top", "g", "To the top", in_palette=False),
        Command("report.bottom", "G", "To the bottom", in_palette=False),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(VERBS)

    def __init__(self, invocation: Invocation) -> None:
        super().__init__()
        self._invocation = invocation
        self.report: Report | None = None
        self._has_progress = False
        self._work: object | None = None
        """Stands for the run of the verb that is going on; one that was replaced or stopped says nothing any more."""

    def compose(self) -> ComposeResult:
        """Status line, title, the answer, keys."""
        yield StatusBar()
        yield TitleBar()
        with VerticalScroll(id="report-body"):
            yield Static(id="report")
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin."""
        self._run_verb()

    @work(exclusive=True, group="report", exit_on_error=False)
    async def _run_verb(self) -> None:
        """Run the verb; whatever it answers is shown, an error with its cure."""
        from amx_tui.services.commands import execute

        work = self._work = object()
        self._has_progress = False
        self.report = None
        self.set_timer(SPINNER_AFTER, lambda: self._show_working(work))
        body = self.query_one("#report", Static)
        try:
            report = await execute(
                self.workspace, self._invocation, ask=self._ask, on_progress=self._show_progress
            )
        except AmxError as error:
            if self._work is work:
                self.amx.report_error(error, what=self._invocation.name, quietly=True)
                self.query_one(TitleBar).show(((f"✗ {self._invocation.name}", "error"),))
                body.update(error_content(error))
        else:
            self.report = report
            self.query_one(TitleBar).show(*self.title_of(report))
            self._draw(report)
        if self._work is work:
            self._work = None
            self.show_footer()
        self.amx.run_worker(self.amx.session.follow(), group="session.follow")

    @property
    def is_busy(self) -> bool:
        """Whether the verb is being run."""
        return self._work is not None

    def title_of(self, report: Report) -> tuple[Sequence[Piece], Sequence[Piece]]:
        """What the title says of an answer, on its left and on its right."""
        mark = ("✓ ", "success") if report.exit_status == 0 else ("✗ ", "error")
        return (mark, (report.title, "strong")), ()

    def _draw(self, report: Report) -> None:
        """Draw the answer for the width that there is."""
        body = self.query_one("#report", Static)
        body.update(report_content(report, max(LEAST_WIDTH, self.size.width - PANE_MARGIN)))

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines anew."""
        if self.report is not None:
            self._draw(self.report)

    def _show_working(self, work: object) -> None:
        if self._work is work and not self._has_progress:
            name = self._invocation.name
            self.query_one(TitleBar).show(((f"◌ {name}…", "strong"),), (("esc stops", "muted"),))

    def _show_progress(self, step: int, steps: int, what: str) -> None:
        self._has_progress = True
        bar = self.query_one(TitleBar)
        bar.show(
            ((f"◌ {self._invocation.name} {step} of {steps}: {what}", "strong"),), (("esc stops", "muted"),)
        )

    async def _ask(self, question: Question) -> bool | str:
        """Ask in a dialog, or for a text on the input line."""
        if question.kind == "confirm":
            return await self.app.push_screen_wait(ConfirmDialog(question.prompt))
        asked = LineQuestion(
            f"{question.prompt} ",
            question.default,
            question.help or ", ".join(question.labels or question.choices),
            lambda line, cursor: [
                Suggestion(choice, choice) for choice in question.choices if line in choice
            ],
            is_secret=question.kind == "secret",
        )
        return await self.app.push_screen_wait(LineScreen(asked)) or ""

    def reason_against(self, command: Command) -> str:
        """There must be an answer to copy."""
        if command.verb == "copy" and self.report is None:
            return "There is nothing to copy yet."
        return ""

    def action_back(self) -> None:
        """Stop what runs, or leave."""
        if self._work is not None:
            self._work = None
            self.workers.cancel_group(self, "report")
            self.query_one(TitleBar).show(
                ((f"– {self._invocation.name}: stopped", "warning"),), (("r starts again", "muted"),)
            )
        else:
            self.app.pop_screen()

    def action_again(self) -> None:
        """Do it again."""
        self._run_verb()

    def action_copy(self) -> None:
        """Copy the answer as plain text."""
        if self.report is not None:
            self.amx.copy(plain_text(self.report), what=self.report.title)

    def action_down(self) -> None:
        """Scroll down."""
        self.query_one("#report-body").scroll_relative(y=1, animate=False)

    def action_up(self) -> None:
        """Scroll up."""
        self.query_one("#report-body").scroll_relative(y=-1, animate=False)

    def action_top(self) -> None:
        """Scroll to the top."""
        self.query_one("#report-body").scroll_home(animate=False)

    def action_bottom(self) -> None:
        """Scroll to the bottom."""
        self.query_one("#report-body").scroll_end(animate=False)
