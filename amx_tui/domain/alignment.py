"""Which elements two sequences share, and the changes that lead from one to the other.

The shortest path through the edit graph, found in linear space from both ends (E. W. Myers, “An O(ND) Difference
Algorithm and Its Variations”, Algorithmica 1, 1986). Elements that the other sequence lacks are set aside first, which
makes the usual difference of two long texts nearly free.

Where several differences are equally short, the choices are those that git makes, so that a merge of lines collides
where its users expect it to.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

__all__ = ["Change", "changes", "matches"]

_MOST_FREQUENT = 1024
_WINDOW = 100
"""How far around a frequent element its neighbours count."""
_MOST_ROUNDS = 256
"""Rounds of the search for one middle, beyond which the best so far is taken: sequences that share next to nothing in
order are still compared in reasonable time, though not by the shortest difference."""

_STRIDE = 16
_NOWHERE = sys.maxsize


class Change(NamedTuple):
    """A stretch of the left sequence, and the stretch of the right one that stands in its place; one may be empty."""

    left_start: int
    left_end: int
    right_start: int
    right_end: int


def matches(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Pair the elements of a longest common subsequence, as positions on both sides."""
    pairs: list[tuple[int, int]] = []
    i = j = 0
    changed_left, changed_right = _changed(left, right, spares_frequent=False)
    while i < len(left) and j < len(right):
        if changed_left[i]:
            i += 1
        elif changed_right[j]:
            j += 1
        else:
            pairs.append((i, j))
            i, j = i + 1, j + 1
    return pairs


def changes(left: Sequence[Hashable], right: Sequence[Hashable], *, is_prose: bool = False) -> list[Change]:
    """Find what changed from the left sequence to the right one, in order.

    A change that could as well lie a little earlier or later lies where the other side changed too, else as late as
    it can. Between two changes there is always an element that both sides share.

    Args:
        left: One sequence.
        right: The other.
        is_prose: Whether every shared element counts. Otherwise one that is frequent, as blank lines are, is not
            matched amid elements that the other side lacks.
    """
    changed_left, changed_right = _changed(left, right, spares_frequent=not is_prose)
    left_groups, right_groups = _groups(changed_left), _groups(changed_right)
    left_groups = _settled(left, left_groups, _places(right_groups))
    right_groups = _settled(right, right_groups, _places(left_groups))
    return _paired(left_groups, right_groups)


# ---- Which elements are changed ----------------------------------------------------------------------------


def _changed(
    left: Sequence[Hashable], right: Sequence[Hashable], *, spares_frequent: bool
) -> tuple[bytearray, bytearray]:
    """Mark the elements of each side that the other side does not share."""
    marked_left, marked_right = bytearray(len(left)), bytearray(len(right))
    start = _shared(left, right, 0, len(left), 0, len(right))
    end = _shared_before(left, right, start, len(left), start, len(right))
    left_end, right_end = len(left) - end, len(right) - end
    if start in (left_end, right_end):
        marked_left[start:left_end] = b"\1" * (left_end - start)
        marked_right[start:right_end] = b"\1" * (right_end - start)
        return marked_left, marked_right
    left_rest = _Rest(left, start, left_end, _set_aside(left, right, start, left_end, spares_frequent))
    right_rest = _Rest(right, start, right_end, _set_aside(right, left, start, right_end, spares_frequent))
    search = _Search(left_rest.elements, right_rest.elements)
    search.run()
    for i in left_rest.positions(search.only_left):
        marked_left[i] = 1
    for j in right_rest.positions(search.only_right):
        marked_right[j] = 1
    return marked_left, marked_right


class _Rest:
    """What is left of a stretch of a side without some of its elements.

    Args:
        side: The side.
        start: Where the stretch begins.
        end: Where it ends.
        without: The positions of what is set aside, in order.
    """

    def __init__(self, side: Sequence[Hashable], start: int, end: int, without: Sequence[int]) -> None:
        self.elements: list[Hashable] = []
        self._start = start
        self._without = without
        self._bounds = [position - start - number for number, position in enumerate(without)]
        for position in without:
            self.elements.extend(side[start:position])
            start = position + 1
        self.elements.extend(side[start:end])

    def positions(self, found: Iterable[int]) -> Iterator[int]:
        """The positions on the side of elements of the rest, and of what was set aside."""
        yield from self._without
        for index in found:
            yield self._start + index + bisect_right(self._bounds, index)


def _set_aside(
    side: Sequence[Hashable], other: Sequence[Hashable], start: int, end: int, spares_frequent: bool
) -> list[int]:
    """The positions of elements that need no search: the other side lacks them, or has them all over the place."""
    frequent = min(_rough_root(len(side)), _MOST_FREQUENT) if spares_frequent else sys.maxsize
    amounts = list(map(Counter(other).get, side[start:end], repeat(0)))
    found: list[int] = []
    before = at = -1
    for _ in range(amounts.count(0)):
        at = amounts.index(0, at + 1)
        between = range(before + 1, at)
        if found and between and all(amounts[i] >= frequent for i in between):
            found.extend(start + i for i in between if _is_confusing(amounts, i, frequent))
        found.append(start + at)
        before = at
    return found


def _rough_root(number: int) -> int:
    """The square root, rounded up to a power of two."""
    return 1 << (number.bit_length() + 1) // 2


def _is_confusing(amounts: Sequence[int], position: int, frequent: int) -> bool:
    """Say whether a frequent element lies between elements most of which have no match at all."""
    lone = many = 0
    for step in (-1, 1):
        found = 0
        many += 1
        index = position + step
        last = max(position - _WINDOW, 0) if step < 0 else min(position + _WINDOW, len(amounts) - 1)
        while (index >= last if step < 0 else index <= last) and (
            amounts[index] == 0 or amounts[index] >= frequent
        ):
            found += amounts[index] == 0
            many += amounts[index] != 0
            index += step
        if not found:
            return False
        lone += found
    return many * 4 < many + lone


# ---- The shortest path -------------------------------------------------------------------------------------


class _Search:
    """Finds the elements that are on one side only."""

    def __init__(self, left: Sequence[Hashable], right: Sequence[Hashable]) -> None:
        self._left = left
        self._right = right
        size = len(left) + len(right) + 3
        self._forward = [0] * size
        self._backward = [0] * size
        self.only_left: list[int] = []
        self.only_right: list[int] = []

    def run(self) -> None:
        """Halve the edit graph at the middle of its shortest path until nothing but insertions or deletions is left."""
        left, right = self._left, self._right
        boxes = [(0, len(left), 0, len(right))]
        while boxes:
            top, bottom, first, last = boxes.pop()
            shared = _shared(left, right, top, bottom, first, last)
            top, first = top + shared, first + shared
            shared = _shared_before(left, right, top, bottom, first, last)
            bottom, last = bottom - shared, last - shared
            if top == bottom:
                self.only_right.extend(range(first, last))
            elif first == last:
                self.only_left.extend(range(top, bottom))
            else:
                row, column = self._middle(top, bottom, first, last)
                boxes.append((top, row, first, column))
                boxes.append((row, bottom, column, last))

    def _middle(self, top: int, bottom: int, first: int, last: int) -> tuple[int, int]:
        """A point on a shortest path from corner to corner, near its middle."""
        # Diagonals are row - column; index -1 of the lists is never reached, as both have room to spare.
        forward, backward = self._forward, self._backward
        shift = len(self._right) + 1
        lowest, highest = top - last, bottom - first
        start, goal = top - first, bottom - last
        low = high = start
        goal_low = goal_high = goal
        forward[start + shift], backward[goal + shift] = top, bottom
        is_odd = (start - goal) % 2 == 1
        beyond = bottom + last + 2
        for _ in range(_MOST_ROUNDS):
            if low > lowest:
                low -= 1
                forward[low - 1 + shift] = -1
            else:
                low += 1
            if high < highest:
                high += 1
                forward[high + 1 + shift] = -1
            else:
                high -= 1
            met = self._extend(high, low, shift, bottom, last, (goal_low, goal_high) if is_odd else None)
            if met:
                return met
            if goal_low > lowest:
                goal_low -= 1
                backward[goal_low - 1 + shift] = beyond
            else:
                goal_low += 1
            if goal_high < highest:
                goal_high += 1
                backward[goal_high + 1 + shift] = beyond
            else:
                goal_high -= 1
            met = self._extend_back(goal_high, goal_low, shift, top, first, None if is_odd else (low, high))
            if met:
                return met
        return self._farthest(low, high, shift, bottom, last)

    def _extend(
        self, high: int, low: int, shift: int, bottom: int, last: int, met: tuple[int, int] | None
    ) -> tuple[int, int] | None:
        """Go one change further from the beginning on every diagonal; the point where the ways from both ends meet."""
        left, right, forward, backward = self._left, self._right, self._forward, self._backward
        for diagonal in range(high, low - 1, -2):
            place = diagonal + shift
            before, after = forward[place - 1], forward[place + 1]
            row = before + 1 if before >= after else after
            column = row - diagonal
            if row < bottom and column < last and left[row] == right[column]:
                shared = _shared(left, right, row, bottom, column, last)
                row, column = row + shared, column + shared
            forward[place] = row
            if met and met[0] <= diagonal <= met[1] and backward[place] <= row:
                return row, column
        return None

    def _extend_back(
        self, high: int, low: int, shift: int, top: int, first: int, met: tuple[int, int] | None
    ) -> tuple[int, int] | None:
        """The same from the end."""
        left, right, forward, backward = self._left, self._right, self._forward, self._backward
        for diagonal in range(high, low - 1, -2):
            place = diagonal + shift
            before, after = backward[place - 1], backward[place + 1]
            row = before if before < after else after - 1
            column = row - diagonal
            if row > top and column > first and left[row - 1] == right[column - 1]:
                shared = _shared_before(left, right, top, row, first, column)
                row, column = row - shared, column - shared
            backward[place] = row
            if met and met[0] <= diagonal <= met[1] and row <= forward[place]:
                return row, column
        return None

    def _farthest(self, low: int, high: int, shift: int, bottom: int, last: int) -> tuple[int, int]:
        """The point that the ways from the beginning got farthest to."""
        best = (-1, -1)
        for diagonal in range(high, low - 1, -2):
            row = min(self._forward[diagonal + shift], bottom)
            column = row - diagonal
            if column > last:
                row, column = last + diagonal, last
            best = max(best, (row, column), key=sum)
        return best


def _shared(
    left: Sequence[Hashable], right: Sequence[Hashable], top: int, bottom: int, first: int, last: int
) -> int:
    """How many elements both sides share from two positions on."""
    most = min(bottom - top, last - first)
    amount = 0
    # Slices are compared at once, which makes a long stretch that is the same several times as fast.
    while amount + _STRIDE <= most and (
        left[top + amount : top + amount + _STRIDE] == right[first + amount : first + amount + _STRIDE]
    ):
        amount += _STRIDE
    while amount < most and left[top + amount] == right[first + amount]:
        amount += 1
    return amount


def _shared_before(
    left: Sequence[Hashable], right: Sequence[Hashable], top: int, bottom: int, first: int, last: int
) -> int:
    """How many elements both sides share in front of two positions."""
    most = min(bottom - top, last - first)
    amount = 0
    while amount + _STRIDE <= most and (
        left[bottom - amount - _STRIDE : bottom - amount] == right[last - amount - _STRIDE : last - amount]
    ):
        amount += _STRIDE
    while amount < most and left[bottom - amount - 1] == right[last - amount - 1]:
        amount += 1
    return amount


# ---- Where a change lies -----------------------------------------------------------------------------------


def _groups(changed: bytearray) -> list[tuple[int, int]]:
    """The stretches of changed elements."""
    groups: list[tuple[int, int]] = []
    start = changed.find(1)
    while start >= 0:
        end = changed.find(0, start)
        end = len(changed) if end < 0 else end
        groups.append((start, end))
        start = changed.find(1, end)
    return groups


def _places(groups: Sequence[tuple[int, int]]) -> set[int]:
    """How many shared elements lie in front of each group."""
    places = set()
    changed = 0
    for start, end in groups:
        places.add(start - changed)
        changed += end - start
    return places


def _settled(
    side: Sequence[Hashable], groups: Sequence[tuple[int, int]], other: set[int]
) -> list[tuple[int, int]]:
    """Move each group to where it belongs; groups that meet on the way become one."""
    settled: list[tuple[int, int]] = []
    waiting = list(reversed(groups))
    before = 0
    while waiting:
        start, end = waiting.pop()
        while True:
            size = end - start
            while start > 0 and side[start - 1] == side[end - 1]:
                start, end = start - 1, end - 1
                if settled and settled[-1][1] == start:
                    before -= start - settled[-1][0]
                    start = settled.pop()[0]
            earliest = end
            aligned = end if start - before in other else None
            while end < len(side) and side[start] == side[end]:
                start, end = start + 1, end + 1
                if waiting and waiting[-1][0] == end:
                    end = waiting.pop()[1]
                if start - before in other:
                    aligned = end
            if size == end - start:
                break
        if aligned is not None and end != earliest:
            start, end = start - (end - aligned), aligned
        settled.append((start, end))
        before += end - start
    return settled


def _paired(left: Sequence[tuple[int, int]], right: Sequence[tuple[int, int]]) -> list[Change]:
    """Join the groups of both sides that lie at the same place."""
    found: list[Change] = []
    i = j = left_before = right_before = 0
    left_end, right_end = len(left), len(right)
    while i < left_end or j < right_end:
        left_place = left[i][0] - left_before if i < left_end else _NOWHERE
        right_place = right[j][0] - right_before if j < right_end else _NOWHERE
        place = left_place if left_place < right_place else right_place
        on_left = left[i] if left_place == place else (place + left_before, place + left_before)
        on_right = right[j] if right_place == place else (place + right_before, place + right_before)
        i, j = i + (left_place == place), j + (right_place == place)
        found.append(Change(*on_left, *on_right))
        left_before += on_left[1] - on_left[0]
        right_before += on_right[1] - on_right[0]
    return found
