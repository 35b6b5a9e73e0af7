"""Marks of changed words on a terminal: signs, columns that line up, lines in step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from amx_tui.ui.widgets.word_marks import (
    beside,
    cell_pieces,
    marked_text,
    unblank,
    woven_pieces,
    woven_text,
    wrapped,
)

TEXTS = st.lists(
    st.sampled_from([*"abcé .,\n-", "名", "👩\u200d💻", "e\u0301", "ש", "\u200f", "12", "\t", "\x1b"]),
    max_size=40,
).map("".join)


def test_changed_words_stand_in_brackets_behind_their_sign() -> None:
    """On each side alone, and woven into one text; blanks stay outside."""
    left, right = "Given name of the customer.", "First name of the customer, as typed."
    assert marked_text(left, right, "removed").plain == "[-Given] name of the customer."
    assert marked_text(left, right, "added").plain == "[+First] name of the customer[+, as typed]."
    assert woven_text(left, right).plain == "[-Given][+First] name of the customer[+, as typed]."


def test_white_space_that_differs_is_drawn() -> None:
    """Otherwise nobody would see what is different."""
    assert woven_text("two words", "two  words").plain == "two[-␣][+␣␣]words"
    assert marked_text("two words", "two\nwords", "added").plain == "two[+⏎]\nwords"


def test_the_looks_tell_the_sides_apart() -> None:
    """A colour for each side, on the words that it marks and nowhere else."""
    woven = woven_text("Given name", "First name")
    looks = {woven.plain[span.start : span.end]: str(span.style) for span in woven.spans}
    assert looks == {"[-Given]": "bold $text-error", "[+First]": "bold $text-success"}


def test_cells_of_lists_mark_with_tones() -> None:
    """On one line, whatever the text is; the underlining does not reach into the blanks."""
    assert cell_pieces("Given\nname", "First\nname", "removed") == [("Given", "removed"), (" name", "")]
    assert cell_pieces("the old name", "the name", "removed") == [
        ("the", ""),
        (" ", ""),
        ("old", "removed"),
        (" name", ""),
    ]
    assert [piece for piece in woven_pieces("Given name", "First name") if piece[0]] == [
        ("[-Given]", "removed"),
        ("[+First]", "added"),
        (" name", ""),
    ]


def test_long_texts_of_cells_are_compared_in_part() -> None:
    """A cell shows no more than a line, so that a screen of long texts is drawn at once."""
    left, right = ("word " * 20_000 + each for each in ("left", "right"))
    assert sum(len(text) for text, _ in cell_pieces(left, right, "added")) < 1000


@given(TEXTS, TEXTS, st.integers(20, 60))
def test_columns_line_up_whatever_the_texts_are(left: str, right: str, width: int) -> None:
    """Wide, combining and right-to-left signs: the line between the columns stands in one place."""
    column = max(8, (width - 3) // 2)
    for line in beside(marked_text(left, right, "removed"), marked_text(left, right, "added"), width):
        bar = line.plain.index(" │ ")
        assert Content(line.plain[:bar]).cell_length == column
        assert line.cell_length <= 2 * column + 3


def test_texts_of_several_lines_begin_beside_each_other() -> None:
    """A paragraph that takes more lines on one side leaves blanks on the other."""
    lines = [line.plain.rstrip() for line in beside(Content("one two three\nfour"), Content("one\nfour"), 23)]
    assert lines == ["one two    │ one", "three      │", "four       │ four"]


@pytest.mark.parametrize("text", ["", "one", "one\n\ntwo"])
def test_wrapping_gives_at_least_a_line(text: str) -> None:
    """Empty lines between paragraphs stay."""
    assert [line.plain for line in wrapped(Content(text), 20)] == text.split("\n")


def test_what_follows_a_bullet_stays_behind_it() -> None:
    """So that an alternative of several lines is not taken for several alternatives."""
    lines = [line.plain.rstrip() for line in wrapped(Content("about\n• one two three\n• four"), 9)]
    assert lines == ["about", "• one two", "  three", "• four"]


def test_a_text_of_blanks_alone_is_seen() -> None:
    """It is a description, and counts as one; it must not look like none."""
    assert unblank("  \n") == "␣␣⏎"
    assert unblank(" a ") == " a "
