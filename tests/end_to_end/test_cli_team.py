"""Two members on two machines: one sets the shared store up, the other joins, and both see the same."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amx_tui.domain.identity import Identity
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.results import Alternative
from amx_tui.domain.scope import Scope
from amx_tui.services.workspace import Workspace
from tests.end_to_end.shell import Shell, profile_options
from tests.servers import HostServer, PostgresHost
from tests.store.hosts import free_recorder

EVIL = "Größe \x1b[2J\x1b]0;gone\x07 \u202e'; DROP TABLE x; -- [red]日本[/red]"


def record(shell: Shell, username: str) -> str:
    """Record a run as a drafting session of that member would."""

    async def write() -> str:
        workspace = Workspace.load({**shell.environ, "AMX_USER": username}, shell.home)
        state = await workspace.connect()
        assert state.kind == "shared", state
        run = NewRun(
            started_at=datetime(2026, 5, 3, 15, 44, 7, 123456, UTC),
            status="success",
            scope=Scope((("sales", ("customer",)),)),
            settings={"language": "english", "note": EVIL},
        )
        results = [
            NewResult(schema_name="sales", table_name="customer", alternatives=(Alternative(EVIL),)),
            NewResult(schema_name="sales", table_name="customer", column_name="größe €", error_text=EVIL),
        ]
        try:
            return await free_recorder(workspace.store.database, workspace.store.tables).record(
                run, results, identity=Identity(username, "laptop")
            )
        finally:
            await workspace.close()

    return asyncio.run(write())


def test_lead_and_member_see_the_same_history(host: HostServer, tmp_path: Path) -> None:
    """The lead makes the store, the member joins it by profile and schema, and rows and hash are the same."""
    lead = Shell(tmp_path / "lead", user="alice@acme.com")
    member = Shell(tmp_path / "member", user="bob@acme.com")
    schema = ["--schema", host.schema] if host.schema else []
    for shell in (lead, member):
        shell.done("add-db-profile", "team", *profile_options(host))

    enabled = lead.done("history-store", "enable", "--profile", "team", *schema, "--yes")
    assert "CREATE TABLE" in enabled.out
    assert "✓ History store enabled" in enabled.out
    run_id = record(lead, "alice@acme.com")
    joined = member.done("history-store", "enable", "--profile", "team", *schema, "--json").json
    assert (joined["created"], joined["statements"], joined["role"]) == (False, [], "viewer")

    rows = [shell.done("history", "list", "--json").json for shell in (lead, member)]
    assert rows[0] == rows[1]
    assert [row["run_id"] for row in rows[0]] == [run_id]
    shown = [shell.done("history", "show", run_id, "--json").json for shell in (lead, member)]
    assert shown[0] == shown[1]
    assert shown[0]["started_at"] == "2026-05-03T15:44:07.123456Z"
    assert shown[0]["settings_json"]["note"] == EVIL
    assert [result["target_qname"] for result in shown[0]["results"]] == [
        "sales.customer",
        'sales.customer."größe €"',
    ]
    hashes = {shell.done("history", "show", run_id, "--hash").out for shell in (lead, member)}
    assert len(hashes) == 1
    assert re.fullmatch(r"[0-9a-f]{64}\n", hashes.pop())
    for words in (["history", "show", run_id, "--full"], ["history", "list"], ["history", "show", run_id]):
        assert not set(member.done(*words).out) & {"\x1b", "\x07", "\u202e"}

    lead.done("history-store", "verify")
    again = lead.done("history-store", "enable", "--profile", "team", *schema, "--yes", "--json").json
    assert (again["created"], again["statements"]) == (False, [])
    member.done("history-store", "disable")
    assert member.done("history", "list", "--json").json == []
    assert [row["run_id"] for row in lead.done("history", "list", "--json").json] == [run_id]


@pytest.mark.postgresql
def test_a_store_that_amx_cli_made_is_read_like_our_own(amx_cli_store: PostgresHost, tmp_path: Path) -> None:
    """Its runs carry #number@host beside the id, and are found by either; JSON has the same names."""
    shell = Shell(tmp_path / "home", user="alice")
    shell.done("add-db-profile", "team", *profile_options(amx_cli_store))
    shell.done("history-store", "enable", "--profile", "team", "--schema", "AMX", "--yes")

    lines = shell.done("history", "list").out.splitlines()
    assert lines[0].split() == ["run_id", "local_id", "who", "when", "scope", "ok", "fail", "status"]
    assert sum(" #" in line for line in lines) == 20
    (line,) = (line for line in lines if "#3@bob-mac" in line)
    by_number = shell.done("history", "show", "#3@bob-mac", "--json").json
    assert by_number["run_id"] == line.split()[0]
    assert by_number == shell.done("history", "show", by_number["run_id"], "--json").json
    assert (by_number["created_by"], by_number["status"]) == ("bob", "cancelled")
    assert by_number["scope_json"]["catalog"] == ["category", "product"]
    assert len(by_number["results"]) == by_number["ok_count"] + by_number["fail_count"] > 0
    assert {"target_qname", "error_text", "version", "applied_status"} <= set(by_number["results"][0])
    assert re.fullmatch(r"[0-9a-f]{64}\n", shell.done("history", "show", "#3@bob-mac", "--hash").out)
    assert shell.run("history", "show", "#3").status == 1


@pytest.mark.postgresql
def test_a_schema_in_another_case_is_named(postgres_host: PostgresHost, tmp_path: Path) -> None:
    """Who configures `amx` where the lead made `AMX` is told which one exists."""
    shell = Shell(tmp_path / "home", user="alice")
    shell.done("add-db-profile", "team", *profile_options(postgres_host))
    shell.done("history-store", "enable", "--profile", "team", "--schema", "AMX", "--yes")
    refused = shell.run("history-store", "enable", "--profile", "team", "--schema", "amx", "--yes")
    assert refused.status == 2
    assert "--schema AMX" in refused.err
    config = shell.home / "config.yml"
    assert "history_store_schema: AMX" in config.read_text()
    config.write_text(config.read_text().replace("history_store_schema: AMX", "history_store_schema: amx"))
    answer = shell.run("history", "list")
    assert answer.status == 1
    assert answer.out == ""
    assert "there is one in AMX" in answer.err
    assert "Traceback" not in answer.err
    failed = [check for check in shell.run("doctor", "--json").json if check["state"] == "failed"]
    assert [check["hint"] for check in failed] == ["Set history_store_schema: AMX in config.yml."]


@pytest.fixture
def lead(host: HostServer, tmp_path: Path) -> Shell:
    """The lead's shell, the store made."""
    shell = Shell(tmp_path / "lead", user="alice@acme.com")
    shell.done("add-db-profile", "team", *profile_options(host))
    schema = ["--schema", host.schema] if host.schema else []
    shell.done("history-store", "enable", "--profile", "team", *schema, "--yes")
    return shell


def quoted(host: HostServer, table: str) -> str:
    """A table of the store as this backend writes it."""
    mark = "`" if host.backend == "mysql" else '"'
    return f"{mark}{host.schema}{mark}.{table}" if host.schema else table


def test_a_revoked_member_may_not_read(host: HostServer, lead: Shell) -> None:
    """Status 4, a hint, and no rows."""
    host.sync_execute(f"UPDATE {quoted(host, '_amx_users')} SET revoked_at = '2026-01-01 00:00:00.000000'")
    answer = lead.run("history", "list", "--json")
    assert (answer.status, answer.out) == (4, "")
    assert "revoked" in answer.err
    assert "admin" in answer.err


def test_a_newer_store_is_read_with_a_warning(host: HostServer, lead: Shell) -> None:
    """What can be read is printed; stderr says that the store is newer, and nothing is written."""
    host.sync_execute(f"UPDATE {quoted(host, '_amx_schema_meta')} SET schema_version = 99")
    host.sync_execute(f"DELETE FROM {quoted(host, '_amx_users')}")
    answer = lead.done("history", "list", "--json")
    assert answer.json == []
    assert "amx-tui: warning: " in answer.err
    assert "99" in answer.err
    assert host.sync_execute(f"SELECT count(*) FROM {quoted(host, '_amx_users')}")[0][0] == 0
