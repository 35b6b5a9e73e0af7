"""Opening a store: its layout, its version, and what is said where there is none."""

from __future__ import annotations

import pytest

from amx_tui.domain.errors import PermissionDeniedError, UndefinedSchemaError, UnsupportedHostError
from amx_tui.domain.identity import Identity
from amx_tui.store.database import Database, make_database
from amx_tui.store.opening import Store, open_store
from tests.servers import HostServer, MysqlHost, PostgresHost, SqliteHost
from tests.store.hosts import connected, enable, profile_of

BOB = Identity("bob", "bob-mac")


async def opened(database: Database, host: HostServer, schema: str = "") -> Store:
    """Open the store of the host, or the one of another schema."""
    return await open_store(database, schema=schema or host.schema or None)


def table(host: HostServer, name: str) -> str:
    """Write a table of the host's schema as its SQL does."""
    quote = {"postgresql": '"{}".', "mysql": "`{}`.", "sqlite": ""}[host.backend]
    return quote.format(host.schema) + name


async def test_our_own_store_opens_for_writing(host: HostServer) -> None:
    """Layout, version and place are known once it is open."""
    async with connected(host) as database:
        await enable(database, host.schema)
        info = (await opened(database, host)).info
    assert (info.layout, info.schema_version, info.schema) == ("document", 1, host.schema or None)
    assert (info.is_read_only, info.is_local, info.has_other_layout) == (False, False, False)
    assert info.host_label


@pytest.mark.postgresql
async def test_a_store_that_amx_cli_made_opens_for_writing(amx_cli_store: PostgresHost) -> None:
    """Its layout is recognised by what lies in the schema."""
    async with connected(amx_cli_store) as database:
        store = await opened(database, amx_cli_store)
        assert (store.info.layout, store.info.schema_version, store.info.is_read_only) == (
            "amx_cli",
            7,
            False,
        )
        assert len(await store.members.list()) == 5


@pytest.mark.postgresql
async def test_our_store_beside_one_of_amx_cli_is_taken_and_flagged(amx_cli_store: PostgresHost) -> None:
    """Where both lie in one schema, ours is opened, and the other is mentioned."""
    amx_cli_store.sync_execute('ALTER SCHEMA "AMX" RENAME TO other')
    async with connected(amx_cli_store) as database:
        await enable(database, "AMX")
        for name in ("analysis_runs", "schema_meta"):
            amx_cli_store.sync_execute(f'ALTER TABLE other.{name} SET SCHEMA "AMX"')
        info = (await opened(database, amx_cli_store)).info
    assert (info.layout, info.schema_version, info.has_other_layout) == ("document", 1, True)


async def test_a_store_of_a_newer_program_opens_read_only(host: HostServer) -> None:
    """The reason names the version that is there and the one that this program knows."""
    async with connected(host) as database:
        await enable(database, host.schema)
        host.sync_execute(f"UPDATE {table(host, '_amx_schema_meta')} SET schema_version = 12")
        info = (await opened(database, host)).info
    assert info.is_read_only
    assert "version 12" in info.read_only_reason
    assert "version 1." in info.read_only_reason


@pytest.mark.postgresql
async def test_a_newer_store_of_amx_cli_opens_read_only(amx_cli_store: PostgresHost) -> None:
    """A higher number than the one this program knows is never written to."""
    amx_cli_store.sync_execute('UPDATE "AMX".schema_meta SET schema_version = 8')
    async with connected(amx_cli_store) as database:
        info = (await opened(database, amx_cli_store)).info
    assert info.is_read_only
    assert "version 8" in info.read_only_reason


async def test_a_store_without_its_row_opens_read_only(host: HostServer) -> None:
    """Where the version cannot be known, nothing is written."""
    async with connected(host) as database:
        await enable(database, host.schema)
        host.sync_execute(f"DELETE FROM {table(host, '_amx_schema_meta')}")
        info = (await opened(database, host)).info
    assert info.is_read_only
    assert info.schema_version is None


async def test_where_nothing_is_the_hint_is_how_to_make_it(host: HostServer) -> None:
    """An empty database is answered by the verb that makes a store."""
    async with connected(host) as database:
        with pytest.raises(UndefinedSchemaError) as caught:
            await opened(database, host)
    assert "history-store enable" in caught.value.hint


@pytest.mark.postgresql
async def test_a_schema_of_another_case_is_named_with_the_line_to_write(postgres_host: PostgresHost) -> None:
    """Whoever configured `amx` is told about `AMX`, even where a schema `amx` is there too."""
    async with connected(postgres_host) as database:
        await enable(database, "AMX")
        for _ in range(2):
            with pytest.raises(UndefinedSchemaError, match=r"schema amx .* in AMX") as caught:
                await opened(database, postgres_host, "amx")
            assert "history_store_schema: AMX" in caught.value.hint
            postgres_host.sync_execute("CREATE SCHEMA IF NOT EXISTS amx")


@pytest.mark.mysql
async def test_a_schema_of_another_case_is_named_on_mysql(mysql_host: MysqlHost) -> None:
    """A server that tells case apart names the database that is there; one that does not opens it."""
    lower = mysql_host.schema.lower()
    async with connected(mysql_host) as database:
        await enable(database, mysql_host.schema)
        ((folds,),) = mysql_host.sync_execute("SELECT @@lower_case_table_names")
        if folds:
            assert (await opened(database, mysql_host, lower)).info.layout == "document"
            return
        with pytest.raises(UndefinedSchemaError) as caught:
            await opened(database, mysql_host, lower)
    assert f"history_store_schema: {mysql_host.schema}" in caught.value.hint


async def test_a_half_made_store_says_so(host: HostServer) -> None:
    """Tables without the one that is made last are no store yet."""
    async with connected(host) as database:
        await enable(database, host.schema)
        host.sync_execute(f"DROP TABLE {table(host, '_amx_schema_meta')}")
        with pytest.raises(UndefinedSchemaError, match="part"):
            await opened(database, host)


@pytest.mark.postgresql
async def test_a_table_of_the_same_name_in_another_schema_is_no_store(postgres_host: PostgresHost) -> None:
    """A `schema_meta` of somebody else's, with other columns, does not disturb."""
    postgres_host.sync_execute('CREATE SCHEMA "AMX"; CREATE TABLE "AMX".schema_meta (x text)')
    async with connected(postgres_host) as database:
        with pytest.raises(UndefinedSchemaError):
            await opened(database, postgres_host)


@pytest.mark.postgresql
async def test_a_user_who_may_not_look_into_the_schema_gets_the_grant(postgres_host: PostgresHost) -> None:
    """The hint is the exact GRANT for this very user."""
    async with connected(postgres_host) as database:
        await enable(database, postgres_host.schema)
    stranger = postgres_host.login()
    async with connected(stranger) as database:
        with pytest.raises(PermissionDeniedError) as caught:
            await opened(database, stranger)
    assert f'GRANT USAGE ON SCHEMA "AMX" TO "{stranger.values["user"]}"' in caught.value.hint


READING = {
    "postgresql": (
        'GRANT USAGE ON SCHEMA "{schema}" TO {user}',
        'GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO {user}',
    ),
    "mysql": ("GRANT SELECT ON `{schema}`.* TO {user}", "GRANT SELECT ON `{database}`.* TO {user}"),
}


@pytest.mark.parametrize("fixture", ["postgres_host", "mysql_host"])
async def test_a_user_who_may_only_read_can_open_and_read(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    """Registering is refused as a missing right, and everything can still be read."""
    host: HostServer = request.getfixturevalue(fixture)
    async with connected(host) as database:
        await enable(database, host.schema)
        await (await opened(database, host)).members.register(BOB, "1")
    reader = host.login(*READING[host.backend])
    async with connected(reader) as database:
        store = await opened(database, reader)
        assert store.info.schema_version == 1
        with pytest.raises(PermissionDeniedError):
            await store.members.register(Identity("carol", "carol-pc"), "1")
        assert await store.members.get(Identity("carol", "carol-pc")) is None
        assert [member.username for member in await store.members.list()] == ["bob"]


@pytest.mark.postgresql
async def test_a_user_who_may_not_read_the_version_opens_read_only(postgres_host: PostgresHost) -> None:
    """A right that is missing on the row about the store costs the writing only."""
    async with connected(postgres_host) as database:
        await enable(database, postgres_host.schema)
    reader = postgres_host.login(
        'GRANT USAGE ON SCHEMA "{schema}" TO {user}', 'GRANT SELECT ON "{schema}".amx_history_runs TO {user}'
    )
    async with connected(reader) as database:
        store = await opened(database, reader)
        assert store.info.is_read_only
        assert await store.members.get(BOB) is None


@pytest.mark.postgresql
async def test_a_server_that_only_reads_says_so_at_once(postgres_host: PostgresHost) -> None:
    """A replica is known before anybody tries to write."""
    async with connected(postgres_host) as database:
        await enable(database, postgres_host.schema)
    user, name = postgres_host.values["user"], postgres_host.values["database"]
    postgres_host.admin_execute(
        f"ALTER ROLE {user} IN DATABASE {name} SET default_transaction_read_only = on"
    )
    async with connected(postgres_host) as database:
        info = (await opened(database, postgres_host)).info
    assert info.is_read_only
    assert "read-only" in info.read_only_reason


async def test_a_backend_that_cannot_host_is_refused_with_the_reason(sqlite_host: SqliteHost) -> None:
    """DuckDB and ClickHouse are refused before anything is connected."""
    database = make_database(profile_of(sqlite_host), {})
    database.backend_name = "duckdb"
    with pytest.raises(UnsupportedHostError, match="row-level UPDATE"):
        await open_store(database, schema=None)
    await database.close()
