"""Applying a run's comments on PostgreSQL, with its audit trail, against the plain statements in one psql run.

The plain run does less than applying has to: it looks at nothing before, notes nothing, and knows of no conflict. Both
write new texts over those of the round before, each into tables of its own.

The limit is for a server with PostgreSQL's own defaults, as servers run: a commit is on disk when it returns, so the
plain run, which commits each statement, waits for the disk as often as there are comments. The second server waits
for no disk at all; it shows what applying itself costs, and nobody should keep data on one like it.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from amx_tui.config.model import Profile
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.results import Alternative
from amx_tui.services.workspace import Workspace
from amx_tui.store.bootstrap import execute_plan, plan_store
from benchmarks.harness import Row, cache_folder, heading, interleave, parser, print_rows
from benchmarks.stores import (
    ALICE,
    DURABLE,
    FAST,
    SCHEMA,
    PostgresStores,
    home_environment,
    postgres_home,
    postgresql,
    profile_database,
)
from tests import embedded

LIMIT = 1.5
"""What applying may take, in times of the plain statements."""
_DATABASE = "amx_apply"
_COLUMNS = 20
_TEXT = "Number {number} of the customer in round {turn}, as the order system knows it; it's unique."


def main() -> None:
    """Measure, and print the table."""
    made = parser(__doc__ or "", rounds=5)
    made.add_argument("--comments", type=int, default=10_000, help="how many comments are written")
    made.add_argument("--cache", default="/tmp/amx-bench-apply", help="where the database is kept")
    given = made.parse_args()
    folder = cache_folder(given.cache)
    for name, settings, limit in (
        ("with its own defaults (fsync, synchronous_commit)", DURABLE, LIMIT),
        ("that waits for no disk (fsync off)", FAST, None),
    ):
        place = cache_folder(str(folder / ("durable" if settings is DURABLE else "fast")))
        with postgresql(place, settings) as stores:
            heading(f"{given.comments:,} comments on a PostgreSQL {name}")
            _compare(stores, place, given.comments, given.rounds, limit)


def _compare(stores: PostgresStores, folder: Path, comments: int, rounds: int, limit: float | None) -> None:
    """Measure on one server, and print the table."""
    profile = _make(stores, comments)
    home = postgres_home(folder, "apply", profile)
    loop = asyncio.new_event_loop()
    ours = _Ours(loop, home, comments)
    plain = _Plain(stores, folder, comments)
    figures = interleave(
        {
            "plain statements, one psql run": plain.write,
            "plain statements, in one transaction": lambda: plain.write("-1"),
            "apply": ours.write,
            "apply, planning included": lambda: ours.write(is_whole=True),
        },
        rounds,
    )
    base = figures["plain statements, one psql run"]
    limits = {"apply": limit}
    print_rows([Row(name, values, base, limits.get(name)) for name, values in figures.items()], unit="ms")
    ours.close()
    loop.close()


def _make(stores: PostgresStores, comments: int) -> Profile:
    """Make the database anew: a store, and as many columns as comments, twice."""
    profile = Profile("bench", "postgresql", {**stores.profile(0).values, "database": _DATABASE})
    with stores.connect("postgres") as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {_DATABASE} (FORCE)")
        admin.execute(f"CREATE DATABASE {_DATABASE} TEMPLATE template0")
    with stores.connect(_DATABASE) as connection:
        for kind in ("ours", "plain"):
            for table in range(comments // _COLUMNS):
                columns = ", ".join(f"c{column} int" for column in range(_COLUMNS))
                connection.execute(f"CREATE TABLE {kind}_{table} ({columns})")

    async def store() -> None:
        database = profile_database(profile)
        try:
            await execute_plan(database, await plan_store(database, schema=SCHEMA, identity=ALICE))
        finally:
            await database.close()

    asyncio.run(store())
    return profile


class _Ours:
    """The program, with a run whose texts are new in each round."""

    def __init__(self, loop: asyncio.AbstractEventLoop, home: Path, comments: int) -> None:
        self._loop = loop
        self._comments = comments
        self._turn = 0
        self._workspace = Workspace.load(home_environment(home), home)
        self._run_id = loop.run_until_complete(self._record())

    async def _record(self) -> str:
        workspace = self._workspace
        state = await workspace.connect()
        if state.error is not None:
            raise state.error
        await workspace.register()
        results = [
            NewResult(
                schema_name="public",
                table_name=f"ours_{number // _COLUMNS}",
                column_name=f"c{number % _COLUMNS}",
                alternatives=(Alternative("A draft."),),
                evaluation="accepted",
                chosen_description="A draft.",
                seen_comment="",
            )
            for number in range(self._comments)
        ]
        run = NewRun(
            started_at=datetime.now(UTC),
            db_profile="bench",
            db_backend="postgresql",
            status="ready_for_review",
        )
        store = workspace.store
        return await store.recorder.record(run, results, identity=ALICE)

    def write(self, *, is_whole: bool = False) -> float:
        """Write all comments; return the milliseconds."""
        return self._loop.run_until_complete(self._write(is_whole))

    async def _write(self, is_whole: bool) -> float:
        self._turn += 1
        store, results = self._workspace.store, self._workspace.store.tables.results
        text = (
            f"Number {{}} of the customer in round {self._turn}, as the order system knows it; it's unique."
        )
        first, _, last = text.partition("{}")
        changed = sa.update(results).values(chosen_description=first + results.c.target_qname + last)
        await store.database.run(lambda connection: connection.execute(changed), write=True)
        begun = time.perf_counter()
        plan = await self._workspace.apply.plan(self._run_id)
        begun = begun if is_whole else time.perf_counter()
        report = await self._workspace.apply.run(plan, {})
        took = (time.perf_counter() - begun) * 1000
        if report.counts["written"] != self._comments:
            raise RuntimeError(f"not all were written: {report.counts} {report.error}")
        return took

    def close(self) -> None:
        """Close the store."""
        self._loop.run_until_complete(self._workspace.close())


class _Plain:
    """psql with a file of statements."""

    def __init__(self, stores: PostgresStores, folder: Path, comments: int) -> None:
        cluster = stores.cluster
        place = f"host={cluster.host} port={cluster.port} dbname={_DATABASE}"
        self._address = f"{place} user={embedded.SUPERUSER} sslmode=disable"
        self._file = folder / "comments.sql"
        self._comments = comments
        self._turn = 0

    def write(self, *options: str) -> float:
        """Write all comments; return the milliseconds."""
        self._turn += 1
        lines = []
        for number in range(self._comments):
            text = _TEXT.format(number=number, turn=self._turn).replace("'", "''")
            name = f"public.plain_{number // _COLUMNS}.c{number % _COLUMNS}"
            lines.append(f"COMMENT ON COLUMN {name} IS '{text}';\n")
        self._file.write_text("".join(lines))
        command = [
            "psql",
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            *options,
            "-f",
            str(self._file),
            self._address,
        ]
        begun = time.perf_counter()
        subprocess.run(command, check=True)
        return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()
