"""Runs, results and applications in the layout `document`."""

from __future__ import annotations

import sqlalchemy as sa

from amx_tui.store.tables.columns import RUN_ID_LENGTH, column, count, text, version
from amx_tui.store.tables.types import ColumnTypes

__all__ = ["applications", "results", "runs"]


def runs(metadata: sa.MetaData, types: ColumnTypes) -> sa.Table:
    """One row a run."""
    table = sa.Table(
        "amx_history_runs",
        metadata,
        column("run_id", types.id(RUN_ID_LENGTH), "run_<UTC date>_<hour-minute>-<number>", primary_key=True),
        text("created_by", types.name(), "Member who ran it"),
        text("hostname", types.name(), "Machine that it ran on"),
        text("client_version", types.name(40), "Version of the program that ran it"),
        column("local_id", sa.BigInteger, "Number of the run in the local store it came from"),
        column("started_at", types.time(), "When it began, UTC", nullable=False),
        column("ended_at", types.time(), "When it ended, UTC; NULL while it runs"),
        column("duration_sec", sa.Double, "Seconds that it took"),
        text(
            "status", types.name(40), "running, ready_for_review, success, failed, cancelled, applied_partial"
        ),
        text("command", types.name(80), "Command that started it"),
        text("mode", types.name(40), "chat or batch"),
        text("db_backend", types.name(40), "Backend of the described database"),
        text("db_profile", types.name(), "Profile of the described database"),
        text("llm_provider", types.name(40), "Provider of the language model"),
        text("llm_model", types.name(), "Language model"),
        text("llm_profile", types.name(), "Profile of the language model"),
        column("scope_json", types.json(), "Schemas and their tables that were asked for"),
        column("settings_json", types.json(), "Settings of the run"),
        column("metrics_json", types.json(), "Measurements of the run"),
        column("tokens_json", types.json(), "Tokens spent"),
        column("error_text", types.text(), "Why it failed"),
        count("selected_count", "Assets selected"),
        count("planned_count", "Assets planned"),
        count("ok_count", "Results with a description"),
        count("fail_count", "Results without any"),
        count("applied_count", "Results written into the database"),
        text("review_strategy", types.name(40), "one-by-one, accept-all-high, accept-all or reject-all"),
        comment="AMX: one row per run",
    )
    for leading in ("", "created_by", "status"):
        columns = [table.c[leading]] if leading else []
        name = f"ix_amx_history_runs_{leading or 'started_at'}"
        sa.Index(name, *columns, table.c.started_at, table.c.run_id)
    return table


def results(metadata: sa.MetaData, types: ColumnTypes) -> sa.Table:
    """One row an asset that a run described."""
    table = sa.Table(
        "amx_history_results",
        metadata,
        column("result_id", types.id(), "UUID", primary_key=True),
        column("run_id", types.id(RUN_ID_LENGTH), "Run that drafted it", nullable=False),
        text("target_qname", types.name(1024), "Qualified name of the asset"),
        text("schema_name", types.asset_name(), "Schema of the asset"),
        text("table_name", types.asset_name(), "Table of the asset; empty for a schema"),
        text("column_name", types.asset_name(), "Column; empty for a table or schema"),
        text("asset_kind", types.name(40), "schema, table, view, column"),
        column("saved_at", types.time(), "When it was drafted, UTC"),
        text("source", types.name(40), "What drafted it"),
        text("confidence", types.name(20), "high, medium or low"),
        column("logprob_score", sa.Double, "Score of the first alternative"),
        column("reasoning", types.text(), "Why the model drafted it so"),
        text("model_version", types.name(120), "Exact version of the language model"),
        column("alternatives_json", types.json(), "Ranked drafts, the best first"),
        column("error_text", types.text(), "Why nothing was drafted"),
        column("evaluation", types.name(40), "NULL pending, else accepted, custom or skipped"),
        column("chosen_description", types.text(), "Description decided on; empty if rejected"),
        column("evaluated_at", types.time(), "When it was decided, UTC"),
        column("evaluated_by", types.name(), "Member who decided"),
        column("rejection_reason", types.text(), "Why it was rejected"),
        column("applied_at", types.time(), "When it was written into the database, UTC"),
        column("applied_by", types.name(), "Member who wrote it there"),
        text("applied_status", types.name(40), "Empty, applied or failed"),
        column("seen_comment", types.text(), "Comment in the database when the run drafted"),
        column("previous_comment", types.text(), "Comment that applying replaced"),
        column("superseded_at", types.time(), "When a later run replaced it, UTC"),
        version(),
        comment="AMX: one row per asset that a run described",
    )
    sa.Index("ix_amx_history_results_run_id", table.c.run_id)
    # InnoDB indexes at most 3,072 bytes; a lookup by name needs no more than a long prefix.
    sa.Index("ix_amx_history_results_target", table.c.target_qname, **types.index_prefix(target_qname=700))
    sa.Index(
        "ix_amx_history_results_page",
        table.c.run_id,
        table.c.schema_name,
        table.c.table_name,
        table.c.column_name,
        table.c.result_id,
    )
    return table


def applications(metadata: sa.MetaData, types: ColumnTypes) -> sa.Table:
    """One row an attempt to write one comment."""
    table = sa.Table(
        "amx_history_applications",
        metadata,
        column("application_id", types.id(), "UUID", primary_key=True),
        column("result_id", types.id(), "Result whose description is written", nullable=False),
        column("run_id", types.id(RUN_ID_LENGTH), "Run of that result", nullable=False),
        text("db_profile", types.name(), "Profile of the database written to"),
        text("db_backend", types.name(40), "Backend of the database written to"),
        text("db_place", types.name(1024), "Where that database is: its host and name, or its file"),
        text("target_qname", types.name(1024), "Qualified name of the asset"),
        text("schema_name", types.asset_name(), "Schema of the asset"),
        text("table_name", types.asset_name(), "Table of the asset; empty for a schema"),
        text("column_name", types.asset_name(), "Column; empty for a table or schema"),
        text("asset_kind", types.name(40), "schema, table, view, column"),
        text("action", types.name(10), "apply, or undo: what was there before comes back"),
        text("undoes_id", types.id(), "Application that is undone; empty unless action is undo"),
        column("intended_at", types.time(), "When it was about to be written, UTC", nullable=False),
        text("applied_by", types.name(), "Member who writes"),
        text("hostname", types.name(), "Machine of that member"),
        text("session_id", types.id(), "Session that writes, by which a crashed one is known"),
        text("client_version", types.name(40), "Version of the program"),
        column("old_comment", types.text(), "Comment found in the database"),
        column("new_comment", types.text(), "Comment to be written"),
        text("status", types.name(40), "intended, then applied, failed, skipped (not written) or unknown"),
        column("finished_at", types.time(), "When the outcome was known, UTC"),
        column("error_text", types.text(), "Why it failed"),
        comment="AMX: one row per attempt to write one comment",
    )
    sa.Index("ix_amx_history_applications_run_id", table.c.run_id, table.c.intended_at)
    sa.Index("ix_amx_history_applications_status", table.c.status, table.c.intended_at)
    sa.Index("ix_amx_history_applications_db_profile", table.c.db_profile, table.c.intended_at)
    return table
