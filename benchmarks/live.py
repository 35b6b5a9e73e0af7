"""What staying up to date costs: from a commit to another process' screen, and what many members cost the host.

The screen is that of the program itself, on a pseudo-terminal, in a process of its own. The members are what the
program runs behind its screens, without the screens, in one process; the host is a PostgreSQL as it comes, which takes
a hundred connections. What it is sent is counted by the transactions that it has ended: a statement of ours is one.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from amx_tui.domain.identity import Identity
from amx_tui.domain.recording import NewRun
from amx_tui.services import live as live_service
from amx_tui.services.live import Live
from amx_tui.services.workspace import Workspace
from amx_tui.store.opening import open_store
from amx_tui.store.recording import RunRecorder
from benchmarks.harness import Row, Terminal, cache_folder, heading, parser, print_rows, size_of
from benchmarks.stores import (
    DURABLE,
    SCHEMA,
    PostgresStores,
    home_environment,
    postgres_home,
    postgresql,
    profile_database,
)

_RUNS = 100
_BOB = Identity("bob@acme.com", "bob-laptop")
_SETTLE = 40.0
"""Seconds in which members who all come at once find their places: two heartbeats."""


def main() -> None:
    """Measure, and print the figures."""
    made = parser(__doc__ or "", rounds=30)
    made.add_argument("--members", type=int, default=100, help="how many members have the store open")
    made.add_argument("--seconds", type=float, default=60.0, help="how long they are watched")
    made.add_argument("--size", default="120x40", help="of the terminal")
    made.add_argument("--cache", default="/tmp/amx-bench-live", help="where the database is kept")
    given = made.parse_args()
    folder = cache_folder(given.cache)
    with postgresql(folder, DURABLE) as stores:
        stores.make(_RUNS)
        home = postgres_home(folder, "live", stores.profile(_RUNS))
        heading("From a commit to the painted screen of another process")
        print_rows([Row("run", _latencies(stores, home, given.rounds, size_of(given.size)))], unit="ms")
        for is_idle in (True, False):
            kind = "idle" if is_idle else "active"
            heading(f"{given.members} {kind} members for {given.seconds:g} seconds")
            asyncio.run(_members(stores, home, given.members, given.seconds, is_idle=is_idle))


# ---- one screen ----------------------------------------------------------------------------------------------


def _latencies(stores: PostgresStores, home: Path, rounds: int, size: tuple[int, int]) -> Sequence[float]:
    """Record runs, and wait for each until the program has painted it; milliseconds."""
    terminal = Terminal([Path(sys.executable), "-m", "amx_tui"], home_environment(home), size)
    try:
        terminal.wait_for(b"shared")
        terminal.settle(2.0)
        found = [asyncio.run(_recorded(stores, terminal, number)) for number in range(rounds + 1)][1:]
    finally:
        terminal.close()
    shown = sorted(found)
    print(f"p95 {shown[int(len(shown) * 0.95)]:.1f} ms, median {statistics.median(shown):.1f} ms")
    return found


async def _recorded(stores: PostgresStores, terminal: Terminal, number: int) -> float:
    """Record one run, and wait for its painting."""
    # The cursor stays on its run, and goes out of sight of the newest ones with it.
    terminal.send(b"g")
    terminal.settle(0.3, at_most=2.0)
    database = profile_database(stores.profile(_RUNS))
    try:
        store = await open_store(database, schema=SCHEMA)
        await store.members.register(_BOB, "bench")
        moment = datetime.now(UTC)
        run = NewRun(started_at=moment, ended_at=moment, run_id=f"run_{moment:%Y-%m-%d_%H-%M}-{500 + number}")
        await RunRecorder(database, store.tables).record(run, (), identity=_BOB)
        began = time.perf_counter()
        seen = await asyncio.to_thread(terminal.wait_for, run.run_id.encode())
        return float("nan") if seen is None else (time.perf_counter() - began) * 1000
    finally:
        await database.close()


# ---- many members --------------------------------------------------------------------------------------------


async def _members(
    stores: PostgresStores, home: Path, members: int, seconds: float, *, is_idle: bool
) -> None:
    """Open the store as many members do, and watch the host."""
    live_service.IDLE_AFTER = 1.0 if is_idle else 3600.0
    environ = home_environment(home)
    async with AsyncExitStack() as stack:
        for number in range(members):
            workspace = Workspace.load(environ, home)
            workspace.identity = Identity(f"member{number}", "bench")
            await workspace.connect()
            stack.push_async_callback(workspace.close)
            await workspace.register()
            await workspace.store.database.rest()
            live = Live(workspace, on_changes=lambda notices: None, on_presence=lambda others: None)
            stack.push_async_callback(_ended, asyncio.create_task(live.run()))
        with stores.connect("postgres") as admin:
            most = await _watched(admin, _SETTLE)
            before, began = _transactions(admin), time.perf_counter()
            held = await _watched(admin, seconds)
            sent = _transactions(admin) - before
            took = time.perf_counter() - began
    print(
        f"connections held: most {max(held)}, median {statistics.median(held):g}; while they came {max(most)}"
    )
    print(
        f"statements sent: {sent}, {sent / took:.2f} a second, {sent / took / members:.3f} a member and second"
    )


async def _watched(admin: Any, seconds: float) -> list[int]:
    """How many connections the store's database has, ten times a second."""
    found = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        ((number,),) = admin.execute(
            "SELECT numbackends FROM pg_stat_database WHERE datname = %s", [f"amx_{_RUNS}"]
        ).fetchall()
        found.append(int(number))
        await asyncio.sleep(0.1)
    return found


def _transactions(admin: Any) -> int:
    """How many transactions the store's database has ended."""
    ((number,),) = admin.execute(
        "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = %s", [f"amx_{_RUNS}"]
    ).fetchall()
    return int(number)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    main()
