"""Exporting a comparison: the formats, and rows that are written while they are still being read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from datetime import datetime
from typing import Literal, Protocol, TextIO, get_args

from amx_tui.domain.compare import CompareRow, Comparison
from amx_tui.export.csv_table import CsvWriter
from amx_tui.export.html_page import HtmlWriter
from amx_tui.export.json_document import JsonWriter
from amx_tui.export.markdown import MarkdownWriter
from amx_tui.export.text_table import TextTableWriter

__all__ = [
    "EXPORT_FORMATS",
    "ComparisonWriter",
    "ExportFormat",
    "comparison_writer",
    "format_of_path",
    "pieces",
    "write_comparison",
]

ExportFormat = Literal["table", "md", "csv", "json", "html"]
EXPORT_FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)

_SUFFIXES: dict[str, ExportFormat] = {
    ".md": "md",
    ".markdown": "md",
    ".csv": "csv",
    ".json": "json",
    ".html": "html",
    ".htm": "html",
    ".txt": "table",
}
_BATCH = 200


class ComparisonWriter(Protocol):
    """Turns a comparison into text, a row at a time, and keeps no rows. One writer writes one document.

    Rows must hold whole descriptions (`CompareCell.is_cut` false), except for the table, which shortens them.
    """

    def begin(self) -> str:
        """Return what stands before the rows."""
        ...

    def row(self, row: CompareRow) -> str:
        """Return what a row adds; a writer may hold back a few rows to align them."""
        ...

    def end(self) -> str:
        """Return what was held back, and what stands behind the rows."""
        ...


def comparison_writer(
    export_format: ExportFormat, comparison: Comparison, *, exported_at: datetime, has_mark: bool = False
) -> ComparisonWriter:
    """Make the writer of a format.

    Args:
        export_format: Which.
        comparison: What the rows belong to: its sides, counts, filter and warnings are written, not its page.
        exported_at: When; what `2 hr ago` in the names of the sides goes by.
        has_mark: Whether a CSV begins with a byte order mark; see `CsvWriter`.
    """
    match export_format:
        case "table":
            return TextTableWriter(comparison)
        case "md":
            return MarkdownWriter(comparison, exported_at=exported_at)
        case "csv":
            return CsvWriter(comparison, has_mark=has_mark)
        case "json":
            return JsonWriter(comparison, exported_at=exported_at)
        case "html":
            return HtmlWriter(comparison, exported_at=exported_at)


def format_of_path(path: str) -> ExportFormat | None:
    """The format that a file's name asks for by its end (`.md .csv .json .html .txt`); None where it names none."""
    dot = path.rfind(".")
    return _SUFFIXES.get(path[dot:].lower()) if dot >= 0 else None


async def pieces(
    writer: ComparisonWriter, rows: AsyncIterable[CompareRow] | Iterable[CompareRow]
) -> AsyncIterator[str]:
    """Give a comparison's text in pieces, a few hundred rows each, while the rows are still being read.

    Marking words takes time; it is done in a thread, so that a screen goes on meanwhile.
    """
    yield writer.begin()
    batch: list[CompareRow] = []
    async for row in _each(rows):
        batch.append(row)
        if len(batch) >= _BATCH:
            yield await asyncio.to_thread(_text, writer, batch)
            batch = []
    if batch:
        yield await asyncio.to_thread(_text, writer, batch)
    yield writer.end()


async def write_comparison(
    stream: TextIO, writer: ComparisonWriter, rows: AsyncIterable[CompareRow] | Iterable[CompareRow]
) -> None:
    """Write a comparison to a stream; the stream must not translate line ends (`newline=""`).

    Raises:
        OSError: The stream does not take it.
    """
    async for piece in pieces(writer, rows):
        stream.write(piece)


def _text(writer: ComparisonWriter, rows: Iterable[CompareRow]) -> str:
    return "".join(map(writer.row, rows))


async def _each(rows: AsyncIterable[CompareRow] | Iterable[CompareRow]) -> AsyncIterator[CompareRow]:
    if isinstance(rows, AsyncIterable):
        async for row in rows:
            yield row
    else:
        for row in rows:
            yield row
