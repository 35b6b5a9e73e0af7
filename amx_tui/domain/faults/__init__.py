"""Faults that real stores carry: what is found, what each costs, and which of them can be mended without a loss."""

from __future__ import annotations

from amx_tui.domain.faults import members, numbers, runs
from amx_tui.domain.faults.model import (
    ENDLESS_AFTER,
    Cell,
    Fault,
    NumberFact,
    Orphans,
    Repair,
    ResultFact,
    RunFact,
    StoreFacts,
    Unsigned,
    merged_repairs,
    shown_subjects,
)

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
    "find_faults",
    "merged_repairs",
    "shown_subjects",
]

_KINDS = (
    members.no_admin,
    members.accidental_admins,
    runs.duplicates,
    runs.orphans,
    runs.endless,
    runs.contradicting,
    numbers.shared_numbers,
    numbers.shared_result_numbers,
    members.several_names,
    members.several_machines,
    members.several_roles,
    runs.unsigned,
)


def find_faults(facts: StoreFacts) -> tuple[Fault, ...]:
    """Name the faults of a store, the most costly first; nothing for one that is in order."""
    return tuple(fault for find in _KINDS if (fault := find(facts)) is not None)
