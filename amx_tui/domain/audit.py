"""The audit trail and the session events: rows, filters, and the sentences that people read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amx_tui.domain.text import one_line

__all__ = [
    "AUDIT_ACTIONS",
    "AuditCursor",
    "AuditEvent",
    "AuditFilter",
    "AuditPage",
    "SessionEvent",
    "SessionPage",
    "audit_sentence",
]

_NAME = 80
AUDIT_ACTIONS = (
    "user_join", "promote_writer", "promote_admin", "demote_writer", "demote_admin", "revoke", "unrevoke",
    "admin_claim", "forced_overwrite", "bulk_decision", "apply", "apply_undo", "store_create", "store_extend",
    "store_mend", "store_mend_undo",
)  # fmt: skip
"""What this program writes; amx-cli's words where it has one. Others may stand there too."""


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One row of the audit trail."""

    event_id: str
    event_at: datetime | None
    actor_username: str
    actor_hostname: str
    action: str
    target_user_id: str
    target_username: str
    """Who the target is, empty where it is no member, or none that is registered any more."""
    target_hostname: str
    target_resource: str
    details: Any = None
    """What else is known, decoded."""


@dataclass(frozen=True, slots=True)
class AuditCursor:
    """Where a page ends; newest first, and by id within a moment."""

    event_at: datetime
    event_id: str


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which events. Empty fields do not filter."""

    actor: str = ""
    """A username, or `user@host`."""
    action: str = ""
    target: str = ""
    """A member's name, or a part of the row it was done to."""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every event is shown."""
        return self == AuditFilter()


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A stretch of the audit trail, newest first."""

    events: tuple[AuditEvent, ...]
    has_after: bool


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One connection of a member."""

    event_id: str
    event_at: datetime | None
    username: str
    hostname: str
    event_kind: str
    client_version: str
    os_platform: str


@dataclass(frozen=True, slots=True)
class SessionPage:
    """A stretch of the session events, newest first."""

    events: tuple[SessionEvent, ...]
    has_after: bool


def audit_sentence(event: AuditEvent) -> str:
    """Say in a sentence what happened, without when; an action that nobody knows is named as it is stored."""
    who = one_line(event.actor_username, _NAME) or "Somebody"
    target = _target(event)
    details = event.details if isinstance(event.details, Mapping) else {}
    match event.action:
        case "user_join":
            return f"{who} joined from {_host(event)}{_joined(details)}."
        case "promote_admin" | "demote_admin" | "promote_writer" | "demote_writer":
            return f"{who} {_moved(event.action, target, details)}."
        case "revoke":
            return f"{who} revoked {target}."
        case "unrevoke":
            return f"{who} restored {target}."
        case "admin_claim":
            return f"{who} claimed the store, which had no active admin."
        case "forced_overwrite":
            return f"{who} overwrote {_overwritten(target, details)}."
        case "bulk_decision":
            return f"{who} {_decided(target, details)}."
        case "apply":
            return f"{who} applied {_count(details, 'descriptions')} of {target}{_to(details)}."
        case "apply_undo":
            return f"{who} took {_count(details, 'descriptions')} of {target} back{_to(details)}."
        case "store_create":
            return f"{who} made the store."
        case "store_extend":
            return f"{who} added what the store lacked."
        case "store_mend":
            return f"{who} mended {_count(details, 'rows')} of the store."
        case "store_mend_undo":
            return f"{who} took the mending of {_count(details, 'rows')} back."
        case _:
            action = one_line(event.action, _NAME).replace("_", " ").strip() or "something"
            return f"{who}: {action}, {target}." if target else f"{who}: {action}."


def _target(event: AuditEvent) -> str:
    if event.target_username:
        host = one_line(event.target_hostname, _NAME)
        return f"{one_line(event.target_username, _NAME)}{f' on {host}' if host else ''}"
    if event.target_resource:
        return one_line(event.target_resource, 120)
    return f"member {one_line(event.target_user_id, _NAME)}" if event.target_user_id else ""


def _host(event: AuditEvent) -> str:
    return one_line(event.actor_hostname, _NAME) or "somewhere"


def _joined(details: Mapping[str, Any]) -> str:
    if details.get("revoked"):
        return ", revoked as everywhere else"
    if details.get("bootstrap"):
        return " as the first member, and is admin"
    role = _word(details.get("role"))
    return f" as {role}" if role else ""


def _moved(action: str, target: str, details: Mapping[str, Any]) -> str:
    verb, _, wanted = action.partition("_")
    before = _word(details.get("old_role"))
    role = _word(details.get("new_role")) or wanted
    return f"{verb}d {target} {f'from {before} ' if before else ''}to {role}"


def _decided(target: str, details: Mapping[str, Any]) -> str:
    """What a strategy did; undoing one, and doing it again, are strategies too."""
    strategy = _word(details.get("strategy"))
    match strategy:
        case "undo":
            return f"took {_count(details, 'decisions')} of {target} back at once"
        case "redo":
            return f"made {_count(details, 'decisions')} of {target} again at once"
        case "reject-all":
            return f"rejected {_count(details, 'results')} of {target} at once"
    verb = "accepted" if strategy.startswith("accept-") else "decided"
    how = f" ({strategy})" if strategy else ""
    return f"{verb} {_count(details, 'results')} of {target} at once{how}"


def _overwritten(target: str, details: Mapping[str, Any]) -> str:
    """Which version of what, and whose; amx-cli keeps the whole row that was there before."""
    before = details.get("before")
    row = before if isinstance(before, Mapping) else {}
    title = _word(details.get("title") or row.get("title"))
    name = f"“{title}”" if title else target
    version = details.get("overwritten_version") or row.get("version")
    whose = _word(details.get("overwritten_by"))
    if isinstance(version, int):
        name = f"version {version} of {name}"
    return f"{name}, which {whose} had saved" if whose else name


def _word(value: object) -> str:
    return one_line(value, _NAME) if isinstance(value, str) else ""


def _count(details: Mapping[str, Any], noun: str) -> str:
    count = details.get("count")
    if not isinstance(count, int) or isinstance(count, bool):
        return noun
    return f"{count:,} {noun[:-1] if count == 1 else noun}"


def _to(details: Mapping[str, Any]) -> str:
    place = details.get("place")
    return f" in {one_line(place, 120)}" if isinstance(place, str) and place else ""
