"""The demo's team as plain data: members, their runs and what these drafted. Pure: it knows no store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid5

from amx_tui.domain.identity import Identity
from amx_tui.domain.members import Member
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.scope import Scope
from amx_tui.services.demo.dictionary import assets_of, tables_of
from amx_tui.services.demo.drafting import Draft, draft_results
from amx_tui.services.demo.story import ALICE, BOB, BY_HAND, CAROL, STORY, Chapter, Person

__all__ = ["PROFILE", "DemoRun", "DemoTeam", "make_team"]

_NAMESPACE = UUID("9a1d5a3e-1c1f-5c55-8f43-0f5f2c8d2f60")
PROFILE = "shop-dwh"
"""The profile that leads to the described database."""

_COMMENTS = {
    "sales.customer": "customer master",
    "sales.customer.c_email": "E-Mail",
    "sales.orders.o_status": "status",
    "sales.orders.o_total_price": "total gross",
    "finance.ledger_entry": "GL lines",
    "finance.ledger_entry.le_amount": "amount EUR, +debit/-credit",
    "finance.invoice.i_kind": "INVOICE|CREDIT",
    "catalog.product.p_status": "see wiki",
    "catalog.product_variant.pv_ean": "EAN13",
}
"""What the warehouse said before anyone used AMX."""


@dataclass(frozen=True, slots=True)
class DemoRun:
    """A run with everything that it drafted."""

    identity: Identity
    """Whose run it is."""
    run: NewRun
    results: tuple[NewResult, ...]


@dataclass(frozen=True, slots=True)
class DemoTeam:
    """A team that has used AMX for six weeks."""

    now: datetime
    members: tuple[Member, ...]
    """The first is the admin, as whom the demo is opened."""
    runs: tuple[DemoRun, ...]
    """Oldest first."""
    comments: Mapping[str, str]
    """What the described database says when the story ends, by qualified name."""


def make_team(now: datetime, *, hostname: str) -> DemoTeam:
    """Make the demo's team.

    Args:
        now: When the story ends, in UTC; the same moment and hostname give the same team, to the letter.
        hostname: The machine of the member as whom the demo is opened.
    """
    comments = dict(_COMMENTS)
    told = sorted(((_started(chapter, now), chapter) for chapter in STORY), key=lambda pair: pair[0])
    taken: set[str] = set()
    runs: list[DemoRun] = []
    for started, chapter in told:
        run_id = _next_id(started, chapter.person, runs, taken)
        taken.add(run_id)
        runs.append(_run(run_id, started, chapter, now, hostname, comments))
    members = tuple(_member(person, now, hostname, runs) for person in (ALICE, BOB, CAROL))
    return DemoTeam(now, members, tuple(runs), comments | BY_HAND)


def _started(chapter: Chapter, now: datetime) -> datetime:
    """When a run of the story began, at a moment that does not look made up."""
    odd = timedelta(
        seconds=Random(chapter.when).randrange(60), milliseconds=Random(chapter.when).randrange(1000)
    )
    if chapter.when.startswith("-"):
        return now + timedelta(minutes=int(chapter.when)) - odd
    days, clock = chapter.when.split()
    hour, minute = clock.split(":")
    day = (now - timedelta(days=int(days))).replace(
        hour=int(hour), minute=int(minute), second=0, microsecond=0
    )
    return day + odd


def _next_id(started: datetime, person: Person, earlier: list[DemoRun], taken: set[str]) -> str:
    """The id of a member's next run of that day; where someone else has it, the next free number."""
    same_day = [
        demo
        for demo in earlier
        if demo.identity.username == person.username and demo.run.started_at.date() == started.date()
    ]
    number = len(same_day) + 1
    while (run_id := f"run_{started:%Y-%m-%d_%H-%M}-{number:03}") in taken:
        number += 1
    return run_id


def _run(
    run_id: str, started: datetime, chapter: Chapter, now: datetime, hostname: str, comments: dict[str, str]
) -> DemoRun:
    person = chapter.person
    is_running = chapter.status == "running"
    ended = now if is_running else started + timedelta(minutes=chapter.minutes) * chapter.progress
    results = draft_results(Draft(chapter, started, ended, now), comments)
    selected = sum(len(tables or tables_of(schema)) for schema, tables in chapter.scope.items())
    seconds = (ended - started).total_seconds()
    run = NewRun(
        run_id=run_id,
        started_at=started,
        ended_at=None if is_running else ended,
        duration_sec=None if is_running else round(seconds, 1),
        status=chapter.status,
        scope=Scope(tuple(chapter.scope.items())),
        command=chapter.command,
        mode=chapter.mode,
        db_backend="sqlite",
        db_profile=PROFILE,
        llm_provider=person.llm[0],
        llm_model=person.llm[1],
        llm_profile=person.llm[3],
        settings=_settings(chapter),
        metrics=None
        if is_running
        else {"model_processing_sec": round(seconds * 0.62, 2), "tables": selected},
        tokens=None if is_running else _tokens(len(results), person),
        error_text=chapter.error,
        selected_count=selected,
        planned_count=sum(1 for schema, tables in chapter.scope.items() for _ in assets_of(schema, tables)),
        review_strategy=chapter.strategy,
        client_version=person.client_version,
    )
    return DemoRun(_identity(person, hostname), run, tuple(results))


def _settings(chapter: Chapter) -> JsonValue:
    return {
        "prompt_detail": "standard",
        "language": "english",
        "n_alternatives": 3,
        "temperature": 0.2,
        "column_batch_size": 10 if chapter.mode == "chat" else 40,
        "missing_only": chapter.command == "rerun",
    }


def _tokens(results: int, person: Person) -> JsonValue:
    asked = 1850 + results * 214
    answered = 120 + results * 61
    total = asked + answered
    cost = round(total / 1000 * person.cost_per_1000, 6)
    return {
        "total_tokens": total,
        "total_cost_usd": cost,
        "summary": [["profile_agent", asked, answered, total, 1.0]],
    }


def _member(person: Person, now: datetime, hostname: str, runs: list[DemoRun]) -> Member:
    own = [demo.run for demo in runs if demo.identity.username == person.username]
    joined = (now - timedelta(days=person.joined)).replace(hour=5, minute=30, second=0, microsecond=0)
    return Member(
        member_id=str(uuid5(_NAMESPACE, person.username)),
        username=person.username,
        hostname=_identity(person, hostname).hostname,
        role=person.role,
        first_seen_at=joined,
        last_seen_at=max(run.ended_at or now for run in own),
        client_version=person.client_version,
        display_name=person.display_name,
        version=1 if person is ALICE or person.role == "viewer" else 2,
    )


def _identity(person: Person, hostname: str) -> Identity:
    return Identity(person.username, person.hostname or hostname)
