"""Local numbers that name more than one row of a machine, by which amx-cli finds its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

from amx_tui.domain.faults.model import Fault, NumberFact, Repair, RunFact, StoreFacts, many
from amx_tui.domain.text import one_line

__all__ = ["shared_numbers", "shared_result_numbers"]

_Row = TypeVar("_Row", RunFact, NumberFact)
_CURE = (
    "Where several people work on one machine, let them use this program there: it finds rows by their ids. No "
    "number of theirs is taken away, for each of them still needs it."
)


def shared_numbers(facts: StoreFacts) -> Fault | None:
    """Runs of one machine with one number: of a local file that was made anew, or of people who share the machine.

    Only in amx-cli's layout do the numbers of different people collide; elsewhere nothing is found by them.
    """
    groups: dict[tuple[str, int | None], list[RunFact]] = defaultdict(list)
    for run in facts.same_numbers:
        groups[run.hostname, run.local_id].append(run)
    subjects: list[str] = []
    repairs: list[Repair] = []
    is_shared = False
    for (hostname, number), runs in groups.items():
        ordered = sorted(runs, key=lambda run: (run.started_at, run.run_id))
        older = _older(ordered)
        people = {run.created_by for run in runs}
        if len(people) > 1 and facts.is_amx_cli:
            is_shared = True
        elif not older:
            continue
        subjects.append(
            f"#{number}@{one_line(hostname, 60)} is {many(len(runs), 'run')}{_of(people)}, last {ordered[-1].run_id}"
        )
        repairs += [
            Repair("runs", run.run_id, {"local_id": run.local_id}, {"local_id": None}) for run in older
        ]
    if not subjects:
        return None
    cost = (
        "amx-cli finds its runs by that number, and writes into whichever it meets."
        if facts.is_amx_cli
        else "The number does not tell any more which run is meant."
    )
    return Fault(
        "shared numbers",
        f"{_names(len(subjects), is_cut='same_numbers' in facts.cut)} several runs of one machine"
        f"{_why(bool(repairs), is_shared)}. {cost}",
        _CURE if is_shared else "",
        tuple(subjects),
        tuple(repairs),
        "the newest run of each member keeps its number; older ones have none any more." if repairs else "",
    )


def shared_result_numbers(facts: StoreFacts) -> Fault | None:
    """Results of one machine with one number, by which amx-cli finds where a decision belongs."""
    groups: dict[tuple[str, int], list[NumberFact]] = defaultdict(list)
    for result in facts.same_result_numbers:
        groups[result.hostname, result.local_id].append(result)
    subjects: list[str] = []
    repairs: list[Repair] = []
    is_shared = False
    for (hostname, number), results in groups.items():
        if len(results) < 2:
            continue
        ordered = sorted(results, key=lambda result: (result.started_at, result.run_id, result.result_id))
        people = {result.created_by for result in results}
        is_shared = is_shared or len(people) > 1
        subjects.append(
            f"result #{number}@{one_line(hostname, 60)} is {many(len(results), 'result')}{_of(people)}, last of run "
            f"{ordered[-1].run_id}"
        )
        repairs += [
            Repair("results", result.result_id, {"local_id": result.local_id}, {"local_id": None})
            for result in _older(ordered)
        ]
    if not subjects:
        return None
    return Fault(
        "shared result numbers",
        f"{_names(len(subjects), is_cut='same_result_numbers' in facts.cut)} several results of one machine"
        f"{_why(bool(repairs), is_shared)}. amx-cli stores a decision at whichever it meets, which may be another "
        "column's.",
        _CURE if is_shared else "",
        tuple(subjects),
        tuple(repairs),
        "the newest result of each member keeps its number; older ones have none any more."
        if repairs
        else "",
    )


def _older(ordered: Sequence[_Row]) -> list[_Row]:
    """Those rows, the newest last, behind which their own member has a newer one."""
    newest = {row.created_by: row for row in ordered}
    return [row for row in ordered if row is not newest[row.created_by]]


def _names(count: int, *, is_cut: bool) -> str:
    return f"{many(count, 'number', is_cut=is_cut)} {'names' if count == 1 else 'name'}"


def _of(people: Iterable[str]) -> str:
    """Whose they are, where that is more than one."""
    names = sorted(one_line(name, 60) or "?" for name in people)
    return f" of {', '.join(names)}" if len(names) > 1 else ""


def _why(is_anew: bool, is_shared: bool) -> str:
    reasons = [
        reason
        for reason, holds in (
            ("whose local file was made anew", is_anew),
            ("that several people work on", is_shared),
        )
        if holds
    ]
    return ", " + " or ".join(reasons) if reasons else ""
