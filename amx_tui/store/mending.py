"""Repairs of rows, made inside one transaction: each where its row is still what it was seen to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.faults import Cell, Repair
from amx_tui.store.rows import text_of
from amx_tui.store.tables import Tables

__all__ = ["make_repairs"]

_AT_ONCE = 500
"""Rows that one statement changes."""


def make_repairs(connection: sa.Connection, tables: Tables, repairs: Sequence[Repair]) -> tuple[Repair, ...]:
    """Change the rows that are still as their repair found them, two statements for some hundred of them.

    Rows are locked in one order, so that two who change the same ones wait for each other instead of deadlocking.

    Returns:
        The repairs that were made.
    """
    made: list[Repair] = []
    for batch in _in_batches(repairs):
        due = _still_so(connection, tables, batch)
        if due:
            connection.execute(_update(tables, due))
            made += due
    return tuple(made)


def _in_batches(repairs: Sequence[Repair]) -> Iterator[list[Repair]]:
    """Give repairs of one table that change the same columns together."""

    def kind(repair: Repair) -> tuple[str, list[str]]:
        return repair.table, sorted(repair.after)

    for _, alike in groupby(sorted(repairs, key=lambda each: (*kind(each), each.row_id)), key=kind):
        rows = list(alike)
        for start in range(0, len(rows), _AT_ONCE):
            yield rows[start : start + _AT_ONCE]


def _still_so(connection: sa.Connection, tables: Tables, repairs: Sequence[Repair]) -> list[Repair]:
    """Lock the rows, and give the repairs whose rows nobody has changed."""
    table, key = _place(tables, repairs[0])
    statement = (
        sa.select(key.label("row_id"), *(table.c[name] for name in repairs[0].after))
        .where(key.in_([repair.row_id for repair in repairs]))
        .order_by(key)
        .with_for_update()
    )
    rows = {text_of(row["row_id"]): row for row in connection.execute(statement).mappings()}
    return [repair for repair in repairs if _is_so(rows.get(repair.row_id), repair.before)]


def _is_so(row: Mapping[Any, Any] | None, values: Mapping[str, Cell]) -> bool:
    return row is not None and all(row[name] == value for name, value in values.items())


def _update(tables: Tables, repairs: Sequence[Repair]) -> sa.Update:
    table, key = _place(tables, repairs[0])
    values: dict[str, Any] = {
        name: _new_value(table.c[name], key, repairs, name) for name in repairs[0].after
    }
    if "version" in table.c:
        values["version"] = table.c.version + 1
    return sa.update(table).where(key.in_([repair.row_id for repair in repairs])).values(values)


def _new_value(
    column: sa.Column[Any], key: sa.ColumnElement[Any], repairs: Sequence[Repair], name: str
) -> Any:
    """What a column becomes: one value for all rows, or each row its own."""
    first = repairs[0].after[name]
    if all(repair.after[name] == first for repair in repairs):
        return first
    each = {repair.row_id: sa.literal(repair.after[name], column.type) for repair in repairs}
    return sa.case(each, value=key, else_=column)


def _place(tables: Tables, repair: Repair) -> tuple[sa.Table, sa.ColumnElement[Any]]:
    """The table that a repair is of, and its key."""
    if repair.table == "runs":
        table, key = tables.runs, tables.run_column("run_id")
    else:
        table, key = tables.results, tables.result_column("result_id")
    assert key is not None
    return table, key
