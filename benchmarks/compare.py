"""Comparing two runs: all counts and the first page, against the plain join in PostgreSQL and a join in Python.

Two members' runs over the same tables, a fifth of the descriptions different, a twentieth only on one side, in a store
with other runs in it. The plain join does less than a comparison has to: it takes every asset for single, counts per
status but not per table, and reads no page.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from amx_tui.config.model import Profile
from amx_tui.domain.compare import DIFFERENCES, CompareCursor, CompareFilter
from amx_tui.store.bootstrap import execute_plan, plan_store
from amx_tui.store.database import Database
from amx_tui.store.opening import Store, open_store
from benchmarks.harness import Row, cache_folder, heading, interleave, parser, print_rows
from benchmarks.stores import ALICE, SCHEMA, PostgresStores, postgresql, profile_database

LIMIT = 1.5
"""What all counts and the first page may take, in times of PostgreSQL's plain join."""
RUNS = ("run_2026-05-03_15-44-002", "run_2026-05-03_11-08-001")
_OTHERS = 20

_INSERT = """
INSERT INTO amx_history_results (result_id, run_id, target_qname, schema_name, table_name, column_name, asset_kind,
  saved_at, source, confidence, logprob_score, reasoning, model_version, alternatives_json, evaluation,
  chosen_description, applied_status)
SELECT {result_id}, '{run_id}', 'sales.' || {table} || '.' || {column}, 'sales', {table}, {column}, 'column',
  {moment}, 'combined', 'high', -0.25,
  'The name, its neighbours and a sample of its values agree with what the profile of the table says.',
  'gpt-4o-2024-08-06',
  {json}('["Number ' || {number} || ' of the customer, as the order system knows it.", "Customer number."]'),
  CASE i % 10 WHEN 3 THEN 'accepted' WHEN 7 THEN 'skipped' END,
  CASE i % 10 WHEN 3 THEN 'Number ' || i || ' of the customer, as the order system knows it.' WHEN 7 THEN '' END, ''
FROM ({numbers}) AS numbered
"""
_RUN = """
INSERT INTO amx_history_runs (run_id, created_by, hostname, started_at, status, command, db_profile)
VALUES ('{run_id}', '{who}', 'host', {moment}, 'success', 'analyze.run', 'prod-pg')
"""
_WORDS: dict[str, dict[str, str]] = {
    "postgresql": {
        "json": "jsonb",
        "moment": "timestamptz '2026-05-03 15:44Z'",
        "table": "('table_' || lpad((i / 20)::text, 5, '0'))",
        "column": "('column_' || lpad((i * 7 % 20)::text, 2, '0'))",
        "result_id": "'{side:08x}-0000-4000-8000-' || lpad(to_hex(i), 12, '0')",
        "numbers": "SELECT generate_series({first}, {last}) AS i",
    },
    "sqlite": {
        "json": "",
        "moment": "'2026-05-03T15:44:00.000000Z'",
        "table": "printf('table_%05d', i / 20)",
        "column": "printf('column_%02d', i * 7 % 20)",
        "result_id": "printf('{side:08x}-0000-4000-8000-%012x', i)",
        "numbers": (
            "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) SELECT i FROM n"
        ),
    },
}

_IN_FORCE = """CASE WHEN evaluation IN ('accepted', 'custom') THEN chosen_description
  WHEN evaluation = 'skipped' THEN NULL ELSE alternatives_json ->> 0 END"""
_SIDE = (
    f"SELECT schema_name, table_name, column_name, {_IN_FORCE} AS text FROM amx_history_results"
    " WHERE run_id = %s AND superseded_at IS NULL"
)
_JOIN = f"({_SIDE}) a FULL JOIN ({_SIDE}) b USING (schema_name, table_name, column_name)"
_COUNTED = f"""SELECT CASE WHEN a.text = b.text THEN 'same' WHEN a.text IS NULL AND b.text IS NULL THEN 'neither'
  WHEN a.text IS NULL THEN 'right_only' WHEN b.text IS NULL THEN 'left_only' ELSE 'diff' END AS status, count(*)
FROM {_JOIN} GROUP BY 1"""
_FETCHED = f"SELECT schema_name, table_name, column_name, a.text, b.text FROM {_JOIN}"
_BOTH = (
    "SELECT run_id, schema_name, table_name, column_name, evaluation, chosen_description, alternatives_json"
    " FROM amx_history_results WHERE run_id IN (%s, %s) AND superseded_at IS NULL"
)


def main() -> None:
    """Measure and print."""
    options = parser(__doc__ or "", rounds=15)
    options.add_argument("--cache", default="/tmp/amx-bench", help="where stores are kept for the next time")
    options.add_argument("--results", default="1200,10000,100000", help="results a side, several with commas")
    given = options.parse_args()
    sizes = [int(size) for size in given.results.split(",")]
    folder = cache_folder(given.cache)
    with postgresql(folder) as stores, closing(asyncio.new_event_loop()) as loop:
        for size in sizes:
            _measure_postgresql(loop, stores, size, given)
        for size in sizes:
            _measure_sqlite(loop, folder, size, given)


# ---- PostgreSQL --------------------------------------------------------------------------------------------


def _measure_postgresql(
    loop: asyncio.AbstractEventLoop, stores: PostgresStores, size: int, given: argparse.Namespace
) -> None:
    profile = _postgres_profile(loop, stores, size)
    database = profile_database(profile)
    store = loop.run_until_complete(open_store(database, schema=SCHEMA))
    with stores.connect(f"amx_compare_{size}") as connection:
        connection.execute(f'SET search_path TO "{SCHEMA}"')

        def counted() -> None:
            connection.execute(_COUNTED, RUNS).fetchall()

        contestants: dict[str, Callable[[], object]] = {
            "plain join, counted by status": counted,
            "plain join, all rows fetched": lambda: connection.execute(_FETCHED, RUNS).fetchall(),
            "both runs fetched, joined in Python": lambda: _join_in_python(
                connection.execute(_BOTH, RUNS).fetchall()
            ),
            "ours: all counts and the first page": lambda: loop.run_until_complete(
                store.comparisons.open(RUNS)
            ),
        }
        loop.run_until_complete(_connect_twice(store))
        heading(f"Opening a comparison of 2 x {size:,} results in PostgreSQL")
        _print(contestants, "plain join, counted by status", given.rounds)
    _measure_pages(loop, store, size, given)
    _measure_memory(loop, store)
    loop.run_until_complete(store.close())


def _postgres_profile(loop: asyncio.AbstractEventLoop, stores: PostgresStores, size: int) -> Profile:
    """Make the store of that size unless it is there."""
    name = f"amx_compare_{size}"
    profile = stores.profile(0)
    profile = Profile(profile.name, profile.backend, {**profile.values, "database": name})
    with stores.connect("postgres") as admin:
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return profile
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    loop.run_until_complete(_make_store(profile_database(profile)))
    with stores.connect(name) as connection:
        connection.execute(f'SET search_path TO "{SCHEMA}", public')
        for statement in _statements("postgresql", size):
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE")
    return profile


async def _connect_twice(store: Store) -> None:
    """Have two connections open, as the app has as soon as a screen reads ahead."""
    await asyncio.gather(store.comparisons.page(RUNS), store.comparisons.page(RUNS))


def _join_in_python(rows: list[Any]) -> Counter[str]:
    sides: dict[str, dict[tuple[str, str, str], str | None]] = {run_id: {} for run_id in RUNS}
    for run_id, schema, table, column, evaluation, chosen, alternatives in rows:
        found = json.loads(alternatives) if isinstance(alternatives, str) else alternatives
        draft = found[0] if found else None
        text = {"accepted": chosen, "custom": chosen, "skipped": None}.get(evaluation or "", draft)
        sides[run_id][schema, table, column] = text
    left, right = (sides[run_id] for run_id in RUNS)
    return Counter(_status(left.get(key), right.get(key)) for key in left.keys() | right.keys())


def _status(left: str | None, right: str | None) -> str:
    if left is None or right is None:
        return "neither" if left is right else "right_only" if left is None else "left_only"
    return "same" if left == right else "diff"


# ---- SQLite ------------------------------------------------------------------------------------------------


def _measure_sqlite(
    loop: asyncio.AbstractEventLoop, folder: Path, size: int, given: argparse.Namespace
) -> None:
    path = folder / f"compare-{size}.db"
    database = profile_database(Profile("bench", "sqlite", {"database": str(path)}))
    if not (folder / f"compare-{size}.ready").exists():
        path.unlink(missing_ok=True)
        loop.run_until_complete(_make_store(database, is_local=True))
        with closing(sqlite3.connect(path)) as connection:
            for statement in _statements("sqlite", size):
                connection.execute(statement)
            connection.execute("ANALYZE")
            connection.commit()
        (folder / f"compare-{size}.ready").touch()
    store = loop.run_until_complete(open_store(database, schema=None, is_local=True))
    with closing(sqlite3.connect(path)) as connection:
        both = _BOTH.replace("%s", "?")
        contestants: dict[str, Callable[[], object]] = {
            "both runs fetched, joined in Python": lambda: _join_in_python(
                connection.execute(both, RUNS).fetchall()
            ),
            "ours: all counts and the first page": lambda: loop.run_until_complete(
                store.comparisons.open(RUNS)
            ),
        }
        heading(f"Opening a comparison of 2 x {size:,} results in SQLite")
        _print(contestants, "both runs fetched, joined in Python", given.rounds)
    _measure_pages(loop, store, size, given)
    loop.run_until_complete(store.close())


# ---- Both --------------------------------------------------------------------------------------------------


async def _make_store(database: Database, *, is_local: bool = False) -> None:
    try:
        plan = await plan_store(database, schema=SCHEMA, identity=ALICE, is_local=is_local)
        await execute_plan(database, plan)
    finally:
        await database.close()


def _statements(backend: str, size: int) -> list[str]:
    """The rows: the two runs, and others beside them so that an index has something to choose."""
    words = _WORDS[backend]
    made: list[str] = []
    others = [f"run_2026-04-{day:02}_10-00-001" for day in range(1, _OTHERS + 1)]
    for side, run_id in enumerate((*RUNS, *others)):
        first = size // 20 if side == 1 else 0
        last = first + (size if side < len(RUNS) else size // 5) - 1
        number = "CASE WHEN i % 5 = 0 THEN i + 7 ELSE i END" if side == 1 else "i"
        values = {
            **words,
            "run_id": run_id,
            "who": "bob@acme.com" if side == 1 else "alice@acme.com",
            "number": number,
            "result_id": words["result_id"].format(side=side + 1),
            "numbers": words["numbers"].format(first=first, last=last),
        }
        made += [_RUN.format(**values), _INSERT.format(**values)]
    return made


def _measure_pages(
    loop: asyncio.AbstractEventLoop, store: Store, size: int, given: argparse.Namespace
) -> None:
    middle = CompareCursor("sales", f"table_{size // 40:05}", "column_07")
    differing = CompareFilter(statuses=DIFFERENCES)
    read = store.comparisons.page

    def page(*arguments: Any, **options: Any) -> Callable[[], object]:
        return lambda: loop.run_until_complete(read(RUNS, *arguments, **options))

    contestants: dict[str, Callable[[], object]] = {
        "first page of 60": page(),
        "a page in the middle": page(cursor=middle),
        "the page in front of it": page(cursor=middle, direction="backward"),
        "differences, first page": page(differing),
        "differences, from the middle": page(differing, cursor=middle),
        "missing on both sides, from the middle": page(
            CompareFilter(statuses=frozenset({"neither"})), cursor=middle
        ),
        "one table": page(CompareFilter(name="sales.table_00007")),
    }
    print()
    _print(contestants, None, given.rounds)


def _measure_memory(loop: asyncio.AbstractEventLoop, store: Store) -> None:
    """Print the most that Python holds while a comparison is opened and read to its end, page by page."""

    async def read() -> int:
        await store.comparisons.open(RUNS)
        cursor: CompareCursor | None = None
        amount = 0
        while True:
            page = await store.comparisons.page(RUNS, cursor=cursor, limit=500, is_full=True)
            amount += len(page.rows)
            if not page.has_after:
                return amount
            cursor = CompareCursor.of(page.rows[-1])

    tracemalloc.start()
    amount = loop.run_until_complete(read())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"\nread to the end: {amount:,} rows, at most {peak / 1e6:.1f} MB held")


def _print(contestants: dict[str, Callable[[], object]], baseline: str | None, rounds: int) -> None:
    def timed(work: Callable[[], object]) -> Callable[[], float]:
        def measure() -> float:
            started = time.perf_counter()
            work()
            return (time.perf_counter() - started) * 1000

        return measure

    figures = interleave({name: timed(work) for name, work in contestants.items()}, rounds)
    base = figures[baseline] if baseline else None
    rows = [
        Row(
            name, values, base, LIMIT if name.startswith("ours") and baseline and "join" in baseline else None
        )
        for name, values in figures.items()
    ]
    print_rows(rows, unit="ms", digits=2)


if __name__ == "__main__":
    main()
