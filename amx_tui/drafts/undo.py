"""Files by which the mending of a store can be taken back: what each row was, and what it was made."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from amx_tui.domain.errors import DraftError
from amx_tui.domain.faults import Cell, Repair
from amx_tui.drafts.atomic import write_atomically

__all__ = ["UndoFile", "keep_undo", "read_undo"]

_FORMAT = 1
_MOST_BYTES = 64 * 1024 * 1024
_COLUMNS = {
    "runs": frozenset({"status", "error_text", "local_id"}),
    "results": frozenset({"superseded_at", "local_id"}),
}
"""What repairs change; a file that names anything else is none of ours."""


@dataclass(frozen=True, slots=True)
class UndoFile:
    """Repairs that were made, and of which store."""

    store: str
    repairs: tuple[Repair, ...]


def keep_undo(home: Path, undo: UndoFile, *, now: datetime) -> Path:
    """Write an undo file into the AMX home and return where it is; blocking.

    Raises:
        DraftError: It cannot be written; nothing should be mended then.
    """
    folder = home / "undo"
    path = folder / f"mend-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}.json"
    document = {
        "format": _FORMAT,
        "store": undo.store,
        "repairs": [
            {
                "table": repair.table,
                "row_id": repair.row_id,
                "before": _written(repair.before),
                "after": _written(repair.after),
            }
            for repair in undo.repairs
        ],
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(document, indent=1).encode())
    except OSError as error:
        raise DraftError(
            f"The undo file {path} cannot be written: {error.strerror}.",
            hint="Nothing was mended. Make room in the AMX home, or set AMX_HOME.",
        ) from error
    return path


def read_undo(path: Path) -> UndoFile:
    """Read an undo file; blocking.

    Raises:
        DraftError: It is not there, or no undo file.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(_MOST_BYTES)
    except OSError as error:
        raise DraftError(
            f"{path} cannot be read: {error.strerror}.", hint="`doctor --store --mend` said where it is."
        ) from error
    try:
        document = json.loads(data)
        if document["format"] != _FORMAT:
            raise ValueError("another format")
        return UndoFile(str(document["store"]), tuple(_repair(each) for each in document["repairs"]))
    except (KeyError, TypeError, ValueError) as error:
        raise DraftError(f"{path} is no undo file of this program.") from error


def _repair(document: Mapping[str, Any]) -> Repair:
    table: Literal["runs", "results"] = "runs" if document["table"] == "runs" else "results"
    before, after = _read(document["before"]), _read(document["after"])
    if before.keys() != after.keys() or not before.keys() <= _COLUMNS[document["table"]]:
        raise ValueError("columns that are never mended")
    return Repair(table, str(document["row_id"]), before, after)


def _written(values: Mapping[str, Cell]) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }


def _read(values: Mapping[str, Any]) -> dict[str, Cell]:
    return {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value is not None else value
        for name, value in values.items()
    }
