"""What the layout `amx_cli` has no place for: read off the tables of both layouts, so that it stays true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import sqlalchemy as sa

from amx_tui.store.tables import Tables, amx_cli, build_tables

__all__ = ["STAND_INS", "Gap", "find_gaps"]


@dataclass(frozen=True, slots=True)
class Gap:
    """A column of the layout `document`, or a whole table of it, that the layout `amx_cli` lacks."""

    table: str
    """The table's name in amx-cli's layout; in the layout `document` where there is no such table."""
    column: str
    """Empty for a whole table."""
    words: str
    """What it holds."""
    stand_in: str
    """What serves instead; empty where it is left out."""


_EVENTS = "kept in app_events"
_COMPARED = "compared as it was read, before every save (compare-and-set)"
_DERIVED = "read off other columns"
STAND_INS: dict[tuple[str, str], str] = {
    ("runs", "ok_count"): _DERIVED,
    ("runs", "fail_count"): _DERIVED,
    ("results", "target_qname"): _DERIVED,
    ("results", "version"): _COMPARED,
    ("results", "evaluated_by"): _EVENTS,
    ("results", "applied_by"): _EVENTS,
    ("results", "previous_comment"): _EVENTS,
    ("applications", ""): _EVENTS,
    ("users", "version"): _COMPARED,
    ("pages", "updated_by"): _DERIVED,
    ("schema_meta", "member_seq"): "its row is locked instead",
    ("catalog", "entity_id"): _DERIVED,
    ("catalog", "target_qname"): _DERIVED,
    ("catalog", "synced_at"): _DERIVED,
}
"""What serves instead of a gap, by the table's name in `Tables` and the column; what is not here is left out."""


def find_gaps(tables: Tables) -> tuple[Gap, ...]:
    """List what a store of the layout `document` holds and this one cannot; nothing for one of that layout."""
    if tables.layout == "document":
        return ()
    ours = build_tables("document", backend_name=tables.backend_name, schema=tables.schema)
    return tuple(_gaps(ours, tables))


def _gaps(ours: Tables, theirs: Tables) -> Iterator[Gap]:
    renamed = {"runs": amx_cli.RUN_COLUMNS, "results": amx_cli.RESULT_COLUMNS}
    for place in (field.name for field in fields(Tables)):
        table, other = getattr(ours, place), getattr(theirs, place)
        if not isinstance(table, sa.Table):
            continue
        if other is None:
            words = (table.comment or "").partition(": ")[2]
            yield Gap(table.name, "", words, STAND_INS.get((place, ""), ""))
            continue
        names = renamed.get(place, {})
        for column in table.c:
            if names.get(column.name, column.name) not in other.c:
                stand_in = STAND_INS.get((place, column.name), "")
                yield Gap(other.name, column.name, _lowered(column.comment or ""), stand_in)


def _lowered(comment: str) -> str:
    return comment[:1].lower() + comment[1:]
