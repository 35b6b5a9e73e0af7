"""What faults are seen by, what one is, and what mends it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from amx_tui.domain.members import Member
from amx_tui.domain.text import one_line

__all__ = [
    "ENDLESS_AFTER",
    "Cell",
    "Fault",
    "NumberFact",
    "Orphans",
    "Repair",
    "ResultFact",
    "RunFact",
    "StoreFacts",
    "Unsigned",
    "are",
    "many",
    "merged_repairs",
    "shown_subjects",
]

ENDLESS_AFTER = timedelta(hours=24)
"""A run that has given no sign of life for longer, and has not ended, is taken to never end."""

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
    ended_at: datetime | None = None
    results: int = 0
    """How many results it has."""
    last_saved_at: datetime | None = None
    """When the newest of them was saved."""

    @property
    def who(self) -> str:
        """Whose run it is: `alice@laptop`."""
        return f"{one_line(self.created_by, 60)}@{one_line(self.hostname, 60)}"

    @property
    def member(self) -> tuple[str, str]:
        """The member whose run it is."""
        return self.created_by, self.hostname


@dataclass(frozen=True, slots=True)
class ResultFact:
    """What a result says and what became of it, as far as two can be told apart by it."""

    result_id: str
    run_id: str
    superseded_at: datetime | None
    drafted: str
    """A digest of the asset and what was drafted for it."""
    decided: str = ""
    """A digest of what was decided and applied; empty where nothing was."""


@dataclass(frozen=True, slots=True)
class NumberFact:
    """A result that shares host and local number with another."""

    result_id: str
    hostname: str
    local_id: int
    run_id: str
    created_by: str
    """Whose run it is of."""
    started_at: datetime
    """When that run began."""


@dataclass(frozen=True, slots=True)
class Orphans:
    """Results that name a run which is not there."""

    run_id: str
    hostname: str
    count: int


@dataclass(frozen=True, slots=True)
class Unsigned:
    """Decisions on the results of one run that nobody's name stands at."""

    run_id: str
    who: str
    """Whose run it is."""
    count: int


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What was read of a store to look for faults."""

    now: datetime
    is_amx_cli: bool = False
    """Whether amx-cli works on the store too, which finds its rows by host and local number."""
    twins: tuple[RunFact, ...] = ()
    """Runs that began in the same moment as one of another member, and did the same."""
    running: tuple[RunFact, ...] = ()
    contradicting: tuple[RunFact, ...] = ()
    """Runs set to success that carry an error."""
    same_numbers: tuple[RunFact, ...] = ()
    """Runs that share host and local number with another."""
    same_result_numbers: tuple[NumberFact, ...] = ()
    results: Mapping[str, tuple[ResultFact, ...]] = field(default_factory=dict)
    """The results of `twins`, by their run."""
    orphans: tuple[Orphans, ...] = ()
    unsigned: tuple[Unsigned, ...] = ()
    members: tuple[Member, ...] = ()
    first_members: tuple[str, ...] = ()
    """The ids of members who joined as the first of all."""
    made_admin: frozenset[str] = frozenset()
    """The ids of members whom somebody made admin, or who claimed it, at any time."""
    cut: frozenset[str] = frozenset()
    """Names of the facts above that were read in part, because there are too many."""


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
    """What people can do; empty where the repairs do it all."""
    subjects: tuple[str, ...] = ()
    """The rows that have it, each in a few words."""
    repairs: tuple[Repair, ...] = ()
    mending: str = ""
    """What the repairs do, in a sentence; empty where there are none."""


def merged_repairs(faults: Iterable[Fault]) -> tuple[Repair, ...]:
    """All repairs of some faults, one a row.

    Two of one row become one where they change different columns; else the first is taken, and what is left is found
    by the next look.
    """
    found: dict[tuple[str, str], Repair] = {}
    for fault in faults:
        for repair in fault.repairs:
            key = (repair.table, repair.row_id)
            known = found.setdefault(key, repair)
            if known is not repair and not known.after.keys() & repair.after.keys():
                found[key] = Repair(
                    repair.table,
                    repair.row_id,
                    {**known.before, **repair.before},
                    {**known.after, **repair.after},
                )
    return tuple(found.values())


def shown_subjects(subjects: Iterable[str], most: int = _SHOWN) -> tuple[str, ...]:
    """The first few of what has a fault, and how many more there are."""
    every = tuple(subjects)
    if len(every) <= most:
        return every
    return (*every[:most], f"and {len(every) - most:,} more")


def many(count: int, noun: str, *, is_cut: bool = False) -> str:
    """Count things for people: "1 run", "1,000 runs", "at least 1,000 runs" where not all were read."""
    return f"{'at least ' if is_cut else ''}{count:,} {noun}{'' if count == 1 else 's'}"


def are(count: int) -> str:
    """The verb for so many."""
    return "is" if count == 1 else "are"
