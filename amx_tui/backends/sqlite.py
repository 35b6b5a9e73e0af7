"""SQLite: a file, ours; amx-cli has no profile of this kind."""

from __future__ import annotations

from amx_tui.backends.model import Abilities, Backend, Field, Parameters, UrlShape

__all__ = ["BACKEND"]


def _arguments(_parameters: Parameters) -> dict[str, object]:
    return {"timeout": 5.0}


BACKEND = Backend(
    name="sqlite",
    title="SQLite",
    fields=(
        Field("database", "File", "path", required=True, help="path of the database file; ~ is your home"),
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
