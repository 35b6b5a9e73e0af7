"""Laying out a passage of Markdown: its lines for a width, each of pieces with the names of their looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from rich.cells import chop_cells

from amx_tui.domain.text import visible
from amx_tui.ui.widgets.markdown.inline import inline_lines, task_state
from amx_tui.ui.widgets.markdown.passages import Passage
from amx_tui.ui.widgets.markdown.tables import Cell, table_rows
from amx_tui.ui.widgets.markdown.wrapping import Pieces, cells_of, wrap

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

__all__ = ["MarkdownReader"]

TAB = 4
LEAST = 8
"""Cells that a text has at least, however deep it is nested."""
_BULLETS = "•◦▪"
_RULES = {1: "━", 2: "─"}


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # HTML is other people's text like everything else, and is shown as that.
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


class MarkdownReader:
    """Reads passages of one text, whose links may be named anywhere in it.

    Args:
        definitions: The lines that name targets of links.
    """

    def __init__(self, definitions: str = "") -> None:
        self._environment: dict[str, Any] = {}
        if definitions:
            _parser().parse(definitions, self._environment)

    def rows(self, passage: Passage, width: int) -> list[Pieces]:
        """Lay a passage out for a width in cells."""
        if passage.is_plain:
            lines = visible(passage.text).expandtabs(TAB).split("\n")
            return [[(part, "")] for line in lines for part in chop_cells(line, max(LEAST, width)) or [""]]
        environment = {"references": dict(self._environment.get("references", {}))}
        return _Layout(_parser().parse(passage.text, environment), width).rows


@dataclass
class _Margin:
    """What stands left of the lines of a list's point or of a quote."""

    first: str
    rest: str
    look: str
    is_used: bool = False


class _Layout:
    """One passage on its way onto the screen."""

    def __init__(self, tokens: Sequence[Token], width: int) -> None:
        self.rows: list[Pieces] = []
        self._tokens = tokens
        self._width = width
        self._margins: list[_Margin] = []
        self._lists: list[tuple[bool, int]] = []
        """Whether the points of each list around are set apart, and how many signs its widest number has."""
        self._bullets = 0
        self._is_fresh = True
        position = 0
        while position < len(tokens):
            position = self._block(position)

    def _block(self, position: int) -> int:
        token = self._tokens[position]
        draw = getattr(self, f"_draw_{token.type}", None)
        if draw is None:
            return position + 1
        after: int | None = draw(token, position)
        return position + 1 if after is None else after

    # ---- lines with what stands left of them ---------------------------------------------------------

    @property
    def _room(self) -> int:
        return max(LEAST, self._width - sum(len(margin.rest) for margin in self._margins))

    def _margin(self) -> list[tuple[str, str]]:
        pieces = []
        for margin in self._margins:
            pieces.append((margin.rest if margin.is_used else margin.first, margin.look))
            margin.is_used = True
        return pieces

    def _emit(self, pieces: Pieces) -> None:
        self.rows.append([*self._margin(), *pieces])

    def _apart(self) -> None:
        """Leave a line empty in front of a block, unless it is the first one or in a dense list."""
        is_dense = bool(self._lists) and not self._lists[-1][0]
        if self.rows and not self._is_fresh and not is_dense:
            self.rows.append([(margin.rest, margin.look) for margin in self._margins])
        self._is_fresh = False

    def _paragraph(self, lines: Sequence[Pieces]) -> None:
        for line in lines:
            for row in wrap(line, self._room):
                self._emit(row)

    # ---- blocks --------------------------------------------------------------------------------------

    def _draw_heading_open(self, token: Token, position: int) -> int:
        level = int(token.tag[1:])
        self._apart()
        lines = inline_lines(self._tokens[position + 1], f"h{min(level, 4)}")
        start = len(self.rows)
        self._paragraph(lines)
        if level in _RULES:
            widest = max((sum(cells_of(text) for text, _ in row) for row in self.rows[start:]), default=0)
            self._emit([(_RULES[level] * min(self._room, widest), "rule")])
        return position + 3

    def _draw_paragraph_open(self, token: Token, position: int) -> int:
        if not token.hidden:
            self._apart()
        self._is_fresh = False
        inline = self._tokens[position + 1]
        is_task = bool(self._margins) and not self._margins[-1].is_used and task_state(inline)
        self._paragraph(inline_lines(inline, skipped=len("[ ] ") if is_task else 0))
        return position + 3

    def _draw_fence(self, token: Token, position: int) -> None:
        self._apart()
        language = visible(token.info.strip().partition(" ")[0])
        if language:
            self._emit([(f"  {language}", "muted")])
        room = max(LEAST, self._room - 4)
        for line in visible(token.content).expandtabs(TAB).removesuffix("\n").split("\n"):
            for part in chop_cells(line, room) or [""]:
                blanks = " " * (room - cells_of(part))
                self._emit([("  ", ""), (f" {part}{blanks} ", "block")])

    _draw_code_block = _draw_fence

    def _draw_hr(self, token: Token, position: int) -> None:
        self._apart()
        self._emit([("─" * self._room, "rule")])

    def _draw_blockquote_open(self, token: Token, position: int) -> None:
        self._apart()
        self._margins.append(_Margin("▎ ", "▎ ", "quote"))
        self._is_fresh = True

    def _draw_blockquote_close(self, token: Token, position: int) -> None:
        self._margins.pop()
        self._is_fresh = False

    # ---- lists ---------------------------------------------------------------------------------------

    def _draw_bullet_list_open(self, token: Token, position: int) -> None:
        self._open_list(token, position)
        self._bullets += 1

    def _draw_ordered_list_open(self, token: Token, position: int) -> None:
        self._open_list(token, position)

    def _open_list(self, token: Token, position: int) -> None:
        is_loose, widest = False, 0
        for other in self._tokens[position + 1 :]:
            if other.level == token.level and other.nesting < 0:
                break
            if other.level == token.level + 2 and other.type == "paragraph_open":
                is_loose = is_loose or not other.hidden
            if other.level == token.level + 1 and other.type == "list_item_open":
                widest = max(widest, len(other.info))
        self._apart()
        self._lists.append((is_loose, widest))
        self._is_fresh = True

    def _draw_bullet_list_close(self, token: Token, position: int) -> None:
        self._bullets -= 1
        self._lists.pop()

    def _draw_ordered_list_close(self, token: Token, position: int) -> None:
        self._lists.pop()

    def _draw_list_item_open(self, token: Token, position: int) -> None:
        if self._lists[-1][0]:
            self._apart()
        inline = self._tokens[position + 2] if position + 2 < len(self._tokens) else token
        task = task_state(inline) if inline.type == "inline" else ""
        if task:
            sign = f"{task} "
        elif token.info:
            sign = f"{token.info.rjust(self._lists[-1][1])}{token.markup} "
        else:
            sign = f"{_BULLETS[min(self._bullets, len(_BULLETS)) - 1]} "
        self._margins.append(_Margin(sign, " " * cells_of(sign), "bullet"))
        self._is_fresh = True

    def _draw_list_item_close(self, token: Token, position: int) -> None:
        margin = self._margins[-1]
        if not margin.is_used:
            self._emit([])
        self._margins.pop()
        self._is_fresh = False

    # ---- tables --------------------------------------------------------------------------------------

    def _draw_table_open(self, token: Token, position: int) -> int:
        self._apart()
        lines: list[list[Cell]] = []
        end = position + 1
        while self._tokens[end].type != "table_close":
            inner = self._tokens[end]
            if inner.type == "tr_open":
                lines.append([])
            elif inner.type in {"th_open", "td_open"}:
                align = str(inner.attrs.get("style", "")).removeprefix("text-align:")
                look = "strong" if inner.type == "th_open" else ""
                content = inline_lines(self._tokens[end + 1], look)
                lines[-1].append(Cell([piece for line in content for piece in line], align))
            end += 1
        for row in table_rows(lines[0], lines[1:], self._room):
            self._emit(row)
        return end + 1
