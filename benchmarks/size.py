"""A million runs and a run of a hundred thousand results against a thousand, in SQLite and in PostgreSQL.

Every question is asked of the small and of the large store in turns, over the program's own repositories. A search
for text is also asked without an index. At the end the program itself pages through ten thousand rows, to see
whether its memory grows.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from amx_tui.config.model import Profile
from amx_tui.domain.results import ResultCursor, ResultFilter
from amx_tui.domain.runs import RunCursor, RunFilter
from amx_tui.store.opening import Store, open_store
from benchmarks.generation import COMMON_TEXT, MIDDLING_TEXT, RARE_TEXT
from benchmarks.harness import (
    Figures,
    Row,
    cache_folder,
    heading,
    opened,
    parser,
    print_rows,
    program_beside_python,
)
from benchmarks.stores import (
    BIG_RUN,
    SCHEMA,
    home_environment,
    postgres_home,
    postgresql,
    prime,
    profile_database,
    sqlite_home,
    sqlite_profile,
    without_search,
)

LIMIT = 1.5
SMALL = 1_000
PAGE = 60
_PAGED = 10_000
_ROW = rb"row ([0-9][0-9,]*)"
Question = Callable[["Opened"], Awaitable[Any]]


@dataclass
class Opened:
    """A store, and places in the middle of its lists.

    Attributes:
        profile: How it is reached.
        store: It, open.
        middle: A run half-way down the list.
        result: A result half-way down the run with many.
    """

    profile: Profile
    store: Store
    middle: RunCursor
    result: ResultCursor

    @classmethod
    async def of(cls, profile: Profile, runs: int) -> Opened:
        """Open a store and find the middles."""
        store = await _open(profile)
        newest = (await store.runs.page(limit=1)).runs[0]
        moment = newest.started_at - timedelta(minutes=3 * (runs // 2))
        middle = RunCursor(moment, f"run_{moment:%Y-%m-%d_%H-%M}-001", "")
        # Half of the tables of the run with many results; they are named by their numbers.
        tables = max(runs // 10, min(runs, SMALL)) // 100
        result = ResultCursor("sales", f"table_{tables // 2:04}", "", "")
        return cls(profile, store, middle, result)


async def _open(profile: Profile) -> Store:
    schema = None if profile.backend == "sqlite" else SCHEMA
    return await open_store(profile_database(profile), schema=schema, is_local=schema is None)


async def _open_and_list(opened: Opened) -> None:
    store = await _open(opened.profile)
    await store.runs.page(limit=PAGE)
    await store.close()


def _runs(**how: Any) -> Question:
    return lambda opened: opened.store.runs.page(limit=PAGE, **how)


def _filtered(direction: Any = "forward", **what: Any) -> Question:
    return _runs(filter=RunFilter(**what), direction=direction)


def _results(direction: Any = "forward", **what: Any) -> Question:
    return lambda opened: opened.store.results.page(
        BIG_RUN, ResultFilter(**what), limit=PAGE, direction=direction
    )


LISTS: Mapping[str, Question] = {
    "open the store and list": _open_and_list,
    "first page": _runs(),
    "first page, counted to 10,001": _runs(count=True),
    "last page": _runs(direction="backward"),
    "next page, half-way down": lambda opened: opened.store.runs.page(limit=PAGE, cursor=opened.middle),
    "page before, half-way down": lambda opened: opened.store.runs.page(
        limit=PAGE, cursor=opened.middle, direction="backward"
    ),
    "refresh half-way down": lambda opened: opened.store.runs.page(limit=PAGE, around=opened.middle),
    "sorted by who": _filtered(sort="who", descending=False),
    "of one member": _filtered(who="member3@acme.com"),
    "of one member, last page": _filtered("backward", who="member3@acme.com"),
    "of one status": _filtered(status="failed"),
    "of one status, last page": _filtered("backward", status="failed"),
    "of one member and status": _filtered(who="member3@acme.com", status="failed"),
    "until a time half-way down": lambda opened: opened.store.runs.page(
        RunFilter(until=opened.middle.started_at), limit=PAGE
    ),
    "since a time half-way down, last page": lambda opened: opened.store.runs.page(
        RunFilter(since=opened.middle.started_at), limit=PAGE, direction="backward"
    ),
    "of one schema": _filtered(scope="finance"),
    "open the run with many results": lambda opened: opened.store.runs.open(BIG_RUN, limit=PAGE),
    "its last page": _results("backward"),
    "its next page, half-way down": lambda opened: opened.store.results.page(
        BIG_RUN, limit=PAGE, cursor=opened.result
    ),
    "its undecided results": _results(decision="pending"),
    "its results of low confidence": _results(confidence="low"),
    "its results of one table": _results(table="sales.table_0003"),
}
SEARCHES: Mapping[str, Question] = {
    f"search for {text!r}, in {share}": _filtered(text=text)
    for text, share in (
        (COMMON_TEXT, "most"),
        (MIDDLING_TEXT, "1 of 500"),
        (RARE_TEXT, "a few"),
        ("nowhere", "none"),
    )
}


def main() -> None:
    """Measure and print."""
    options = parser(__doc__ or "", rounds=15)
    options.add_argument("--cache", default="/tmp/amx-bench", help="where stores are kept for the next time")
    options.add_argument("--runs", type=int, default=1_000_000, help="runs in the large stores")
    options.add_argument("--only", choices=["sqlite", "postgresql"], help="one backend alone")
    options.add_argument(
        "--program", type=Path, default=program_beside_python(), help="the installed amx-tui"
    )
    given = options.parse_args()
    folder = cache_folder(given.cache)
    if given.only != "postgresql":
        _measure_sqlite(folder, given)
    if given.only != "sqlite":
        _measure_postgresql(folder, given)


def _measure_sqlite(folder: Path, given: argparse.Namespace) -> None:
    homes = {runs: sqlite_home(folder, runs) for runs in (SMALL, given.runs)}
    profiles = {runs: sqlite_profile(home) for runs, home in homes.items()}
    asyncio.run(_compare(f"SQLite, {SMALL:,} runs and {given.runs:,}", profiles, LISTS, given.rounds, LIMIT))
    asyncio.run(_compare("SQLite, searching", profiles, SEARCHES, given.rounds))
    plain = {runs: sqlite_profile(sqlite_home(folder, runs, has_search=False)) for runs in profiles}
    asyncio.run(_compare("SQLite, searching without an index", plain, SEARCHES, 3))
    _watch_memory("SQLite", given.program, homes[given.runs])


def _measure_postgresql(folder: Path, given: argparse.Namespace) -> None:
    with postgresql(folder) as stores:
        for runs in (SMALL, given.runs):
            stores.make(runs)
        profiles = {runs: stores.profile(runs) for runs in (SMALL, given.runs)}
        title = f"PostgreSQL, {SMALL:,} runs and {given.runs:,}"
        asyncio.run(_compare(title, profiles, LISTS, given.rounds, LIMIT))
        asyncio.run(_compare("PostgreSQL, searching", profiles, SEARCHES, given.rounds))
        with ExitStack() as stack:
            for runs in profiles:
                stack.enter_context(without_search(stores, runs))
            asyncio.run(_compare("PostgreSQL, searching without an index", profiles, SEARCHES, 3))
        home = postgres_home(folder, "near", profiles[given.runs])
        _watch_memory("PostgreSQL", given.program, home)


async def _compare(
    title: str,
    profiles: Mapping[int, Profile],
    questions: Mapping[str, Question],
    rounds: int,
    limit: float | None = None,
) -> None:
    """Ask every question of all stores in turns, and print what the largest takes against the smallest."""
    stores = {runs: await Opened.of(profile, runs) for runs, profile in profiles.items()}
    small, large = min(stores), max(stores)
    heading(f"{title}, {rounds} rounds")
    rows: list[Row] = []
    for name, question in questions.items():
        figures: Figures = {str(runs): [] for runs in stores}
        for number in range(rounds + 1):
            for runs in stores if number % 2 else reversed(stores):
                started = time.perf_counter()
                await question(stores[runs])
                elapsed = (time.perf_counter() - started) * 1000
                if number:
                    figures[str(runs)].append(elapsed)
        base = figures[str(small)]
        rows.append(Row(f"{name}: {small:,}", base))
        rows.append(Row(f"{' ' * len(name)}  {large:,}", figures[str(large)], base, limit))
    print_rows(rows, unit="ms", digits=2)
    for opened_store in stores.values():
        await opened_store.store.close()


def _watch_memory(backend: str, program: Path, home: Path) -> None:
    """Page down through the list in the program itself, and print what its memory does."""
    size = (120, 40)
    prime(program, home, size)
    heading(f"{backend}: memory while paging through {_PAGED:,} rows")
    with opened([program], home_environment(home), size) as terminal:
        terminal.wait_for(_ROW)
        terminal.settle(1.0)
        started = time.perf_counter()
        row = 1
        for goal in (1, _PAGED // 4, _PAGED // 2, _PAGED):
            while row < goal:
                # Where the next page is still being read the cursor waits at the last row, and the key comes again.
                terminal.send(b"\x1b[6~")
                terminal.wait_for(_ROW, seconds=0.5)
                row = max(row, _row_of(terminal.output))
                if time.perf_counter() - started > 120:
                    print("the list stands still")
                    return
            megabytes = terminal.usage().memory / 1e6
            print(f"at row {row:>6,} after {time.perf_counter() - started:5.1f} s: {megabytes:6.1f} MB")


def _row_of(output: bytes) -> int:
    """The row that the title names last."""
    return int(re.findall(_ROW, output[-50_000:])[-1].replace(b",", b""))


if __name__ == "__main__":
    main()
