"""Comparing runs: what two or more of them say about the same assets, and where they differ.

An asset is its schema's, table's and column's name, to the letter. What is compared is the description in force: the
chosen one if a result was accepted or edited, none if it was rejected, else the first alternative. An empty
description is no description, as NULL is. Of several results of an asset in one run the newest that is not superseded
counts. The first run is the baseline that the others are held against.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from amx_tui.domain.names import join_name, split_name
from amx_tui.domain.results import UNREADABLE, DecisionState
from amx_tui.domain.sides import Side
from amx_tui.domain.words import equal_but_for_space_and_case

__all__ = [
    "COMPARE_STATUSES",
    "DIFFERENCES",
    "AssetKey",
    "CompareCell",
    "CompareCounts",
    "CompareCursor",
    "CompareFilter",
    "ComparePage",
    "CompareRow",
    "CompareStatus",
    "Comparison",
    "Side",
    "TableCounts",
    "matches_name",
    "status_of",
    "status_sign",
    "status_word",
]

CompareStatus = Literal["same", "diff", "left_only", "right_only", "neither"]
COMPARE_STATUSES: tuple[CompareStatus, ...] = ("same", "diff", "left_only", "right_only", "neither")
DIFFERENCES: frozenset[CompareStatus] = frozenset({"diff", "left_only", "right_only"})
"""What `n` and “only differences” go by."""

_NO_DESCRIPTION = "(no description)"

AssetKey = tuple[str, str, str]
"""Schema, table and column; table and column are empty for what lies above them."""

_SIGNS: Mapping[CompareStatus, str] = {
    "same": "=",
    "diff": "≠",
    "left_only": "+",
    "right_only": "+",
    "neither": "∅",
}


@dataclass(frozen=True, slots=True)
class CompareCell:
    """What one run says about one asset."""

    result_id: str | None = None
    """None where the run has no result for the asset that counts."""
    description: str | None = None
    """In force; None where there is none or an empty one."""
    alternatives_count: int = 0
    confidence: str = ""
    evaluation: DecisionState = "pending"
    evaluated_by: str = ""
    evaluated_at: datetime | None = None
    version: int | None = None
    """None without a result, and in a layout that keeps no versions of results."""
    is_same: bool = False
    """Whether the description equals the baseline's (two that are missing do); as loosely as the filter says."""
    is_cut: bool = False
    """Whether only the beginning of the description is here, as on the pages of a list."""
    is_unreadable: bool = False
    """Whether something is stored in place of the drafts that is none; `Result.unreadable` says what."""

    @property
    def placeholder(self) -> str:
        """What is shown in place of a description that is not there."""
        is_lost = self.is_unreadable and self.evaluation == "pending"
        return UNREADABLE if is_lost else _NO_DESCRIPTION


@dataclass(frozen=True, slots=True)
class CompareCursor:
    """Where a page of a comparison begins or ends; the asset itself is not part of the page."""

    schema_name: str
    table_name: str = ""
    column_name: str = ""

    @property
    def key(self) -> AssetKey:
        """What rows are sorted by, each part by code point."""
        return self.schema_name, self.table_name, self.column_name

    @classmethod
    def of(cls, row: CompareRow) -> CompareCursor:
        """The cursor that stands on `row`."""
        return cls(*row.key)


@dataclass(frozen=True, slots=True)
class CompareRow:
    """One asset, and what each run says about it."""

    schema_name: str
    table_name: str
    column_name: str
    target_qname: str
    cells: tuple[CompareCell, ...]
    """One a side, in their order; the first is the baseline's."""
    status: CompareStatus
    is_loose: bool = False
    """Whether the descriptions are equal but for white space and letter case, though not to the letter."""

    @property
    def key(self) -> AssetKey:
        """What tells assets apart, and what rows are sorted by, each part by code point."""
        return self.schema_name, self.table_name, self.column_name

    @property
    def is_difference(self) -> bool:
        """Whether the runs disagree, or only some of them have a description."""
        return self.status in DIFFERENCES


@dataclass(frozen=True, slots=True)
class TableCounts:
    """How the assets of one table divide, the table's own description among them."""

    schema_name: str
    table_name: str
    """Empty for a schema's own description."""
    same: int = 0
    diff: int = 0
    left_only: int = 0
    right_only: int = 0
    neither: int = 0
    loose: int = 0
    """Of `same`, those that are equal but for white space and letter case."""

    @classmethod
    def counted(cls, schema_name: str, table_name: str, amounts: Mapping[str, int]) -> TableCounts:
        """Take the numbers from a mapping by the names of the fields; what is not in it is 0."""
        numbers = [amounts.get(name, 0) for name in (*COMPARE_STATUSES, "loose")]
        return cls(schema_name, table_name, *numbers)

    def plus(self, other: TableCounts) -> TableCounts:
        """Add the numbers of another table."""
        names = (*COMPARE_STATUSES, "loose")
        amounts = {name: getattr(self, name) + getattr(other, name) for name in names}
        return self.counted(self.schema_name, self.table_name, amounts)

    @property
    def total(self) -> int:
        """All assets of the table."""
        return self.same + self.diff + self.left_only + self.right_only + self.neither

    @property
    def qname(self) -> str:
        """The table's qualified name, which as a filter's name takes the table and all below it."""
        return join_name((self.schema_name, self.table_name))

    def of(self, statuses: Iterable[CompareStatus] = ()) -> int:
        """How many rows have one of the statuses; all rows where none is named."""
        return sum(self.of_one(status) for status in (frozenset(statuses) or COMPARE_STATUSES))

    def of_one(self, status: CompareStatus) -> int:
        """How many rows have this status."""
        match status:
            case "same":
                return self.same
            case "diff":
                return self.diff
            case "left_only":
                return self.left_only
            case "right_only":
                return self.right_only
            case "neither":
                return self.neither


@dataclass(frozen=True, slots=True)
class CompareCounts:
    """How all assets of a comparison divide; a filter's name is heeded, its statuses are not."""

    tables: tuple[TableCounts, ...] = ()
    """Sorted by schema and table, by code point."""

    @property
    def total(self) -> int:
        """All assets."""
        return self.of()

    @property
    def differences(self) -> int:
        """The assets that the runs disagree about, or that only some of them describe."""
        return self.of(DIFFERENCES)

    @property
    def loose(self) -> int:
        """Of those that are the same, those equal but for white space and letter case."""
        return sum(table.loose for table in self.tables)

    def of(self, statuses: Iterable[CompareStatus] = ()) -> int:
        """How many rows have one of the statuses; all rows where none is named."""
        wanted = frozenset(statuses)
        return sum(table.of(wanted) for table in self.tables)


@dataclass(frozen=True, slots=True)
class CompareFilter:
    """Which assets a comparison shows. Empty fields do not filter."""

    name: str = ""
    """A qualified name: that schema, table or column, and all below it. With a `*` in it, which stands for any
    letters, it is a pattern: part by part where it has a dot (`sales.*.c_*`), else of any part (`*customer*`);
    what lies below a match is taken too, and letter case does not matter."""
    statuses: frozenset[CompareStatus] = field(default_factory=frozenset)
    is_loose: bool = False
    """Whether descriptions that are equal but for white space and letter case count as the same."""

    @property
    def is_empty(self) -> bool:
        """Whether every asset is shown."""
        return not (self.name.strip() or self.statuses)

    @property
    def is_pattern(self) -> bool:
        """Whether the name is a pattern."""
        return "*" in self.name


@dataclass(frozen=True, slots=True)
class ComparePage:
    """A stretch of a comparison, by schema, table (its own row first) and column."""

    rows: tuple[CompareRow, ...]
    has_before: bool
    has_after: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison shows first: its sides, all counts and the first page."""

    sides: tuple[Side, ...]
    filter: CompareFilter
    counts: CompareCounts
    page: ComparePage
    """The first page under the filter."""
    newer: int
    """The index of the run that started last, whose results a decision made here is written to."""
    warnings: tuple[str, ...] = ()
    """What makes the runs hard to compare, each a sentence."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the columns are called."""
        return tuple(side.name for side in self.sides)

    @property
    def is_pivot(self) -> bool:
        """Whether three runs or more are compared."""
        return len(self.sides) > 2

    @property
    def is_running(self) -> bool:
        """Whether a run may still add results, so that the comparison is worth reading again."""
        return any(side.run.status == "running" for side in self.sides)

    def word(self, row: CompareRow) -> str:
        """A row's status as it is shown: `same`, `diff`, `alice added`."""
        return status_word(row, self.sides)


def status_of(descriptions: Sequence[str | None], *, is_loose: bool = False) -> CompareStatus:
    """Say how the descriptions of an asset stand to each other; the first is the baseline's.

    `left_only` is described by the baseline alone, `right_only` by others alone; where the baseline and some but not
    all of several others describe it, it is a `diff`.
    """
    given = [text for text in descriptions if text]
    if not given:
        return "neither"
    if not descriptions[0]:
        return "right_only"
    if len(given) == 1:
        return "left_only"
    if len(given) < len(descriptions):
        return "diff"
    first = given[0]
    if all(text == first or (is_loose and equal_but_for_space_and_case(first, text)) for text in given[1:]):
        return "same"
    return "diff"


def status_sign(status: CompareStatus) -> str:
    """A sign for a status, so that its meaning is never colour alone."""
    return _SIGNS[status]


def status_word(row: CompareRow, sides: Sequence[Side]) -> str:
    """A status as the AMX documentation's comparison prints it: `same`, `diff`, `alice added`."""
    match row.status:
        case "same" | "diff":
            return row.status
        case "neither":
            return "both missing" if len(sides) == 2 else "all missing"
        case "left_only" | "right_only":
            described = [side.who for side, cell in zip(sides, row.cells, strict=True) if cell.description]
            return f"{', '.join(described)} added"


def matches_name(key: AssetKey, name: str) -> bool:
    """Say whether a filter's name takes an asset; see `CompareFilter.name`."""
    name = name.strip()
    if not name:
        return True
    parts = split_name(name)
    if "*" not in name:
        return key[: len(parts)] == parts
    if len(parts) == 1:
        return any(part and _is_like(part, parts[0]) for part in key)
    return len(parts) <= len(key) and all(
        part != "" and _is_like(part, pattern) for part, pattern in zip(key, parts, strict=False)
    )


def _is_like(part: str, pattern: str) -> bool:
    """Match a pattern whose `*` stands for any letters, the case of ASCII letters aside."""
    beginning, *pieces = _ascii_lower(pattern).split("*")
    text = _ascii_lower(part)
    if not pieces:
        return text == beginning
    *middle, end = pieces
    if len(text) < len(beginning) + len(end) or not text.startswith(beginning) or not text.endswith(end):
        return False
    position, last = len(beginning), len(text) - len(end)
    for piece in middle:
        found = text.find(piece, position, last)
        if found < 0:
            return False
        position = found + len(piece)
    return True


def _ascii_lower(text: str) -> str:
    return "".join(character.lower() if character.isascii() else character for character in text)
