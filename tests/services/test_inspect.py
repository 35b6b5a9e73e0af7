from __future__ import annotations

from pathlib import Path

import pytest

from amx_tui.domain.errors import NotFoundError, UnreachableError
from amx_tui.domain.report import Facts, Grid
from amx_tui.services.inspect import inspect
from amx_tui.services.workspace import Workspace
from tests.servers import HostServer, PostgresHost
from tests.services.conftest import Machine


async def test_the_store_is_among_the_schemas(lead: Workspace, host: HostServer) -> None:
    """The documentation's third verification: the AMX schema with the two history tables."""
    report = await inspect(lead, "prod")
    assert isinstance(report.data, dict)
    schemas = report.data["schemas"]
    assert isinstance(schemas, list)
    (amx,) = [schema for schema in schemas if isinstance(schema, dict) and schema["is_amx"]]
    assert amx["layout"] == "document"
    assert {"amx_history_runs", "amx_history_results"} <= set(str(amx["tables"]).split("'"))
    if host.schema:
        assert amx["name"] == host.schema
    grids = [block for block in report.blocks if isinstance(block, Grid)]
    assert ("amx_history_runs",) in grids[1].rows


async def test_facts_name_server_and_abilities(machine: Machine, postgres_host: PostgresHost) -> None:
    """Backend, version, place, whether it can host; never the password."""
    member = postgres_host.login("GRANT CONNECT ON DATABASE {database} TO {user}")
    alice = await machine("alice", member)
    await alice.profiles.set_active("prod")
    report = await inspect(alice)
    (facts,) = [block for block in report.blocks if isinstance(block, Facts)]
    rows = dict(facts.rows)
    assert rows["backend"] == "PostgreSQL"
    assert rows["server"].startswith("PostgreSQL")
    assert rows["can host the history store"] == "yes"
    assert "notifications" in rows["abilities"]
    assert str(member.values["password"]) not in repr(report)


async def test_a_database_without_our_tables(machine: Machine, host: HostServer) -> None:
    """Other people's tables are counted, and nothing is taken for a store."""
    host.sync_execute("CREATE TABLE customer (id INTEGER)")
    alice = await machine("alice", host)
    report = await inspect(alice, "prod")
    assert isinstance(report.data, dict)
    schemas = report.data["schemas"]
    assert isinstance(schemas, list)
    found = [schema for schema in schemas if isinstance(schema, dict)]
    assert any(schema["table_count"] == 1 for schema in found)
    assert not any(schema["is_amx"] for schema in found)


async def test_nothing_to_inspect_is_an_error(machine: Machine, tmp_path: Path) -> None:
    """No active profile, an unknown one, a file that is not there."""
    alice = await machine("alice")
    with pytest.raises(NotFoundError):
        await inspect(alice)
    with pytest.raises(NotFoundError):
        await inspect(alice, "nope")
    await alice.profiles.save("p", "sqlite", {"database": str(tmp_path / "no.db")})
    with pytest.raises(UnreachableError):
        await inspect(alice, "p")
