"""Comparisons in the database: on every backend and in both layouts what the comparison in memory says."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from amx_tui.domain.compare import COMPARE_STATUSES, DIFFERENCES, CompareCursor, CompareFilter, CompareRow
from amx_tui.store.tables import Layout
from tests.servers import HostServer
from tests.store.comparing import comparisons, expected, nasty_run, read_all, results_of
from tests.store.histories import BOB, LAYOUTS, History, asset, history

layouts = pytest.mark.parametrize("layout", LAYOUTS)

FILTERS = (
    CompareFilter(),
    CompareFilter(name="a"),
    CompareFilter(name='a."a.b"'),
    CompareFilter(name="A"),
    CompareFilter(name="*b"),
    CompareFilter(name="a.*.*a*"),
    CompareFilter(name='*."%"'),
    CompareFilter(name="a.a.a.a"),
    *(CompareFilter(statuses=frozenset({status})) for status in COMPARE_STATUSES),
    CompareFilter(name="a", statuses=DIFFERENCES),
)


def _known(store: History, rows: tuple[CompareRow, ...]) -> tuple[CompareRow, ...]:
    """Rows in the order in which every backend can be expected to give them."""
    if store.tables.backend_name != "mysql":
        return rows
    # MySQL's indexes sort control characters and blanks at a name's end before its end.
    return tuple(sorted(rows, key=lambda row: row.key))


def _filter_id(wanted: CompareFilter) -> str:
    """A test's name that is the same in every process: sets have no order of their own."""
    return (
        " ".join([wanted.name, *sorted(wanted.statuses), *(["loose"] if wanted.is_loose else [])])
        or "everything"
    )


@layouts
@pytest.mark.parametrize("wanted", FILTERS, ids=_filter_id)
async def test_the_database_says_what_the_reference_says(
    host: HostServer, layout: Layout, wanted: CompareFilter
) -> None:
    """Rows, cells, statuses and counts of nasty names and texts agree, page by page, both ways."""
    async with history(host, layout) as store:
        run_ids = [
            await store.record(*nasty_run(1)),
            await store.record(*nasty_run(2), identity=BOB),
        ]
        rows, counts = await expected(store, run_ids, wanted)
        assert _known(store, await read_all(store, run_ids, wanted)) == rows
        assert _known(store, await read_all(store, run_ids, wanted, direction="backward")) == rows
        assert await comparisons(store).counts(run_ids, wanted) == counts


@layouts
async def test_three_runs_and_a_run_against_itself(host: HostServer, layout: Layout) -> None:
    """The first of several runs is the baseline; a run is the same as itself wherever it says anything."""
    async with history(host, layout) as store:
        one, two, three = [await store.record(*nasty_run(seed)) for seed in (1, 2, 3)]
        for run_ids in ((one, two, three), (three, one, one), (two, two)):
            for wanted in (CompareFilter(), CompareFilter(statuses=DIFFERENCES)):
                rows, counts = await expected(store, run_ids, wanted)
                assert _known(store, await read_all(store, run_ids, wanted)) == rows
            assert await comparisons(store).counts(run_ids) == counts
        alone = await comparisons(store).counts((two, two))
        assert alone.differences == 0
        assert alone.of({"same"}) > 0


@layouts
async def test_opening_gives_runs_counts_and_the_first_page(host: HostServer, layout: Layout) -> None:
    """All that a screen needs first comes at once, also under a filter that finds nothing; a missing run is told."""
    async with history(host, layout) as store:
        left = await store.record(asset("s.t.a", "one"), asset("s.t.b", "two"), asset("s.u.c", "three"))
        right = await store.record(asset("s.t.a", "one"), asset("s.t.b", "other"), identity=BOB)
        start = await comparisons(store).open((left, right), limit=2)
        assert start is not None
        assert [run.run_id for run in start.runs] == [left, right]
        assert [run.created_by for run in start.runs] == ["alice@acme.com", "bob"]
        assert [row.target_qname for row in start.page.rows] == ["s.t.a", "s.t.b"]
        assert start.page.has_after
        assert [(table.qname, table.same, table.diff, table.left_only) for table in start.counts.tables] == [
            ("s.t", 1, 1, 0),
            ("s.u", 0, 0, 1),
        ]
        for wanted in (CompareFilter(name="nowhere"), CompareFilter(statuses=frozenset({"neither"}))):
            empty = await comparisons(store).open((left, right), wanted)
            assert empty is not None
            assert empty.page.rows == ()
            assert [run.run_id for run in empty.runs] == [left, right]
        assert await comparisons(store).open((left, "nobody's")) is None


@layouts
async def test_a_page_begins_where_it_is_asked_to(host: HostServer, layout: Layout) -> None:
    """`around` begins a page at an asset, at the next one where it is gone, and at the first of a table."""
    async with history(host, layout) as store:
        run_ids = [
            await store.record(
                *(asset(f"s.t{table}.c{column}", "x") for table in (1, 2) for column in range(3))
            )
            for _ in range(2)
        ]
        read = comparisons(store).page
        around = [
            [row.target_qname for row in (await read(run_ids, around=CompareCursor(*key), limit=2)).rows]
            for key in (("s", "t1", "c2"), ("s", "t1", "c11"), ("s", "t2"), ("s", "t9"))
        ]
        assert around == [["s.t1.c2", "s.t2.c0"], ["s.t1.c2", "s.t2.c0"], ["s.t2.c0", "s.t2.c1"], []]


@layouts
async def test_rare_statuses_are_found_however_far_apart_they_are(host: HostServer, layout: Layout) -> None:
    """Differences that stand further apart than a page looks at first come all, forward and backward."""
    async with history(host, layout) as store:
        names = [f"s.t{number // 100:02}.c{number % 100:02}" for number in range(1_300)]
        odd = {names[index] for index in (0, 3, 640, 641, 1_299)}
        left = await store.record(*(asset(name, "same") for name in names))
        right = await store.record(*(asset(name, "other" if name in odd else "same") for name in names))
        wanted = CompareFilter(statuses=frozenset({"diff"}))
        for direction in ("forward", "backward"):
            rows = await read_all(store, (left, right), wanted, limit=2, direction=direction)
            assert [row.target_qname for row in rows] == sorted(odd)
        found = await comparisons(store).neighbour((left, right), wanted, CompareCursor("s", "t00", "c03"))
        assert found is not None
        assert (found[0].target_qname, found[1]) == (names[640], 3)
        assert (await comparisons(store).counts((left, right))).of({"diff"}) == len(odd)


@layouts
async def test_the_newest_that_is_not_superseded_counts(host: HostServer, layout: Layout) -> None:
    """Of several results of an asset in one run the newest counts, of one moment the one with the greater id."""
    ids = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(4)]
    async with history(host, layout) as store:
        left = await store.record(
            asset("s.t.a", "old", result_id=ids[1]),
            asset("s.t.a", "chosen by id", result_id=ids[2]),
            asset("s.t.a", "replaced", result_id=ids[3], superseded_at=_later()),
        )
        right = await store.record(asset("s.t.a", "chosen by id", saved_at=_later()), asset("s.t.a", "old"))
        (row,) = await read_all(store, (left, right))
        assert row.status == "same"
        assert row.cells[0].result_id == ids[2]


def _later() -> object:
    from datetime import timedelta

    from tests.store.histories import NOON

    return NOON + timedelta(hours=1)


@layouts
async def test_white_space_and_letter_case_count_only_where_asked(host: HostServer, layout: Layout) -> None:
    """Loosely the same is marked; switched on it counts as the same, in counts and pages alike."""
    async with history(host, layout) as store:
        left = await store.record(
            asset("s.t.a", "Given  name of\nthe customer"),
            asset("s.t.b", "x"),
            asset("s.t.c", "ÄRA"),
            asset("s.t.d", "x"),
        )  # fmt: skip
        right = await store.record(
            asset("s.t.a", "given name of the CUSTOMER"),
            asset("s.t.b", "y"),
            asset("s.t.c", "ära"),
            asset("s.t.d", "x"),
        )
        rows = await read_all(store, (left, right))
        assert [(row.status, row.is_loose) for row in rows] == [
            ("diff", True), ("diff", False), ("diff", True), ("same", False)
        ]  # fmt: skip
        loosely = CompareFilter(is_loose=True)
        rows = await read_all(store, (left, right), loosely)
        assert [(row.status, row.is_loose) for row in rows] == [
            ("same", True), ("diff", False), ("same", True), ("same", False)
        ]  # fmt: skip
        counts = await comparisons(store).counts((left, right), loosely)
        assert (counts.of({"same"}), counts.loose, counts.of({"diff"})) == (3, 2, 1)
        only = replace(loosely, statuses=frozenset({"same"}))
        assert len(await read_all(store, (left, right), only)) == 3


@layouts
async def test_long_descriptions_are_cut_in_pages_and_whole_for_exports(
    host: HostServer, layout: Layout
) -> None:
    """A page carries the beginning and says so; what differs behind it still differs."""
    long = "数据 " * 3_000
    async with history(host, layout) as store:
        left, right = (
            await store.record(asset("s.t.a", long + "a")),
            await store.record(asset("s.t.a", long + "b")),
        )
        (row,) = await read_all(store, (left, right))
        assert row.status == "diff"
        assert [cell.is_cut for cell in row.cells] == [True, True]
        assert row.cells[0].description == long[:4_000]
        page = await comparisons(store).page((left, right), is_full=True)
        assert [cell.description for cell in page.rows[0].cells] == [long + "a", long + "b"]
        results = await comparisons(store).results([cell.result_id or "" for cell in row.cells])
        assert {result.description for result in results.values()} == {long + "a", long + "b"}


@layouts
async def test_names_with_dots_quotes_and_case_stay_apart(host: HostServer, layout: Layout) -> None:
    """`"a.b".c` is not `a."b.c"`, nor `a` the same as `A`; what is written is quoted where it must be."""
    from amx_tui.domain.recording import NewResult
    from amx_tui.domain.results import Alternative

    def drafted(*parts: str) -> NewResult:
        schema, table, column = (*parts, "", "")[:3]
        text = (Alternative("/".join(parts)),)
        return NewResult(schema_name=schema, table_name=table, column_name=column, alternatives=text)

    names = [("s", "a.b", "c"), ("s", "a", "b.c"), ("s", "A", "b.c"), ("s", 'a"', "c"), ("S",), ("s",)]
    async with history(host, layout) as store:
        run_ids = [await store.record(*(drafted(*name) for name in order)) for order in (names, names[::-1])]
        rows = await read_all(store, run_ids)
        assert {row.target_qname for row in rows} == {
            's."a.b".c', 's.a."b.c"', 's.A."b.c"', 's."a""".c', "S", "s"
        }  # fmt: skip
        assert {row.status for row in rows} == {"same"}
        only = await read_all(store, run_ids, CompareFilter(name='s."a.b"'))
        assert [row.target_qname for row in only] == ['s."a.b".c']


@layouts
async def test_what_a_side_would_settle_is_counted(host: HostServer, layout: Layout) -> None:
    """Counted are differences that the side describes, that the newer run has a result for, and that are open."""
    async with history(host, layout) as store:
        left = await store.record(
            asset("s.t.a", "mine"), asset("s.t.b", "same"), asset("s.t.c", "only here"), asset("s.t.d", "mine"),
            asset("s.t.e", "mine"),
        )  # fmt: skip
        right = await store.record(
            asset("s.t.a", "theirs"), asset("s.t.b", "same"), asset("s.t.d"), asset("s.t.f", "theirs"),
            asset("s.t.e", "theirs", evaluation="accepted", chosen_description="theirs"),
        )  # fmt: skip
        count = comparisons(store).count_settling
        assert await count((left, right), CompareFilter(), 0, 1) == 3  # a, d, e
        assert await count((left, right), CompareFilter(), 1, 1) == 2  # a, f: e is decided so already
        assert await count((left, right), CompareFilter(name="s.t.a"), 0, 1) == 1
        assert await count((left, right), CompareFilter(statuses=frozenset({"left_only"})), 0, 1) == 1
        assert await count((left, right), CompareFilter(statuses=frozenset({"same"})), 0, 1) == 0


@layouts
async def test_every_two_runs_count_what_their_pages_hold(host: HostServer, layout: Layout) -> None:
    """Counts and pages are read in different ways and agree."""
    async with history(host, layout) as store:
        run_ids = [await store.record(*nasty_run(seed, size=25)) for seed in range(3)]
        for pair in itertools.combinations(run_ids, 2):
            counts = await comparisons(store).counts(pair)
            for status in COMPARE_STATUSES:
                rows = await read_all(store, pair, CompareFilter(statuses=frozenset({status})), limit=50)
                assert len(rows) == counts.of({status})
        assert await results_of(store, run_ids[0])
