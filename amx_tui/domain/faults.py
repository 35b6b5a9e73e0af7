"""Faults that real stores carry: what is found, what each costs, and which of them can be mended without a loss."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from amx_tui.domain.members import Member
from amx_tui.domain.membership import active_admins, member_name
from amx_tui.domain.text import one_line

__all__ = [
    "ENDLESS_AFTER",
    "Cell",
    "Fault",
    "Orphans",
    "Repair",
    "ResultFact",
    "RunFact",
    "StoreFacts",
    "find_faults",
    "person_of",
    "shown_subjects",
]

ENDLESS_AFTER = timedelta(hours=24)
"""A run that began longer ago than this, and has not ended, is taken to never end: none takes so long."""

Cell = str | int | datetime | None
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class RunFact:
    """What faults of runs are seen by."""

    run_id: str
    created_by: str
    hostname: str
    local_id: int | None
    status: str
    command: str
    db_profile: str
    started_at: datetime
    error_text: str | None

    @property
    def who(self) -> str:
        """Whose run it is: `alice@laptop`."""
        return f"{one_line(self.created_by, 60)}@{one_line(self.hostname, 60)}"


@dataclass(frozen=True, slots=True)
class ResultFact:
    """What a result says and what became of it, as far as two can be told apart by it."""

    result_id: str
    run_id: str
    local_id: int | None
    superseded_at: datetime | None
    content: tuple[object, ...] = ()
    """The asset, what was drafted, what was decided, whether it was applied."""


@dataclass(frozen=True, slots=True)
class Orphans:
    """Results that name a run which is not there."""

    run_id: str
    hostname: str
    count: int


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What was read of a store to look for faults."""

    now: datetime
    twins: tuple[RunFact, ...] = ()
    """Runs that began in the same moment as one of another member, and did the same."""
    endless: tuple[RunFact, ...] = ()
    contradicting: tuple[RunFact, ...] = ()
    same_numbers: tuple[RunFact, ...] = ()
    """Runs that share host and local number with another."""
    results: Mapping[str, tuple[ResultFact, ...]] = field(default_factory=dict)
    """The results of `twins` and `same_numbers`, by their run."""
    orphans: tuple[Orphans, ...] = ()
    members: tuple[Member, ...] = ()
    first_members: tuple[str, ...] = ()
    """The ids of members who joined as the first of all."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One row that is to change from what it is to what it should be; nothing is ever deleted."""

    table: Literal["runs", "results"]
    row_id: str
    before: Mapping[str, Cell]
    """By the columns' names in the layout `document`; the repair is made only where the row is still so."""
    after: Mapping[str, Cell]

    def reversed(self) -> Repair:
        """The repair that takes this one back."""
        return Repair(self.table, self.row_id, self.after, self.before)


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault, with everything of the store that has it."""

    kind: str
    message: str
    """What it is and what it costs."""
    hint: str
    subjects: tuple[str, ...] = ()
    """The rows that have it, each in a few words."""
    repairs: tuple[Repair, ...] = ()
    mending: str = ""
    """What the repairs do, in a sentence; empty where there are none."""


def find_faults(facts: StoreFacts) -> tuple[Fault, ...]:
    """Name the faults of a store, the most costly first; nothing for one that is in order."""
    found = (
        _duplicates(facts),
        _orphans(facts.orphans),
        _endless(facts),
        _contradicting(facts.contradicting),
        _same_numbers(facts),
        _several_names(facts.members),
        _no_admin(facts.members),
        _accidental_admins(facts),
    )
    return tuple(fault for fault in found if fault is not None)


def person_of(username: str) -> str:
    """The part of a username that spellings of one person share: without case, and what stands behind an @."""
    return username.partition("@")[0].casefold().strip()


# ---- Runs ----------------------------------------------------------------------------------------------------


def _duplicates(facts: StoreFacts) -> Fault | None:
    groups: dict[tuple[datetime, str, str], list[RunFact]] = defaultdict(list)
    for run in facts.twins:
        # A copy that was closed already is no fault any more.
        if not (run.status == "cancelled" and (run.error_text or "").startswith(_COPY)):
            groups[run.started_at, run.command, run.db_profile].append(run)
    joined = {(member.username, member.hostname): member.first_seen_at for member in facts.members}
    subjects: list[str] = []
    repairs: list[Repair] = []
    unlike = 0
    for runs in groups.values():
        if len({(run.created_by, run.hostname) for run in runs}) < 2:
            continue
        original, *copies = sorted(runs, key=lambda run: _joining(joined, run))
        for copy in copies:
            if (copy.created_by, copy.hostname) == (original.created_by, original.hostname):
                continue
            subjects.append(f"{copy.run_id} of {copy.who} is a copy of {original.run_id} of {original.who}")
            is_known = _joining(joined, original) < _joining(joined, copy)
            if is_known and _is_alike(facts.results, original, copy):
                repairs += _closing_copy(facts, original, copy)
            else:
                unlike += 1
    if not subjects:
        return None
    cost = (
        f"{_runs(len(subjects))} {_are(len(subjects))} there twice: whoever joined later had pulled the team's runs "
        "and uploaded them again under another name. Lists, counts and comparisons show the work twice."
    )
    rest = f" {unlike} of them {_differ(unlike)}, and {_are(unlike)} left to people." if unlike else ""
    return Fault(
        "duplicate uploads",
        cost + rest,
        "Have the team upload nothing that it has pulled: history-store enable of this program never does."
        if not repairs
        else "",
        tuple(subjects),
        tuple(repairs),
        "Copies that say nothing of their own are set to cancelled and name the run they repeat; their results "
        "count as replaced."
        if repairs
        else "",
    )


_COPY = "A copy of "


def _joining(joined: Mapping[tuple[str, str], datetime | None], run: RunFact) -> tuple[bool, str]:
    """When a run's member joined, so that it can be sorted; who is unknown comes last."""
    moment = joined.get((run.created_by, run.hostname))
    return (moment is None, moment.isoformat() if moment else "")


def _is_alike(results: Mapping[str, tuple[ResultFact, ...]], original: RunFact, copy: RunFact) -> bool:
    """Whether a copy holds nothing that the original does not."""
    one = sorted(map(repr, (each.content for each in results.get(original.run_id, ()))))
    other = sorted(map(repr, (each.content for each in results.get(copy.run_id, ()))))
    return one == other


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


def _orphans(orphans: Sequence[Orphans]) -> Fault | None:
    count = sum(each.count for each in orphans)
    if not count:
        return None
    nouns = "result names" if count == 1 else "results name"
    return Fault(
        "results without a run",
        f"{count:,} {nouns} a run that is not in the store: what was drafted there is in no list and no comparison. "
        "It was sent before its run was, or the run was deleted.",
        "Nobody can tell which run they belong to; whoever drafted them can run it once more.",
        tuple(
            f"{each.count:,} of {one_line(each.run_id, 60) or '(no run)'} from {one_line(each.hostname, 60) or '?'}"
            for each in orphans
        ),
    )


def _endless(facts: StoreFacts) -> Fault | None:
    runs = facts.endless
    if not runs:
        return None
    repairs = tuple(
        Repair(
            "runs",
            run.run_id,
            {"status": run.status, "error_text": run.error_text},
            {
                "status": "cancelled",
                "error_text": run.error_text
                or "It never ended: the program was gone before it could say so.",
            },
        )
        for run in runs
    )
    verb = "has not ended" if len(runs) == 1 else "have not ended"
    return Fault(
        "runs without an end",
        f"{_runs(len(runs))} {verb} for more than a day: the program that ran them is gone. They look as if "
        "somebody were at work.",
        "",
        tuple(f"{run.run_id} of {run.who}, {run.command}" for run in runs),
        repairs,
        "They are set to cancelled; what they drafted stays, and can be reviewed.",
    )


def _contradicting(runs: Sequence[RunFact]) -> Fault | None:
    if not runs:
        return None
    return Fault(
        "successes with an error",
        f"{_runs(len(runs))} {_are(len(runs))} set to success and carry an error: what they lack is not looked for.",
        "Open each: the error and the results that are there tell which of the two is true.",
        tuple(f"{run.run_id} of {run.who}: {one_line(run.error_text or '', 80)}" for run in runs),
    )


def _same_numbers(facts: StoreFacts) -> Fault | None:
    groups: dict[tuple[str, int | None], list[RunFact]] = defaultdict(list)
    for run in facts.same_numbers:
        groups[run.hostname, run.local_id].append(run)
    repairs: list[Repair] = []
    subjects: list[str] = []
    for (hostname, number), runs in groups.items():
        *older, newest = sorted(runs, key=lambda run: (run.started_at, run.run_id))
        subjects.append(f"#{number}@{one_line(hostname, 60)} is {_runs(len(runs))}, last {newest.run_id}")
        for run in older:
            repairs.append(Repair("runs", run.run_id, {"local_id": run.local_id}, {"local_id": None}))
            repairs += [
                Repair("results", each.result_id, {"local_id": each.local_id}, {"local_id": None})
                for each in facts.results.get(run.run_id, ())
                if each.local_id is not None
            ]
    if not subjects:
        return None
    return Fault(
        "shared numbers",
        f"{len(subjects):,} {'number names' if len(subjects) == 1 else 'numbers name'} several runs of one machine, "
        "whose local file was made anew. amx-cli finds its runs by that number, and writes into whichever it meets.",
        "",
        tuple(subjects),
        tuple(repairs),
        "The newest run keeps its number; older ones, and their results, have none any more.",
    )


# ---- Members -------------------------------------------------------------------------------------------------


def _several_names(members: Sequence[Member]) -> Fault | None:
    names: dict[str, set[str]] = defaultdict(set)
    for member in members:
        if member.is_active:
            names[person_of(member.username)].add(member.username)
    several = [sorted(each) for each in names.values() if len(each) > 1]
    if not several:
        return None
    people = "1 person is a member" if len(several) == 1 else f"{len(several)} people are members"
    return Fault(
        "one person, several names",
        f"It seems that {people} under more than one name: filters by who find a part of the work, and a "
        "revocation under one name leaves the other.",
        "Set AMX_USER to the same on each of that person's machines; an admin revokes the names that are left over.",
        tuple(", ".join(one_line(name, 60) for name in each) for each in several),
    )


def _no_admin(members: Sequence[Member]) -> Fault | None:
    if not members or active_admins(members):
        return None
    return Fault(
        "no active admin",
        "Nobody can promote, revoke or restore members, and newcomers stay viewers.",
        "Any active member may take it over: admin claim.",
    )


def _accidental_admins(facts: StoreFacts) -> Fault | None:
    first = [
        member
        for member in facts.members
        if member.member_id in facts.first_members and member.is_active and member.role == "admin"
    ]
    if len(first) < 2:
        return None
    names = tuple(member_name(member) for member in first)
    return Fault(
        "accidental admins",
        f"{len(first)} members joined as the first one at the same moment, and all of them became admins.",
        "Whoever is none by intention: admin demote WHO.",
        names,
    )


# ---- Wording -------------------------------------------------------------------------------------------------


def _runs(count: int) -> str:
    return f"{count:,} run{'' if count == 1 else 's'}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _differ(count: int) -> str:
    return "differs from its original" if count == 1 else "differ from their originals"


def shown_subjects(subjects: Iterable[str]) -> tuple[str, ...]:
    """The first few of what has a fault, and how many more there are."""
    every = tuple(subjects)
    if len(every) <= _SHOWN:
        return every
    return (*every[:_SHOWN], f"and {len(every) - _SHOWN:,} more")
