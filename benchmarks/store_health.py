"""Looking for faults in a large store, mending half of it, and taking that back, on PostgreSQL in amx-cli's layout.

Half of the store's runs were uploaded once more by a newcomer, which is the fault that costs most to look at: the
results of both sides are compared. What it holds in memory is the most that Python had allocated at once meanwhile.
"""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from pathlib import Path
from typing import Any

from amx_tui.config.model import Profile
from amx_tui.domain.identity import Identity
from amx_tui.services.doctor.health import Examination
from amx_tui.services.workspace import Workspace
from benchmarks.harness import Row, cache_folder, heading, parser, print_rows
from benchmarks.stores import FAST, PostgresStores, home_environment, postgres_home, postgresql

_DATABASE = "amx_health"
_STORE = Path(__file__).resolve().parents[1] / "tests" / "data" / "amx_cli_store.sql"
_MEMBERS = """
UPDATE "AMX"._amx_users SET first_seen_at = '2025-01-01' WHERE hostname = 'lead-laptop';
INSERT INTO "AMX"._amx_users (id, username, hostname, role, first_seen_at, last_seen_at)
VALUES ('newcomer', 'eve', 'eve-laptop', 'viewer', '2026-05-05', '2026-05-05');
"""
_RUNS = """
INSERT INTO "AMX".analysis_runs (id, started_at, ended_at, status, command, mode, db_profile, selected_count,
  planned_count, processed_count, applied_count, created_by, hostname, local_id)
SELECT md5(who || i)::uuid::text, timestamptz '2025-02-01 09:00:00.123+00' + i * interval '7 minutes',
  timestamptz '2025-02-01 09:05:00.123+00' + i * interval '7 minutes', 'success', 'analyze.run', 'batch', 'prod-pg',
  1, {results}, {results}, 0, who, host, 1000 + i
FROM generate_series(1, {half}) AS i, (VALUES ('alice', 'lead-laptop'), ('eve', 'eve-laptop')) AS m (who, host)
"""
_RESULTS = """
INSERT INTO "AMX".run_results (id, run_id, saved_at, schema_name, table_name, column_name, asset_kind, source,
  confidence, model_version, alternatives_json, evaluation, chosen_description, evaluated_at, catalog_status,
  db_applied_status, effective_source_kind, rejection_reason, reasoning, hostname, local_id)
SELECT md5(who || i || '.' || r)::uuid::text, md5(who || i)::uuid::text, '2025-02-01', 'sales', 'table_' || i,
  'column_' || r, 'column', 'combined', 'high', 'gpt-4o',
  json_build_array('Number ' || r || ' of the customer, as the order system knows it; it is unique.', 'A number.'),
  CASE WHEN r % 2 = 0 THEN 'accepted' END, CASE WHEN r % 2 = 0 THEN 'A number.' END,
  CASE WHEN r % 2 = 0 THEN timestamptz '2025-02-02' END, '', '', '', '',
  'The name, its neighbours and a sample of its values agree with what the profile of the table says.',
  host, 10000 + i * {results} + r
FROM generate_series(1, {half}) AS i, generate_series(1, {results}) AS r,
  (VALUES ('alice', 'lead-laptop'), ('eve', 'eve-laptop')) AS m (who, host)
"""


def main() -> None:
    """Measure, and print the tables."""
    made = parser(__doc__ or "", rounds=3)
    made.add_argument("--runs", type=int, default=1_000, help="runs of the store, half of them copies")
    made.add_argument("--results", type=int, default=100, help="results of each run")
    made.add_argument("--cache", default="/tmp/amx-bench-health", help="where the database is kept")
    given = made.parse_args()
    folder = cache_folder(given.cache)
    with postgresql(folder, FAST) as stores:
        profile = _make(stores, given.runs // 2, given.results)
        heading(f"{given.runs:,} runs, {given.runs * given.results:,} results")
        asyncio.run(_measure(postgres_home(folder, "health", profile), given.rounds))


def _make(stores: PostgresStores, half: int, results: int) -> Profile:
    """Make the database anew: amx-cli's own store, and so many runs of alice with eve's copies."""
    with stores.connect("postgres") as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {_DATABASE} (FORCE)")
        admin.execute(f"CREATE DATABASE {_DATABASE} TEMPLATE template0")
    with stores.connect(_DATABASE) as connection:
        connection.execute(_STORE.read_text(encoding="utf-8"))
        connection.execute(_MEMBERS)
        connection.execute(_RUNS.format(half=half, results=results))
        connection.execute(_RESULTS.format(half=half, results=results))
        connection.execute("VACUUM ANALYZE")
    return Profile("bench", "postgresql", {**stores.profile(0).values, "database": _DATABASE})


async def _measure(home: Path, rounds: int) -> None:
    workspace = Workspace.load({**home_environment(home), "AMX_USER": "alice"}, home)
    workspace.identity = Identity("alice", "lead-laptop")
    state = await workspace.connect()
    if state.error is not None:
        raise state.error
    figures: dict[str, list[float]] = {"look": [], "mend": [], "take back": []}
    found: Any = None
    for _ in range(rounds):
        began = time.perf_counter()
        found = await workspace.health.examine()
        looked = time.perf_counter()
        mended = await workspace.health.mend(found)
        done = time.perf_counter()
        await workspace.health.undo(await workspace.health.read_undo(mended.undo))
        figures["look"].append(looked - began)
        figures["mend"].append(done - looked)
        figures["take back"].append(time.perf_counter() - done)
    print_rows([Row(name, values) for name, values in figures.items()], unit="s", digits=2)
    await _show_memory(workspace, found)
    await workspace.close()


async def _show_memory(workspace: Workspace, found: Examination) -> None:
    """Look once more with an eye on the memory, which slows it down."""
    tracemalloc.start()
    await workspace.health.examine()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    kinds = ", ".join(f"{fault.kind} ({len(fault.subjects):,})" for fault in found.faults)
    print(f"\n{most / 2**20:.0f} MB at most; {len(found.repairs):,} repairs; {kinds}")


if __name__ == "__main__":
    main()
