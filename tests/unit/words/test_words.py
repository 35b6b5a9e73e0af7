"""The word diff: nothing lost, nothing marked that both have, never longer than it must be."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.words import Span, difference, equal_but_for_space_and_case, tokens

words = st.sampled_from(
    ["the", "name", "of", "customer", ",", ".", "1,234.56", "é", "e\u0301", "名", "前", "x_y"]
)
texts = st.lists(st.tuples(words, st.sampled_from([" ", "  ", "\n", ""])), max_size=14).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)
anything = st.text(max_size=60)


def joined(spans: Sequence[Span]) -> str:
    """All of a side."""
    return "".join(span.text for span in spans)


def kept(spans: Sequence[Span]) -> str:
    """What is not marked."""
    return "".join(span.text for span in spans if not span.is_changed)


def changed(spans: Sequence[Span]) -> list[str]:
    """What is marked, without the white space around it."""
    return [span.text.strip() for span in spans if span.is_changed]


def longest_common(left: Sequence[str], right: Sequence[str]) -> int:
    """The textbook's table, as an oracle."""
    row = [0] * (len(right) + 1)
    for a in left:
        before = row
        row = [0]
        for index, b in enumerate(right):
            row.append(before[index] + 1 if a == b else max(before[index + 1], row[index]))
    return row[-1]


def kept_words(spans: Sequence[Span]) -> int:
    """How many words are not marked; each stretch by itself, since what is marked between two words parts them."""
    return sum(len(solid(span.text)) for span in spans if not span.is_changed)


def solid(text: str) -> list[str]:
    """The tokens that are not white space."""
    return [token for token in tokens(text) if not token[0].isspace()]


@given(anything)
def test_tokens_joined_are_the_text(text: str) -> None:
    """Splitting loses nothing."""
    assert "".join(tokens(text)) == text


@given(st.one_of(texts, anything), st.one_of(texts, anything))
def test_spans_joined_are_the_texts(left: str, right: str) -> None:
    """Marking loses nothing, and what is not marked is the same on both sides."""
    one, other = difference(left, right)
    assert joined(one) == left
    assert joined(other) == right
    assert kept(one) == kept(other)


@given(texts, texts)
def test_as_many_words_are_kept_as_can_be(left: str, right: str) -> None:
    """No other marking keeps more words: the textbook's longest common subsequence says how many."""
    one, _ = difference(left, right)
    assert kept_words(one) == longest_common(solid(left), solid(right))


@given(texts, texts)
def test_never_worse_than_the_standard_library(left: str, right: str) -> None:
    """The matching of difflib never keeps more words than ours."""
    one, _ = difference(left, right)
    matcher = SequenceMatcher(None, solid(left), solid(right), autojunk=False)
    assert kept_words(one) >= sum(block.size for block in matcher.get_matching_blocks())


@given(anything)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    """Nothing is marked between equal texts."""
    one, other = difference(text, text)
    assert not changed(one)
    assert not changed(other)


@pytest.mark.parametrize(
    ("left", "right", "only_left", "only_right"),
    [
        ("Given name of the customer.", "First name of the customer.", ["Given"], ["First"]),
        ("Price in EUR, 1,234.56 at most", "Price in EUR, 1,234.57 at most", ["1,234.56"], ["1,234.57"]),
        ("created 2024-05-03", "created 2024-05-04", ["2024-05-03"], ["2024-05-04"]),
        ("the big red fox", "the fox", ["big red"], []),
        ("one two", "one  two", [""], [""]),
        ("顧客の名前", "顧客の氏名", ["前"], ["氏"]),
        ("cafe\u0301 bar", "cafe bar", ["cafe\u0301"], ["cafe"]),
        ("", "all new", [], ["all new"]),
        ("שם הלקוח", "שם המוצר", ["הלקוח"], ["המוצר"]),
        ("see 👩‍👧 here", "see 👩‍👦 here", ["👩‍👧"], ["👩‍👦"]),
    ],
)
def test_what_is_marked(left: str, right: str, only_left: list[str], only_right: list[str]) -> None:
    """Words, numbers, dates, ideographs and composed signs are marked whole."""
    one, other = difference(left, right)
    assert changed(one) == only_left
    assert changed(other) == only_right


def test_very_long_texts_end() -> None:
    """20,000 different words a side, and one word of 100 kB, are marked as a whole instead of never."""
    left = "same start " + " ".join(f"a{n}" for n in range(20_000)) + " same end"
    right = "same start " + " ".join(f"b{n}" for n in range(20_000)) + " same end"
    one, other = difference(left, right)
    assert joined(one) == left
    assert kept(one) == kept(other)
    assert kept(one).startswith("same start")
    assert kept(one).endswith("same end")
    huge, _ = difference("x" * 100_000, "y" * 100_000)
    assert [span.is_changed for span in huge] == [True]


def test_space_and_case_can_be_overlooked() -> None:
    """Texts that differ in white space and letter case only are recognised."""
    assert equal_but_for_space_and_case("Given name ", "given\n NAME")
    assert not equal_but_for_space_and_case("Given name", "Given names")
