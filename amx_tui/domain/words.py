"""The difference of two texts in words: which ones both have, and which only one of them.

Words, numbers and marks of punctuation are compared whole, so that a shared word is never marked because of the
letters it shares with another. White space belongs to the word behind it: it counts as changed where its word is, and
where it differs itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Span", "difference", "equal_but_for_space_and_case", "tokens"]

_TOKEN = re.compile(
    r"\s+"
    r"|\d+(?:[.,:/\-]\d+)*\w*"  # 1,234.56  2024-05-03  10kB
    r"|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"  # scripts without spaces: a token a sign
    r"|[^\W\d][^\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]*(?:['’.\-][^\W\u3040-\u9fff]+)*"
    r"|([^\w\s])\1*"
)
_JOINER = "\u200d"
_SKIN_TONES = ("\U0001f3fb", "\U0001f3ff")

MOST_STEPS = 20_000
"""Steps that the search for the shortest difference of two short texts may take; some hundred words may differ. Beyond
it the search for long texts is the faster one."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one text."""

    text: str
    is_changed: bool
    """Whether the other text lacks it."""


def tokens(text: str) -> list[str]:
    """Split a text into words, numbers, marks of punctuation and white space; joined they are the text again.

    Combining marks, joined emoji and variation selectors stay with the sign that they belong to.
    """
    if text.isascii():
        return [match.group() for match in _TOKEN.finditer(text)]
    found: list[str] = []
    for match in _TOKEN.finditer(text):
        token = match.group()
        if found and (_belongs_to_the_left(token[0]) or found[-1].endswith(_JOINER)):
            found[-1] += token
        else:
            found.append(token)
    return found


def _belongs_to_the_left(sign: str) -> bool:
    return (
        sign == _JOINER
        or unicodedata.category(sign).startswith("M")
        or _SKIN_TONES[0] <= sign <= _SKIN_TONES[1]
    )


def equal_but_for_space_and_case(left: str, right: str) -> bool:
    """Say whether two texts differ in nothing but white space and letter case."""
    return "".join(left.split()).casefold() == "".join(right.split()).casefold()


def difference(left: str, right: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Mark what differs between two texts, on both sides.

    Returns:
        The spans of each text; joined they are that text. The spans that are not changed, joined, are the same on
        both sides, and hold as many words as any such pair of markings could, unless the texts differ in hundreds.
    """
    if left == right:
        spans = (Span(left, False),) if left else ()
        return spans, spans
    left_words, right_words = _words(left), _words(right)
    pairs = _common([word for _, word in left_words], [word for _, word in right_words])
    partner = dict(pairs)
    same_gaps = {(i, j) for i, j in pairs if left_words[i][0] == right_words[j][0]}
    gaps_left = {i for i, _ in same_gaps}
    gaps_right = {j for _, j in same_gaps}
    kept_right = set(partner.values())
    return (
        _spans(left_words, set(partner), gaps_left),
        _spans(right_words, kept_right, gaps_right),
    )


def _words(text: str) -> list[tuple[str, str]]:
    """The words of a text, each with the white space in front of it; white space at the end is a word of its own."""
    words: list[tuple[str, str]] = []
    gap = ""
    for token in tokens(text):
        if token[0].isspace():
            gap += token
        else:
            words.append((gap, token))
            gap = ""
    if gap:
        words.append(("", gap))
    return words


def _spans(words: Sequence[tuple[str, str]], kept: set[int], kept_gaps: set[int]) -> tuple[Span, ...]:
    """Join the words of a side into spans; a gap is kept only in front of a kept word, where it is the same."""
    spans: list[Span] = []
    for text, is_changed in _pieces(words, kept, kept_gaps):
        if not text:
            continue
        if spans and spans[-1].is_changed == is_changed:
            spans[-1] = Span(spans[-1].text + text, is_changed)
        else:
            spans.append(Span(text, is_changed))
    return tuple(spans)


def _pieces(
    words: Sequence[tuple[str, str]], kept: set[int], kept_gaps: set[int]
) -> Iterator[tuple[str, bool]]:
    for index, (gap, word) in enumerate(words):
        yield gap, index not in kept_gaps
        yield word, index not in kept


def _common(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """A longest common subsequence, as pairs of positions: what both begin and end with, and the shortest path between.

    E. W. Myers, “An O(ND) Difference Algorithm and Its Variations”, Algorithmica 1 (1986).
    """
    start = 0
    most = min(len(left), len(right))
    while start < most and left[start] == right[start]:
        start += 1
    end = 0
    while end < most - start and left[-1 - end] == right[-1 - end]:
        end += 1
    pairs = [(index, index) for index in range(start)]
    middle = _shortest_path(left[start : len(left) - end], right[start : len(right) - end])
    pairs.extend((start + i, start + j) for i, j in middle)
    pairs.extend((len(left) - end + index, len(right) - end + index) for index in range(end))
    return pairs


def _shortest_path(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """The diagonals of the shortest path through the edit graph."""
    rows, columns = len(left), len(right)
    if not rows or not columns:
        return []
    reached = {1: 0}
    history: list[dict[int, int]] = []
    steps = 0
    for distance in range(rows + columns + 1):
        history.append(dict(reached))
        for diagonal in range(-distance, distance + 1, 2):
            goes_down = diagonal == -distance or (
                diagonal != distance and reached[diagonal - 1] < reached[diagonal + 1]
            )
            row = reached[diagonal + 1] if goes_down else reached[diagonal - 1] + 1
            column = row - diagonal
            while row < rows and column < columns and left[row] == right[column]:
                row += 1
                column += 1
            reached[diagonal] = row
            if row >= rows and column >= columns:
                return _walk_back(history, rows, columns)
        steps += 2 * distance + 1
        if steps > MOST_STEPS:
            from amx_tui.domain.alignment import matches  # not for the first frame

            return matches(left, right)
    raise AssertionError("the last distance reaches the end")


def _walk_back(history: list[dict[int, int]], row: int, column: int) -> list[tuple[int, int]]:
    """Follow the path from its end to its beginning and collect the diagonal steps."""
    pairs: list[tuple[int, int]] = []
    for distance in range(len(history) - 1, -1, -1):
        reached = history[distance]
        diagonal = row - column
        if distance == 0:
            earlier_row, earlier_column = 0, 0
        else:
            goes_down = diagonal == -distance or (
                diagonal != distance and reached[diagonal - 1] < reached[diagonal + 1]
            )
            earlier = diagonal + 1 if goes_down else diagonal - 1
            earlier_row = reached[earlier]
            earlier_column = earlier_row - earlier
        while row > earlier_row and column > earlier_column:
            row, column = row - 1, column - 1
            pairs.append((row, column))
        row, column = earlier_row, earlier_column
    pairs.reverse()
    return pairs
