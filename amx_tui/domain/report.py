"""What a verb answers: blocks of text, tables and checks that a terminal or a screen can draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amx_tui.domain.runs import JsonValue

__all__ = [
    "Block",
    "Check",
    "CheckState",
    "Checks",
    "Code",
    "Facts",
    "Grid",
    "Paragraph",
    "Report",
    "check_sign",
]

CheckState = Literal["ok", "warning", "failed", "skipped"]

_SIGNS: dict[CheckState, str] = {"ok": "✓", "warning": "⚠", "failed": "✗", "skipped": "–"}


def check_sign(state: CheckState) -> str:
    """The sign of a check's outcome."""
    return _SIGNS[state]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Text that is shown to the letter: statements, a file's contents."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with their values."""

    rows: tuple[tuple[str, str], ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; `right` holds the indexes of the columns that are aligned to the right."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
    title: str = ""
    empty: str = ""
    """What is said where there are no rows."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and what was found."""

    name: str
    state: CheckState
    message: str
    hint: str = ""
    """What to do next; may be a command or a statement to copy."""
    details: tuple[str, ...] = ()
    """What the message sums up, a line each."""


@dataclass(frozen=True, slots=True)
class Checks:
    """A list of checks."""

    checks: tuple[Check, ...]
    title: str = ""


Block = Paragraph | Code | Facts | Grid | Checks


@dataclass(frozen=True, slots=True)
class Report:
    """The answer of a verb."""

    title: str
    blocks: tuple[Block, ...] = ()
    data: JsonValue = None
    """The document that `--json` prints."""
    exit_status: int = 0
