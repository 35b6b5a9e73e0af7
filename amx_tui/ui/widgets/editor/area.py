"""The text area that Markdown is written in."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.document._document import EditResult, Location, Selection
from textual.document._edit import Edit
from textual.strip import Strip
from textual.widgets import TextArea

from amx_tui.ui.widgets.editor.document import shown_line
from amx_tui.ui.widgets.editor.marks import FenceMap, line_marks
from amx_tui.ui.widgets.editor.plain import PlainArea

__all__ = ["MarkdownArea"]

TAKEN = frozenset({"ctrl+f", "ctrl+z", "ctrl+y"})
REMEMBERED = 400
"""Rows that are kept as drawn: more than a tall terminal shows."""
MARKS = (
    "heading",
    "rule",
    "quote",
    "bullet",
    "code",
    "link",
    "url",
    "strong",
    "em",
    "struck",
    "pipe",
    "found",
)


class MarkdownArea(PlainArea, inherit_bindings=False):
    """A text area for Markdown: it marks what it is, breaks lines between words, and is as quick in long texts."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Textual's own key of this name deletes a word; here it finds one.
        *(
            binding
            for binding in TextArea.BINDINGS
            if isinstance(binding, Binding) and binding.key not in TAKEN
        ),
        Binding("ctrl+z", "undo", "Undo", show=False, id="edit.undo"),
        Binding("ctrl+y,ctrl+shift+z", "redo", "Redo", show=False, id="edit.redo"),
        Binding("ctrl+home", "go(True)", "To the beginning", show=False, id="edit.start"),
        Binding("ctrl+end", "go(False)", "To the end", show=False, id="edit.end"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"markdown-area--{mark}" for mark in MARKS}
    DEFAULT_CSS = """
    MarkdownArea {
        border: none;
        padding: 0 1;
        height: 1fr;
        width: 1fr;
        background: $background;
        scrollbar-size-vertical: 1;
        &:focus { border: none; }
        & > .markdown-area--heading { color: $primary; text-style: bold; }
        & > .markdown-area--rule { color: $text-muted; }
        & > .markdown-area--quote { color: $accent; }
        & > .markdown-area--bullet { color: $accent; text-style: bold; }
        & > .markdown-area--code { color: $text-warning; }
        & > .markdown-area--link { color: $text-accent; text-style: underline; }
        & > .markdown-area--url { color: $text-accent; }
        & > .markdown-area--strong { text-style: bold; }
        & > .markdown-area--em { text-style: italic; }
        & > .markdown-area--struck { text-style: strike; }
        & > .markdown-area--pipe { color: $text-muted; }
        & > .markdown-area--found { text-style: underline bold; }
    }
    """

    def __init__(self, text: str = "", *, id: str | None = None, read_only: bool = False) -> None:
        self._fences = FenceMap()
        self._drawn: OrderedDict[Hashable, Strip] = OrderedDict()
        self._mark_styles: dict[str, Style] = {}
        self.intercept: Callable[[str], bool] = lambda key: False
        """Asked first what a key does; whether it was taken: by names that are offered, say."""
        self._sought: re.Pattern[str] | None = None
        super().__init__(id=id, read_only=read_only, soft_wrap=True, tab_behavior="focus")
        self.set_reactive(TextArea.indent_width, 2)
        self._set_document(text, None)

    # ---- the text ------------------------------------------------------------------------------------

    def _set_document(self, text: str, language: str | None) -> None:
        self._fences.forget()
        self._drawn.clear()
        super()._set_document(text, language)

    def edit(self, edit: Edit) -> EditResult:
        """Change the text, and forget what is known of code where the change may concern it."""
        start, end = edit.top, edit.bottom
        concerned = start[0] != end[0] or "\n" in edit.text or FenceMap.concerns(self._line(start[0]))
        result = super().edit(edit)
        if concerned or FenceMap.concerns(self._line(start[0])):
            self._fences.forget()
        return result

    def _undo_batch(self, edits: object) -> None:
        super()._undo_batch(edits)  # type: ignore[arg-type]  # handed on as it came
        self._fences.forget()

    def _redo_batch(self, edits: object) -> None:
        super()._redo_batch(edits)  # type: ignore[arg-type]  # handed on as it came
        self._fences.forget()

    def _line(self, index: int) -> str:
        return self.document.get_line(index) if index < self.document.line_count else ""

    def put(self, text: str) -> None:
        """Replace the whole text in one step that can be undone."""
        row = self.cursor_location[0]
        self.history.checkpoint()
        self.replace(text, (0, 0), self.document.end, maintain_selection_offset=False)
        self.history.checkpoint()
        self.move_cursor((min(row, self.document.line_count - 1), 0))

    def find_matching_bracket(self, bracket: str, search_from: Location) -> Location | None:
        """Brackets are not matched: in prose that helps nobody, and one without a partner is looked for to the end."""
        return None

    async def _on_key(self, event: events.Key) -> None:
        if self.intercept(event.key):
            event.stop()
            event.prevent_default()
            return
        await super()._on_key(event)

    def action_go(self, to_start: bool) -> None:
        """Go to one of the text's ends."""
        self.move_cursor((0, 0) if to_start else self.document.end)

    # ---- finding -------------------------------------------------------------------------------------

    def look_for(self, pattern: re.Pattern[str] | None) -> None:
        """Mark what matches a pattern wherever it is."""
        self._sought = pattern
        self._drawn.clear()
        self._line_cache.clear()
        self.refresh()

    def select(self, start: Location, end: Location) -> None:
        """Select a stretch and bring it into view."""
        self.selection = Selection(start, end)
        self.scroll_cursor_visible(center=True)

    # ---- drawing -------------------------------------------------------------------------------------

    def _mark_style(self, name: str) -> Style:
        style = self._mark_styles.get(name)
        if style is None:
            style = self.get_component_rich_style(f"markdown-area--{name}", partial=True)
            self._mark_styles[name] = style
        return style

    def notify_style_update(self) -> None:
        """Forget looks when the theme changes."""
        self._drawn.clear()
        self._mark_styles.clear()
        super().notify_style_update()

    def get_line(self, line_index: int) -> Text:
        """A line with what it is marked."""
        raw = self.document.get_line(line_index)
        line = Text(shown_line(raw), end="", no_wrap=True)
        for start, end, name in line_marks(
            raw, is_code=self._fences.is_code(self.document.lines, line_index)
        ):
            line.stylize(self._mark_style(name), start, end)
        if self._sought is not None:
            for match in self._sought.finditer(raw):
                line.stylize(self._mark_style("found"), match.start(), match.end())
        return line

    def render_line(self, y: int) -> Strip:
        """Draw a row; one without cursor and selection stays as drawn for as long as its text stays."""
        row = self.scroll_offset.y + y
        wrapped = self.wrapped_document
        if row >= wrapped.height:
            return self._render_line(y)
        index, section = wrapped._offset_to_line_info[row]
        (top, _), (bottom, _) = sorted(self.selection)
        if top <= index <= bottom:
            return self._render_line(y)
        is_code = self._fences.is_code(self.document.lines, index)
        key = (self.document.get_line(index), section, is_code, self.size.width, self.has_focus, self.theme)
        strip = self._drawn.get(key)
        if strip is None:
            strip = self._drawn[key] = self._render_line(y)
            if len(self._drawn) > REMEMBERED:
                self._drawn.popitem(last=False)
        return strip
