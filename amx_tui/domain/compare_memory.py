"""A comparison of runs whose results are all in memory: what the database's own comparison is held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from amx_tui.domain.compare import (
    AssetKey,
    CompareCell,
    CompareCounts,
    CompareFilter,
    CompareRow,
    TableCounts,
    matches_name,
    status_of,
)
from amx_tui.domain.names import join_name
from amx_tui.domain.results import Result
from amx_tui.domain.words import equal_but_for_space_and_case

__all__ = ["compare_in_memory", "count_rows"]

_EVER = datetime(1, 1, 1, tzinfo=UTC)


def compare_in_memory(
    sides: Sequence[Iterable[Result]], wanted: CompareFilter | None = None
) -> tuple[CompareRow, ...]:
    """Compare runs whose results are all in memory; what the database's statements are held against.

    Args:
        sides: The results of each run, the baseline's first, superseded ones among them.
        wanted: Which assets.
    """
    wanted = wanted or CompareFilter()
    newest = [_newest(results) for results in sides]
    rows = (
        _row(key, [results.get(key) for results in newest], is_loose=wanted.is_loose)
        for key in sorted(set().union(*newest))
        if matches_name(key, wanted.name)
    )
    return tuple(row for row in rows if not wanted.statuses or row.status in wanted.statuses)


def _newest(results: Iterable[Result]) -> dict[AssetKey, Result]:
    """The result of each asset that counts: the newest that is not superseded, of two of one moment the greater id."""
    found: dict[AssetKey, Result] = {}
    for result in results:
        if result.is_superseded:
            continue
        key = (result.schema_name, result.table_name, result.column_name)
        rival = found.get(key)
        if rival is None or _age(result) > _age(rival):
            found[key] = result
    return found


def _age(result: Result) -> tuple[datetime, str]:
    return result.saved_at or _EVER, result.result_id


def _row(key: AssetKey, results: Sequence[Result | None], *, is_loose: bool) -> CompareRow:
    texts = [(result.description or None) if result else None for result in results]
    given = [text for text in texts if text]
    is_nearly = len(given) > 1 and all(equal_but_for_space_and_case(given[0], text) for text in given[1:])
    return CompareRow(
        *key,
        target_qname=join_name(key) or next(result.target_qname for result in results if result),
        cells=tuple(
            _cell(result, texts[0], is_loose=is_loose) if result else CompareCell(is_same=texts[0] is None)
            for result in results
        ),
        status=status_of(texts, is_loose=is_loose),
        is_loose=len(given) == len(texts) and is_nearly and len(set(given)) > 1,
    )


def _cell(result: Result, baseline: str | None, *, is_loose: bool) -> CompareCell:
    text = result.description or None
    is_nearly = is_loose and bool(text and baseline and equal_but_for_space_and_case(baseline, text))
    return CompareCell(
        result_id=result.result_id,
        description=text,
        alternatives_count=len(result.alternatives),
        confidence=result.confidence,
        evaluation=result.evaluation,
        evaluated_by=result.evaluated_by,
        evaluated_at=result.evaluated_at,
        version=result.version,
        is_same=text == baseline or is_nearly,
        is_cut=result.is_cut,
        is_unreadable=bool(result.unreadable),
    )


def count_rows(rows: Iterable[CompareRow]) -> CompareCounts:
    """Count rows per table and status."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        of_table = counts.setdefault((row.schema_name, row.table_name), Counter())
        of_table[row.status] += 1
        of_table["loose"] += row.status == "same" and row.is_loose
    return CompareCounts(tuple(TableCounts.counted(*table, counts[table]) for table in sorted(counts)))
