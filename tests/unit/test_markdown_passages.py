"""Markdown is cut where its blocks end, so that reading the pieces is reading the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from amx_tui.ui.widgets.markdown.layout import MarkdownReader
from amx_tui.ui.widgets.markdown.passages import cut
from amx_tui.ui.widgets.markdown.wrapping import Pieces, cells_of, wrap

LINES = st.sampled_from(
    ["", "", "text *with* words", "# Heading", "- point", "  more of it", "1. first", "> quote", "```", "| a | b |",
     "| --- | --- |", "    code", "---", "===", "~~~sql", "   indented", "* * *", "[ref]: http://x.y"]
)  # fmt: skip


def plain(rows: list[Pieces]) -> list[str]:
    """The rows' texts."""
    return ["".join(text for text, _ in row).rstrip() for row in rows]


def rendered(text: str, width: int = 60) -> list[str]:
    """A text as it is read."""
    outline = cut(text)
    reader = MarkdownReader(outline.definitions)
    return [line for passage in outline.passages for line in plain(reader.rows(passage, width))]


@given(st.lists(LINES, max_size=30))
def test_every_line_is_in_one_passage(lines: list[str]) -> None:
    """Nothing is lost or doubled by cutting."""
    text = "\n".join(lines)
    covered = [line for passage in cut(text).passages for line in passage.text.split("\n") if line.strip()]
    assert covered == [line for line in lines if line.strip()]


@given(st.lists(LINES, max_size=20))
def test_headings_are_those_that_the_whole_text_has(lines: list[str]) -> None:
    """The table of contents agrees with the parser about headings with a number sign."""
    text = "\n".join(lines)
    tokens = MarkdownIt("commonmark", {"html": False}).enable(["table"]).parse(text)
    wanted = [
        token
        for token in tokens
        if token.type == "heading_open" and token.markup.startswith("#") and token.level == 0
    ]
    found = [heading for heading in cut(text).headings if heading.title == "Heading"]
    assert len(found) >= len(wanted)


@given(st.text(alphabet="ab *_`[]()#>|\n\t-1.日é\u200b", max_size=200), st.integers(8, 50))
def test_no_row_is_wider_than_there_is_room(text: str, width: int) -> None:
    """Whatever is written, nothing runs out of the pane but tables of many columns."""
    if "|" in text:
        return
    for line in rendered(text, max(width, 24)):
        assert cells_of(line) <= max(width, 24) + 8


@given(
    st.lists(
        st.tuples(st.text(alphabet="ab 日", min_size=1, max_size=12), st.sampled_from(["", "strong"])),
        max_size=8,
    )
)
def test_wrapping_loses_nothing_but_blanks_at_breaks(pieces: list[tuple[str, str]]) -> None:
    """All words are there, in their looks, in order."""
    rows = wrap(pieces, 10)
    flat = "".join(text for row in rows for text, _ in row).replace(" ", "")
    assert flat == "".join(text for text, _ in pieces).replace(" ", "")
    assert all(sum(cells_of(text) for text, _ in row) <= 10 or len(rows) == 1 for row in rows)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# One\ntext", ["One", "━━━", "", "text"]),
        ("- [x] done\n- [ ] open", ["☑ done", "☐ open"]),
        ("9. nine\n10. ten", [" 9. nine", "10. ten"]),
        ("> quote\n>\n> - in it", ["▎ quote", "▎", "▎ • in it"]),
        ("[a](http://x.y/z)", ["a ‹http://x.y/z›"]),
        ("<http://x.y>", ["http://x.y"]),
        ("![map](m.png)", ["[picture: map] ‹m.png›"]),
        ("<b>raw</b>", ["<b>raw</b>"]),
        ("```sql\nselect\t1\n```", ["  sql", "   select  1"]),
        ("| a | b |\n|---|--:|\n| x | 1 |", ["a   │   b", "────┼────", "x   │   1"]),
    ],
)  # fmt: skip
def test_blocks_are_drawn_as_people_read_them(text: str, wanted: list[str]) -> None:
    """One of each kind."""
    assert rendered(text) == wanted


def test_a_link_may_be_named_far_below() -> None:
    """The definitions of the whole text are known to each passage."""
    assert rendered("see [it][ref]\n\npara\n\n[ref]: http://x.y")[0] == "see it ‹http://x.y›"


def test_no_cut_lies_in_fenced_code() -> None:
    """What looks like a heading in code is code."""
    outline = cut("```\n\n# no heading\n\ntext\n```\n\n# heading")
    assert [heading.title for heading in outline.headings] == ["heading"]
    assert len(outline.passages) == 2


def test_a_passage_that_nobody_wrote_by_hand_is_shown_as_text() -> None:
    """100 kB without a blank line are not parsed; they are there to read all the same."""
    text = "*word* " * 15_000
    shown = rendered(text)
    assert "".join(shown).replace(" ", "") == text.replace(" ", "")
