"""Verifying a store: what is missing is named, every right is proven by use, and nothing stays behind."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from amx_tui.domain.report import Check
from amx_tui.store.bootstrap import plan_store
from amx_tui.store.verify import verify_store
from tests.servers import HostServer, MysqlHost, PostgresHost, SqliteHost
from tests.store.hosts import ALICE, connected, enable, qualified, tables_in

READ_ALL = ('GRANT USAGE ON SCHEMA "AMX" TO {user}', 'GRANT SELECT ON ALL TABLES IN SCHEMA "AMX" TO {user}')


async def _verify(host: HostServer, schema: str | None = None) -> dict[str, Check]:
    async with connected(host) as database:
        checks = await verify_store(database, schema=host.schema if schema is None else schema)
    assert len({check.name for check in checks}) == len(checks)
    return {check.name: check for check in checks}


async def _make(host: HostServer) -> None:
    async with connected(host) as database:
        await enable(database, host.schema)


def _states(checks: dict[str, Check], *states: str) -> dict[str, Check]:
    return {name: check for name, check in checks.items() if check.state in states}


def _counts(host: HostServer) -> dict[str, int]:
    return {
        table: host.sync_execute(f"SELECT COUNT(*) FROM {qualified(host, table)}")[0][0]
        for table in tables_in(host, host.schema)
    }


async def test_a_whole_store_passes_and_nothing_is_left_in_it(host: HostServer) -> None:
    """Every check is ok, every table's rights are proven, and every table is as empty as before."""
    await _make(host)
    before = _counts(host)
    checks = await _verify(host)
    assert _states(checks, "failed", "warning", "skipped") == {}
    assert {name for name in checks if name.startswith("rights on ")} == {
        f"rights on {name}" for name in before
    }
    assert checks["rights on amx_history_results"].message == "SELECT, INSERT, UPDATE proven."
    assert _counts(host) == before
    if host.backend == "sqlite":
        assert host.sync_execute("SELECT COUNT(*) FROM amx_search_runs")[0][0] == 0
    meta = host.sync_execute(f"SELECT member_seq FROM {qualified(host, '_amx_schema_meta')}")
    assert meta[0][0] == 0


async def test_a_store_of_amx_cli_passes_and_stays_as_it_is(amx_cli_store: PostgresHost) -> None:
    """The other layout is checked by its own tables and columns; references between them stop nothing."""
    before = _counts(amx_cli_store)
    checks = await _verify(amx_cli_store)
    assert _states(checks, "failed", "warning") == {}
    assert "layout amx_cli" in checks["schema"].message
    assert checks["rights on run_results"].message == "SELECT, INSERT, UPDATE proven."
    assert checks["rights on documentation_page_versions"].state == "ok"
    assert _counts(amx_cli_store) == before


async def test_a_whole_store_costs_three_statements_a_table(host: HostServer) -> None:
    """Every statement is a round trip to a distant host; all rights are tried at one go."""
    await _make(host)
    sent: list[str] = []

    def record(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", record)
    try:
        await _verify(host)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", record)
    assert len(sent) <= 3 * 16 + 4


async def test_missing_tables_indexes_and_rows_are_named(host: HostServer) -> None:
    """Each comes with what brings it back, and enabling again does."""
    await _make(host)
    runs = qualified(host, "amx_history_runs")
    on = f" ON {runs}" if host.backend == "mysql" else ""
    prefix = '"AMX".' if host.backend == "postgresql" else ""
    host.sync_execute(f"DROP TABLE {qualified(host, '_amx_sessions')}")
    host.sync_execute(f"DROP INDEX {prefix}ix_amx_history_runs_status{on}")
    host.sync_execute(f"DELETE FROM {qualified(host, '_amx_schema_meta')}")
    checks = await _verify(host)
    assert checks["tables"].state == "failed"
    assert checks["tables"].message == "Missing: _amx_sessions."
    assert "history-store enable" in checks["tables"].hint
    assert checks["indexes"].state == "warning"
    assert "ix_amx_history_runs_status" in checks["indexes"].message
    assert checks["schema version"].state == "failed"
    assert "rights on _amx_sessions" not in checks
    assert checks["rights on amx_history_runs"].state == "ok"
    await _make(host)
    assert _states(await _verify(host), "failed", "warning") == {}


async def test_a_missing_column_comes_with_the_statement_that_adds_it(host: HostServer) -> None:
    """The hint is an ALTER TABLE that can be run as it stands; then all is well."""
    await _make(host)
    host.sync_execute(f"ALTER TABLE {qualified(host, 'amx_history_runs')} DROP COLUMN review_strategy")
    checks = await _verify(host)
    assert checks["columns"].state == "failed"
    assert "amx_history_runs.review_strategy" in checks["columns"].message
    host.sync_execute(checks["columns"].hint)
    assert _states(await _verify(host), "failed", "warning") == {}


async def test_columns_of_other_types_and_lengths_are_named(postgres_host: PostgresHost) -> None:
    """A time without zone and a name that is too short would lose what is written; extra columns do not."""
    await _make(postgres_host)
    runs = '"AMX".amx_history_runs'
    postgres_host.sync_execute(f"ALTER TABLE {runs} ALTER COLUMN ended_at TYPE timestamp without time zone")
    postgres_host.sync_execute(f"ALTER TABLE {runs} ALTER COLUMN created_by TYPE varchar(20)")
    postgres_host.sync_execute(f"ALTER TABLE {runs} ALTER COLUMN scope_json TYPE text")
    checks = await _verify(postgres_host)
    assert checks["columns"].state == "failed"
    message = checks["columns"].message
    assert "amx_history_runs.ended_at is timestamp without time zone, not a time" in message
    assert "amx_history_runs.created_by holds 20 characters, not 255" in message
    assert "amx_history_runs.scope_json is text, not a json" in message


async def test_columns_that_nobody_knows_are_left_alone(host: HostServer) -> None:
    """A team's own column is mentioned and no fault."""
    await _make(host)
    host.sync_execute(f"ALTER TABLE {qualified(host, 'amx_history_runs')} ADD COLUMN ticket VARCHAR(20)")
    check = (await _verify(host))["columns"]
    assert check.state == "ok"
    assert "amx_history_runs.ticket" in check.message


async def test_a_newer_store_is_a_warning(host: HostServer) -> None:
    """It can be read, and the check says how to write to it."""
    await _make(host)
    host.sync_execute(f"UPDATE {qualified(host, '_amx_schema_meta')} SET schema_version = 2")
    check = (await _verify(host))["schema version"]
    assert check.state == "warning"
    assert "version 2" in check.message
    assert "pip install --upgrade" in check.hint


@pytest.mark.parametrize(
    "fixture",
    [
        pytest.param("postgres_host", marks=pytest.mark.postgresql),
        pytest.param("mysql_host", marks=pytest.mark.mysql),
    ],
)
async def test_another_case_is_named(fixture: str, request: pytest.FixtureRequest) -> None:
    """`amx` where there is `AMX`: the check names the schema that exists."""
    host: HostServer = request.getfixturevalue(fixture)
    await _make(host)
    wrong = host.schema.replace("AMX", "Amx")
    checks = await _verify(host, wrong)
    assert list(checks) == ["schema"]
    assert checks["schema"].state == "failed"
    assert f"there is {host.schema}" in checks["schema"].message
    assert checks["schema"].hint == f"Set history_store_schema: {host.schema}"


async def test_a_schema_without_a_store_is_said_to_have_none(host: HostServer) -> None:
    """An empty database is no store, and the hint is how to make one."""
    empty = {"sqlite": "", "postgresql": "public", "mysql": str(host.values["database"])}[host.backend]
    checks = await _verify(host, empty)
    assert checks["schema"].state == "failed"
    assert "holds no history store" in checks["schema"].message
    assert "history-store enable" in checks["schema"].hint


async def test_a_half_made_store_is_checked_as_one(mysql_host: MysqlHost) -> None:
    """Where DDL is not transactional, a part may be there: it is no empty schema."""
    await _make(mysql_host)
    mysql_host.sync_execute(f"DROP TABLE {qualified(mysql_host, '_amx_schema_meta')}")
    mysql_host.sync_execute(f"DROP TABLE {qualified(mysql_host, '_amx_users')}")
    checks = await _verify(mysql_host)
    assert checks["tables"].message == "Missing: _amx_users, _amx_schema_meta."


async def test_two_stores_in_one_schema_are_a_warning(amx_cli_store: PostgresHost) -> None:
    """Ours is used, and a team that writes to both is told."""
    async with connected(amx_cli_store) as database:
        # catalog_entities and _amx_users have their names in both; the rest of ours is made beside them.
        amx_cli_store.sync_execute('ALTER TABLE "AMX".schema_meta RENAME TO away')
        await enable(database, "AMX")
        amx_cli_store.sync_execute('ALTER TABLE "AMX".away RENAME TO schema_meta')
        plan = await plan_store(database, schema="AMX", identity=ALICE)
    assert any("left alone" in note for note in plan.notes)
    checks = await _verify(amx_cli_store)
    assert checks["schema"].state == "warning"
    assert "two stores" in checks["schema"].message


async def test_a_read_only_user_gets_a_clear_result(postgres_host: PostgresHost) -> None:
    """One check says what can be read, one that nothing can be written, with the documentation's GRANT."""
    await _make(postgres_host)
    member = postgres_host.login(*READ_ALL)
    checks = await _verify(member)
    assert list(_states(checks, "failed")) == ["writing"]
    assert checks["reading"].message == "SELECT proven on every table."
    assert not any(name.startswith("rights on") for name in checks)
    assert checks["writing"].hint.startswith(
        'GRANT INSERT, UPDATE ON "AMX".amx_history_runs, "AMX".amx_history_results'
        f' TO "{member.values["user"]}";'
    )


async def test_a_read_only_user_of_mysql_gets_the_same(mysql_host: MysqlHost) -> None:
    """SELECT on the database alone: history can be browsed."""
    await _make(mysql_host)
    profile = "GRANT SELECT ON `{database}`.* TO {user}"
    checks = await _verify(mysql_host.login(profile, "GRANT SELECT ON `{schema}`.* TO {user}"))
    assert list(_states(checks, "failed")) == ["writing"]
    assert checks["reading"].state == "ok"
    assert f"GRANT INSERT, UPDATE ON `{mysql_host.schema}`.amx_history_runs TO '" in checks["writing"].hint


@pytest.mark.parametrize(
    "fixture",
    [
        pytest.param("postgres_host", marks=pytest.mark.postgresql),
        pytest.param("mysql_host", marks=pytest.mark.mysql),
    ],
)
@pytest.mark.parametrize("privilege", ["SELECT", "INSERT", "UPDATE"])
async def test_the_hint_is_the_exact_grant_that_is_missing(
    privilege: str, fixture: str, request: pytest.FixtureRequest
) -> None:
    """One right lacks on one table: that table's check alone fails, and running its hint cures it.

    What only a higher role needs is a warning then, which its hint cures too.
    """
    host: HostServer = request.getfixturevalue(fixture)
    await _make(host)
    results = qualified(host, "amx_history_results")
    grants = [
        f"GRANT {'SELECT, INSERT, UPDATE' if name != 'amx_history_results' else others} ON"
        f" {qualified(host, name)} TO {{user}}"
        for others in [", ".join(sorted({"SELECT", "INSERT", "UPDATE"} - {privilege}))]
        for name in sorted(tables_in(host, host.schema))
    ]
    opening = (
        'GRANT USAGE ON SCHEMA "AMX" TO {user}'
        if host.backend == "postgresql"
        else "GRANT SELECT ON `{database}`.* TO {user}"
    )
    member = host.login(opening, *grants)
    checks = await _verify(member)
    failed = _states(checks, "failed")
    assert list(failed) == ["rights on amx_history_results"]
    check = failed["rights on amx_history_results"]
    assert privilege in check.message
    assert check.hint.startswith(f"GRANT {privilege}")
    host.admin_execute(check.hint)
    checks = await _verify(member)
    assert _states(checks, "failed") == {}
    for warning in _states(checks, "warning").values():
        assert warning.hint.startswith(f"GRANT {privilege} ON {results} TO")
        host.admin_execute(warning.hint)
    assert _states(await _verify(member), "failed", "warning") == {}


async def test_a_schema_closed_to_the_user_is_named_with_its_grant(postgres_host: PostgresHost) -> None:
    """Without USAGE nothing else can be said."""
    await _make(postgres_host)
    member = postgres_host.login()
    checks = await _verify(member)
    assert list(checks) == ["schema"]
    postgres_host.admin_execute(checks["schema"].hint)
    assert (await _verify(member))["schema"].state == "ok"


async def test_a_server_that_only_reads_is_no_missing_grant(postgres_host: PostgresHost) -> None:
    """On a standby no GRANT helps; the check says that the server can only be read."""
    await _make(postgres_host)
    user = postgres_host.values["user"]
    postgres_host.admin_execute(
        f"ALTER ROLE {user} IN DATABASE {postgres_host.values['database']} SET default_transaction_read_only = on"
    )
    checks = await _verify(postgres_host)
    assert list(_states(checks, "failed")) == ["writing"]
    assert "can only be read" in checks["writing"].message
    assert "GRANT" not in checks["writing"].hint


async def test_row_level_security_that_hides_rows_is_found(postgres_host: PostgresHost) -> None:
    """A catalogue would say that UPDATE is granted; using it shows that it changes nothing."""
    await _make(postgres_host)
    member = postgres_host.login(
        'GRANT USAGE ON SCHEMA "AMX" TO {user}',
        'GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA "AMX" TO {user}',
    )
    postgres_host.admin_execute(
        'ALTER TABLE "AMX".amx_history_runs ENABLE ROW LEVEL SECURITY;'
        ' CREATE POLICY reading ON "AMX".amx_history_runs FOR SELECT USING (true);'
        ' CREATE POLICY adding ON "AMX".amx_history_runs FOR INSERT WITH CHECK (true)'
    )
    check = (await _verify(member))["rights on amx_history_runs"]
    assert check.state == "failed"
    assert "row-level security" in check.message


async def test_a_trigger_that_refuses_is_found(sqlite_host: SqliteHost) -> None:
    """What stops a write, whatever it is, shows when the write is tried."""
    await _make(sqlite_host)
    sqlite_host.sync_execute(
        "CREATE TRIGGER no_more BEFORE INSERT ON shared_documentation_pages"
        " BEGIN SELECT no_such_function(1); END"
    )
    check = (await _verify(sqlite_host))["rights on shared_documentation_pages"]
    assert check.state == "failed"
    assert "no_such_function" in check.message


async def test_a_table_that_cannot_roll_back_is_not_written_to(mysql_host: MysqlHost) -> None:
    """A probe in a MyISAM table would stay; instead its engine is the finding, and the hint changes it."""
    await _make(mysql_host)
    sources = qualified(mysql_host, "shared_documentation_pages_sources")
    mysql_host.sync_execute(f"ALTER TABLE {sources} ENGINE=MyISAM")
    checks = await _verify(mysql_host)
    assert checks["tables"].state == "failed"
    assert "shared_documentation_pages_sources" in checks["tables"].message
    assert "rights on shared_documentation_pages_sources" not in checks
    assert mysql_host.sync_execute(f"SELECT COUNT(*) FROM {sources}")[0][0] == 0
    mysql_host.sync_execute(checks["tables"].hint)
    assert _states(await _verify(mysql_host), "failed", "warning") == {}
