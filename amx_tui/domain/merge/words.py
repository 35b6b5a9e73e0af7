"""The word stage: inside colliding lines, changes that do not touch each other are merged too.

It would rather leave a collision than merge what does not belong together. Between the changes of the two sides there
must be a word that both kept; each side must have kept half of the words; and where both changed numbers of a
sentence, or marks that come in pairs, the lines collide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from amx_tui.domain.alignment import Change, changes
from amx_tui.domain.merge.lines import touching
from amx_tui.domain.merge.markdown import has_number, is_paired_mark, is_word, line_tokens

__all__ = ["Passage", "Side", "merge_words"]

_SENTENCE_ENDS = frozenset({".", "!", "?", "…", "。", "\n"})


@dataclass(frozen=True, slots=True)
class Side:
    """The colliding lines of one of the three texts."""

    lines: Sequence[str]
    fenced: Sequence[bool]
    """Which of them are code within a fence."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Some of the colliding lines: merged, or still colliding."""

    base: tuple[str, ...]
    mine: tuple[str, ...]
    theirs: tuple[str, ...]
    text: str | None
    """The merged text; None where the lines collide."""


def merge_words(base: Side, mine: Side, theirs: Side) -> list[Passage]:
    """Merge colliding lines by words, as far as that is safe."""
    if not base.lines or not mine.lines or not theirs.lines:
        lines = [tuple(side.lines) for side in (base, mine, theirs)]
        return [Passage(lines[0], lines[1], lines[2], _one_sided(lines[0], lines[1], lines[2]))]
    return list(_WordMerge(base, mine, theirs).passages())


def _one_sided(base: tuple[str, ...], mine: tuple[str, ...], theirs: tuple[str, ...]) -> str | None:
    if mine == base:
        return "".join(theirs)
    return "".join(mine) if theirs in (base, mine) else None


class _LineEnds:
    """Line ends are merged by themselves: who changes them does not collide with who changes words."""

    def __init__(self, base: Side, mine: Side, theirs: Side) -> None:
        sides = (base.lines, mine.lines, theirs.lines)
        styles = [{line.endswith("\r\n") for line in lines if line.endswith("\n")} for lines in sides]
        self.are_uniform = all(len(style) < 2 for style in styles)
        in_base, in_mine, in_theirs = ("\r\n" if True in style else "\n" for style in styles)
        self.end = in_mine if in_mine != in_base else in_theirs
        has_base, has_mine, has_theirs = (lines[-1].endswith("\n") for lines in sides)
        self.has_last = has_mine if has_mine != has_base else has_theirs

    def bare(self, line: str) -> str:
        """A line without its end."""
        line = line.removesuffix("\n")
        return line.removesuffix("\r") if self.are_uniform else line

    def applied(self, text: str, *, is_last: bool) -> str:
        """A merged text with the merged line ends."""
        if is_last and not self.has_last:
            text = text.removesuffix("\n")
        return text.replace("\n", self.end) if self.are_uniform else text


class _WordMerge:
    """The changes of both sides to the tokens of some lines."""

    def __init__(self, base: Side, mine: Side, theirs: Side) -> None:
        self._sides = (base, mine, theirs)
        self._ends = _LineEnds(base, mine, theirs)
        self._base, self._mine, self._theirs = (self._tokens(side) for side in self._sides)
        self._words_before = [0, *accumulate(map(is_word, self._base))]
        self._sentences = [0, *accumulate(token in _SENTENCE_ENDS for token in self._base)]
        self._changes = (
            changes(self._base, self._mine, is_prose=True),
            changes(self._base, self._theirs, is_prose=True),
        )
        self._groups = touching(*self._changes, self._words_before)

    def _tokens(self, side: Side) -> list[str]:
        found: list[str] = []
        for line, is_fenced in zip(side.lines, side.fenced, strict=True):
            found.extend(line_tokens(self._ends.bare(line), is_fenced=is_fenced))
            found.append("\n")
        return found

    def passages(self) -> Iterator[Passage]:
        """The lines, cut wherever all three texts can be."""
        at = (0, 0, 0)
        lines = (0, 0, 0)
        for cut in self._cuts():
            texts = [
                side[start:end]
                for side, start, end in zip((self._base, self._mine, self._theirs), at, cut, strict=True)
            ]
            ends = tuple(line + text.count("\n") for line, text in zip(lines, texts, strict=True))
            base, mine, theirs = (
                tuple(side.lines[start:end])
                for side, start, end in zip(self._sides, lines, ends, strict=True)
            )
            merged = self._merged(at[0], cut[0], texts)
            is_last = cut[0] == len(self._base)
            text = None if merged is None else self._ends.applied(merged, is_last=is_last)
            yield Passage(base, mine, theirs, text)
            at, lines = cut, (ends[0], ends[1], ends[2])

    def _cuts(self) -> Iterator[tuple[int, int, int]]:
        """The ends of lines that both sides kept, and in whose neighbourhood nothing touches; and the end of all."""
        mine, theirs = _Shift(self._changes[0]), _Shift(self._changes[1])
        spans = [_extent([*ours, *others]) for ours, others in self._groups]
        number = 0
        for position, token in enumerate(self._base[:-1]):
            if token != "\n":
                continue
            cut = position + 1
            while number < len(spans) and spans[number][1] <= cut:
                number += 1
            is_inside = number < len(spans) and spans[number][0] < cut
            places = mine.place_after(position), theirs.place_after(position)
            if not is_inside and places[0] is not None and places[1] is not None:
                yield cut, places[0], places[1]
        yield len(self._base), len(self._mine), len(self._theirs)

    def _merged(self, start: int, end: int, texts: list[list[str]]) -> str | None:
        """The merged text of the lines from token to token of the base; None where they collide."""
        base, mine, theirs = texts
        if mine in (base, theirs):
            return "".join(theirs)
        if theirs == base:
            return "".join(mine)
        is_last = end == len(self._base)
        pieces: list[str] = []
        at = start
        found: tuple[list[Change], list[Change]] = ([], [])
        for ours, others in self._groups:
            first = (ours or others)[0].left_start
            if ours and others:
                first = min(first, others[0].left_start)
            if first < start or (first >= end and not is_last):
                continue
            if ours and others and not self._are_same(ours, others):
                return None
            for change in ours or others:
                pieces.extend(self._base[at : change.left_start])
                side = self._mine if ours else self._theirs
                pieces.extend(side[change.right_start : change.right_end])
                at = change.left_end
            found[0].extend(ours)
            found[1].extend(others)
        pieces.extend(self._base[at:end])
        return "".join(pieces) if self._is_safe(start, end, found) else None

    def _are_same(self, ours: Sequence[Change], others: Sequence[Change]) -> bool:
        return [(change[:2], self._mine[change.right_start : change.right_end]) for change in ours] == [
            (change[:2], self._theirs[change.right_start : change.right_end]) for change in others
        ]

    def _is_safe(self, start: int, end: int, found: tuple[list[Change], list[Change]]) -> bool:
        """Whether both sides left enough as it was, and did not both change what belongs together."""
        words = self._words_before[end] - self._words_before[start]
        touched: list[set[tuple[str, int]]] = []
        for side, own in zip((self._mine, self._theirs), found, strict=True):
            lost = sum(
                self._words_before[change.left_end] - self._words_before[change.left_start] for change in own
            )
            if 2 * lost > words:
                return False
            touched.append({kind for change in own for kind in self._delicate(change, side)})
        return not touched[0] & touched[1]

    def _delicate(self, change: Change, side: Sequence[str]) -> Iterator[tuple[str, int]]:
        """What a change is about that both must not change: the numbers of a sentence, marks that come in pairs."""
        tokens = (
            *self._base[change.left_start : change.left_end],
            *side[change.right_start : change.right_end],
        )
        if any(map(is_paired_mark, tokens)):
            yield "pair", 0
        if any(map(has_number, tokens)):
            first, last = self._sentences[change.left_start], self._sentences[change.left_end]
            yield from (("number", sentence) for sentence in range(first, last + 1))


def _extent(found: Sequence[Change]) -> tuple[int, int]:
    """The tokens of the base that changes are about; an insertion is about the one behind it."""
    start = min(change.left_start for change in found)
    return start, max(max(change.left_end, change.left_start + 1) for change in found)


class _Shift:
    """Where the tokens of the base lie on one side; asked in ascending order."""

    def __init__(self, found: Sequence[Change]) -> None:
        self._changes = found
        self._next = 0
        self._offset = 0

    def place_after(self, position: int) -> int | None:
        """The place right behind a token of the base; None where the side lacks the token."""
        while self._next < len(self._changes) and self._changes[self._next].left_end <= position:
            change = self._changes[self._next]
            self._offset = change.right_end - change.left_end
            self._next += 1
        if self._next < len(self._changes) and self._changes[self._next].left_start <= position:
            return None
        return position + 1 + self._offset
