"""What makes a search for text quick: trigram indexes on PostgreSQL, full-text tables on SQLite.

A run is found by one text made of its id, its member and its scope, an asset by its qualified name. Both
exist in the layout `document` alone: a store that amx-cli made is not added to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.compiler import IdentifierPreparer

from amx_tui.store.plans import Statement
from amx_tui.store.tables import Tables

__all__ = ["NAMES_TABLE", "RUNS_TABLE", "SearchObject", "name_text", "run_text", "search_ddl"]

RUNS_TABLE = "amx_search_runs"
"""SQLite's full-text table of runs, with columns `run_id` and `body`."""
NAMES_TABLE = "amx_search_names"
"""SQLite's full-text table of the qualified names that occur in results, each once."""


@dataclass(frozen=True, slots=True)
class SearchObject:
    """An index, table or trigger that searching uses, with the statements that make it."""

    name: str
    statements: tuple[Statement, ...]
    """Each does nothing where its work is done already."""


def run_text(run_id: Any, created_by: Any, scope_json: Any) -> sa.ColumnElement[str]:
    """Return, for PostgreSQL, the text by which a run is found.

    An index is used only where a query repeats its expression to the letter, so both come from here. A
    line feed stands between the parts, which nobody types into a search.
    """
    scope = sa.func.coalesce(sa.cast(scope_json, sa.Text), sa.literal_column("''"), type_=sa.Text)
    parts = (sa.cast(run_id, sa.Text), sa.cast(created_by, sa.Text))
    line_feed = sa.literal_column("chr(10)", sa.Text)
    return (
        _by_language(parts[0])
        .concat(line_feed)
        .concat(_by_language(parts[1]))
        .concat(line_feed)
        .concat(scope)
    )


def name_text(target_qname: Any) -> sa.ColumnElement[str]:
    """Return, for PostgreSQL, the text by which an asset is found."""
    return _by_language(sa.cast(target_qname, sa.Text))


def _by_language(text: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Names compare by code point, where upper and lower case of ASCII letters alone are known."""
    return sa.collate(text, "default")


def search_ddl(
    tables: Tables, *, has_trgm: bool = True, trgm_schema: str | None = None
) -> tuple[SearchObject, ...]:
    """Return what a store needs for quick searches, in the order of making.

    Args:
        has_trgm: Whether PostgreSQL has the extension pg_trgm in this database, or SQLite its FTS5 trigrams.
        trgm_schema: The schema of the extension where the search path does not lead to it.

    Returns:
        Nothing where the backend or the layout has no such indexes; searching then reads row after row.
    """
    if tables.layout != "document" or not has_trgm:
        return ()
    match tables.backend_name:
        case "postgresql":
            return _postgresql(tables, trgm_schema)
        case "sqlite":
            return _sqlite(tables)
        case _:
            return ()


def _postgresql(tables: Tables, trgm_schema: str | None) -> tuple[SearchObject, ...]:
    # The dialect takes longer to import than a local store takes to open.
    from sqlalchemy.dialects import postgresql

    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
    preparer: IdentifierPreparer = dialect.identifier_preparer
    prefix = f"{preparer.quote_identifier(trgm_schema)}." if trgm_schema else ""

    def index(table: sa.Table, expression: sa.ColumnElement[str], what: str) -> SearchObject:
        name = f"ix_{table.name}_search"
        compiled = expression.compile(dialect=dialect, compile_kwargs={"include_table": False})
        sql = (
            f"CREATE INDEX IF NOT EXISTS {name} ON {preparer.format_table(table)} "
            f"USING gin (({compiled}) {prefix}gin_trgm_ops)"
        )
        return SearchObject(name, (Statement(sql, f"Index {name}: search for text in {what}"),))

    runs, results = tables.runs.c, tables.results.c
    return (
        index(
            tables.runs,
            run_text(runs.run_id, runs.created_by, runs.scope_json),
            "run ids, members and scopes",
        ),
        index(tables.results, name_text(results.target_qname), "names of assets"),
    )


def _sqlite(tables: Tables) -> tuple[SearchObject, ...]:
    runs, results = tables.runs.name, tables.results.name
    body = "{0}run_id || char(10) || {0}created_by || char(10) || coalesce({0}scope_json, '')"
    add_run = f"INSERT INTO {RUNS_TABLE} (run_id, body) VALUES (NEW.run_id, {body.format('NEW.')})"
    drop_run = f"DELETE FROM {RUNS_TABLE} WHERE run_id = OLD.run_id"
    # A name goes in with its first result and out with its last.
    add_name = (
        f"INSERT INTO {NAMES_TABLE} (target_qname) SELECT NEW.target_qname WHERE NOT EXISTS (SELECT 1"
        f" FROM {results} WHERE target_qname = NEW.target_qname AND result_id <> NEW.result_id)"
    )
    drop_name = (
        f"DELETE FROM {NAMES_TABLE} WHERE target_qname = OLD.target_qname AND NOT EXISTS (SELECT 1"
        f" FROM {results} WHERE target_qname = OLD.target_qname)"
    )
    renamed = "UPDATE OF target_qname", "WHEN NEW.target_qname <> OLD.target_qname "
    return (
        _full_text_table(
            RUNS_TABLE, "run_id UNINDEXED, body", f"SELECT run_id, {body.format('')} FROM {runs}"
        ),
        _trigger("runs_insert", runs, "INSERT", "", add_run),
        _trigger("runs_update", runs, "UPDATE OF run_id, created_by, scope_json", "", drop_run, add_run),
        _trigger("runs_delete", runs, "DELETE", "", drop_run),
        _full_text_table(NAMES_TABLE, "target_qname", f"SELECT DISTINCT target_qname FROM {results}"),
        _trigger("names_insert", results, "INSERT", "", add_name),
        _trigger("names_update", results, *renamed, drop_name, add_name),
        _trigger("names_delete", results, "DELETE", "", drop_name),
    )


def _full_text_table(name: str, columns: str, content: str) -> SearchObject:
    plain_columns = columns.replace(" UNINDEXED", "")
    create = f"CREATE VIRTUAL TABLE IF NOT EXISTS {name} USING fts5({columns}, tokenize = 'trigram')"
    fill = (
        f"INSERT INTO {name} ({plain_columns}) SELECT * FROM ({content})"
        f" WHERE NOT EXISTS (SELECT 1 FROM {name})"
    )
    return SearchObject(
        name,
        (
            Statement(create, f"Table {name}: finds texts of at least three characters"),
            Statement(fill, f"What is stored already goes into {name}"),
        ),
    )


def _trigger(name: str, table: str, event: str, condition: str, *actions: str) -> SearchObject:
    name = f"tr_amx_search_{name}"
    body = "; ".join(actions)
    sql = f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {event} ON {table} {condition}BEGIN {body}; END"
    return SearchObject(name, (Statement(sql, f"Trigger {name}: keeps the search in step"),))
