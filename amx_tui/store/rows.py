"""From rows of the store to the objects of the domain: nothing that is stored can make a row fail."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.names import join_name
from amx_tui.domain.results import Result, ResultCounts, decision_state, parse_alternatives
from amx_tui.domain.runs import Run, RunDetail
from amx_tui.domain.scope import Scope
from amx_tui.domain.times import UNKNOWN_TIME
from amx_tui.store.json_sql import json_text
from amx_tui.store.tables import Tables, load_json

__all__ = [
    "LIST_TEXT",
    "close_json",
    "detail_columns",
    "read_counts",
    "read_detail",
    "read_result",
    "read_run",
    "result_columns",
    "run_columns",
    "text_of",
]

Row = Mapping[str, Any] | sa.RowMapping

LIST_TEXT = 400
"""Characters of a long text that a list carries; rows read one by one have all of it."""
_LIST_JSON = 2000
_HALF_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\Z")

_RUN_NAMES = (
    "run_id", "created_by", "hostname", "started_at", "status", "scope_json", "ok_count", "fail_count",
    "command", "local_id", "ended_at", "db_profile", "llm_model", "applied_count", "review_strategy",
)  # fmt: skip
_DETAIL_NAMES = (
    "client_version", "duration_sec", "mode", "db_backend", "llm_provider", "llm_profile",
    "selected_count", "planned_count", "settings_json", "metrics_json", "tokens_json",
)  # fmt: skip
_RESULT_NAMES = (
    "result_id", "run_id", "target_qname", "schema_name", "table_name", "column_name", "asset_kind",
    "saved_at", "source", "confidence", "logprob_score", "model_version", "evaluation", "evaluated_at",
    "evaluated_by", "applied_at", "applied_by", "applied_status", "superseded_at", "version",
)  # fmt: skip
_LONG_NAMES = (
    "reasoning", "chosen_description", "rejection_reason", "seen_comment", "previous_comment", "error_text",
)  # fmt: skip


@functools.lru_cache(maxsize=8)
def run_columns(tables: Tables) -> tuple[sa.ColumnElement[Any], ...]:
    """Return what a list reads of a run, labelled with the names of the layout `document`."""
    columns = [_run_column(tables, name) for name in _RUN_NAMES]
    return (*columns, _beginning(tables, tables.run_column("error_text")).label("error_text"))


@functools.lru_cache(maxsize=8)
def detail_columns(tables: Tables) -> tuple[sa.ColumnElement[Any], ...]:
    """Return all that is known of a run, labelled likewise."""
    return tuple(_run_column(tables, name) for name in (*_RUN_NAMES, *_DETAIL_NAMES, "error_text"))


@functools.lru_cache(maxsize=16)
def result_columns(tables: Tables, *, is_cut: bool) -> tuple[sa.ColumnElement[Any], ...]:
    """Return the columns of a result, labelled likewise; `is_cut` reads the beginnings of long texts alone."""
    columns = [_labelled(tables.result_column(name), name) for name in _RESULT_NAMES]
    for name in _LONG_NAMES:
        column = tables.result_column(name)
        columns.append(_beginning(tables, column).label(name) if is_cut else _labelled(column, name))
    alternatives = json_text(tables, tables.results.c.alternatives_json)
    if is_cut:
        alternatives = _beginning(tables, alternatives, _LIST_JSON)
    return (*columns, alternatives.label("alternatives_json"))


def _run_column(tables: Tables, name: str) -> sa.ColumnElement[Any]:
    column = tables.run_column(name)
    if name == "created_by" and column is not None and tables.layout == "amx_cli":
        # Lists are sorted by it, and NULL has no place in an order.
        column = sa.func.coalesce(column, "")
    return _labelled(column, name)


def _labelled(column: sa.ColumnElement[Any] | None, name: str) -> sa.ColumnElement[Any]:
    return (sa.null() if column is None else column).label(name)


def _beginning(
    tables: Tables, column: sa.ColumnElement[Any] | None, length: int = LIST_TEXT
) -> sa.ColumnElement[Any]:
    """One character more than is shown says whether there is more."""
    if column is None:
        return sa.null()
    start = sa.func.substr(column, 1, length + 1, type_=sa.Text)
    if tables.backend_name == "sqlite":
        # SQLite's substr ends at a NUL; whole texts do not.
        is_short = sa.func.length(sa.cast(column, sa.LargeBinary)) <= length
        return sa.case((is_short, sa.type_coerce(column, sa.Text)), else_=start)
    return start


def read_run(row: Row) -> Run:
    """Read a run from `run_columns` or `detail_columns`."""
    return Run(
        run_id=text_of(row["run_id"]),
        created_by=text_of(row["created_by"]),
        hostname=text_of(row["hostname"]),
        started_at=_time(row["started_at"]) or UNKNOWN_TIME,
        status=text_of(row["status"]),
        scope=Scope.from_json(row["scope_json"]),
        ok_count=_count(row["ok_count"]),
        fail_count=_count(row["fail_count"]),
        command=text_of(row["command"]),
        local_id=_integer(row["local_id"]),
        ended_at=_time(row["ended_at"]),
        db_profile=text_of(row["db_profile"]),
        llm_model=text_of(row["llm_model"]),
        applied_count=_count(row["applied_count"]),
        review_strategy=text_of(row["review_strategy"]),
        error_text=text_of(row["error_text"]),
    )


def read_detail(row: Row, *, notes: tuple[str, ...] = ()) -> RunDetail:
    """Read a run's facts from `detail_columns`."""
    return RunDetail(
        run=read_run(row),
        client_version=text_of(row["client_version"]),
        duration_sec=_number(row["duration_sec"]),
        mode=text_of(row["mode"]),
        db_backend=text_of(row["db_backend"]),
        llm_provider=text_of(row["llm_provider"]),
        llm_profile=text_of(row["llm_profile"]),
        selected_count=_count(row["selected_count"]),
        planned_count=_count(row["planned_count"]),
        settings=row["settings_json"],
        metrics=row["metrics_json"],
        tokens=row["tokens_json"],
        notes=notes,
    )


def read_result(row: Row, *, is_cut: bool) -> Result:
    """Read a result from `result_columns`."""
    longs = {name: row[name] for name in _LONG_NAMES}
    texts = {name: None if value is None else text_of(value) for name, value in longs.items()}
    alternatives = text_of(row["alternatives_json"])
    was_cut = is_cut and (
        len(alternatives) > _LIST_JSON or any(len(text) > LIST_TEXT for text in texts.values() if text)
    )
    if is_cut:
        texts = {name: text and text[:LIST_TEXT] for name, text in texts.items()}
    if is_cut and len(alternatives) > _LIST_JSON:
        alternatives = close_json(alternatives)
    schema, table, column = (text_of(row[name]) for name in ("schema_name", "table_name", "column_name"))
    stored = load_json(alternatives)
    return Result(
        result_id=text_of(row["result_id"]),
        run_id=text_of(row["run_id"]),
        target_qname=text_of(row["target_qname"]) or join_name((schema, table, column)),
        schema_name=schema,
        table_name=table,
        column_name=column,
        asset_kind=text_of(row["asset_kind"]),
        saved_at=_time(row["saved_at"]),
        source=text_of(row["source"]),
        confidence=text_of(row["confidence"]),
        logprob_score=_number(row["logprob_score"]),
        reasoning=texts["reasoning"] or "",
        model_version=text_of(row["model_version"]),
        alternatives=parse_alternatives(stored),
        evaluation=decision_state(text_of(row["evaluation"])),
        chosen_description=texts["chosen_description"],
        evaluated_at=_time(row["evaluated_at"]),
        evaluated_by=text_of(row["evaluated_by"]),
        rejection_reason=texts["rejection_reason"] or "",
        applied_at=_time(row["applied_at"]),
        applied_by=text_of(row["applied_by"]),
        applied_status=text_of(row["applied_status"]),
        seen_comment=texts["seen_comment"],
        previous_comment=texts["previous_comment"],
        error_text=texts["error_text"] or "",
        superseded_at=_time(row["superseded_at"]),
        version=_integer(row["version"]),
        is_cut=was_cut,
        stored_alternatives=stored,
    )


def read_counts(row: Row) -> ResultCounts:
    """Read counts from columns called like the fields of `ResultCounts`."""
    return ResultCounts(
        total=_count(row["total"]),
        pending=_count(row["pending"]),
        accepted=_count(row["accepted"]),
        custom=_count(row["custom"]),
        skipped=_count(row["skipped"]),
        failed=_count(row["failed"]),
        applied=_count(row["applied"]),
    )


def close_json(text: str) -> str:
    """Make JSON again of a JSON text whose end was cut off, losing as little of its end as possible.

    A text that was cut keeps its beginning; a pair or a value that is not whole any more goes.
    """
    closers: list[str] = []
    whole_until: list[tuple[int, str]] = []
    is_text = is_escaped = False
    for position, character in enumerate(text):
        if is_text:
            is_text = is_escaped or character != '"'
            is_escaped = character == "\\" and not is_escaped
        elif character == '"':
            is_text = True
        elif character in "[{":
            closers.append("]" if character == "[" else "}")
            whole_until.append((position + 1, "".join(reversed(closers))))
        elif character in "]}" and closers:
            closers.pop()
        elif character == ",":
            whole_until.append((position, "".join(reversed(closers))))
    end = "".join(reversed(closers))
    whole_until.append((len(text), end))
    if is_text:
        # An escape sequence of up to twelve characters (a surrogate pair) may be cut in two.
        for missing in range(13):
            kept = text[: len(text) - missing]
            candidate = f'{kept}"{end}'
            if not _HALF_PAIR.search(kept) and _is_json(candidate):
                return candidate
    candidates = (text[:position] + closing for position, closing in reversed(whole_until[-50:]))
    return next((candidate for candidate in candidates if _is_json(candidate)), text)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def text_of(value: object) -> str:
    """Read a text; SQLite puts into any column what it is given."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if isinstance(value, str) else str(value)


def _time(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _integer(value: object) -> int | None:
    try:
        return int(value)  # type: ignore[call-overload,no-any-return]  # whatever is no number raises
    except (TypeError, ValueError, OverflowError):
        return None


def _count(value: object) -> int:
    return _integer(value) or 0


def _number(value: object) -> float | None:
    try:
        return float(value)  # type: ignore[arg-type]  # whatever is no number raises
    except (TypeError, ValueError, OverflowError):
        return None
