"""The audit trail of comments: that one is about to be written, and what became of it.

An attempt to write one comment is one application. Its intent is stored before anything is written, its outcome
after; in between, a crash leaves an open one, which whoever comes next settles by looking at the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from amx_tui.domain.assets import AssetName

__all__ = [
    "Action",
    "Application",
    "ApplicationStatus",
    "Begun",
    "Destination",
    "Intent",
    "IntentOutcome",
    "Refusal",
    "RefusalKind",
    "application_word",
    "read_status",
    "standing",
    "status_after_applying",
]

Action = Literal["apply", "undo"]
ApplicationStatus = Literal["intended", "applied", "failed", "skipped", "unknown"]
"""`skipped`: the comment was left alone. `unknown`: nobody can say whether it was written."""

RefusalKind = Literal["gone", "decided", "superseded", "busy"]

_WORDS: dict[ApplicationStatus, str] = {
    "intended": "… being written",
    "applied": "✓ written",
    "failed": "✗ failed",
    "skipped": "– left alone",
    "unknown": "? unknown",
}


def read_status(stored: str) -> ApplicationStatus:
    """Read a stored status; a value that nobody knows is unknown."""
    match stored:
        case "intended" | "applied" | "failed" | "skipped":
            return stored
        case _:
            return "unknown"


def application_word(application: Application) -> str:
    """What became of an application as it is shown: a sign and a word."""
    if application.intent.action == "undo" and application.status == "applied":
        return "↶ undone"
    return _WORDS[application.status]


@dataclass(frozen=True, slots=True)
class Destination:
    """The database that is written to, and the session that writes."""

    db_profile: str
    db_backend: str
    db_place: str
    session_id: str


@dataclass(frozen=True, slots=True)
class Intent:
    """One comment that is about to be written."""

    application_id: str
    result_id: str
    run_id: str
    name: AssetName
    asset_kind: str
    old_comment: str
    """What the database holds right before."""
    new_comment: str
    action: Action = "apply"
    undoes_id: str = ""
    """The application that is undone; empty unless the action is `undo`."""


@dataclass(frozen=True, slots=True)
class IntentOutcome:
    """What became of an intent."""

    application_id: str
    result_id: str
    status: ApplicationStatus
    old_comment: str
    """What was really there right before, or what the intent says where that is not known."""
    error_text: str = ""
    action: Action = "apply"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An intent that was not stored, so that its comment must not be written."""

    result_id: str
    kind: RefusalKind
    who: str = ""
    """Who is writing the same comment, where the kind is `busy`."""

    @property
    def reason(self) -> str:
        """The reason as a sentence."""
        match self.kind:
            case "gone":
                return "The result is not there any more."
            case "decided":
                return "Somebody decided otherwise about it meanwhile."
            case "superseded":
                return "A later run replaced it meanwhile."
            case "busy":
                return f"{self.who or 'Somebody'} is writing this comment right now."


@dataclass(frozen=True, slots=True)
class Begun:
    """Which intents were stored, and which were refused."""

    application_ids: frozenset[str] = frozenset()
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Application:
    """One attempt to write one comment, as the store holds it."""

    intent: Intent
    destination: Destination
    applied_by: str
    hostname: str
    intended_at: datetime | None
    status: ApplicationStatus
    finished_at: datetime | None = None
    error_text: str = ""
    client_version: str = ""

    @property
    def who(self) -> str:
        """The member who wrote, with the machine."""
        return f"{self.applied_by}@{self.hostname}"


def standing(applications: Iterable[Application]) -> dict[AssetName, tuple[Application, ...]]:
    """Return, for each asset, what was written there and not undone since, oldest first.

    Args:
        applications: Of one run, in the order in which they were intended.
    """
    found: dict[AssetName, list[Application]] = {}
    for each in applications:
        if each.status != "applied":
            continue
        if each.intent.action == "undo":
            found.pop(each.intent.name, None)
        else:
            found.setdefault(each.intent.name, []).append(each)
    return {name: tuple(written) for name, written in found.items()}


def status_after_applying(status: str, *, applied: int, remaining: int) -> str:
    """Return the status of a run some of whose descriptions were written, or taken back.

    Args:
        status: Its status until now; what is running, failed or cancelled stays so.
        applied: How many of its descriptions the database holds.
        remaining: How many more could be written, those included that nobody has decided on yet.
    """
    if status not in {"ready_for_review", "success", "applied_partial"}:
        return status
    if not applied:
        return "ready_for_review" if remaining else status
    return "applied_partial" if remaining else "success"
