"""Faults of runs: stored twice, never ended, succeeded with an error; and results whose run is not there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from amx_tui.domain.faults.model import (
    ENDLESS_AFTER,
    Cell,
    Fault,
    Repair,
    ResultFact,
    RunFact,
    StoreFacts,
    Unsigned,
    are,
    many,
)
from amx_tui.domain.text import one_line

__all__ = ["contradicting", "duplicates", "endless", "orphans", "unsigned"]

_COPY = "A copy of "
_GONE = "It never ended: the program was gone before it could say so."


# ---- Stored twice --------------------------------------------------------------------------------------------


def duplicates(facts: StoreFacts) -> Fault | None:
    """Runs that are in the store once more, under the name of who uploaded what he had pulled."""
    groups: dict[tuple[datetime, str, str], list[RunFact]] = defaultdict(list)
    for run in facts.twins:
        # A copy that was closed already is no fault any more.
        if not (run.status == "cancelled" and (run.error_text or "").startswith(_COPY)):
            groups[run.started_at, run.command, run.db_profile].append(run)
    joined = {(member.username, member.hostname): member.first_seen_at for member in facts.members}
    subjects: list[str] = []
    repairs: list[Repair] = []
    left = 0
    for runs in groups.values():
        original, *others = sorted(runs, key=lambda run: (*_joining(joined, run), run.run_id))
        for copy in others:
            if copy.member == original.member or not _is_one_run(facts.results, original, copy):
                continue
            if not _is_upload(joined, original, copy):
                subjects.append(
                    f"{copy.run_id} of {copy.who} and {original.run_id} of {original.who} are one run"
                )
                left += 1
                continue
            subjects.append(f"{copy.run_id} of {copy.who} is a copy of {original.run_id} of {original.who}")
            if _says_nothing_new(facts.results, original, copy):
                repairs += _closing_copy(facts, original, copy)
            else:
                left += 1
    if not subjects:
        return None
    count = len(subjects)
    cost = (
        f"{many(count, 'run', is_cut='twins' in facts.cut)} {are(count)} there twice: somebody had pulled the team's "
        "runs and uploaded them again under another name. Lists, counts and comparisons show the work twice."
    )
    rest = (
        f" {left:,} of them {'holds' if left == 1 else 'hold'} decisions of their own, or could be either's, and "
        f"{are(left)} left to people."
        if left
        else ""
    )
    return Fault(
        "duplicate uploads",
        cost + rest,
        "Upload nothing that was pulled: history-store enable of this program never does." if left else "",
        tuple(subjects),
        tuple(repairs),
        "copies that say nothing of their own are set to cancelled and name the run they repeat; their results "
        "count as replaced."
        if repairs
        else "",
    )


def _joining(joined: Mapping[tuple[str, str], datetime | None], run: RunFact) -> tuple[bool, str]:
    """When a run's member joined, so that it can be sorted; who is unknown comes last."""
    moment = joined.get(run.member)
    return (moment is None, moment.isoformat() if moment else "")


def _is_one_run(results: Mapping[str, tuple[ResultFact, ...]], one: RunFact, other: RunFact) -> bool:
    """Whether two runs that began in one moment are one: they drafted the same, one perhaps less of it.

    Where neither drafted anything, a moment told to the microsecond or a common end says so; two who start in one
    whole second may be two.
    """
    drafted, also = (Counter(each.drafted for each in results.get(run.run_id, ())) for run in (one, other))
    if drafted and also:
        return also <= drafted or drafted <= also
    is_exact = one.started_at.microsecond != 0
    return is_exact or (one.ended_at is not None and one.ended_at == other.ended_at)


def _is_upload(joined: Mapping[tuple[str, str], datetime | None], original: RunFact, copy: RunFact) -> bool:
    """Whether the copy is surely the copy: its member joined later, and after the run had begun.

    Where both were members already when it ran, either may have run it.
    """
    since = joined.get(copy.member)
    earlier = joined.get(original.member)
    if earlier is None or since is None:
        return False
    return earlier < since and copy.started_at < since


def _says_nothing_new(
    results: Mapping[str, tuple[ResultFact, ...]], original: RunFact, copy: RunFact
) -> bool:
    """Whether a copy holds no draft and no decision that the original does not."""
    known = Counter(each.drafted for each in results.get(original.run_id, ()))
    decided = {(each.drafted, each.decided) for each in results.get(original.run_id, ())}
    copied = results.get(copy.run_id, ())
    return Counter(each.drafted for each in copied) <= known and all(
        not each.decided or (each.drafted, each.decided) in decided for each in copied
    )


def _closing_copy(facts: StoreFacts, original: RunFact, copy: RunFact) -> list[Repair]:
    said = f"{_COPY}{original.run_id} of {original.who}, uploaded by {copy.who}."
    before: dict[str, Cell] = {"status": copy.status, "error_text": copy.error_text}
    repairs = [Repair("runs", copy.run_id, before, {"status": "cancelled", "error_text": said})]
    repairs += [
        Repair("results", each.result_id, {"superseded_at": None}, {"superseded_at": facts.now})
        for each in facts.results.get(copy.run_id, ())
        if each.superseded_at is None
    ]
    return repairs


# ---- Results without a run -----------------------------------------------------------------------------------


def orphans(facts: StoreFacts) -> Fault | None:
    """Results that name a run which is not in the store."""
    count = sum(each.count for each in facts.orphans)
    if not count:
        return None
    names = "names" if count == 1 else "name"
    return Fault(
        "results without a run",
        f"{many(count, 'result', is_cut='orphans' in facts.cut)} {names} a run that is not in the store: what was "
        "drafted there is in no list and no comparison. It was sent before its run was, or the run was deleted.",
        "Nobody can tell which run they belong to; whoever drafted them can run it once more.",
        tuple(
            f"{each.count:,} of {one_line(each.run_id, 60) or '(no run)'} from {one_line(each.hostname, 60) or '?'}"
            for each in facts.orphans
        ),
    )


# ---- Ends ----------------------------------------------------------------------------------------------------


def endless(facts: StoreFacts) -> Fault | None:
    """Runs that are still called running long after their last sign of life."""
    runs = [run for run in facts.running if not _is_at_work(run, facts.now)]
    if not runs:
        return None
    repairs = tuple(_ending(run) for run in runs)
    verb = "has not ended" if len(runs) == 1 else "have not ended"
    return Fault(
        "runs without an end",
        f"{many(len(runs), 'run', is_cut='running' in facts.cut)} {verb}, and nothing came for more than a day: the "
        "program that ran them is gone, or its last word was lost. They look as if somebody were at work.",
        "",
        tuple(f"{run.run_id} of {run.who}, {one_line(run.command, 60)}" for run in runs),
        repairs,
        "they are set to cancelled; what they drafted stays, and can be reviewed.",
    )


def _is_at_work(run: RunFact, now: datetime) -> bool:
    """Whether a run may still be going on: it began, or saved a result, not long ago."""
    signs = (run.started_at, run.last_saved_at, run.ended_at)
    return max(sign for sign in signs if sign is not None) >= now - ENDLESS_AFTER


def _ending(run: RunFact) -> Repair:
    before: dict[str, Cell] = {"status": run.status}
    after: dict[str, Cell] = {"status": "cancelled"}
    if not (run.error_text or "").strip():
        before["error_text"], after["error_text"] = run.error_text, _GONE
    return Repair("runs", run.run_id, before, after)


def contradicting(facts: StoreFacts) -> Fault | None:
    """Runs that are called a success although an error stands in them."""
    runs = [run for run in facts.contradicting if (run.error_text or "").strip()]
    if not runs:
        return None
    empty = [run for run in runs if not run.results]
    repairs = tuple(Repair("runs", run.run_id, {"status": run.status}, {"status": "failed"}) for run in empty)
    count = len(runs)
    return Fault(
        "successes with an error",
        f"{many(count, 'run', is_cut='contradicting' in facts.cut)} {are(count)} set to success and "
        f"{'carries' if count == 1 else 'carry'} an error: what they lack is not looked for.",
        "Open each that has results: the error and what is there tell which of the two is true."
        if len(empty) < count
        else "",
        tuple(f"{run.run_id} of {run.who}: {one_line(run.error_text or '', 80)}" for run in runs),
        repairs,
        "those without any result are set to failed." if repairs else "",
    )


# ---- Decisions -----------------------------------------------------------------------------------------------


def unsigned(facts: StoreFacts) -> Fault | None:
    """Decisions that do not say who made them."""
    count = sum(each.count for each in facts.unsigned)
    if not count:
        return None
    does = "does not say who made it" if count == 1 else "do not say who made them"
    return Fault(
        "decisions without who",
        f"{many(count, 'decision', is_cut='unsigned' in facts.cut)} {does}: nobody can be asked why a description was "
        "taken or rejected, and a review shows no name. amx-cli stores none.",
        "Who decided earlier cannot be found out; decisions made with this program say it.",
        _unsigned_subjects(facts.unsigned),
    )


def _unsigned_subjects(found: Sequence[Unsigned]) -> tuple[str, ...]:
    ordered = sorted(found, key=lambda each: (-each.count, each.run_id))
    return tuple(
        f"{each.count:,} on {one_line(each.run_id, 60) or '(no run)'} of {one_line(each.who, 120) or '?'}"
        for each in ordered
    )
