"""Foreign text is shown as data and never acts on the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.text import one_line, visible

HOSTILE = st.text(st.sampled_from("ab \t\r\n\x00\x07\x1b[]\x7f\x9b\u061c\u202e\u2066\u2028\ud800é😀"))


def _acts(character: str) -> bool:
    code = ord(character)
    return (
        (code < 0x20 and character not in "\n\t")
        or 0x7F <= code < 0xA0
        or character in "\u061c\u200e\u200f\u2028\u2029\ufeff"
        or 0x202A <= code <= 0x202E
        or 0x2066 <= code <= 0x2069
        or 0xD800 <= code < 0xE000
    )


@given(st.text() | HOSTILE)
def test_nothing_shown_acts_on_the_terminal(text: str) -> None:
    """No control character, direction override or lone surrogate gets through."""
    shown = visible(text)
    assert not any(_acts(character) for character in shown)
    shown.encode()


def test_control_characters_can_be_seen() -> None:
    """The reader sees that there was an escape sequence, a bell or an override."""
    assert visible("\x1b[31mred\x07") == "␛[31mred␇"
    assert visible("a\x7f\x9b\u202eb") == "a␡‹009B›‹202E›b"
    assert visible("one\r\ntwo\rthree") == "one\ntwo␍three"


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_is_untouched(text: str) -> None:
    """What is harmless is shown to the letter."""
    assert visible(text) == text


@given(st.text() | HOSTILE, st.integers(1, 30))
def test_one_line_is_one_line_and_fits(text: str, limit: int) -> None:
    """A cell of a list holds one line of at most the characters asked for."""
    line = one_line(text, limit)
    assert len(line) <= limit
    assert line == line.strip()
    assert not set(line) & set("\n\t\r")
    assert not any(_acts(character) for character in line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one\n\n  two\tthree ", "one two three"),
        ("a \r\n b", "a b"),
        ("one\u2028two", "one two"),
        ("   ", ""),
    ],
)
def test_line_breaks_become_one_space(text: str, line: str) -> None:
    """Empty lines and indentation do not tear the line apart."""
    assert one_line(text) == line


def test_a_cut_is_marked_and_keeps_accents_with_their_letters() -> None:
    """A combining accent is never left alone at the edge."""
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("abe\u0301def", 4) == "ab…"
    assert one_line("abcd", 4) == "abcd"


def test_a_long_run_of_blanks_is_no_trap() -> None:
    """A hundred thousand spaces take no longer than as many letters (they once took minutes)."""
    assert one_line(" " * 100_000 + "x") == "x"
    assert one_line("x" + " " * 100_000 + "y" + " " * 100_000).startswith("x ")
