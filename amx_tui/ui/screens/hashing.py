"""Screens on which a run can be hashed."""

from __future__ import annotations

from textual import work

from amx_tui.ui.screens.base import BaseScreen

__all__ = ["HashingScreen"]


class HashingScreen(BaseScreen):
    """A screen that shows the hash of a run's descriptions, and copies it."""

    @work(exclusive=True, group="hash", exit_on_error=False)
    async def show_hash(self, reference: str) -> None:
        """Say the SHA-256 of a run's descriptions, as `history show --hash` prints it, and copy it."""
        digest = await self.run_use_case(
            self.workspace.history.hash(reference), what="Hashing the descriptions"
        )
        if digest is not None:
            self.amx.copy(digest, what=f"SHA-256 of {reference}: {digest}")
