"""Sides of a comparison: names that say who and when, and never the same twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.runs import Run
from amx_tui.domain.scope import Scope
from amx_tui.domain.sides import make_sides, newest_side, side_names, warnings_of
from amx_tui.domain.times import UNKNOWN_TIME

NOW = datetime(2026, 5, 8, 17, 44, tzinfo=UTC)
TWO_HOURS, FIVE_DAYS = timedelta(hours=2), timedelta(days=5)


def run(
    who: str, age: timedelta = TWO_HOURS, *, host: str = "laptop", run_id: str = "", **facts: object
) -> Run:
    """Give a run of somebody."""
    return Run(
        run_id=run_id or f"run_{who}_{age.total_seconds():.0f}",
        created_by=who,
        hostname=host,
        started_at=NOW - age,
        status=str(facts.pop("status", "success")),
        scope=Scope(),
        ok_count=0,
        fail_count=0,
        **facts,  # type: ignore[arg-type]
    )


def test_members_are_named_with_their_time() -> None:
    """As in the AMX documentation; what stands behind the @ is left out where the rest is enough."""
    names = side_names([run("alice@acme.com"), run("bob@acme.com", FIVE_DAYS)], NOW)
    assert names == ("alice (2 hr ago)", "bob (5 days ago)")


def test_namesakes_keep_what_tells_them_apart() -> None:
    """Two people whose names begin alike keep their domains, also in `alice@acme.com added`."""
    sides = make_sides([run("alice@acme.com"), run("alice@other.org")], NOW)
    assert [side.name for side in sides] == ["alice@acme.com (2 hr ago)", "alice@other.org (2 hr ago)"]
    assert [side.who for side in sides] == ["alice@acme.com", "alice@other.org"]


def test_one_person_on_two_machines_is_told_apart_by_them() -> None:
    """The machine is named where there are two of them, and only there."""
    sides = make_sides([run("alice", host="laptop"), run("alice", FIVE_DAYS, host="desk"), run("bob")], NOW)
    assert [side.name for side in sides] == [
        "alice on laptop (2 hr ago)", "alice on desk (5 days ago)", "bob (2 hr ago)"
    ]  # fmt: skip
    assert [side.who for side in sides] == ["alice on laptop", "alice on desk", "bob"]


def test_two_runs_of_one_person_are_told_apart_by_time() -> None:
    """By the relative time if that differs, else by the exact one, else by the run; `who` is then the whole name."""
    apart = make_sides([run("alice"), run("alice", FIVE_DAYS)], NOW)
    assert [side.who for side in apart] == ["alice (2 hr ago)", "alice (5 days ago)"]
    close = side_names([run("alice"), run("alice", TWO_HOURS + timedelta(minutes=3))], NOW)
    assert close == ("alice (2026-05-08 15:44:00 UTC)", "alice (2026-05-08 15:41:00 UTC)")
    at_once = side_names([run("alice", run_id="run_1"), run("alice", run_id="run_2", local_id=7)], NOW)
    assert at_once == ("alice (2026-05-08 15:44:00 UTC, run_1)", "alice (2026-05-08 15:44:00 UTC, #7@laptop)")


def test_a_run_against_itself_is_numbered_and_warned_about() -> None:
    """The same run twice is allowed; its sides are numbered."""
    sides = make_sides([run("alice"), run("alice")], NOW)
    assert [side.name for side in sides] == ["alice (2 hr ago) [1]", "alice (2 hr ago) [2]"]
    assert warnings_of(sides) == ("A run is compared with itself.",)


def test_what_makes_runs_hard_to_compare_is_said() -> None:
    """Runs under way, runs that describe nothing, and runs of different databases."""
    sides = make_sides(
        [
            run("alice", status="running", db_profile="prod"),
            run("bob", command="search.ask", db_profile="staging"),
        ],
        NOW,
        backends=["postgresql", "postgresql"],
    )
    running, asking, databases = warnings_of(sides)
    assert "alice (2 hr ago) is still running" in running
    assert "search.ask" in asking
    assert "alice (2 hr ago) prod, bob (2 hr ago) staging" in databases
    kinds = make_sides([run("alice"), run("bob")], NOW, backends=["postgresql", "mysql"])
    assert warnings_of(kinds) == (
        "The runs are of different kinds of databases: alice (2 hr ago) postgresql, bob (2 hr ago) mysql.",
    )


def test_the_newest_run_is_the_one_that_started_last() -> None:
    """Whatever its place; of two of one moment the greater id."""
    sides = make_sides([run("alice", FIVE_DAYS), run("bob"), run("carol", FIVE_DAYS)], NOW)
    assert newest_side(sides) == 1
    assert newest_side(make_sides([run("a", run_id="run_2"), run("b", run_id="run_1")], NOW)) == 0


def test_nobody_and_no_time_are_named_too() -> None:
    """A run without a member or a readable time has a name all the same."""
    unknown = run("", run_id="run_1")
    assert side_names([unknown, run("bob")], NOW)[0] == "unknown (2 hr ago)"
    timeless = Run("run_9", "alice", "h", UNKNOWN_TIME, "success", Scope(), 0, 0)
    assert side_names([timeless, timeless, run("alice", host="h")], NOW)[0] == "alice [1]"


@given(
    st.lists(
        st.builds(
            run,
            st.sampled_from(["", "alice", "alice@a", "alice@b", "bob\x1b[31m", "a\nb", "@"]),
            st.sampled_from([TWO_HOURS, TWO_HOURS + timedelta(seconds=1), FIVE_DAYS]),
            host=st.sampled_from(["", "x", "y"]),
            run_id=st.sampled_from(["1", "2", "3", "4"]),
        ),
        min_size=2,
        max_size=5,
    )
)
def test_names_are_never_the_same_twice(runs: list[Run]) -> None:
    """Whoever ran what when and where, names and the words in `… added` tell sides apart and are safe to draw."""
    same_id_is_same_run = list({run.run_id: run for run in runs}.values())
    sides = make_sides(same_id_is_same_run + same_id_is_same_run[:1], NOW)
    assert len({side.name for side in sides}) == len(sides)
    assert len({side.who for side in sides}) == len(sides)
    assert all(side.name.isprintable() for side in sides)
