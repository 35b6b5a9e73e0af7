"""A comparison as CSV (RFC 4180), which a spreadsheet shows and does not run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from amx_tui.domain.compare import CompareRow, Comparison
from amx_tui.export.wording import readable, status_text, whole_text

__all__ = ["BYTE_ORDER_MARK", "CsvWriter", "neutralised"]

BYTE_ORDER_MARK = "\ufeff"

_FORMULA = re.compile(r"[\t\r]|[\s\"'“”‘’„«»`\u00ad\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠]")
"""What a spreadsheet may take for the beginning of a formula, also behind what some of them drop when reading."""


class CsvWriter:
    """Writes a comparison as comma-separated values with CRLF at the end of each line.

    The columns are target_qname, schema_name, table_name, column_name and status, then one for each side, named as
    the side is, with the whole description; a side without one has an empty cell.

    A cell that a spreadsheet might run as a formula gets an apostrophe in front; see `neutralised`. Control characters
    and direction overrides are drawn (␛), line breaks inside a description are kept inside its quotes.

    Args:
        comparison: Of what.
        has_mark: Whether the file begins with a byte order mark. Excel on Windows takes a file without one for
            the system's old code page; most other programs take the mark for a part of the first heading. So
            the default is none.
    """

    def __init__(self, comparison: Comparison, *, has_mark: bool = False) -> None:
        self._comparison = comparison
        self._mark = BYTE_ORDER_MARK if has_mark else ""

    def begin(self) -> str:
        """The line of headings."""
        headings = ["target_qname", "schema_name", "table_name", "column_name", "status"]
        return self._mark + _line([*headings, *self._comparison.names])

    def row(self, row: CompareRow) -> str:
        """One row."""
        return _line(
            [
                row.target_qname,
                row.schema_name,
                row.table_name,
                row.column_name,
                status_text(self._comparison, row),
                *(whole_text(cell) or "" for cell in row.cells),
            ]
        )

    def end(self) -> str:
        """Nothing."""
        return ""


def neutralised(cell: str) -> str:
    """Put an apostrophe in front of what a spreadsheet might run: text that begins with `= + - @`, tab or CR.

    Their full-width forms count, and so do white space, quotes and invisible signs in front of them. The rule
    can be undone: where a cell begins with an apostrophe and what is behind it begins like that, that one apostrophe
    was added.
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([neutralised(readable(cell)) for cell in cells])
    return buffer.getvalue()
