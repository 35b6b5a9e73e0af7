"""Round trips and time until fresh rows from a PostgreSQL far away, and for each further page.

The server is behind a proxy that delays every byte, and logs everybody in at once (`trust`, no TLS), so that
neither is counted. Beside ours, taking turns: SQLAlchemy's engine as it comes, and plain psycopg, each reading the
same rows by the plainest statement. The TCP handshake counts as a round trip.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psycopg
import sqlalchemy as sa
from psycopg.rows import dict_row
from sqlalchemy.ext.asyncio import create_async_engine

from amx_tui.domain.runs import RunCursor
from amx_tui.services.workspace import Workspace
from benchmarks.harness import Figures, Row, cache_folder, heading, interleave, parser, print_rows
from benchmarks.stores import SCHEMA, PostgresStores, home_environment, postgres_home, postgresql
from tests.embedded import SUPERUSER
from tests.proxy import DelayingProxy

FIRST_LIMIT, PAGE_LIMIT = 6, 1
PAGE = 60
PAGES = 4
_FIRST = f'SELECT * FROM "{SCHEMA}".amx_history_runs ORDER BY started_at DESC, run_id DESC LIMIT {PAGE}'
_NEXT = (
    f'SELECT * FROM "{SCHEMA}".amx_history_runs WHERE (started_at, run_id) < ({{}}, {{}}) '
    f"ORDER BY started_at DESC, run_id DESC LIMIT {PAGE}"
)


@dataclass
class Reader:
    """One way to read the list, and what it took.

    Attributes:
        read: Connects and reads the first rows, yields, reads `PAGES` pages more, yields, and closes.
        first: Milliseconds to the first rows, one figure a round.
        page: Milliseconds of a further page.
        trips: Round trips to the first rows.
        page_trips: Round trips of a further page.
    """

    proxy: DelayingProxy
    read: Callable[[], AsyncGenerator[None, None]]
    first: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    trips: list[float] = field(default_factory=list)
    page_trips: list[float] = field(default_factory=list)

    def turn(self) -> float:
        """Read once, and return the milliseconds to the first rows."""
        asyncio.run(self._turn())
        return self.first[-1]

    async def _turn(self) -> None:
        reading = self.read()
        milliseconds, trips = await self._step(reading)
        self.first.append(milliseconds)
        self.trips.append(trips)
        milliseconds, trips = await self._step(reading)
        self.page.append(milliseconds / PAGES)
        self.page_trips.append(trips / PAGES)
        async for _ in reading:
            raise AssertionError("a reader pauses twice")

    async def _step(self, reading: AsyncGenerator[None, None]) -> tuple[float, int]:
        self.proxy.reset_counts()
        started = time.perf_counter()
        await anext(reading)
        milliseconds = (time.perf_counter() - started) * 1000
        # The proxy does not see the handshakes of TCP, one a connection.
        return milliseconds, self.proxy.round_trips + self.proxy.connections


def main() -> None:
    """Measure and print."""
    options = parser(__doc__ or "", rounds=7)
    options.add_argument("--cache", default="/tmp/amx-bench", help="where stores are kept for the next time")
    options.add_argument("--runs", type=int, default=1_000_000, help="runs in the store")
    options.add_argument("--delay", type=float, default=0.05, help="seconds of a round trip")
    given = options.parse_args()
    folder = cache_folder(given.cache)
    with postgresql(folder) as stores:
        stores.make(given.runs)
        proxy = DelayingProxy((stores.cluster.host, stores.cluster.port), delay=given.delay / 2)
        try:
            readers = _readers(folder, stores, given.runs, proxy)
            interleave({name: reader.turn for name, reader in readers.items()}, given.rounds)
            time.sleep(given.delay)  # the last goodbye is still on its way
        finally:
            proxy.close()
    heading(f"{given.runs:,} runs in a PostgreSQL {given.delay * 1000:.0f} ms away, {given.rounds} rounds")
    _print(
        {name: reader.trips for name, reader in readers.items()}, "round trips to the first rows", FIRST_LIMIT
    )
    _print(
        {name: reader.page_trips for name, reader in readers.items()},
        "round trips of a further page",
        PAGE_LIMIT,
    )
    _print({name: reader.first for name, reader in readers.items()}, "ms to the first rows")
    _print({name: reader.page for name, reader in readers.items()}, "ms of a further page")


def _print(figures: Figures, unit: str, limit: float | None = None) -> None:
    rows = []
    for name, values in figures.items():
        ours = limit is not None and name.startswith("amx-tui")
        # Against a baseline of 1 the ratio is the count itself.
        rows.append(Row(name, values[1:], [1.0] * len(values) if ours else None, limit if ours else None))
    print_rows(rows, unit=unit)
    print()


def _readers(folder: Path, stores: PostgresStores, runs: int, proxy: DelayingProxy) -> dict[str, Reader]:
    home = postgres_home(folder, "far", stores.profile(runs, address=proxy.address))
    host, port = proxy.address
    url = f"postgresql+psycopg://{SUPERUSER}@{host}:{port}/amx_{runs}"
    conninfo = (
        f"host={host} port={port} user={SUPERUSER} dbname=amx_{runs} sslmode=disable gssencmode=disable"
    )
    return {
        "amx-tui: open the store, list, count": Reader(proxy, lambda: _ours(home)),
        "SQLAlchemy's engine as it comes": Reader(proxy, lambda: _engine(url)),
        "plain psycopg": Reader(proxy, lambda: _psycopg(conninfo)),
    }


async def _ours(home: Path) -> AsyncGenerator[None, None]:
    """Do what the app does: connect the workspace, list with a count, then the pages behind."""
    workspace = Workspace.load(home_environment(home), home)
    state = await workspace.connect()
    if state.kind != "shared":
        raise RuntimeError(f"{state.reason} {state.hint}")
    page = await workspace.history.list(limit=PAGE, count=True)
    yield
    for _ in range(PAGES):
        page = await workspace.history.list(limit=PAGE, cursor=RunCursor.of(page.runs[-1]))
    yield
    await workspace.close()


async def _engine(url: str) -> AsyncGenerator[None, None]:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        rows = (await connection.execute(sa.text(_FIRST))).all()
    yield
    following = sa.text(_NEXT.format(":moment", ":run_id"))
    for _ in range(PAGES):
        behind = {"moment": rows[-1].started_at, "run_id": rows[-1].run_id}
        async with engine.connect() as connection:
            rows = (await connection.execute(following, behind)).all()
    yield
    await engine.dispose()


async def _psycopg(conninfo: str) -> AsyncGenerator[None, None]:
    following = _NEXT.format("%s", "%s")
    connection = await psycopg.AsyncConnection.connect(conninfo, autocommit=True, row_factory=dict_row)
    rows = await (await connection.execute(_FIRST)).fetchall()
    yield
    for _ in range(PAGES):
        behind = [rows[-1]["started_at"], rows[-1]["run_id"]]
        rows = await (await connection.execute(following, behind)).fetchall()
    yield
    await connection.close()


if __name__ == "__main__":
    main()
