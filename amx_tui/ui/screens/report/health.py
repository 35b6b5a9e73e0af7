"""The health of the store's rows: the same report as `doctor --store`, with keys for looking closer and mending."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from amx_tui.services.grammar import Invocation
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.report.screen import ReportScreen

__all__ = ["HealthScreen"]


class HealthScreen(ReportScreen):
    """What is wrong with the store's rows, what each fault costs, and what can be mended."""

    VERBS = (
        *(command for command in ReportScreen.VERBS if command.id != "report.copy"),
        Command("report.copy", "y", "Copy it all"),
        Command("health.plan", "d", "Show what mending would change", footer="Dry run"),
        Command("health.mend", "m", "Mend what can be mended, after a yes", footer="Mend"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(VERBS)

    def __init__(self, invocation: Invocation) -> None:
        super().__init__(invocation)
        self._is_mending = False

    def on_screen_resume(self) -> None:
        """Look again once the mending is over."""
        if self._is_mending:
            self._is_mending = False
            self.action_again()

    def reason_against(self, command: Command) -> str:
        """There must be something to mend, and mending takes an admin."""
        if command.verb not in {"plan", "mend"}:
            return super().reason_against(command)
        if command.verb == "mend" and (reason := self.workspace.health.reason_against_mending()):
            return reason
        if self.report is None:
            return "The store is still being looked at."
        data = self.report.data
        is_whole = isinstance(data, dict) and data.get("repairs")
        return "" if is_whole else "Nothing can be mended."

    def action_plan(self) -> None:
        """Show each row that would change."""
        self.app.push_screen(ReportScreen(_store("dry-run")))

    def action_mend(self) -> None:
        """Mend, after a question."""
        self._is_mending = True
        self.app.push_screen(ReportScreen(_store("mend")))


def _store(option: str) -> Invocation:
    return Invocation(("doctor",), {"store": True, option: True})
