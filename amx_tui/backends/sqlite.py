"""SQLite: a file, ours; amx-cli has no profile of this kind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from amx_tui.backends.model import Abilities, Backend, Field, Parameters, UrlShape

__all__ = ["BACKEND", "attached_files"]

_MOST_ATTACHED = 10
"""What SQLite is built to attach."""


def attached_files(values: Mapping[str, object]) -> dict[str, Path]:
    """Return the files that a profile attaches beside its own, by the schema name under which they are seen.

    A path is seen from the folder of the profile's own file.
    """
    typed = values.get("attached")
    folder = Path(str(values.get("database") or "")).expanduser().absolute().parent
    pairs = (part.partition("=") for part in typed.split(",")) if isinstance(typed, str) else ()
    return {
        name.strip(): folder / Path(path.strip()).expanduser()
        for name, separator, path in pairs
        if separator and name.strip() and path.strip()
    }


def _check_attached(text: str) -> str:
    names: list[str] = []
    for part in text.split(","):
        name, separator, path = (piece.strip() for piece in part.partition("="))
        if not (name and separator and path):
            return "Attached files are name=path, several with a comma between them."
        names.append(name.lower())
    if reserved := {"main", "temp"} & set(names):
        return f"SQLite keeps the name {min(reserved)} for itself."
    if len(set(names)) < len(names):
        return "Every attached file needs a name of its own."
    return f"SQLite attaches {_MOST_ATTACHED} files at most." if len(names) > _MOST_ATTACHED else ""


def _arguments(_parameters: Parameters) -> dict[str, object]:
    return {"timeout": 5.0}


BACKEND = Backend(
    name="sqlite",
    title="SQLite",
    fields=(
        Field("database", "File", "path", required=True, help="path of the database file; ~ is your home"),
        Field(
            "attached",
            "Attached files",
            check=_check_attached,
            help="name=path, … of files seen as schemas, e.g. sales=sales.db; from the folder of the file",
        ),
    ),
    shape=UrlShape("sqlite+aiosqlite", host="", port="", username="", password=""),
    driver_modules=("aiosqlite",),
    extra=None,
    abilities=Abilities(
        has_schemas=False, has_transactional_ddl=True, has_comments=False, is_async=True, is_proven=True
    ),
    arguments=_arguments,
    error_hints={
        "5": "Another program holds the file; try again in a moment.",
        "8": "The file, or the folder it is in, is not writable for you.",
        "11": "The file is damaged; restore a copy of it.",
        "14": "Check that the folder exists and that you may write to it.",
        "26": "The file is no SQLite database; check the path.",
    },
)
