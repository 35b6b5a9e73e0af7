"""Many rows in one statement: they travel as one JSON parameter, which every backend can unpack."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.times import as_utc, iso_time
from amx_tui.store.result_pages import column_of
from amx_tui.store.tables import Tables, dump_json

__all__ = ["given_rows", "unpacked", "update_many"]

_TEXTS = ("evaluation", "chosen_description", "rejection_reason", "evaluated_by")


def given_rows(tables: Tables, rows: Sequence[Mapping[str, Any]]) -> str:
    """Write the parameter `given` of a statement over `unpacked` rows, such as `update_many`.

    Args:
        rows: What each row holds by name, times as datetimes.
    """
    return dump_json(list(rows), default=lambda value: _text(tables, value))


def _text(tables: Tables, value: Any) -> str:
    """A time as the backend reads it."""
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} in a row")
    if tables.backend_name == "mysql":
        return as_utc(value).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    return iso_time(value) or ""


def update_many(tables: Tables, columns: Sequence[str]) -> sa.Update:
    """Return the statement that sets the columns of the results that its parameter `given` names.

    Args:
        columns: What is set; `version` among them counts one on.
    """
    texts = [name for name in _TEXTS if name in columns]
    of = unpacked(tables, ["result_id", *texts], times=("evaluated_at",))
    values: dict[str, Any] = {name: of(name) for name in texts} | {"evaluated_at": of("evaluated_at")}
    if "version" in columns:
        values["version"] = tables.results.c.version + 1
    return sa.update(tables.results).where(column_of(tables, "result_id") == of("result_id")).values(values)


def unpacked(
    tables: Tables, texts: Sequence[str], *, times: Sequence[str] = ()
) -> Callable[[str], sa.ColumnElement[Any]]:
    """Return what gives a column of the rows in the parameter `given`."""
    given = sa.bindparam("given", type_=sa.Text)
    match tables.backend_name:
        case "postgresql":
            from sqlalchemy.dialects.postgresql import JSONB

            columns: list[sa.ColumnClause[Any]] = [sa.column(name, sa.Text) for name in texts]
            columns += [sa.column(name, sa.DateTime(timezone=True)) for name in times]
            rows = sa.func.jsonb_to_recordset(sa.cast(given, JSONB)).table_valued(*columns, name="given")
            derived = rows.render_derived(with_types=True)
            return lambda name: derived.c[name]
        case "mysql":
            paths = [f"{name} LONGTEXT PATH '$.{name}'" for name in texts]
            paths += [f"{name} DATETIME(6) PATH '$.{name}'" for name in times]
            shape: sa.ColumnElement[Any] = sa.literal_column(f"'$[*]' COLUMNS ({', '.join(paths)})")
            table = sa.func.json_table(given, shape).table_valued(*texts, *times, name="given")
            return lambda name: table.c[name]
        case _:
            each = sa.func.json_each(given).table_valued("value", name="given")
            return lambda name: sa.func.json_extract(each.c.value, f"$.{name}", type_=sa.Text)
