"""What the layout `amx_cli` has no place for: read off the tables of both layouts, so that it stays true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal

import sqlalchemy as sa

from amx_tui.store.tables import Tables, amx_cli, build_tables

__all__ = ["EXPLAINED", "Gap", "Way", "find_gaps"]

Way = Literal["elsewhere", "compared", "in events", "left out"]
"""What becomes of it: other columns say it, what was read is compared before a save, `app_events` says it, nothing."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A column of the layout `document`, or a whole table of it, that the layout `amx_cli` lacks."""

    place: str
    """The table's name in `Tables`."""
    column: str
    """Empty for a whole table."""
    way: Way
    words: str
    """What it holds."""


EXPLAINED: dict[tuple[str, str], tuple[Way, str]] = {
    ("runs", "ok_count"): ("elsewhere", "counted off the results"),
    ("runs", "fail_count"): ("elsewhere", "counted off the results"),
    ("results", "target_qname"): ("elsewhere", "put together from schema, table and column"),
    ("results", "version"): ("compared", "decisions on results"),
    ("results", "evaluated_by"): ("in events", "who decided"),
    ("results", "applied_by"): ("in events", "who wrote a comment into the database"),
    ("results", "previous_comment"): ("in events", "what that comment replaced"),
    ("results", "error_text"): ("left out", "why nothing was drafted for an asset"),
    ("results", "seen_comment"): ("left out", "the comment that was there when a run drafted"),
    ("applications", ""): ("in events", "each attempt to write a comment"),
    ("users", "version"): ("compared", "roles and revocations of members"),
    ("pages", "updated_by"): ("elsewhere", "read off the newest version of the page"),
    ("page_versions", "title"): ("left out", "the title of a page's earlier versions"),
    ("page_versions", "status"): ("left out", "their status"),
    ("page_versions", "save_id"): ("left out", "the id of the save that made them"),
    ("sessions", "heartbeat_at"): ("left out", "who is here at the moment"),
    ("sessions", "opens"): ("left out", "what they have open"),
    ("schema_meta", "member_seq"): ("elsewhere", "changes of members take turns by locking the row"),
    ("schema_meta", "created_by"): ("left out", "who made the store"),
    ("catalog", "entity_id"): ("elsewhere", "its id"),
    ("catalog", "target_qname"): ("elsewhere", "put together from schema, table and column"),
    ("catalog", "synced_at"): ("elsewhere", "last_synced_at"),
    ("catalog", "contributor"): ("left out", "what each member read for the catalog"),
    ("catalog", "comment"): ("left out", "the comments that were found there"),
    ("shared_catalog", ""): ("elsewhere", "the catalog has one row an asset anyway"),
    ("lineage_artifacts", "updated_by"): ("left out", "who changed a canvas last"),
    ("lineage_nodes", "updated_by"): ("left out", "who changed a canvas last"),
    ("lineage_edges", "updated_by"): ("left out", "who changed a canvas last"),
}
"""What becomes of each gap, by the table's name in `Tables` and the column."""


def find_gaps(tables: Tables) -> tuple[Gap, ...]:
    """List what a store of the layout `document` holds and this one cannot; nothing for one of that layout.

    One that nobody has explained is left out, in the words of the column's own comment.
    """
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
            yield Gap(place, "", *EXPLAINED.get((place, ""), ("left out", table.comment or place)))
            continue
        names = renamed.get(place, {})
        for column in table.c:
            if names.get(column.name, column.name) not in other.c:
                words = column.comment or column.name
                yield Gap(place, column.name, *EXPLAINED.get((place, column.name), ("left out", words)))
