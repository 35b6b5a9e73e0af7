"""What a review reads, in both layouts on every backend: rows by pages, texts, and what other runs say."""

from __future__ import annotations

import pytest

from amx_tui.domain.recording import NewResult
from amx_tui.domain.results import Alternative, ResultFilter
from amx_tui.domain.review.rows import ReviewRow
from amx_tui.store.reviews import MOST_ELSEWHERE, ReviewRepository
from amx_tui.store.tables import Layout
from tests.servers import HostServer
from tests.store.comparing import NASTY_NAMES, results_of
from tests.store.histories import BOB, LAYOUTS, asset, history

pytestmark = pytest.mark.parametrize("layout", LAYOUTS)


async def test_rows_come_table_first_and_page_by_page(host: HostServer, layout: Layout) -> None:
    """Each once, in the order of the run's own list, with whether there is something to accept."""
    names = ["s.t", "s.t.a", "s.t.b", "s.u", "s.u.a", "s", "r.z.z"]
    async with history(host, layout) as store:
        run_id = await store.record(*(asset(name, *(["draft"] if name != "s.t.a" else [])) for name in names))
        await store.record(asset("s.t"))
        reviews = ReviewRepository(store.database, store.tables)
        rows: list[ReviewRow] = []
        while page := await reviews.rows(run_id, cursor=rows[-1].cursor if rows else None, limit=2):
            rows += page
        assert [row.name for row in rows] == ["r.z.z", "s", "s.t", "s.t.a", "s.t.b", "s.u", "s.u.a"]
        assert [row.name for row in rows if not row.has_draft] == ["s.t.a"]
        assert rows == [ReviewRow.of(result) for result in await results_of(store, run_id)]
        texts = await reviews.texts([rows[0].result_id, rows[2].result_id, "no-such-result"])
        assert {each.target_qname for each in texts} == {"r.z.z", "s.t"}


async def test_what_others_wrote_is_found_by_the_exact_name(host: HostServer, layout: Layout) -> None:
    """Names that look or fold alike are other assets; the newest runs come first, and few of them."""
    async with history(host, layout) as store:
        mine = await store.record(*(_column(name, "mine") for name in NASTY_NAMES))
        for number in range(MOST_ELSEWHERE + 2):
            await store.record(*(_column(name, f"{name} {number}") for name in NASTY_NAMES), identity=BOB)
        reviews = ReviewRepository(store.database, store.tables)
        rows = await reviews.rows(mine)
        found = await reviews.elsewhere(mine, rows)
        for row in rows:
            others = found[row.schema_name, row.table_name, row.column_name]
            assert len(others) == MOST_ELSEWHERE
            assert {other.who for other in others} == {BOB.username}
            assert {(other.description or "").rpartition(" ")[0] for other in others} == {row.column_name}
        assert await reviews.elsewhere(mine, []) == {}


async def test_a_text_is_looked_for_in_names_and_descriptions(host: HostServer, layout: Layout) -> None:
    """The ids of one run's results alone."""
    async with history(host, layout) as store:
        run_id = await store.record(asset("s.t.a", "A customer."), asset("s.t.customer"), asset("s.t.c", "x"))
        await store.record(asset("s.t.a", "A customer."))
        reviews = ReviewRepository(store.database, store.tables)
        rows = {row.result_id: row.name for row in await reviews.rows(run_id)}
        found = await reviews.matching(run_id, ResultFilter(text="Customer"))
        assert sorted(rows[result_id] for result_id in found) == ["s.t.a", "s.t.customer"]
        found = await reviews.matching(run_id, ResultFilter(failed_only=True))
        assert [rows[result_id] for result_id in found] == ["s.t.customer"]


def _column(name: str, text: str) -> NewResult:
    """A result for a column whose name may hold anything."""
    return NewResult(schema_name="s", table_name="t", column_name=name, alternatives=(Alternative(text),))
