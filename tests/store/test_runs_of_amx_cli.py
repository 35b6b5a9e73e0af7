"""The store that amx-cli 0.19 itself made: listed, opened, searched and hashed like our own.

What is expected is computed here from the rows as psycopg gives them, by other means than the program's.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from amx_tui.domain.digest import descriptions_hash
from amx_tui.domain.results import ResultCursor, ResultFilter
from amx_tui.domain.runs import RunFilter
from amx_tui.domain.scope import Scope
from amx_tui.store.tables import build_tables
from tests.servers import PostgresHost
from tests.store.histories import History, opened
from tests.store.hosts import connected

pytestmark = pytest.mark.postgresql


@pytest.fixture
async def store(amx_cli_store: PostgresHost) -> AsyncIterator[History]:
    """Open the store."""
    tables = build_tables("amx_cli", backend_name="postgresql", schema="AMX")
    async with connected(amx_cli_store) as database:
        yield opened(database, tables)


def _runs(host: PostgresHost) -> list[tuple[Any, ...]]:
    return host.sync_execute(
        "SELECT id, created_by, hostname, status, scope_json, local_id, started_at"
        ' FROM "AMX".analysis_runs ORDER BY started_at DESC, id DESC'
    )


def _results(host: PostgresHost, run_id: str) -> list[dict[str, Any]]:
    names = (
        "id", "schema_name", "table_name", "column_name", "saved_at", "alternatives_json", "evaluation",
        "chosen_description", "superseded_at", "db_applied_status", "confidence",
    )  # fmt: skip
    rows = host.sync_execute(f'SELECT {", ".join(names)} FROM "AMX".run_results WHERE run_id = %s', (run_id,))
    return [dict(zip(names, row, strict=True)) for row in rows]


def _name(row: dict[str, Any]) -> str:
    parts = [row["schema_name"], row["table_name"], row["column_name"]]
    plain = re.compile("[A-Za-z_][A-Za-z0-9_$]*")
    return ".".join(
        part if plain.fullmatch(part) else '"' + part.replace('"', '""') + '"' for part in parts if part
    )


def _texts(alternatives: Any) -> list[str]:
    return [item if isinstance(item, str) else item["text"] for item in alternatives]


async def test_the_list_has_all_twenty_runs(store: History, amx_cli_store: PostgresHost) -> None:
    """Newest first, with who, scope, status, number, and counts that no column holds."""
    expected = _runs(amx_cli_store)
    assert len(expected) == 20
    page = await store.runs.page(count=True)
    assert page.total == 20
    assert [run.run_id for run in page.runs] == [row[0] for row in expected]
    assert await store.all_ids(limit=7) == [row[0] for row in expected]
    results = 0
    for run, row in zip(page.runs, expected, strict=True):
        assert (run.created_by, run.hostname, run.status) == row[1:4]
        assert (run.scope, run.local_id, run.started_at) == (Scope.from_json(row[4]), row[5], row[6])
        rows = _results(amx_cli_store, run.run_id)
        ok = sum(1 for result in rows if result["alternatives_json"])
        assert (run.ok_count, run.fail_count) == (ok, len(rows) - ok)
        results += len(rows)
    assert results == 573


async def test_every_run_opens_with_all_its_results(store: History, amx_cli_store: PostgresHost) -> None:
    """Facts, counts and results in order, page after page."""
    for row in _runs(amx_cli_store):
        stored = _results(amx_cli_store, row[0])
        opening = await store.runs.open(row[0], limit=10)
        decisions = [result["evaluation"] or "pending" for result in stored]
        assert opening.counts.total == len(stored)
        for state in ("pending", "accepted", "custom", "skipped"):
            assert getattr(opening.counts, state) == decisions.count(state), state
        applied = [result["db_applied_status"] for result in stored].count("applied")
        assert opening.counts.applied == applied
        ids = [result.result_id for result in opening.page.results]
        page = opening.page
        while page.has_after:
            cursor = ResultCursor.of(page.results[-1])
            page = await store.results.page(row[0], cursor=cursor, limit=10)
            ids += [result.result_id for result in page.results]
        key = ("schema_name", "table_name", "column_name", "id")
        stored.sort(key=lambda result: tuple((result[name] or "").encode() for name in key))
        assert ids == [result["id"] for result in stored]


async def test_the_settings_and_tokens_of_a_run_are_read(store: History, amx_cli_store: PostgresHost) -> None:
    """What the run screen shows besides results is there, decoded."""
    for run_id, settings, tokens, metrics, duration in amx_cli_store.sync_execute(
        'SELECT id, settings_json, tokens_json, metrics_json, duration_sec FROM "AMX".analysis_runs'
    ):
        detail = await store.runs.detail(run_id)
        assert (detail.settings, detail.tokens, detail.metrics) == (settings, tokens, metrics)
        assert detail.duration_sec == duration


async def test_the_hash_of_every_run_is_that_of_its_rows(store: History, amx_cli_store: PostgresHost) -> None:
    """The newest result of each asset that is not superseded, by its decision, as the design has it."""
    hashes = set()
    for row in _runs(amx_cli_store):
        newest: dict[str, dict[str, Any]] = {}
        stored = _results(amx_cli_store, row[0])
        for result in sorted(stored, key=lambda result: (result["saved_at"], result["id"])):
            if result["superseded_at"] is None:
                newest[_name(result)] = result
        pairs: list[list[str | None]] = []
        for name, result in newest.items():
            drafts = _texts(result["alternatives_json"])
            description = drafts[0] if drafts else None
            if result["evaluation"] in {"accepted", "custom"}:
                description = result["chosen_description"]
            elif result["evaluation"] == "skipped":
                description = None
            pairs.append([name, description])
        pairs.sort(key=lambda pair: str(pair[0]).encode("utf-32-be"))
        document = json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))
        expected = hashlib.sha256(document.encode()).hexdigest()
        assert descriptions_hash(await store.results.descriptions(row[0])) == expected
        hashes.add(expected)
    assert len(hashes) > 10


async def test_filters_find_what_reading_finds(store: History, amx_cli_store: PostgresHost) -> None:
    """Members, statuses, times, scopes and texts, each against a plain reading of all runs."""
    runs = _runs(amx_cli_store)
    members, statuses = await store.runs.members_and_statuses()
    assert list(members) == sorted({row[1] for row in runs})
    assert list(statuses) == sorted({row[3] for row in runs})
    for who in members:
        assert await store.all_ids(RunFilter(who=who)) == [row[0] for row in runs if row[1] == who]
    for status in statuses:
        assert await store.all_ids(RunFilter(status=status)) == [row[0] for row in runs if row[3] == status]
    since = runs[9][6]
    found = await store.all_ids(RunFilter(since=since, until=since + timedelta(days=3)))
    assert found == [row[0] for row in runs if since <= row[6] <= since + timedelta(days=3)]
    for scope in ("sales", "hr", "finance.ledger_entry", "catalog.product", "nothing"):
        schema, table, *_ = (*scope.split("."), "")
        expected = [row[0] for row in runs if schema in row[4] and (not table or table in row[4][schema])]
        assert await store.all_ids(RunFilter(scope=scope)) == expected, scope
    for text in ("LEDGER", "carol", "o_customer_id", "sales.orders.", "8c09786b", "zzz"):
        expected = []
        for row in runs:
            names = [_name(result) for result in _results(amx_cli_store, row[0])]
            texts = [
                row[0],
                row[1],
                *names,
                *row[4],
                *(table for tables in row[4].values() for table in tables),
            ]
            if any(text.lower() in found.lower() for found in texts):
                expected.append(row[0])
        assert await store.all_ids(RunFilter(text=text)) == expected, text


async def test_runs_are_found_by_the_numbers_that_people_know(
    store: History, amx_cli_store: PostgresHost
) -> None:
    """amx-cli shows a run by its number on a host; every such name leads to its run."""
    for run_id, _, hostname, _, _, local_id, _ in _runs(amx_cli_store):
        assert await store.runs.resolve(f"#{local_id}@{hostname}") == run_id
        assert await store.runs.resolve(run_id[:8]) == run_id


async def test_a_result_is_read_in_full(store: History, amx_cli_store: PostgresHost) -> None:
    """Alternatives, reasoning and confidence are those of the row."""
    rows = amx_cli_store.sync_execute(
        'SELECT id, alternatives_json, reasoning, confidence, logprob_score FROM "AMX".run_results'
        " ORDER BY id LIMIT 40"
    )
    for result_id, alternatives, reasoning, confidence, score in rows:
        result = await store.results.get(result_id)
        assert [alternative.text for alternative in result.alternatives] == _texts(alternatives)
        assert (result.reasoning, result.confidence, result.logprob_score) == (reasoning, confidence, score)
        page = await store.results.page(result.run_id, ResultFilter(table=result.target_qname))
        assert result_id in {found.result_id for found in page.results}


async def test_the_run_that_never_ended_says_so(store: History, amx_cli_store: PostgresHost) -> None:
    """The one run that is `running` since days is explained, the others have nothing to explain."""
    doubtful = {
        row[0]: notes for row in _runs(amx_cli_store) if (notes := (await store.runs.detail(row[0])).notes)
    }
    assert [row[0] for row in _runs(amx_cli_store) if row[3] == "running"] == list(doubtful)
    ((note,),) = doubtful.values()
    assert "probably ended without saying so" in note


async def test_json_that_jsonb_cannot_hold_fails_nothing(store: History, amx_cli_store: PostgresHost) -> None:
    """NULs, halves of pairs and numbers beyond measure are valid JSON to PostgreSQL, and come through."""
    (first, second, third, fourth, *_) = [row[0] for row in _runs(amx_cli_store)]
    odd = {
        first: r'{"sales": ["\u0000"]}',
        second: r'{"sales": ["\ud800"]}',
        third: '{"sales": [1e999999]}',
        fourth: r'{"\ud83d\ude00": ["größe"]}',
    }
    for run_id, scope in odd.items():
        amx_cli_store.sync_execute(
            'UPDATE "AMX".analysis_runs SET scope_json = %s WHERE id = %s', (scope, run_id)
        )
        amx_cli_store.sync_execute(
            'UPDATE "AMX".run_results SET alternatives_json = %s WHERE run_id = %s',
            (r'["a\u0000b", "\ud800"]', run_id),
        )
    page = await store.runs.page()
    assert len(page.runs) == 20
    assert {run.fail_count for run in page.runs if run.run_id in odd} == {0}
    assert await store.all_ids(RunFilter(scope="😀.größe")) == [fourth]
    assert len(await store.all_ids(RunFilter(scope="sales"))) > 1
    assert await store.all_ids(RunFilter(text="😀")) == [fourth]
    for run_id in odd:
        opening = await store.runs.open(run_id)
        assert {result.description for result in opening.page.results if result.evaluation == "pending"} <= {
            "a\x00b"
        }
        descriptions_hash(await store.results.descriptions(run_id))
