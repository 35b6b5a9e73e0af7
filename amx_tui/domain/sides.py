"""The sides of a comparison: how runs are called beside each other, and what makes them hard to compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from amx_tui.domain.runs import Run
from amx_tui.domain.text import one_line
from amx_tui.domain.times import exact_time, short_relative_time

__all__ = ["NOT_COMPARABLE", "Side", "make_sides", "newest_side", "side_names", "warnings_of"]

NOT_COMPARABLE = ("search.ask", "ask.run")
"""Commands whose runs describe nothing."""

_WIDEST = 60


@dataclass(frozen=True, slots=True)
class Side:
    """One of the runs that are compared, and how it is called beside the others."""

    run: Run
    name: str
    """`alice (2 hr ago)`; no two sides of a comparison have the same."""
    who: str
    """`alice`, as in `alice added`; the whole name where that alone would not say which side."""
    db_backend: str = ""


def side_names(runs: Sequence[Run], now: datetime) -> tuple[str, ...]:
    """Name runs by member and time, as the AMX documentation does: `alice (2 hr ago)`, `bob (5 days ago)`.

    What stands behind the @ of a member's name is left out where the rest says who it is. Where two names would be the
    same, or one member works on several machines, the machine, the exact time or the run's number is added.

    Returns:
        One name a run, no two of them the same.
    """
    distinct = list({run.run_id: run for run in runs}.values())
    people = _people(distinct)
    pairs = list(zip(distinct, people, strict=True))
    short = [_named(person, short_relative_time(run.started_at, now)) for run, person in pairs]
    exact = [_named(person, exact_time(run.started_at)) for run, person in pairs]
    numbered = [
        _named(person, ", ".join(filter(None, (exact_time(run.started_at), run.local_name or run.run_id))))
        for run, person in pairs
    ]
    found = _where_ambiguous(_where_ambiguous(short, exact), numbered)
    by_id = dict(zip([run.run_id for run in distinct], found, strict=True))
    names = [by_id[run.run_id] for run in runs]
    return tuple(_where_ambiguous(names, [f"{name} [{index}]" for index, name in enumerate(names, 1)]))


def make_sides(
    runs: Sequence[Run], now: datetime, *, backends: Sequence[str] | None = None
) -> tuple[Side, ...]:
    """Make the sides of a comparison.

    Args:
        runs: The runs, the baseline first.
        now: The present moment.
        backends: The backend of the database that each run describes, where it is known.
    """
    names, people = side_names(runs, now), _people(runs)
    amount = Counter(people)
    return tuple(
        Side(run, name, person if amount[person] == 1 else name, backend)
        for run, name, person, backend in zip(runs, names, people, backends or [""] * len(runs), strict=True)
    )


def newest_side(sides: Sequence[Side]) -> int:
    """The index of the run that started last; of two of one moment the one with the greater id."""
    return max(range(len(sides)), key=lambda index: (sides[index].run.started_at, sides[index].run.run_id))


def warnings_of(sides: Sequence[Side]) -> tuple[str, ...]:
    """Say what makes the runs hard to compare, each a sentence."""
    found: list[str] = []
    if len({side.run.run_id for side in sides}) < len(sides):
        found.append("A run is compared with itself.")
    for side in sides:
        if side.run.status == "running":
            found.append(f"{side.name} is still running; its results may change.")
        if side.run.command in NOT_COMPARABLE:
            found.append(f"{side.name} answered questions (`{side.run.command}`), it described nothing.")
    found += _databases(sides)
    return tuple(dict.fromkeys(found))


def _databases(sides: Sequence[Side]) -> list[str]:
    """Whether the runs describe one database, as far as their profiles tell."""
    profiles = [one_line(side.run.db_profile, _WIDEST) for side in sides]
    backends = [one_line(side.db_backend, _WIDEST) for side in sides]
    if len({profile for profile in profiles if profile}) > 1:
        each = _each(sides, lambda index: profiles[index])
        return [f"The runs are of different database profiles: {each}."]
    if len({backend for backend in backends if backend}) > 1:
        each = _each(sides, lambda index: backends[index])
        return [f"The runs are of different kinds of databases: {each}."]
    return []


def _each(sides: Sequence[Side], fact: Callable[[int], str]) -> str:
    return ", ".join(f"{side.name} {fact(index) or 'unknown'}" for index, side in enumerate(sides))


def _people(runs: Sequence[Run]) -> list[str]:
    """Who ran each run: the name up to its @ where no other begins so, and the machine where there are several."""
    names = [one_line(run.created_by, _WIDEST) or "unknown" for run in runs]
    owners: dict[str, set[str]] = {}
    machines: dict[str, set[str]] = {}
    for name, run in zip(names, runs, strict=True):
        owners.setdefault(_user(name), set()).add(name)
        machines.setdefault(name, set()).add(run.hostname)
    found = []
    for name, run in zip(names, runs, strict=True):
        person = _user(name) if len(owners[_user(name)]) == 1 else name
        if len(machines[name]) > 1:
            person = f"{person} on {one_line(run.hostname, _WIDEST) or 'an unknown machine'}"
        found.append(person)
    return found


def _user(name: str) -> str:
    return name.partition("@")[0] or name


def _named(person: str, detail: str) -> str:
    return f"{person} ({detail})" if detail else person


def _where_ambiguous(names: Sequence[str], clearer: Sequence[str]) -> list[str]:
    amount = Counter(names)
    return [better if amount[name] > 1 else name for name, better in zip(names, clearer, strict=True)]
