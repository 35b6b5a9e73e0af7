"""The judge of the other tests finds what is wrong: a value that the real client does not know, whatever its table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.interop.client import RealClient
from tests.interop.filling import ALICE
from tests.interop.judging import misfits
from tests.servers import PostgresHost

pytestmark = [pytest.mark.interop, pytest.mark.postgresql]

_WRONG = (
    ("analysis_runs", "status = 'completed'", "analysis_runs.status is 'completed'"),
    ("analysis_runs", 'scope_json = \'{"sales": "customer"}\'', "analysis_runs.scope_json is"),
    ("analysis_runs", "id = 'run_2026-05-03_15-44-002'", "analysis_runs.id"),
    ("run_results", "evaluation = 'rejected'", "run_results.evaluation is 'rejected'"),
    ("run_results", "alternatives_json = '\"One.\"'", "run_results.alternatives_json is JSON in a text"),
    ("run_results", "db_applied_status = 'success'", "run_results.db_applied_status is 'success'"),
    ("run_results", "asset_kind = 'relation'", "run_results.asset_kind is 'relation'"),
    ("documentation_pages", "status = 'archived'", "documentation_pages.status is 'archived'"),
    ("_amx_users", "role = 'owner'", "_amx_users.role is 'owner'"),
    ("_amx_session_events", "event_kind = 'presence'", "_amx_session_events.event_kind is 'presence'"),
    ("_amx_session_events", "db_profiles_seen = '{}'", "_amx_session_events.db_profiles_seen is {}"),
    ("_amx_admin_audit", "action = 'changed'", "_amx_admin_audit.action is 'changed'"),
)
"""What is written into the first row of a table, and how the judge's sentence about it begins."""


def test_each_kind_of_wrong_value_is_found(
    team: PostgresHost, tmp_path: Path, start_client: Callable[..., RealClient]
) -> None:
    """A store as amx-cli made it has none; then each one is found."""
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        assert misfits(team, alice) == []
        for table, change, _ in _WRONG:
            name = f'"AMX".{table}'
            team.sync_execute(f"UPDATE {name} SET {change} WHERE ctid = (SELECT min(ctid) FROM {name})")
        found = misfits(team, alice)
    for _, change, said in _WRONG:
        assert any(each.startswith(said) for each in found), f"{change}: {found}"


def test_versions_and_references_of_pages_are_judged_too(
    team: PostgresHost, tmp_path: Path, start_client: Callable[..., RealClient]
) -> None:
    """A version beyond the page's own, another text than the page has, and half a reference."""
    version = 'INSERT INTO "AMX".documentation_page_versions (page_id, version_no, markdown_body, saved_at) SELECT id, '
    pages = "FROM \"AMX\".documentation_pages WHERE slug = 'orders'"
    team.sync_execute(f"{version} 1, 'Other.', now() {pages}; {version} 2, 'Ahead.', now() {pages}")
    team.sync_execute(
        'INSERT INTO "AMX".documentation_page_assets (page_id, asset_kind, asset_ref, included)'
        f" SELECT id, 'db_table', '//sales/customer', 1 {pages}"
    )
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        assert misfits(team, alice) == [
            "orders has version 1, and keeps [1, 2]",
            "orders is not what its version 1 says",
            "asset_ref is '//sales/customer' for a db_table",
        ]
