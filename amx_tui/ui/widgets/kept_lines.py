"""A widget that keeps its lines as they were drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

__all__ = ["KeptLines"]

_FRAMED = (-1, -1)


class KeptLines(Widget):
    """Draws by `render_line` only what `refresh` says has changed, padding left and right included.

    With every frame Textual asks every widget on the screen for all of its lines, and looks for borders, tints and
    colours beneath anew before it gives them. Where there are none of these, lines are kept instead, and with them
    what the terminal is sent for each.
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sides: tuple[int, int] | None = None
        """Blanks that the widget draws at its left and right; None where that is not known yet."""
        self._kept: list[Strip] | None = None
        self._stale: set[int] = set()
        self._kept_for: tuple[Region, Sequence[LineFilter]] | None = None
        self._beneath: Color | None = None

    def refresh(self, *regions: Region, **options: Any) -> Self:
        """Draw the widget, or parts of it, anew with the next frame."""
        if regions:
            self._stale.update(y for region in regions for y in region.line_range)
        else:
            self._kept = None
        return super().refresh(*regions, **options)

    def notify_style_update(self) -> None:
        """Forget what was drawn in other colours."""
        self._kept = self._sides = self._beneath = None
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Give a part of the widget."""
        if self._sides is None:
            self._sides = self._own_sides()
        if self._sides == _FRAMED:
            return super().render_lines(crop)
        filters = self.get_line_filters()
        if self._kept is None or self._kept_for != (crop, filters):
            self._kept, self._kept_for = self._drawn(crop.line_range, crop, filters), (crop, filters)
        elif self._stale:
            stale = [y for y in self._stale if crop.y <= y < crop.bottom]
            for y, strip in zip(stale, self._drawn(stale, crop, filters), strict=True):
                self._kept[y - crop.y] = strip
        self._stale.clear()
        return self._kept

    def _drawn(self, lines: Sequence[int], crop: Region, filters: Sequence[LineFilter]) -> list[Strip]:
        strips = [self.render_line(y) for y in lines]
        if filters:
            if self._beneath is None:
                self._beneath = self.background_colors[1]
            for line_filter in filters:
                strips = [strip.apply_filter(line_filter, self._beneath) for strip in strips]
        return [
            strip if not crop.x and strip.cell_length == crop.width else strip.crop(crop.x, crop.right)
            for strip in strips
        ]

    def _own_sides(self) -> tuple[int, int]:
        """The padding left and right, which the widget draws itself unless it has more of a frame than that."""
        styles = self.styles
        padding = styles.padding
        has_frame = styles.gutter != padding or any(edge for edge, _ in styles.outline)
        is_tinted = styles.tint.a or self.opacity != 1.0
        return _FRAMED if has_frame or is_tinted or padding.height else (padding.left, padding.right)

    @property
    def left_side(self) -> int:
        """Blanks in front of what is drawn."""
        return max(0, (self._sides or _FRAMED)[0])

    def between_sides(self, strip: Strip, style: Style) -> Strip:
        """Put the padding around a drawn line, unless Textual does."""
        left, right = self._sides or _FRAMED
        return strip if left < 0 else strip.crop_pad(strip.cell_length, left, right, style)
