"""Intents that were left open: the database says what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from amx_tui.domain.applications import Application, IntentOutcome
from amx_tui.domain.assets import AssetFacts, AssetName
from amx_tui.domain.identity import Identity
from amx_tui.domain.times import exact_time
from amx_tui.drafts.sessions import is_session_alive

__all__ = ["is_abandoned", "open_note", "settled_note", "settled_outcome"]


def is_abandoned(application: Application, identity: Identity, home: Path, now: datetime) -> bool:
    """Say whether nobody is about to write an open intent any more.

    A session on this machine is known to be alive or dead; of another one only its age tells.
    """
    from amx_tui.store.applications import LEASE

    if application.who == str(identity):
        is_alive = is_session_alive(home, application.destination.session_id)
        if is_alive is not None:
            return not is_alive
    intended = application.intended_at
    return intended is None or (now.astimezone(UTC) - intended) > LEASE


def settled_outcome(application: Application, facts: Mapping[AssetName, AssetFacts]) -> IntentOutcome:
    """Read from the database what became of an intent."""
    intent = application.intent
    found = facts.get(intent.name)
    if found is None:
        status, error = "unknown", "The database has no such asset any more."
    elif found.comment == intent.new_comment:
        status, error = "applied", ""
    elif found.comment == intent.old_comment:
        status, error = "skipped", "The program ended before it was written."
    else:
        status, error = "unknown", "The program ended, and another comment is there by now."
    return IntentOutcome(
        intent.application_id,
        intent.result_id,
        status,  # type: ignore[arg-type]  # each of them is a status
        intent.old_comment,
        error,
        intent.action,
    )


def settled_note(outcomes: Iterable[IntentOutcome]) -> str:
    """Say what was settled; empty where nothing was."""
    counts = {"applied": 0, "skipped": 0, "unknown": 0}
    for outcome in outcomes:
        counts[outcome.status] += 1
    words = {"applied": "written", "skipped": "not written", "unknown": "unknown, so look at them"}
    said = [f"{count} {words[status]}" for status, count in counts.items() if count]
    total = sum(counts.values())
    if not total:
        return ""
    what = "comment was" if total == 1 else "comments were"
    return f"{total} {what} left open by a program that ended; the database says: {', '.join(said)}."


def open_note(applications: Iterable[Application], why: str) -> str:
    """Say that intents stay open, whose they are, and why; empty where there are none."""
    left = list(applications)
    if not left:
        return ""
    first = left[0]
    who = sorted({each.who for each in left})
    noun = "comment is" if len(left) == 1 else "comments are"
    return f"{len(left)} {noun} {why}: by {', '.join(who)}, since {exact_time(first.intended_at)}."
