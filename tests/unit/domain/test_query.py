"""The filter lines: read into a filter, and written back as the line that gives it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from amx_tui.domain.query import format_result_query, format_run_query, parse_result_query, parse_run_query

NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    ["", "who:bob", 'scope:"a b.c" status:failed', "since:2026-05-03T00:00:00.000000Z some text"],
)
def test_a_filter_of_runs_is_written_as_the_line_that_gives_it(line: str) -> None:
    """So that a filter that came from a command can be changed as if it had been typed."""
    assert format_run_query(parse_run_query(line, NOW)) == line


@pytest.mark.parametrize(
    "line",
    ["", "is:pending", "is:edited", "is:failed", "is:rejected table:sales.x", 'confidence:low table:"a b" x'],
)
def test_a_filter_of_results_is_written_as_the_line_that_gives_it(line: str) -> None:
    """Likewise, with the words that the screen offers."""
    assert format_result_query(parse_result_query(line)) == line
