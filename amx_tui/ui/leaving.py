"""Quitting while decisions are on this machine alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog

if TYPE_CHECKING:
    from amx_tui.services.workspace import Workspace
    from amx_tui.ui.app import AmxApp

__all__ = ["leave", "lost_text_question"]

GRACE = 1.0
"""Seconds that quitting waits for decisions which are on their way, before it asks."""


def lost_text_question(confirm: str) -> ConfirmDialog:
    """Ask whether somebody really goes whose text this machine's disk does not take."""
    return ConfirmDialog(
        f"{confirm}, and lose what is typed?",
        details="It cannot be kept on this machine. ^s in the editor saves it to the store.",
        confirm=confirm,
    )


def leave(app: AmxApp, workspace: Workspace) -> None:
    """Quit once everything is stored; where that takes longer than a moment, ask."""

    async def wait() -> None:
        if await workspace.reviews.saved(GRACE):
            app.exit()
            return
        count = workspace.reviews.unsaved
        one = count == 1
        app.push_screen(
            ConfirmDialog(
                f"Quit while {count:,} decision{' is' if one else 's are'} not saved yet?",
                details=f"{'It is' if one else 'They are'} kept on this machine, and stored when the program"
                " is opened again.",
                confirm="Quit",
            ),
            lambda is_meant: app.exit() if is_meant else None,
        )

    app.run_worker(wait(), group="leaving", exclusive=True, description="Quitting")
