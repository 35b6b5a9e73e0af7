"""Drawing a Markdown text of any length: only those passages are read that are seen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from amx_tui.ui.widgets.markdown.finding import Finder
from amx_tui.ui.widgets.markdown.layout import MarkdownReader
from amx_tui.ui.widgets.markdown.passages import Heading, Outline, cut
from amx_tui.ui.widgets.markdown.wrapping import Pieces, cells_of, mark, match_number

__all__ = ["MarkdownCanvas", "Place"]

LOOKS = (
    *("h1", "h2", "h3", "h4", "strong", "em", "struck", "code", "block", "link", "url", "rule", "quote"),
    *("bullet", "muted", "match", "current", "bar", "thumb"),
)
REMEMBERED = 200
"""Passages that are kept as drawn: more than a tall terminal shows."""
Place = tuple[int, int]
"""A passage, and a line of it; the empty line behind a passage counts as its last one."""


class MarkdownCanvas(Widget):
    """A Markdown text at some place.

    Its place is a passage and a line of that, so that nothing above has to be read to know where one is. How long
    passages are that nobody has seen yet is estimated, for the scroll bar alone.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"markdown--{look}" for look in LOOKS}
    DEFAULT_CSS = """
    MarkdownCanvas {
        height: 1fr;
        width: 1fr;
        padding: 0 1;
        & > .markdown--h1 { color: $primary; text-style: bold; }
        & > .markdown--h2 { color: $primary; text-style: bold; }
        & > .markdown--h3 { color: $accent; text-style: bold; }
        & > .markdown--h4 { text-style: bold italic; }
        & > .markdown--strong { text-style: bold; }
        & > .markdown--em { text-style: italic; }
        & > .markdown--struck { text-style: strike; }
        & > .markdown--code { color: $text-warning; }
        & > .markdown--block { background: $panel; }
        & > .markdown--link { color: $text-accent; text-style: underline; }
        & > .markdown--url { color: $text-muted; }
        & > .markdown--rule { color: $foreground 30%; }
        & > .markdown--quote { color: $accent; }
        & > .markdown--bullet { color: $accent; }
        & > .markdown--muted { color: $text-muted; }
        & > .markdown--match { text-style: underline bold; }
        & > .markdown--current { text-style: reverse bold; }
        & > .markdown--bar { color: $foreground 15%; }
        & > .markdown--thumb { color: $accent 60%; }
    }
    """

    def __init__(self, text: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = ""
        self._outline = Outline()
        self._reader = MarkdownReader()
        self._place: Place = (0, 0)
        self._rows: OrderedDict[tuple[str, int], list[Pieces]] = OrderedDict()
        self._heights: dict[str, int] = {}
        self._styles_of: dict[str, Style] = {}
        self._frame: list[Strip] | None = None
        self._finder = Finder()
        self.show(text)

    # ---- what it shows -------------------------------------------------------------------------------

    @property
    def headings(self) -> tuple[Heading, ...]:
        """The headings of the text."""
        return self._outline.headings

    @property
    def text(self) -> str:
        """The Markdown."""
        return self._text

    def show(self, text: str, *, keeps_place: bool = False) -> None:
        """Show another text.

        Args:
            keeps_place: Whether it is the same text a little later, so that what is in view stays there.
        """
        if text == self._text and keeps_place:
            return
        before = self._outline
        self._text = text
        self._outline = cut(text)
        if before.definitions != self._outline.definitions or not self._heights:
            self._reader = MarkdownReader(self._outline.definitions)
            self._rows.clear()
        self._heights = {} if not keeps_place else self._heights
        last = max(0, len(self._outline.passages) - 1)
        self._place = (min(self._place[0], last), self._place[1]) if keeps_place else (0, 0)
        self._finder.forget()
        self._redraw()

    @property
    def is_all_seen(self) -> bool:
        """Whether the whole text is in view."""
        return self._place == (0, 0) and self._bottom() == (0, 0)

    @property
    def heading(self) -> int | None:
        """The index of the heading under which the view begins."""
        found = None
        for index, each in enumerate(self._outline.headings):
            if each.passage > self._place[0]:
                break
            found = index
        return found

    # ---- passages as lines ---------------------------------------------------------------------------

    @property
    def _width(self) -> int:
        return max(8, self.content_size.width - 2)

    @property
    def _height(self) -> int:
        return self.content_size.height

    def _lines(self, index: int) -> list[Pieces]:
        """A passage as it is drawn, without the empty line behind it."""
        passage = self._outline.passages[index]
        key = (passage.text, self._width)
        rows = self._rows.get(key)
        if rows is None:
            rows = self._rows[key] = self._reader.rows(passage, self._width)
            while len(self._rows) > REMEMBERED + self._height:
                self._rows.popitem(last=False)
        else:
            self._rows.move_to_end(key)
        self._heights[passage.text] = len(rows) + 1
        return rows

    def _length(self, index: int) -> int:
        return len(self._lines(index)) + 1

    def _estimate(self, index: int) -> int:
        passage = self._outline.passages[index]
        known = self._heights.get(passage.text)
        return known if known is not None else passage.line_count + 1 + len(passage.text) // self._width

    def _down(self, place: Place, lines: int) -> Place:
        passage, line = place
        line += lines
        while passage < len(self._outline.passages) and line >= (length := self._length(passage)):
            line -= length
            passage += 1
        return passage, line

    def _up(self, place: Place, lines: int) -> Place:
        passage, line = place
        line -= lines
        while line < 0 and passage > 0:
            passage -= 1
            line += self._length(passage)
        return passage, max(0, line)

    def _bottom(self) -> Place:
        """The place at which the end of the text is the last line in view."""
        return self._up((len(self._outline.passages), 0), self._height + 1)

    def _go(self, place: Place) -> None:
        if not self._outline.passages:
            return
        place = max((0, 0), min(place, self._bottom()))
        if place != self._place:
            self._place = place
            self._redraw()
            self._tell_moved()

    def _tell_moved(self) -> None:
        """Tell that the view begins elsewhere; the subclass knows whom."""

    # ---- drawing -------------------------------------------------------------------------------------

    def _redraw(self) -> None:
        self._frame = None
        self.refresh()

    def notify_style_update(self) -> None:
        """Forget looks when the theme changes."""
        self._styles_of.clear()
        self._frame = None
        super().notify_style_update()

    def _on_resize(self, event: events.Resize) -> None:
        self._heights.clear()
        self._place = (self._place[0], 0)
        self._frame = None
        if self._outline.passages:
            self._place = max((0, 0), min(self._place, self._bottom()))

    def _look(self, names: str) -> Style:
        style = self._styles_of.get(names)
        if style is None:
            style = self.rich_style
            for name in names.split():
                style += self.get_component_rich_style(f"markdown--{name}", partial=True)
            self._styles_of[names] = style
        return style

    def render_line(self, y: int) -> Strip:
        """Draw line `y` of what is visible."""
        if self._frame is None:
            self._frame = self._draw()
        return (
            self._frame[y] if y < len(self._frame) else Strip.blank(self.content_size.width, self._look(""))
        )

    def _draw(self) -> list[Strip]:
        width = self._width
        bar = self._bar()
        lines = self._visible()
        strips = []
        for y in range(self._height):
            pieces = next(lines, ())
            segments = [Segment(text, self._look(self._shown_look(look))) for text, look in pieces if text]
            rest = width - sum(cells_of(text) for text, _ in pieces)
            segments.append(Segment(" " * max(0, rest), self._look("")))
            strip = Strip(segments).adjust_cell_length(width, self._look(""))
            strips.append(Strip.join((strip, Strip([Segment(" ", self._look("")), bar[y]], 2))))
        return strips

    def _shown_look(self, look: str) -> str:
        number = match_number(look)
        if number is None:
            return look
        return f"{look.rpartition('match')[0]}{'current' if number == self._current else 'match'}"

    def _marked(self, passage: int) -> list[Pieces]:
        """The lines of a passage, with what was looked for marked."""
        rows, pattern = self._lines(passage), self._finder.pattern
        return rows if pattern is None else mark(rows, pattern)[0]

    def _visible(self) -> Iterator[Pieces]:
        passage, line = self._place
        self._current = -1
        while passage < len(self._outline.passages):
            current = self._finder.current
            self._current = current.number if current is not None and current.passage == passage else -1
            yield from (*self._marked(passage), ())[line:]
            passage, line = passage + 1, 0

    def _bar(self) -> list[Segment]:
        """The scroll bar: where the view is in the text, as far as that is known."""
        height = self._height
        heights = [self._estimate(index) for index in range(len(self._outline.passages))]
        total = sum(heights) - 1
        if total <= height:
            return [Segment(" ", self._look(""))] * height
        above = sum(heights[: self._place[0]]) + self._place[1]
        size = max(1, height * height // total)
        start = min(height - size, round((height - size) * above / max(1, total - height)))
        if self._place == self._bottom_if_known():
            start = height - size
        thumb, track = Segment("┃", self._look("thumb")), Segment("│", self._look("bar"))
        return [thumb if start <= y < start + size else track for y in range(height)]

    def _bottom_if_known(self) -> Place | None:
        """The lowest place, where the end is near enough for it to be known without reading more."""
        if len(self._outline.passages) - self._place[0] > self._height:
            return None
        return self._bottom()
