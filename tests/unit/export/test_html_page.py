"""HTML as a parser and a careful browser see it."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

from hypothesis import given

from amx_tui.domain.compare import CompareFilter, CompareRow, Comparison
from amx_tui.domain.words import difference
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

ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "h1", "ul", "li", "strong", "bdi", "code", "span", "p",
    "fieldset", "legend", "label", "input", "table", "colgroup", "col", "thead", "tbody", "tr", "th", "td", "br", "wbr",
    "ins", "del",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "type", "id", "checked", "scope", "colspan", "dir",
}  # fmt: skip
VOID = {"meta", "input", "col", "br", "wbr"}


class Page(HTMLParser):
    """Reads a page, and fails where tags are not balanced or not of those that we write."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.rows: list[list[str]] = []
        self.marks: list[tuple[str, str]] = []
        self.groups: list[str] = []
        self.style = self.policy = self.text = ""
        self.feed(text)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        assert {name for name, _ in attrs} <= ATTRIBUTES
        values = dict(attrs)
        self.policy = self.policy or (values.get("content") or "" if "http-equiv" in values else "")
        if tag not in VOID:
            self.stack.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
        if tag in {"ins", "del"}:
            self.marks.append((tag, ""))
        if tag == "tbody":
            self.groups.append(values.get("class") or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_decl(self, decl: str) -> None:
        assert decl == "DOCTYPE html"

    def handle_data(self, data: str) -> None:
        if "style" in self.stack:
            self.style += data
            return
        self.text += data
        if "td" in self.stack or "th" in self.stack:
            self.rows[-1][-1] += data
        if self.stack and self.stack[-1] in {"ins", "del"}:
            tag, text = self.marks[-1]
            self.marks[-1] = (tag, text + data)


def page(rows: list[CompareRow], of: Comparison | None = None) -> Page:
    """An export, read."""
    return Page(exported("html", rows, of))


def test_every_row_and_count_is_on_the_page() -> None:
    """Under a heading for each table."""
    read = page(NASTY, comparison(NASTY, warnings=("Different <profiles>.",)))
    body = [cells for cells in read.rows if len(cells) == 4]
    assert body[0][0] == "asset"
    assert [cells[0] for cells in body[1:]] == [each.target_qname for each in NASTY]
    assert [cells[0] for cells in read.rows if len(cells) == 1] == [
        "sales 1 diff",
        "sales.customer 1 same, 6 diff, 1 alice added",
        'sales."order.line" 1 same, 1 bob added, 1 both missing',
    ]
    assert read.groups == [
        "has-diff",
        "has-same has-diff has-left_only",
        "has-same has-right_only has-neither",
    ]
    assert "⚠ Different <profiles>." in read.text
    for count in ("12 assets", "≠ diff 7", "only differences 9", "+ alice added 1", "∅ both missing 1"):
        assert count in read.text


def test_the_page_needs_nothing_and_may_do_nothing() -> None:
    """No script, no address of anything, and a policy that allows the one style sheet by its hash."""
    text = exported("html", [row("s", "t", "c", "plain", "text")])
    read = Page(text)
    digest = base64.b64encode(hashlib.sha256(read.style.encode()).digest()).decode()
    assert "default-src 'none'" in read.policy
    assert f"style-src 'sha256-{digest}'" in read.policy
    assert "unsafe" not in read.policy
    assert not re.search(r"script|https?:|//|url\(|@import|src=|href=|style=| on\w+=", text)


def test_marks_have_signs_and_the_page_follows_the_readers_scheme() -> None:
    """Not by colour alone; light, dark and on paper."""
    style = page([]).style
    assert re.search(r'ins::before \{ content: "\+', style)
    assert re.search(r'del::before \{ content: "\\2212', style)
    assert "underline" in style
    assert "line-through" in style
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style
    assert re.search(r"thead th \{ position: sticky", style)


@given(NASTY_TEXTS, NASTY_TEXTS)
def test_any_text_is_text(left: str, right: str) -> None:
    """No name or description adds a tag, and each is read back to the letter."""
    read = page([row("s", "t", left or "c", left or None, right or None)])
    cells = read.rows[-1]
    assert cells[1:3] == [readable(each) or "(no description)" for each in (left, right)]
    assert not re.search("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", read.text)


@given(NASTY_TEXTS.filter(bool), NASTY_TEXTS.filter(bool))
def test_marks_are_the_words_that_the_other_side_lacks(left: str, right: str) -> None:
    """Gone ones on the first side, new ones on the second, blanks at their ends left out."""
    gone, come = difference(left, right)
    expected = [("del", _trimmed(span.text)) for span in gone if span.is_changed]
    expected += [("ins", _trimmed(span.text)) for span in come if span.is_changed]
    assert page([row("s", "t", "c", left, right)]).marks == expected


def _trimmed(text: str) -> str:
    return readable(text.strip() or text)


def test_a_pivot_weaves_what_differs_from_the_first() -> None:
    """Both marks in one cell; a run that says the same has none, and what is missing is said."""
    rows = [
        row(
            "s",
            "t",
            "a",
            "Given name of the customer",
            "Given name of the customer",
            "First name of customer",
        ),
        row("s", "t", "b", "x", None, "x"),
    ]
    read = page(rows, comparison(rows, (ALICE, BOB, CAROL)))
    assert read.marks == [("del", "Given"), ("ins", "First"), ("del", " the")]
    assert read.rows[-1][1:] == ["x", "(no description)", "x", "≠ diff"]


def test_a_filtered_export_says_so_and_offers_no_choice_of_what_it_lacks() -> None:
    """The counts are of everything, the rows are not."""
    rows = [row("s", "t", "a", "x", "y"), row("s", "t", "b", "x", "x")]
    of = comparison(rows, wanted=CompareFilter(name="s", statuses=frozenset({"diff"})))
    text = exported("html", rows[:1], of)
    assert "Shown: s, diff" in Page(text).text
    assert "= same 1" in Page(text).text
    assert "<input" not in text


def test_an_export_without_rows_is_a_whole_page() -> None:
    """A filter that nothing passes is no error."""
    assert "0 assets" in page([]).text
