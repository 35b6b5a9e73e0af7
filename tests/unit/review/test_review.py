"""The review's core: order, filters, counts, undo and redo over chains, conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.decisions import DecisionBasis, DecisionChange, DecisionValues, predicted
from amx_tui.domain.results import ResultCounts
from amx_tui.domain.review.pace import Pace
from amx_tui.domain.review.review import Review
from amx_tui.domain.review.rows import ReviewCounts, ReviewFilter, ReviewRow
from amx_tui.domain.review.strategy import preview, values_of
from tests.unit.review.results import NOON, result

NAMES = ("s", "s.t", "s.t.a", "s.t.b", "s.u", "s.u.a")
ACCEPT = DecisionValues("accepted", "draft")
REJECT = DecisionValues("skipped", "", "no")


def _ignore(changes: Sequence[DecisionChange]) -> None:
    """Keep nothing."""


def _review(*names: str, version: int | None = 1) -> Review:
    results = [result(name, version=version) for name in names or NAMES]
    review = Review("alice")
    review.load([ReviewRow.of(each) for each in results])
    review.learn(results)
    return review


def _recount(review: Review) -> ReviewCounts:
    states = [review.state_of(row) for row in review.rows]
    return ReviewCounts(*(states.count(state) for state in ("accepted", "custom", "skipped", "pending")))


steps: st.SearchStrategy[list[tuple[str, set[str], str]]] = st.lists(
    st.one_of(
        st.tuples(
            st.just("decide"), st.sets(st.sampled_from(NAMES), min_size=1), st.sampled_from(("ar", "e"))
        ),
        st.tuples(st.sampled_from(("undo", "redo")), st.just(set[str]()), st.just("")),
    ),
    max_size=25,
)
VALUES = {"ar": REJECT, "e": DecisionValues("custom", "mine")}


def _do(review: Review, wanted: Sequence[tuple[str, set[str], str]]) -> list[DecisionChange]:
    kept: list[DecisionChange] = []
    for number, (kind, names, how) in enumerate(wanted):
        at = NOON + timedelta(seconds=number)
        if kind == "decide":
            review.decide([(name, VALUES[how]) for name in sorted(names)], at, keep=kept.extend)
        elif kind == "undo" and review.can_undo:
            review.undo(keep=kept.extend)
        elif kind == "redo" and review.can_redo:
            review.redo(at, keep=kept.extend)
    return kept


@given(steps, st.sampled_from([1, None]))
def test_undoing_everything_restores_everything(
    wanted: list[tuple[str, set[str], str]], version: int | None
) -> None:
    """Whatever was decided, undone and decided again: what was there before is there again, and counted."""
    review = _review(version=version)
    before = {name: review.basis_of(name) for name in NAMES}
    _do(review, wanted)
    while review.can_undo:
        review.undo(keep=_ignore)
        assert review.counts == _recount(review)
    for name, basis in before.items():
        now = review.basis_of(name)
        assert now is not None
        assert basis is not None
        assert now.values == basis.values
    assert review.counts == ReviewCounts(left=len(NAMES))


@given(steps)
def test_redoing_everything_undone_comes_to_the_same(wanted: list[tuple[str, set[str], str]]) -> None:
    """Undo all, redo all: each result is decided as it was, and counted so."""
    review = _review()
    _do(review, [step for step in wanted if step[0] == "decide"])
    decided = {row.result_id: review.state_of(row) for row in review.rows}
    while review.can_undo:
        review.undo(keep=_ignore)
    while review.can_redo:
        review.redo(NOON + timedelta(hours=1), keep=_ignore)
    assert {row.result_id: review.state_of(row) for row in review.rows} == decided
    assert review.counts == _recount(review)


@given(steps, st.sampled_from([1, None]))
def test_the_changes_lead_step_by_step_to_what_is_shown(
    wanted: list[tuple[str, set[str], str]], version: int | None
) -> None:
    """A store that takes each on its basis holds what the review says; a review that replays them says the same."""
    review = _review(version=version)
    stored = {name: review.basis_of(name) for name in NAMES}
    changes = _do(review, wanted)
    for change in changes:
        assert stored[change.basis.result_id] == change.basis
        stored[change.basis.result_id] = predicted(change, "alice").after
    assert stored == {name: review.basis_of(name) for name in NAMES}
    again = _review(version=version)
    for change in changes:
        again.replay(change)
    assert {row.result_id: again.state_of(row) for row in again.rows} == {
        row.result_id: review.state_of(row) for row in review.rows
    }
    assert again.counts == review.counts


def test_what_cannot_be_kept_is_not_decided() -> None:
    """A full disk changes nothing, neither by deciding nor by undoing."""

    def full(changes: Sequence[DecisionChange]) -> object:
        raise OSError("no space")

    review = _review()
    with pytest.raises(OSError, match="no space"):
        review.decide([("s.t", ACCEPT)], NOON, keep=full)
    assert not review.can_undo
    assert review.counts == ReviewCounts(left=6)
    review.decide([("s.t", ACCEPT)], NOON, keep=_ignore)
    with pytest.raises(OSError, match="no space"):
        review.undo(keep=full)
    assert review.can_undo


def test_deciding_the_same_again_is_no_decision() -> None:
    """Nothing is stored, and nothing is there to undo."""
    review = _review()
    assert review.decide([("s.t", ACCEPT)], NOON, keep=_ignore) == 1
    assert review.decide([("s.t", ACCEPT)], NOON + timedelta(seconds=1), keep=_ignore) == 0
    review.undo(keep=_ignore)
    assert not review.can_undo


def test_a_conflict_shows_theirs_keeps_mine_and_waits() -> None:
    """Until it is settled nothing more is decided there; undo leaves it alone; mine goes on top of theirs."""
    review = _review()
    review.decide([("s.t", ACCEPT), ("s.u", ACCEPT)], NOON, keep=_ignore)
    theirs = result("s.t", version=2, evaluation="custom", chosen="bob's", evaluated_by="bob")
    conflict = review.refuse("s.t", theirs)
    assert conflict.mine.chosen_description == "draft"
    assert review.counts == ReviewCounts(accepted=1, edited=1, left=4)
    assert review.decide([("s.t", REJECT)], NOON, keep=_ignore) == 0
    kept: list[DecisionChange] = []
    _, count = review.undo(keep=kept.extend)
    assert count == 1
    assert [change.basis.result_id for change in kept] == ["s.u"]
    review.take_mine("s.t", NOON + timedelta(minutes=1), keep=kept.extend)
    assert kept[-1].basis == DecisionBasis.of(theirs)
    assert kept[-1].values == DecisionValues("accepted", "draft")
    assert review.counts == ReviewCounts(accepted=1, left=5)
    assert not review.conflicts


def test_theirs_is_kept_by_forgetting_mine() -> None:
    """The result can be decided again afterwards, on top of theirs."""
    review = _review()
    review.decide([("s.t", ACCEPT)], NOON, keep=_ignore)
    review.refuse("s.t", result("s.t", version=2, evaluation="skipped", chosen="", evaluated_by="bob"))
    review.keep_theirs("s.t")
    assert review.counts == ReviewCounts(rejected=1, left=5)
    assert review.decide([("s.t", ACCEPT)], NOON, keep=_ignore) == 1


def test_the_next_undecided_heeds_the_filter() -> None:
    """Decided ones, other tables and other confidences are passed."""
    review = _review()
    review.decide([("s.t", ACCEPT), ("s.t.a", ACCEPT)], NOON, keep=_ignore)
    assert review.first_undecided() == 0
    assert review.next_place(0, is_undecided=True) == 3
    assert review.next_place(0, ReviewFilter(table="s.u"), is_undecided=True) == 4
    assert review.next_place(5, step=-1, is_undecided=True) == 4
    assert review.next_place(0, ReviewFilter(decision="accepted")) == 1
    assert review.next_place(0, ReviewFilter(confidence="low")) is None
    assert review.next_place(0, ReviewFilter(matching=frozenset({"s.u.a"}))) == 5


def test_a_column_knows_its_table() -> None:
    """Where the run drafted the table, too."""
    review = _review()
    rows = {row.name: row for row in review.rows}
    assert review.table_of(rows["s.t.b"]) == rows["s.t"]
    assert review.table_of(rows["s.u.a"]) == rows["s.u"]
    assert review.table_of(rows["s.t"]) is None
    alone = _review("s.t", "s.v.a")
    assert alone.table_of(alone.rows[1]) is None


def test_counts_begin_with_those_of_the_store() -> None:
    """Before all rows are there, decisions are counted on top of what the store has counted."""
    review = Review("alice")
    shown = [result("s.t"), result("s.t.a")]
    review.begin(ResultCounts(total=100, pending=60, accepted=40), [ReviewRow.of(each) for each in shown])
    review.learn(shown)
    review.decide([("s.t", REJECT)], NOON, keep=_ignore)
    assert review.counts == ReviewCounts(accepted=40, rejected=1, left=59)


@pytest.mark.parametrize(
    ("strategy", "decided", "rest"),
    [
        ("accept-all", ["b", "d"], (1, 0)),
        ("accept-all-high", ["b"], (0, 2)),
        ("reject-all", ["a", "b", "d"], (0, 0)),
    ],
)
def test_a_strategy_takes_the_undecided_only(
    strategy: str, decided: list[str], rest: tuple[int, int]
) -> None:
    """What is decided, in conflict or without a draft is left, and said so."""
    results = [
        result("a", alternatives=(), confidence="low"),
        result("b", confidence="high"),
        result("c", evaluation="accepted", chosen="x"),
        result("d", confidence="medium"),
        result("e", confidence="high"),
    ]
    rows = [ReviewRow.of(each) for each in results]
    found = preview(strategy, rows, lambda row: row.evaluation, ReviewFilter(), busy=["e"])  # type: ignore[arg-type]
    assert [row.result_id for row in found.rows] == decided
    assert (found.without_draft, found.other_confidence) == rest
    assert f"{len(decided)} undecided result" in found.summary


def test_a_strategy_leaves_what_somebody_has_decided_since() -> None:
    """The rows may be from a while ago; the results are read anew."""
    results = [result("a"), result("b", evaluation="accepted", chosen="x"), result("c", alternatives=())]
    assert values_of("accept-all", results) == [("a", ACCEPT)]
    assert [result_id for result_id, _ in values_of("reject-all", results)] == ["a", "c"]


def test_the_pace_is_that_of_the_last_decisions() -> None:
    """Pauses do not count, and there is none before there are enough of them."""
    pace = Pace()
    moment = datetime(2026, 5, 3, tzinfo=UTC)
    for _ in range(5):
        pace.note(moment)
        moment += timedelta(seconds=4)
    assert pace.text(30) == ""
    moment += timedelta(hours=1)
    for _ in range(3):
        pace.note(moment)
        moment += timedelta(seconds=4)
    assert pace.text(30) == "15/min, 2 min 0 s left"


@pytest.mark.parametrize(
    ("table", "is_shown"),
    [
        ('s."a.b"', True),
        ("s", True),
        ('s."a.b".c', True),
        ("s.a", False),
        ("s.a.b", False),
        ('s."a.b".c.d', False),
    ],
)
def test_a_table_is_filtered_by_the_parts_of_its_name(table: str, is_shown: bool) -> None:
    """A dot inside a part separates nothing."""
    row = ReviewRow("1", "s", "a.b", "c", "column", "high", "pending", True)
    assert ReviewFilter(table=table).lets_through(row, "pending") is is_shown
