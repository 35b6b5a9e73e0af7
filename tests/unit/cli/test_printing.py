"""Reports as terminal text."""

from __future__ import annotations

import io

from amx_tui.cli.printing import Printer, wants_colour
from amx_tui.domain.cells import cell_width
from amx_tui.domain.report import Block, Check, Checks, Code, Facts, Grid, Paragraph


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def printed(*blocks: Block, has_colour: bool = False) -> str:
    """What a printer writes."""
    stream = io.StringIO()
    printer = Printer(stream, has_colour=has_colour)
    for block in blocks:
        printer.print(block)
    return stream.getvalue()


def test_columns_line_up_by_cells_not_by_characters() -> None:
    """Wide and combining characters take the cells that a terminal gives them."""
    text = printed(Grid(("who", "ok"), (("日本", "1"), ("e\u0301va", "22"), ("bob", "3"))))
    assert text == "who   ok\n日本  1\ne\u0301va   22\nbob   3\n"
    assert [cell_width(line.rpartition(" ")[0].rstrip()) for line in text.splitlines()[1:]] == [4, 3, 3]


def test_numbers_can_stand_on_the_right() -> None:
    """A column named in `right` is aligned to the right."""
    assert (
        printed(Grid(("n", "x"), (("1", "a"), ("10", "b")), right=frozenset({0}))) == " n  x\n 1  a\n10  b\n"
    )


def test_an_empty_grid_says_so() -> None:
    """Where there are no rows, the sentence for it is printed and no headings."""
    assert printed(Grid(("a",), (), empty="Nothing here.")) == "Nothing here.\n"


def test_blocks_are_parted_by_one_empty_line() -> None:
    """Blocks without lines leave no trace."""
    assert printed(Paragraph("one"), Grid(("a",), ()), Code("two")) == "one\n\ntwo\n"


def test_what_people_wrote_cannot_steer_the_terminal() -> None:
    """Escape sequences, carriage returns and direction overrides are shown, not sent, in every kind of block."""
    evil = "\x1b[31mred\x07\x9b2J\u202ex\rback"
    text = printed(
        Paragraph(evil),
        Code(evil),
        Facts((("k\x1b", evil),), title=evil),
        Grid((evil,), ((evil,),), title=evil, empty=evil),
        Grid((evil,), (), empty=evil),
        Checks((Check(evil, "failed", evil, evil),), title=evil),
    )
    assert "␛[31mred␇‹009B›2J‹202E›x" in text
    assert not set(text) & {"\x1b", "\x07", "\x9b", "\u202e", "\r"}


def test_facts_keep_their_lines_under_their_value() -> None:
    """A value of several lines stays in its column."""
    assert printed(Facts((("a", "1\n2"), ("long", "3")), title="T")) == "T\na     1\n      2\nlong  3\n"


def test_checks_have_a_sign_and_their_cure() -> None:
    """Each state has its own sign; the hint follows, line by line."""
    text = printed(Checks((Check("host", "failed", "gone", "do this\nthen that"), Check("x", "ok", "fine"))))
    assert text == "✗ host: gone\n  → do this\n    then that\n✓ x: fine\n"


def test_colours_go_to_terminals_only_and_not_under_no_color() -> None:
    """A pipe, a dumb terminal and NO_COLOR get none."""
    assert wants_colour(Terminal(), {"TERM": "xterm"})
    assert not wants_colour(Terminal(), {"TERM": "xterm", "NO_COLOR": "1"})
    assert not wants_colour(Terminal(), {"TERM": "dumb"})
    assert not wants_colour(io.StringIO(), {"TERM": "xterm"})


def test_colour_changes_no_letter() -> None:
    """The same text stands between the escape codes."""
    import re

    blocks = (
        Facts((("a", "b"),), title="T"),
        Grid(("id", "status"), (("1", "failed"), ("2", "unheard of"))),
        Checks((Check("c", "warning", "m"),)),
    )
    coloured = printed(*blocks, has_colour=True)
    assert "\x1b[31mfailed\x1b[0m" in coloured
    assert re.sub(r"\x1b\[\d*m", "", coloured) == printed(*blocks)
