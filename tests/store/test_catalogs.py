"""Listing schemas for `inspect` and the doctor: what is there, which of it is AMX, in one round trip."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from amx_tui.store.catalogs import SchemaFacts, find_schema_case, list_schemas
from tests.servers import HostServer, MysqlHost, PostgresHost, SqliteHost
from tests.store.hosts import connected, enable, tables_in

SERVERS = [
    pytest.param("postgres_host", marks=pytest.mark.postgresql),
    pytest.param("mysql_host", marks=pytest.mark.mysql),
]


@pytest.fixture
def count_statements() -> Iterator[list[str]]:
    """Collect the statements that go to a database; clear it and look again."""
    sent: list[str] = []

    def record(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", record)
    yield sent
    sa.event.remove(sa.Engine, "before_cursor_execute", record)


async def _list(host: HostServer) -> dict[str, SchemaFacts]:
    async with connected(host) as database:
        return {facts.name: facts for facts in await list_schemas(database)}


async def test_the_store_is_listed_with_its_tables(host: HostServer) -> None:
    """The AMX schema is marked and names its tables; other schemas are only counted."""
    async with connected(host) as database:
        await enable(database, host.schema)
    facts = (await _list(host))[host.schema or "main"]
    assert facts.is_amx
    assert facts.layout == "document"
    assert {"amx_history_runs", "amx_history_results"} <= set(facts.tables)
    assert set(facts.tables) >= tables_in(host, host.schema)
    assert facts.table_count == len(facts.tables)


async def test_a_store_of_amx_cli_is_recognised(amx_cli_store: PostgresHost) -> None:
    """Its schema is AMX too, of the other layout."""
    facts = (await _list(amx_cli_store))["AMX"]
    assert facts.is_amx
    assert facts.layout == "amx_cli"
    assert {"analysis_runs", "run_results"} <= set(facts.tables)
    assert facts.table_count == len(tables_in(amx_cli_store, "AMX"))


async def test_schemas_that_differ_in_case_stay_apart(postgres_host: PostgresHost) -> None:
    """`AMX` with a store and `amx` with something else are two lines, each with its own count."""
    postgres_host.sync_execute(
        "CREATE SCHEMA amx; CREATE TABLE amx.things (x int); CREATE VIEW amx.v AS SELECT 1 AS one"
    )
    async with connected(postgres_host) as database:
        await enable(database, "AMX")
    found = await _list(postgres_host)
    assert found["amx"] == SchemaFacts("amx", 1, is_amx=False)
    assert found["AMX"].is_amx
    assert found["AMX"].table_count == 16


async def test_databases_that_differ_in_case_stay_apart(mysql_host: MysqlHost) -> None:
    """MySQL's catalogue compares without case; the list does not."""
    mysql_host.sync_execute("CREATE TABLE things (x INT)")
    async with connected(mysql_host) as database:
        await enable(database, mysql_host.schema)
    found = await _list(mysql_host)
    assert mysql_host.schema.lower() == mysql_host.values["database"]
    assert found[mysql_host.schema.lower()] == SchemaFacts(mysql_host.schema.lower(), 1, is_amx=False)
    assert found[mysql_host.schema].table_count == 16


async def test_what_belongs_to_the_server_is_not_listed(host: HostServer) -> None:
    """Neither the server's own schemas nor what a full-text table keeps its content in."""
    async with connected(host) as database:
        await enable(database, host.schema)
    found = await _list(host)
    assert not {"information_schema", "pg_catalog", "pg_toast", "mysql", "sys", "performance_schema"} & set(
        found
    )
    assert not any(table.endswith(("_idx", "_docsize")) for facts in found.values() for table in facts.tables)


async def test_a_store_that_the_user_may_not_look_into_is_listed(postgres_host: PostgresHost) -> None:
    """It is what the doctor has to talk about; other schemas that are closed are left out."""
    postgres_host.sync_execute("CREATE SCHEMA secret")
    async with connected(postgres_host) as database:
        await enable(database, "AMX")
    found = await _list(postgres_host.login())
    assert found["AMX"].is_amx
    assert "secret" not in found


async def test_a_part_of_a_store_is_amx_without_a_layout(sqlite_host: SqliteHost) -> None:
    """A set-up that broke off is shown as what it is."""
    sqlite_host.sync_execute("CREATE TABLE amx_history_runs (run_id TEXT)")
    facts = (await _list(sqlite_host))["main"]
    assert facts == SchemaFacts("main", 1, is_amx=True, tables=("amx_history_runs",), layout=None)


async def test_listing_is_one_round_trip(host: HostServer, count_statements: list[str]) -> None:
    """One statement answers, however many schemas there are."""
    async with connected(host) as database:
        await enable(database, host.schema)
        count_statements.clear()
        await list_schemas(database)
        assert len(count_statements) == 1
        await find_schema_case(database, host.schema)
    assert len(count_statements) <= 2


@pytest.mark.parametrize("fixture", SERVERS)
async def test_the_spelling_that_exists_is_found(fixture: str, request: pytest.FixtureRequest) -> None:
    """Asked for `amx`, the answer is the `AMX` that holds the store, also where both exist."""
    host: HostServer = request.getfixturevalue(fixture)
    async with connected(host) as database:
        await enable(database, host.schema)
        assert await find_schema_case(database, host.schema) == host.schema
        assert await find_schema_case(database, host.schema.lower()) == host.schema
        assert await find_schema_case(database, host.schema.swapcase()) == host.schema
        assert await find_schema_case(database, f"{host.schema}_other") is None
        assert await find_schema_case(database, "%") is None


async def test_of_two_spellings_without_a_store_the_exact_one_counts(postgres_host: PostgresHost) -> None:
    """Where neither holds a store, nothing speaks against the one that was asked for."""
    postgres_host.sync_execute('CREATE SCHEMA "AMX"; CREATE SCHEMA amx')
    async with connected(postgres_host) as database:
        assert await find_schema_case(database, "amx") == "amx"
        assert await find_schema_case(database, "AMX") == "AMX"
        assert await find_schema_case(database, "Amx") == "AMX"


async def test_sqlite_has_no_schema_to_spell(sqlite_host: SqliteHost) -> None:
    """There a file is the schema."""
    async with connected(sqlite_host) as database:
        assert await find_schema_case(database, "AMX") is None
