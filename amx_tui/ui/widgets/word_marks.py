"""Two texts with the words marked that differ: beside each other, below each other, or in a list's cell.

A mark is a sign as well as a colour: changed words stand in brackets behind `-` or `+` where there is room to read,
and are underlined where there is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Literal

from textual.content import Content

from amx_tui.domain.text import one_line, visible
from amx_tui.domain.words import Span, difference

__all__ = ["SideKind", "below", "beside", "cell_pieces", "marked_text"]

SideKind = Literal["removed", "added"]

_SIGNS: dict[SideKind, str] = {"removed": "-", "added": "+"}
_LOOKS: dict[SideKind, str] = {"removed": "bold $text-error", "added": "bold $text-success"}
GAP = 3
REMEMBERED = 500
"""Pairs whose difference is remembered: more than a tall terminal shows rows."""


@lru_cache(maxsize=REMEMBERED)
def _difference(left: str, right: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    return difference(left, right)


def _spans(left: str, right: str, kind: SideKind) -> tuple[Span, ...]:
    return _difference(left, right)[0 if kind == "removed" else 1]


def cell_pieces(left: str, right: str, kind: SideKind) -> Sequence[tuple[str, str]]:
    """One side of a pair as the pieces of a list's cell: each with the tone of its mark, or none."""
    return [(span.text, kind if span.is_changed else "") for span in _spans(left, right, kind)]


def marked_text(left: str, right: str, kind: SideKind) -> Content:
    """One side of a pair with its changed words in brackets: `[-Given] name of the customer`."""
    pieces: list[str | tuple[str, str]] = []
    for span in _spans(left, right, kind):
        text = visible(span.text)
        body = text.strip()
        if not span.is_changed:
            pieces.append(text)
        elif not body:
            pieces.append((f"[{_SIGNS[kind]}{'␣' * len(text)}]", _LOOKS[kind]))
        else:
            start = len(text) - len(text.lstrip())
            pieces.append(text[:start])
            pieces.append((f"[{_SIGNS[kind]}{body}]", _LOOKS[kind]))
            pieces.append(text[start + len(body) :])
    return Content.assemble(*pieces)


def beside(left: Content, right: Content, width: int) -> Iterator[Content]:
    """Two texts in two columns, wrapped in step.

    Args:
        width: Cells for both columns together.
    """
    column = max(8, (width - GAP) // 2)
    for one, other in zip_longest(_wrapped(left, column), _wrapped(right, column), fillvalue=Content("")):
        yield (
            one + Content(" " * (column - one.cell_length)) + Content.styled(" │ ", "$foreground 30%") + other
        )


def below(name: str, text: Content, kind: SideKind, width: int) -> Iterator[Content]:
    """One text below its name, behind its sign."""
    yield Content.styled(f"{_SIGNS[kind]} {one_line(name)}", _LOOKS[kind])
    for line in _wrapped(text, max(8, width - 2)):
        yield Content("  ") + line


def _wrapped(text: Content, width: int) -> list[Content]:
    return [row for line in text.split(allow_blank=True) for row in line.wrap(width)]
