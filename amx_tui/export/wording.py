"""What all formats say of a comparison: its title, its counts, the status of a row; and text that is safe to carry."""

from __future__ import annotations

import re
from collections.abc import Iterator

from amx_tui.domain.compare import (
    COMPARE_STATUSES,
    CompareCell,
    CompareRow,
    CompareStatus,
    Comparison,
    TableCounts,
)
from amx_tui.domain.text import visible

__all__ = [
    "NEARLY",
    "assets_text",
    "counted",
    "filter_text",
    "readable",
    "status_label",
    "status_text",
    "title_text",
    "whole_text",
]

NEARLY = "≈"
"""The sign for texts that are equal but for white space and letter case."""

_OBEYED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff\ud800-\udfff]"
)


_NO_CHARACTERS = re.compile(
    "[\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)


def readable(text: str) -> str:
    """Return `text` with what no file of text should carry drawn.

    That is control characters, direction overrides, halves of surrogate pairs and code points that are no characters.

    Line breaks and tabs stay, and so do the marks that right-to-left scripts need.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _NO_CHARACTERS.sub(lambda match: f"‹{ord(match.group()):04X}›", text)
    return _OBEYED.sub(lambda match: visible(match.group()), text)


def whole_text(cell: CompareCell) -> str | None:
    """A cell's description, of which an export must have every letter.

    Raises:
        ValueError: Only its beginning was read, as for the pages of a list.
    """
    if cell.is_cut:
        raise ValueError(f"the description of result {cell.result_id} is cut: read it whole to export it")
    return cell.description


def title_text(comparison: Comparison) -> str:
    """`alice (2 hr ago) and bob (5 days ago)`."""
    *others, last = comparison.names
    return f"{', '.join(others)} and {last}" if others else last


def assets_text(comparison: Comparison) -> str:
    """`12 assets`."""
    total = comparison.counts.total
    return f"{total:,} {'asset' if total == 1 else 'assets'}"


def filter_text(comparison: Comparison) -> str:
    """Which assets of the comparison are shown; empty where all are."""
    wanted = comparison.filter
    parts = [wanted.name.strip()]
    parts.extend(status_label(comparison, status) for status in _in_order(wanted.statuses))
    return ", ".join(part for part in parts if part)


def status_text(comparison: Comparison, row: CompareRow) -> str:
    """A row's status: `diff`, `alice added`, and `same ≈` where it is the same but for white space and case."""
    word = comparison.word(row)
    return f"{word} {NEARLY}" if row.is_loose and row.status == "same" else word


def status_label(comparison: Comparison, status: CompareStatus) -> str:
    """A status of no row in particular, as counts and filters call it."""
    first, *others = comparison.sides
    match status:
        case "same" | "diff":
            return status
        case "left_only":
            return f"{first.who} added"
        case "right_only":
            return f"{others[0].who} added" if len(others) == 1 else "others added"
        case "neither":
            return "both missing" if len(others) == 1 else "all missing"


def counted(
    comparison: Comparison, table: TableCounts | None = None
) -> Iterator[tuple[CompareStatus, str, int]]:
    """The statuses that some row has, each with its label and how many have it; of all tables or of one."""
    for status in COMPARE_STATUSES:
        count = table.of_one(status) if table else comparison.counts.of((status,))
        if count:
            yield status, status_label(comparison, status), count


def _in_order(statuses: frozenset[CompareStatus]) -> list[CompareStatus]:
    return [status for status in COMPARE_STATUSES if status in statuses]
