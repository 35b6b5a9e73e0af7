"""The health of the store's rows: the same report as `doctor --store`, with keys for looking closer and mending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import BindingType

from amx_tui.domain.report import Report
from amx_tui.services.grammar import Invocation
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.report.screen import ReportScreen
from amx_tui.ui.widgets.bars import Piece

if TYPE_CHECKING:
    from amx_tui.services.workspace import StoreState

__all__ = ["DoctorScreen", "HealthScreen"]


class DoctorScreen(ReportScreen):
    """The usual faults of this machine and its store; the store's rows are one key away."""

    VERBS = (
        *ReportScreen.VERBS,
        Command(
            "doctor.rows", "h", "Look for faults of the store's rows, and mend them", footer="Store's rows"
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(VERBS)

    def action_rows(self) -> None:
        """Look for faults of the store's rows."""
        self.amx.action_health()


class HealthScreen(ReportScreen):
    """What is wrong with the store's rows, what each fault costs, and what can be mended."""

    VERBS = (
        Command("report.back", "escape", "Stop, or go back", footer="Back"),
        Command("health.rows", "enter", "List every row, or the first few of each fault", footer="All rows"),
        Command("health.plan", "d", "Show what mending would change", footer="Dry run"),
        Command("health.mend", "m", "Mend what can be mended, after a yes", footer="Mend"),
        Command("health.undo", "U", "Take the last mending back, after a yes", footer="Take back"),
        Command("report.again", "r", "Look again"),
        *(command for command in ReportScreen.VERBS if not command.footer),
        Command("report.copy", "y", "Copy it all"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(VERBS)

    def __init__(self, invocation: Invocation) -> None:
        super().__init__(invocation)
        self._is_changing = False
        self._is_retrying = False

    def on_screen_resume(self) -> None:
        """Look again once the mending, or what took it back, is over."""
        if self._is_changing:
            self._is_changing = False
            self.action_again()

    def title_of(self, report: Report) -> tuple[Sequence[Piece], Sequence[Piece]]:
        """Whether something is wrong, and how much of it can be mended."""
        faults, repairs = _counted(report)
        if not faults:
            return super().title_of(report)
        mark = ("⚠ ", "warning")
        kinds = f"{faults} kind{'' if faults == 1 else 's'} of fault"
        rows = f"{repairs:,} row{'' if repairs == 1 else 's'} to mend" if repairs else "nothing to mend"
        return (mark, (report.title, "strong")), ((f"{kinds}, {rows}", "muted"),)

    def reason_against(self, command: Command) -> str:
        """There must be something to list or mend, and changing anything takes an admin."""
        if command.verb not in {"rows", "plan", "mend", "undo"}:
            return super().reason_against(command)
        is_change = command.verb in {"mend", "undo"}
        if is_change and (reason := self.workspace.health.reason_against_mending()):
            return reason
        if self.report is None:
            return (
                "The store is still being looked at."
                if self.is_busy
                else "There is nothing to go by; r looks again."
            )
        faults, repairs = _counted(self.report)
        if command.verb == "rows":
            return "" if faults else "Nothing is wrong, so there is nothing to list."
        return "" if repairs or command.verb == "undo" else "Nothing can be mended."

    def store_changed(self, state: StoreState) -> None:
        """Look at the store that is there now, where there was none to look at."""
        super().store_changed(state)
        if self._is_retrying and state.kind != "connecting":
            self._is_retrying = False
            super().action_again()

    def action_again(self) -> None:
        """Look again; offline, try the host again first."""
        if self.amx.store_view.kind in {"offline", "failed"}:
            self._is_retrying = True
            self.amx.retry_store()
        else:
            super().action_again()

    def action_rows(self) -> None:
        """List every row that has a fault, or only the first ones again."""
        is_full = not self._invocation.flag("full")
        self._invocation = _store("full") if is_full else _store()
        self.action_again()

    def action_plan(self) -> None:
        """Show each row that would change."""
        self.app.push_screen(ReportScreen(_store("dry-run")))

    def action_mend(self) -> None:
        """Mend, after a question."""
        self._is_changing = True
        self.app.push_screen(ReportScreen(_store("mend")))

    @work(exclusive=True, group="health.undo", exit_on_error=False)
    async def action_undo(self) -> None:
        """Take the newest mending of this store back, after a question."""
        entry = await self.workspace.health.last_undo()
        if entry is None:
            self.amx.say(
                "No mending of this store was made from here that could be taken back.", title="Store health"
            )
            return
        self._is_changing = True
        self.app.push_screen(ReportScreen(_store(undo=str(entry.path))))


def _store(*flags: str, **texts: str) -> Invocation:
    return Invocation(("doctor",), {"store": True, **dict.fromkeys(flags, True), **texts})


def _counted(report: Report) -> tuple[int, int]:
    """How many kinds of fault a report tells of, and how many rows can be mended."""
    data = report.data if isinstance(report.data, Mapping) else {}
    faults, repairs = data.get("faults"), data.get("repairs")
    return (len(faults) if isinstance(faults, list) else 0, repairs if isinstance(repairs, int) else 0)
