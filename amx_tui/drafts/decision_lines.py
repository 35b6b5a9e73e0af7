"""The lines of a journal of decisions: JSON, one decision each, or what is stored by now."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amx_tui.domain.decisions import DecisionBasis, DecisionChange, DecisionValues
from amx_tui.domain.results import decision_state

__all__ = [
    "PREFIX",
    "Entry",
    "JournalKey",
    "entry_line",
    "heading_line",
    "read_changes",
    "read_key",
    "read_lines",
    "stored_line",
]

FORMAT = 1
PREFIX = "decisions-"
"""How the names of journals begin."""
MOST_BYTES = 512 * 1024 * 1024
"""A larger file is no journal of ours."""


@dataclass(frozen=True, slots=True)
class JournalKey:
    """Whose decisions on what: journals of different keys never meet."""

    place: str
    """The store, as no other store is called."""
    member: str
    """`user@host`."""
    run_id: str

    @property
    def prefix(self) -> str:
        """How the names of this key's files begin."""
        text = "\x00".join((self.place, self.member, self.run_id))
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return f"{PREFIX}{digest}-"


@dataclass(frozen=True, slots=True)
class Entry:
    """A decision in the journal."""

    number: int
    change: DecisionChange


def read_changes(descriptor: int) -> list[DecisionChange]:
    """Read the decisions of a file that are not stored, in their order."""
    live: dict[int, DecisionChange] = {}
    for line in read_lines(descriptor):
        if isinstance(line.get("stored"), list):
            for number in line["stored"]:
                live.pop(number, None)
        elif isinstance(line.get("change"), dict):
            with contextlib.suppress(KeyError, TypeError, ValueError):
                live[int(line["number"])] = _read_change(line["change"])
    return list(live.values())


def read_lines(descriptor: int) -> Iterator[dict[str, Any]]:
    """Read the lines that are whole; one that was torn off, or that nobody can read, is left out."""
    if os.fstat(descriptor).st_size > MOST_BYTES:
        return
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(0)
        for text in file:
            if not text.endswith(b"\n"):
                return
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict):
                yield line


def read_key(line: dict[str, Any] | None) -> JournalKey | None:
    """Read the heading; None where there is none."""
    if line is None or line.get("journal") != FORMAT:
        return None
    place, member, run_id = (line.get(name) for name in ("place", "member", "run_id"))
    if isinstance(place, str) and isinstance(member, str) and isinstance(run_id, str):
        return JournalKey(place, member, run_id)
    return None


def entry_line(entry: Entry) -> bytes:
    """The line of a decision."""
    change = entry.change
    return _json(
        {
            "number": entry.number,
            "change": {
                "result_id": change.basis.result_id,
                "version": change.basis.version,
                "before": _values(change.basis.values),
                "values": _values(change.values),
                "is_restoring": change.is_restoring,
                "decided_at": _moment(change.decided_at),
                **({"strategy": change.strategy} if change.strategy else {}),
            },
        }
    )


def _values(values: DecisionValues) -> dict[str, Any]:
    return {
        "evaluation": values.evaluation,
        "chosen_description": values.chosen_description,
        "rejection_reason": values.rejection_reason,
        "evaluated_by": values.evaluated_by,
        "evaluated_at": _moment(values.evaluated_at),
    }


def _read_change(stored: dict[str, Any]) -> DecisionChange:
    version = stored["version"]
    return DecisionChange(
        DecisionBasis(
            str(stored["result_id"]),
            None if version is None else int(version),
            _read_values(stored["before"]),
        ),
        _read_values(stored["values"]),
        is_restoring=stored["is_restoring"] is True,
        decided_at=_read_moment(stored["decided_at"]),
        strategy=str(stored.get("strategy", "")),
    )


def _read_values(stored: dict[str, Any]) -> DecisionValues:
    chosen = stored["chosen_description"]
    return DecisionValues(
        decision_state(stored["evaluation"]),
        None if chosen is None else str(chosen),
        str(stored["rejection_reason"]),
        str(stored["evaluated_by"]),
        _read_moment(stored["evaluated_at"]),
    )


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _read_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _json(value: dict[str, Any]) -> bytes:
    # ASCII, so that a lone surrogate that somebody stored does not keep a decision from being kept.
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def heading_line(key: JournalKey) -> bytes:
    """The first line: whose decisions these are, on what."""
    return _json({"journal": FORMAT, "place": key.place, "member": key.member, "run_id": key.run_id})


def stored_line(numbers: list[int]) -> bytes:
    """The line that says which decisions the store has."""
    return _json({"stored": numbers})
