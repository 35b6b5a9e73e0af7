"""The indexes that make searching quick are made where the host allows it, else a note says why not."""

from __future__ import annotations

from amx_tui.store.bootstrap import plan_store
from tests.servers import PostgresHost, SqliteHost
from tests.store.hosts import ALICE, connected, enable


def _search_indexes(host: PostgresHost) -> set[str]:
    rows = host.sync_execute("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%gin_trgm_ops%'")
    return {name for (name,) in rows}


async def test_who_owns_the_database_gets_the_extension_and_its_indexes(postgres_host: PostgresHost) -> None:
    """CREATE EXTENSION stands in the plan, in front of the indexes that need it."""
    async with connected(postgres_host) as database:
        plan = await enable(database, "AMX")
    sql = [item.sql for item in plan.statements]
    extension = sql.index("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    assert all(extension < number for number, text in enumerate(sql) if "gin_trgm_ops" in text)
    assert len(_search_indexes(postgres_host)) == 2


async def test_who_may_not_add_the_extension_gets_a_note_and_a_store(postgres_host: PostgresHost) -> None:
    """Without the right the store is made all the same, and what the DBA can do is said."""
    postgres_host.admin_execute('CREATE SCHEMA "AMX"')
    member = postgres_host.login('GRANT USAGE, CREATE ON SCHEMA "{schema}" TO {user}')
    async with connected(member) as database:
        plan = await enable(database, "AMX")
        assert not any("pg_trgm" in item.sql or "gin_trgm_ops" in item.sql for item in plan.statements)
        assert any("CREATE EXTENSION pg_trgm" in note for note in plan.notes)
        postgres_host.admin_execute("CREATE EXTENSION pg_trgm")
        second = await enable(database, "AMX")
        *indexes, audited = [item.sql for item in second.statements]
        assert [sql.split(" ON ")[0] for sql in indexes] == [
            "CREATE INDEX IF NOT EXISTS ix_amx_history_runs_search",
            "CREATE INDEX IF NOT EXISTS ix_amx_history_results_search",
        ]
        assert audited.startswith('INSERT INTO "AMX"._amx_admin_audit')
        assert "'store_extend'" in audited
        assert (await plan_store(database, schema="AMX", identity=ALICE)).is_empty


async def test_an_extension_beside_the_search_path_is_found(postgres_host: PostgresHost) -> None:
    """DBAs like to keep extensions in a schema of their own; its name then stands in the indexes."""
    postgres_host.admin_execute('CREATE SCHEMA "Ext"; CREATE EXTENSION pg_trgm SCHEMA "Ext"')
    postgres_host.admin_execute('GRANT USAGE ON SCHEMA "Ext" TO PUBLIC')
    async with connected(postgres_host) as database:
        plan = await enable(database, "AMX")
        assert (await plan_store(database, schema="AMX", identity=ALICE)).is_empty
    assert any('"Ext".gin_trgm_ops' in item.sql for item in plan.statements)
    assert not any("CREATE EXTENSION" in item.sql for item in plan.statements)


async def test_sqlite_gets_its_full_text_tables(sqlite_host: SqliteHost) -> None:
    """They and their triggers are part of the plan, and dropping one brings back that one."""
    async with connected(sqlite_host) as database:
        plan = await enable(database, "")
        triggers = {
            name
            for (name,) in sqlite_host.sync_execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        }
        assert triggers
        assert any("fts5" in item.sql for item in plan.statements)
        lost = min(triggers)
        sqlite_host.sync_execute(f"DROP TRIGGER {lost}")
        again = await enable(database, "")
    *mended, audited = [item.sql for item in again.statements]
    assert mended
    assert all(lost in sql for sql in mended)
    assert "'store_extend'" in audited
