"""The rows of a benchmark's store, generated inside the database from nothing but their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

__all__ = [
    "BIG_RUN",
    "COMMON_TEXT",
    "MIDDLING_TEXT",
    "RARE_TEXT",
    "SEARCH_INDEXES",
    "SEARCH_TABLES",
    "run_id",
    "statements",
]

Dialect = Literal["sqlite", "postgresql"]

COMMON_TEXT = "customer"
"""In the scope of four runs out of five."""
MIDDLING_TEXT = "customer_077"
"""In the scope of one run out of five hundred."""
RARE_TEXT = "zebra"
"""In the scopes of a handful of runs."""
BIG_RUN = "run_2026-05-31_23-30-001"
"""The tenth newest run; the results that are all in one run are in this one."""

SEARCH_INDEXES = ("ix_amx_history_runs_search", "ix_amx_history_results_search")
SEARCH_TABLES = ("amx_search_runs", "amx_search_names")

_RESULTS_A_TABLE = 100

_RUNS = """
INSERT INTO amx_history_runs (run_id, created_by, hostname, client_version, started_at, ended_at, duration_sec,
  status, command, mode, db_backend, db_profile, llm_provider, llm_model, llm_profile, scope_json, settings_json,
  tokens_json, selected_count, planned_count, ok_count, fail_count, review_strategy)
SELECT {run_id}, 'member' || (i % 20) || '@acme.com', 'host-' || (i % 20), '0.1.0', {started}, {ended}, 90.0,
  CASE i % 10 WHEN 3 THEN 'failed' WHEN 5 THEN 'ready_for_review' WHEN 8 THEN 'applied_partial'
    ELSE 'success' END,
  'analyze.run', 'chat', 'postgresql', 'prod-pg', 'openai', 'gpt-4o', 'default',
  {json}(CASE WHEN i % 333333 = 500 THEN '{{"sales": ["zebra_stripes"]}}'
    WHEN i % 5 = 4 THEN '{{"finance": ["ledger_' || (i % 300) || '"]}}'
    ELSE '{{"sales": ["customer_' || {padded} || '"]}}' END),
  {json}('{{"temperature": 0.2, "review_strategy": "one-by-one"}}'),
  {json}('{{"prompt": 1200, "completion": 800}}'),
  40, 40, i % 97, i % 7, 'one-by-one'
FROM ({numbers}) AS numbered
"""

_RESULTS = """
INSERT INTO amx_history_results (result_id, run_id, target_qname, schema_name, table_name, column_name,
  asset_kind, saved_at, source, confidence, logprob_score, reasoning, model_version, alternatives_json,
  evaluation, chosen_description, applied_status)
SELECT {result_id}, {of_run}, 'sales.' || {table} || '.column_' || (i % {a_table}), 'sales', {table},
  'column_' || (i % {a_table}), 'column', {moment}, 'combined',
  CASE i % 3 WHEN 0 THEN 'high' WHEN 1 THEN 'medium' ELSE 'low' END, -0.25,
  'The name, its neighbours and a sample of its values agree with what the profile of the table says.',
  'gpt-4o-2024-08-06',
  {json}('["Number ' || i || ' of the customer, as the order system knows it.", "Customer number."]'),
  CASE i % 5 WHEN 0 THEN 'accepted' WHEN 1 THEN 'skipped' ELSE NULL END,
  CASE i % 5 WHEN 0 THEN 'Number ' || i || ' of the customer, as the order system knows it.' WHEN 1 THEN ''
    ELSE NULL END, ''
FROM ({numbers}) AS numbered
"""


def run_id(number: int) -> str:
    """The id of the run that is so many below the newest one."""
    started = datetime(2026, 6, 1, tzinfo=UTC) - timedelta(minutes=3 * number)
    return f"run_{started:%Y-%m-%d_%H-%M}-001"


def statements(dialect: Dialect, runs: int) -> Iterator[str]:
    """Give the statements that fill an empty store.

    A tenth as many results as runs are in one run, or as many as runs where those are few; and every
    twentieth run has four.

    Args:
        dialect: For which backend.
        runs: How many runs, one every three minutes back from the end of May 2026.
    """
    words = _SQLITE if dialect == "sqlite" else _POSTGRESQL
    yield _RUNS.format(**words, numbers=words["series"].format(first=0, last=runs - 1))
    big = max(runs // 10, min(runs, 1_000))
    for first, last, of_run, prefix in (
        (0, big - 1, f"'{BIG_RUN}'", "1"),
        (0, runs // 5 - 1, words["twentieth"], "2"),
    ):
        yield _RESULTS.format(
            json=words["json"],
            numbers=words["series"].format(first=first, last=last),
            result_id=words["result_id"].format(prefix=prefix),
            of_run=of_run,
            table=words["table"].format(a_table=_RESULTS_A_TABLE),
            moment=words["moment"],
            a_table=_RESULTS_A_TABLE,
        )


_SQLITE = {
    "json": "",
    "series": (
        "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) SELECT i FROM n"
    ),
    "run_id": "strftime('run_%Y-%m-%d_%H-%M-001', '2026-06-01 00:00', '-' || (i * 3) || ' minutes')",
    "started": "strftime('%Y-%m-%dT%H:%M:%S.000000Z', '2026-06-01 00:00', '-' || (i * 3) || ' minutes')",
    "ended": "strftime('%Y-%m-%dT%H:%M:%S.000000Z', '2026-06-01 00:01', '-' || (i * 3) || ' minutes')",
    "moment": "'2026-06-01T00:00:00.000000Z'",
    "padded": "printf('%03d', i % 500)",
    "table": "printf('table_%04d', i / {a_table})",
    "result_id": "printf('%08x-0000-4000-8000-00000000000{prefix}', i)",
    "twentieth": "strftime('run_%Y-%m-%d_%H-%M-001', '2026-06-01 00:00', '-' || (i / 4 * 60) || ' minutes')",
}
_STAMP = '"YYYY-MM-DD_HH24-MI"'
_POSTGRESQL = {
    "json": "jsonb",
    "series": "SELECT generate_series({first}, {last}) AS i",
    "run_id": (
        "'run_' || to_char(timestamp '2026-06-01' - i * interval '3 minutes', 'YYYY-MM-DD_HH24-MI') || '-001'"
    ),
    "started": "timestamptz '2026-06-01 00:00Z' - i * interval '3 minutes'",
    "ended": "timestamptz '2026-06-01 00:01Z' - i * interval '3 minutes'",
    "moment": "timestamptz '2026-06-01 00:00Z'",
    "padded": "lpad((i % 500)::text, 3, '0')",
    "table": "('table_' || lpad((i / {a_table})::text, 4, '0'))",
    "result_id": "lpad(to_hex(i), 8, '0') || '-0000-4000-8000-00000000000{prefix}'",
    "twentieth": (
        "'run_' || to_char(timestamp '2026-06-01' - (i / 4) * interval '60 minutes', 'YYYY-MM-DD_HH24-MI') || '-001'"
    ),
}
