"""What amx-cli's layout has no place for is read off the tables, and each of it is explained."""

from __future__ import annotations

from dataclasses import fields

import sqlalchemy as sa

from amx_tui.store.tables import Tables, build_tables
from amx_tui.store.tables.gaps import STAND_INS, find_gaps

AMX_CLI = build_tables("amx_cli", backend_name="postgresql", schema="AMX")
DOCUMENT = build_tables("document", backend_name="postgresql", schema="AMX")


def test_every_gap_has_words_and_what_is_guarded_is_said() -> None:
    """Versions of results and members are replaced by a comparison; who decided is an event; some is left out."""
    gaps = {(gap.table, gap.column): gap for gap in find_gaps(AMX_CLI)}
    assert all(gap.words for gap in gaps.values())
    for table in ("run_results", "_amx_users"):
        assert "compare-and-set" in gaps[table, "version"].stand_in
    assert gaps["run_results", "evaluated_by"].stand_in == "kept in app_events"
    assert gaps["amx_history_applications", ""].stand_in == "kept in app_events"
    assert gaps["run_results", "seen_comment"].stand_in == ""
    assert find_gaps(DOCUMENT) == ()


def test_a_column_that_is_there_under_another_name_is_no_gap() -> None:
    """Ids and the status of applying are called otherwise there."""
    names = {gap.column for gap in find_gaps(AMX_CLI) if gap.table in {"analysis_runs", "run_results"}}
    assert not names & {"run_id", "result_id", "applied_status"}


def test_what_serves_instead_is_of_a_gap_that_is_there() -> None:
    """A column that amx-cli's layout has got by now must not be explained away any more."""
    places = {field.name: getattr(DOCUMENT, field.name) for field in fields(Tables)}
    gaps = {(gap.table, gap.column) for gap in find_gaps(AMX_CLI)}
    for place, column in STAND_INS:
        theirs = getattr(AMX_CLI, place)
        table = places[place]
        assert isinstance(table, sa.Table)
        assert ((table if theirs is None else theirs).name, column) in gaps
