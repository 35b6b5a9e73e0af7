"""Completion of command lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from amx_tui.services.grammar import Sources, complete

SOURCES: Sources = {
    "runs": lambda: ["run_2026-05-03_15-44-002", "run_2026-05-03_11-08-001"],
    "members": lambda: ["alice@acme.com", "bob@acme.com"],
    "profiles": lambda: ["prod-pg", "my profile"],
}


def texts(line: str, cursor: int | None = None) -> list[str]:
    """The texts of what is offered at the end of the line."""
    return [
        completion.text for completion in complete(line, len(line) if cursor is None else cursor, SOURCES)
    ]


def test_first_words_are_offered_once_each() -> None:
    """A group appears once, however many verbs it has."""
    offered = texts("hi")
    assert offered[:2] == ["history-store", "history"]
    assert len(offered) == len(set(offered))


def test_second_words_options_and_values_follow() -> None:
    """Each place on the line offers what may stand there."""
    assert texts("/history ") == ["list", "show", "compare", "review"]
    assert texts("history list --wh") == ["--who"]
    assert texts("history list --who ") == ["alice@acme.com", "bob@acme.com"]
    assert texts("history list --who=b") == ["--who=bob@acme.com"]
    assert texts("history list --status ca") == ["cancelled"]
    assert texts("history show run_2026-05-03_11") == ["run_2026-05-03_11-08-001"]
    assert texts("history compare one two three run_2026-05-03_11") == ["run_2026-05-03_11-08-001"]
    assert texts("history compare one two --status a") == ["added"]


def test_what_was_given_is_not_offered_again() -> None:
    """An option goes from the list once it is on the line, unless it may be repeated."""
    assert "--who" not in texts("history list --who bob ")
    assert "--set" in texts("add-db-profile x --set a=b ")


def test_the_replaced_stretch_is_the_word_at_the_cursor() -> None:
    """Only the word before the cursor is replaced."""
    line = ": history list --who bo --json"
    completion = complete(line, line.index(" --json"), SOURCES)[0]
    assert line[: completion.start] + completion.text == ": history list --who bob@acme.com"


def test_names_with_blanks_are_quoted() -> None:
    """A completed line parses back to the name."""
    assert texts("connect my") == ["'my profile'"]


def test_a_word_inside_a_name_matches_behind_those_that_begin_with_it() -> None:
    """`002` finds the run that ends so."""
    assert texts("history show 002") == ["run_2026-05-03_15-44-002"]


def test_help_completes_verbs() -> None:
    """Behind `help` stand the verbs, and no options."""
    assert texts("help history l")[0] == "list"
    assert texts("help history list --") == []


@given(st.text(max_size=40), st.integers(0, 40))
def test_completion_never_fails(line: str, cursor: int) -> None:
    """Any line at any cursor gives a list."""
    for completion in complete(line, min(cursor, len(line)), SOURCES):
        assert 0 <= completion.start <= completion.end <= len(line)
