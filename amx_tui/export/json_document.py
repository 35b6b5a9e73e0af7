"""A comparison as one JSON document: the sides, the counts, then a row an asset."""

from __future__ import annotations

from datetime import datetime

from amx_tui.domain.compare import (
    COMPARE_STATUSES,
    CompareCell,
    CompareCounts,
    CompareRow,
    Comparison,
    Side,
    TableCounts,
)
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.times import iso_time
from amx_tui.export.json_text import json_text
from amx_tui.export.wording import whole_text

__all__ = ["JsonWriter"]


class JsonWriter:
    """Writes a comparison as a JSON object, a row on each line of its text.

    Keys are named like the store's columns. `rows[].status` is one of same, diff, left_only, right_only and
    neither; `status_text` is the status as people read it. `rows[].cells` has one entry a side, in their order;
    its `result_id` is null where that run has no result for the asset.

    Args:
        comparison: Of what.
        exported_at: When.
    """

    def __init__(self, comparison: Comparison, *, exported_at: datetime) -> None:
        self._comparison = comparison
        self._exported_at = exported_at
        self._separator = "\n"

    def begin(self) -> str:
        """Everything before the rows."""
        comparison = self._comparison
        head: dict[str, JsonValue] = {
            "exported_at": iso_time(self._exported_at),
            "sides": [_side(side) for side in comparison.sides],
            "warnings": list(comparison.warnings),
            "filter": {
                "name": comparison.filter.name.strip() or None,
                "statuses": [status for status in COMPARE_STATUSES if status in comparison.filter.statuses],
                "is_loose": comparison.filter.is_loose,
            },
            "counts": _counts(comparison.counts),
            "tables": [_table(table) for table in comparison.counts.tables],
        }
        return json_text(head)[:-1] + ', "rows": ['

    def row(self, row: CompareRow) -> str:
        """One row."""
        separator, self._separator = self._separator, ",\n"
        return separator + json_text(
            {
                "target_qname": row.target_qname,
                "schema_name": row.schema_name,
                "table_name": row.table_name,
                "column_name": row.column_name,
                "status": row.status,
                "status_text": self._comparison.word(row),
                "is_loose": row.is_loose,
                "cells": [
                    _cell(cell, side) for cell, side in zip(row.cells, self._comparison.sides, strict=True)
                ],
            }
        )

    def end(self) -> str:
        """Everything behind the rows."""
        return "\n]}\n"


def _side(side: Side) -> JsonValue:
    run = side.run
    return {
        "name": side.name,
        "who": side.who,
        "run_id": run.run_id,
        "created_by": run.created_by,
        "hostname": run.hostname,
        "started_at": iso_time(run.started_at),
        "ended_at": iso_time(run.ended_at),
        "status": run.status,
        "db_backend": side.db_backend or None,
        "db_profile": run.db_profile or None,
        "llm_model": run.llm_model or None,
    }


def _counts(counts: CompareCounts) -> JsonValue:
    found: dict[str, JsonValue] = {"total": counts.total}
    found |= {status: counts.of((status,)) for status in COMPARE_STATUSES}
    return found | {"loose": counts.loose, "differences": counts.differences}


def _table(table: TableCounts) -> JsonValue:
    found: dict[str, JsonValue] = {
        "schema_name": table.schema_name,
        "table_name": table.table_name,
        "total": table.total,
    }
    found |= {status: table.of_one(status) for status in COMPARE_STATUSES}
    return found | {"loose": table.loose}


def _cell(cell: CompareCell, side: Side) -> JsonValue:
    return {
        "run_id": side.run.run_id,
        "result_id": cell.result_id,
        "description": whole_text(cell),
        "is_same": cell.is_same,
        "alternatives_count": cell.alternatives_count,
        "confidence": cell.confidence or None,
        "evaluation": None if cell.evaluation == "pending" else cell.evaluation,
        "evaluated_by": cell.evaluated_by or None,
        "evaluated_at": iso_time(cell.evaluated_at),
        "version": cell.version,
    }
