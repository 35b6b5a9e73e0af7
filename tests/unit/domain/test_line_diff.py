"""The side-by-side difference: both texts whole, and marked where they differ."""

from __future__ import annotations

from hypothesis import given

from amx_tui.domain.line_diff import DiffLine, DiffRow, line_diff
from tests.unit.merge.strategies import texts, versions


def side(lines: list[DiffLine | None]) -> str:
    """A side's text."""
    return "".join(line.text + line.end for line in lines if line)


def kinds(rows: tuple[DiffRow, ...]) -> list[str]:
    """The kinds of all rows."""
    return [row.kind for row in rows]


@given(versions())
def test_both_texts_are_whole(three: tuple[str, str, str]) -> None:
    """Each side's lines, joined, are that side, numbered from one on."""
    _, left, right = three
    rows = line_diff(left, right)
    assert side([row.left for row in rows]) == left
    assert side([row.right for row in rows]) == right
    for lines in ([row.left for row in rows if row.left], [row.right for row in rows if row.right]):
        assert [line.number for line in lines] == list(range(1, len(lines) + 1))


@given(versions())
def test_rows_are_what_they_say(three: tuple[str, str, str]) -> None:
    """Lines that are the same are marked nowhere, lines of one side everywhere, changed ones differ."""
    for row in line_diff(*three[1:]):
        match row:
            case DiffRow(None, DiffLine(spans=spans), "added") | DiffRow(
                DiffLine(spans=spans), None, "removed"
            ):
                assert all(span.is_changed for span in spans)
            case DiffRow(DiffLine() as left, DiffLine() as right, "same"):
                assert (left.text, left.end) == (right.text, right.end)
                assert not any(span.is_changed for span in (*left.spans, *right.spans))
            case DiffRow(DiffLine() as left, DiffLine() as right, "changed"):
                assert (left.text, left.end) != (right.text, right.end)
            case _:
                raise AssertionError(row)


@given(texts)
def test_equal_texts_differ_nowhere(text: str) -> None:
    """And they have a row a line."""
    assert set(kinds(line_diff(text, text))) <= {"same"}


def test_words_are_marked_in_lines_that_are_alike() -> None:
    """A new line between does not part a line from what became of it."""
    rows = line_diff("All customers.\nThe key is a number.\n", "All customers.\nNew.\nThe key is a text.\n")
    assert kinds(rows) == ["same", "added", "changed"]
    left, right = rows[2].left, rows[2].right
    assert left is not None
    assert right is not None
    assert [span.text.strip() for span in left.spans if span.is_changed] == ["number"]
    assert [span.text.strip() for span in right.spans if span.is_changed] == ["text"]


def test_lines_that_share_nothing_do_not_stand_side_by_side() -> None:
    """One went, another came."""
    assert kinds(line_diff("one two three\n", "four five six\n")) == ["removed", "added"]


def test_a_line_end_is_a_change_without_marked_words() -> None:
    """The text is the same."""
    (row,) = line_diff("one two\r\n", "one two")
    assert row.kind == "changed"
    assert row.left is not None
    assert row.right is not None
    assert (row.left.end, row.right.end) == ("\r\n", "")
    assert not any(span.is_changed for span in (*row.left.spans, *row.right.spans))


def test_a_page_that_was_written_anew_is_compared_all_the_same() -> None:
    """Too much to look for what is alike: lines stand side by side as they come."""
    left = "".join(f"old {number}\n" for number in range(300))
    right = "".join(f"new {number}\n" for number in range(200))
    rows = line_diff(left, right)
    assert kinds(rows) == ["changed"] * 200 + ["removed"] * 100
