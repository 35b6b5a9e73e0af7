"""A result's alternatives, its decision and the description in force."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.results import (
    DECISIONS,
    Alternative,
    Result,
    ResultCursor,
    ResultFilter,
    decision_state,
    decision_word,
    parse_alternatives,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["text", "score", "other"]), inner),
    max_leaves=20,
)

RESULT = Result(
    result_id="r1",
    run_id="run",
    target_qname="sales.customer.c_id",
    schema_name="sales",
    table_name="customer",
    column_name="c_id",
    asset_kind="column",
    saved_at=None,
    source="combined",
    confidence="high",
    logprob_score=None,
    reasoning="",
    model_version="",
    alternatives=(Alternative("first"), Alternative("second")),
    evaluation="pending",
    chosen_description=None,
    evaluated_at=None,
    evaluated_by="",
    rejection_reason="",
    applied_at=None,
    applied_by="",
    applied_status="",
    seen_comment=None,
    previous_comment=None,
    error_text="",
    superseded_at=None,
    version=1,
)


@pytest.mark.parametrize(
    ("stored", "state"),
    [
        (None, "pending"),
        ("", "pending"),
        ("accepted", "accepted"),
        ("custom", "custom"),
        ("skipped", "skipped"),
        ("ACCEPTED", "pending"),
        ("whatever", "pending"),
    ],
)
def test_a_stored_evaluation_is_one_of_four_states(stored: str | None, state: str) -> None:
    """What nobody knows has not been decided."""
    assert decision_state(stored) == state


def test_every_decision_has_a_sign_and_a_word_of_its_own() -> None:
    """No two decisions look alike without colour."""
    words = [decision_word(state) for state in DECISIONS]
    assert (
        len({word.split()[0] for word in words}) == len({word.split()[1] for word in words}) == len(DECISIONS)
    )


@pytest.mark.parametrize(
    ("stored", "alternatives"),
    [
        (["one", "two"], (Alternative("one"), Alternative("two"))),
        ([{"text": "one", "score": -0.5}, {"text": "two"}], (Alternative("one", -0.5), Alternative("two"))),
        ([{"text": "one", "logprob_score": 1}], (Alternative("one", 1.0),)),
        ([{"text": "one", "score": True}], (Alternative("one"),)),
        ([{"text": "one", "score": 10**400}], (Alternative("one"),)),
        ([None, 7, {"other": "x"}, ["x"], "one"], (Alternative("one"),)),
        ({"text": "one"}, ()),
        ("one", ()),
        (None, ()),
    ],
)
def test_alternatives_are_read_from_both_forms(stored: object, alternatives: tuple[Alternative, ...]) -> None:
    """Texts and objects with a text are alternatives; whatever else stands there is passed over."""
    assert parse_alternatives(stored) == alternatives


@given(JSON)
def test_any_json_can_stand_where_alternatives_are_expected(stored: object) -> None:
    """No stored value breaks a result."""
    assert all(isinstance(alternative.text, str) for alternative in parse_alternatives(stored))


def test_the_description_in_force_follows_the_decision() -> None:
    """Accepted and edited give the chosen text, rejected none, undecided the first alternative."""
    assert RESULT.description == "first"
    assert replace(RESULT, alternatives=()).description is None
    assert replace(RESULT, evaluation="accepted", chosen_description="second").description == "second"
    assert replace(RESULT, evaluation="custom", chosen_description="").description == ""
    assert replace(RESULT, evaluation="accepted").description is None
    assert replace(RESULT, evaluation="skipped", chosen_description="").description is None


def test_a_result_is_ok_where_anything_was_drafted() -> None:
    """An asset without an alternative failed."""
    assert RESULT.is_ok
    assert not replace(RESULT, alternatives=()).is_ok


def test_a_cursor_stands_on_its_result() -> None:
    """A page is continued from the sort key of its last row."""
    assert ResultCursor.of(RESULT) == ResultCursor("sales", "customer", "c_id", "r1")


def test_a_filter_knows_whether_it_filters() -> None:
    """Only a filter without any condition shows every result."""
    assert ResultFilter().is_empty
    assert not ResultFilter(failed_only=True).is_empty
    assert not ResultFilter(decision="pending").is_empty


@pytest.mark.parametrize(
    ("stored", "unreadable"),
    [
        (None, ""),
        ([], ""),
        ("", ""),
        ({"text": 3}, '{"text": 3}'),
        ("[1, {", "[1, {"),
        ([17, {"text": None}], '[17, {"text": null}]'),
        (0, "0"),
    ],
)
def test_what_is_no_list_of_alternatives_is_unreadable_and_not_absent(
    stored: object, unreadable: str
) -> None:
    """Nothing was drafted, and something was that nobody can read, are two things."""
    result = replace(RESULT, alternatives=parse_alternatives(stored), stored_alternatives=stored)
    assert result.unreadable == unreadable
    readable = [17, "a text"]
    assert not replace(
        RESULT, alternatives=parse_alternatives(readable), stored_alternatives=readable
    ).unreadable
