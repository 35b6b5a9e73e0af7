"""Rows as JSON documents."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from amx_tui.domain.results import Alternative, Result
from amx_tui.domain.runs import Run, RunDetail
from amx_tui.domain.scope import Scope
from amx_tui.services.commands.documents import json_text, result_row, run_detail_row, run_row

STARTED = datetime(2026, 5, 3, 15, 44, 7, 20, UTC)
RUN = Run("run_1", "alice", "laptop", STARTED, "success", Scope((("sales", ("customer",)),)), 2, 1)
RESULT = Result(
    "r1", "run_1", "sales.customer.c_id", "sales", "customer", "c_id", "column", STARTED, "combined", "high",
    -0.1, "why", "gpt", (Alternative("one"), Alternative("two", 0.5)), "pending", None, None, "", "", None, "",
    "", None, None, "", None, 1,
)  # fmt: skip


def test_a_run_has_the_columns_of_the_store_in_their_order() -> None:
    """`history show` names every column of amx_history_runs and nothing else."""
    row = run_detail_row(RunDetail(RUN, settings={"a": 1}, tokens=[1]))
    assert list(row) == [
        "run_id", "created_by", "hostname", "client_version", "local_id", "started_at", "ended_at",
        "duration_sec", "status", "command", "mode", "db_backend", "db_profile", "llm_provider", "llm_model",
        "llm_profile", "scope_json", "settings_json", "metrics_json", "tokens_json", "error_text",
        "selected_count", "planned_count", "ok_count", "fail_count", "applied_count", "review_strategy",
    ]  # fmt: skip
    assert row["started_at"] == "2026-05-03T15:44:07.000020Z"
    assert row["scope_json"] == {"sales": ["customer"]}
    assert (row["settings_json"], row["tokens_json"], row["ended_at"], row["error_text"]) == (
        {"a": 1},
        [1],
        None,
        None,
    )


def test_a_listed_run_uses_the_same_names() -> None:
    """What `history list` has of a run is what `history show` says of it."""
    whole = run_detail_row(RunDetail(RUN))
    listed = run_row(RUN)
    assert listed == {name: whole[name] for name in listed}


def test_a_scope_that_is_none_is_null() -> None:
    """A stored value that is no scope cannot be written as one."""
    assert run_row(replace(RUN, scope=Scope.from_json("rubbish")))["scope_json"] is None


def test_a_result_has_the_columns_of_the_store_in_their_order() -> None:
    """`results` holds every column of amx_history_results and nothing else."""
    row = result_row(RESULT)
    assert list(row) == [
        "result_id", "run_id", "target_qname", "schema_name", "table_name", "column_name", "asset_kind",
        "saved_at", "source", "confidence", "logprob_score", "reasoning", "model_version",
        "alternatives_json", "error_text", "evaluation", "chosen_description", "evaluated_at", "evaluated_by",
        "rejection_reason", "applied_at", "applied_by", "applied_status", "seen_comment", "previous_comment",
        "superseded_at", "version",
    ]  # fmt: skip
    assert row["alternatives_json"] == ["one", {"text": "two", "score": 0.5}]


def test_a_pending_result_is_null_as_it_is_stored() -> None:
    """Pending is the absence of a decision."""
    row = result_row(RESULT)
    assert (row["evaluation"], row["evaluated_by"], row["error_text"]) == (None, None, None)
    decided = result_row(replace(RESULT, evaluation="skipped", chosen_description="", evaluated_by="bob"))
    assert (decided["evaluation"], decided["chosen_description"], decided["evaluated_by"]) == (
        "skipped",
        "",
        "bob",
    )


def test_letters_stay_and_what_a_terminal_obeys_is_escaped() -> None:
    """The document decodes to the very text, and holds no control character but line feeds."""
    value = "Größe 日本 \x1b[2J\x9b\u202e\u2028\ud800\x00"
    text = json_text({"k": value})
    assert "Größe 日本" in text
    assert json.loads(text) == {"k": value}
    assert text.encode("utf-8")
    assert not set(text) & {"\x1b", "\x9b", "\u202e", "\u2028", "\x00"}


def test_numbers_that_json_lacks_are_null() -> None:
    """NaN and the infinities would make the document unreadable for others."""
    assert json.loads(json_text({"a": float("nan"), "b": [float("inf"), 1.5]})) == {
        "a": None,
        "b": [None, 1.5],
    }
