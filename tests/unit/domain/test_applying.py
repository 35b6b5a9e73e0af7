"""What would be written, and what needs a choice, whatever was decided and whatever is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.applications import (
    Application,
    Destination,
    Intent,
    standing,
    status_after_applying,
)
from amx_tui.domain.applying import (
    Description,
    count,
    newest_of_each,
    plan_comments,
    plan_undo,
    split_decided,
    to_write,
)
from amx_tui.domain.assets import AssetFacts, AssetName

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
NAME = AssetName("s", "t", "c")
TEXTS = st.sampled_from(["", "a", "b", "c"])
CHOSEN = st.sampled_from(["a", "b", "c"])


def _description(text: str, seen: str | None, **more: object) -> Description:
    values: dict[str, object] = {"result_id": "r", "name": NAME, "asset_kind": "column"}
    return Description(**{**values, "evaluation": "accepted", "text": text, "seen_comment": seen, **more})  # type: ignore[arg-type]


def _facts(comment: str) -> dict[AssetName, AssetFacts]:
    return {NAME: AssetFacts(NAME, "column", comment=comment)}


def _application(old: str, new: str, *, status: str = "applied", action: str = "apply") -> Application:
    intent = Intent("a", "r", "run", NAME, "column", old, new, action)  # type: ignore[arg-type]
    there = Destination("p", "b", "place", "session")
    return Application(intent, there, "alice", "laptop", NOON, status)  # type: ignore[arg-type]


@st.composite
def histories(draw: st.DrawFn) -> list[Application]:
    """What one run may have done to one comment while others changed it as they liked."""
    comment, found = draw(TEXTS), list[Application]()
    for _ in range(draw(st.integers(0, 6))):
        step = draw(st.sampled_from(["apply", "fail", "undo", "other"]))
        if step == "other":
            comment = draw(TEXTS)
        elif step == "fail":
            found.append(_application(comment, draw(CHOSEN), status="failed"))
        elif step == "apply":
            new = draw(st.sampled_from([text for text in "abc" if text != comment]))
            found.append(_application(comment, new))
            comment = new
        else:
            plan = plan_undo(found, _facts(comment))
            for item in to_write(plan, {}):
                found.append(_application(comment, item.new_comment, action="undo"))
                comment = item.new_comment
    return found


@given(text=CHOSEN, seen=st.none() | TEXTS, comment=TEXTS, trail=histories())
def test_nothing_that_somebody_else_wrote_is_replaced_without_a_choice(
    text: str, seen: str | None, comment: str, trail: list[Application]
) -> None:
    """Written without a choice is what the run saw, what it wrote itself, or nothing at all."""
    (item,) = plan_comments([_description(text, seen)], _facts(comment), trail)
    own = [each.intent.new_comment for each in standing(trail).get(NAME, ())]
    if comment == text:
        assert item.state == "unchanged"
    elif item.state == "write":
        assert comment == seen or comment in own[-1:] or (seen is None and not comment)
    else:
        assert item.state == "conflict"
        assert item.reason
        assert comment != seen


@given(text=CHOSEN, seen=st.none() | TEXTS, comment=TEXTS, choice=st.sampled_from(["ours", "theirs", None]))
def test_a_choice_decides_a_conflict_and_nothing_else(
    text: str, seen: str | None, comment: str, choice: str | None
) -> None:
    """Counts and what would be written say the same."""
    plan = plan_comments([_description(text, seen)], _facts(comment))
    choices = {} if choice is None else {"r": choice}
    counts, wanted = count(plan, choices), to_write(plan, choices)  # type: ignore[arg-type]
    assert counts.total == 1
    assert counts.to_write == len(wanted)
    assert counts.open == (plan[0].state == "conflict" and choice is None)
    if plan[0].state == "conflict":
        assert bool(wanted) == (choice == "ours")
    else:
        assert bool(wanted) == (plan[0].state == "write")


@given(trail=histories())
def test_undoing_restores_what_was_there_before_the_run_or_leaves_it(trail: list[Application]) -> None:
    """Only what is still the run's own last text is touched, and afterwards nothing of it stands."""
    written = standing(trail).get(NAME, ())
    if not written:
        assert plan_undo(trail, _facts("x")) == ()
        return
    last = written[-1].intent
    (item,) = plan_undo(trail, _facts(last.new_comment))
    assert item.new_comment in {each.intent.old_comment for each in written}
    if item.state == "write":
        undone = _application(last.new_comment, item.new_comment, action="undo")
        assert standing([*trail, undone]) == {}
    else:
        assert item.new_comment == last.new_comment
    (left,) = plan_undo(trail, _facts("somebody else's"))
    assert left.state == "left"
    (gone,) = plan_undo(trail, {})
    assert gone.state == "missing"


def test_texts_that_replaced_each_other_are_undone_as_one() -> None:
    """Two applications of one run go back to before the first, as far as nobody came between."""
    both = [_application("", "a"), _application("a", "b")]
    assert [item.new_comment for item in plan_undo(both, _facts("b"))] == [""]
    between = [_application("", "a"), _application("x", "b")]
    assert [item.new_comment for item in plan_undo(between, _facts("b"))] == ["x"]


def test_an_asset_that_is_not_there_is_missing() -> None:
    """Nothing is written, and it is said."""
    (item,) = plan_comments([_description("a", None)], {})
    assert (item.state, item.kind, item.comment) == ("missing", "column", "")


def test_the_newest_of_an_asset_counts_whatever_was_decided_about_it() -> None:
    """A newer draft that nobody decided on keeps the older one from being written."""
    old = _description("a", None, result_id="z", saved_at=NOON)
    new = _description("", None, result_id="a", evaluation="pending", saved_at=NOON + timedelta(seconds=1))
    assert newest_of_each([new, old]) == [new]
    same = _description("b", None, result_id="zz", saved_at=NOON)
    assert newest_of_each([same, old]) == [same]
    decided, left = split_decided(
        [new, _description("", None), _description("a", None, evaluation="skipped")]
    )
    assert decided == []
    assert (left.pending, left.empty, left.rejected) == (1, 1, 1)


def test_a_run_is_done_when_nothing_remains() -> None:
    """What runs, failed or was cancelled stays so; taking all back makes it a run to be reviewed."""
    assert status_after_applying("ready_for_review", applied=3, remaining=0) == "success"
    assert status_after_applying("ready_for_review", applied=3, remaining=1) == "applied_partial"
    assert status_after_applying("applied_partial", applied=3, remaining=0) == "success"
    assert status_after_applying("success", applied=0, remaining=3) == "ready_for_review"
    assert status_after_applying("success", applied=0, remaining=0) == "success"
    for status in ("running", "failed", "cancelled", "odd"):
        assert status_after_applying(status, applied=3, remaining=0) == status
