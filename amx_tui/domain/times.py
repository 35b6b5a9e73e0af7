"""Points in time: read from what people type, written as lists and detail lines show them."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

from amx_tui.domain.errors import UsageError

__all__ = [
    "UNKNOWN_TIME",
    "as_utc",
    "duration_text",
    "exact_time",
    "iso_time",
    "parse_moment",
    "relative_time",
    "short_relative_time",
]

UNKNOWN_TIME = datetime(1, 1, 1, tzinfo=UTC)
"""Stands for a required time whose stored value cannot be read; it is shown as nothing."""

_UNITS = {"m": 60, "min": 60, "minute": 60, "h": 3600, "hr": 3600, "hour": 3600, "d": 86400, "day": 86400,
          "w": 604800, "week": 604800, "month": 2592000, "mo": 2592000, "y": 31536000, "year": 31536000,
          "s": 1, "sec": 1, "second": 1}  # fmt: skip
_AGO = re.compile(r"(\d{1,6})\s*([a-z]+?)s?(?:\s+ago)?\Z")
_STEPS = ((60, "second", "sec"), (3600, "minute", "min"), (86400, "hour", "hr"), (604800, "day", "day"),
          (2592000, "week", "wk"), (31536000, "month", "mo"))  # fmt: skip


def as_utc(moment: datetime) -> datetime:
    """Return `moment` in UTC; a time without a zone is taken as UTC, which is what stores hold."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def iso_time(moment: datetime | None) -> str | None:
    """Write a time as ISO 8601 with microseconds and `Z`, the form of every JSON document of ours."""
    if moment is None or moment == UNKNOWN_TIME:
        return None
    return as_utc(moment).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def exact_time(moment: datetime | None) -> str:
    """Write a time for a detail line: `2026-05-03 15:44:07 UTC`."""
    if moment is None or moment == UNKNOWN_TIME:
        return ""
    return as_utc(moment).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds") + " UTC"


def relative_time(moment: datetime | None, now: datetime) -> str:
    """Write a time for a list, as the AMX documentation does: `2 hours ago`."""
    return _relative(moment, now, short=False)


def short_relative_time(moment: datetime | None, now: datetime) -> str:
    """Write a time for a heading, as the AMX documentation's comparison does: `2 hr ago`."""
    return _relative(moment, now, short=True)


def _relative(moment: datetime | None, now: datetime, *, short: bool) -> str:
    if moment is None or moment == UNKNOWN_TIME:
        return ""
    seconds = int((as_utc(now) - as_utc(moment)).total_seconds())
    ahead = seconds < 0
    seconds = abs(seconds)
    if seconds < 45:
        return "just now"
    count, unit = seconds // 31536000, "yr" if short else "year"
    size = 1
    for limit, long_name, short_name in _STEPS:
        if seconds < limit:
            count, unit = max(1, seconds // size), short_name if short else long_name
            break
        size = limit
    plural = "s" if count != 1 and not (short and unit in {"hr", "min", "mo", "sec", "yr", "wk"}) else ""
    return f"in {count} {unit}{plural}" if ahead else f"{count} {unit}{plural} ago"


def parse_moment(text: str, now: datetime) -> datetime:
    """Read a point in time that someone typed: `2h`, `3 days ago`, `today`, `2026-05-03T15:44Z`.

    Raises:
        UsageError: It is none of these.
    """
    wanted = text.strip().lower()
    midnight = as_utc(now).replace(hour=0, minute=0, second=0, microsecond=0)
    if wanted in {"now", "today", "yesterday"}:
        return {"now": as_utc(now), "today": midnight, "yesterday": midnight - timedelta(days=1)}[wanted]
    match = _AGO.match(wanted)
    if match and match.group(2) in _UNITS:
        try:
            return as_utc(now) - timedelta(seconds=int(match.group(1)) * _UNITS[match.group(2)])
        except OverflowError:
            raise UsageError(f"“{text}” is too long ago.", hint="Try 7d or 2026-05-03.") from None
    try:
        return as_utc(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):
        raise UsageError(
            f"“{text}” is not a time.", hint="Try 2h, 7d, yesterday, 2026-05-03 or 2026-05-03T15:44."
        ) from None


def duration_text(seconds: float | None) -> str:
    """Write a length of time: `9 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
