"""A few lines of text to write or change."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, cast

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Static, TextArea

from amx_tui.domain.errors import AmxError
from amx_tui.domain.text import one_line, visible
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.widgets.editor.plain import PlainArea

if TYPE_CHECKING:
    from amx_tui.ui.app import AmxApp

__all__ = ["TextDialog"]

LOW_BELOW = 20
"""Lines of the terminal below which a dialog has no margins."""
KEEP_AFTER = 1.0
"""Seconds after a key until what was typed is on disk, however fast the next keys follow."""


class TextDialog(ModalScreen[str | None]):
    """A text area; dismissed with the text, or None.

    Args:
        title: What the text is.
        text: What is there already.
        typed: What was typed earlier and not saved; it is shown instead of `text`, and said to be that.
        keep: Keeps what is typed on disk; blocking, called in a thread.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS = [
        ("ctrl+s,f2", "save", "Take"),
        ("f4", "editor", "Write in $EDITOR"),
        ("escape", "cancel", "Cancel"),
    ]

    def __init__(
        self, title: str, text: str, *, typed: str | None = None, keep: Callable[[str], None] | None = None
    ) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._typed = typed or text
        self._kept = self._typed
        self._keep = keep
        self._pause: Timer | None = None
        self._is_answered = False
        self._writing = Lock()

    def compose(self) -> ComposeResult:
        """The title, the text, what is stored where that is another one, the keys."""
        with Vertical(classes="dialog"):
            yield Static(visible(self._title), classes="dialog-title", markup=False)
            yield PlainArea(self._typed, soft_wrap=True, tab_behavior="focus", id="text-area")
            if self._typed != self._text:
                stored = (
                    f"This is what you typed last time. Stored is: {one_line(self._text, 200) or 'nothing'}"
                )
                yield Static(stored, classes="dialog-hint", markup=False, id="text-stored")
            yield Static(
                "^s or f2 takes it · f4 opens $EDITOR · esc cancels", classes="dialog-hint", markup=False
            )

    def on_resize(self, event: events.Resize) -> None:
        """Do without margins where there are few lines."""
        self.set_class(event.size.height < LOW_BELOW, "-low")

    def on_mount(self) -> None:
        """Put the cursor behind the text."""
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)
        area.focus()

    async def on_unmount(self) -> None:
        """Keep what was typed where the app ends in mid-edit."""
        await self._keep_on_disk()

    @on(TextArea.Changed)
    def _changed(self) -> None:
        self._typed = self.query_one(TextArea).text
        if self._keep is not None and self._pause is None:
            self._pause = self.set_timer(KEEP_AFTER, self._keep_typed)

    @work(group="draft", exit_on_error=False)
    async def _keep_typed(self) -> None:
        """Put on disk what is typed so far."""
        self._pause = None
        await self._keep_on_disk()

    async def _keep_on_disk(self) -> None:
        try:
            await to_thread(self._write)
        except AmxError as error:
            cast("AmxApp", self.app).report_error(error, what="Keeping the draft")

    def _write(self) -> None:
        with self._writing:
            if self._keep is not None and not self._is_answered and self._typed != self._kept:
                self._kept = self._typed
                self._keep(self._kept)

    async def _answer(self, text: str | None) -> None:
        """Leave; whoever asked decides now about what is on disk, so nothing may be written there any more."""
        self._is_answered = True
        await to_thread(self._wait_for_writing)
        self.dismiss(text)

    def _wait_for_writing(self) -> None:
        with self._writing:
            return

    async def action_save(self) -> None:
        """Leave with the text."""
        text = self.query_one(TextArea).text
        if not text.strip():
            cast("AmxApp", self.app).say(
                "There is nothing to take: an empty text is no description.", severity="warning"
            )
            return
        await self._answer(text)

    async def action_editor(self) -> None:
        """Write the text in the member's own editor, which has the terminal until it ends."""
        from amx_tui.ui.external_editor import edit_outside

        area = self.query_one(TextArea)
        app = cast("AmxApp", self.app)
        try:
            text = edit_outside(app, area.text)
        except AmxError as error:
            app.report_error(error, what="The editor")
            return
        if text != area.text:
            area.text = text
            area.move_cursor(area.document.end)

    async def action_cancel(self) -> None:
        """Leave without it; asks where something was typed."""

        async def answered(is_discarded: bool | None) -> None:
            if is_discarded:
                await self._answer(None)

        if self.query_one(TextArea).text == self._text:
            await self._answer(None)
        else:
            self.app.push_screen(ConfirmDialog("Discard what you typed?", confirm="Discard"), answered)
