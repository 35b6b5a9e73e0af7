"""Text search finds what a plain reading finds, by an index where there is one."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from amx_tui.domain.identity import Identity
from amx_tui.domain.recording import NewRun
from amx_tui.domain.runs import Run, RunCursor, RunFilter
from amx_tui.domain.scope import Scope
from amx_tui.store import search
from amx_tui.store.search_indexes import NAMES_TABLE, RUNS_TABLE
from amx_tui.store.tables import Layout, build_tables
from tests.servers import HostServer, PostgresHost, SqliteHost
from tests.store.histories import LAYOUTS, NOON, History, asset, explain, history, opened
from tests.store.hosts import connected, enable

layouts = pytest.mark.parametrize("layout", LAYOUTS)

MEMBERS = [Identity(name, "pc") for name in ("alice@acme.com", "bob", "Größmann")]
SCHEMAS = ["sales", "finance", "order items", 'odd "name"', "größe", "per%cent_", "back\\slash"]
TABLES = ["customer", "Invoice", "c_100%", "ledger_entry"]


async def _fill(store: History) -> dict[str, list[str]]:
    """Record forty runs and return, by id, all that each can be found by."""
    chance = random.Random(7)
    texts: dict[str, list[str]] = {}
    for number in range(40):
        member = chance.choice(MEMBERS)
        scope = {chance.choice(SCHEMAS): chance.sample(TABLES, chance.randint(0, 2))}
        names = [f"{chance.choice(['dwh', 'mart'])}.{chance.choice(TABLES)}.col_{number % 9}"]
        run = NewRun(started_at=NOON + timedelta(minutes=number // 2), scope=Scope.from_json(scope))
        results = [asset(name, "x") for name in names]
        run_id = await store.recorder.record(run, results, identity=member)
        in_scope = list(scope) + [table for tables in scope.values() for table in tables]
        texts[run_id] = [run_id, member.username, *in_scope, *names]
    return texts


TEXTS = [
    "sales", "SALES", "customer", "der it", 'odd "na', "größe", "GRÖSS", "Größmann", "%", "_100%", "cent_",
    "back\\sl", "acme.com", "dwh.", "mart.Invoice.col", "col_3", "bo", "run_2026-05-03_12-1", "nothing at all",
    "xyzzy", "'; --", "/", "*", "…", "a\x00b", "ledger",
]  # fmt: skip


@layouts
@pytest.mark.parametrize("few", [10_000, 3], ids=["few", "many"])
async def test_a_search_finds_what_reading_finds(
    host: HostServer, layout: Layout, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every way of searching finds the runs whose id, member, scope or assets hold the text, page by page."""
    monkeypatch.setattr(search, "FEW", few)
    monkeypatch.setattr(search, "WALK", 4)
    async with history(host, layout) as store:
        texts = await _fill(store)
        everything = [run.run_id for run in (await store.runs.page(limit=100)).runs]
        for text in TEXTS:
            wanted = text.lower()
            expected = [
                run_id for run_id in everything if any(wanted in found.lower() for found in texts[run_id])
            ]
            assert await store.all_ids(RunFilter(text=text), limit=7) == expected, text
            backward = await store.runs.page(RunFilter(text=text), direction="backward", limit=50)
            assert [run.run_id for run in backward.runs] == expected, text


@layouts
async def test_a_search_goes_with_the_other_filters(host: HostServer, layout: Layout) -> None:
    """Text, member, time and order narrow the list together."""
    async with history(host, layout) as store:
        texts = await _fill(store)
        runs: list[Run] = list((await store.runs.page(RunFilter(descending=False), limit=100)).runs)
        wanted = RunFilter(
            text="customer", who="bob", since=NOON + timedelta(minutes=3), descending=False, sort="who"
        )
        expected = [
            run.run_id
            for run in runs
            if run.created_by == "bob"
            and run.started_at >= NOON + timedelta(minutes=3)
            and any("customer" in text for text in texts[run.run_id])
        ]
        assert expected
        assert await store.all_ids(wanted, limit=2) == expected
        first = next(run for run in runs if run.run_id == expected[1])
        around = await store.runs.page(wanted, around=RunCursor.of(first), limit=50)
        assert [run.run_id for run in around.runs] == expected[1:]


async def test_a_search_by_index_counts_what_it_finds(host: HostServer) -> None:
    """Where few runs are found their number is known; a walk through the list does not count."""
    async with history(host, "document") as store:
        texts = await _fill(store)
        number = sum(1 for found in texts.values() if any("ledger" in text for text in found))
        page = await store.runs.page(RunFilter(text="ledger"), limit=2, count=True)
        assert page.total == (None if host.backend == "mysql" else number)
        assert (await store.runs.page(RunFilter(text="le"), limit=2, count=True)).total is None
        nothing = await store.runs.page(RunFilter(text="xyzzy"), count=True)
        assert (nothing.runs, nothing.total) == ((), None if host.backend == "mysql" else 0)


async def test_searches_find_names_in_json_that_escapes_them(host: HostServer) -> None:
    """amx-cli may write scopes in ASCII alone; names that are not are found all the same."""
    async with history(host, "amx_cli") as store:
        run_id = await store.record()
        escaped = json.dumps({"größe": ['a"b']})
        update = sa.text(f"UPDATE {_table(host)} SET scope_json = :scope").bindparams(scope=escaped)
        if host.backend == "postgresql":
            update = sa.text(f"UPDATE {_table(host)} SET scope_json = CAST(:scope AS json)").bindparams(
                scope=escaped
            )
        await store.execute(update)
        for text in ("größe", "GRÖ" if host.backend == "mysql" else "grö", 'a"b'):
            assert await store.all_ids(RunFilter(text=text)) == [run_id], text


def _table(host: HostServer) -> str:
    quote = "`" if host.backend == "mysql" else '"'
    return f"{quote}{host.schema}{quote}.analysis_runs" if host.schema else "analysis_runs"


_MANY_RUNS = """
    INSERT INTO {runs} (run_id, created_by, status, started_at, scope_json)
    SELECT 'run_' || n, 'member' || (n % 9), 'success', {start}, {scope} FROM {numbers};
    INSERT INTO {results} (result_id, run_id, target_qname)
    SELECT 'r' || n, 'run_' || n, 'dwh.' || {name} FROM {numbers};
"""


@pytest.mark.postgresql
async def test_postgresql_looks_a_rare_text_up_in_its_trigram_indexes(postgres_host: PostgresHost) -> None:
    """The plan of a search for what few runs have asks both indexes."""
    async with connected(postgres_host) as database:
        await enable(database, postgres_host.schema)
        filling = _MANY_RUNS.format(
            runs='"AMX".amx_history_runs',
            results='"AMX".amx_history_results',
            start="now() - n * interval '1 minute'",
            scope="jsonb_build_object('schema_' || md5(n::text), '[]'::jsonb)",
            name="md5((n % 5000)::text)",
            numbers="generate_series(1, 20000) n",
        )
        postgres_host.sync_execute(filling)
        for table in ("amx_history_runs", "amx_history_results"):
            # As autovacuum does soon after.
            postgres_host.sync_execute(f'VACUUM ANALYZE "AMX".{table}')
        tables = build_tables("document", backend_name="postgresql", schema=postgres_host.schema)
        store = opened(database, tables)
        digest = hashlib.md5(b"777").hexdigest()[:12].upper()
        in_scope, in_names = ["run_777"], ["run_777", "run_5777", "run_10777", "run_15777"]
        for text, found in ((f"ema_{digest}", in_scope), (digest, in_names)):
            assert await store.all_ids(RunFilter(text=text)) == found
            plan = await explain(store, RunFilter(text=text))
            assert "Bitmap Index Scan on ix_amx_history_runs_search" in plan
            assert "Bitmap Index Scan on ix_amx_history_results_search" in plan
            assert "Seq Scan" not in plan


async def test_sqlite_looks_a_rare_text_up_in_its_full_text_tables(
    sqlite_host: SqliteHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plans of such a search scan nothing but the full-text tables, and runs are looked up by id."""
    monkeypatch.setattr(search, "WALK", 100)
    async with connected(sqlite_host) as database:
        await enable(database, "")
        sqlite_host.sync_execute(
            _MANY_RUNS.format(
                runs="amx_history_runs",
                results="amx_history_results",
                start="'2026-05-03T12:00:00.' || printf('%06d', n) || 'Z'",
                scope="json_object('schema' || n, json_array())",
                name="'table' || n",
                numbers="(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 3000)"
                " SELECT n FROM s)",
            )
        )
        tables = build_tables("document", backend_name="sqlite", schema=None)
        store = opened(database, tables)
        for wanted in (
            RunFilter(text="schema777"),
            RunFilter(text="table2999", who="member2"),
            RunFilter(text="table2999", status="success", since=NOON),
        ):
            await store.runs.page(wanted)
            plan = await explain(store, wanted)
            by_index = plan.split("\n\n")[-1]
            scans = [line for line in by_index.splitlines() if line.startswith("SCAN ")]
            assert len(scans) == 2
            assert all("VIRTUAL TABLE INDEX" in line for line in scans), plan
            assert "amx_history_runs USING INDEX sqlite_autoindex_amx_history_runs_1 (run_id=?)" in by_index
            assert "ix_amx_history_runs_" not in by_index


async def test_full_text_tables_follow_the_history(sqlite_host: SqliteHost) -> None:
    """What is changed, renamed or deleted is found as it is now, whoever did it."""
    async with history(sqlite_host, "document") as store:
        first = await store.record(asset("sales.customer", "x"), asset("sales.orders", "x"))
        second = await store.record(asset("sales.customer", "x"))
        assert sqlite_host.sync_execute(f"SELECT target_qname FROM {NAMES_TABLE} ORDER BY 1") == [
            ("sales.customer",),
            ("sales.orders",),
        ]
        sqlite_host.sync_execute(
            "UPDATE amx_history_runs SET created_by = 'renata', ok_count = 9 WHERE run_id = %s", (first,)
        )
        sqlite_host.sync_execute(
            "UPDATE amx_history_results SET target_qname = 'dwh.returns' WHERE target_qname = 'sales.orders'"
        )
        assert await store.all_ids(RunFilter(text="renata")) == [first]
        assert await store.all_ids(RunFilter(text="alice")) == [second]
        assert await store.all_ids(RunFilter(text="orders")) == []
        assert await store.all_ids(RunFilter(text="returns")) == [first]
        assert set(await store.all_ids(RunFilter(text="customer"))) == {first, second}
        sqlite_host.sync_execute("DELETE FROM amx_history_results WHERE run_id = %s", (first,))
        sqlite_host.sync_execute("DELETE FROM amx_history_runs WHERE run_id = %s", (first,))
        assert await store.all_ids(RunFilter(text="run_2026")) == [second]
        assert sqlite_host.sync_execute(f"SELECT target_qname FROM {NAMES_TABLE}") == [("sales.customer",)]
        assert sqlite_host.sync_execute(f"SELECT count(*) FROM {RUNS_TABLE}") == [(1,)]


async def test_a_history_from_before_the_full_text_tables_joins_the_search(sqlite_host: SqliteHost) -> None:
    """Their statements take in what is stored already, once however often they run; without them LIKE does."""
    tables = build_tables("document", backend_name="sqlite", schema=None)
    async with connected(sqlite_host) as database:
        await database.run(lambda connection: tables.metadata.create_all(connection), write=True)
        store = opened(database, tables)
        run_id = await store.record(asset("sales.customer", "x"))
        assert await store.all_ids(RunFilter(text="customer")) == [run_id]
        for _ in range(2):
            for made in search.search_ddl(tables):
                for statement in made.statements:
                    sqlite_host.sync_execute(statement.sql)
            assert await store.all_ids(RunFilter(text="customer")) == [run_id]
            assert sqlite_host.sync_execute(f"SELECT count(*) FROM {RUNS_TABLE}") == [(1,)]
            assert sqlite_host.sync_execute(f"SELECT count(*) FROM {NAMES_TABLE}") == [(1,)]
