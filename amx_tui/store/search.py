"""Search for text in run ids, members, scopes and names of assets.

A text that few rows have is looked up in an index; one that many have is found by walking the list from
where the page begins, which soon fills it. Which of the two it is, a capped look-up says first:

1. up to `FEW` rows have the text: they are sorted and cut to the page;
2. more have it: the list is walked for `WALK` runs;
3. the walk did not fill the page, since what has the text lies far off: as 1, whatever their number.

All three are exact. Where there is no index the list is walked to its end if it must be, and the user can
cancel that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from amx_tui.store.keyset import ordered
from amx_tui.store.search_indexes import (
    NAMES_TABLE,
    RUNS_TABLE,
    SearchObject,
    name_text,
    run_text,
    search_ddl,
)
from amx_tui.store.tables import Tables
from amx_tui.store.tables.types import storable

__all__ = [
    "FEW",
    "WALK",
    "IndexedSearch",
    "SearchObject",
    "Stretch",
    "like_patterns",
    "matches",
    "read_sqlite",
    "search_ddl",
    "uses_index",
]

FEW = 10_000
WALK = 5_000
ESCAPE = "/"

_TRIGRAM = re.compile(r"[^\W_]{3}")


@dataclass(frozen=True)
class Stretch:
    """A page of runs still to be read: what, on which conditions, in which order, and how many at most.

    The columns hold `run_id`, `created_by`, `started_at` and `scope_json` among others.
    """

    tables: Tables
    columns: Sequence[sa.ColumnElement[Any]]
    conditions: Sequence[sa.ColumnElement[bool]]
    key: Sequence[str]
    """The names of the columns that it is sorted by."""
    is_ascending: bool
    limit: int

    @property
    def order(self) -> list[sa.ColumnElement[Any]]:
        """The order over the table itself."""
        labelled = {column.name: column for column in self.columns if isinstance(column, sa.Label)}
        return ordered([labelled[name].element for name in self.key], ascending=self.is_ascending)

    def select(self, *more: sa.ColumnElement[bool]) -> sa.Select[Any]:
        """Return the statement that reads it, on further conditions."""
        statement = sa.select(*self.columns).select_from(self.tables.runs)
        return statement.where(*self.conditions, *more).order_by(*self.order).limit(self.limit)

    def order_of(self, rows: sa.FromClause) -> list[sa.ColumnElement[Any]]:
        """Return the order over rows that were read from it."""
        return ordered([rows.c[name] for name in self.key], ascending=self.is_ascending)

    def beyond_walk(self) -> sa.Select[Any]:
        """Return the statement that has a row where the stretch goes on behind `WALK` runs."""
        return self.select().with_only_columns(self.tables.runs.c.run_id).limit(1).offset(WALK)


def like_patterns(text: str, *, in_json: bool = False, is_ascii_json: bool = False) -> tuple[str, ...]:
    """Return what to look for with LIKE, escaped by `ESCAPE`, so that case does not matter.

    Databases know upper and lower case of ASCII letters; of others it depends on their locale, so that their
    usual spellings are looked for.

    Args:
        in_json: Look as well for the spelling that the text has inside a JSON document.
        is_ascii_json: Those documents escape what is not ASCII.
    """
    text = storable(text)
    spellings = [text] if text.isascii() else [text, text.lower(), text.upper(), text.title()]
    if in_json:
        spellings += [json.dumps(spelling, ensure_ascii=False)[1:-1] for spelling in list(spellings)]
    if is_ascii_json:
        spellings += [json.dumps(spelling)[1:-1] for spelling in list(spellings)]
    escaped = (re.sub(r"[/%_]", r"/\g<0>", spelling) for spelling in dict.fromkeys(spellings))
    return tuple(f"%{pattern}%" for pattern in escaped)


def _contains(column: sa.ColumnElement[Any], patterns: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.or_(*(column.ilike(pattern, escape=ESCAPE) for pattern in patterns))


def uses_index(tables: Tables, text: str) -> bool:
    """Whether a search for `text` is worth asking an index; SQLite's may still be missing."""
    if tables.layout != "document":
        return False
    match tables.backend_name:
        case "postgresql":
            return _TRIGRAM.search(text) is not None
        case "sqlite":
            return len(text) >= 3
        case _:
            return False


def matches(tables: Tables, text: str, run: Any = None) -> sa.ColumnElement[bool]:
    """Return the condition that a run, or a result of it, has `text`; it is asked row by row.

    Args:
        run: The columns of the run; those of the table where it is None.
    """
    is_ours = tables.layout == "document"
    run_id: Any
    created_by: Any
    scope: Any
    if run is None:
        run_id, created_by, scope = (
            tables.run_column(name) for name in ("run_id", "created_by", "scope_json")
        )
    else:
        run_id, created_by, scope = run.run_id, run.created_by, run.scope_json
    patterns = like_patterns(text, in_json=True, is_ascii_json=not is_ours)
    results = tables.results.alias("named")
    named = sa.exists().where(
        results.c.run_id == run_id, _contains(_name(tables, results), like_patterns(text))
    )
    if tables.backend_name == "postgresql":
        return sa.or_(_contains(run_text(run_id, created_by, scope), patterns), named)
    is_mysql = tables.backend_name == "mysql"
    spelled: sa.ColumnElement[str] = sa.cast(scope, sa.Text) if is_mysql else sa.type_coerce(scope, sa.Text)
    plain = like_patterns(text)
    return sa.or_(_contains(run_id, plain), _contains(created_by, plain), _contains(spelled, patterns), named)


def _name(tables: Tables, results: Any) -> sa.ColumnElement[str]:
    """The name of a result's asset, as far as it can be searched in."""
    if tables.layout == "document":
        name: sa.ColumnElement[str] = results.c.target_qname
        return name_text(name) if tables.backend_name == "postgresql" else name
    dot = sa.literal(".", sa.Text)
    column = sa.func.coalesce(dot.concat(sa.type_coerce(results.c.column_name, sa.Text)), "")
    return (
        sa.type_coerce(results.c.schema_name, sa.Text).concat(dot).concat(results.c.table_name).concat(column)
    )


class IndexedSearch:
    """A search on PostgreSQL, all of it in one statement: of its branches, one is carried out."""

    def __init__(self, tables: Tables, text: str) -> None:
        self._tables = tables
        self._text = text
        few = self._candidates(FEW + 1)
        self._few = few.cte("few").prefix_with("MATERIALIZED", dialect="postgresql")
        self._number = sa.select(sa.func.count()).select_from(self._few).scalar_subquery()

    def _candidates(self, limit: int | None) -> sa.CompoundSelect[Any]:
        """Ask the indexes for the ids of runs that have the text, each of the two up to `limit` rows."""
        runs, results = self._tables.runs.c, self._tables.results.c
        found = _contains(
            run_text(runs.run_id, runs.created_by, runs.scope_json), like_patterns(self._text, in_json=True)
        )
        named = _contains(name_text(results.target_qname), like_patterns(self._text))
        parts = [sa.select(runs.run_id).where(found), sa.select(results.run_id).where(named)]
        if limit is not None:
            parts = [sa.select(part.limit(limit).subquery()) for part in parts]
        return sa.union_all(*parts)

    def page(self, stretch: Stretch) -> sa.Select[Any]:
        """Return the statement that reads a page."""
        run_id = self._tables.runs.c.run_id
        are_many = self._number > FEW
        first = stretch.select(self._number <= FEW, run_id.in_(sa.select(self._few.c.run_id)))
        window = replace(stretch, limit=WALK).select(are_many).subquery("window")
        walk = (
            sa.select(window)
            .where(matches(self._tables, self._text, window.c))
            .order_by(*stretch.order_of(window))
            .limit(stretch.limit)
            .cte("walk")
            .prefix_with("MATERIALIZED", dialect="postgresql")
        )
        walked = sa.select(sa.func.count()).select_from(walk).scalar_subquery()
        is_short = sa.and_(walked < stretch.limit, sa.exists(stretch.beyond_walk()))
        near = sa.select(walk).where(~is_short)
        far = stretch.select(are_many, is_short, run_id.in_(self._candidates(None)))
        page = sa.union_all(*(sa.select(part.subquery()) for part in (first, near, far))).subquery("found")
        return sa.select(page).order_by(*stretch.order_of(page)).limit(stretch.limit)

    def total(self, conditions: Sequence[sa.ColumnElement[bool]], limit: int) -> sa.ScalarSelect[Any]:
        """Return how many runs are found, up to `limit`; NULL where they are not few."""
        run_id = self._tables.runs.c.run_id
        rows = sa.select(run_id).where(*conditions, run_id.in_(sa.select(self._few.c.run_id))).limit(limit)
        counted = sa.select(sa.func.count()).select_from(rows.subquery()).scalar_subquery()
        return sa.select(sa.case((self._number <= FEW, counted))).scalar_subquery()


def read_sqlite(
    connection: sa.Connection, stretch: Stretch, text: str, *, count_limit: int | None = None
) -> tuple[Sequence[sa.RowMapping], int | None]:
    """Read a page of a search from SQLite, where several statements cost no more than one.

    Args:
        count_limit: How many runs are counted at most; None counts none.

    Returns:
        The rows, and how many runs there are where they are few and were to be counted.
    """
    tables = stretch.tables
    if not _has_full_text(connection):
        return connection.execute(stretch.select(matches(tables, text))).mappings().all(), None
    probe = sa.select(sa.func.count()).select_from(_full_text(tables, text, FEW + 1).subquery())
    if connection.execute(probe).scalar_one() <= FEW:
        total = None
        if count_limit is not None:
            found = _among(replace(stretch, limit=count_limit), text).subquery()
            total = connection.execute(sa.select(sa.func.count()).select_from(found)).scalar_one()
        return connection.execute(_among(stretch, text)).mappings().all(), total
    window = replace(stretch, limit=WALK).select().subquery("window")
    walk = sa.select(window).where(matches(tables, text, window.c)).order_by(*stretch.order_of(window))
    rows = connection.execute(walk.limit(stretch.limit)).mappings().all()
    if len(rows) < stretch.limit and connection.execute(stretch.beyond_walk()).first() is not None:
        rows = connection.execute(_among(stretch, text)).mappings().all()
    return rows, None


def _has_full_text(connection: sa.Connection) -> bool:
    names: sa.BindParameter[list[str]] = sa.bindparam("names", [RUNS_TABLE, NAMES_TABLE], expanding=True)
    statement = sa.text("SELECT count(*) FROM sqlite_master WHERE name IN :names").bindparams(names)
    return bool(connection.execute(statement).scalar() == 2)


def _full_text(tables: Tables, text: str, limit: int | None) -> sa.CompoundSelect[Any]:
    """Ask the full-text tables for the ids of runs that have the text, each of the two up to `limit` rows."""
    text = storable(text)
    spellings = dict.fromkeys((text, json.dumps(text, ensure_ascii=False)[1:-1]))
    phrases = ['"' + spelling.replace('"', '""') + '"' for spelling in spellings]
    runs = sa.table(RUNS_TABLE, sa.column("run_id"))
    names = sa.table(NAMES_TABLE, sa.column("target_qname"))
    results = tables.results.c
    found = sa.select(runs.c.run_id).where(_match(RUNS_TABLE, " OR ".join(phrases)))
    named = (
        sa.select(results.run_id)
        .select_from(names.join(tables.results, results.target_qname == names.c.target_qname))
        .where(_match(NAMES_TABLE, phrases[0]))
    )
    parts = [found, named]
    if limit is not None:
        parts = [sa.select(part.limit(limit).subquery()) for part in parts]
    return sa.union_all(*parts)


def _match(table: str, query: str) -> sa.ColumnElement[bool]:
    return sa.literal_column(table).op("MATCH", is_comparison=True)(query)


def _among(stretch: Stretch, text: str) -> sa.Select[Any]:
    """Return the page of those runs that the full-text tables name.

    The conditions are wrapped so that SQLite looks the runs up one by one, and does not walk an index of a
    million runs to ask of each whether it was found.
    """
    found = stretch.tables.runs.c.run_id.in_(_full_text(stretch.tables, text, None))
    opaque = [sa.case((condition, 1), else_=0) == 1 for condition in stretch.conditions]
    return replace(stretch, conditions=opaque).select(found)
