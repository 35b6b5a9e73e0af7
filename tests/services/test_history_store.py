from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from amx_tui.domain.errors import (
    ConfigError,
    NotFoundError,
    PermissionDeniedError,
    UndefinedSchemaError,
    UnsupportedHostError,
)
from amx_tui.domain.report import Checks, Paragraph, Report
from amx_tui.services.commands import execute
from amx_tui.services.grammar import parse
from amx_tui.services.workspace import Workspace
from tests.servers import HostServer, MysqlHost, PostgresHost, SqliteHost
from tests.services.conftest import Machine


def text_of(report: Report) -> str:
    """What a report says in running text."""
    return "\n".join(block.text for block in report.blocks if isinstance(block, Paragraph))


async def test_the_lead_makes_the_store_and_becomes_its_admin(machine: Machine, host: HostServer) -> None:
    """The plan is shown, exactly it runs, the three keys are written, and the first member is admin."""
    alice = await machine("alice", host)
    plan = await alice.history_store.plan("prod", host.schema)
    assert plan.statements
    assert not plan.is_there
    assert plan.headline.startswith("Will create ")
    steps: list[tuple[int, int, str]] = []
    report = await alice.history_store.enable(plan, on_progress=lambda *step: steps.append(step))
    assert "✓ History store enabled. Future /run / /apply will write to" in text_of(report)
    assert steps == [
        (number, len(plan.statements), purpose) for number, purpose in enumerate(plan.purposes, 1)
    ]
    assert alice.config.history_store_enabled
    assert alice.config.history_store_profile == "prod"
    assert alice.config.history_store_schema == (host.schema or "AMX")
    assert alice.state.kind == "shared"
    assert alice.state.member is not None
    assert alice.state.member.role == "admin"


async def test_a_member_joins_without_making_anything(
    lead: Workspace, machine: Machine, host: HostServer
) -> None:
    """Where the tables are, enabling edits the configuration only, and the newcomer is a viewer."""
    bob = await machine("bob", host)
    plan = await bob.history_store.plan("prod", host.schema)
    assert plan.statements == ()
    assert plan.is_there
    report = await bob.history_store.enable(plan)
    assert "✓ History store now points at: " in text_of(report)
    assert "amx_history_* in " in text_of(report)
    assert bob.state.kind == "shared"
    assert bob.state.member is not None
    assert bob.state.member.role == "viewer"


async def test_join_points_at_a_store_that_is_there(
    lead: Workspace, machine: Machine, host: HostServer
) -> None:
    """`enable --profile --schema --yes` of a member does the same in one call."""
    bob = await machine("bob", host)
    await bob.history_store.join("prod", host.schema)
    assert bob.state.kind == "shared"
    again = await bob.history_store.join("prod", host.schema)
    assert "now points at" in text_of(again)


async def test_joining_where_no_store_is_says_how_to_make_one(machine: Machine, host: HostServer) -> None:
    """Nothing is made by joining, and the configuration stays as it was."""
    if host.backend == "sqlite":
        host.sync_execute("CREATE TABLE other (id INTEGER)")
    bob = await machine("bob", host)
    with pytest.raises(UndefinedSchemaError) as caught:
        await bob.history_store.join("prod", host.schema)
    assert "history-store enable" in caught.value.hint
    assert not bob.config.history_store_enabled


async def test_two_who_enable_at_once_make_one_store(machine: Machine, host: HostServer) -> None:
    """Both plans were made on an empty host; both runs succeed, and one of the two is admin."""
    alice, bob = await machine("alice", host), await machine("bob", host)
    plans = [await each.history_store.plan("prod", host.schema) for each in (alice, bob)]
    await asyncio.gather(alice.history_store.enable(plans[0]), bob.history_store.enable(plans[1]))
    roles = [each.state.member.role for each in (alice, bob) if each.state.member]
    assert sorted(str(role) for role in roles) == ["admin", "viewer"]


async def test_disabling_leaves_the_shared_tables(lead: Workspace, host: HostServer) -> None:
    """Only this user's configuration changes: the local store is open again, and enabling finds all there."""
    report = await lead.history_store.disable()
    assert "The shared tables stay as they are" in text_of(report)
    assert lead.state.kind == "local"
    assert not lead.config.history_store_enabled
    assert lead.config.history_store_profile == "prod"
    assert (await lead.history_store.plan("prod", host.schema)).is_there
    assert "currently: disabled" in text_of(await lead.history_store.disable())


async def test_status_echoes_the_documentation(lead: Workspace, machine: Machine, host: HostServer) -> None:
    """Disabled, it names the local file; enabled, the tables and the host."""
    bob = await machine("bob", host)
    disabled = await bob.history_store.status()
    assert "History store currently: disabled (per-user local file at " in text_of(disabled)
    enabled = await lead.history_store.status()
    assert "History store currently: enabled: " in text_of(enabled)
    assert "(profile prod)" in text_of(enabled)
    assert isinstance(enabled.data, dict)
    assert enabled.data["history_store_profile"] == "prod"


async def test_hosts_that_cannot_are_named_with_the_reason(machine: Machine) -> None:
    """ClickHouse and DuckDB are listed, refused, and the reason is the missing row-level UPDATE."""
    alice = await machine("alice")
    await alice.profiles.save("ch", "clickhouse", {"host": "ch.example.com"})
    await alice.profiles.save("duck", "duckdb", {"database": "/tmp/x.duckdb"})
    candidates = {candidate.name: candidate for candidate in alice.history_store.candidates()}
    assert not candidates["ch"].can_host
    assert "UPDATE" in candidates["ch"].refusal
    assert "UPDATE" in candidates["duck"].refusal
    with pytest.raises(UnsupportedHostError, match="UPDATE"):
        await alice.history_store.plan("ch")


async def test_an_unknown_profile_lists_those_there_are(machine: Machine, host: HostServer) -> None:
    """A misspelled host is answered with the names."""
    alice = await machine("alice", host)
    with pytest.raises(NotFoundError) as caught:
        await alice.history_store.plan("prdo")
    assert "prod" in caught.value.hint


async def test_a_whole_store_verifies(lead: Workspace, host: HostServer) -> None:
    """Tables, columns, indexes and rights are all well after enabling."""
    report = await lead.history_store.verify()
    (checks,) = [block for block in report.blocks if isinstance(block, Checks)]
    assert {check.state for check in checks.checks} <= {"ok", "skipped"}
    assert report.exit_status == 0


async def test_a_store_that_lacks_a_table_fails_verification(lead: Workspace, host: HostServer) -> None:
    """A table that somebody dropped is named, and the exit status is 1."""
    table = "shared_lineage_edges"
    quoted = {"postgresql": f'"{host.schema}".{table}', "mysql": f"`{host.schema}`.{table}"}
    host.sync_execute(f"DROP TABLE {quoted.get(host.backend, table)}")
    report = await lead.history_store.verify()
    (checks,) = [block for block in report.blocks if isinstance(block, Checks)]
    assert any(check.state == "failed" and table in check.message for check in checks.checks)
    assert report.exit_status == 1


async def test_statements_are_printed_without_a_connection(machine: Machine) -> None:
    """A DBA gets them for a backend whose driver is not even installed."""
    alice = await machine("alice")
    report = await alice.history_store.dump_ddl(backend="snowflake", schema="AMX")
    assert isinstance(report.data, dict)
    assert "CREATE TABLE" in str(report.data["statements"])


async def test_no_right_to_create_a_schema_is_answered_with_the_cure(
    machine: Machine, postgres_host: PostgresHost
) -> None:
    """The DBA pre-creates it, and the same command then skips the CREATE; nothing was half made before."""
    member = postgres_host.login("GRANT CONNECT ON DATABASE {database} TO {user}")
    bob = await machine("bob", member)
    plan = await bob.history_store.plan("prod", "AMX")
    with pytest.raises(PermissionDeniedError) as caught:
        await bob.history_store.enable(plan)
    assert "CREATE SCHEMA" in caught.value.hint
    assert "history-store enable --schema AMX" in caught.value.hint
    assert not bob.config.history_store_enabled
    postgres_host.admin_execute(f'CREATE SCHEMA "AMX" AUTHORIZATION {member.values["user"]}')
    plan = await bob.history_store.plan("prod", "AMX")
    assert not any(statement.startswith("CREATE SCHEMA") for statement in plan.statements)
    await bob.history_store.enable(plan)
    assert bob.state.kind == "shared"


async def test_no_right_to_create_a_database_on_mysql(machine: Machine, mysql_host: MysqlHost) -> None:
    """The same on MySQL and MariaDB, where a schema is a database."""
    member = mysql_host.login("GRANT SELECT ON `{database}`.* TO {user}")
    bob = await machine("bob", member)
    plan = await bob.history_store.plan("prod", mysql_host.schema)
    with pytest.raises(PermissionDeniedError) as caught:
        await bob.history_store.enable(plan)
    assert "CREATE DATABASE" in caught.value.hint
    assert not bob.config.history_store_enabled


async def test_a_schema_in_another_case_is_pointed_out_before_a_second_is_made(
    machine: Machine, postgres_host: PostgresHost
) -> None:
    """The lead made `amx`; whoever plans `AMX` is told before anything runs."""
    alice, bob = await machine("alice", postgres_host), await machine("bob", postgres_host)
    await alice.history_store.enable(await alice.history_store.plan("prod", "amx"))
    plan = await bob.history_store.plan("prod", "AMX")
    assert plan.creates_schema
    assert any("--schema amx" in note for note in plan.notes)


async def test_a_store_of_amx_cli_is_joined_as_it_is(machine: Machine, amx_cli_store: PostgresHost) -> None:
    """Nothing is made in a schema where amx-cli has its tables."""
    before = amx_cli_store.sync_execute("SELECT count(*) FROM pg_class")
    bob = await machine("bob", amx_cli_store)
    plan = await bob.history_store.plan("prod", "AMX")
    assert plan.statements == ()
    await bob.history_store.enable(plan)
    assert bob.state.kind == "shared"
    assert bob.state.layout == "amx_cli"
    assert amx_cli_store.sync_execute("SELECT count(*) FROM pg_class") == before
    page = await bob.history.list(limit=50)
    assert len(page.runs) == 20


async def test_a_broken_file_stops_enabling_before_anything_is_made(
    machine: Machine, sqlite_host: SqliteHost
) -> None:
    """What could not be noted in the configuration is not begun."""
    alice = await machine("alice", sqlite_host)
    plan = await alice.history_store.plan("prod")
    alice.config.path.write_text("db_profiles: [\n")
    await alice.reload_config()
    with pytest.raises(ConfigError):
        await alice.history_store.enable(plan)
    assert sqlite_host.sync_execute("SELECT count(*) FROM sqlite_master") == [(0,)]


async def test_the_database_of_the_old_host_is_not_taken_for_the_new_ones(
    machine: Machine, sqlite_host: SqliteHost, tmp_path: Path
) -> None:
    """`history_store_database` overrides the configured host's database; another host is where its profile says."""
    alice = await machine("alice", sqlite_host)
    old = tmp_path / "override.db"
    keys = f"history_store_profile: prod\nhistory_store_database: {old}\n"
    alice.config.path.write_text(alice.config.path.read_text() + keys)
    await alice.reload_config()
    assert (await alice.history_store.plan("prod")).place == "override.db"
    await alice.profiles.save("new", "sqlite", {"database": str(tmp_path / "new.db")})
    plan = await alice.history_store.plan("new")
    assert plan.place == "new.db"
    await alice.history_store.enable(plan)
    assert alice.config.history_store_database is None
    assert alice.state.label == "new.db"


async def test_who_may_not_add_what_is_missing_still_joins(
    machine: Machine, postgres_host: PostgresHost
) -> None:
    """An index that is gone is no reason to keep a member out; what it lacks is said."""
    alice = await machine("alice", postgres_host)
    await alice.history_store.enable(await alice.history_store.plan("prod", "AMX"))
    postgres_host.sync_execute('DROP INDEX "AMX".ix_amx_history_results_target')
    member = postgres_host.login(
        'GRANT USAGE ON SCHEMA "{schema}" TO {user}',
        'GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA "{schema}" TO {user}',
    )
    bob = await machine("bob", member)
    plan = await bob.history_store.plan("prod", "AMX")
    assert plan.is_there
    assert len(plan.statements) == 2
    report = await bob.history_store.enable(plan)
    assert bob.state.kind == "shared"
    assert bob.state.member is not None
    assert "⚠" in text_of(report)


async def test_grants_are_printed_for_the_configured_host(lead: Workspace, host: HostServer) -> None:
    """For its backend and schema; a file has no users, which is said."""
    if host.backend == "sqlite":
        with pytest.raises(UnsupportedHostError, match="no users"):
            await lead.history_store.grants()
        return
    report = await lead.history_store.grants()
    assert isinstance(report.data, dict)
    assert report.data["schema"] == host.schema
    assert "amx_viewer" in str(report.data["statements"])


async def test_amx_clis_layout_is_joined_and_never_made(
    machine: Machine, postgres_host: HostServer, amx_cli_store: HostServer
) -> None:
    """Where it is missing nothing is made, and it is said who does; where it is, it is joined unasked."""
    nobody = await machine("alice", postgres_host)
    line = ["history-store", "enable", "--profile", "prod", "--schema", "AMX", "--layout", "amx-cli"]
    with pytest.raises(UndefinedSchemaError) as refused:
        await execute(nobody, parse(line))
    assert "amx-cli makes that layout" in refused.value.hint
    assert not nobody.config.history_store_enabled
    assert postgres_host.sync_execute("SELECT 1 FROM pg_namespace WHERE nspname = 'AMX'") == []
    member = await machine("alice", amx_cli_store)
    await execute(member, parse(line))
    assert member.state.kind == "shared"
    assert member.store.info.layout == "amx_cli"
