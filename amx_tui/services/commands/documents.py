"""Rows as JSON documents: keys named like the columns of the store, whatever its layout."""

from __future__ import annotations

from typing import cast

from amx_tui.domain.results import Alternative, Result
from amx_tui.domain.runs import JsonValue, Run, RunDetail
from amx_tui.domain.times import iso_time
from amx_tui.export.json_text import json_text

__all__ = ["json_text", "result_row", "run_detail_row", "run_row"]


def run_row(run: Run) -> dict[str, JsonValue]:
    """A run of a list."""
    return {
        "run_id": run.run_id,
        "created_by": run.created_by,
        "hostname": run.hostname,
        "local_id": run.local_id,
        "started_at": iso_time(run.started_at),
        "ended_at": iso_time(run.ended_at),
        "status": run.status,
        "command": run.command,
        "db_profile": run.db_profile or None,
        "llm_model": run.llm_model or None,
        "scope_json": _scope(run),
        "error_text": run.error_text or None,
        "ok_count": run.ok_count,
        "fail_count": run.fail_count,
        "applied_count": run.applied_count,
        "review_strategy": run.review_strategy or None,
    }


def run_detail_row(detail: RunDetail) -> dict[str, JsonValue]:
    """A run with everything that the store knows of it, in the order of the store's columns."""
    row = run_row(detail.run)
    row |= {
        "client_version": detail.client_version or None,
        "duration_sec": detail.duration_sec,
        "mode": detail.mode or None,
        "db_backend": detail.db_backend or None,
        "llm_provider": detail.llm_provider or None,
        "llm_profile": detail.llm_profile or None,
        "settings_json": detail.settings,
        "metrics_json": detail.metrics,
        "tokens_json": detail.tokens,
        "selected_count": detail.selected_count,
        "planned_count": detail.planned_count,
    }
    return {name: row[name] for name in _RUN_COLUMNS}


_RUN_COLUMNS = (
    "run_id", "created_by", "hostname", "client_version", "local_id", "started_at", "ended_at",
    "duration_sec", "status", "command", "mode", "db_backend", "db_profile", "llm_provider", "llm_model", "llm_profile",
    "scope_json", "settings_json", "metrics_json", "tokens_json", "error_text", "selected_count",
    "planned_count", "ok_count", "fail_count", "applied_count", "review_strategy",
)  # fmt: skip


def result_row(result: Result) -> dict[str, JsonValue]:
    """A result, in the order of the store's columns; texts that are absent are null."""
    return {
        "result_id": result.result_id,
        "run_id": result.run_id,
        "target_qname": result.target_qname,
        "schema_name": result.schema_name,
        "table_name": result.table_name,
        "column_name": result.column_name,
        "asset_kind": result.asset_kind,
        "saved_at": iso_time(result.saved_at),
        "source": result.source,
        "confidence": result.confidence,
        "logprob_score": result.logprob_score,
        "reasoning": result.reasoning,
        "model_version": result.model_version,
        "alternatives_json": _alternatives(result),
        "error_text": result.error_text or None,
        "evaluation": None if result.evaluation == "pending" else result.evaluation,
        "chosen_description": result.chosen_description,
        "evaluated_at": iso_time(result.evaluated_at),
        "evaluated_by": result.evaluated_by or None,
        "rejection_reason": result.rejection_reason or None,
        "applied_at": iso_time(result.applied_at),
        "applied_by": result.applied_by or None,
        "applied_status": result.applied_status or None,
        "seen_comment": result.seen_comment,
        "previous_comment": result.previous_comment,
        "superseded_at": iso_time(result.superseded_at),
        "version": result.version,
    }


def _scope(run: Run) -> JsonValue:
    """The scope as it is stored; a run that is not stored yet gives what would be."""
    if run.scope.stored is not None or not run.scope.schemas:
        return cast("JsonValue", run.scope.stored)
    return {schema: list(tables) for schema, tables in run.scope.schemas}


def _alternatives(result: Result) -> JsonValue:
    """The alternatives as they are stored; a result that is not stored yet gives what would be."""
    if result.stored_alternatives is not None:
        return cast("JsonValue", result.stored_alternatives)
    return [_alternative(alternative) for alternative in result.alternatives]


def _alternative(alternative: Alternative) -> JsonValue:
    if alternative.score is None:
        return alternative.text
    return {"text": alternative.text, "score": alternative.score}
