"""Who wrote which line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.blame import blame
from amx_tui.domain.merge.lines import split_lines
from tests.unit.merge.strategies import edited, texts


def bare(text: str) -> set[str]:
    """The lines of a text without their ends."""
    return {line.rstrip("\r\n") for line in split_lines(text)}


@given(st.data(), texts)
def test_lines_are_from_a_version_that_has_them(data: st.DataObject, first: str) -> None:
    """From that version on every version has the line; the one before may have had it elsewhere only."""
    history = [first]
    for _ in range(data.draw(st.integers(0, 3))):
        history.append(data.draw(edited(history[-1])))
    found = blame(list(enumerate(history)))
    assert "".join(line.text for line in found) == history[-1]
    for line in found:
        assert all(line.text.rstrip("\r\n") in bare(text) for text in history[line.version :])


@given(texts, texts)
def test_what_is_new_is_from_who_brought_it(first: str, second: str) -> None:
    """A line that no older version has cannot be anyone else's."""
    for line in blame([("ann", first), ("bob", second)]):
        if line.text.rstrip("\r\n") not in bare(first):
            assert line.version == "bob"


def test_each_line_is_from_who_changed_it_last() -> None:
    """Lines that stay keep their writer, also where others come in front of them."""
    history = [("ann", "a\nb\nc\n"), ("bob", "new\na\nb\nc\n"), ("cem", "new\na\nB\nc\n")]
    assert [(line.text, line.version) for line in blame(history)] == [
        ("new\n", "bob"),
        ("a\n", "ann"),
        ("B\n", "cem"),
        ("c\n", "ann"),
    ]


def test_who_changes_line_ends_only_wrote_nothing() -> None:
    """Another editor's habit is no authorship."""
    assert [line.version for line in blame([("ann", "a\nb"), ("bob", "a\r\nb\r\n")])] == ["ann", "ann"]


def test_without_versions_there_are_no_lines() -> None:
    """Nor with an empty text."""
    assert blame([]) == ()
    assert blame([("ann", "")]) == ()
