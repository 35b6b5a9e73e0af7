"""The merge of three texts: lines first, then words inside of what collides."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias, TypeVar

from amx_tui.domain.merge.lines import Block, compare_lines, split_lines
from amx_tui.domain.merge.markdown import fenced_lines
from amx_tui.domain.merge.regions import Agreed, Collision, Merge, Origin, Region, WithinLine
from amx_tui.domain.merge.words import Side, merge_words

__all__ = ["merge"]

_Line = TypeVar("_Line")
_Lines: TypeAlias = tuple[str, ...]


def merge(base: str, mine: str, theirs: str) -> Merge:
    """Merge what two people made of one text.

    Args:
        base: The text that both started from.
        mine: What one made of it.
        theirs: What the other made of it.
    """
    texts = [split_lines(text) for text in (base, mine, theirs)]
    blocks = compare_lines(*texts)
    regions = _Regions()
    fenced: list[list[bool]] = []
    for block in blocks:
        if block.origin != "collision":
            is_theirs = block.origin == "theirs"
            start, end = block[5:] if is_theirs else block[3:5]
            regions.agree("".join(texts[2 if is_theirs else 1][start:end]), block.origin)
            continue
        fenced = fenced or [
            fenced_lines(text, lines) for text, lines in zip((base, mine, theirs), texts, strict=True)
        ]
        sides = (
            Side(lines, marks)
            for lines, marks in zip(_lines(texts, block), _lines(fenced, block), strict=True)
        )
        for passage in merge_words(*sides):
            if passage.text is None:
                regions.collide(passage.base, passage.mine, passage.theirs)
            elif passage.base == passage.mine == passage.theirs:
                regions.agree(passage.text, "base")
            elif passage.mine == passage.theirs:
                regions.agree(passage.text, "both")
            else:
                regions.merge_within(passage.text, passage.base, passage.mine, passage.theirs)
    return Merge(tuple(regions.found))


def _lines(texts: Sequence[Sequence[_Line]], block: Block) -> list[Sequence[_Line]]:
    """What belongs to a block, in base, mine and theirs."""
    bounds = (block[1:3], block[3:5], block[5:7])
    return [text[start:end] for text, (start, end) in zip(texts, bounds, strict=True)]


class _Regions:
    """Collects regions; agreed ones of one origin that follow each other become one."""

    def __init__(self) -> None:
        self.found: list[Region] = []
        self._seen: Counter[str] = Counter()

    def agree(self, text: str, origin: Origin) -> None:
        """Add lines that nobody has to look at."""
        last = self.found[-1] if self.found else None
        if isinstance(last, Agreed) and last.origin == origin:
            self.found[-1] = Agreed(last.text + text, origin)
        elif text or origin != "base":
            self.found.append(Agreed(text, origin))

    def collide(self, base: _Lines, mine: _Lines, theirs: _Lines) -> None:
        """Add lines that both sides changed differently."""
        self.found.append(Collision(self._id("collision", base, mine, theirs), base, mine, theirs))

    def merge_within(self, text: str, base: _Lines, mine: _Lines, theirs: _Lines) -> None:
        """Add lines that were merged by words."""
        self.found.append(WithinLine(self._id("within", base, mine, theirs), text, base, mine, theirs))

    def _id(self, *content: str | _Lines) -> str:
        """An id that is made of the contents; where the same occurs again, of how often it did before."""
        written = repr(content).encode("ascii", "backslashreplace")
        name = hashlib.blake2b(written, digest_size=8).hexdigest()
        self._seen[name] += 1
        return name if self._seen[name] == 1 else f"{name}-{self._seen[name]}"
