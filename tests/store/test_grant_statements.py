"""What is printed of GRANTs: the script with its limits, and the one right that somebody lacks."""

from __future__ import annotations

import pytest

from amx_tui.domain.errors import PermissionDeniedError, UnsupportedHostError
from amx_tui.store.grants import grant_statements, missing_grant, role_grants
from amx_tui.store.opening import open_store
from amx_tui.store.tables import build_tables
from tests.servers import PostgresHost
from tests.store.hosts import connected, enable, is_denied


def test_the_script_says_what_it_cannot_enforce() -> None:
    """Whoever runs it learns how members get a role, and where the database's guard ends."""
    plan = grant_statements("postgresql", schema="AMX")
    assert 'GRANT "amx_viewer" TO "alice"' in plan.notes[0]
    limits = [note for note in plan.notes if note.startswith("Not enforced")]
    assert len(limits) == 2
    assert "a name that nobody has yet" in limits[0]
    theirs = grant_statements("postgresql", schema="AMX", layout="amx_cli")
    assert any("_amx_users.role" in note for note in theirs.notes if note.startswith("Not enforced"))
    assert all(f"-- {note}" in plan.script for note in plan.notes)


def test_what_a_member_lacks_is_granted_to_the_column() -> None:
    """The cure for somebody who cannot register gives no right to write roles, as the roles' script does not."""
    tables = build_tables("document", backend_name="postgresql", schema="AMX")
    cure = role_grants(tables, "viewer", wanted={"_amx_users": ["INSERT", "UPDATE"]}, user="bob")
    assert cure.startswith('GRANT INSERT ("id", "username", "hostname", ')
    assert cure.endswith('UPDATE ("last_seen_at", "client_version") ON "AMX"._amx_users TO "bob";')
    assert '"role"' not in cure
    admin = role_grants(tables, "admin", wanted={"_amx_users": ["UPDATE"]}, user="bob")
    assert admin == 'GRANT UPDATE ON "AMX"._amx_users TO "bob";'
    assert "DELETE" not in role_grants(tables, "viewer")
    assert role_grants(tables, "writer", wanted={"shared_lineage_edges": ["DELETE"]}).startswith(
        "GRANT DELETE ON"
    )


async def test_the_documentations_grant_is_what_is_printed(postgres_host: PostgresHost) -> None:
    """The line of the troubleshooting table, quoted as PostgreSQL needs it; and it works."""
    tables = ("amx_history_runs", "amx_history_results")
    line = missing_grant("postgresql", schema="AMX", tables=tables, privileges=("INSERT", "UPDATE"))
    assert line == (
        'GRANT INSERT, UPDATE ON "AMX".amx_history_runs, "AMX".amx_history_results TO <member-role>;'
    )
    async with connected(postgres_host) as database:
        await enable(database, "AMX")
    member = postgres_host.login(
        'GRANT USAGE ON SCHEMA "AMX" TO {user}', 'GRANT SELECT ON ALL TABLES IN SCHEMA "AMX" TO {user}'
    )
    sql = "UPDATE \"AMX\".amx_history_results SET evaluation = 'accepted'"
    assert is_denied(member, sql)
    user = str(member.values["user"])
    postgres_host.admin_execute(
        missing_grant("postgresql", schema="AMX", tables=tables, privileges=("INSERT", "UPDATE"), user=user)
    )
    assert not is_denied(member, sql)


def test_mysql_gets_one_grant_a_table_and_a_quoted_account() -> None:
    """MySQL grants on one table at a time, to a user at a host."""
    line = missing_grant(
        "mysql", schema="A`X", tables=("r", "s"), privileges=("INSERT",), user="o'hara@10.0.%"
    )
    assert line == (
        "GRANT INSERT ON `A``X`.r TO 'o''hara'@'10.0.%'; GRANT INSERT ON `A``X`.s TO 'o''hara'@'10.0.%';"
    )


@pytest.mark.parametrize(
    ("backend", "reason"),
    [("sqlite", "no users"), ("snowflake", "not written yet"), ("duckdb", "row-level UPDATE")],
)
def test_a_backend_whose_rights_are_not_known_is_refused(backend: str, reason: str) -> None:
    """Rather than printing what might not hold."""
    with pytest.raises(UnsupportedHostError, match=reason):
        grant_statements(backend, schema="AMX")


async def test_a_user_without_the_schema_cannot_open_the_store(postgres_host: PostgresHost) -> None:
    """Before any GRANT nothing can be read, and the error is one of rights."""
    async with connected(postgres_host) as database:
        await enable(database, "AMX")
    async with connected(postgres_host.login()) as database:
        with pytest.raises(PermissionDeniedError, match="may not look into"):
            await open_store(database, schema="AMX")
