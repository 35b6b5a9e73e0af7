"""Word marks as exports draw them: around words and not around the blanks beside them; two texts in one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Literal

from amx_tui.domain.words import Span

__all__ = ["Mark", "trimmed", "unified"]

Mark = Literal["", "del", "ins"]


def trimmed(spans: Iterable[Span]) -> Iterator[Span]:
    """Take the white space at the ends of changed spans out of them; a span of nothing else stays."""
    for span in spans:
        core = span.text.strip()
        if not span.is_changed or not core or core == span.text:
            yield span
            continue
        start = span.text.index(core)
        end = start + len(core)
        for text, is_changed in ((span.text[:start], False), (core, True), (span.text[end:], False)):
            if text:
                yield Span(text, is_changed)


def unified(left: Iterable[Span], right: Iterable[Span]) -> Iterator[tuple[str, Mark]]:
    """Weave the two sides of a difference into one text: what is gone, what came for it, what both have."""
    gone, come = deque(left), deque(right)
    while gone or come:
        if gone and gone[0].is_changed:
            yield gone.popleft().text, "del"
        elif come and come[0].is_changed:
            yield come.popleft().text, "ins"
        else:
            # What both have is the same text on both sides, parted where either side has something of its own.
            first, second = gone.popleft().text, come.popleft().text
            size = min(len(first), len(second))
            yield first[:size], ""
            if first[size:]:
                gone.appendleft(Span(first[size:], False))
            if second[size:]:
                come.appendleft(Span(second[size:], False))
