"""Results of a run: their order, their pages, their texts, and the hash that two members compare."""

from __future__ import annotations

import hashlib
import itertools
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from amx_tui.domain.digest import descriptions_hash
from amx_tui.domain.errors import NotFoundError
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.results import Alternative, Result, ResultCursor, ResultFilter
from amx_tui.store.result_pages import select_page
from amx_tui.store.tables import Layout
from tests.servers import HostServer, SqliteHost
from tests.store.histories import BOB, LAYOUTS, NOON, History, asset, history, opened
from tests.store.hosts import connected

layouts = pytest.mark.parametrize("layout", LAYOUTS)

PARTS = ["", "B", "a", "Ä", "é", "z", "_x", "ﬁ", "😀"]


async def _all(store: History, run_id: str, wanted: ResultFilter = ResultFilter()) -> list[Result]:  # noqa: B008
    results: list[Result] = []
    cursor: ResultCursor | None = None
    while True:
        page = await store.results.page(run_id, wanted, cursor=cursor, limit=4)
        assert page.has_before == (cursor is not None)
        results += page.results
        if not page.has_after:
            return results
        cursor = ResultCursor.of(page.results[-1])


@layouts
async def test_results_come_by_schema_table_and_column_to_the_letter(
    host: HostServer, layout: Layout
) -> None:
    """By code point on every backend, a table's own row before its columns; each once, whichever way."""
    names = [
        (schema, table, column)
        for schema, table, column in itertools.product(PARTS[1:4], PARTS, PARTS)
        if table or not column
    ]
    async with history(host, layout) as store:
        shuffled = sorted(names, key=lambda name: hashlib.md5(repr(name).encode()).digest())
        drafted = [
            NewResult(schema_name=schema, table_name=table, column_name=column)
            for schema, table, column in shuffled
        ]
        run_id = await store.record(*drafted, asset("B.a", "again"))
        await store.record(asset("B.a", "of another run"))
        results = await _all(store, run_id)
        keys = [(r.schema_name, r.table_name, r.column_name, r.result_id) for r in results]
        assert keys == sorted(keys)
        assert sorted({key[:3] for key in keys}) == sorted(names)
        assert len(keys) == len(names) + 1
        backward: list[Result] = []
        page = await store.results.page(run_id, direction="backward", limit=50)
        assert not page.has_after
        backward[:0] = page.results
        while page.has_before:
            cursor = ResultCursor.of(page.results[0])
            page = await store.results.page(run_id, cursor=cursor, direction="backward", limit=50)
            assert page.has_after
            backward[:0] = page.results
        assert backward == results


@layouts
async def test_results_are_filtered(host: HostServer, layout: Layout) -> None:
    """By decision, confidence, asset and what is below it, text in names and descriptions, and failure."""
    async with history(host, layout) as store:
        run_id = await store.record(
            asset("sales.customer", "All customers.", confidence="high"),
            asset(
                "sales.customer.id",
                "Key.",
                confidence="low",
                evaluation="accepted",
                chosen_description="Key.",
            ),
            asset("sales.customer.name", "x", evaluation="custom", chosen_description='The "name" of 100%_'),
            asset("sales.customer2", "Copy.", evaluation="skipped"),
            asset("sales.order items.id"),
            asset("hr", "Größe des Teams."),
        )

        async def found(**wanted: object) -> list[str]:
            filtered = ResultFilter(**wanted)  # type: ignore[arg-type]
            return [result.target_qname for result in await _all(store, run_id, filtered)]

        assert await found(decision="pending") == ["hr", "sales.customer", 'sales."order items".id']
        assert await found(decision="accepted") == ["sales.customer.id"]
        assert await found(decision="custom") == ["sales.customer.name"]
        assert await found(decision="skipped") == ["sales.customer2"]
        assert await found(confidence="low") == ["sales.customer.id"]
        assert await found(failed_only=True) == ['sales."order items".id']
        below = ["sales.customer", "sales.customer.id", "sales.customer.name"]
        assert await found(table="sales.customer") == below
        assert await found(table='sales."order items"') == ['sales."order items".id']
        assert await found(table="sales.customer.id") == ["sales.customer.id"]
        assert await found(table="sales.customer.id.x") == []
        assert await found(text="CUSTOMER") == [*below, "sales.customer2"]
        assert await found(text="größe") == ["hr"]
        assert await found(text='"NAME" of') == ["sales.customer.name"]
        assert await found(text="100%_") == ["sales.customer.name"]
        assert await found(text="%") == ["sales.customer.name"]
        assert await found(text="key", decision="pending") == []


@layouts
async def test_a_list_has_the_beginnings_of_long_texts_and_get_has_all(
    host: HostServer, layout: Layout
) -> None:
    """A result with 60 kB of text is listed cut, says so, and is whole when it is read alone."""
    long = 'Ä "quoted" \\ 😀\n' * 2_500
    async with history(host, layout) as store:
        run_id = await store.record(
            asset("s.long", long, "second", reasoning=long, evaluation="custom", chosen_description=long),
            NewResult(
                schema_name="s",
                table_name="scored",
                alternatives=(Alternative(long, -0.5), Alternative("second", -0.7)),
            ),
            asset("s.short", "Short.", "Shorter.", reasoning="why"),
        )
        chosen, scored, short = (await store.results.page(run_id)).results
        assert (chosen.is_cut, scored.is_cut, short.is_cut) == (True, True, False)
        assert chosen.description == long[:400]
        assert chosen.reasoning == long[:400]
        assert long.startswith(scored.alternatives[0].text[:1500])
        assert len(scored.alternatives[0].text) > 1000
        assert short.alternatives == (Alternative("Short."), Alternative("Shorter."))
        whole = await store.results.get(chosen.result_id)
        assert (whole.description, whole.reasoning, whole.is_cut) == (long, long, False)
        assert whole.alternatives == (Alternative(long), Alternative("second"))
        whole = await store.results.get(scored.result_id)
        assert whole.alternatives == (Alternative(long, -0.5), Alternative("second", -0.7))
        assert await store.results.get(short.result_id) == short


@layouts
async def test_a_result_that_is_not_there_is_a_clear_error(host: HostServer, layout: Layout) -> None:
    """Odd ids are answered, not stumbled over."""
    async with history(host, layout) as store:
        for odd in ("", "nothing", "größe\x00'", "x" * 3000):
            with pytest.raises(NotFoundError):
                await store.results.get(odd)
        assert (await store.results.page("no such run")).results == ()


@layouts
async def test_a_result_reads_back_as_it_was_recorded(host: HostServer, layout: Layout) -> None:
    """Everything that the layout has a column for survives; names are written as the design says."""
    async with history(host, layout) as store:
        run_id = await store.record(
            asset(
                "sales.Order items.c 1",
                "One.",
                confidence="medium",
                logprob_score=-0.25,
                model_version="m-1",
                evaluation="custom",
                chosen_description="Uno.",
                evaluated_at=NOON,
                evaluated_by="bob",
                rejection_reason="",
                applied_at=NOON + timedelta(seconds=1.5),
                applied_by="carla",
                applied_status="applied",
                seen_comment="before",
                previous_comment="",
                superseded_at=NOON + timedelta(days=1),
            )
        )
        (result,) = (await store.results.page(run_id)).results
        assert result.target_qname == 'sales."Order items"."c 1"'
        assert (result.run_id, result.asset_kind, result.confidence) == (run_id, "column", "medium")
        assert (result.logprob_score, result.model_version) == (-0.25, "m-1")
        assert (result.evaluation, result.description, result.evaluated_at) == ("custom", "Uno.", NOON)
        assert (result.applied_at, result.applied_status) == (NOON + timedelta(seconds=1.5), "applied")
        assert result.is_superseded
        if layout == "document":
            assert (result.evaluated_by, result.applied_by, result.version) == ("bob", "carla", 1)
            assert (result.seen_comment, result.previous_comment) == ("before", "")
        else:
            assert (result.evaluated_by, result.applied_by, result.version) == ("", "", None)
            assert (result.seen_comment, result.previous_comment) == (None, None)


DRAFTED = [
    asset("sales.customer", "Customers."),
    asset("sales.customer.c_id", "Key.", evaluation="accepted", chosen_description='Schlüssel 😀\n"x"'),
    asset("sales.customer.c_first_name", "x", evaluation="custom", chosen_description="Given name of …"),
    asset("sales.customer.c_x", "X.", evaluation="skipped", chosen_description=""),
    asset("sales.customer.c_y"),
    asset("sales.order items", "Older.", saved_at=NOON),
    asset("sales.order items", "Newer.", saved_at=NOON + timedelta(seconds=1)),
    asset("sales.order items", "Newest, superseded.", saved_at=NOON + timedelta(2), superseded_at=NOON),
    asset("sales.tie", "b", result_id="bbbbbbbb-0000-0000-0000-000000000000", saved_at=NOON),
    asset("sales.tie", "a", result_id="aaaaaaaa-0000-0000-0000-000000000000", saved_at=NOON),
    asset("sales.gone", "Superseded.", superseded_at=NOON),
    asset("hr", "Staff."),
    asset("hr.Ä.é", "Umlauts."),
]
DESCRIPTIONS: list[tuple[str, str | None]] = [
    ("hr", "Staff."),
    ('hr."Ä"."é"', "Umlauts."),
    ('sales."order items"', "Newer."),
    ("sales.customer", "Customers."),
    ("sales.customer.c_first_name", "Given name of …"),
    ("sales.customer.c_id", 'Schlüssel 😀\n"x"'),
    ("sales.customer.c_x", None),
    ("sales.customer.c_y", None),
    ("sales.tie", "b"),
]
HASH = hashlib.sha256(
    json.dumps(DESCRIPTIONS, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
).hexdigest()


@layouts
async def test_the_hash_is_the_same_in_every_store_and_for_every_member(
    host: HostServer, layout: Layout
) -> None:
    """One description an asset, picked by the same rules in both layouts on all backends; two members agree."""
    async with history(host, layout) as lead:
        run_id = await lead.record(*DRAFTED, run=NewRun(started_at=NOON))
        pairs = await lead.results.descriptions(run_id)
        assert pairs == DESCRIPTIONS
        assert descriptions_hash(pairs) == HASH
        async with connected(host) as database:
            member = opened(database, lead.tables)
            await member.record(asset("sales.customer", "Of bob."), identity=BOB)
            assert await member.runs.resolve(run_id) == run_id
            assert await member.results.descriptions(run_id) == pairs
            assert (await member.results.page(run_id)) == (await lead.results.page(run_id))
            assert (await member.runs.page()) == (await lead.runs.page())


@layouts
async def test_the_description_of_the_hash_is_the_one_on_the_screen(host: HostServer, layout: Layout) -> None:
    """What the database picks for the hash is what a single result calls its description."""
    async with history(host, layout) as store:
        run_id = await store.record(*DRAFTED[:5])
        shown = {r.target_qname: r.description for r in (await store.results.page(run_id)).results}
        assert dict(await store.results.descriptions(run_id)) == shown


@layouts
async def test_the_tables_of_a_run_come_with_their_counts(host: HostServer, layout: Layout) -> None:
    """Grouped by schema and table in the order of the results; the groups add up to the run."""
    async with history(host, layout) as store:
        run_id = await store.record(*DRAFTED)
        tables = await store.results.tables_of(run_id)
        names = [(schema, table) for schema, table, _ in tables]
        assert names == [
            ("hr", ""), ("hr", "Ä"), ("sales", "customer"), ("sales", "gone"), ("sales", "order items"),
            ("sales", "tie"),
        ]  # fmt: skip
        counts = tables[2][2]
        assert (counts.total, counts.pending, counts.accepted, counts.custom) == (5, 2, 1, 1)
        assert (counts.skipped, counts.failed, counts.applied) == (1, 1, 0)
        assert sum(group.total for _, _, group in tables) == (await store.results.counts(run_id)).total == 13


async def test_results_that_sqlite_should_not_hold_come_through(sqlite_host: SqliteHost) -> None:
    """Wrong JSON, NULs, bytes and numbers in the wrong place are shown as far as they can be read."""
    async with history(sqlite_host, "document") as store:
        await store.record(asset("s.t", "fine"), run=NewRun(started_at=NOON, run_id="run"))
        odd = [
            '{"broken',
            '["cut off',
            "not json",
            "[1, null, {}]",
            b"\xff\xfe",
            "[" * 5000,
            '["a\\u0000b"]',
            "7",
        ]
        for number, alternatives in enumerate(odd):
            sqlite_host.sync_execute(
                "INSERT INTO amx_history_results (result_id, run_id, schema_name, table_name, saved_at,"
                " alternatives_json, reasoning, version, logprob_score)"
                " VALUES (%s, 'run', 's', %s, 'last week', %s, %s, 'first', 'low')",
                (f"r{number}", f"t{number}", alternatives, f"a\x00{'b' * 50}"),
            )
        page = await store.results.page("run")
        assert [result.is_ok for result in page.results] == [True, *(number == 6 for number in range(8))]
        assert page.results[7].description == "a\x00b"
        assert {result.reasoning for result in page.results[1:]} == {f"a\x00{'b' * 50}"}
        assert {(r.saved_at, r.version, r.logprob_score) for r in page.results[1:]} == {(None, None, None)}
        opening = await store.runs.open("run")
        assert opening.page == page
        # A list of nothing that can be read has items, and no description.
        assert (opening.counts.total, opening.counts.failed) == (9, 6)
        names = [name for name, _ in await store.results.descriptions("run")]
        assert names == ["s.t", *(f"s.t{number}" for number in range(8))]
        for result in page.results:
            assert (await store.results.get(result.result_id)).target_qname == result.target_qname


@pytest.mark.parametrize(
    "fixture", ["sqlite_host", pytest.param("postgres_host", marks=pytest.mark.postgresql)]
)
async def test_a_page_of_results_reads_a_range_of_the_index(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    """A page in the middle of a run is a range of the index, and nothing is sorted."""
    host: HostServer = request.getfixturevalue(fixture)
    async with history(host, "document") as store:
        for _ in range(4):
            run_id = await store.record(*(asset(f"s.t{n % 40}.c{n}", "x") for n in range(2_000)))
        cursor = ResultCursor("s", "t20", "c20", "")
        statement = select_page(
            store.tables, run_id, ResultFilter(), cursor=cursor, direction="forward", limit=60
        )
        prefix = "EXPLAIN QUERY PLAN" if host.backend == "sqlite" else "EXPLAIN"

        def explain(connection: sa.Connection) -> str:
            if host.backend == "postgresql":
                connection.exec_driver_sql(f'ANALYZE "{host.schema}".amx_history_results')
            compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
            plan = connection.exec_driver_sql(
                f"{prefix} {compiled}", execution_options={"no_parameters": True}
            )
            return "\n".join(str(row[-1]) for row in plan)

        plan = await store.database.run(explain)
        assert "ix_amx_history_results_page" in plan
        if host.backend == "sqlite":
            assert "(schema_name,table_name,column_name,result_id)>(?,?,?,?)" in plan
        else:
            condition = plan.split("Index Cond: ")[1].splitlines()[0]
            assert f"(run_id)::text = '{run_id}'" in condition
            assert "ROW((schema_name)::text" in condition
            assert "Sort Key" not in plan
