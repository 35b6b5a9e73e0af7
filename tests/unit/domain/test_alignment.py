"""What two sequences share: shortest, in order, and bounded in time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.alignment import changes, matches

sequences = st.one_of(st.lists(st.integers(0, 3), max_size=20), st.lists(st.integers(0, 12), max_size=40))


def longest_common(left: Sequence[int], right: Sequence[int]) -> int:
    """The textbook's table, as an oracle."""
    row = [0] * (len(right) + 1)
    for a in left:
        before = row
        row = [0]
        for index, b in enumerate(right):
            row.append(before[index] + 1 if a == b else max(before[index + 1], row[index]))
    return row[-1]


@given(sequences, sequences)
def test_no_longer_pairing_exists(left: list[int], right: list[int]) -> None:
    """Pairs ascend on both sides and hold equal elements."""
    pairs = matches(left, right)
    assert all(left[i] == right[j] for i, j in pairs)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(pairs))
    assert len(pairs) == longest_common(left, right)


@given(sequences, sequences, st.booleans())
def test_changes_lead_from_left_to_right(left: list[int], right: list[int], is_prose: bool) -> None:
    """Replacing each changed stretch gives the other side; between two of them something is shared."""
    made: list[int] = []
    at = 0
    found = changes(left, right, is_prose=is_prose)
    for number, change in enumerate(found):
        assert change.left_end > change.left_start or change.right_end > change.right_start
        assert number == 0 or change.left_start > at
        made.extend(left[at : change.left_start])
        assert len(made) == change.right_start
        made.extend(right[change.right_start : change.right_end])
        at = change.left_end
    assert [*made, *left[at:]] == right


@given(sequences, sequences)
def test_in_prose_every_shared_element_counts(left: list[int], right: list[int]) -> None:
    """Moving a change costs nothing."""
    changed = sum(change.left_end - change.left_start for change in changes(left, right, is_prose=True))
    assert len(left) - changed == longest_common(left, right)


def test_frequent_elements_amid_others_are_not_matched() -> None:
    """A blank line between paragraphs that were rewritten is no place to hold on to."""
    left = [11, 12, 13, 14, 0, 15, 16, 17, 18, *[1, 0] * 8]
    right = [21, 22, 23, 24, 0, 25, 26, 27, 28, *[1, 0] * 8]
    assert len(changes(left, right)) == 1
    assert len(changes(left, right, is_prose=True)) == 2


def test_a_change_lies_as_late_as_it_can() -> None:
    """An item that repeats the one above is the new one, as git has it."""
    assert changes([1, 2, 3], [1, 2, 1, 2, 3]) == [(2, 2, 2, 4)]


def test_a_change_lies_where_the_other_side_changed_too() -> None:
    """A replaced element is one change, not a removed and an added one."""
    assert changes([1, 2, 2, 3], [1, 4, 2, 3]) == [(1, 2, 1, 2)]


def test_sequences_without_common_order_are_compared_all_the_same() -> None:
    """What is found is a pairing, if not the longest one."""
    left = list(range(3_000))
    right = random.Random(1).sample(left, len(left))
    pairs = matches(left, right)
    assert all(left[i] == right[j] for i, j in pairs)
    assert len(pairs) > 30
