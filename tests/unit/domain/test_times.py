"""Times are read from what people type and written in three ways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.errors import UsageError
from amx_tui.domain.times import (
    UNKNOWN_TIME,
    as_utc,
    duration_text,
    exact_time,
    iso_time,
    parse_moment,
    relative_time,
    short_relative_time,
)

NOW = datetime(2026, 5, 3, 17, 44, 7, 123456, tzinfo=UTC)
MOMENTS = st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29), timezones=st.just(UTC))


@given(MOMENTS)
def test_iso_times_read_back_to_the_microsecond(moment: datetime) -> None:
    """What a JSON document of ours holds is the exact moment, whatever the year."""
    text = iso_time(moment)
    assert text is not None
    assert len(text) == len("2026-05-03T15:44:07.000000Z")
    assert datetime.fromisoformat(text) == moment


def test_other_zones_are_written_in_utc() -> None:
    """A time with another offset is the same moment in UTC; one without a zone is taken as UTC."""
    local = datetime(2026, 5, 3, 17, 44, 7, tzinfo=timezone(timedelta(hours=2)))
    assert iso_time(local) == "2026-05-03T15:44:07.000000Z"
    assert exact_time(local) == "2026-05-03 15:44:07 UTC"
    assert iso_time(datetime(2026, 5, 3, 15, 44, 7)) == "2026-05-03T15:44:07.000000Z"


def test_a_time_that_is_not_known_is_shown_as_nothing() -> None:
    """Neither an absent time nor the stand-in for an unreadable one pretends to be a date."""
    for moment in (None, UNKNOWN_TIME):
        assert iso_time(moment) is None
        assert exact_time(moment) == ""
        assert relative_time(moment, NOW) == ""


@pytest.mark.parametrize(
    ("before", "long", "short"),
    [
        (timedelta(seconds=3), "just now", "just now"),
        (timedelta(seconds=50), "50 seconds ago", "50 sec ago"),
        (timedelta(minutes=1), "1 minute ago", "1 min ago"),
        (timedelta(hours=2), "2 hours ago", "2 hr ago"),
        (timedelta(days=5), "5 days ago", "5 days ago"),
        (timedelta(days=1), "1 day ago", "1 day ago"),
        (timedelta(days=14), "2 weeks ago", "2 wk ago"),
        (timedelta(days=90), "3 months ago", "3 mo ago"),
        (timedelta(days=800), "2 years ago", "2 yr ago"),
        (timedelta(hours=-2), "in 2 hours", "in 2 hr"),
    ],
)
def test_ages_read_as_the_documentation_prints_them(before: timedelta, long: str, short: str) -> None:
    """Lists say `2 hours ago`, headings `2 hr ago`."""
    assert relative_time(NOW - before, NOW) == long
    assert short_relative_time(NOW - before, NOW) == short


@given(MOMENTS)
def test_an_age_never_shows_a_zero(moment: datetime) -> None:
    """Between two units the larger one is not used with a count of 0."""
    assert not relative_time(moment, NOW).removeprefix("in ").startswith("0 ")


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("now", NOW),
        ("2h", NOW - timedelta(hours=2)),
        (" 3 days ago ", NOW - timedelta(days=3)),
        ("90s", NOW - timedelta(seconds=90)),
        ("5 mins", NOW - timedelta(minutes=5)),
        ("2 months", NOW - timedelta(days=60)),
        ("1W", NOW - timedelta(weeks=1)),
        ("today", datetime(2026, 5, 3, tzinfo=UTC)),
        ("yesterday", datetime(2026, 5, 2, tzinfo=UTC)),
        ("2026-05-01", datetime(2026, 5, 1, tzinfo=UTC)),
        ("2026-05-01T15:44Z", datetime(2026, 5, 1, 15, 44, tzinfo=UTC)),
        ("2026-05-01 15:44+02:00", datetime(2026, 5, 1, 13, 44, tzinfo=UTC)),
    ],
)
def test_moments_that_people_type(typed: str, moment: datetime) -> None:
    """Ages, days and ISO times are understood, in UTC where no zone is named."""
    assert parse_moment(typed, NOW) == moment


@pytest.mark.parametrize(
    "typed", ["", "soon", "2x", "s", "2026-13-01", "999999 years ago", "0001-01-01T00:00+05:00", "--"]
)
def test_what_is_no_moment_is_refused_with_an_example(typed: str) -> None:
    """The error says what to type instead."""
    with pytest.raises(UsageError) as refusal:
        parse_moment(typed, NOW)
    assert refusal.value.hint


@given(st.text())
def test_reading_a_moment_raises_nothing_else(text: str) -> None:
    """Whatever is typed, there is a moment in UTC or a usage error."""
    try:
        moment = parse_moment(text, NOW)
    except UsageError:
        return
    assert moment == as_utc(moment)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (9.9, "9 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (float("nan"), ""),
        (float("inf"), ""),
    ],
)
def test_lengths_of_time(seconds: float | None, text: str) -> None:
    """A duration uses two units at most; one that is no number is not shown."""
    assert duration_text(seconds) == text
