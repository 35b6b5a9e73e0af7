"""The difference of two texts as the rows of a side-by-side view, with the words marked that differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from amx_tui.domain.alignment import Change, changes
from amx_tui.domain.merge.lines import split_lines
from amx_tui.domain.words import Span, difference, tokens

__all__ = ["DiffLine", "DiffRow", "line_diff"]

_LEAST_ALIKE = 0.4
"""The share of their words that two lines must have in common to stand side by side."""
_MOST_PAIRS = 2_500
"""Larger changes are not searched for lines that are alike; theirs stand side by side from the first on."""


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a side."""

    number: int
    """Counted from 1."""
    spans: tuple[Span, ...]
    """Its text without its end; what the other side lacks is marked."""
    end: str
    r"""Its end: `\n`, `\r\n`, or nothing behind the last line."""

    @property
    def text(self) -> str:
        """The line without its end."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class DiffRow:
    """What stands side by side."""

    left: DiffLine | None
    right: DiffLine | None
    kind: Literal["same", "changed", "removed", "added"]
    """Changed lines that have no marked words differ in their ends."""


def line_diff(left: str, right: str) -> tuple[DiffRow, ...]:
    """Compare two texts line by line; the rows' left lines are the left text, the right ones the right text."""
    return tuple(_rows(split_lines(left), split_lines(right)))


def _rows(left: Sequence[str], right: Sequence[str]) -> Iterator[DiffRow]:
    i = j = 0
    for change in (*changes(left, right), Change(len(left), len(left), len(right), len(right))):
        while i < change.left_start:
            yield DiffRow(_line(i, left[i]), _line(j, right[j]), "same")
            i, j = i + 1, j + 1
        old, new = left[change.left_start : change.left_end], right[change.right_start : change.right_end]
        for row, column in (*_alike(old, new), (len(old), len(new))):
            while i < change.left_start + row:
                yield DiffRow(_line(i, left[i], is_changed=True), None, "removed")
                i += 1
            while j < change.right_start + column:
                yield DiffRow(None, _line(j, right[j], is_changed=True), "added")
                j += 1
            if row < len(old):
                yield _changed(i, left[i], j, right[j])
                i, j = i + 1, j + 1


def _line(index: int, line: str, *, is_changed: bool = False) -> DiffLine:
    text, end = _parted(line)
    return DiffLine(index + 1, (Span(text, is_changed),) if text else (), end)


def _changed(i: int, old: str, j: int, new: str) -> DiffRow:
    """Two lines side by side."""
    (old_text, old_end), (new_text, new_end) = _parted(old), _parted(new)
    old_spans, new_spans = difference(old_text, new_text)
    return DiffRow(DiffLine(i + 1, old_spans, old_end), DiffLine(j + 1, new_spans, new_end), "changed")


def _parted(line: str) -> tuple[str, str]:
    text = line.removesuffix("\n").removesuffix("\r") if line.endswith("\n") else line
    return text, line[len(text) :]


def _alike(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Pair the lines of a change that have the most words in common, in order."""
    if not old or not new:
        return []
    if len(old) * len(new) > _MOST_PAIRS:
        return [(index, index) for index in range(min(len(old), len(new)))]
    words = [[Counter(tokens(_parted(line)[0])) for line in side] for side in (old, new)]
    shares = [[_share(a, b) for b in words[1]] for a in words[0]]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], shares[i][j] + best[i + 1][j + 1])
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if shares[i][j] and best[i][j] == shares[i][j] + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _share(old: Counter[str], new: Counter[str]) -> float:
    """How much of two lines is the same, white space left out; none where it is too little."""
    sizes = [sum(amount for word, amount in side.items() if not word.isspace()) for side in (old, new)]
    if not all(sizes):
        return 0.0
    common = sum(min(amount, new[word]) for word, amount in old.items() if not word.isspace())
    share = 2 * common / sum(sizes)
    return share if share >= _LEAST_ALIKE else 0.0
