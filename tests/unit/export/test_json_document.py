"""JSON as any parser reads it."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given

from amx_tui.domain.compare import CompareFilter
from tests.unit.export.comparisons import (
    ALICE,
    BOB,
    CAROL,
    NASTY,
    NASTY_TEXTS,
    comparison,
    exported,
    row,
)


def times(value: Any) -> list[str]:
    """All values of keys that name a moment."""
    if isinstance(value, dict):
        own = [text for key, text in value.items() if key.endswith("_at") and text is not None]
        return own + [text for each in value.values() for text in times(each)]
    return [text for each in value for text in times(each)] if isinstance(value, list) else []


def test_the_document_says_what_is_compared_and_every_row() -> None:
    """One object: sides, warnings, filter, counts, tables, rows."""
    wanted = CompareFilter(name="sales", statuses=frozenset({"diff", "same"}), is_loose=True)
    document = json.loads(
        exported("json", NASTY, comparison(NASTY, wanted=wanted, warnings=("Different profiles.",)))
    )
    assert list(document) == ["exported_at", "sides", "warnings", "filter", "counts", "tables", "rows"]
    assert [side["name"] for side in document["sides"]] == ["alice (2 hr ago)", "bob (5 days ago)"]
    assert document["filter"] == {"name": "sales", "statuses": ["same", "diff"], "is_loose": True}
    assert document["counts"] == {
        "total": 12, "same": 2, "diff": 7, "left_only": 1, "right_only": 1, "neither": 1,
        "loose": 1, "differences": 9,
    }  # fmt: skip
    assert [table["total"] for table in document["tables"]] == [1, 8, 3]
    assert [each["target_qname"] for each in document["rows"]] == [each.target_qname for each in NASTY]


def test_a_row_has_the_stores_names_and_a_cell_a_side() -> None:
    """Who decided what, under which version; null where a run has no result."""
    document = json.loads(exported("json", [row("s", "t", "c", "x", None)]))
    assert document["rows"] == [
        {
            "target_qname": "s.t.c", "schema_name": "s", "table_name": "t", "column_name": "c",
            "status": "left_only", "status_text": "alice added", "is_loose": False,
            "cells": [
                {
                    "run_id": "run_2026-05-03_15-44-001", "result_id": "c-0", "description": "x", "is_same": True,
                    "alternatives_count": 2, "confidence": "high", "evaluation": "accepted",
                    "evaluated_by": "alice", "evaluated_at": "2026-05-03T17:50:00.000000Z", "version": 1,
                },
                {
                    "run_id": "run_2026-04-28_11-08-001", "result_id": None, "description": None, "is_same": False,
                    "alternatives_count": 0, "confidence": None, "evaluation": None,
                    "evaluated_by": None, "evaluated_at": None, "version": None,
                },
            ],
        }
    ]  # fmt: skip


def test_all_times_are_utc_with_microseconds() -> None:
    """ISO 8601 with Z, as in every document of ours."""
    rows = [row("s", "t", "c", "x", "y", "z")]
    found = times(json.loads(exported("json", rows, comparison(rows, (ALICE, BOB, CAROL)))))
    assert len(found) == 5
    assert "2026-04-26T09:00:00.123456Z" in found
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", each) for each in found)


@given(NASTY_TEXTS, NASTY_TEXTS)
def test_texts_are_read_back_exactly_and_printed_safely(left: str, right: str) -> None:
    """Every code point survives, none reaches a terminal that it would command."""
    text = exported("json", [row("s", "t", left, left, right)])
    (only,) = json.loads(text)["rows"]
    assert [cell["description"] for cell in only["cells"]] == [left, right]
    assert only["column_name"] == left
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)


def test_no_rows_are_an_empty_list() -> None:
    """A filter that nothing passes is no error."""
    assert json.loads(exported("json", []))["rows"] == []
