"""Finding runs by a text, a scope or a pattern of a name, without reading a million of them.

What many runs have is found by walking the list from where the page begins, which soon fills it; what few
have is looked up in an index. Nobody knows beforehand which of the two it is, so that the list is walked
for `WALK` runs first; where that does not fill the page and there are more, the index names all candidates.
A text is looked for in names of assets too: up to `FEW` results that have it are looked up beforehand, and
where there are more the walk asks run by run.

Every way is exact. Where there is no index the list is walked to its end if it must be, and the user can
cancel that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from amx_tui.store.json_sql import names_in_scope
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
    "Needle",
    "SearchObject",
    "Stretch",
    "anyone_of",
    "like_patterns",
    "matches",
    "pattern_needle",
    "read_sqlite",
    "scope_needle",
    "search_ddl",
    "text_needle",
    "uses_index",
]

FEW = 2_000
WALK = 2_000
ESCAPE = "/"

_TRIGRAM = re.compile(r"[^\W_]{3}|[\W_][^\W_]+[\W_]")

Condition = Callable[[Any], sa.ColumnElement[bool]]


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
    alternatives: Sequence[Sequence[sa.ColumnElement[bool]]] = ((),)
    """Further conditions of which a run meets exactly one set; each suits a range of an index."""

    @property
    def order(self) -> list[sa.ColumnElement[Any]]:
        """The order over the table itself."""
        labelled = {column.name: column for column in self.columns if isinstance(column, sa.Label)}
        return ordered([labelled[name].element for name in self.key], ascending=self.is_ascending)

    def select(self, *more: sa.ColumnElement[bool]) -> sa.Select[Any]:
        """Return the statement that reads it, on further conditions."""
        whole = sa.select(*self.columns).select_from(self.tables.runs).where(*self.conditions, *more)
        parts = [
            whole.where(*alternative).order_by(*self.order).limit(self.limit)
            for alternative in self.alternatives
        ]
        if len(parts) == 1:
            return parts[0]
        merged = sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery("merged")
        return sa.select(merged).order_by(*self.order_of(merged)).limit(self.limit)

    def order_of(self, rows: sa.FromClause) -> list[sa.ColumnElement[Any]]:
        """Return the order over rows that were read from it."""
        return ordered([rows.c[name] for name in self.key], ascending=self.is_ascending)

    def beyond_walk(self) -> sa.Select[Any]:
        """Return the statement that has a row where the stretch goes on behind `WALK` runs."""
        rows = replace(self, limit=WALK + 1).select().subquery("beyond")
        return sa.select(rows.c.run_id).limit(1).offset(WALK)


@dataclass(frozen=True)
class Needle:
    """What is looked for in the haystack of runs."""

    literals: tuple[str, ...]
    """Every run that has the needle in its own columns has one of these in id, member or scope, in any case."""
    condition: Condition
    """Whether a run has it in its own columns; called with something that has these columns."""
    name: str = ""
    """A text that the name of an asset of the run may have instead; empty asks for no names."""


def anyone_of(alternatives: Sequence[Sequence[sa.ColumnElement[bool]]]) -> list[sa.ColumnElement[bool]]:
    """Return the alternatives of a stretch as conditions that can be asked in any statement."""
    if not any(alternatives):
        return []
    return [sa.or_(*(sa.and_(*conditions) for conditions in alternatives))]


def text_needle(tables: Tables, text: str) -> Needle:
    """Look for a text in run ids, members, scopes and names of assets."""
    is_ascii = tables.layout != "document"
    in_json = like_patterns(text, in_json=True, is_ascii_json=is_ascii)
    plain = like_patterns(text)

    def condition(run: Any) -> sa.ColumnElement[bool]:
        if tables.backend_name == "postgresql":
            return _contains(run_text(run.run_id, run.created_by, run.scope_json), in_json)
        is_mysql = tables.backend_name == "mysql"
        scope = sa.cast(run.scope_json, sa.Text) if is_mysql else sa.type_coerce(run.scope_json, sa.Text)
        return sa.or_(
            _contains(run.run_id, plain), _contains(run.created_by, plain), _contains(scope, in_json)
        )

    return Needle(_spellings(text, in_json=True, is_ascii_json=is_ascii), condition, text)


def scope_needle(tables: Tables, schema: str, table: str) -> Needle:
    """Look for a schema in scopes, and for `table` in it where that is not empty."""

    def condition(run: Any) -> sa.ColumnElement[bool]:
        return names_in_scope(tables, run.scope_json, schema, table)

    name = storable(schema)
    return Needle(tuple({json.dumps(name, ensure_ascii=False), json.dumps(name)}), condition)


def pattern_needle(pattern: str) -> Needle:
    """Look for members whose name is like `pattern`, in which a star stands for anything."""
    escaped = re.sub(r"[/%_]", rf"{ESCAPE}\g<0>", storable(pattern)).replace("*", "%")

    def condition(run: Any) -> sa.ColumnElement[bool]:
        is_like: sa.ColumnElement[bool] = run.created_by.ilike(escaped, escape=ESCAPE)
        return is_like

    return Needle((max(pattern.split("*"), key=len),), condition)


def _spellings(text: str, *, in_json: bool = False, is_ascii_json: bool = False) -> tuple[str, ...]:
    """Return how a text may be spelled where it is stored.

    Databases know upper and lower case of ASCII letters; of others it depends on their locale, so that their
    usual spellings are looked for.
    """
    text = storable(text)
    spellings = [text] if text.isascii() else [text, text.lower(), text.upper(), text.title()]
    if in_json:
        spellings += [json.dumps(spelling, ensure_ascii=False)[1:-1] for spelling in list(spellings)]
    if is_ascii_json:
        spellings += [json.dumps(spelling)[1:-1] for spelling in list(spellings)]
    return tuple(dict.fromkeys(spellings))


def like_patterns(text: str, *, in_json: bool = False, is_ascii_json: bool = False) -> tuple[str, ...]:
    """Return what to look for with LIKE, escaped by `ESCAPE`, so that case does not matter.

    Args:
        in_json: Look as well for the spelling that the text has inside a JSON document.
        is_ascii_json: Those documents escape what is not ASCII.
    """
    spellings = _spellings(text, in_json=in_json, is_ascii_json=is_ascii_json)
    escaped = (re.sub(r"[/%_]", rf"{ESCAPE}\g<0>", spelling) for spelling in spellings)
    return tuple(f"%{pattern}%" for pattern in escaped)


def _contains(column: sa.ColumnElement[Any], patterns: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.or_(*(column.ilike(pattern, escape=ESCAPE) for pattern in patterns))


def uses_index(tables: Tables, needle: Needle) -> bool:
    """Whether an index can find the needle; SQLite's may still be missing."""
    texts = [*needle.literals, *([needle.name] if needle.name else [])]
    if tables.layout != "document":
        return False
    match tables.backend_name:
        case "postgresql":
            return all(_TRIGRAM.search(text) for text in texts)
        case "sqlite":
            return all(len(text) >= 3 for text in texts)
        case _:
            return False


def matches(tables: Tables, needle: Needle, run: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a run, or a result of it, has the needle; it is asked row by row.

    Args:
        run: The columns of the run.
    """
    own = needle.condition(run)
    return sa.or_(own, _has_name(tables, needle, run)) if needle.name else own


def _has_name(tables: Tables, needle: Needle, run: Any) -> sa.ColumnElement[bool]:
    results = tables.results.alias("named")
    conditions = (results.c.run_id == run.run_id, _named(tables, results, needle))
    if tables.backend_name == "postgresql":
        # PostgreSQL would gather what EXISTS asks for from all results beforehand.
        return sa.select(sa.literal(1)).where(*conditions).limit(1).scalar_subquery().is_not(None)
    return sa.exists().where(*conditions)


def _named(tables: Tables, results: Any, needle: Needle) -> sa.ColumnElement[bool]:
    """The condition that the name of a result's asset has the needle, as far as it can be searched in."""
    name: sa.ColumnElement[str]
    if tables.layout != "document":
        dot = sa.literal(".", sa.Text)
        column = sa.func.coalesce(dot.concat(sa.type_coerce(results.c.column_name, sa.Text)), "")
        schema = sa.type_coerce(results.c.schema_name, sa.Text)
        name = schema.concat(dot).concat(results.c.table_name).concat(column)
    elif tables.backend_name == "postgresql":
        name = name_text(results.c.target_qname)
    else:
        name = results.c.target_qname
    return _contains(name, like_patterns(needle.name))


class IndexedSearch:
    """A search on PostgreSQL, all of it in one statement; what it does not need is not carried out."""

    def __init__(self, tables: Tables, needle: Needle) -> None:
        self._tables = tables
        self._needle = needle
        self._named: sa.CTE | None = None
        if needle.name:
            self._named = _materialized(self._with_name(FEW + 1), "named")
            self._number = sa.select(sa.func.count()).select_from(self._named).scalar_subquery()

    def page(self, stretch: Stretch) -> sa.Select[Any]:
        """Return the statement that reads a page."""
        runs = self._tables.runs.c
        window = replace(stretch, limit=WALK).select().subquery("window")
        rows = sa.select(window).where(self._matches(window.c)).order_by(*stretch.order_of(window))
        walk = _materialized(rows.limit(stretch.limit), "walk")
        walked = sa.select(sa.func.count()).select_from(walk).scalar_subquery()
        is_short = sa.and_(walked < stretch.limit, sa.exists(stretch.beyond_walk()))
        near = sa.select(walk).where(~is_short)
        found = _materialized(self._candidates(), "found")
        far = stretch.select(is_short, runs.run_id.in_(sa.select(found.c.run_id)))
        page = sa.union_all(*(sa.select(part.subquery()) for part in (near, far))).subquery("branches")
        return sa.select(page).order_by(*stretch.order_of(page)).limit(stretch.limit)

    def total(self, conditions: Sequence[sa.ColumnElement[bool]], limit: int) -> sa.ScalarSelect[Any]:
        """Return how many runs are found, up to `limit`; NULL where too many names have the text."""
        runs = self._tables.runs.c
        rows = sa.select(runs.run_id).where(*conditions)
        if self._named is None:
            rows = rows.where(self._own(), self._needle.condition(runs))
            return sa.select(sa.func.count()).select_from(rows.limit(limit).subquery()).scalar_subquery()
        found = sa.select(runs.run_id).where(self._own()).limit(limit)
        ids = sa.union_all(sa.select(found.subquery()), sa.select(self._named.c.run_id))
        rows = rows.where(runs.run_id.in_(ids)).limit(limit)
        counted = sa.select(sa.func.count()).select_from(rows.subquery()).scalar_subquery()
        return sa.select(sa.case((self._number <= FEW, counted))).scalar_subquery()

    def _own(self) -> sa.ColumnElement[bool]:
        """The condition that the index of runs answers."""
        runs = self._tables.runs.c
        literals = (re.sub(r"[/%_]", rf"{ESCAPE}\g<0>", literal) for literal in self._needle.literals)
        body = run_text(runs.run_id, runs.created_by, runs.scope_json)
        return _contains(body, [f"%{literal}%" for literal in literals])

    def _with_name(self, limit: int | None) -> sa.Select[Any]:
        results = self._tables.results
        rows = sa.select(results.c.run_id).where(_named(self._tables, results, self._needle))
        return rows if limit is None else rows.limit(limit)

    def _candidates(self) -> sa.Select[Any] | sa.CompoundSelect[Any]:
        """The ids of all runs that have the needle; what is known of names already is not asked again."""
        runs = self._tables.runs.c
        own = sa.select(runs.run_id).where(self._own())
        if self._named is None:
            return own.where(self._needle.condition(runs))
        few = sa.select(self._named.c.run_id).where(self._number <= FEW)
        return sa.union_all(own, few, self._with_name(None).where(self._number > FEW))

    def _matches(self, run: Any) -> sa.ColumnElement[bool]:
        own = self._needle.condition(run)
        if self._named is None:
            return own
        is_named = sa.case(
            (self._number <= FEW, run.run_id.in_(sa.select(self._named.c.run_id))),
            else_=_has_name(self._tables, self._needle, run),
        )
        return sa.or_(own, is_named)


def _materialized(statement: sa.Select[Any] | sa.CompoundSelect[Any], name: str) -> sa.CTE:
    """Keep PostgreSQL from planning a part of a search as if it knew the whole, and from doing it twice."""
    return statement.cte(name).prefix_with("MATERIALIZED", dialect="postgresql")


def read_sqlite(
    connection: sa.Connection, stretch: Stretch, needle: Needle, *, count_limit: int | None = None
) -> tuple[Sequence[sa.RowMapping], int | None]:
    """Read a page of a search from SQLite, where several statements cost no more than one.

    Args:
        count_limit: How many runs are counted at most; None counts none.

    Returns:
        The rows, and how many runs there are where they were to be counted and names are few.
    """
    tables = stretch.tables
    if not _has_full_text(connection):
        found = stretch.select(matches(tables, needle, tables.runs.c))
        return connection.execute(found).mappings().all(), None
    window = replace(stretch, limit=WALK).select().subquery("window")
    is_match = matches(tables, needle, window.c)
    are_few = True
    if needle.name:
        probe = sa.select(sa.func.count()).select_from(_with_name(tables, needle).limit(FEW + 1).subquery())
        are_few = connection.execute(probe).scalar_one() <= FEW
        if are_few:
            is_match = sa.or_(needle.condition(window.c), window.c.run_id.in_(_with_name(tables, needle)))
    # Without an order of its own the outer statement stops at the last row that it needs; SQLite gives the
    # rows of an ordered sub-select in their order.
    walk = sa.select(window).where(is_match).limit(stretch.limit)
    rows = connection.execute(walk).mappings().all()
    if len(rows) < stretch.limit and connection.execute(stretch.beyond_walk()).first() is not None:
        rows = connection.execute(_among(stretch, needle)).mappings().all()
    total = None
    if count_limit is not None and are_few:
        everything = _among(replace(stretch, limit=count_limit), needle).subquery()
        total = connection.execute(sa.select(sa.func.count()).select_from(everything)).scalar_one()
    return rows, total


def _has_full_text(connection: sa.Connection) -> bool:
    names: sa.BindParameter[list[str]] = sa.bindparam("names", [RUNS_TABLE, NAMES_TABLE], expanding=True)
    statement = sa.text("SELECT count(*) FROM sqlite_master WHERE name IN :names").bindparams(names)
    return bool(connection.execute(statement).scalar() == 2)


def _match(table: str, literals: Sequence[str]) -> sa.ColumnElement[bool]:
    phrases = ('"' + storable(literal).replace('"', '""') + '"' for literal in literals)
    return sa.literal_column(table).op("MATCH", is_comparison=True)(" OR ".join(phrases))


def _with_name(tables: Tables, needle: Needle) -> sa.Select[Any]:
    names = sa.table(NAMES_TABLE, sa.column("target_qname"))
    source = names.join(tables.results, tables.results.c.target_qname == names.c.target_qname)
    rows = sa.select(tables.results.c.run_id).select_from(source)
    return rows.where(_match(NAMES_TABLE, [needle.name]))


def _among(stretch: Stretch, needle: Needle) -> sa.Select[Any]:
    """Return the page of those runs that the full-text tables name.

    The conditions are wrapped so that SQLite looks the runs up one by one, and does not walk an index of a
    million runs to ask of each whether it was found.
    """
    tables, runs = stretch.tables, sa.table(RUNS_TABLE, sa.column("run_id"))
    found = sa.select(runs.c.run_id).where(_match(RUNS_TABLE, needle.literals))
    ids = sa.union_all(found, _with_name(tables, needle)) if needle.name else found
    conditions = [*stretch.conditions, *anyone_of(stretch.alternatives)]
    conditions += [] if needle.name else [needle.condition(tables.runs.c)]
    opaque = [sa.case((condition, 1), else_=0) == 1 for condition in conditions]
    return replace(stretch, conditions=opaque, alternatives=((),)).select(tables.runs.c.run_id.in_(ids))
