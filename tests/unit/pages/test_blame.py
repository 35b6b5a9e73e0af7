"""Who wrote which line: followed through any history, proved against the texts themselves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.blame import Blame
from amx_tui.domain.pages import PageVersion


def blamed(*bodies: str) -> list[tuple[str, int]]:
    """The lines of the last body, with the version that each came with."""
    blame = Blame()
    blame.add(
        (PageVersion("p", number, "", None, "", is_cut=True), body) for number, body in enumerate(bodies, 1)
    )
    return [(line.text, line.version.version) for line in blame.lines]


def test_a_line_belongs_to_who_changed_it_last() -> None:
    """What nobody touched stays with who wrote it, wherever it has moved to."""
    assert blamed("a\nb\nc\n", "a\nB\nc\n", "new\na\nB\nc\nend\n") == [
        ("new\n", 3), ("a\n", 1), ("B\n", 2), ("c\n", 1), ("end\n", 3)
    ]  # fmt: skip


def test_a_line_that_came_back_belongs_to_who_brought_it_back() -> None:
    """As a restored version does."""
    assert blamed("a\nb\n", "a\n", "a\nb\n") == [("a\n", 1), ("b\n", 3)]


def test_line_ends_and_empty_texts_count() -> None:
    """A line that lost its end was changed; a text may be empty in between."""
    assert blamed("a\n", "a") == [("a", 2)]
    assert blamed("a\n", "", "a\n") == [("a\n", 3)]
    assert blamed() == []


lines = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n"]), max_size=6).map("".join)


@given(st.lists(lines, min_size=1, max_size=6))
def test_blame_is_the_last_text_and_names_versions_that_had_the_line(bodies: list[str]) -> None:
    """Joined it is the last text; every line is in the version that it is said to have come with."""
    found = blamed(*bodies)
    assert "".join(text for text, _ in found) == bodies[-1]
    assert all(text in bodies[number - 1].splitlines(keepends=True) for text, number in found)


@given(lines, lines)
def test_saving_the_same_text_again_changes_no_line(first: str, second: str) -> None:
    """The version that changed nothing is nobody's."""
    assert blamed(first, second, second) == blamed(first, second)
