"""What amx-cli's layout has no place for is read off the tables, and each of it is explained."""

from __future__ import annotations

from pathlib import Path

from amx_tui.store.tables import build_tables
from amx_tui.store.tables.gaps import EXPLAINED, find_gaps

AMX_CLI = build_tables("amx_cli", backend_name="postgresql", schema="AMX")


def test_every_gap_is_explained_and_nothing_else_is() -> None:
    """A column that either layout gets or loses must be looked at, so that what doctor says stays true."""
    assert {(gap.place, gap.column) for gap in find_gaps(AMX_CLI)} == EXPLAINED.keys()
    assert find_gaps(build_tables("document", backend_name="postgresql", schema="AMX")) == ()


def test_versions_are_compared_names_are_events_and_some_is_left_out() -> None:
    """What a lead wants to know of it."""
    ways = {(gap.place, gap.column): gap.way for gap in find_gaps(AMX_CLI)}
    assert {place for place, way in ways.items() if way == "compared"} == {
        ("results", "version"),
        ("users", "version"),
    }
    assert ways["results", "evaluated_by"] == ways["applications", ""] == "in events"
    assert ways["results", "seen_comment"] == "left out"


def test_a_column_that_is_there_under_another_name_is_no_gap() -> None:
    """Ids and the status of applying are called otherwise there."""
    names = {gap.column for gap in find_gaps(AMX_CLI) if gap.place in {"runs", "results"}}
    assert not names & {"run_id", "result_id", "applied_status"}


def test_the_page_for_amx_clis_users_says_the_same() -> None:
    """What doctor lists there is what one can read before one begins."""
    page = Path(__file__).parents[2] / "docs" / "amx-cli.md"
    told = " ".join(page.read_text(encoding="utf-8").split())
    assert [gap.words for gap in find_gaps(AMX_CLI) if gap.way != "elsewhere" and gap.words not in told] == []
