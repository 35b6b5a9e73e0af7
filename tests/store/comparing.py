"""Comparisons in tests: nasty runs, and what the database says about them held against the reference."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from amx_tui.domain.compare import CompareCounts, CompareCursor, CompareFilter, CompareRow
from amx_tui.domain.compare_memory import compare_in_memory, count_rows
from amx_tui.domain.recording import NewResult
from amx_tui.domain.results import DECISIONS, Alternative, Result
from amx_tui.domain.runs import Direction
from amx_tui.store.comparisons import ComparisonRepository
from tests.store.histories import NOON, History

__all__ = ["NASTY_NAMES", "NASTY_TEXTS", "comparisons", "expected", "nasty_run", "read_all", "results_of"]

NASTY_TEXTS = (
    "", " ", "  ", "a", "A", "a ", "a  b", "A B", "a\tb", "a\u00a0b", "ä", "Ä", "a\u0308", "é", "e\u0301", "ß", "SS",
    "שלום", "🙂", "👩‍👩‍👧", "数据", "x'y", 'x"y', "x\\y", "x\\u0000y", "%", "_", "null", "line\nbreak", "a\x01",
    "İ", "i\u0307",
)  # fmt: skip
"""Texts of which two may look, sort or fold alike, and are not the same."""

NASTY_NAMES = (
    "a", "A", "a ", "a.b", 'a"b', "a b", "ä", "a\u0308", "Ä", "数据", "\\", "%", "_", "a*", "z", "🙂",
)  # fmt: skip


def comparisons(store: History) -> ComparisonRepository:
    """The comparisons of a store."""
    return ComparisonRepository(store.database, store.tables)


def nasty_run(seed: int, *, size: int = 60) -> list[NewResult]:
    """Draft results that are as odd as a store can hold, some of them for the same asset."""
    results: list[NewResult] = []
    for number in range(size):
        mixed = (number * 7919 + seed * 104_729) % 1_000_003
        texts = [NASTY_TEXTS[(mixed // divisor) % len(NASTY_TEXTS)] for divisor in (1, 37, 811)]
        evaluation = DECISIONS[(mixed // 5) % 6] if (mixed // 5) % 6 < len(DECISIONS) else "pending"
        results.append(
            NewResult(
                schema_name=NASTY_NAMES[(number // 24 + seed % 2) % 3],
                table_name=NASTY_NAMES[(number // 6) % len(NASTY_NAMES)] if number % 6 else "",
                column_name=NASTY_NAMES[(number * 5 + seed) % len(NASTY_NAMES)] if number % 6 > 1 else "",
                alternatives=tuple(Alternative(text) for text in texts[: mixed % 3]),
                evaluation=evaluation,
                chosen_description=None if evaluation == "pending" and mixed % 2 else texts[2],
                saved_at=None if mixed % 11 == 0 else NOON + timedelta(minutes=mixed % 7),
                superseded_at=NOON if mixed % 9 == 0 else None,
                confidence=("high", "medium", "low")[mixed % 3],
            )
        )
    return results


async def results_of(store: History, run_id: str) -> list[Result]:
    """All results of a run in full."""
    found: list[Result] = []
    page = await store.results.page(run_id, limit=1_000)
    for result in page.results:
        found.append(await store.results.get(result.result_id) if result.is_cut else result)
    return found


async def expected(
    store: History,
    run_ids: Sequence[str],
    wanted: CompareFilter = CompareFilter(),  # noqa: B008 - it is frozen
) -> tuple[tuple[CompareRow, ...], CompareCounts]:
    """What the reference says of the same runs: rows under the filter, and counts under its name."""
    sides = [await results_of(store, run_id) for run_id in run_ids]
    counted = compare_in_memory(sides, CompareFilter(wanted.name, is_loose=wanted.is_loose))
    return compare_in_memory(sides, wanted), count_rows(counted)


async def read_all(
    store: History,
    run_ids: Sequence[str],
    wanted: CompareFilter = CompareFilter(),  # noqa: B008 - it is frozen
    *,
    limit: int = 7,
    direction: Direction = "forward",
) -> tuple[CompareRow, ...]:
    """Read a comparison page by page to its end."""
    read, rows = comparisons(store).page, list[CompareRow]()
    cursor: CompareCursor | None = None
    while True:
        page = await read(run_ids, wanted, cursor=cursor, direction=direction, limit=limit)
        assert len(page.rows) <= limit
        ahead, behind = page.has_after, page.has_before
        if direction == "forward":
            assert behind == (cursor is not None)
            rows += page.rows
        else:
            assert ahead == (cursor is not None)
            ahead = behind
            rows[:0] = page.rows
        if not ahead:
            return tuple(rows)
        cursor = CompareCursor.of(page.rows[-1 if direction == "forward" else 0])
