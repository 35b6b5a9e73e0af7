"""Comparisons of what nobody should have stored, by drawn texts, and what they cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amx_tui.domain.compare import COMPARE_STATUSES, DIFFERENCES, CompareCursor, CompareFilter
from amx_tui.domain.compare_memory import compare_in_memory
from amx_tui.domain.recording import NewResult
from amx_tui.domain.results import DECISIONS, Alternative
from amx_tui.store.tables import Layout
from tests.servers import HostServer, SqliteHost
from tests.store.comparing import NASTY_NAMES, NASTY_TEXTS, comparisons, expected, read_all, results_of
from tests.store.histories import BOB, LAYOUTS, History, asset, history

layouts = pytest.mark.parametrize("layout", LAYOUTS)

ODD_ALTERNATIVES: tuple[Any, ...] = (
    [],
    ["plain", "second"],
    [{"text": "of an object", "score": 0.5}],
    [{"text": 7}, {"score": 1}, None, 3, "behind others"],
    [None],
    [["nested"]],
    [{"text": ""}, "second"],
    {"0": "an object's member"},
    {},
    "a text",
    3,
    [True, {"text": "behind true"}],
    ["ends\\u0000 not"],
)


@layouts
async def test_alternatives_that_are_none_are_read_as_everywhere(host: HostServer, layout: Layout) -> None:
    """Lists with objects, numbers and nothing in them, and what is no list, say the same as reading them."""
    async with history(host, layout) as store:
        names = [f"s.t.c{number:02}" for number in range(len(ODD_ALTERNATIVES))]
        run_ids = [await store.record(*(asset(name, "x") for name in names)) for _ in range(2)]
        results = store.tables.results
        for name, odd in zip(names, ODD_ALTERNATIVES, strict=True):
            column = name.rpartition(".")[2]
            is_this = (results.c.run_id == run_ids[0]) & (results.c.column_name == column)
            await store.execute(sa.update(results).where(is_this).values(alternatives_json=odd))
        rows, counts = await expected(store, run_ids)
        assert await read_all(store, run_ids) == rows
        assert await comparisons(store).counts(run_ids) == counts
        texts = [row.cells[0].description for row in rows]
        assert texts[:4] == [None, "plain", "of an object", "behind others"]
        by_draft = {str(odd): row.cells[0] for odd, row in zip(ODD_ALTERNATIVES, rows, strict=True)}
        assert by_draft["{}"].placeholder == "(no description)"
        assert by_draft["a text"].placeholder == "(unreadable)"


@pytest.mark.parametrize("stored", ['["half \\ud800 pair"]', '["a \\u0000 NUL"]'])
async def test_json_that_is_no_text_makes_no_comparison_fail(postgres_host: HostServer, stored: str) -> None:
    """What amx-cli's `json` columns hold and PostgreSQL cannot turn into a text is compared as it is stored."""
    async with history(postgres_host, "amx_cli") as store:
        run_ids = [await store.record(asset("s.t.a", "x"), asset("s.t.b", "y")) for _ in range(2)]
        table = f'"{postgres_host.schema}".run_results'
        postgres_host.sync_execute(
            f"UPDATE {table} SET alternatives_json = %s WHERE column_name = 'a'", [stored]
        )
        rows = await read_all(store, run_ids)
        assert [row.status for row in rows] == ["same", "same"]
        assert rows[0].cells[0].description == stored[2:-2]


async def test_texts_that_are_no_json_and_half_pairs_make_no_file_fail(sqlite_host: SqliteHost) -> None:
    """A SQLite file holds whatever it was given: broken JSON is no alternative, half a pair is drawn."""
    async with history(sqlite_host, "document") as store:
        names = ("s.t.a", "s.t.b", "s.t.c", "s.t.d")
        run_ids = [await store.record(*(asset(name, "x") for name in names)) for _ in range(2)]
        for name, stored in zip(
            "abcd", ('["cut', '["half \\ud800"]', '["NUL \\u0000"]', b"\xff\xfe"), strict=True
        ):
            sqlite_host.sync_execute(
                "UPDATE amx_history_results SET alternatives_json = ? WHERE column_name = ? AND run_id = ?",
                [stored, name, run_ids[0]],
            )
        rows = await read_all(store, run_ids)
        assert [row.cells[0].description for row in rows] == [None, "half \ufffd", "NUL \ufffd", None]
        assert (await comparisons(store).counts(run_ids)).of({"right_only"}) == 2


_names = st.sampled_from(NASTY_NAMES)
_texts = st.one_of(st.sampled_from(NASTY_TEXTS), st.text(max_size=6))
_drafts = st.builds(
    NewResult,
    schema_name=_names,
    table_name=st.one_of(st.just(""), _names),
    column_name=st.one_of(st.just(""), _names),
    alternatives=st.lists(_texts, max_size=2).map(lambda texts: tuple(map(Alternative, texts))),
    evaluation=st.sampled_from(DECISIONS),
    chosen_description=st.one_of(st.none(), _texts),
)
_filters = st.builds(
    CompareFilter,
    name=st.one_of(st.just(""), st.text('aAbä.*"% ', max_size=5)),
    statuses=st.frozensets(st.sampled_from(COMPARE_STATUSES), max_size=3),
    is_loose=st.booleans(),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sides=st.lists(st.lists(_drafts, max_size=12), min_size=2, max_size=3), wanted=_filters, data=st.data()
)
async def test_drawn_runs_compare_as_in_memory(
    tmp_path_factory: pytest.TempPathFactory,
    sides: list[list[NewResult]],
    wanted: CompareFilter,
    data: st.DataObject,
) -> None:
    """Whatever two or three runs hold, SQLite says of them what the comparison in memory says."""
    layout = data.draw(st.sampled_from(LAYOUTS))
    file = Path(tmp_path_factory.mktemp("drawn")) / "host.db"
    async with history(SqliteHost(file), layout) as store:
        run_ids = [await store.record(*drafts) for drafts in sides]
        rows, counts = await expected(store, run_ids, wanted)
        assert await read_all(store, run_ids, wanted, limit=3) == rows
        assert await read_all(store, run_ids, wanted, limit=5, direction="backward") == rows
        assert await comparisons(store).counts(run_ids, wanted) == counts
        start = await comparisons(store).open(run_ids, wanted, limit=2)
        assert start is not None
        assert (start.page.rows, start.counts) == (rows[:2], counts)
        by_hand = compare_in_memory([await results_of(store, run_id) for run_id in run_ids], wanted)
        assert rows == by_hand


async def _statements(store: History, work: Any) -> list[str]:
    """Run something and return the statements that it sent."""
    sent: list[str] = []

    def keep(_: Any, __: Any, statement: str, *___: Any) -> None:
        sent.append(statement)

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", keep)
    try:
        await work
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", keep)
    return sent


@layouts
async def test_opening_takes_two_statements_and_a_page_one(host: HostServer, layout: Layout) -> None:
    """Whatever the filter; a page under rare statuses may take a second one."""
    async with history(host, layout) as store:
        left = await store.record(*(asset(f"s.t.c{number}", "x") for number in range(20)))
        right = await store.record(
            *(asset(f"s.t.c{number}", str(number)) for number in range(20)), identity=BOB
        )
        repository = comparisons(store)
        for wanted in (CompareFilter(), CompareFilter(statuses=DIFFERENCES), CompareFilter(name="s.t")):
            assert len(await _statements(store, repository.open((left, right), wanted, limit=5))) == 2
            cursor = CompareCursor("s", "t", "c12")
            page = repository.page((left, right), wanted, cursor=cursor, limit=5)
            assert len(await _statements(store, page)) == 1


async def test_a_page_reads_no_more_of_long_runs_than_of_short_ones(postgres_host: HostServer) -> None:
    """By the index over run and names: what PostgreSQL reads for a page in the middle does not grow with the runs."""
    read: list[int] = []
    for amount in (1_000, 8_000):
        async with history(postgres_host, "document") as store:
            names = [f"s.t{number // 20:04}.c{number % 20:02}" for number in range(amount)]
            run_ids = [await store.record(*(asset(name, "x") for name in names)) for _ in range(2)]
            await store.execute(sa.text("ANALYZE"))
            cursor = CompareCursor("s", f"t{amount // 40:04}", "c05")
            read.append(await _buffers(store, run_ids, cursor))
            schema = postgres_host.schema
        postgres_host.sync_execute(f'DROP SCHEMA "{schema}" CASCADE')
        postgres_host.sync_execute("DROP EXTENSION pg_trgm")
    assert read[1] < read[0] * 1.5, read


async def _buffers(store: History, run_ids: list[str], cursor: CompareCursor) -> int:
    """How many blocks PostgreSQL touches for a page."""
    sent: list[tuple[str, Any]] = []

    def keep(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        sent.append((statement, parameters))

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", keep)
    try:
        await comparisons(store).page(run_ids, cursor=cursor)
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", keep)
    statement, parameters = sent[0]

    def explain(connection: sa.Connection) -> int:
        prefix = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "
        (plan,) = connection.exec_driver_sql(prefix + statement, parameters).one()
        root = plan[0]["Plan"]
        return int(root["Shared Hit Blocks"]) + int(root["Shared Read Blocks"])

    return await store.database.run(explain)
