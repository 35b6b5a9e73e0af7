"""The table of the AMX documentation."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from rich.cells import cell_len

from amx_tui.domain.cells import cell_width
from amx_tui.export.text_table import TextTableWriter, shorten
from tests.unit.export.comparisons import (
    ALICE,
    BOB,
    CAROL,
    DOCUMENTED,
    NASTY_TEXTS,
    comparison,
    exported,
    row,
)

DOCUMENTATION = """\
                                  alice (2 hr ago)        bob (5 days ago)         status
sales.customer.c_first_name      "Given name of …"        "First name of …"        diff
sales.customer.c_last_name       "Surname of …"           "Surname of …"           same
sales.customer.x_legacy_status   "Legacy status flag …"   (no description)         alice added
"""


def test_the_documentations_example_is_printed_to_the_letter() -> None:
    """Whoever followed the documentation recognises what they see."""
    assert exported("table", [row(*each) for each in DOCUMENTED]) == DOCUMENTATION


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Short", "Short"),
        ("Exactly twenty cells", "Exactly twenty cells"),
        ("Exactly twenty cells.", "Exactly twenty …"),
        ("Legacy status flag of the CRM", "Legacy status flag …"),
        ("Donaudampfschifffahrtsgesellschaft", "Donaudampfschifffah…"),
        ("日本語の説明はここにあります", "日本語の説明はここ…"),
        ("First line\nsecond line of it", "First line second …"),
        ("  spaced \n\n out  ", "spaced out"),
        ("Colour \x1b[31mred\x1b[0m", "Colour ␛[31mred␛[0m"),
        ("x" * 100_000, "x" * 19 + "…"),
        ("word " * 20_000, "word word word …"),
    ],
)
def test_descriptions_are_cut_between_words(text: str, shown: str) -> None:
    """On one line, within twenty cells, control characters drawn."""
    assert shorten(text, 20) == shown


@given(NASTY_TEXTS)
def test_no_text_is_wider_than_its_column_or_commands_the_terminal(text: str) -> None:
    """Whatever a text is made of."""
    shown = shorten(text, 20)
    assert cell_width(shown) <= 20
    assert not any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in shown)
    assert not set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068") & set(shown)


def test_texts_that_begin_alike_are_shown_from_where_they_differ() -> None:
    """Two cells that look the same beside `diff` would say nothing."""
    left = "The given name of the customer as written in the contract"
    right = "The given name of the customer as written on the card"
    line = exported("table", [row("s", "t", "c", left, right)]).splitlines()[1]
    assert '"… in the contract"' in line
    assert '"… on the card"' in line


def test_columns_stay_aligned_whatever_the_script() -> None:
    """By the cells that a terminal gives to wide signs, marks and right-to-left text."""
    rows = [
        row("s", "t", "plain", "one", "two"),
        row("s", "t", "e\u0301te\u0301", "日本語の説明", "ﾊﾝｶｸ"),
        row("s", "t", "שם", "שם הלקוח", "اسم العميل"),
        row("s", "t", "x\x1b[1m", "a\u0301b\u0302", "tab\there"),
    ]
    head, *lines = exported("table", rows).splitlines()
    column = cell_len(head[: head.index("status")])
    assert {cell_len(line[: line.rindex("diff")]) for line in lines} == {column}


def test_two_right_to_left_cells_are_kept_in_their_order() -> None:
    """A terminal that reorders text would take them for one stretch and swap them; a mark parts them."""
    line = exported("table", [row("s", "t", "c", "שלום", "עולם")]).splitlines()[1]
    assert line.count("\u200e") == 2
    assert line.index("שלום") < line.index("\u200e") < line.index("עולם")
    assert "\u200e" not in exported("table", [row("s", "t", "c", "日本", "x")])


def test_a_pivot_shows_only_what_differs_from_the_first() -> None:
    """A sign stands where a run says the same, and another where it does but for white space and case."""
    rows = [
        row("s", "t", "a", "Given name", "Given name", "First name"),
        row("s", "t", "b", "Given name", "given  name", "Given name", is_loose=True),
        row("s", "t", "c", None, "x", None),
        row("s", "t", "d", None, None, None),
    ]
    text = exported("table", rows, comparison(rows, (ALICE, BOB, CAROL)))
    assert [line.split("   ") for line in _squeezed(text).splitlines()[1:]] == [
        ["s.t.a", '"Given name"', "=", '"First name"', "diff"],
        ["s.t.b", '"Given name"', "≈", "=", "same ≈"],
        ["s.t.c", "(no description)", '"x"', "(no description)", "bob added"],
        ["s.t.d", "(no description)", "(no description)", "(no description)", "all missing"],
    ]


def _squeezed(text: str) -> str:
    while "    " in text:
        text = text.replace("    ", "   ")
    return text


def test_without_rows_there_are_headings() -> None:
    """A filter that nothing passes is no error."""
    assert exported("table", []).split() == [
        "alice",
        "(2",
        "hr",
        "ago)",
        "bob",
        "(5",
        "days",
        "ago)",
        "status",
    ]


def test_rows_are_written_long_before_the_last() -> None:
    """Columns that a later row needs wider are wider from there on."""
    writer = TextTableWriter(comparison([]))
    early = "".join(writer.row(row("s", "t", f"c{number}", "x", "y")) for number in range(600))
    late = writer.row(row("s", "t", "c" * 60, "x", "y")) + writer.end()
    assert len(early.splitlines()) == 501
    assert len({line.rindex("diff") for line in early.splitlines()[1:]}) == 1
    assert len({line.rindex("diff") for line in late.splitlines()}) == 1
    assert len(late.splitlines()) == 101
    assert late.splitlines()[0].rindex("diff") > early.splitlines()[1].rindex("diff")


def test_more_room_shows_more_of_a_description() -> None:
    """On a wide terminal."""
    long = "Legacy status flag from the old CRM"
    writer = TextTableWriter(comparison([]), description_cells=40)
    assert f'"{long}"' in writer.row(row("s", "t", "c", long, None)) + writer.end()
