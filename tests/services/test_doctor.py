from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from amx_tui.domain.decisions import DecisionBasis, DecisionChange, DecisionValues
from amx_tui.domain.identity import Identity
from amx_tui.domain.members import Member
from amx_tui.domain.report import Check, Checks, Report
from amx_tui.drafts.decisions import DecisionJournal, JournalKey
from amx_tui.services.doctor.host import skew_check
from amx_tui.services.doctor.people import names_of_one_person
from amx_tui.services.workspace import Workspace
from tests.keyrings import MemoryKeyring
from tests.servers import HostServer, MysqlHost, PostgresHost
from tests.services.conftest import Machine, closed_port, on_servers


def checks_of(report: Report) -> list[Check]:
    """All checks of a report."""
    return [check for block in report.blocks if isinstance(block, Checks) for check in block.checks]


def found(report: Report, *states: str) -> dict[str, Check]:
    """The checks with one of the states, by name; of several of a name the last."""
    return {check.name: check for check in checks_of(report) if check.state in states}


def check_named(report: Report, name: str) -> Check:
    """The check of that name."""
    return next(check for check in checks_of(report) if check.name == name)


async def point_at(workspace: Workspace, schema: str) -> None:
    """Edit the configuration by hand, as somebody does who copies a teammate's keys."""
    path = workspace.config.path
    keys = f"history_store_enabled: true\nhistory_store_profile: prod\nhistory_store_schema: {schema}\n"
    path.write_text(path.read_text() + keys)
    await workspace.reload_config()


async def test_all_is_well_after_the_set_up(lead: Workspace, host: HostServer) -> None:
    """A store that was just made, on a machine in order: nothing fails, nothing warns, status 0."""
    report = await lead.doctor.run()
    assert found(report, "failed", "warning") == {}
    assert report.exit_status == 0
    assert await lead.notices() == ()
    assert {"config", "identity", "connection", "schema", "member", "one name a person"} <= set(
        found(report, "ok")
    )


@on_servers
async def test_decisions_that_wait_for_a_store_of_another_address_are_found(
    lead: Workspace, host: HostServer
) -> None:
    """What no store has is named with what to do; looking changes nothing, and stored decisions are no matter."""
    await lead.connect()
    basis = DecisionBasis("0f8fad5b-d9cb-469f-a165-70867728950e", 1, DecisionValues())
    change = DecisionChange(
        basis, DecisionValues("accepted", "All that is sold."), decided_at=datetime.now(UTC)
    )
    elsewhere = f"shared AMX in {host.backend} db-old.example:5432/analytics"
    for place, member in (
        (lead.state.place, str(lead.identity)),
        (elsewhere, str(lead.identity)),
        (elsewhere, "bob@bobs"),
    ):
        journal = DecisionJournal(lead.home, JournalKey(place, member, "run_2026-05-03_13-43-002"))
        entries = journal.append([change, change])
        journal.acknowledge([entries[0].number])
        journal.close()
    files = {path.name: path.read_bytes() for path in (lead.home / "drafts").iterdir()}
    report = await lead.doctor.run(offline=True)
    checks = [check for check in checks_of(report) if check.name == "decisions not stored yet"]
    assert [check.state for check in checks] == ["warning"] * 3
    here, moved, bobs = sorted(
        checks, key=lambda check: ("bob" in check.message, "another one" in check.message)
    )
    assert here.message.startswith(
        "1 decision is kept here: on run_2026-05-03_13-43-002, by alice@alice-laptop"
    )
    assert here.hint.startswith("Open amx-tui")
    assert "db-old.example" in moved.message
    assert "rm '" in moved.hint
    assert bobs.hint.startswith("bob@bobs is to open amx-tui")
    assert {path.name: path.read_bytes() for path in (lead.home / "drafts").iterdir()} == files


async def test_the_checks_come_one_by_one(machine: Machine) -> None:
    """A screen can show each check as soon as it is known."""
    alice = await machine("alice")
    seen: list[Check] = []
    report = await alice.doctor.run(on_check=seen.append)
    assert seen == checks_of(report)
    assert isinstance(report.data, list)
    assert [row["name"] for row in report.data if isinstance(row, dict)] == [check.name for check in seen]


@on_servers
async def test_offline_connects_to_nothing(lead: Workspace, host: HostServer) -> None:
    """With an unreachable host, `--offline` fails nothing and names what it left out."""
    await lead.profiles.save("prod", host.backend, {"port": closed_port()})
    report = await lead.doctor.run(offline=True)
    assert report.exit_status == 0
    assert {"connection", "schema", "rights", "member", "clock"} <= set(found(report, "skipped"))


@on_servers
async def test_an_unreachable_host_fails(lead: Workspace, host: HostServer) -> None:
    """The connection fails with a hint, nothing behind it is tried, status 1."""
    await lead.profiles.save("prod", host.backend, {"port": closed_port()})
    report = await lead.doctor.run()
    failed = found(report, "failed")
    assert set(failed) == {"connection"}
    assert failed["connection"].hint
    assert report.exit_status == 1


# The five faults of the documentation's troubleshooting table.


async def test_fault_no_right_to_create_the_schema(machine: Machine, postgres_host: PostgresHost) -> None:
    """First fault: the DBA's statement is given, and it is the cure."""
    member = postgres_host.login("GRANT CONNECT ON DATABASE {database} TO {user}")
    bob = await machine("bob", member)
    await point_at(bob, "AMX")
    check = found(await bob.doctor.run(), "failed")["right to make the store"]
    assert f'CREATE SCHEMA "AMX" AUTHORIZATION "{member.values["user"]}";' in check.hint
    assert "history-store enable --profile prod --schema AMX" in check.hint
    postgres_host.admin_execute(check.hint.partition("run: ")[2].partition(";")[0])
    assert "right to make the store" not in found(await bob.doctor.run(), "failed")
    await bob.history_store.enable(await bob.history_store.plan("prod", "AMX"))
    assert (await bob.doctor.run()).exit_status == 0


async def test_fault_no_right_to_create_the_database_on_mysql(
    machine: Machine, mysql_host: MysqlHost
) -> None:
    """First fault on MySQL and MariaDB, where a schema is a database."""
    member = mysql_host.login("GRANT SELECT ON `{database}`.* TO {user}")
    bob = await machine("bob", member)
    await point_at(bob, mysql_host.schema)
    check = found(await bob.doctor.run(), "failed")["right to make the store"]
    for statement in check.hint.partition("run: ")[2].partition(" Then run")[0].split(";"):
        if statement.strip():
            mysql_host.admin_execute(statement)
    assert "right to make the store" not in found(await bob.doctor.run(), "failed")
    await bob.history_store.enable(await bob.history_store.plan("prod", mysql_host.schema))
    assert (await bob.doctor.run()).exit_status == 0


async def test_fault_enabled_on_the_leads_machine_but_not_here(
    lead: Workspace, machine: Machine, host: HostServer
) -> None:
    """Second fault: the profile's host holds a store that this machine does not use."""
    bob = await machine("bob", host)
    check = found(await bob.doctor.run(), "warning")["history store"]
    assert "history_store_enabled is false" in check.message
    assert "history-store enable --profile prod" in check.hint
    assert "config reload" in check.hint
    if host.schema:
        assert f"--schema {host.schema}" in check.hint


async def test_fault_enabled_in_the_file_but_not_reloaded(machine: Machine, host: HostServer) -> None:
    """Second fault in the running app: the file says so already."""
    bob = await machine("bob", host)
    bob.config.path.write_text(bob.config.path.read_text() + "history_store_schema: AMX\n")
    check = found(await bob.doctor.run(offline=True), "warning")["config reload"]
    assert "config reload" in check.hint


async def test_fault_the_schema_in_another_case(machine: Machine, postgres_host: PostgresHost) -> None:
    """Third fault: the schema that exists is named, as the key to set."""
    alice, bob = await machine("alice", postgres_host), await machine("bob", postgres_host)
    await alice.history_store.enable(await alice.history_store.plan("prod", "amx"))
    await point_at(bob, "AMX")
    check = found(await bob.doctor.run(), "failed")["schema"]
    assert "Set history_store_schema: amx" in check.hint


async def test_fault_the_schema_in_another_case_on_mysql(machine: Machine, mysql_host: MysqlHost) -> None:
    """Third fault on MySQL and MariaDB, where it depends on the server whether case counts."""
    if mysql_host.sync_execute("SELECT @@lower_case_table_names")[0][0] != 0:
        pytest.skip("needs a server that tells the case of database names apart")
    alice, bob = await machine("alice", mysql_host), await machine("bob", mysql_host)
    await alice.history_store.enable(await alice.history_store.plan("prod", mysql_host.schema))
    await point_at(bob, mysql_host.schema.lower())
    check = found(await bob.doctor.run(), "failed")["schema"]
    assert f"Set history_store_schema: {mysql_host.schema}" in check.hint
    verified = found(await bob.history_store.verify(), "failed")["schema"]
    assert verified.hint == check.hint


async def test_fault_the_same_person_under_two_names(
    lead: Workspace, machine: Machine, host: HostServer
) -> None:
    """Fourth fault: the OS user here, an e-mail address there; AMX_USER makes them one."""
    other = await machine("alice", host, AMX_USER="alice@acme.com")
    await other.history_store.join("prod", host.schema)
    check = found(await lead.doctor.run(), "warning")["one name a person"]
    assert "alice@acme.com" in check.message
    assert "export AMX_USER=alice@acme.com" in check.hint
    assert await other.notices() == (check_named(await other.doctor.run(), "one name a person"),)
    check = found(await other.doctor.run(), "warning")["one name a person"]
    assert "export AMX_USER=alice@acme.com" in check.hint


async def test_fault_no_insert_and_update(machine: Machine, postgres_host: PostgresHost) -> None:
    """Fifth fault: the exact GRANT is given, and it is the cure."""
    alice = await machine("alice", postgres_host)
    await alice.history_store.enable(await alice.history_store.plan("prod", "AMX"))
    member = postgres_host.login(
        'GRANT USAGE ON SCHEMA "{schema}" TO {user}',
        'GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO {user}',
    )
    bob = await machine("bob", member)
    await bob.history_store.join("prod", "AMX")
    report = await bob.doctor.run()
    hints = " ".join(check.hint for check in found(report, "failed").values())
    user = member.values["user"]
    grant = f'GRANT INSERT, UPDATE ON "AMX".amx_history_runs, "AMX".amx_history_results TO "{user}";'
    assert grant in hints
    assert report.exit_status == 1
    postgres_host.sync_execute(grant)
    rights = {name: check.state for name, check in found(await bob.doctor.run(), "ok").items()}
    assert "rights on amx_history_runs" in rights


async def test_fault_no_insert_and_update_on_mysql(machine: Machine, mysql_host: MysqlHost) -> None:
    """Fifth fault on MySQL and MariaDB."""
    alice = await machine("alice", mysql_host)
    await alice.history_store.enable(await alice.history_store.plan("prod", mysql_host.schema))
    member = mysql_host.login(
        "GRANT SELECT ON `{database}`.* TO {user}", "GRANT SELECT ON `{schema}`.* TO {user}"
    )
    bob = await machine("bob", member)
    await bob.history_store.join("prod", mysql_host.schema)
    assert bob.state.is_read_only
    assert f"GRANT INSERT, UPDATE ON `{mysql_host.schema}`.amx_history_runs TO " in bob.state.hint
    report = await bob.doctor.run()
    hints = " ".join(check.hint for check in found(report, "failed").values())
    assert f"GRANT INSERT, UPDATE ON `{mysql_host.schema}`.amx_history_runs TO " in hints
    assert report.exit_status == 1


# The rest.


async def test_a_viewer_is_told_of_no_rights_that_only_others_need(
    machine: Machine, postgres_host: PostgresHost
) -> None:
    """With what the GRANTs give to viewers nothing is amiss for one; verify tells what the other roles need."""
    alice = await machine("alice", postgres_host)
    await alice.history_store.enable(await alice.history_store.plan("prod", "AMX"))
    member = postgres_host.login(
        'GRANT USAGE ON SCHEMA "{schema}" TO {user}',
        'GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO {user}',
        'GRANT INSERT, UPDATE ON "{schema}".amx_history_runs, "{schema}"._amx_users, "{schema}"._amx_schema_meta'
        " TO {user}",
        'GRANT INSERT ON "{schema}"._amx_sessions, "{schema}"._amx_admin_audit TO {user}',
        'GRANT UPDATE (heartbeat_at, opens) ON "{schema}"._amx_sessions TO {user}',
        'GRANT INSERT, UPDATE (superseded_at) ON "{schema}".amx_history_results TO {user}',
    )
    bob = await machine("bob", member)
    await bob.history_store.join("prod", "AMX")
    rights = [check for check in checks_of(await bob.doctor.run()) if check.name.startswith("rights on")]
    assert {check.state for check in rights} == {"ok"}
    assert any("enough for a viewer" in check.message for check in rights)
    assert "rights on amx_history_results" in found(await bob.history_store.verify(), "warning")
    postgres_host.sync_execute("UPDATE \"AMX\"._amx_users SET role = 'writer' WHERE username = 'bob'")
    failed = found(await bob.doctor.run(), "failed")
    assert 'GRANT UPDATE ON "AMX".amx_history_results' in failed["rights on amx_history_results"].hint


async def test_two_stores_in_one_schema_are_a_warning(machine: Machine, amx_cli_store: PostgresHost) -> None:
    """Tables of this program beside those of amx-cli: said, because half a team would read the others."""
    alice = await machine("alice", amx_cli_store)
    amx_cli_store.sync_execute(
        'CREATE TABLE "AMX"._amx_schema_meta (id integer, schema_version integer, created_at timestamptz,'
        " created_by text, created_by_client_version text, member_seq bigint)"
    )
    await point_at(alice, "AMX")
    check = found(await alice.doctor.run(), "warning")["schema"]
    assert "amx-cli" in check.message


async def test_a_store_of_amx_cli_is_well(machine: Machine, amx_cli_store: PostgresHost) -> None:
    """The real client's store has no failure; who is not registered there yet is told so."""
    bob = await machine("bob", amx_cli_store)
    await point_at(bob, "AMX")
    report = await bob.doctor.run()
    assert found(report, "failed") == {}
    assert "not registered" in found(report, "warning")["member"].message


async def test_a_missing_extension_makes_search_slower(lead: Workspace, host: HostServer) -> None:
    """Without pg_trgm searches read row after row: a warning with the statement, on PostgreSQL alone."""
    if host.backend == "postgresql":
        host.admin_execute("DROP EXTENSION pg_trgm CASCADE")
        assert "CREATE EXTENSION pg_trgm" in found(await lead.doctor.run(), "warning")["search"].hint
    else:
        assert "search" in found(await lead.doctor.run(), "skipped")


async def test_a_revoked_member_fails(lead: Workspace, host: HostServer) -> None:
    """Whoever was revoked learns it here."""
    table = {"postgresql": f'"{host.schema}"._amx_users', "mysql": f"`{host.schema}`._amx_users"}
    host.sync_execute(
        f"UPDATE {table.get(host.backend, '_amx_users')} SET revoked_at = '2026-05-03 15:44:07.000000'"
    )
    assert "revoked" in found(await lead.doctor.run(), "failed")["member"].message


async def test_a_broken_file_fails_with_its_line(tmp_path: Path) -> None:
    """The configuration's fault is the first check, and the rest still runs."""
    (tmp_path / "config.yml").write_text("db_profiles:\n  prod: [\n")
    workspace = Workspace.load({"USER": "alice"}, tmp_path)
    report = await workspace.doctor.run(offline=True)
    assert "line" in found(report, "failed")["config"].message
    assert "identity" in found(report, "ok")
    assert report.exit_status == 1


async def test_misspelled_keys_are_pointed_out(machine: Machine) -> None:
    """A key that is nearly one of ours is a warning; keys of other programs are not."""
    alice = await machine("alice")
    alice.config.path.parent.mkdir(parents=True)
    alice.config.path.write_text(
        "history_store_enable: true\nllm_profiles: {}\nactive_llm_profile: x\nactive_db_profiles: [p]\n"
        "db_profiles:\n  p:\n    backend: postgresql\n    host: h\n    port: 1\n    user: u\n    pasword: x\n"
    )
    await alice.reload_config()
    hints = [
        check.hint for check in checks_of(await alice.doctor.run(offline=True)) if check.name == "config keys"
    ]
    assert "If you mean history_store_enabled, rename it." in hints
    assert "If you mean password, rename it." in hints
    assert not any("llm" in hint or "active_db_profile" in hint for hint in hints)


async def test_a_file_that_others_may_read_is_a_warning(machine: Machine) -> None:
    """The cure is the command."""
    alice = await machine("alice")
    await alice.profiles.save("p", "sqlite", {"database": "x.db"})
    assert "config rights" in found(await alice.doctor.run(offline=True), "ok")
    alice.config.path.chmod(0o644)
    check = found(await alice.doctor.run(offline=True), "warning")["config rights"]
    assert check.hint == f"chmod 600 {alice.config.path}"


async def test_a_driver_that_the_host_needs_is_missing(
    lead: Workspace, host: HostServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure with the install command, before any connection is tried."""
    monkeypatch.setattr("amx_tui.backends.model.is_importable", lambda module: False)
    report = await lead.doctor.run(offline=True)
    check = found(report, "failed")[f"driver {host.backend}"]
    assert check.hint.startswith("pip install")


async def test_a_keyring_that_is_needed_and_not_there(
    machine: Machine, memory_keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile that was set up on another machine refers to a keyring that this one lacks."""
    import keyring
    from keyring.backends.null import Keyring

    alice = await machine("alice")
    values = {"host": "h", "port": 5432, "user": "u", "password": "hunter2"}
    await alice.profiles.save("p", "postgresql", values)
    assert "keyring" in found(await alice.doctor.run(offline=True), "ok")
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]  # as the package has it
    report = await alice.doctor.run(offline=True)
    assert "keyring" in found(report, "failed")
    assert "hunter2" not in repr(report)


async def test_a_secret_that_is_not_in_the_environment(machine: Machine) -> None:
    """The variable is named."""
    alice = await machine("alice")
    values = {"host": "h", "port": 5432, "user": "u", "password": "env:NOT_SET"}
    await alice.profiles.save("p", "postgresql", values)
    assert "NOT_SET" in found(await alice.doctor.run(offline=True), "warning")["profile p"].message


async def test_a_damaged_local_store_fails(machine: Machine) -> None:
    """Its pages are checked, not only its first bytes."""
    alice = await machine("alice")
    await alice.connect()
    await alice.close()
    assert "local store" in found(await alice.doctor.run(offline=True), "ok")
    path = alice.home / "history.db"
    content = bytearray(path.read_bytes())
    content[4096 * 3 :] = b"\xff" * len(content[4096 * 3 :])
    path.write_bytes(content)
    assert "local store" in found(await alice.doctor.run(offline=True), "failed")


async def test_looking_makes_no_local_store(machine: Machine) -> None:
    """A doctor changes nothing."""
    alice = await machine("alice")
    await alice.doctor.run()
    assert not (alice.home / "history.db").exists()


def test_clocks_that_differ_are_a_warning() -> None:
    """Some seconds are nothing, minutes are said with their direction; a slow way there is no skew."""
    assert skew_check(3, 0).state == "ok"
    assert skew_check(-3, 0).state == "ok"
    assert skew_check(20, 30).state == "ok"
    assert "120 s ahead of" in skew_check(120, 0).message
    assert "120 s behind" in skew_check(-120, 0).message
    assert skew_check(120, 0).state == "warning"


def _member(username: str, hostname: str) -> Member:
    return Member(f"id-{username}-{hostname}", username, hostname, "viewer")


def test_who_counts_as_the_same_person() -> None:
    """The same name but for case and domain, or the OS user's, anywhere; on the same host another spelling."""
    members = [
        _member("alice@acme.com", "lead-laptop"),
        _member("Alice", "server"),
        _member("asmith", "other"),
        _member("alice.smith", "lead-laptop.acme.com"),
        _member("alice.jones", "other"),
        _member("bsmith", "lead-laptop"),
        _member("bob", "lead-laptop.acme.com"),
        _member("bob@acme.com", "bobs"),
    ]
    ours = Identity("alice@acme.com", "lead-laptop")
    assert names_of_one_person(ours, members, "asmith") == ("Alice", "asmith", "alice.smith")
    assert names_of_one_person(Identity("carol", "carols"), members) == ()


def test_people_who_share_a_host_are_no_one_person() -> None:
    """On a jump host everybody has the same hostname; on any other, everybody's containers run as root."""
    members = [_member(name, "jump") for name in ("alice@acme.com", "bob@acme.com", "carol", "ubuntu")]
    members.append(_member("root", "elsewhere"))
    assert names_of_one_person(Identity("alice@acme.com", "jump"), members, "alice") == ()
    assert names_of_one_person(Identity("alice@acme.com", "laptop"), members, "root") == ()
    smith = Identity("alice.smith@acme.com", "jump")
    others = [
        _member("alice.jones@acme.com", "jump"),
        _member("bsmith", "jump"),
        _member("smith_alice", "jump"),
    ]
    assert names_of_one_person(smith, others) == ("smith_alice",)
    # Whoever forgot AMX_USER on a host with one account for all may be us.
    assert names_of_one_person(Identity("alice@acme.com", "jump"), members, "ubuntu") == ("ubuntu",)


async def test_the_programs_own_files_are_checked(machine: Machine) -> None:
    """Options, key map and themes: what cannot be used is named with its file, and what was meant."""
    alice = await machine("alice")
    assert {"settings", "theme"} <= set(found(await alice.doctor.run(offline=True), "ok"))
    (alice.home / "themes").mkdir(parents=True)
    (alice.home / "themes" / "mine.yml").write_text("primary: red\n")
    (alice.home / "amx-tui.yml").write_text(
        "theme: amx-lihgt\nlive: perhaps\nkeymap:\n  history.compere: c\n  history.filter: ctrl+m\n"
    )
    alice.command_ids = lambda: frozenset({"history.compare", "history.filter"})
    report = await alice.doctor.run(offline=True)
    warned = [check for check in checks_of(report) if check.state == "warning"]
    said = "\n".join(f"{check.name}: {check.message} {check.hint}" for check in warned)
    for each in (
        "settings: amx-tui.yml: live must be true or false",
        "settings: amx-tui.yml: keymap.history.filter cannot be ctrl+m",
        f"Edit {alice.home / 'amx-tui.yml'}.",
        "key map: There is no command keymap.history.compere. If you mean history.compare, rename it.",
        "themes: Theme mine.yml: ",
        "theme: There is no theme amx-lihgt. If you mean amx-light, set theme: amx-light.",
    ):
        assert each in said
    assert report.exit_status == 0


async def test_a_broken_file_of_options_is_said_with_its_line(machine: Machine) -> None:
    """The defaults are used, and nothing else of the doctor stops."""
    alice = await machine("alice")
    alice.home.mkdir(parents=True)
    (alice.home / "amx-tui.yml").write_text("theme: amx-light\nkeymap: [\n")
    report = await alice.doctor.run(offline=True)
    assert "line" in found(report, "warning")["settings"].message
    assert "local store" in found(report, "ok")
