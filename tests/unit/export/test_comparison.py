"""Exports while they are being read."""

from __future__ import annotations

import asyncio
import io
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from amx_tui.domain.compare import CompareRow
from amx_tui.export.comparison import (
    EXPORT_FORMATS,
    ExportFormat,
    comparison_writer,
    format_of_path,
    pieces,
    write_comparison,
)
from tests.unit.export.comparisons import EXPORTED_AT, NASTY, comparison, exported, row


class Sink(io.StringIO):
    """A stream that keeps nothing and counts what it is given."""

    size = 0

    def write(self, text: str, /) -> int:
        self.size += len(text)
        return len(text)


def many(count: int) -> Iterator[CompareRow]:
    """Rows that nobody else holds."""
    for number in range(count):
        yield row(
            "s", f"t{number // 50}", f"c{number % 50}", f"Text of {number}" * 5, f"Text for {number}" * 5
        )


async def later(rows: Iterator[CompareRow]) -> AsyncIterator[CompareRow]:
    """Rows as a store gives them."""
    for each in rows:
        if each.column_name == "c0":
            await asyncio.sleep(0)
        yield each


@pytest.mark.parametrize("export_format", EXPORT_FORMATS)
async def test_rows_from_a_store_and_rows_in_memory_give_the_same_text(export_format: ExportFormat) -> None:
    """In pieces of a few hundred rows, or at once."""
    rows = [*NASTY, *many(450)]
    of = comparison(rows)

    def writer_of_it() -> io.StringIO:
        return io.StringIO(newline="")

    streams = writer_of_it(), writer_of_it()
    await write_comparison(
        streams[0], comparison_writer(export_format, of, exported_at=EXPORTED_AT), later(iter(rows))
    )
    await write_comparison(streams[1], comparison_writer(export_format, of, exported_at=EXPORTED_AT), rows)
    assert streams[0].getvalue() == streams[1].getvalue() == exported(export_format, rows, of)


@pytest.mark.parametrize("export_format", EXPORT_FORMATS)
async def test_memory_does_not_grow_with_the_comparison(export_format: ExportFormat) -> None:
    """Five times the rows need hardly more memory at any moment."""

    async def peak(count: int) -> int:
        sink = Sink()
        tracemalloc.start()
        writer = comparison_writer(export_format, comparison([]), exported_at=EXPORTED_AT)
        await write_comparison(sink, writer, later(many(count)))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sink.size > count * 60
        return most

    small, large = await peak(600), await peak(3_000)
    assert large < small * 1.5


async def test_the_first_rows_are_written_before_the_last_are_read() -> None:
    """Whoever pipes an export into another program need not wait."""
    read = 0

    async def counted() -> AsyncIterator[CompareRow]:
        nonlocal read
        for each in many(2_000):
            read += 1
            yield each

    writer = comparison_writer("csv", comparison([]), exported_at=EXPORTED_AT)
    stream = pieces(writer, counted())
    await anext(stream)
    assert "s.t0.c0" in await anext(stream)
    assert read < 1_000


@pytest.mark.parametrize("export_format", ["md", "csv", "json", "html"])
def test_a_description_of_which_only_the_beginning_was_read_is_refused(export_format: ExportFormat) -> None:
    """An export that lost text without a word would be worse than none."""
    whole = row("s", "t", "c", "Begin", "Beginning")
    cut = replace(whole, cells=(whole.cells[0], replace(whole.cells[1], is_cut=True)))
    with pytest.raises(ValueError, match="is cut"):
        exported(export_format, [cut])
    assert "Beginning" in exported("table", [cut])


@pytest.mark.parametrize(
    ("path", "export_format"),
    [
        ("~/a.md", "md"),
        ("a.MARKDOWN", "md"),
        ("x.y/a.csv", "csv"),
        ("a.json", "json"),
        ("a.HTML", "html"),
        ("a.htm", "html"),
        ("a.txt", "table"),
        ("a", None),
        ("a.pdf", None),
        ("x.csv/a", None),
        ("", None),
    ],
)
def test_a_files_name_says_its_format(path: str, export_format: ExportFormat | None) -> None:
    """In any letter case; what says nothing names none."""
    assert format_of_path(path) == export_format
