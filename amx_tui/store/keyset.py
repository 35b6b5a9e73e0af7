"""Paging by key: conditions that an index can answer at any depth of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from amx_tui.store.tables import Tables

__all__ = ["Key", "beyond", "by_code_point", "ordered"]

Key = Sequence[sa.ColumnElement[Any]]
"""The columns that a list is sorted by; the last of them is unique."""


def beyond(
    tables: Tables, key: Key, values: Sequence[Any], *, ascending: bool, inclusive: bool = False
) -> sa.ColumnElement[bool]:
    """Return the condition that a row lies behind the key's `values` (or on it, where `inclusive`).

    A value may be an expression.

    PostgreSQL and SQLite turn a comparison of rows into one range of an index and read everything where it
    is written with OR; MySQL's optimizer sees it the other way round, if the first column is bounded besides.
    """
    bound = [
        value if isinstance(value, sa.ColumnElement) else sa.bindparam(None, value, column.type)
        for column, value in zip(key, values, strict=True)
    ]
    if tables.backend_name in {"postgresql", "sqlite"}:
        return _compare(sa.tuple_(*key), sa.tuple_(*bound), ascending=ascending, inclusive=inclusive)
    return _as_ranges(key, bound, ascending=ascending, inclusive=inclusive)


def _as_ranges(key: Key, bound: Key, *, ascending: bool, inclusive: bool) -> sa.ColumnElement[bool]:
    """Spell out the ranges of the index: the last column beyond, or the one before it, and so on."""
    ranges: list[sa.ColumnElement[bool]] = []
    for length, (column, value) in enumerate(zip(key, bound, strict=True)):
        same = [left == right for left, right in zip(key[:length], bound[:length], strict=True)]
        is_last = length == len(key) - 1
        ranges.append(
            sa.and_(*same, _compare(column, value, ascending=ascending, inclusive=inclusive and is_last))
        )
    return _compare(key[0], bound[0], ascending=ascending, inclusive=True) & sa.or_(*ranges)


def _compare(left: Any, right: Any, *, ascending: bool, inclusive: bool) -> sa.ColumnElement[bool]:
    condition: sa.ColumnElement[bool]
    if ascending:
        condition = left >= right if inclusive else left > right
    else:
        condition = left <= right if inclusive else left < right
    return condition


def ordered(key: Key, *, ascending: bool) -> list[sa.ColumnElement[Any]]:
    """Return what to sort by."""
    return [column.asc() if ascending else column.desc() for column in key]


def by_code_point(tables: Tables, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return a text that compares by code point, as all texts of the layout `document` do by themselves."""
    if tables.layout == "document":
        return column
    match tables.backend_name:
        case "postgresql":
            return sa.collate(column, "C")
        case "mysql":
            return sa.collate(
                sa.func.convert(column.op("USING")(sa.literal_column("utf8mb4"))), "utf8mb4_bin"
            )
        case _:
            return column
