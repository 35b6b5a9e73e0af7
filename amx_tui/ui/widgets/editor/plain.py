"""A text area for text that anybody may have written: drawn as data, and kept to the byte."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.document._document_navigator import DocumentNavigator
from textual.widgets import TextArea

from amx_tui.ui.widgets.editor.document import TextDocument, normalised, shown_line
from amx_tui.ui.widgets.editor.wrapping import WrappedText

__all__ = ["PlainArea"]


class PlainArea(TextArea):
    """A text area that breaks lines between words and sends no sign to the terminal that it would act upon.

    Textual's own draws an escape sequence by sending it.
    """

    def _set_document(self, text: str, language: str | None) -> None:
        self.document = TextDocument(text)
        self.wrapped_document = WrappedText(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self.move_cursor((0, 0))
        self._rewrap_and_refresh_virtual_size()

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        if not self.read_only:
            start, end = self.selection
            result = self._replace_via_keyboard(normalised(event.text), start, end)
            if result is not None:
                self.move_cursor(result.end_location)

    def get_line(self, line_index: int) -> Text:
        """A line as it is drawn."""
        return Text(shown_line(self.document.get_line(line_index)), end="", no_wrap=True)
