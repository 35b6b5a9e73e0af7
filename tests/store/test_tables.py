"""The tables of both layouts: they can be made, hold what they should, and read whatever is in them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from amx_tui.domain.errors import StoreError
from amx_tui.store.database import Database
from amx_tui.store.tables import Layout, Tables, build_tables
from tests.servers import HostServer, PostgresHost, SqliteHost
from tests.store.hosts import connected, enable

NOON = datetime(2026, 5, 3, 15, 44, 7, 120, tzinfo=UTC)
NAMES = ["Zebra", "a", "ä", "b", "Ünï", "A", "_", "👍"]


@asynccontextmanager
async def made(host: HostServer, layout: Layout = "document") -> AsyncIterator[tuple[Database, Tables]]:
    """Give a database with the tables of a layout in it."""
    tables = build_tables(layout, backend_name=host.backend, schema=host.schema or None)
    async with connected(host) as database:
        if layout == "document":
            await enable(database, host.schema)
        else:
            await database.run(lambda connection: make(connection, tables), write=True)
        yield database, tables


def make(connection: sa.Connection, tables: Tables) -> None:
    """Make a layout's tables as SQLAlchemy would."""
    if tables.schema:
        connection.execute(sa.schema.CreateSchema(tables.schema))
    tables.metadata.create_all(connection)


def read_all(statement: sa.Select[Any], connection: sa.Connection) -> int:
    """Read every row of a statement, and say how many."""
    return len(connection.execute(statement).all())


async def store_run(database: Database, tables: Tables, **values: Any) -> Any:
    """Write a run and read it back."""
    row = {"run_id": "run_2026-05-03_15-44-001", "started_at": NOON} | values

    def work(connection: sa.Connection) -> Any:
        connection.execute(sa.insert(tables.runs), [row])
        return connection.execute(sa.select(tables.runs)).one()

    return await database.run(work, write=True)


async def test_times_come_back_aware_and_in_utc(host: HostServer) -> None:
    """A time of another zone is the same moment in UTC, to the microsecond."""
    local = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    async with made(host) as (database, tables):
        row = await store_run(database, tables, started_at=local)
    assert (row.started_at, row.started_at.tzinfo) == (NOON, UTC)


async def test_times_are_compared_as_times(host: HostServer) -> None:
    """A filter by time takes zones into account."""
    async with made(host) as (database, tables):
        await store_run(database, tables)
        later = (NOON + timedelta(seconds=1)).astimezone(timezone(timedelta(hours=-9)))
        statement = sa.select(sa.func.count()).where(tables.runs.c.started_at < later)
        assert await database.run(lambda connection: connection.execute(statement).scalar()) == 1


async def test_json_comes_back_as_it_was(host: HostServer) -> None:
    """Nested values, umlauts and numbers survive; None is NULL."""
    value = {"sales": ["Kunde", "日本", 1, 1.5, None, True], "": {}}
    async with made(host) as (database, tables):
        row = await store_run(database, tables, scope_json=value, settings_json="12", tokens_json=None)
    assert (row.scope_json, row.settings_json, row.tokens_json) == (value, "12", None)


async def test_what_a_backend_cannot_hold_is_replaced_alike_everywhere(host: HostServer) -> None:
    """A NUL and a lone surrogate are stored as U+FFFD, in texts and in JSON, and can be looked for."""
    async with made(host) as (database, tables):
        row = await store_run(
            database, tables, error_text="a\x00b\ud800c", scope_json={"x\x00": ["\udfff", "\\u0000"]}
        )
        statement = sa.select(sa.func.count()).where(tables.runs.c.error_text == "a\x00b\ud800c")
        count = await database.run(lambda connection: connection.execute(statement).scalar())
    assert row.error_text == "a\ufffdb\ufffdc"
    assert row.scope_json == {"x\ufffd": ["\ufffd", "\\u0000"]}
    assert count == 1


async def test_long_texts_fit(host: HostServer) -> None:
    """A text of 100 kB comes back whole."""
    text = "äö€👍" * 25_000
    async with made(host) as (database, tables):
        row = await store_run(database, tables, error_text=text)
    assert row.error_text == text


async def test_names_sort_and_compare_by_code_point(host: HostServer) -> None:
    """The order of a page is the same on every backend, and names that differ in case are two."""
    async with made(host) as (database, tables):
        results = tables.results
        rows = [
            {"result_id": f"r{number}", "run_id": "run", "table_name": name}
            for number, name in enumerate(NAMES)
        ]
        await database.run(lambda connection: connection.execute(sa.insert(results), rows), write=True)
        sorted_names = sa.select(results.c.table_name).order_by(results.c.table_name)
        found = await database.run(lambda connection: list(connection.execute(sorted_names).scalars()))
        one = sa.select(sa.func.count()).where(results.c.table_name == "a")
        assert await database.run(lambda connection: connection.execute(one).scalar()) == 1
    assert found == sorted(NAMES)


async def test_the_longest_names_can_be_indexed(host: HostServer) -> None:
    """Three names of full length fit into the index of a run's page."""
    async with made(host) as (database, tables):
        columns = (tables.results.c.schema_name, tables.results.c.table_name, tables.results.c.column_name)
        length = 230 if host.backend == "mysql" else 255
        row = {column.name: "👍" * length for column in columns}
        row |= {"result_id": "x" * 36, "run_id": "y" * 40}
        await database.run(
            lambda connection: connection.execute(sa.insert(tables.results), [row]), write=True
        )


@pytest.mark.parametrize("fixture", ["postgres_host", "mysql_host"])
async def test_a_name_that_is_too_long_is_refused_whole(fixture: str, request: pytest.FixtureRequest) -> None:
    """Nothing is cut off silently: the write is an error, and nothing of it is there."""
    async with made(request.getfixturevalue(fixture)) as (database, tables):
        with pytest.raises(StoreError, match="too long"):
            await store_run(database, tables, created_by="x" * 256)


async def test_garbage_in_a_file_reads_as_what_it_is(sqlite_host: SqliteHost) -> None:
    """Times that are none read as None, JSON that is none as its text, and NULs come through."""
    async with made(sqlite_host) as (database, tables):
        sqlite_host.sync_execute(
            "INSERT INTO amx_history_runs (run_id, started_at, ended_at, scope_json, error_text)"
            " VALUES ('r', 'soon', '2026-05-03T15:44:07', '{\"sales\": [', 'a' || char(0) || 'b')"
        )
        row = await database.run(lambda connection: connection.execute(sa.select(tables.runs)).one())
    assert row.started_at is None
    assert row.ended_at == NOON.replace(microsecond=0)
    assert row.scope_json == '{"sales": ['
    assert row.error_text == "a\x00b"


async def test_the_layout_of_amx_cli_holds_the_same_values(host: HostServer) -> None:
    """The types are those of our own layout, whatever the backend."""
    async with made(host, "amx_cli") as (database, tables):
        row = {"id": "u1", "started_at": NOON, "status": "success", "command": "analyze.run"}
        row |= dict.fromkeys(("selected_count", "planned_count", "processed_count", "applied_count"), 0)
        row |= {"scope_json": {"sales": ["Kunde"]}, "local_id": 7}

        def work(connection: sa.Connection) -> Any:
            connection.execute(sa.insert(tables.runs), [row])
            return connection.execute(sa.select(tables.runs)).one()

        found = await database.run(work, write=True)
    assert (found.id, found.started_at, found.scope_json, found.local_id) == (
        "u1",
        NOON,
        {"sales": ["Kunde"]},
        7,
    )


@pytest.mark.postgresql
async def test_every_column_of_amx_cli_is_there_in_a_real_store(amx_cli_store: PostgresHost) -> None:
    """Each table of the layout can be read whole from the store that amx-cli made."""
    tables = build_tables("amx_cli", backend_name="postgresql", schema="AMX")
    async with connected(amx_cli_store) as database:
        for table in tables.metadata.tables.values():
            statement = sa.select(table)
            await database.run(partial(read_all, statement))


@pytest.mark.postgresql
async def test_every_table_and_column_carries_its_comment(postgres_host: PostgresHost) -> None:
    """The DBA who looks into the schema is told what everything is."""
    async with made(postgres_host) as (_, tables):
        comments: dict[str, str] = dict(
            postgres_host.sync_execute(
                "SELECT c.relname || coalesce('.' || a.attname, ''), d.description FROM pg_description d"
                " JOIN pg_class c ON c.oid = d.objoid"
                " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0"
            )
        )
    for table in tables.metadata.tables.values():
        assert comments[table.name] == table.comment
        assert all(comments[f"{table.name}.{column.name}"] == column.comment for column in table.columns)


def test_canonical_names_lead_to_the_columns_of_each_layout() -> None:
    """A repository asks for the names of our own layout, and learns what another layout lacks."""
    ours = build_tables("document", backend_name="postgresql", schema="AMX")
    theirs = build_tables("amx_cli", backend_name="postgresql", schema="AMX")
    assert ours.run_column("run_id") is ours.runs.c.run_id
    assert theirs.run_column("run_id") is theirs.runs.c.id
    assert theirs.result_column("applied_status") is theirs.results.c.db_applied_status
    assert ours.result_column("target_qname") is not None
    for missing in ("ok_count", "fail_count"):
        assert theirs.run_column(missing) is None
    for missing in ("target_qname", "version", "evaluated_by", "seen_comment", "error_text"):
        assert theirs.result_column(missing) is None


def test_the_local_catalog_has_a_name_that_amx_cli_does_not_use() -> None:
    """In a file called history.db nothing of ours is called as something of theirs."""
    ours = build_tables("document", backend_name="sqlite", schema=None, is_local=True)
    theirs = build_tables("amx_cli", backend_name="sqlite", schema=None)
    shared = {"_amx_users", "_amx_admin_audit"}
    assert ours.catalog.name == "local_catalog_entities"
    assert set(ours.metadata.tables) & set(theirs.metadata.tables) == shared
