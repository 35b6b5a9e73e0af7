"""The faults of the rows of a store: each kind, what looks like it and is none, and what is mended of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.faults import (
    Fault,
    NumberFact,
    Orphans,
    Repair,
    ResultFact,
    RunFact,
    StoreFacts,
    Unsigned,
    find_faults,
    merged_repairs,
    shown_subjects,
)
from amx_tui.domain.members import Member

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
BEGAN = datetime(2026, 5, 3, 13, 43, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)


def run(run_id: str, who: str = "alice", host: str = "", **more: Any) -> RunFact:
    """A run that succeeded long ago."""
    base = RunFact(
        run_id,
        who,
        host or f"{who}-laptop",
        None,
        "success",
        "analyze.run",
        "prod",
        BEGAN,
        None,
        ended_at=BEGAN,
    )
    return replace(base, **more)


def result(result_id: str, run_id: str, drafted: str = "an id", decided: str = "") -> ResultFact:
    """A result that is not superseded."""
    return ResultFact(result_id, run_id, None, drafted, decided)


def member(who: str, host: str = "", role: str | None = "viewer", *, joined: int = 0, **more: Any) -> Member:
    """An active member who joined so many days before the runs began."""
    host = host or f"{who}-laptop"
    return Member(f"id of {who}@{host}", who, host, role, BEGAN - joined * DAY, **more)  # type: ignore[arg-type]


def found(facts: StoreFacts) -> dict[str, Fault]:
    """The faults by kind."""
    return {fault.kind: fault for fault in find_faults(facts)}


def fault_of(facts: StoreFacts, kind: str) -> Fault:
    """The one fault that is there, which is of that kind."""
    faults = found(facts)
    assert list(faults) == [kind]
    return faults[kind]


TEAM = (member("alice", role="admin", joined=3), member("eve", joined=-2), member("bob", joined=2))


def twins(*runs: RunFact, **results: Sequence[ResultFact]) -> StoreFacts:
    """A store with runs of one moment, and their results."""
    return StoreFacts(
        NOW, twins=runs, members=TEAM, results={key: tuple(value) for key, value in results.items()}
    )


def test_a_sound_store_has_no_fault() -> None:
    """Nothing is found where nothing is wrong, nor in a store with nothing in it."""
    assert find_faults(StoreFacts(NOW)) == ()
    assert find_faults(StoreFacts(NOW, members=TEAM)) == ()


# ---- Duplicate uploads ---------------------------------------------------------------------------------------


def test_an_upload_of_what_was_pulled_is_closed() -> None:
    """The newcomer's run names the one it repeats, and its results count as replaced."""
    facts = twins(run("a"), run("e", "eve"), a=[result("1", "a")], e=[result("2", "e")])
    fault = fault_of(facts, "duplicate uploads")
    assert fault.subjects == ("e of eve@eve-laptop is a copy of a of alice@alice-laptop",)
    said = "A copy of a of alice@alice-laptop, uploaded by eve@eve-laptop."
    assert fault.repairs == (
        Repair(
            "runs",
            "e",
            {"status": "success", "error_text": None},
            {"status": "cancelled", "error_text": said},
        ),
        Repair("results", "2", {"superseded_at": None}, {"superseded_at": NOW}),
    )
    closed = run("e", "eve", status="cancelled", error_text=said)
    assert find_faults(twins(run("a"), closed)) == ()


def test_a_copy_pulled_before_the_original_was_reviewed_says_nothing_of_its_own() -> None:
    """It lacks decisions and results that came later, and has none that the original lacks."""
    facts = twins(
        run("a"),
        run("e", "eve", status="running"),
        a=[result("1", "a", decided="accepted"), result("2", "a", "a name")],
        e=[result("3", "e")],
    )
    assert [repair.row_id for repair in fault_of(facts, "duplicate uploads").repairs] == ["e", "3"]


@pytest.mark.parametrize(
    "copied", [result("2", "e", decided="custom"), result("2", "e", decided="skipped, for a reason")]
)
def test_a_copy_with_decisions_of_its_own_is_left_to_people(copied: ResultFact) -> None:
    """Nothing that somebody decided is hidden."""
    facts = twins(run("a"), run("e", "eve"), a=[result("1", "a", decided="accepted")], e=[copied])
    fault = fault_of(facts, "duplicate uploads")
    assert (len(fault.subjects), fault.repairs) == (1, ())
    assert "left to people" in fault.message
    assert fault.hint


def test_where_both_were_members_when_it_ran_nobody_is_called_the_copier() -> None:
    """An early member who uploads a colleague's run must not become its author."""
    facts = twins(run("a"), run("b", "bob"), a=[result("1", "a")], b=[result("2", "b")])
    fault = fault_of(facts, "duplicate uploads")
    assert fault.subjects == ("b of bob@bob-laptop and a of alice@alice-laptop are one run",)
    assert fault.repairs == ()


def test_two_who_start_in_one_second_have_two_runs() -> None:
    """A backend that keeps whole seconds makes runs of one moment that have nothing in common."""
    second = BEGAN.replace(microsecond=0)
    one, other = run("a", started_at=second, ended_at=second + DAY), run("e", "eve", started_at=second)
    assert find_faults(twins(one, other)) == ()
    drafted = {"a": [result("1", "a", "of orders")], "e": [result("2", "e", "of returns")]}
    assert find_faults(twins(run("a"), run("e", "eve"), **drafted)) == ()


def test_runs_of_one_member_are_no_upload() -> None:
    """Two runs that a machine began at once are what they are."""
    assert find_faults(twins(run("a"), run("a2"))) == ()


def test_a_copy_of_a_copy_repeats_the_original() -> None:
    """Who pulled both uploads both again; all of them name the first."""
    late = member("zoe", joined=-5)
    facts = replace(twins(run("a"), run("e", "eve"), run("z", "zoe"), run("y", "zoe")), members=(*TEAM, late))
    fault = fault_of(facts, "duplicate uploads")
    assert len(fault.subjects) == 3
    assert all("is a copy of a of alice@alice-laptop" in subject for subject in fault.subjects)


@given(st.permutations([run("a"), run("e", "eve"), run("b", "bob"), run("x", "xavier")]))
def test_the_order_of_rows_decides_nothing(runs: list[RunFact]) -> None:
    """Whatever comes first, the same runs are copies of the same."""
    expected = find_faults(twins(run("a"), run("b", "bob"), run("e", "eve"), run("x", "xavier")))
    assert find_faults(twins(*runs)) == expected


# ---- Results without a run -----------------------------------------------------------------------------------


def test_results_without_a_run_are_counted_by_what_they_name() -> None:
    """They are told, and left: nobody knows where they belong."""
    facts = StoreFacts(NOW, orphans=(Orphans("<unresolved>", "bob-mac", 12), Orphans("", "", 1)))
    fault = fault_of(facts, "results without a run")
    assert fault.message.startswith("13 results name a run that is not in the store")
    assert fault.subjects == ("12 of <unresolved> from bob-mac", "1 of (no run) from ?")
    assert fault.repairs == ()


# ---- Ends ----------------------------------------------------------------------------------------------------


def running(**more: Any) -> RunFact:
    """A run that is said to go on."""
    return run("r", **{"status": "running", "ended_at": None, **more})


def test_a_run_without_a_sign_of_life_for_a_day_is_ended() -> None:
    """An error that it has already is kept."""
    fault = fault_of(StoreFacts(NOW, running=(running(),)), "runs without an end")
    (repair,) = fault.repairs
    assert (repair.before, repair.after["status"]) == ({"status": "running", "error_text": None}, "cancelled")
    assert str(repair.after["error_text"]).startswith("It never ended")
    (repair,) = fault_of(StoreFacts(NOW, running=(running(error_text="429"),)), "runs without an end").repairs
    assert (repair.before, repair.after) == ({"status": "running"}, {"status": "cancelled"})
    ended = running(ended_at=BEGAN + timedelta(hours=1))
    assert fault_of(StoreFacts(NOW, running=(ended,)), "runs without an end").repairs


@pytest.mark.parametrize(
    "at_work",
    [
        running(started_at=NOW - timedelta(hours=23)),
        running(results=3, last_saved_at=NOW - timedelta(minutes=5)),
        running(started_at=NOW - DAY),
        running(started_at=NOW + DAY),
    ],
)
def test_a_run_that_is_really_running_is_no_fault(at_work: RunFact) -> None:
    """It began today, or saved a result a moment ago; a clock that is ahead says nothing."""
    assert find_faults(StoreFacts(NOW, running=(at_work,))) == ()


def test_a_success_with_an_error_and_nothing_drafted_is_a_failure() -> None:
    """What has results is left to people, who can look at them."""
    facts = StoreFacts(
        NOW, contradicting=(run("a", error_text="429\nToo many"), run("b", error_text="timeout", results=3))
    )
    fault = fault_of(facts, "successes with an error")
    assert fault.subjects == ("a of alice@alice-laptop: 429 Too many", "b of alice@alice-laptop: timeout")
    assert fault.repairs == (Repair("runs", "a", {"status": "success"}, {"status": "failed"}),)
    assert fault.hint
    assert find_faults(StoreFacts(NOW, contradicting=(run("a", error_text=" \n"),))) == ()


# ---- Numbers -------------------------------------------------------------------------------------------------


def test_a_local_file_made_anew_leaves_the_number_to_the_newest_run() -> None:
    """In both layouts; the older runs lose theirs."""
    runs = (
        run("old", local_id=7),
        run("older", local_id=7, started_at=BEGAN - DAY),
        run("new", local_id=7, started_at=BEGAN + DAY),
    )
    for is_amx_cli in (True, False):
        fault = fault_of(StoreFacts(NOW, is_amx_cli=is_amx_cli, same_numbers=runs), "shared numbers")
        assert {repair.row_id for repair in fault.repairs} == {"old", "older"}
        assert fault.repairs[0].after == {"local_id": None}
        assert fault.subjects == ("#7@alice-laptop is 3 runs, last new",)
        assert ("amx-cli finds" in fault.message) is is_amx_cli


def test_people_on_a_jump_host_keep_their_numbers() -> None:
    """Each counts alone there. That amx-cli mixes them up is told; nothing is taken away."""
    runs = (run("a", host="jump", local_id=1), run("b", "bob", "jump", local_id=1, started_at=BEGAN + DAY))
    fault = fault_of(StoreFacts(NOW, is_amx_cli=True, same_numbers=runs), "shared numbers")
    assert fault.repairs == ()
    assert fault.subjects == ("#1@jump is 2 runs of alice, bob, last b",)
    assert "that several people work on" in fault.message
    assert "made anew" not in fault.message
    assert find_faults(StoreFacts(NOW, same_numbers=runs)) == ()


def number(result_id: str, run_id: str, who: str = "alice", days: int = 0) -> NumberFact:
    """A result with number 5 of a run that began so many days later."""
    return NumberFact(result_id, "jump", 5, run_id, who, BEGAN + days * DAY)


def test_shared_numbers_of_results_are_left_to_the_newest_of_each_member() -> None:
    """A decision in amx-cli must not land on another column of an older run."""
    facts = StoreFacts(
        NOW,
        is_amx_cli=True,
        same_result_numbers=(number("1", "old"), number("2", "new", days=1), number("3", "bobs", "bob", 2)),
    )
    fault = fault_of(facts, "shared result numbers")
    assert fault.repairs == (Repair("results", "1", {"local_id": 5}, {"local_id": None}),)
    assert fault.subjects == ("result #5@jump is 3 results of alice, bob, last of run bobs",)
    assert find_faults(StoreFacts(NOW, is_amx_cli=True, same_result_numbers=(number("1", "old"),))) == ()


@given(
    st.lists(
        st.builds(
            lambda place, who, days, number: run(
                f"r{place}", who, "jump", local_id=number, started_at=BEGAN + days * DAY
            ),
            st.integers(0, 10_000),
            st.sampled_from(["alice", "bob"]),
            st.integers(0, 5),
            st.integers(1, 3),
        ),
        unique_by=lambda each: each.run_id,
    )
)
def test_after_mending_every_member_has_each_number_once_and_none_is_lost(runs: list[RunFact]) -> None:
    """What keeps a number is the newest of its member; nobody's last run loses its own."""
    facts = StoreFacts(NOW, is_amx_cli=True, same_numbers=tuple(runs))
    cleared = {repair.row_id for fault in find_faults(facts) for repair in fault.repairs}
    kept = [(each.created_by, each.local_id) for each in runs if each.run_id not in cleared]
    assert len(kept) == len(set(kept))
    assert set(kept) == {(each.created_by, each.local_id) for each in runs}


# ---- Members -------------------------------------------------------------------------------------------------


def test_a_store_without_an_active_admin_says_how_to_take_it_over() -> None:
    """Revoked admins and roles that nobody knows are none; with nobody active, a newcomer is needed."""
    gone = member("alice", role="admin", revoked_at=NOW)
    for others in ((member("bob"),), (member("bob"), member("carol", role=None))):
        assert "admin claim" in fault_of(StoreFacts(NOW, members=(gone, *others)), "no active admin").hint
    assert "a newcomer joins" in fault_of(StoreFacts(NOW, members=(gone,)), "no active admin").hint


ADMINS = (member("alice", role="admin"), member("bob", role="admin"), member("carol", role="admin"))
FIRST = tuple(each.member_id for each in ADMINS[:2])


def test_admins_of_simultaneous_first_connections_are_named() -> None:
    """Carol was promoted, and is none of them."""
    fault = fault_of(StoreFacts(NOW, members=ADMINS, first_members=FIRST), "accidental admins")
    assert fault.subjects == ("alice@alice-laptop", "bob@bob-laptop")
    assert "admin demote WHO" in fault.hint


@pytest.mark.parametrize(
    "members",
    [
        (ADMINS[0], replace(ADMINS[1], role="viewer"), ADMINS[2]),
        (ADMINS[0], replace(ADMINS[1], revoked_at=NOW), ADMINS[2]),
        (ADMINS[0], ADMINS[2]),
    ],
)
def test_one_first_admin_is_no_accident(members: tuple[Member, ...]) -> None:
    """Nor where the other was demoted, revoked or is gone."""
    assert find_faults(StoreFacts(NOW, members=members, first_members=FIRST)) == ()


def test_who_was_made_admin_since_is_one_by_intention() -> None:
    """Demoted and promoted again, on record."""
    facts = StoreFacts(NOW, members=ADMINS, first_members=FIRST, made_admin=frozenset(FIRST[:1]))
    assert find_faults(facts) == ()


def test_one_person_under_several_names_is_shown_by_their_names() -> None:
    """A revoked name is not one of them: that is the cure."""
    boss = member("boss", role="admin")
    names = (member("alice"), member("alice@acme.com", "mac"))
    fault = fault_of(StoreFacts(NOW, members=(boss, *names)), "one person, several names")
    assert fault.subjects == ("alice, alice@acme.com",)
    assert find_faults(StoreFacts(NOW, members=(boss, names[0], replace(names[1], revoked_at=NOW)))) == ()


def test_one_machine_under_several_names_is_a_member_twice() -> None:
    """As a laptop that takes another name in each network; servers of two domains are two."""
    boss = member("boss", role="admin")
    mac = (member("alice", "mac"), member("alice", "Mac.local"))
    fault = fault_of(StoreFacts(NOW, members=(boss, *mac)), "one machine, several names")
    assert fault.subjects == ("alice on Mac.local, mac",)
    servers = (member("ci", "web.prod.acme.com"), member("ci", "web.test.acme.com"))
    addresses = (member("ci", "10.0.0.1"), member("ci", "10.0.0.2"))
    assert find_faults(StoreFacts(NOW, members=(boss, *servers, *addresses))) == ()


def test_roles_that_differ_between_a_persons_machines_are_listed() -> None:
    """The highest first; an account that every machine has is no person, and one role on all is no fault."""
    alice = (member("alice", "desktop"), member("alice", "laptop", "admin"))
    fault = fault_of(StoreFacts(NOW, members=alice), "one person, several roles")
    assert fault.subjects == ("alice: admin on laptop, viewer on desktop",)
    roots = (member("root", "a", "admin"), member("root", "b"))
    assert find_faults(StoreFacts(NOW, members=roots)) == ()
    same = tuple(replace(each, role="admin") for each in alice)
    assert find_faults(StoreFacts(NOW, members=same)) == ()


# ---- Decisions -----------------------------------------------------------------------------------------------


def test_decisions_without_who_are_counted_by_run() -> None:
    """The most first; they are told, for nobody can find out."""
    facts = StoreFacts(NOW, unsigned=(Unsigned("a", "alice@laptop", 2), Unsigned("b", "", 30)))
    fault = fault_of(facts, "decisions without who")
    assert fault.message.startswith("32 decisions do not say who made them")
    assert fault.subjects == ("30 on b of ?", "2 on a of alice@laptop")
    assert fault.repairs == ()


# ---- Together ------------------------------------------------------------------------------------------------


def test_what_is_worst_comes_first() -> None:
    """A store that nobody administers, before runs, before names."""
    facts = StoreFacts(
        NOW,
        unsigned=(Unsigned("a", "", 1),),
        running=(running(),),
        members=(member("alice"), member("Alice", "mac")),
    )
    assert list(found(facts)) == [
        "no active admin",
        "runs without an end",
        "one person, several names",
        "decisions without who",
    ]


def test_two_faults_of_one_row_are_mended_at_once_where_they_do_not_collide() -> None:
    """An endless run that shares its number loses both; of two that want the same column the first is taken."""
    end = Repair("runs", "r", {"status": "running"}, {"status": "cancelled"})
    clear = Repair("runs", "r", {"local_id": 7}, {"local_id": None})
    fail = Repair("runs", "r", {"status": "running"}, {"status": "failed"})
    faults = (Fault("a", "", "", repairs=(end,)), Fault("b", "", "", repairs=(clear, fail)))
    (repair,) = merged_repairs(faults)
    assert (repair.before, repair.after) == (
        {"status": "running", "local_id": 7},
        {"status": "cancelled", "local_id": None},
    )
    assert repair.reversed().reversed() == repair


def test_where_there_are_too_many_the_count_says_so() -> None:
    """Not all were read, so no number is claimed."""
    facts = StoreFacts(NOW, running=(running(),), cut=frozenset({"running"}))
    assert fault_of(facts, "runs without an end").message.startswith("at least 1 run")


def test_a_long_list_ends_with_how_many_more() -> None:
    """The first five, and the rest as a number."""
    assert shown_subjects(map(str, range(5))) == ("0", "1", "2", "3", "4")
    assert shown_subjects(map(str, range(1_005)))[-1] == "and 1,000 more"


def test_foreign_text_stays_on_one_line_and_sends_nothing_to_the_terminal() -> None:
    """Names and errors of a store are data."""
    nasty = "al\x1b[31mice\nroot: admin"
    facts = StoreFacts(
        NOW,
        running=(running(created_by=nasty, command=nasty),),
        contradicting=(run("a", nasty, nasty, error_text=nasty),),
        orphans=(Orphans(nasty, nasty, 1),),
        unsigned=(Unsigned(nasty, nasty, 1),),
        members=(member(nasty, nasty, "admin"), member(nasty, "pc")),
    )
    subjects = [subject for fault in find_faults(facts) for subject in fault.subjects]
    assert len(subjects) == 5
    assert not any("\x1b" in subject or "\n" in subject for subject in subjects)
