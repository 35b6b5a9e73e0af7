"""Runs: one drafting session each, and how lists of them are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from amx_tui.domain.scope import Scope

__all__ = [
    "RUN_STATUSES",
    "Direction",
    "JsonValue",
    "Run",
    "RunCursor",
    "RunDetail",
    "RunFilter",
    "RunPage",
    "RunSort",
    "status_sign",
]

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
Direction = Literal["forward", "backward"]
RunSort = Literal["started", "who"]

RUN_STATUSES = ("running", "ready_for_review", "success", "failed", "cancelled", "applied_partial")
"""The values of `status` in both layouts (read off the store that amx-cli 0.19 makes)."""

_SIGNS = {
    "running": "…",
    "ready_for_review": "?",
    "success": "✓",
    "failed": "✗",
    "cancelled": "–",
    "applied_partial": "~",
}


def status_sign(status: str) -> str:
    """A sign for a status, so that its meaning is never colour alone."""
    return _SIGNS.get(status, "·")


@dataclass(frozen=True, slots=True)
class Run:
    """A row of the run history."""

    run_id: str
    created_by: str
    hostname: str
    started_at: datetime
    """`UNKNOWN_TIME` where the stored value is no time."""
    status: str
    scope: Scope
    ok_count: int
    """Results with an alternative."""
    fail_count: int
    """Results without one."""
    command: str = ""
    local_id: int | None = None
    """amx-cli's number of the run on its host; shown as `#7@lead-laptop`."""
    ended_at: datetime | None = None
    db_profile: str = ""
    llm_model: str = ""
    applied_count: int = 0
    review_strategy: str = ""
    error_text: str = ""
    """In a list only its beginning."""

    @property
    def local_name(self) -> str:
        """`#7@lead-laptop` where amx-cli gave the run a number, else empty."""
        return f"#{self.local_id}@{self.hostname}" if self.local_id is not None else ""


@dataclass(frozen=True, slots=True)
class RunDetail:
    """Everything that the store knows about a run, without its results."""

    run: Run
    client_version: str = ""
    duration_sec: float | None = None
    mode: str = ""
    db_backend: str = ""
    llm_provider: str = ""
    llm_profile: str = ""
    selected_count: int = 0
    planned_count: int = 0
    settings: JsonValue = None
    metrics: JsonValue = None
    tokens: JsonValue = None
    notes: tuple[str, ...] = ()
    """What looks wrong about this run, each a sentence (a duplicate upload, a run that never ended)."""


@dataclass(frozen=True, slots=True)
class RunCursor:
    """Where a page of runs begins or ends: the sort key of a row. The row itself is not part of the page."""

    started_at: datetime
    run_id: str
    created_by: str = ""
    """Part of the key when the list is sorted by who."""

    @classmethod
    def of(cls, run: Run) -> RunCursor:
        """The cursor that stands on `run`."""
        return cls(run.started_at, run.run_id, run.created_by)


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs a list shows, and in which order. Empty fields do not filter."""

    who: str = ""
    """A member's name, exactly, or a part of it with `*` in it."""
    scope: str = ""
    """A qualified name: runs whose scope has that schema or table."""
    status: str = ""
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    """Looked for, in any case, in run ids, members and the names of schemas, tables and columns."""
    sort: RunSort = "started"
    descending: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether every run is shown."""
        return not (self.who or self.scope or self.status or self.since or self.until or self.text)


@dataclass(frozen=True, slots=True)
class RunPage:
    """A stretch of the list of runs, in the list's own order whatever direction it was read in."""

    runs: tuple[Run, ...]
    has_before: bool
    """Whether there are rows in front of the first one."""
    has_after: bool
    """Whether there are rows behind the last one."""
    total: int | None = None
    """How many rows the filter lets through, counted up to 10,001; None where it was not counted."""
    notes: tuple[str, ...] = ()
    """Limits of the answer, each a sentence (a search that stopped at so many names)."""
