"""The line stage: three texts, compared line by line.

The same verdict as `git merge-file`, and the same text where it is clean: changes of both sides that touch or overlap
collide, unless they are the same change; of a collision remains only what mine and theirs do not share. Unlike git's,
the blocks of exchanged sides are the same blocks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Literal, NamedTuple

from amx_tui.domain.alignment import Change, changes, matches
from amx_tui.domain.merge.regions import Origin

__all__ = ["Block", "compare_lines", "split_lines", "touching"]

_OTHER_ENDS = "\r\v\f\x1c\x1d\x1e"
"""What also ends a line for Python, among the ASCII signs."""


class Block(NamedTuple):
    """A stretch of the three texts, as line numbers.

    An agreed block's text is that of `mine`, unless its origin is `theirs`.
    """

    origin: Origin | Literal["collision"]
    """Who wrote it."""
    base_start: int
    base_end: int
    mine_start: int
    mine_end: int
    theirs_start: int
    theirs_end: int


def split_lines(text: str) -> list[str]:
    r"""Split a text into lines with their ends; joined they are the text again.

    Only `\n` ends a line. A carriage return in front of it is a part of the line; one by itself, a form feed or a
    Unicode line separator is a sign like others.
    """
    if text.isascii() and not any(sign in text for sign in _OTHER_ENDS):
        return text.splitlines(keepends=True)
    lines = text.split("\n")
    last = lines.pop()
    lines = [line + "\n" for line in lines]
    if last:
        lines.append(last)
    return lines


def compare_lines(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> list[Block]:
    """Find what each side wrote, and where they collide; the blocks cover all three texts in order."""
    # Equal lines become the same object: that they are equal is then seen without reading them.
    one_of: dict[str, str] = {}
    base, mine, theirs = (list(map(one_of.setdefault, side, side)) for side in (base, mine, theirs))
    mine_changes, theirs_changes = changes(base, mine), changes(base, theirs)
    # Of several ways to trim a collision the same is taken whichever side is mine.
    is_mirrored = mine > theirs
    blocks: list[Block] = []
    base_at = mine_at = theirs_at = 0
    for ours, others in touching(mine_changes, theirs_changes, range(len(base) + 1)):
        start, end = _span(ours, others)
        same = start - base_at
        mine_start, theirs_start = mine_at + same, theirs_at + same
        if same:
            blocks.append(Block("base", base_at, start, mine_at, mine_start, theirs_at, theirs_start))
        base_at = end
        mine_at = mine_start + end - start + _growth(ours)
        theirs_at = theirs_start + end - start + _growth(others)
        bounds = (start, end, mine_start, mine_at, theirs_start, theirs_at)
        if ours and others:
            blocks.extend(_trimmed(Block("collision", *bounds), base, mine, theirs, is_mirrored))
        else:
            blocks.append(Block("mine" if ours else "theirs", *bounds))
    if base_at < len(base):
        blocks.append(Block("base", base_at, len(base), mine_at, len(mine), theirs_at, len(theirs)))
    return blocks


def _span(ours: Sequence[Change], others: Sequence[Change]) -> tuple[int, int]:
    """The stretch of the base that changes of both sides, in order, are about."""
    if not ours or not others:
        found = ours or others
        return found[0].left_start, found[-1].left_end
    return min(ours[0].left_start, others[0].left_start), max(ours[-1].left_end, others[-1].left_end)


def _growth(found: Sequence[Change]) -> int:
    growth = 0
    for left_start, left_end, right_start, right_end in found:
        growth += right_end - right_start - left_end + left_start
    return growth


def touching(
    mine: Sequence[Change], theirs: Sequence[Change], places: Sequence[int]
) -> list[tuple[list[Change], list[Change]]]:
    """Group the changes of both sides to one base: those that touch are in one group.

    Args:
        mine: What I changed.
        theirs: What they changed.
        places: For each position of the base, and its end, how much of what keeps changes apart lies in front of it.
    """
    groups: list[tuple[list[Change], list[Change]]] = []
    i = j = 0
    end = -1
    while i < len(mine) or j < len(theirs):
        is_mine = j == len(theirs) or (i < len(mine) and mine[i] <= theirs[j])
        change = mine[i] if is_mine else theirs[j]
        if places[change.left_start] > end:
            groups.append(([], []))
        groups[-1][0 if is_mine else 1].append(change)
        end = max(end, places[change.left_end])
        i, j = i + is_mine, j + (not is_mine)
    return groups


def _trimmed(
    block: Block, base: Sequence[str], mine: Sequence[str], theirs: Sequence[str], is_mirrored: bool
) -> list[Block]:
    """Take what mine and theirs share out of a collision."""
    _, base_start, base_end, mine_start, mine_end, theirs_start, theirs_end = block
    mine_lines, theirs_lines = mine[mine_start:mine_end], theirs[theirs_start:theirs_end]
    if not mine_lines or not theirs_lines:
        return [block] if mine_lines or theirs_lines else [block._replace(origin="both")]
    if is_mirrored:
        differing = [Change(*change[2:], *change[:2]) for change in changes(theirs_lines, mine_lines)]
    else:
        differing = changes(mine_lines, theirs_lines)
    bounds = _base_bounds(base[base_start:base_end], mine_lines, theirs_lines, differing)
    pieces: list[Block] = []
    at = (0, 0, 0)
    for change, (start, end) in zip(differing, bounds, strict=True):
        pieces.append(Block("both", at[0], start, at[1], change.left_start, at[2], change.right_start))
        pieces.append(Block("collision", start, end, *change))
        at = (end, change.left_end, change.right_end)
    pieces.append(
        Block("both", at[0], base_end - base_start, at[1], len(mine_lines), at[2], len(theirs_lines))
    )
    return [
        Block(
            piece.origin,
            base_start + piece.base_start,
            base_start + piece.base_end,
            mine_start + piece.mine_start,
            mine_start + piece.mine_end,
            theirs_start + piece.theirs_start,
            theirs_start + piece.theirs_end,
        )
        for piece in pieces
        if piece[1::2] != piece[2::2]
    ]


def _base_bounds(
    base: Sequence[str], mine: Sequence[str], theirs: Sequence[str], differing: Sequence[Change]
) -> list[tuple[int, int]]:
    """Say which lines of the base each difference between mine and theirs stands for."""
    if differing == [(0, len(mine), 0, len(theirs))]:
        return [(0, len(base))]
    mine_bounds, theirs_bounds = _positions(base, mine), _positions(base, theirs)
    found: list[tuple[int, int]] = []
    at = 0
    for number, change in enumerate(differing):
        start = max(at, min(mine_bounds[change.left_start], theirs_bounds[change.right_start]))
        end = max(start, mine_bounds[change.left_end], theirs_bounds[change.right_end])
        if number == 0 and change.left_start == 0:
            start = 0
        if change.left_end == len(mine) and change.right_end == len(theirs):
            end = len(base)
        found.append((start, end))
        at = end
    return found


def _positions(base: Sequence[str], side: Sequence[str]) -> list[int]:
    """For each line of a side, and its end, the line of the base that it stands for."""
    pairs = [*matches(base, side), (len(base), len(side))]
    columns = [column for _, column in pairs]
    positions: list[int] = []
    for index in range(len(side) + 1):
        following = bisect_left(columns, index)
        row, column = pairs[following]
        before, before_column = pairs[following - 1] if following else (-1, -1)
        if row - before == column - before_column:
            positions.append(row - (column - index))
        else:
            positions.append(before + 1 if index < column else row)
    return positions
