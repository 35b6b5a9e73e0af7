"""A run's names, its sign, and cursors and filters of lists of runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from amx_tui.domain.runs import RUN_STATUSES, Run, RunCursor, RunFilter, status_sign
from amx_tui.domain.scope import Scope

RUN = Run(
    run_id="run_2026-05-03_15-44-002",
    created_by="alice@acme.com",
    hostname="lead-laptop",
    started_at=datetime(2026, 5, 3, 15, 44, tzinfo=UTC),
    status="success",
    scope=Scope(),
    ok_count=1219,
    fail_count=0,
)


def test_a_run_of_the_other_client_has_a_number_on_its_host() -> None:
    """People who use amx-cli know a run as `#7`; the host makes that unambiguous."""
    assert RUN.local_name == ""
    assert replace(RUN, local_id=7).local_name == "#7@lead-laptop"


def test_every_status_has_a_sign_of_its_own() -> None:
    """No two statuses look alike without colour, and an unknown one is no known one."""
    signs = [status_sign(status) for status in RUN_STATUSES]
    assert len(set(signs)) == len(RUN_STATUSES)
    assert status_sign("exploded") not in signs


def test_a_cursor_stands_on_its_run() -> None:
    """A page is continued from the sort key of its last row, whichever the sorting."""
    assert RunCursor.of(RUN) == RunCursor(RUN.started_at, RUN.run_id, "alice@acme.com")


def test_a_filter_knows_whether_it_filters() -> None:
    """Sorting is no condition; every other field is."""
    assert RunFilter(sort="who", descending=False).is_empty
    assert not RunFilter(text="sales").is_empty
    assert not RunFilter(since=RUN.started_at).is_empty
