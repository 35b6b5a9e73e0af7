"""Markdown as another reader of it sees it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from amx_tui.domain.words import Span, difference
from amx_tui.export.markdown import escaped, marked
from amx_tui.export.marks import trimmed
from amx_tui.export.wording import readable
from tests.unit.export.comparisons import (
    ALICE,
    BOB,
    CAROL,
    NASTY,
    NASTY_TEXTS,
    comparison,
    exported,
    row,
)

Piece = tuple[str, bool]
"""A stretch of a rendered cell, and whether it is bold."""


def read_table(text: str) -> list[list[list[Piece]]]:
    """The cells of the only table of a document, as a renderer reads them."""
    rows: list[list[list[Piece]]] = []
    tokens = MarkdownIt("gfm-like").parse(text)
    assert sum(token.type == "table_open" for token in tokens) == 1
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        if token.type in {"th_open", "td_open"}:
            rows[-1].append(_pieces(tokens[index + 1].children or []))
    return rows


def _pieces(tokens: list[Token]) -> list[Piece]:
    pieces: list[Piece] = []
    is_bold = False
    for token in tokens:
        match token.type:
            case "strong_open":
                is_bold = True
            case "strong_close":
                is_bold = False
            case "html_inline" if token.content == "<br>":
                pieces.append(("\n", is_bold))
            case "text" | "text_special":
                pieces.append((token.content, is_bold))
            case "em_open" | "em_close" | "link_open" | "link_close":
                pass  # a reader may make a link of what looks like one; its text is what counts
            case other:
                raise AssertionError(f"{other} in a cell: {token.content!r}")
    return _merged(pieces)


def _merged(pieces: list[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for text, is_bold in pieces:
        if merged and merged[-1][1] == is_bold:
            merged[-1] = (merged[-1][0] + text, is_bold)
        elif text:
            merged.append((text, is_bold))
    return merged


def _without_blank_ends(pieces: list[Piece]) -> list[Piece]:
    """A table's cells have no white space at their ends."""
    if pieces and not pieces[0][1]:
        pieces = [(pieces[0][0].lstrip(), False), *pieces[1:]]
    if pieces and not pieces[-1][1]:
        pieces = [*pieces[:-1], (pieces[-1][0].rstrip(), False)]
    return _merged(pieces)


def _breaks(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def in_table(cell: str) -> list[Piece]:
    """A cell as it is read back, between two others."""
    rows = read_table(f"| a | b | c |\n| --- | --- | --- |\n| left | {cell} | right |\n")
    left, middle, right = rows[1]
    assert (left, right) == ([("left", False)], [("right", False)])
    return _without_blank_ends(middle)


@given(NASTY_TEXTS)
@example("a\\|b\\\\|c `code|` <b>x</b> &lt; &#42; *x* __y__ ~~z~~ $m$ [l](u) ![i](u)")
@example("http://a_b.de/c_d www.a_b.de mail@a_b.de <http://x.y>")
@example("    indented\n- list\n# heading\n1. number")
def test_any_text_is_read_back_to_the_letter(text: str) -> None:
    """No sign of it is markup, and none ends the cell."""
    expected = _without_blank_ends([(_breaks(readable(text)), False)])
    assert in_table(escaped(text)) == expected


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("c_first_name", "c_first_name"),
        ("_x_ y_", r"\_x\_ y\_"),
        ("https://a.de/x", r"https\://a.de/x"),
        ("www.a_b.de", r"www\.a_b.de"),
        ("a|b", r"a\|b"),
        ("`x`", r"\`x\`"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("one\ntwo", "one<br>two"),
        ("1. one", r"1\. one"),
        ("1.5 one-two", "1.5 one-two"),
    ],
)
def test_what_needs_no_escape_stays_readable(text: str, written: str) -> None:
    """A person may read the file itself; some renderers draw links from the raw text."""
    assert escaped(text) == written


@pytest.mark.parametrize(
    "text", ["# a", "- a", "+ a", "* a", "1. a", "2) a", "> a", "    a", "```a", "| a", "=", "---"]
)
def test_no_text_begins_a_block(text: str) -> None:
    """Also where it stands on a line of its own."""
    types = [token.type for token in MarkdownIt("gfm-like").parse(escaped(text).lstrip())]
    assert types == ["paragraph_open", "inline", "paragraph_close"]


@given(NASTY_TEXTS, NASTY_TEXTS)
@example("f(x)", "f[y]")
@example("", "\u2028\xa0")
@example("a\r\nb c", "a b\u2003c")
@example("(a)b(c)", "(a)d(c)")
@example("Free text  as typed", "Free text as typed")
@example("一(二)三", "一[二]三")
def test_changed_words_are_bold_and_nothing_else_is(left: str, right: str) -> None:
    """Wherever a mark begins or ends: between letters, beside punctuation, around white space."""
    for spans in difference(left, right):
        assert in_table(marked(spans)) == _without_blank_ends(_as_marked(spans))


def _as_marked(spans: tuple[Span, ...]) -> list[Piece]:
    pieces = []
    for span in trimmed(Span(readable(span.text), span.is_changed) for span in spans):
        text = span.text
        if span.is_changed and not text.strip():
            drawn = {"\n": "↵", "\t": "⇥", "\xa0": "⍽"}
            text = "".join(drawn.get(sign, "␣") for sign in _breaks(text))
        pieces.append((_breaks(text), span.is_changed))
    return _merged(pieces)


def test_a_comparison_is_one_table_with_a_row_an_asset() -> None:
    """Headings name the sides; what is missing is set apart."""
    text = exported("md", NASTY)
    head, *rows = read_table(text)
    plain = ["".join(piece for piece, _ in cell) for cell in head]
    assert plain == ["asset", "alice (2 hr ago)", "bob (5 days ago)", "status"]
    names = ["".join(piece for piece, _ in cells[0]) for cells in rows]
    assert names == [each.target_qname for each in NASTY]
    assert "12 assets: 2 same, 7 diff, 1 alice added, 1 bob added, 1 both missing" in text
    assert "| *(no description)* | bob added |".replace("bob", "alice") in text


def test_a_long_text_is_whole() -> None:
    """A hundred thousand characters are no less data than ten."""
    long = "words | and * more <b>\n" * 4_500
    cells = read_table(exported("md", [row("s", "t", "c", long, None)]))[1]
    assert _without_blank_ends(cells[1]) == [(long.strip(), False)]


def test_a_pivot_holds_each_run_against_the_first() -> None:
    """The same is a sign; a text has the words in bold that the first lacks."""
    rows = [row("s", "t", "a", "Given name", "Given name", "First name")]
    cells = read_table(exported("md", rows, comparison(rows, (ALICE, BOB, CAROL))))[1]
    assert cells[1:4] == [
        [("Given name", False)],
        [("=", False)],
        [("First", True), (" name", False)],
    ]
