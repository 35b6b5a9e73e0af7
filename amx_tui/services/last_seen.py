"""The first page of the history as it was last seen, kept on disk for the next start's first frame.

Reading it imports the standard library and the domain only: no YAML, no driver, no database library. Those
load behind the first frame, which shows these rows marked with their age.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from amx_tui.domain.runs import Run
from amx_tui.domain.scope import Scope
from amx_tui.domain.times import UNKNOWN_TIME, as_utc, iso_time

__all__ = [
    "LAST_SEEN_ROWS",
    "LastSeen",
    "config_fingerprint",
    "forget_last_seen",
    "load_last_seen",
    "save_last_seen",
]

LAST_SEEN_ROWS = 60
"""Rows that are kept: more than the tallest usual terminal shows."""

_FORMAT = 1
_MAX_BYTES = 512 * 1024
"""Larger files are neither written nor read: reading one would hold up the very frame that it serves."""
_MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class LastSeen:
    """What the History screen showed when it was last fresh."""

    store_label: str
    """The store's name in the status line (`AMX in db-prod/analytics`)."""
    saved_at: datetime
    runs: tuple[Run, ...] = ()
    """The newest runs, unfiltered, newest first; at most `LAST_SEEN_ROWS`."""
    kind: str = "local"
    """`local` or `shared`."""
    has_after: bool = False
    """Whether the store held more runs than these."""
    member: str = ""
    """`alice@laptop`."""
    role: str = ""
    is_read_only: bool = False
    theme_values: Mapping[str, Any] = field(default_factory=dict)
    """The theme, as the screens wrote it down, so that the first frame has its colours."""
    keymap: Mapping[str, str] = field(default_factory=dict)
    """The user's own keys: binding id to keys."""


def config_fingerprint(home: Path) -> str:
    """Tell one state of `config.yml` from another; rows seen under another state are not shown.

    The file's size and time of change are enough, and reveal nothing about the secrets that it may hold.
    """
    try:
        status = os.stat(home / "config.yml")
    except OSError:
        return "absent"
    return f"{status.st_mtime_ns}-{status.st_size}"


def load_last_seen(home: Path) -> LastSeen | None:
    """Read what was last seen in the AMX home `home`.

    Returns:
        None where there is nothing to show: no such file, one that is damaged or too large, or one that was
        saved under another state of `config.yml`.
    """
    try:
        with open(_path(home), "rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError:
        return None
    if len(content) > _MAX_BYTES:
        return None
    try:
        document = json.loads(content)
        if document["format"] != _FORMAT or document["fingerprint"] != config_fingerprint(home):
            return None
        return _read(document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        # Whatever is wrong with it, the only loss is that the first frame is empty for a moment.
        return None


def save_last_seen(home: Path, seen: LastSeen, *, fingerprint: str) -> None:
    """Keep `seen` for the next start, atomically and readable by its owner alone.

    Args:
        home: The AMX home.
        seen: The rows; as many are kept as fit in half a megabyte.
        fingerprint: `config_fingerprint` of the configuration that the rows were read under.

    Raises:
        OSError: The AMX home cannot be written.
    """
    runs = [_write_run(run) for run in seen.runs[:LAST_SEEN_ROWS]]
    content = _encode(seen, runs, fingerprint)
    while runs and len(content) > _MAX_BYTES:
        runs = runs[: len(runs) // 2]
        content = _encode(seen, runs, fingerprint)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = home / f"last-seen.json.{os.getpid()}.tmp"
    temporary.unlink(missing_ok=True)
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        os.replace(temporary, _path(home))
    finally:
        temporary.unlink(missing_ok=True)


def forget_last_seen(home: Path) -> None:
    """Keep nothing for the next start: whoever may no longer read the store sees nothing of it.

    Raises:
        OSError: The AMX home cannot be written.
    """
    _path(home).unlink(missing_ok=True)


def _path(home: Path) -> Path:
    return home / "last-seen.json"


def _encode(seen: LastSeen, runs: list[dict[str, Any]], fingerprint: str) -> bytes:
    document = {
        "format": _FORMAT,
        "fingerprint": fingerprint,
        "store_label": seen.store_label,
        "saved_at": iso_time(seen.saved_at),
        "kind": seen.kind,
        "has_after": seen.has_after or len(runs) < len(seen.runs),
        "member": seen.member,
        "role": seen.role,
        "is_read_only": seen.is_read_only,
        "theme_values": dict(seen.theme_values),
        "keymap": dict(seen.keymap),
        "runs": runs,
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _write_run(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "created_by": run.created_by,
        "hostname": run.hostname,
        "started_at": iso_time(run.started_at),
        "status": run.status,
        "scope": run.scope.to_json(),
        "scope_is_readable": run.scope.is_readable,
        "ok_count": run.ok_count,
        "fail_count": run.fail_count,
        "command": run.command,
        "local_id": run.local_id,
        "ended_at": iso_time(run.ended_at),
        "db_profile": run.db_profile,
        "llm_model": run.llm_model,
        "applied_count": run.applied_count,
        "review_strategy": run.review_strategy,
        "error_text": run.error_text[:_MAX_TEXT],
    }


def _read(document: dict[str, Any]) -> LastSeen:
    return LastSeen(
        store_label=str(document["store_label"]),
        saved_at=as_utc(datetime.fromisoformat(document["saved_at"])),
        runs=tuple(_read_run(row) for row in document["runs"][:LAST_SEEN_ROWS]),
        kind=str(document["kind"]),
        has_after=bool(document["has_after"]),
        member=str(document["member"]),
        role=str(document["role"]),
        is_read_only=bool(document["is_read_only"]),
        theme_values=dict(document["theme_values"]),
        keymap={str(key): str(value) for key, value in document["keymap"].items()},
    )


def _read_run(row: dict[str, Any]) -> Run:
    local_id = row["local_id"]
    scope = Scope.from_json(row["scope"]) if row["scope_is_readable"] else Scope(is_readable=False)
    return Run(
        run_id=str(row["run_id"]),
        created_by=str(row["created_by"]),
        hostname=str(row["hostname"]),
        started_at=_read_time(row["started_at"]) or UNKNOWN_TIME,
        status=str(row["status"]),
        scope=scope,
        ok_count=int(row["ok_count"]),
        fail_count=int(row["fail_count"]),
        command=str(row["command"]),
        local_id=None if local_id is None else int(local_id),
        ended_at=_read_time(row["ended_at"]),
        db_profile=str(row["db_profile"]),
        llm_model=str(row["llm_model"]),
        applied_count=int(row["applied_count"]),
        review_strategy=str(row["review_strategy"]),
        error_text=str(row["error_text"]),
    )


def _read_time(text: str | None) -> datetime | None:
    return None if text is None else as_utc(datetime.fromisoformat(text))
