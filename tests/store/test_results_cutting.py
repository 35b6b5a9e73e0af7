"""A JSON text whose end was cut off reads as what is left of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.results import parse_alternatives
from amx_tui.store.rows import close_json

TEXTS = st.text(max_size=12)
ALTERNATIVES = st.lists(
    TEXTS | st.fixed_dictionaries({"text": TEXTS, "score": st.floats(allow_nan=False, allow_infinity=False)}),
    min_size=1,
    max_size=4,
)


@given(ALTERNATIVES, st.booleans(), st.data())
def test_what_is_left_of_cut_alternatives_is_their_beginning(
    alternatives: list[object], is_ascii: bool, data: st.DataObject
) -> None:
    """Wherever the text is cut, the whole alternatives before it are there, and at most one that is cut."""
    whole = json.dumps(alternatives, ensure_ascii=is_ascii)
    cut = whole[: data.draw(st.integers(1, len(whole)))]
    left = [a.text for a in parse_alternatives(json.loads(close_json(cut)))]
    texts = [a.text for a in parse_alternatives(alternatives)]
    assert left[:-1] == texts[: max(0, len(left) - 1)]
    assert not left or texts[len(left) - 1].startswith(left[-1])
    ends = [
        len(json.dumps(alternatives[: number + 1], ensure_ascii=is_ascii)) - 1 for number in range(len(texts))
    ]
    assert len(left) >= sum(1 for end in ends if end <= len(cut))


@pytest.mark.parametrize(
    ("cut", "closed"),
    [
        ('["one", "tw', ["one", "tw"]),
        ('["one", ', ["one"]),
        ('["one"', ["one"]),
        ('["a\\', ["a"]),
        ('["a\\u00e', ["a"]),
        ('[{"text": "one", "score": -0.', [{"text": "one"}]),
        ('[{"text": "on', [{"text": "on"}]),
        ('[{"text": "one"}, {"te', [{"text": "one"}]),
        ("[", []),
    ],
)
def test_cut_json_is_closed(cut: str, closed: object) -> None:
    """Texts keep their beginning; halves of pairs, numbers and escapes go."""
    assert json.loads(close_json(cut)) == closed


def test_what_was_no_json_stays_as_it_is() -> None:
    """There is nothing to close."""
    assert close_json("not json at all") == "not json at all"
