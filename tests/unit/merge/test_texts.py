"""The merge of texts: nothing that a side wrote is ever dropped, and nothing collides without need."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amx_tui.domain.merge import Agreed, Collision, Merge, MergeSession, WithinLine, merge
from amx_tui.domain.merge.lines import split_lines
from tests.unit.merge.strategies import texts, versions


def everything(merged: Merge) -> str:
    """The merged text with both sides of what collides."""
    return "\n".join(
        "\n".join(("".join(region.mine), "".join(region.theirs)))
        if isinstance(region, Collision)
        else region.text
        for region in merged.regions
    )


def mirrored(merged: Merge) -> list[object]:
    """The regions with the sides exchanged, without their ids."""
    other = {"mine": "theirs", "theirs": "mine"}
    found: list[object] = []
    for region in merged.regions:
        match region:
            case Agreed(text, origin):
                found.append((text, other.get(origin, origin)))
            case WithinLine(_, text, base, mine, theirs):
                found.append((text, base, theirs, mine))
            case Collision(_, base, mine, theirs):
                found.append((base, theirs, mine))
    return found


def as_is(merged: Merge) -> list[object]:
    """The regions without their ids."""
    found: list[object] = []
    for region in merged.regions:
        match region:
            case Agreed(text, origin):
                found.append((text, origin))
            case WithinLine(_, text, base, mine, theirs):
                found.append((text, base, mine, theirs))
            case Collision(_, base, mine, theirs):
                found.append((base, mine, theirs))
    return found


def words(text: str) -> Counter[str]:
    """The words of a text, counted."""
    return Counter(text.split())


@given(texts, texts)
def test_who_changes_alone_is_not_in_the_way_of_anybody(base: str, changed: str) -> None:
    """Where only one side changed, the merge is that side's text."""
    assert merge(base, changed, base).text == changed
    assert merge(base, base, changed).text == changed


@given(texts, texts)
def test_the_same_change_of_both_is_agreed(base: str, changed: str) -> None:
    """Two sides with one text have nothing to decide."""
    assert merge(base, changed, changed).text == changed


@given(versions())
def test_exchanging_the_sides_exchanges_the_regions_sides(three: tuple[str, str, str]) -> None:
    """The merge prefers neither side."""
    base, mine, theirs = three
    assert mirrored(merge(base, mine, theirs)) == as_is(merge(base, theirs, mine))


@given(versions())
def test_no_line_that_a_side_wrote_is_absent(three: tuple[str, str, str]) -> None:
    """Each line that a side added or changed is in the result, in a collision, or in lines merged by words."""
    base, mine, theirs = three
    there: set[str] = set()
    for region in merge(base, mine, theirs).regions:
        if isinstance(region, Agreed):
            there.update(split_lines(region.text))
        else:
            there.update(region.mine, region.theirs)
    for side in (mine, theirs):
        assert set(split_lines(side)) - set(split_lines(base)) <= there


@given(versions())
@example(("\n\n\n", "\n0\n\n", "1\n1\n\n"))
def test_no_word_that_a_side_wrote_is_absent(three: tuple[str, str, str]) -> None:
    """Each word that a side added is in the result or in a collision, as often as it was added."""
    base, mine, theirs = three
    there = words(everything(merge(base, mine, theirs)))
    for side in (mine, theirs):
        assert not (words(side) - words(base)) - there


@given(versions())
def test_all_from_one_side_has_the_whole_of_what_that_side_wrote(three: tuple[str, str, str]) -> None:
    """All from one side leaves nothing out that this side wrote."""
    base, mine, theirs = three
    for side, text in (("mine", mine), ("theirs", theirs)):
        session = MergeSession(base, mine, theirs)
        session.choose_rest(side)  # type: ignore[arg-type]  # one of the two
        assert not (words(text) - words(base)) - words(session.result())
        for region in session.merge.within_line:
            session.choose(region.id, side)  # type: ignore[arg-type]
        if theirs == base or mine == base:
            continue
        assert "".join(
            "".join(getattr(region, side))
            for region in session.merge.regions
            if not isinstance(region, Agreed)
        ) in "".join(session.text_of(name) or "" for name in session.collision_ids)


@given(versions())
def test_regions_cover_all_three_texts(three: tuple[str, str, str]) -> None:
    """Agreed lines by whoever wrote them, the others as they say."""
    base, mine, theirs = three
    merged = merge(base, mine, theirs)
    at = {"mine": mine, "theirs": theirs}
    for side, other in (("mine", "theirs"), ("theirs", "mine")):
        rest = at[side]
        for region in merged.regions:
            if not isinstance(region, Agreed):
                text = "".join(getattr(region, side))
            elif region.origin == other:
                continue
            else:
                text = region.text
            assert text in rest
            rest = rest[rest.index(text) + len(text) :]


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "text"),
    [
        pytest.param(
            "The customer table holds every customer of the shop.\n",
            "The customer table holds each customer of the shop.\n",
            "The customers table holds every customer of the web shop.\n",
            "The customers table holds each customer of the web shop.\n",
            id="two edits in one sentence",
        ),
        pytest.param("a b c\nd e f\n", "A b c\nd e f\n", "a b c\nd e F\n", "A b c\nd e F\n", id="neighbouring lines"),
        pytest.param("one two three\n", "one two three\r\n", "1ne two three\n", "1ne two three\r\n", id="line ends"),
        pytest.param("one two", "one two\n", "1ne two", "1ne two\n", id="the last line's end"),
        pytest.param("one two\n", "one two", "one 2wo\n", "one 2wo", id="no last line's end any more"),
        pytest.param(
            "see [it](a) or not at all\n",
            "see [it](b) or not at all\n",
            "see [it](a) or not at most\n",
            "see [it](b) or not at most\n",
            id="a link and a word",
        ),
        pytest.param("a e\u0301 b c d\n", "a e b c d\n", "a e\u0301 b c D\n", "a e b c D\n", id="a combining mark"),
        pytest.param(
            "keep this one here\n", "new\nkeep this one here\n", "keep this ONE here\n", "new\nkeep this ONE here\n",
            id="a new line in front of changed words",
        ),
        pytest.param("x y\x00z w v\n", "X y\x00z w v\n", "x y\x00z w V\n", "X y\x00z w V\n", id="a NUL"),
    ],
)  # fmt: skip
def test_changes_that_do_not_touch_merge_within_a_line(base: str, mine: str, theirs: str, text: str) -> None:
    """Both changes are there, and the lines are marked for a look."""
    merged = merge(base, mine, theirs)
    assert merged.text == text
    assert merged.within_line


@pytest.mark.parametrize(
    ("base", "mine", "theirs"),
    [
        pytest.param(
            "the quick brown fox\n", "the slow brown fox\n", "the quick red fox\n", id="neighbouring words"
        ),
        pytest.param(
            "the quick brown fox\n", "the brown fox\n", "the quick very brown fox\n", id="deleted, inserted"
        ),
        pytest.param(
            "one (two) three\n", "ONE (two) three\n", "one [two three\n", id="only punctuation between"
        ),
        pytest.param("from 10 to 20\n", "from 15 to 20\n", "from 10 to 25\n", id="numbers of one range"),
        pytest.param("a b c d e\n", "**a b** c d e\n", "a b c **d e**\n", id="marks that come in pairs"),
        pytest.param("| a | b | c |\n", "| A | b | c |\n", "| a | b | C |\n", id="a table's row"),
        pytest.param("[a b c d](x)\n", "[A b c d](x)\n", "[a b c D](x)\n", id="a link"),
        pytest.param("`a b c d`\n", "`A b c d`\n", "`a b c D`\n", id="code"),
        pytest.param("```\na b c d\n```\n", "```\nA b c d\n```\n", "```\na b c D\n```\n", id="a fenced line"),
        pytest.param("# a\n", "## a\n", "### a\n", id="a heading's depth"),
        pytest.param("one two three four\n", "five six seven four\n", "one two three 4our\n", id="rewritten"),
        pytest.param("", "a\n", "b\n", id="both wrote the first line"),
        pytest.param("a\n", "", "b\n", id="deleted, changed"),
        pytest.param("a\r\n", "b\n", "c\r\n", id="one word"),
    ],
)
def test_what_belongs_together_collides(base: str, mine: str, theirs: str) -> None:
    """Where a merge might not be what either meant, a person decides."""
    (collision,) = merge(base, mine, theirs).collisions
    assert merge(base, mine, theirs).text is None
    assert "".join(collision.mine) in mine
    assert "".join(collision.theirs) in theirs


def test_a_collision_has_its_own_lines_of_the_base() -> None:
    """What both share lies between two collisions, in the base too."""
    base = "intro\n\nfirst old\nshared old\nlast old\n\nend\n"
    mine = "intro\n\nmine one\nshared new\nmine two\n\nend\n"
    theirs = "intro\n\ntheirs one\nshared new\ntheirs two\n\nend\n"
    first, last = merge(base, mine, theirs).collisions
    assert first.base == ("first old\n",)
    assert last.base == ("last old\n",)


def test_only_the_lines_that_need_it_collide() -> None:
    """Of two neighbouring lines, one merges by words and the other collides."""
    base = "alpha beta gamma delta\none two three four\n"
    mine = "ALPHA beta gamma delta\none 2wo three four\n"
    theirs = "alpha beta gamma DELTA\none two2 three four\n"
    merged = merge(base, mine, theirs)
    assert [region.text for region in merged.within_line] == ["ALPHA beta gamma DELTA\n"]
    assert [collision.mine for collision in merged.collisions] == [("one 2wo three four\n",)]


def test_one_long_line_merges_by_words() -> None:
    """A line of 100 kB is no reason to give up."""
    base = " ".join(f"In {number} words." for number in range(8_000)) + "\n"
    mine = base.replace("In 3 words", "In three words", 1)
    theirs = base.replace("In 7990 words", "In 7991 words")
    assert len(base) > 100_000
    merged = merge(base, mine, theirs)
    assert merged.text == mine.replace("In 7990 words", "In 7991 words")


@given(st.text("a`$[<|:/.-\n", max_size=60), st.text("a`$[<|:/.-\n", max_size=60))
def test_marks_without_their_partners_are_texts_like_others(base: str, changed: str) -> None:
    """No mark of Markdown is ever lost or takes long because it has no partner."""
    assert merge(base, changed + " x", base).text == changed + " x"
    merged = merge(base, "a " + base, base + " b")
    assert "a " in everything(merged)
    assert " b" in everything(merged)
