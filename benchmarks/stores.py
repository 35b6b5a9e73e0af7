"""Stores for benchmarks: a demo, or any number of runs made in SQL, in SQLite and in PostgreSQL.

The tables and indexes come from the program's own plans; only the rows are generated, since recording a million
runs one by one would take an hour. A store is kept in the folder that the benchmark was given, and made once.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amx_tui.config.model import Profile
from amx_tui.config.secrets import Secret
from amx_tui.domain.identity import Identity
from amx_tui.store.bootstrap import execute_plan, plan_store
from amx_tui.store.database import Database, make_database
from benchmarks import generation
from benchmarks.harness import Terminal, child_environment
from tests import embedded

__all__ = [
    "ALICE",
    "BIG_RUN",
    "DURABLE",
    "FAST",
    "SCHEMA",
    "PostgresStores",
    "demo_home",
    "home_environment",
    "postgres_home",
    "postgresql",
    "prime",
    "profile_database",
    "sqlite_home",
    "sqlite_profile",
    "without_search",
]

ALICE = Identity("alice@acme.com", "lead-laptop")
SCHEMA = "AMX"
BIG_RUN = generation.BIG_RUN
_PLACE = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "timezone": "UTC"}
DURABLE: Mapping[str, str] = _PLACE
"""PostgreSQL's own defaults: a commit is on disk when it returns, as on servers that people work with."""
FAST: Mapping[str, str] = _PLACE | {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
}
"""Nothing waits for a disk, so that what is measured is the program."""


def profile_database(profile: Profile) -> Database:
    """Make the database of a profile, with connections of its own."""
    return make_database(profile, profile.resolve_secrets({}))


async def _complete(profile: Profile, *, is_local: bool = False) -> None:
    """Make what is missing to a store: all of it, or the search indexes over rows that came without them."""
    database = profile_database(profile)
    try:
        plan = await plan_store(database, schema=SCHEMA, identity=ALICE, is_local=is_local)
        await execute_plan(database, plan)
    finally:
        await database.close()


# ---- SQLite ------------------------------------------------------------------------------------------------


def demo_home(folder: Path) -> Path:
    """Return the AMX home of a demo, made if it is not there."""
    from amx_tui.services.demo.home import make_demo

    home = folder / "demo"
    asyncio.run(make_demo(home))
    return home


def sqlite_home(folder: Path, runs: int, *, has_search: bool = True) -> Path:
    """Return an AMX home whose local store holds so many runs, one of them with a tenth as many results."""
    home = folder / f"sqlite-{runs}{'' if has_search else '-plain'}"
    if not (home / "ready").exists():
        home.mkdir(parents=True, exist_ok=True)
        path = home / "history.db"
        path.unlink(missing_ok=True)
        asyncio.run(_complete(sqlite_profile(home), is_local=True))
        _fill_sqlite(path, runs)
        if has_search:
            asyncio.run(_complete(sqlite_profile(home), is_local=True))
        (home / "ready").touch()
    return home


def sqlite_profile(home: Path) -> Profile:
    """The local store of an AMX home, as a profile would reach it."""
    return Profile("bench", "sqlite", {"database": str(home / "history.db")})


def _fill_sqlite(path: Path, runs: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        names = connection.execute(
            "SELECT type, name FROM sqlite_master WHERE name LIKE '%amx_search%'"
        ).fetchall()
        for kind, name in names:
            if kind == "trigger" or name in generation.SEARCH_TABLES:
                connection.execute(f"DROP {kind.upper()} IF EXISTS {name}")
        connection.execute("BEGIN IMMEDIATE")
        for statement in generation.statements("sqlite", runs):
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


# ---- PostgreSQL --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PostgresStores:
    """A running PostgreSQL with stores in it, one database each."""

    cluster: embedded.Cluster

    def profile(self, runs: int, *, address: tuple[str, int] | None = None) -> Profile:
        """The profile of the store with so many runs, reached directly or through a proxy at `address`."""
        host, port = address or (self.cluster.host, self.cluster.port)
        values: dict[str, object] = {
            "host": host,
            "port": port,
            "user": embedded.SUPERUSER,
            "password": Secret(self.cluster.password),
            "database": f"amx_{runs}",
            "sslmode": "disable",
        }
        return Profile("bench", "postgresql", values)

    def connect(self, database: str) -> Any:
        """Connect to a database over plain psycopg."""
        import psycopg

        return psycopg.connect(
            host=self.cluster.host,
            port=self.cluster.port,
            user=embedded.SUPERUSER,
            password=self.cluster.password,
            dbname=database,
            sslmode="disable",
            autocommit=True,
        )

    def make(self, runs: int) -> None:
        """Make the store with so many runs unless it is there."""
        name, unfinished = f"amx_{runs}", f"making_{runs}"
        with self.connect("postgres") as admin:
            if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return
            admin.execute(f"DROP DATABASE IF EXISTS {unfinished}")
            admin.execute(f"CREATE DATABASE {unfinished} TEMPLATE template0")
            profile = self.profile(runs)
            half_made = Profile("bench", "postgresql", {**profile.values, "database": unfinished})
            asyncio.run(_complete(half_made))
            with self.connect(unfinished) as connection:
                connection.execute(f'SET search_path TO "{SCHEMA}", public')
                for index in generation.SEARCH_INDEXES:
                    connection.execute(f"DROP INDEX {index}")
                for statement in generation.statements("postgresql", runs):
                    connection.execute(statement)
            asyncio.run(_complete(half_made))
            with self.connect(unfinished) as connection:
                connection.execute("VACUUM ANALYZE")
            admin.execute(f"ALTER DATABASE {unfinished} RENAME TO {name}")


@contextmanager
def postgresql(folder: Path, settings: Mapping[str, str] = FAST) -> Iterator[PostgresStores]:
    """Start the PostgreSQL whose data is kept in `folder`, made with `settings` on first use, and stop it.

    Logging in costs nothing (`trust`), so that what is measured is the program's own way to its rows.
    """
    directory = folder / "postgresql"
    address = directory / "cluster.json"
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o711)
    if not address.exists():
        cluster = embedded.make_cluster(directory, settings)
        (directory / "data" / "pg_hba.conf").write_text("host all all 127.0.0.1/32 trust\n")
        address.write_text(json.dumps(cluster.__dict__))
    embedded.start_cluster(directory)
    try:
        yield PostgresStores(embedded.Cluster(**json.loads(address.read_text())))
    finally:
        embedded.stop_cluster(directory, mode="fast")


@contextmanager
def without_search(stores: PostgresStores, runs: int) -> Iterator[None]:
    """Let PostgreSQL overlook the search indexes for a while, as if the extension were not there."""
    statement = "UPDATE pg_index SET indisvalid = %s WHERE indexrelid = (%s)::regclass"
    names = [f'"{SCHEMA}".{index}' for index in generation.SEARCH_INDEXES]
    with stores.connect(f"amx_{runs}") as connection:
        for name in names:
            connection.execute(statement, [False, name])
        try:
            yield
        finally:
            for name in names:
                connection.execute(statement, [True, name])


def postgres_home(folder: Path, name: str, profile: Profile) -> Path:
    """Return an AMX home whose shared store is that of a profile."""
    home = folder / name
    home.mkdir(parents=True, exist_ok=True)
    values = profile.values
    lines = [
        "db_profiles:",
        "  bench:",
        "    backend: postgresql",
        *(f"    {key}: {values[key]}" for key in ("host", "port", "user", "database", "sslmode")),
        "    password: env:AMX_BENCH_PASSWORD",
        "history_store_enabled: true",
        "history_store_profile: bench",
        f"history_store_schema: {SCHEMA}",
    ]
    (home / "config.yml").write_text("\n".join(lines) + "\n")
    (home / "config.yml").chmod(0o600)
    return home


# ---- opening -----------------------------------------------------------------------------------------------


def home_environment(home: Path) -> dict[str, str]:
    """The environment in which a home of ours is opened."""
    return child_environment(
        AMX_HOME=str(home), AMX_USER=ALICE.username, AMX_BENCH_PASSWORD="unchecked", HOME=str(home)
    )


def prime(program: Path, home: Path, size: tuple[int, int]) -> str:
    """Open the program once, so that the next start has rows last seen; return what the first of them says."""
    seen = home / "last-seen.json"
    seen.unlink(missing_ok=True)
    terminal = Terminal([program], home_environment(home), size)
    try:
        if terminal.wait_for(rb"row 1(?!\d)", seconds=120) is None:
            raise RuntimeError(f"{program} shows no rows of {home}: {terminal.output[-2000:]!r}")
        terminal.settle(1.0)
    finally:
        terminal.close()
    runs: list[Mapping[str, Any]] = json.loads(seen.read_text())["runs"]
    return str(runs[0]["run_id"])
