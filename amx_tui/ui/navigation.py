"""Opening the screens that stand on top of others; their modules load when they are first opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from textual.app import App

from amx_tui.ui.modes import MODES
from amx_tui.ui.screens.base import BaseScreen

if TYPE_CHECKING:
    from amx_tui.domain.compare import CompareFilter
    from amx_tui.domain.results import ResultFilter
    from amx_tui.domain.runs import Run
    from amx_tui.ui.app import AmxApp

__all__ = ["Navigation"]


class Navigation(App[None]):
    """The ways from one screen to another."""

    async def close_screens(self) -> None:
        """Close all screens but the history; what is typed on them is kept on disk as ever."""
        with self.batch_update():
            for mode, stack in list(self._screen_stacks.items()):
                if len(stack) > 1:
                    await self.switch_mode(mode)
                    await self._close_stacked()
            await self.switch_mode(self.DEFAULT_MODE)
            for mode, make in MODES.items():
                if mode in self._screen_stacks:
                    removed = self.remove_mode(mode)
                    self.add_mode(mode, make)
                    await removed

    async def _close_stacked(self) -> None:
        while len(self.screen_stack) > 1:
            screen = self.screen
            if isinstance(screen, BaseScreen):
                await screen.finish()
                await self.pop_screen()
            else:
                # A dialog is answered with "cancelled", for what waits for it.
                await screen.dismiss(None)

    def open_run(self, reference: str, run: Run | None = None, wanted: ResultFilter | None = None) -> None:
        """Open the screen of a run, with those of its results that a filter lets through."""
        from amx_tui.ui.screens.run.screen import RunScreen

        self.push_screen(RunScreen(reference, run, wanted))

    def open_comparison(self, references: Sequence[str], wanted: CompareFilter | None = None) -> None:
        """Open the comparison of two runs or more, the baseline first."""
        from amx_tui.ui.screens.compare.screen import CompareScreen

        self.push_screen(CompareScreen(references, wanted))

    def open_review(self, reference: str, line: str = "") -> None:
        """Open the review of a run, with a filter line."""
        from amx_tui.ui.screens.review.screen import ReviewScreen

        self.push_screen(ReviewScreen(reference, line))

    def open_apply(
        self, reference: str, *, profile: str = "", table: str = "", is_undo: bool = False
    ) -> None:
        """Open the screen that writes a run's descriptions into the database."""
        from amx_tui.ui.screens.apply.screen import ApplyScreen

        self.push_screen(ApplyScreen(reference, profile=profile, table=table, is_undo=is_undo))

    def compare_with_another(self, reference: str) -> None:
        """Ask which run another one is compared with, and open the comparison."""
        from amx_tui.ui.screens.compare.picker import RunPicker

        def chosen(other: str | None) -> None:
            if other is not None:
                self.open_comparison((reference, other))

        self.push_screen(RunPicker(cast("AmxApp", self), reference), chosen)
