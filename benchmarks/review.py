"""How soon the next asset is painted after a decision key, with the store far away; and a strategy on 10,000 results.

The real program in a pseudo-terminal, on a store in a PostgreSQL behind a proxy that holds every byte back for a
while; beside it, taking turns, the same on the server itself. What is measured is the time from the key until the
first alternative of the next asset has come out of the program. The strategy is the headless command, whose
statements are counted by the server.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from amx_tui.config.model import Profile
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.results import Alternative
from amx_tui.store.bootstrap import execute_plan, plan_store
from amx_tui.store.opening import open_store
from benchmarks.harness import (
    cache_folder,
    compile_packages,
    heading,
    opened,
    parser,
    program_beside_python,
)
from benchmarks.stores import (
    ALICE,
    SCHEMA,
    PostgresStores,
    home_environment,
    postgres_home,
    postgresql,
    profile_database,
)
from tests.proxy import DelayingProxy

LIMIT = 16.0
"""Milliseconds in which the next asset is painted, 95 times of 100."""
DATABASE = "amx_review"


def main() -> None:
    """Measure and print."""
    options = parser(__doc__ or "", rounds=2)
    options.add_argument(
        "--program", type=Path, default=program_beside_python(), help="the installed amx-tui to measure"
    )
    options.add_argument(
        "--cache", default="/tmp/amx-bench", help="where the server is kept for the next time"
    )
    options.add_argument("--results", type=int, default=10_000, help="results of the run")
    options.add_argument("--keys", type=int, default=200, help="decisions a round")
    options.add_argument("--delay", type=float, default=0.05, help="seconds that a byte takes one way")
    given = options.parse_args()
    compile_packages(given.program.with_name("python"))
    folder = cache_folder(given.cache)
    with postgresql(folder) as stores:
        profile = _profile(stores)
        proxy = DelayingProxy((stores.cluster.host, stores.cluster.port), delay=given.delay)
        try:
            far = Profile("bench", "postgresql", {**profile.values, "host": proxy.host, "port": proxy.port})
            heading(f"A decision key, {given.results:,} results, 120x40, {given.keys} keys a round")
            places = {"on this machine": profile, f"{given.delay * 1000:.0f} ms each way": far}
            for _ in range(given.rounds):
                for name, place in places.items():
                    run_id = asyncio.run(_make(stores, profile, given.results))
                    home = postgres_home(folder, f"review-{'far' if place is far else 'near'}", place)
                    _print(name, _press(given.program, home, run_id, given.keys))
            heading(f"accept-all on {given.results:,} results")
            for name, place in places.items():
                run_id = asyncio.run(_make(stores, profile, given.results))
                home = postgres_home(folder, f"review-{'far' if place is far else 'near'}", place)
                _strategy(given.program, home, run_id, name, stores)
        finally:
            proxy.close()


def _profile(stores: PostgresStores) -> Profile:
    profile = stores.profile(0)
    return Profile(profile.name, profile.backend, {**profile.values, "database": DATABASE})


async def _make(stores: PostgresStores, profile: Profile, count: int) -> str:
    """Make a store with one run anew, and return the run's id."""
    with stores.connect("postgres") as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0")
    database = profile_database(profile)
    try:
        await execute_plan(database, await plan_store(database, schema=SCHEMA, identity=ALICE))
        store = await open_store(database, schema=SCHEMA)
        await store.members.register(ALICE, "")
        results = [_result(number) for number in range(count)]
        return await store.recorder.record(NewRun(started_at=datetime.now(UTC)), results, identity=ALICE)
    finally:
        await database.close()


def _result(number: int) -> NewResult:
    words = f"Draft {number:05} says what the column holds, where it comes from and when it is empty."
    return NewResult(
        schema_name="sales",
        table_name=f"table_{number // 50:04}",
        column_name=f"column_{number:05}",
        confidence="high",
        reasoning="The name, the type and a sample of the values say so. " * 3,
        alternatives=(Alternative(words, -0.2), Alternative(f"Column {number:05}, in other words.", -0.9)),
    )


def _press(program: Path, home: Path, run_id: str, keys: int) -> list[float]:
    """Review one by one; the milliseconds of each key."""
    with opened((program, "history", "review", run_id), home_environment(home)) as terminal:
        if terminal.wait_for(rb"Draft 00000", seconds=60) is None:
            raise RuntimeError(f"the review does not open: {terminal.output[-2000:]!r}")
        terminal.settle(2.0, at_most=20.0)
        spent: list[float] = []
        for number in range(1, keys + 1):
            started = time.perf_counter()
            terminal.send(b"a")
            painted = terminal.wait_for(f"Draft {number:05}".encode(), seconds=30)
            if painted is None:
                raise RuntimeError(f"Draft {number:05} never came")
            spent.append((painted - started) * 1000)
            # A quick reviewer, not a held key: the decision of a moment.
            terminal.read_until(painted + 0.05)
        return spent


def _print(name: str, spent: list[float]) -> None:
    ordered = sorted(spent)
    late = ordered[int(len(ordered) * 0.95)]
    verdict = "" if late <= LIMIT else f"   over {LIMIT:.0f} ms"
    print(
        f"{name:<18} median {statistics.median(ordered):5.1f}   95 % {late:5.1f}   worst {ordered[-1]:5.1f} ms{verdict}"
    )


def _strategy(program: Path, home: Path, run_id: str, name: str, stores: PostgresStores) -> None:
    with stores.connect(DATABASE) as connection:
        started = time.perf_counter()
        command = [str(program), "history", "review", run_id, "--strategy", "accept-all", "--yes", "--json"]
        done = subprocess.run(command, env=home_environment(home), capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - started
        decided = connection.execute(
            f'SELECT count(*), count(DISTINCT xmin::text) FROM "{SCHEMA}".amx_history_results'
            " WHERE evaluation = 'accepted'"
        ).fetchone()
    assert '"conflicts": []' in done.stdout, done.stdout
    print(f"{name:<18} {seconds:5.1f} s, {decided[0]:,} decisions in {decided[1]:,} transactions")


if __name__ == "__main__":
    main()
