"""Which elements two sequences share, and the changes that lead from one to the other.

The shortest path through the edit graph, found in linear space from both ends (E. W. Myers, “An O(ND) Difference
Algorithm and Its Variations”, Algorithmica 1, 1986). Elements that the other sequence lacks are set aside first, which
makes the usual difference of two long texts nearly free.

Where several differences are equally short, the choices are those that git makes, so that a merge of lines collides
where its users expect it to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

__all__ = ["Change", "changes", "matches"]

_MOST_FREQUENT = 1024
_WINDOW = 100
"""How far around a frequent element its neighbours count."""
_MOST_ROUNDS = 256
"""Rounds of the search for one middle, beyond which the best so far is taken: sequences that share next to nothing in
order are still compared in reasonable time, though not by the shortest difference."""


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
    most = min(len(left), len(right))
    start = 0
    while start < most and left[start] == right[start]:
        start += 1
    end = 0
    while end < most - start and left[-1 - end] == right[-1 - end]:
        end += 1
    if start == len(left) - end or start == len(right) - end:
        marked_left[start : len(left) - end] = b"\1" * (len(left) - end - start)
        marked_right[start : len(right) - end] = b"\1" * (len(right) - end - start)
        return marked_left, marked_right
    left_kept = _comparable(left, right, start, len(left) - end, spares_frequent)
    right_kept = _comparable(right, left, start, len(right) - end, spares_frequent)
    marked_left[start : len(left) - end] = b"\1" * (len(left) - end - start)
    marked_right[start : len(right) - end] = b"\1" * (len(right) - end - start)
    for i in left_kept:
        marked_left[i] = 0
    for j in right_kept:
        marked_right[j] = 0
    search = _Search([left[i] for i in left_kept], [right[j] for j in right_kept])
    search.run()
    for i in search.only_left:
        marked_left[left_kept[i]] = 1
    for j in search.only_right:
        marked_right[right_kept[j]] = 1
    return marked_left, marked_right


def _comparable(
    side: Sequence[Hashable], other: Sequence[Hashable], start: int, end: int, spares_frequent: bool
) -> list[int]:
    """The positions of the elements that are worth a search: the other side has them, and not all over the place."""
    if not spares_frequent:
        present = set(other)
        return [i for i in range(start, end) if side[i] in present]
    counts = Counter(other)
    frequent = min(_rough_root(len(side)), _MOST_FREQUENT)
    amounts = [counts.get(side[i], 0) for i in range(start, end)]
    kept = []
    for i, amount in enumerate(amounts):
        if amount and (amount < frequent or not _is_confusing(amounts, i, frequent)):
            kept.append(start + i)
    return kept


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
            while top < bottom and first < last and left[top] == right[first]:
                top, first = top + 1, first + 1
            while top < bottom and first < last and left[bottom - 1] == right[last - 1]:
                bottom, last = bottom - 1, last - 1
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
            while row < bottom and column < last and left[row] == right[column]:
                row += 1
                column += 1
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
            while row > top and column > first and left[row - 1] == right[column - 1]:
                row -= 1
                column -= 1
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
    i = j = 0
    left_before = right_before = 0
    while i < len(left) or j < len(right):
        left_place = left[i][0] - left_before if i < len(left) else None
        right_place = right[j][0] - right_before if j < len(right) else None
        place = min(place for place in (left_place, right_place) if place is not None)
        left_start = left_end = place + left_before
        right_start = right_end = place + right_before
        if left_place == place:
            left_end = left[i][1]
            i += 1
        if right_place == place:
            right_end = right[j][1]
            j += 1
        found.append(Change(left_start, left_end, right_start, right_end))
        left_before += left_end - left_start
        right_before += right_end - right_start
    return found
