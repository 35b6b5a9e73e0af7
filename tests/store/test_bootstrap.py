"""Making a store: what is shown runs, twice changes nothing, and half is completed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from amx_tui.domain.errors import ConfigError, PermissionDeniedError, UnsupportedVersionError
from amx_tui.domain.identity import Identity
from amx_tui.store.bootstrap import execute_plan, plan_store
from amx_tui.store.plans import Statement
from amx_tui.store.tables import build_tables
from tests.servers import HostServer, MysqlHost, PostgresHost
from tests.store.hosts import ALICE, connected, enable, qualified, tables_in

EXPECTED = {
    table.name
    for table in build_tables("document", backend_name="sqlite", schema=None).metadata.tables.values()
}


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """Collect every statement that goes to a database, as it goes there."""
    statements: list[str] = []

    def record(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", record)
    yield statements
    sa.event.remove(sa.Engine, "before_cursor_execute", record)


async def test_a_store_is_made_and_a_second_time_plans_nothing(host: HostServer) -> None:
    """The first plan makes every table and one row about the store; the second is empty."""
    async with connected(host) as database:
        await enable(database, host.schema)
        again = await plan_store(database, schema=host.schema, identity=ALICE)
        await execute_plan(database, again)
    assert again.is_empty
    assert tables_in(host, host.schema) == EXPECTED
    meta = qualified(host, "_amx_schema_meta")
    rows = host.sync_execute(f"SELECT id, schema_version, member_seq, created_by FROM {meta}")
    assert [tuple(row) for row in rows] == [(1, 1, 0, "alice@acme.com")]


async def test_exactly_the_previewed_statements_run(host: HostServer, sent: list[str]) -> None:
    """Between the begin and the commit of the transaction goes the plan, to the letter and in order."""
    async with connected(host) as database:
        plan = await plan_store(database, schema=host.schema, identity=ALICE)
        sent.clear()
        await execute_plan(database, plan)
    assert [statement for statement in sent if statement in {item.sql for item in plan.statements}] == [
        item.sql for item in plan.statements
    ]
    others = [statement for statement in sent if statement not in {item.sql for item in plan.statements}]
    assert all("LOCK" in each.upper() or each.split()[0] in {"BEGIN", "START", "COMMIT"} for each in others)


async def test_progress_names_each_statement_before_it_runs(host: HostServer) -> None:
    """A progress bar hears of every statement once, numbered from 1."""
    heard: list[tuple[int, int, Statement]] = []
    async with connected(host) as database:
        plan = await enable(database, host.schema, on_progress=lambda *step: heard.append(step))
    count = len(plan.statements)
    assert heard == [(number, count, item) for number, item in enumerate(plan.statements, 1)]


async def test_the_preview_reads_like_the_documentation(postgres_host: PostgresHost) -> None:
    """Schema first, then runs, results and their indexes, the quoted schema before every name."""
    async with connected(postgres_host) as database:
        plan = await plan_store(database, schema="AMX", identity=ALICE)
    sql = [statement.sql for statement in plan.statements]
    assert plan.creates_schema
    assert sql[0] == 'CREATE SCHEMA IF NOT EXISTS "AMX"'
    assert sql[1].startswith('CREATE TABLE IF NOT EXISTS "AMX".amx_history_runs (')
    assert sql[2].startswith('CREATE TABLE IF NOT EXISTS "AMX".amx_history_results (')
    run_id = 'CREATE INDEX IF NOT EXISTS ix_amx_history_results_run_id ON "AMX".amx_history_results (run_id)'
    target = (
        'CREATE INDEX IF NOT EXISTS ix_amx_history_results_target ON "AMX".amx_history_results (target_qname)'
    )
    assert sql.index(run_id) < sql.index(target)
    assert plan.script.count(";\n") >= len(sql)


async def test_every_table_and_column_carries_a_comment(host: HostServer) -> None:
    """A DBA who finds the tables can read what they are for."""
    async with connected(host) as database:
        await enable(database, host.schema)
    if host.backend == "sqlite":
        created = host.sync_execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AMX:%'"
        )
        assert {name for name, _ in created} == EXPECTED
        assert all("-- " in line for _, sql in created for line in sql.splitlines()[:-2])
        return
    if host.backend == "mysql":
        tables = "SELECT table_name, table_comment FROM information_schema.tables WHERE table_schema = %s"
        columns = "SELECT column_name, column_comment FROM information_schema.columns WHERE table_schema = %s"
    else:
        ours = "relkind = 'r' AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s)"
        tables = f"SELECT relname, obj_description(oid, 'pg_class') FROM pg_class WHERE {ours}"
        columns = (
            "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute"
            f" JOIN pg_class c ON c.oid = attrelid WHERE attnum > 0 AND {ours}"
        )
    for query in (tables, columns):
        rows = host.sync_execute(query, [host.schema])
        assert rows
        assert [name for name, comment in rows if not comment] == []


async def test_only_what_is_missing_is_added(host: HostServer) -> None:
    """A dropped table and a dropped index come back; what is there, rows included, is not touched."""
    async with connected(host) as database:
        await enable(database, host.schema)
        host.sync_execute(f"DROP TABLE {qualified(host, 'amx_history_applications')}")
        runs = qualified(host, "amx_history_runs")
        host.sync_execute(f"INSERT INTO {runs} (run_id, started_at) VALUES ('run_1', '2026-05-03 15:44:00')")
        on = f" ON {runs}" if host.backend == "mysql" else ""
        prefix = '"AMX".' if host.backend == "postgresql" else ""
        host.sync_execute(f"DROP INDEX {prefix}ix_amx_history_runs_status{on}")
        plan = await enable(database, host.schema)
        again = await plan_store(database, schema=host.schema, identity=ALICE)
    assert not plan.creates_schema
    purposes = [item.purpose.split(":")[0] for item in plan.statements]
    assert "Table amx_history_applications" in purposes
    assert "Index ix_amx_history_runs_status" in purposes
    others = {"Index ix_amx_history_runs_status", "The row of the audit trail that says who did this"}
    assert all("applications" in each or each in others for each in purposes)
    assert again.is_empty
    assert host.sync_execute(f"SELECT run_id FROM {runs}")[0][0] == "run_1"


async def test_a_lost_row_about_the_store_is_added_again(host: HostServer) -> None:
    """A store whose set-up broke off before its last statement is finished by that; who made it is said once."""
    async with connected(host) as database:
        await enable(database, host.schema)
        host.sync_execute(f"DELETE FROM {qualified(host, '_amx_schema_meta')}")
        plan = await enable(database, host.schema)
        again = await plan_store(database, schema=host.schema, identity=ALICE)
    assert plan.statements[-1].purpose == "The row about the store itself"
    assert len(plan.statements) == 2
    assert again.is_empty
    assert _store_changes(host) == [("store_create", "alice@acme.com", "lead-laptop")]


def _store_changes(host: HostServer) -> list[tuple[str, ...]]:
    audit = qualified(host, "_amx_admin_audit")
    rows = host.sync_execute(
        f"SELECT action, actor_username, actor_hostname FROM {audit} WHERE action LIKE 'store%' ORDER BY event_at"
    )
    return [tuple(row) for row in rows]


async def test_the_audit_trail_says_who_made_and_who_completed_the_store(host: HostServer) -> None:
    """Of two who make it at once the first one made it; what completes it later is a change of its own."""
    bob = Identity("o'bob\\", "bob-mac")
    async with connected(host) as database:
        plans = [
            await plan_store(database, schema=host.schema, identity=identity) for identity in (ALICE, bob)
        ]
        for plan in plans:
            await execute_plan(database, plan)
        assert _store_changes(host) == [("store_create", "alice@acme.com", "lead-laptop")]
        host.sync_execute(f"DROP TABLE {qualified(host, 'amx_history_applications')}")
        await enable(database, host.schema, identity=bob)
    assert _store_changes(host)[1:] == [("store_extend", "o'bob\\", "bob-mac")]


async def test_a_table_of_another_shape_is_left_alone_and_named(host: HostServer) -> None:
    """A table that is there under our name without our columns is not altered; the plan says so."""
    async with connected(host) as database:
        await enable(database, host.schema)
        sessions = qualified(host, "_amx_sessions")
        host.sync_execute(f"DROP TABLE {sessions}")
        host.sync_execute(f"CREATE TABLE {sessions} (id VARCHAR(36) PRIMARY KEY, user_id VARCHAR(36))")
        plan = await plan_store(database, schema=host.schema, identity=ALICE)
    assert plan.is_empty
    assert any("_amx_sessions is there but lacks" in note and "event_at" in note for note in plan.notes)


async def test_the_maker_is_kept_to_the_letter(host: HostServer) -> None:
    """Quotes, backslashes, percent signs and other scripts in a member's name reach the table as they are."""
    who = "DOM\\O'Brien \\' %s %(x)s :y ; -- 表"
    async with connected(host) as database:
        await enable(database, host.schema, identity=Identity(who, "lead-laptop"))
    rows = host.sync_execute(f"SELECT created_by FROM {qualified(host, '_amx_schema_meta')}")
    assert [tuple(row) for row in rows] == [(who,)]


async def test_a_store_of_amx_cli_is_joined_as_it_is(amx_cli_store: PostgresHost) -> None:
    """Nothing is made beside the tables of amx-cli; the plan is empty and says why."""
    before = tables_in(amx_cli_store, "AMX")
    async with connected(amx_cli_store) as database:
        plan = await enable(database, "AMX")
    assert plan.is_empty
    assert plan.layout == "amx_cli"
    assert "joined as it is" in plan.notes[0]
    assert tables_in(amx_cli_store, "AMX") == before


async def test_a_store_of_a_newer_program_is_refused(host: HostServer) -> None:
    """Completing tables that this program does not know would spoil them."""
    async with connected(host) as database:
        await enable(database, host.schema)
        host.sync_execute(f"UPDATE {qualified(host, '_amx_schema_meta')} SET schema_version = 9")
        with pytest.raises(UnsupportedVersionError, match="schema version 9") as caught:
            await plan_store(database, schema=host.schema, identity=ALICE)
    assert "pip install --upgrade" in caught.value.hint


async def test_a_newer_store_of_amx_cli_is_refused(amx_cli_store: PostgresHost) -> None:
    """The same holds for the other layout."""
    amx_cli_store.sync_execute('UPDATE "AMX".schema_meta SET schema_version = 8')
    async with connected(amx_cli_store) as database:
        with pytest.raises(UnsupportedVersionError, match="schema version 8"):
            await plan_store(database, schema="AMX", identity=ALICE)


async def test_many_who_enable_at_once_get_one_store(host: HostServer) -> None:
    """Six who planned before anything was there all succeed; there is one store with one row about it."""
    people = [Identity(f"member{number}@acme.com", f"laptop-{number}") for number in range(6)]

    async def one(identity: Identity, ready: asyncio.Barrier) -> None:
        async with connected(host) as database:
            plan = await plan_store(database, schema=host.schema, identity=identity)
            assert not plan.is_empty
            await ready.wait()
            await execute_plan(database, plan)

    barrier = asyncio.Barrier(len(people))
    await asyncio.gather(*(one(identity, barrier) for identity in people))
    assert tables_in(host, host.schema) == EXPECTED
    rows = host.sync_execute(f"SELECT id, created_by FROM {qualified(host, '_amx_schema_meta')}")
    assert len(rows) == 1
    assert rows[0][1] in {identity.username for identity in people}
    async with connected(host) as database:
        assert (await plan_store(database, schema=host.schema, identity=ALICE)).is_empty


async def test_two_stores_in_one_database_may_be_made_at_once(postgres_host: PostgresHost) -> None:
    """`AMX` and `amx` are two schemas, and the one extension that both want is no reason to fail."""

    async def one(schema: str) -> None:
        async with connected(postgres_host) as database:
            await enable(database, schema)

    await asyncio.gather(one("AMX"), one("amx"), one("Amx"))
    for schema in ("AMX", "amx", "Amx"):
        assert tables_in(postgres_host, schema) == EXPECTED


async def test_a_schema_that_the_dba_made_is_used_without_create(postgres_host: PostgresHost) -> None:
    """A user who may not create schemas makes the tables in one that is there."""
    postgres_host.admin_execute('CREATE SCHEMA "AMX"')
    member = postgres_host.login('GRANT USAGE, CREATE ON SCHEMA "{schema}" TO {user}')
    async with connected(member) as database:
        plan = await enable(database, "AMX")
    assert not plan.creates_schema
    assert not any("CREATE SCHEMA" in item.sql for item in plan.statements)
    assert tables_in(member, "AMX") == EXPECTED


async def test_no_right_to_create_a_schema_is_answered_with_its_cure(postgres_host: PostgresHost) -> None:
    """The plan warns, running it fails whole, and the hint is what the DBA has to run; then it works."""
    member = postgres_host.login()
    async with connected(member) as database:
        plan = await plan_store(database, schema="AMX", identity=ALICE)
        assert any("may not create schemas" in note for note in plan.notes)
        with pytest.raises(PermissionDeniedError, match="Nothing was made") as caught:
            await execute_plan(database, plan)
        user = member.values["user"]
        cure = f'CREATE SCHEMA "AMX" AUTHORIZATION "{user}";'
        assert cure in caught.value.hint
        postgres_host.admin_execute(cure)
        assert not (await enable(database, "AMX")).creates_schema
    assert tables_in(member, "AMX") == EXPECTED


async def test_no_right_to_create_tables_is_answered_with_the_grant(postgres_host: PostgresHost) -> None:
    """A schema that is there but closed to this user needs a GRANT, which the hint is."""
    postgres_host.admin_execute('CREATE SCHEMA "AMX"')
    member = postgres_host.login()
    async with connected(member) as database:
        plan = await plan_store(database, schema="AMX", identity=ALICE)
        assert any("may not create tables" in note for note in plan.notes)
        with pytest.raises(PermissionDeniedError) as caught:
            await execute_plan(database, plan)
    assert f'GRANT USAGE, CREATE ON SCHEMA "AMX" TO "{member.values["user"]}";' in caught.value.hint


async def test_no_right_to_create_a_database_is_answered_with_its_cure(mysql_host: MysqlHost) -> None:
    """On MySQL the schema is a database; the hint's statements make it work."""
    member = mysql_host.login(r"GRANT SELECT ON `{database}`.* TO {user}")
    async with connected(member) as database:
        plan = await plan_store(database, schema=member.schema, identity=ALICE)
        with pytest.raises(PermissionDeniedError, match="Nothing was made") as caught:
            await execute_plan(database, plan)
        cure = caught.value.hint.removeprefix("Have the DBA run: ").partition(" then run")[0]
        assert cure.startswith(f"CREATE DATABASE IF NOT EXISTS `{member.schema}`; GRANT ALL ON ")
        mysql_host.admin_execute(cure)
        await enable(database, member.schema)
    assert tables_in(member, member.schema) == EXPECTED


async def test_a_database_is_made_for_any_script(mysql_host: MysqlHost) -> None:
    """Names compare by code point there, whatever the server's default is."""
    async with connected(mysql_host) as database:
        await enable(database, mysql_host.schema)
    rows = mysql_host.sync_execute(
        "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata"
        " WHERE BINARY schema_name = %s",
        [mysql_host.schema],
    )
    assert [tuple(row) for row in rows] == [("utf8mb4", "utf8mb4_bin")]


HOSTILE = (
    '"; DROP SCHEMA public CASCADE; --',
    "`'; DROP TABLE x",
    " %s %(name)s %% :name",
    " sélect 表.amx_history_runs $amx$",
)


@pytest.mark.parametrize("suffix", HOSTILE)
@pytest.mark.parametrize(
    "backend",
    [
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mysql),
    ],
)
async def test_an_odd_schema_name_is_taken_to_the_letter(
    backend: str, suffix: str, request: pytest.FixtureRequest
) -> None:
    """Quotes, separators and placeholders in a schema's name are part of its name."""
    host: HostServer = request.getfixturevalue("mysql_host" if backend == "mysql" else "postgres_host")
    schema = host.schema + suffix
    async with connected(host) as database:
        await enable(database, schema)
        again = await plan_store(database, schema=schema, identity=ALICE)
    assert again.is_empty
    assert tables_in(host, schema) == EXPECTED
    if backend == "mysql":
        host.admin_execute("DROP DATABASE `{}`".format(schema.replace("`", "``")))


@pytest.mark.parametrize(
    ("backend", "schema", "reason"),
    [
        ("postgresql", "", "needs a name"),
        ("postgresql", "  ", "needs a name"),
        ("postgresql", " AMX", "begins or ends with a space"),
        ("postgresql", "x" * 64, "more than the 63"),
        ("postgresql", "表" * 22, "66 bytes are more than the 63"),
        ("postgresql", "pg_amx", "keeps names with pg_"),
        ("postgresql", "information_schema", "keeps that name"),
        ("postgresql", "A\nB", "cannot be shown"),
        ("postgresql", "A\x00B", "cannot be shown"),
        ("mysql", "x" * 65, "more than the 64"),
        ("mysql", "mysql", "keeps that name"),
        ("mysql", "a/b", "slashes"),
        ("mysql", "😀", "beyond U\\+FFFF"),
    ],
)
async def test_a_schema_name_that_cannot_be_is_refused_clearly(
    backend: str, schema: str, reason: str, request: pytest.FixtureRequest
) -> None:
    """Instead of being cut or failing half way, such a name is refused before anything is asked."""
    host: HostServer = request.getfixturevalue("mysql_host" if backend == "mysql" else "postgres_host")
    async with connected(host) as database:
        with pytest.raises(ConfigError, match=reason) as caught:
            await plan_store(database, schema=schema, identity=ALICE)
    assert caught.value.key == "history_store_schema"


async def test_a_schema_name_as_long_as_the_server_allows_works(host: HostServer) -> None:
    """63 bytes on PostgreSQL and 64 characters on MySQL are still fine."""
    length = {"postgresql": 63, "mysql": 64, "sqlite": 100}[host.backend]
    schema = host.schema + "x" * (length - len(host.schema))
    async with connected(host) as database:
        await enable(database, schema)
        assert (await plan_store(database, schema=schema, identity=ALICE)).is_empty
