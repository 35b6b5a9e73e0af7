"""Files by which the mending of a store can be taken back: what each row was, and what it was made."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import NoneType
from typing import Any, Literal, cast

from amx_tui.domain.errors import DraftError
from amx_tui.domain.faults import Cell, Repair
from amx_tui.drafts.atomic import write_atomically

__all__ = ["UndoEntry", "UndoFile", "drop_undo", "keep_undo", "newest_undo", "read_undo", "retire_undo"]

_FORMAT = 1
_FOLDER = "undo"
_MOST_BYTES = 64 * 1024 * 1024
_COLUMNS: dict[str, dict[str, tuple[type, ...]]] = {
    "runs": {"status": (str,), "error_text": (str, NoneType), "local_id": (int, NoneType)},
    "results": {"superseded_at": (datetime, NoneType), "local_id": (int, NoneType)},
}
"""What repairs change, and what may stand there; a file that says anything else is none of ours."""
_MOST_NUMBER = 2**63


@dataclass(frozen=True, slots=True)
class UndoFile:
    """Repairs that were made, and of which store."""

    store: str
    repairs: tuple[Repair, ...]


@dataclass(frozen=True, slots=True)
class UndoEntry:
    """An undo file, and where it is."""

    path: Path
    file: UndoFile


def keep_undo(home: Path, undo: UndoFile, *, now: datetime, path: Path | None = None) -> Path:
    """Write an undo file into the AMX home and return where it is; blocking.

    Args:
        now: When the mending is made.
        path: The file to replace; None makes a new one.

    Raises:
        DraftError: It cannot be written; nothing should be mended then.
    """
    folder = home / _FOLDER
    path = path or folder / f"mend-{now:%Y%m%d-%H%M%S-%f}-{secrets.token_hex(2)}.json"
    head = {"format": _FORMAT, "store": undo.store, "mended_at": now.isoformat()}
    # A line a repair, for people who look into it; the whole at once would be indented by slower code.
    lines = ",\n".join(json.dumps(_document(repair)) for repair in undo.repairs)
    text = f'{json.dumps(head)[:-1]}, "repairs": [\n{lines}\n]}}\n'
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(path, text.encode())
    except OSError as error:
        raise DraftError(
            f"The undo file {path} cannot be written: {error.strerror}.",
            hint="Nothing was mended. Make room in the AMX home, or set AMX_HOME.",
        ) from error
    return path


def read_undo(path: Path) -> UndoEntry:
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
        repairs = tuple(_repair(each) for each in document["repairs"])
        return UndoEntry(path, UndoFile(str(document["store"]), repairs))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise DraftError(f"{path} is no undo file of this program.") from error


def newest_undo(home: Path, store: str) -> UndoEntry | None:
    """Find the newest undo file of a store in the AMX home; blocking. A file that cannot be read is passed over."""
    try:
        paths = sorted((home / _FOLDER).glob("mend-*.json"), reverse=True)
    except OSError:
        return None
    for path in paths:
        with suppress(DraftError):
            entry = read_undo(path)
            if entry.file.store == store:
                return entry
    return None


def drop_undo(path: Path) -> None:
    """Delete the file of a mending that was not made; blocking."""
    with suppress(OSError):
        path.unlink()


def retire_undo(home: Path, path: Path) -> None:
    """Rename a file whose mending was taken back, so that it is not offered again; blocking.

    One that lies elsewhere than in the AMX home is left as it is.
    """
    if path.parent == home / _FOLDER:
        with suppress(OSError):
            path.rename(path.with_suffix(".taken-back"))


def _repair(document: Mapping[str, Any]) -> Repair:
    table: Literal["runs", "results"] = "runs" if document["table"] == "runs" else "results"
    columns = _COLUMNS[document["table"]]
    before, after = _read(document["before"], columns), _read(document["after"], columns)
    if before.keys() != after.keys():
        raise ValueError("other columns before than after")
    return Repair(table, str(document["row_id"]), before, after)


def _document(repair: Repair) -> dict[str, object]:
    return {
        "table": repair.table,
        "row_id": repair.row_id,
        "before": _written(repair.before),
        "after": _written(repair.after),
    }


def _written(values: Mapping[str, Cell]) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }


def _read(values: Mapping[str, Any], columns: Mapping[str, tuple[type, ...]]) -> dict[str, Cell]:
    read: dict[str, Cell] = {}
    for name, value in values.items():
        cell = datetime.fromisoformat(value) if name.endswith("_at") and value is not None else value
        if not isinstance(cell, columns[name]) or isinstance(cell, bool):
            raise TypeError(f"{name} is no such value")
        if isinstance(cell, int) and abs(cell) >= _MOST_NUMBER:
            raise ValueError(f"{name} is beyond measure")
        if isinstance(cell, datetime) and cell.tzinfo is None:
            raise ValueError(f"{name} has no zone")
        read[name] = cast("Cell", cell)
    return read
