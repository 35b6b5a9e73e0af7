"""Column types of the store on each backend, and what they do to values on their way in and out.

Writing replaces what some backend cannot hold (a NUL, a lone surrogate) by U+FFFD, the same on all of
them, so that a text has one form and one hash wherever it is stored. Reading never fails on a value: what
is no time reads as None, what is no JSON reads as the text that is there.

A backend's own types are imported where they are needed: SQLAlchemy's dialects take longer to import than
the local store takes to open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator, TypeEngine

from amx_tui.domain.times import as_utc, iso_time

__all__ = [
    "REDSHIFT_LONGEST",
    "ColumnTypes",
    "StoredJson",
    "StoredText",
    "UtcDateTime",
    "dump_json",
    "load_json",
    "storable",
]

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_WITH_JSON = {"postgresql", "mysql", "mariadb"}
_COLLATIONS = {"postgresql": "C", "mssql": "Latin1_General_100_BIN2"}
REDSHIFT_LONGEST = 65535


def storable(text: str) -> str:
    """Return `text` with NULs and lone surrogates replaced by U+FFFD; PostgreSQL could hold neither."""
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _storable_json(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): _storable_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_json(item) for item in value]
    return value


def dump_json(value: Any, *, default: Callable[[Any], Any] | None = None) -> str:
    """Write a JSON value as every backend can store it: non-ASCII characters as they are, no NUL.

    Args:
        default: Writes what JSON has no form for.
    """
    text = json.dumps(value, ensure_ascii=False, default=default)
    # Nearly every value is storable as it is, which one look at all of it tells.
    if "\\u0000" not in text and (text.isascii() or not _UNSTORABLE.search(text)):
        return text
    return json.dumps(_storable_json(value), ensure_ascii=False, default=default)


def load_json(text: str | bytes) -> Any:
    """Read a stored JSON value; what is no JSON comes back as the text that is there."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text.decode(errors="replace") if isinstance(text, bytes) else text


class StoredText(TypeDecorator[str]):
    """A text or a name; `implementation` is what the backend stores it as."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, implementation: TypeEngine[str]) -> None:
        super().__init__()
        self.implementation = implementation
        self.impl = implementation  # type: ignore[assignment]  # an instance does as well as a class

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Replace what cannot be stored; a filter is treated like the text that it looks for."""
        return value if value is None else storable(value)


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time, always aware and in UTC on the Python side; garbage reads as None.

    MySQL has no zones, so UTC is what it holds. SQLite has no times: there it is ISO 8601 of one fixed
    width, which sorts as text.
    """

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        """Choose the backend's type, with microseconds."""
        match dialect.name:
            case "sqlite":
                return dialect.type_descriptor(sa.String(27))
            case "mysql" | "mariadb":
                from sqlalchemy.dialects import mysql

                return dialect.type_descriptor(mysql.DATETIME(fsp=6))
            case "mssql":
                from sqlalchemy.dialects import mssql

                return dialect.type_descriptor(mssql.DATETIMEOFFSET(6))  # type: ignore[no-untyped-call]
            case _:
                return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        """Write UTC in the backend's form."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return iso_time(value)
        moment = as_utc(value)
        return moment.replace(tzinfo=None) if dialect.name in {"mysql", "mariadb"} else moment

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:
        """Read an aware time; a time without a zone is UTC."""
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                return None
        if not isinstance(value, datetime):
            return None
        if value.tzinfo is UTC:
            return value
        try:
            return as_utc(value)
        except (ValueError, OverflowError):
            return None


class StoredJson(TypeDecorator[Any]):
    """A JSON value: in the backend's JSON type where the program knows it, else as JSON in a text.

    Where it is a type of the backend, SQLAlchemy's own codec writes and reads it by the engine's
    `json_serializer` and `json_deserializer`, which are `dump_json` and `load_json`.

    Args:
        is_binary: On PostgreSQL, `jsonb` rather than `json`.
    """

    impl = sa.Text
    cache_ok = True

    def __init__(self, *, is_binary: bool = True) -> None:
        super().__init__()
        self.is_binary = is_binary

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        """Choose the backend's type."""
        match dialect.name:
            case "postgresql":
                from sqlalchemy.dialects import postgresql

                json_type = postgresql.JSONB if self.is_binary else postgresql.JSON
                return dialect.type_descriptor(json_type(none_as_null=True))
            case "mysql" | "mariadb":
                from sqlalchemy.dialects import mysql

                return dialect.type_descriptor(mysql.JSON(none_as_null=True))
            case "redshift":
                return dialect.type_descriptor(sa.String(REDSHIFT_LONGEST))
            case _:
                return dialect.type_descriptor(sa.UnicodeText())

    def process_bind_param(self, value: Any | None, dialect: sa.Dialect) -> Any | None:
        """Write JSON; None is SQL's NULL."""
        return value if value is None or dialect.name in _WITH_JSON else dump_json(value)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> Any | None:
        """Read JSON."""
        return value if value is None or dialect.name in _WITH_JSON else load_json(value)


@dataclass(frozen=True)
class ColumnTypes:
    """The types that tables are made of, for one backend.

    Names, ids and texts compare by code point wherever the backend lets a column say so, so that a page's
    order, a cursor and an equality mean the same everywhere. A table that another program made keeps its
    own collation: `is_ours` False says nothing about it.
    """

    backend_name: str
    is_ours: bool = True

    def id(self, length: int = 36) -> StoredText:
        """An id, compared to the letter."""
        return self.name(length)

    def name(self, length: int = 255) -> StoredText:
        """A name or another short text of at most `length` characters."""
        if self._is_mysql:
            from sqlalchemy.dialects import mysql

            return StoredText(mysql.VARCHAR(length, collation="utf8mb4_bin"))
        return StoredText(sa.Unicode(length, collation=self._collation))

    def asset_name(self) -> StoredText:
        """A schema's, table's or column's name.

        230 characters on MySQL: three of them, a run's and a result's id just fit into the 3,072 bytes of an
        index, and an index over prefixes could not sort a page.
        """
        return self.name(230 if self._is_mysql else 255)

    def index_prefix(self, **lengths: int) -> dict[str, Any]:
        """How much of columns an index holds where that is limited, as arguments of `Index`.

        Only MySQL is told: SQLAlchemy imports a dialect to check an argument that is for it.
        """
        return {"mysql_length": lengths} if self._is_mysql else {}

    def text(self) -> StoredText:
        """A text of any length."""
        if self._is_mysql:
            from sqlalchemy.dialects import mysql

            return StoredText(mysql.LONGTEXT(collation="utf8mb4_bin"))
        if self.backend_name == "redshift":
            # Redshift takes TEXT for VARCHAR(256).
            return StoredText(sa.String(REDSHIFT_LONGEST))
        return StoredText(sa.UnicodeText(collation=self._collation))

    def time(self) -> UtcDateTime:
        """A point in time."""
        return UtcDateTime()

    def json(self) -> StoredJson:
        """A JSON value."""
        return StoredJson(is_binary=self.is_ours)

    @property
    def _is_mysql(self) -> bool:
        return self.backend_name == "mysql" and self.is_ours

    @property
    def _collation(self) -> str | None:
        return _COLLATIONS.get(self.backend_name) if self.is_ours else None
