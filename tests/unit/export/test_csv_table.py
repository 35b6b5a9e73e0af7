"""CSV as Python's reader and a spreadsheet see it."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given

from amx_tui.export.comparison import comparison_writer
from amx_tui.export.csv_table import neutralised
from amx_tui.export.wording import readable
from tests.unit.export.comparisons import EXPORTED_AT, NASTY, NASTY_TEXTS, comparison, exported, row


def read(text: str) -> list[list[str]]:
    """The cells of a CSV text."""
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "  =1", "\n=1", "\"=1", "'=1", "“=1", "\u00a0=1", "\ufeff=1",
        "\u200b=1", "＝1", "- a list", '" \' =1', "\r\n@x",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_might_run_gets_an_apostrophe(cell: str) -> None:
    """Also behind white space and quotes, which some of them drop."""
    assert neutralised(cell) == f"'{cell}"


@pytest.mark.parametrize(
    "cell", ["", "text", "a=b", "'tis a text", '"quoted"', "1-2", "a\t=b", "\nx", "x\n=1"]
)
def test_other_text_stays(cell: str) -> None:
    """An apostrophe is not put where nothing begins like a formula."""
    assert neutralised(cell) == cell


@given(NASTY_TEXTS, NASTY_TEXTS)
def test_texts_are_read_back_to_the_letter(left: str, right: str) -> None:
    """But for the apostrophes, which the documented rule takes away again, and the signs that are drawn."""
    cells = read(exported("csv", [row("s", "t", "c", left, right)]))[1]
    assert cells[:4] == ["s.t.c", "s", "t", "c"]
    assert [_as_it_was(cell) for cell in cells[5:]] == [readable(left), readable(right)]
    assert not any(cell.lstrip(' \t\r\n"\u00a0').startswith(("=", "+", "-", "@")) for cell in cells)
    assert not any(cell.startswith(("\t", "\r")) for cell in cells)


def _as_it_was(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and neutralised(cell[1:]) != cell[1:] else cell


def test_columns_are_named_and_lines_end_as_the_standard_says() -> None:
    """RFC 4180: CRLF after every line, the same number of cells in each."""
    text = exported("csv", NASTY)
    head, *rows = read(text)
    assert head == [
        "target_qname", "schema_name", "table_name", "column_name", "status",
        "alice (2 hr ago)", "bob (5 days ago)",
    ]  # fmt: skip
    assert {len(cells) for cells in rows} == {7}
    assert [cells[0] for cells in rows] == [each.target_qname for each in NASTY]
    assert text.endswith("\r\n")
    assert text.count("\r\n") == len(NASTY) + 1


def test_names_are_neutralised_like_texts() -> None:
    """A column of a database can be named like a formula."""
    cells = read(exported("csv", [row("=cmd", "@t", "-c", "x", "y")]))[1]
    assert cells[:4] == ['\'"=cmd"."@t"."-c"', "'=cmd", "'@t", "'-c"]


def test_a_byte_order_mark_is_written_only_when_asked_for() -> None:
    """Excel wants one, most other programs do not."""
    of = comparison([])
    plain = comparison_writer("csv", of, exported_at=EXPORTED_AT).begin()
    assert plain.startswith("target_qname")
    assert comparison_writer("csv", of, exported_at=EXPORTED_AT, has_mark=True).begin() == f"\ufeff{plain}"


def test_a_long_text_with_quotes_and_breaks_is_whole() -> None:
    """One cell, a hundred thousand characters."""
    long = 'He said "no", then\nleft;\t' * 4_000
    assert read(exported("csv", [row("s", "t", "c", long, None)]))[1][5:] == [long, ""]
