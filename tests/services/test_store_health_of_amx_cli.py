"""The faults of a store that amx-cli made: what its traces are told as, what is mended, and what is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from amx_tui.domain.identity import Identity
from amx_tui.domain.report import Report
from amx_tui.services.commands import execute
from amx_tui.services.grammar import parse
from amx_tui.services.workspace import Workspace
from tests.servers import PostgresHost
from tests.services.conftest import Machine

pytestmark = pytest.mark.postgresql

ENDLESS = "412cb34e-f260-4f52-9b11-74fad3765e6d"
ALICES = "78255d68-0792-4986-bb96-8a437d5c8dfc"
"""A run of alice's that was reviewed and applied, number 1 of her laptop."""

_COPY = f"""
INSERT INTO "AMX"._amx_users (id, username, hostname, role, first_seen_at, last_seen_at)
VALUES ('eve', 'eve', 'eve-pc', 'viewer', '2026-05-10', '2026-05-10');
INSERT INTO "AMX".analysis_runs
SELECT 'copy', started_at, ended_at, duration_sec, status, command, mode, db_backend, db_profile, llm_provider,
  llm_model, scope_json, metrics_json, tokens_json, results_json, error_text, selected_count, planned_count,
  processed_count, applied_count, review_strategy, llm_profile, doc_profile, code_profile, settings_json,
  'eve', 'eve-pc', client_version, 21 FROM "AMX".analysis_runs WHERE id = '{ALICES}';
INSERT INTO "AMX".run_results (id, run_id, saved_at, schema_name, table_name, column_name, asset_kind, source,
  confidence, model_version, alternatives_json, evaluated_at, applied_at, chosen_description, evaluation,
  catalog_status, db_applied_status, effective_source_kind, rejection_reason, hostname, local_id)
SELECT 'of copy ' || local_id, 'copy', saved_at, schema_name, table_name, column_name, asset_kind, source,
  confidence, model_version, alternatives_json, evaluated_at, applied_at, chosen_description, evaluation,
  catalog_status, db_applied_status, effective_source_kind, rejection_reason, 'eve-pc', 500 + local_id
FROM "AMX".run_results WHERE run_id = '{ALICES}';
"""
_ANEW = f"""
INSERT INTO "AMX".analysis_runs (id, started_at, status, command, selected_count, planned_count, processed_count,
  applied_count, created_by, hostname, local_id)
VALUES ('anew', '2026-05-11', 'success', 'analyze.run', 1, 1, 1, 0, 'alice', 'lead-laptop', 1),
  ('mallory', '2026-05-12', 'success', 'analyze.run', 1, 1, 1, 0, 'mallory', 'lead-laptop', 2);
INSERT INTO "AMX".run_results (id, run_id, saved_at, schema_name, table_name, asset_kind, source, confidence,
  model_version, alternatives_json, catalog_status, db_applied_status, effective_source_kind, rejection_reason,
  hostname, local_id)
SELECT 'of anew', 'anew', '2026-05-11', 'sales', 'orders', 'table', 'combined', 'high', '', '["A table."]', '', '',
  '', '', 'lead-laptop', min(local_id) FROM "AMX".run_results WHERE run_id = '{ALICES}';
"""
_ORPHANS = f"""
UPDATE "AMX".run_results SET run_id = '<unresolved>' WHERE run_id = '{ALICES}' AND column_name = 'c_id';
"""


@pytest.fixture
async def alice(amx_cli_store: PostgresHost, machine: Machine) -> Workspace:
    """Return the admin's machine at the store."""
    workspace = await machine("alice", amx_cli_store)
    workspace.identity = Identity("alice", "lead-laptop")
    await workspace.history_store.join("prod", "AMX")
    return workspace


async def _doctor(workspace: Workspace, *words: str) -> Report:
    return await execute(workspace, parse(["doctor", "--store", *words]))


def _faults(report: Report) -> dict[str, Any]:
    assert isinstance(report.data, dict)
    faults: Any = report.data["faults"]
    return {fault["kind"]: fault for fault in faults}


def _everything(store: PostgresHost) -> list[tuple[Any, ...]]:
    """The runs and results as text, to the last column."""
    return [
        *store.sync_execute('SELECT r::text FROM "AMX".analysis_runs r ORDER BY id'),
        *store.sync_execute('SELECT r::text FROM "AMX".run_results r ORDER BY id'),
    ]


async def test_every_line_about_the_store_is_true(alice: Workspace, amx_cli_store: PostgresHost) -> None:
    """One run never ended, one person has two roles, and amx-cli kept no decider's name; nothing else is wrong."""
    before = _everything(amx_cli_store)
    faults = _faults(await _doctor(alice))
    assert list(faults) == ["runs without an end", "one person, several roles", "decisions without who"]
    (endless,) = faults["runs without an end"]["subjects"]
    assert endless.startswith(ENDLESS)
    assert faults["one person, several roles"]["subjects"] == [
        "alice: admin on lead-laptop, viewer on alice-desktop"
    ]
    decided = (
        """SELECT count(*) FROM "AMX".run_results WHERE evaluation IN ('accepted', 'custom', 'skipped')"""
    )
    ((count,),) = amx_cli_store.sync_execute(decided)
    assert faults["decisions without who"]["message"].startswith(f"{count} decisions do not say")
    assert _everything(amx_cli_store) == before


async def test_an_upload_is_closed_and_comes_back_to_the_last_byte(
    alice: Workspace, amx_cli_store: PostgresHost
) -> None:
    """As amx-cli writes statuses: cancelled, with what it repeats; its results count as replaced by a later run."""
    amx_cli_store.sync_execute(_COPY)
    before = _everything(amx_cli_store)
    mended = await _doctor(alice, "--mend", "--yes")
    ((status, error),) = amx_cli_store.sync_execute(
        """SELECT status, error_text FROM "AMX".analysis_runs WHERE id = 'copy'"""
    )
    assert (status, error) == (
        "cancelled",
        f"A copy of {ALICES} of alice@lead-laptop, uploaded by eve@eve-pc.",
    )
    ((left,),) = amx_cli_store.sync_execute(
        """SELECT count(*) FROM "AMX".run_results WHERE run_id = 'copy' AND superseded_at IS NULL"""
    )
    assert left == 0
    assert "duplicate uploads" not in _faults(await _doctor(alice))
    assert isinstance(mended.data, dict)
    await _doctor(alice, "--undo", str(mended.data["undo"]), "--yes")
    assert _everything(amx_cli_store) == before


async def test_a_decision_on_the_copy_keeps_it(alice: Workspace, amx_cli_store: PostgresHost) -> None:
    """It is told, and left to people."""
    amx_cli_store.sync_execute(_COPY)
    amx_cli_store.sync_execute(
        """UPDATE "AMX".run_results SET chosen_description = 'Eve''s own.' WHERE run_id = 'copy' AND evaluation <> ''"""
    )
    faults = _faults(await _doctor(alice))
    assert faults["duplicate uploads"]["repairs"] == 0
    assert len(faults["duplicate uploads"]["subjects"]) == 1


async def test_numbers_of_a_file_made_anew_are_freed_and_those_of_others_kept(
    alice: Workspace, amx_cli_store: PostgresHost
) -> None:
    """Alice's older run and result lose theirs; mallory, who works on her machine too, takes nothing from her."""
    amx_cli_store.sync_execute(_ANEW)
    faults = _faults(await _doctor(alice))
    assert faults["shared numbers"]["repairs"] == 1
    assert "that several people work on" in faults["shared numbers"]["message"]
    assert faults["shared result numbers"]["repairs"] == 1
    before = _everything(amx_cli_store)
    mended = await _doctor(alice, "--mend", "--yes")
    numbers = amx_cli_store.sync_execute(
        """SELECT id, local_id FROM "AMX".analysis_runs
           WHERE hostname = 'lead-laptop' AND (local_id IN (1, 2) OR local_id IS NULL) ORDER BY local_id, id"""
    )
    assert ("anew", 1) in numbers
    assert (ALICES, None) in numbers
    assert [number for _, number in numbers].count(2) == 2
    ((lost,),) = amx_cli_store.sync_execute(
        f"""SELECT count(*) FROM "AMX".run_results WHERE run_id = '{ALICES}' AND local_id IS NULL"""
    )
    assert lost == 1
    again = _faults(await _doctor(alice))
    assert again["shared numbers"]["repairs"] == 0
    assert "shared result numbers" not in again
    assert isinstance(mended.data, dict)
    await _doctor(alice, "--undo", str(mended.data["undo"]), "--yes")
    assert _everything(amx_cli_store) == before


async def test_results_of_no_run_are_told_with_their_machine(
    alice: Workspace, amx_cli_store: PostgresHost
) -> None:
    """amx-cli writes `<unresolved>` where it sends results before their run."""
    amx_cli_store.sync_execute(_ORPHANS)
    fault = _faults(await _doctor(alice))["results without a run"]
    assert fault["subjects"] == ["1 of <unresolved> from lead-laptop"]
    assert fault["repairs"] == 0


async def test_a_decision_of_this_program_has_a_name_until_amx_cli_decides_again(
    alice: Workspace, amx_cli_store: PostgresHost
) -> None:
    """What we decided is in app_events; amx-cli's decision after it has another time, and no name."""
    before = _faults(await _doctor(alice))["decisions without who"]["message"]
    run_id = "f3b43519-8ff6-4970-9b04-b28c3d644b75"
    await execute(alice, parse(["history", "review", run_id, "--strategy", "accept-all", "--yes"]))
    assert _faults(await _doctor(alice))["decisions without who"]["message"] == before
    amx_cli_store.sync_execute(
        f"""UPDATE "AMX".run_results SET evaluated_at = now(), evaluation = 'skipped' WHERE id =
            (SELECT min(id) FROM "AMX".run_results WHERE run_id = '{run_id}' AND evaluation = 'accepted')"""
    )
    (after,) = (
        subject
        for subject in _faults(await _doctor(alice))["decisions without who"]["subjects"]
        if run_id in subject
    )
    assert after.startswith("1 on ")


async def test_admins_of_simultaneous_connections_are_told_until_somebody_decides(
    alice: Workspace, amx_cli_store: PostgresHost
) -> None:
    """amx-cli asks whether the table is empty without a lock, so both become admins; `admin demote` is the cure."""
    amx_cli_store.sync_execute(
        """UPDATE "AMX"._amx_users SET role = 'admin' WHERE username = 'bob';
           UPDATE "AMX"._amx_admin_audit SET details_json = '{"role": "admin", "bootstrap": true}'
             WHERE action = 'user_join' AND actor_username = 'bob';
           DELETE FROM "AMX"._amx_admin_audit WHERE action = 'promote_admin'"""
    )
    fault = _faults(await _doctor(alice))["accidental admins"]
    assert fault["subjects"] == ["bob@bob-mac", "alice@lead-laptop"] or fault["subjects"] == [
        "alice@lead-laptop",
        "bob@bob-mac",
    ]
    await execute(alice, parse(["admin", "demote", "bob", "--yes"]))
    assert "accidental admins" not in _faults(await _doctor(alice))


async def test_without_an_admin_the_cure_is_to_claim_it(
    amx_cli_store: PostgresHost, machine: Machine
) -> None:
    """And the cure works: the fault is gone, and mending is possible again."""
    amx_cli_store.sync_execute("""UPDATE "AMX"._amx_users SET role = 'viewer'""")
    bob = await machine("bob", amx_cli_store)
    bob.identity = Identity("bob", "bob-mac")
    await bob.history_store.join("prod", "AMX")
    assert "admin claim" in _faults(await _doctor(bob))["no active admin"]["hint"]
    await execute(bob, parse(["admin", "claim", "--yes"]))
    assert "no active admin" not in _faults(await _doctor(bob))
    assert isinstance((mended := await _doctor(bob, "--mend", "--yes")).data, dict)
    assert mended.data["mended"] == 1


async def test_doctor_says_once_what_the_layout_has_no_place_for(alice: Workspace) -> None:
    """One check, on the screen and in --json, with what serves instead and what is left out."""
    for words in (["doctor"], ["history-store", "verify"]):
        (layout,) = (
            check for check in _checks(await execute(alice, parse(words))) if check["name"] == "layout"
        )
        lines: list[str] = layout["details"]
        assert len(lines) == len({line.partition(":")[0] for line in lines})
        guarded, left_out = (
            next(line for line in lines if line.startswith(way)) for way in ("no version", "left out")
        )
        assert guarded.endswith("(compare-and-set): decisions on results, roles and revocations of members")
        assert "the comment that was there when a run drafted" in left_out
        assert any(line.startswith("kept in app_events: who decided") for line in lines)


async def test_doctor_asks_for_no_index_that_it_would_not_make(alice: Workspace) -> None:
    """The extension for searching serves indexes of ours, which that store gets none of."""
    checks = {check["name"]: check for check in _checks(await execute(alice, parse(["doctor"])))}
    assert checks["search"]["state"] == "skipped"


def _checks(report: Report) -> list[dict[str, Any]]:
    assert isinstance(report.data, list)
    return [check for check in report.data if isinstance(check, dict)]
