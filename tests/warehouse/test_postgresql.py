"""Comments of PostgreSQL: every kind of relation, rights, locks, and ten thousand columns."""

from __future__ import annotations

import psycopg
import pytest

from amx_tui.domain.assets import AssetName
from tests.servers import PostgresHost
from tests.warehouse.described import TEXTS, change, warehouse_of

pytestmark = pytest.mark.postgresql


async def test_every_kind_of_relation_takes_comments(postgres_host: PostgresHost) -> None:
    """Views, materialized views, partitioned tables and schemas each have a statement of their own."""
    host = postgres_host
    host.sync_execute(
        "CREATE SCHEMA sales; CREATE TABLE sales.t (id int PRIMARY KEY, up int REFERENCES sales.t);"
        "CREATE VIEW sales.v AS SELECT id FROM sales.t; CREATE MATERIALIZED VIEW sales.m AS SELECT id FROM sales.t;"
        "CREATE TABLE sales.p (id int, at date) PARTITION BY RANGE (at);"
        "CREATE TABLE sales.p1 PARTITION OF sales.p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')"
    )
    tables = ["t", "v", "m", "p", "p1"]
    changes = [change("sales", comment="the schema")]
    changes += [change("sales", table, comment=f"table {table}") for table in tables]
    changes += [change("sales", table, "id", comment=f"id of {table}") for table in tables]
    async with warehouse_of(host) as warehouse:
        outcomes = await warehouse.write(changes)
        assert [outcome for outcome in outcomes if not outcome.is_written] == []
        up = AssetName("sales", "t", "up")
        facts = await warehouse.facts([*(each.name for each in changes), up])
    assert [facts[each.name].comment for each in changes] == [each.comment for each in changes]
    kinds = [facts[AssetName("sales", table)].kind for table in tables]
    assert kinds == ["table", "view", "materialized view", "table", "table"]
    assert facts[AssetName("sales", "t", "id")].is_primary_key
    assert (facts[up].dtype, facts[up].is_nullable, facts[up].references) == ("integer", True, "sales.t.id")


async def test_a_foreign_table_takes_comments(postgres_host: PostgresHost) -> None:
    """It is commented on as a foreign table, never asked for its rows."""
    host = postgres_host
    host.admin_execute(
        "CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER afar FOREIGN DATA WRAPPER nothing;"
        "GRANT USAGE ON FOREIGN SERVER afar TO PUBLIC"
    )
    host.sync_execute("CREATE FOREIGN TABLE f (id int) SERVER afar")
    async with warehouse_of(host) as warehouse:
        outcomes = await warehouse.write(
            [change("public", "f", comment="afar"), change("public", "f", "id", comment="its id")]
        )
        facts = await warehouse.facts([AssetName("public", "f"), AssetName("public", "f", "id")])
    assert all(outcome.is_written for outcome in outcomes)
    assert [fact.comment for fact in facts.values()] == ["afar", "its id"]
    assert facts[AssetName("public", "f")].kind == "foreign table"


async def test_texts_arrive_where_backslashes_escape(postgres_host: PostgresHost) -> None:
    """A session with standard_conforming_strings off reads literals in another way."""
    host = postgres_host
    host.admin_execute(f"ALTER DATABASE {host.values['database']} SET standard_conforming_strings = off")
    columns = {f"c{number}": text for number, text in enumerate(TEXTS.values())}
    host.sync_execute(f"CREATE TABLE t ({', '.join(f'{column} int' for column in columns)})")
    async with warehouse_of(host) as warehouse:
        await warehouse.write(
            [change("public", "t", column, comment=text) for column, text in columns.items()]
        )
        facts = await warehouse.facts([AssetName("public", "t", column) for column in columns])
    assert {name.column_name: fact.comment for name, fact in facts.items()} == columns


async def test_quoted_capitals_are_another_table(postgres_host: PostgresHost) -> None:
    """An exact name wins; a name in capitals without a table of its own is read as one without quotes."""
    host = postgres_host
    host.sync_execute('CREATE TABLE "Customer" (id int); CREATE TABLE customer (id int)')
    changes = [change("public", name, comment=name) for name in ("Customer", "customer", "CUSTOMER")]
    async with warehouse_of(host) as warehouse:
        outcomes = await warehouse.write(changes)
        facts = await warehouse.facts([each.name for each in changes])
        host.sync_execute("DROP TABLE customer")
        assert list(await warehouse.facts([AssetName("public", "customer")])) == []
    assert all(outcome.is_written for outcome in outcomes)
    assert facts[AssetName("public", "Customer")].comment == "Customer"
    assert facts[AssetName("public", "CUSTOMER")].name == AssetName("public", "customer")


async def test_whoever_is_not_the_owner_is_told_whom_to_ask(postgres_host: PostgresHost) -> None:
    """Nothing is tried that the catalogue says would fail; the hint names the owner; the rest is written."""
    host = postgres_host
    host.sync_execute("CREATE TABLE theirs (a int); CREATE SCHEMA closed")
    guest = host.login("GRANT USAGE, CREATE ON SCHEMA public TO {user}")
    guest.sync_execute("CREATE TABLE own (a int)")
    host.admin_execute(f"CREATE TABLE closed.t (a int); ALTER TABLE closed.t OWNER TO {guest.values['user']}")
    async with warehouse_of(guest) as warehouse:
        theirs, column, own, closed, schema = await warehouse.write(
            [
                change("public", "theirs", comment="x"),
                change("public", "theirs", "a", comment="x"),
                change("public", "own", "a", comment="written"),
                change("closed", "t", comment="x"),
                change("closed", comment="x"),
            ]
        )
    assert own.is_written
    for outcome in (theirs, column, schema):
        assert not outcome.is_written
        assert "ownership" in outcome.error_text
        assert "amx_owner" in outcome.hint
    assert "GRANT USAGE ON SCHEMA closed" in closed.hint
    assert str(guest.values["password"]) not in repr([theirs, column, closed, schema])


async def test_an_owner_who_may_not_lock_comments_all_the_same(postgres_host: PostgresHost) -> None:
    """Holding a table is a precaution; an owner without rights on the rows may still comment."""
    host = postgres_host
    host.sync_execute("CREATE TABLE t (a int); REVOKE ALL ON t FROM amx_owner")
    async with warehouse_of(host) as warehouse:
        (outcome,) = await warehouse.write([change("public", "t", "a", comment="x")])
    assert outcome.is_written, outcome


async def test_a_table_that_somebody_holds_does_not_stop_the_others(
    postgres_host: PostgresHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a short wait it is told which one is held; all others have their comments."""
    host = postgres_host
    monkeypatch.setattr("amx_tui.warehouse.warehouse._LOCK_SECONDS", 0.05)
    monkeypatch.setattr("amx_tui.warehouse.warehouse._BRIEF_SECONDS", 0.02)
    host.sync_execute("; ".join(f"CREATE TABLE t{number} (a int, b int)" for number in range(9)))
    changes = [
        change("public", f"t{number}", column, comment="new") for number in range(9) for column in ("a", "b")
    ]
    async with warehouse_of(host) as warehouse:
        with psycopg.connect(host.url) as holder:
            holder.execute("LOCK TABLE t4 IN ACCESS EXCLUSIVE MODE")
            outcomes = await warehouse.write(changes)
        facts = await warehouse.facts([each.name for each in changes])
        again = await warehouse.write(changes)
    held = [outcome.name for outcome in outcomes if not outcome.is_written]
    assert held == [AssetName("public", "t4", "a"), AssetName("public", "t4", "b")]
    assert all("holds public.t4" in outcome.error_text for outcome in outcomes if not outcome.is_written)
    assert {name.table_name for name, fact in facts.items() if not fact.comment} == {"t4"}
    assert all(outcome.is_written for outcome in again)
    assert sum(outcome.previous_comment == "" for outcome in again) == 2


async def test_what_the_server_refuses_fails_alone(
    postgres_server: object, postgres_host: PostgresHost
) -> None:
    """A text that the database's own encoding lacks is narrowed down to; nothing else is lost or written twice."""
    host = postgres_host
    name = f"{host.values['database']}_latin"
    host.admin_execute(
        f"CREATE DATABASE {name} OWNER amx_owner ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
    )
    latin = type(host)(host._server, host.values | {"database": name})
    try:
        latin.sync_execute(f"CREATE TABLE t ({', '.join(f'c{number} int' for number in range(40))})")
        changes = [change("public", "t", f"c{number}", comment=f"müßig {number}") for number in range(40)]
        changes[17] = change("public", "t", "c17", comment="客户")
        async with warehouse_of(latin) as warehouse:
            outcomes = await warehouse.write(changes)
            facts = await warehouse.facts([each.name for each in changes])
        assert [number for number, outcome in enumerate(outcomes) if not outcome.is_written] == [17]
        assert "LATIN1" in outcomes[17].error_text
        assert {outcome.previous_comment for outcome in outcomes} == {""}
        assert sum(fact.comment.startswith("müßig") for fact in facts.values()) == 39
    finally:
        host.admin_execute(f"DROP DATABASE {name} WITH (FORCE)")


async def test_ten_thousand_columns(postgres_host: PostgresHost) -> None:
    """They are written in few transactions, each comment where it belongs."""
    host = postgres_host
    columns = [f"c{number}" for number in range(500)]
    definition = ", ".join(f"{column} int" for column in columns)
    host.sync_execute("; ".join(f"CREATE TABLE t{number} ({definition})" for number in range(20)))
    changes = [
        change("public", f"t{number}", column, comment=f"{column} of t{number}")
        for column in columns
        for number in range(20)
    ]
    async with warehouse_of(host) as warehouse:
        outcomes = await warehouse.write(changes, expected={each.name: "" for each in changes})
        facts = await warehouse.facts([each.name for each in changes])
    assert [outcome.name for outcome in outcomes] == [each.name for each in changes]
    assert all(outcome.is_written for outcome in outcomes)
    assert [facts[each.name].comment for each in changes] == [each.comment for each in changes]
    ((transactions,),) = host.sync_execute(
        "SELECT count(DISTINCT xmin::text) FROM pg_description WHERE objsubid > 0 AND objoid > 16384"
    )
    assert transactions == 10


async def test_a_connection_that_breaks_leaves_nothing_unaccounted(
    postgres_host: PostgresHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may have been written is told as unknown, what was not tried as failed; every change has an outcome."""
    host = postgres_host
    host.sync_execute("CREATE TABLE t (a int, b int, c int)")
    async with warehouse_of(host) as warehouse:
        await warehouse.write([change("public", "t", comment="x")])
        monkeypatch.setattr(warehouse._comments, "batch_size", 1)
        write = warehouse._comments.write
        count = 0

        def break_at_second(connection, targets):  # type: ignore[no-untyped-def]
            nonlocal count
            count += 1
            if count == 2:
                host.admin_execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            return write(connection, targets)

        monkeypatch.setattr(warehouse._comments, "write", break_at_second)
        outcomes = await warehouse.write([change("public", "t", name, comment="new") for name in "abc"])
    assert [outcome.is_written for outcome in outcomes] == [True, False, False]
    assert [outcome.is_unknown for outcome in outcomes] == [False, True, False]
    assert all(outcome.error_text for outcome in outcomes[1:])
