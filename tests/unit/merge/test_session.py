"""A merge in progress: every step goes back and forth, survives a restart, and stays where theirs moves."""

from __future__ import annotations

import json
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.errors import DraftError
from amx_tui.domain.merge import Agreed, Choice, Collision, MergeSession, OpenCollisionsError, WithinLine
from tests.unit.merge.strategies import edited, texts, versions

BASE = (
    "intro\n\nfirst line\n\nmiddle\n\nsecond line\n\nThe customer table holds every customer of the shop.\n"
)
MINE = BASE.replace("first line", "mine one").replace("second line", "mine two").replace("every", "each")
THEIRS = BASE.replace("first line", "theirs 1").replace("second line", "theirs 2").replace("shop", "web shop")
FIELDS: dict[str, dict[str, str | None]] = {
    "base_fields": {"title": "Old", "status": "draft", "owner": "ann"},
    "mine_fields": {"title": "Mine", "status": "published", "owner": "ann"},
    "theirs_fields": {"title": "Theirs", "status": "draft", "owner": None},
}

steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["choose", "edit", "unchoose", "rest", "open", "close", "undo", "redo"],
        ),
        st.integers(0, 20),
        st.sampled_from(["mine", "theirs", "both", "both-reversed", "base"]),
        st.sampled_from(["", "edited", "edited\n", "\ud800\x00\r\n"]),
    ),
    max_size=12,
)


@pytest.fixture
def session() -> MergeSession:
    """Two collisions, a sentence that was merged by words, and a title that collides."""
    return MergeSession(BASE, MINE, THEIRS, **FIELDS)


def taken(session: MergeSession, found: list[tuple[str, int, Choice, str]]) -> MergeSession:
    """The session after some steps."""
    names = [region.id for region in session.merge.regions if not isinstance(region, Agreed)]
    for step, number, choice, text in found:
        name = names[number % len(names)] if names else ""
        match step:
            case "undo":
                session.undo()
            case "redo":
                session.redo()
            case "rest":
                session.choose_rest("mine" if number % 2 else "theirs")
            case "choose" if name:
                session.choose(name, choice)
            case "edit" if name:
                session.choose(name, "edited", text)
            case "unchoose" if name:
                session.unchoose(name)
            case "open" if name:
                session.open_within(name)
            case "close" if name:
                session.close_within(name)
    return session


def state(session: MergeSession) -> tuple[object, ...]:
    """What a person sees of a session."""
    return (
        session.regions,
        session.open_ids,
        [session.choice(name) for name in session.collision_ids],
        session.preview(),
        session.can_undo,
        session.can_redo,
        session.lapsed,
    )


def redone(session: MergeSession) -> MergeSession:
    """The session after all that could be redone."""
    while session.redo():
        pass
    return session


def decided(session: MergeSession) -> tuple[object, ...]:
    """What was decided, without the way there."""
    return state(session)[:4]


@given(versions(), steps)
def test_all_steps_go_back_and_forth(
    three: tuple[str, str, str], found: list[tuple[str, int, Choice, str]]
) -> None:
    """Undone to the beginning it is a new session, redone to the end it is the one that it was."""
    session = redone(taken(MergeSession(*three), found))
    end = decided(session)
    for _ in range(len(found)):
        before = decided(session)
        if session.undo():
            session.redo()
        assert decided(session) == before
        session.undo()
    assert not session.can_undo
    assert decided(session) == decided(MergeSession(*three))
    assert decided(redone(session)) == end


@given(versions(), steps)
def test_a_restart_changes_nothing(
    three: tuple[str, str, str], found: list[tuple[str, int, Choice, str]]
) -> None:
    """What is written down comes back with its undo and redo."""
    session = taken(MergeSession(*three), found)
    back = MergeSession.from_json(session.to_json())
    assert state(back) == state(session)
    assert back.to_json() == session.to_json()
    while session.can_undo:
        assert session.undo() == back.undo()
        assert state(back) == state(session)


@given(versions(), steps)
def test_the_same_theirs_again_changes_nothing(
    three: tuple[str, str, str], found: list[tuple[str, int, Choice, str]]
) -> None:
    """Nothing is new, nothing lapses, and the steps are still there."""
    session = taken(MergeSession(*three), found)
    before = state(session)
    assert session.rebase(three[2]) == ()
    assert state(session) == before


@given(versions(), texts, steps)
def test_every_choice_stays_or_is_told(
    three: tuple[str, str, str], moved: str, found: list[tuple[str, int, Choice, str]]
) -> None:
    """Whatever theirs becomes, no choice is dropped silently, and what was chosen is what stands in the result."""
    session = taken(MergeSession(*three), found)
    chosen = [
        (session.about(name), made)
        for name in session.collision_ids
        if (made := session.choice(name)) is not None
    ]
    session.rebase(moved)
    there = {
        (about.mine, about.theirs, session.choice(name))
        for name in session.collision_ids
        for about in [session.about(name)]
    }
    lapsed = [(lapsed.about, lapsed.decision) for lapsed in session.lapsed]
    for about, made in chosen:
        assert (about.mine, about.theirs, made) in there or (about, made) in lapsed


@given(st.data(), texts)
def test_a_later_theirs_leaves_only_what_is_new_open(data: st.DataObject, base: str) -> None:
    """All was decided; what is open afterwards is what the rebase said."""
    mine, theirs = data.draw(edited(base)), data.draw(edited(base))
    session = MergeSession(base, mine, theirs)
    session.choose_rest("mine")
    new = session.rebase(data.draw(edited(theirs)))
    assert session.open_ids == new


@given(versions(), steps)
def test_a_preview_without_anything_open_is_the_result(
    three: tuple[str, str, str], found: list[tuple[str, int, Choice, str]]
) -> None:
    """And the result is refused exactly while something is open."""
    session = taken(MergeSession(*three), found)
    if session.is_complete:
        assert session.preview() == session.result()
    else:
        with pytest.raises(OpenCollisionsError) as refused:
            session.result()
        assert refused.value.ids == session.open_ids


@pytest.mark.parametrize(
    ("choice", "first"),
    [
        ("mine", "mine one\n"),
        ("theirs", "theirs 1\n"),
        ("both", "mine one\ntheirs 1\n"),
        ("both-reversed", "theirs 1\nmine one\n"),
        ("base", "first line\n"),
    ],
)
def test_a_choice_is_what_stands_in_the_result(session: MergeSession, choice: Choice, first: str) -> None:
    """Every choice gives its lines, in their place."""
    name = session.merge.collisions[0].id
    session.choose(name, choice)
    session.choose_rest("theirs")
    assert session.result() == (
        f"intro\n\n{first}\nmiddle\n\ntheirs 2\n\nThe customer table holds each customer of the web shop.\n"
    )
    assert session.text_of(name) == first


def test_an_edited_text_gets_the_line_end_that_it_lacks(session: MergeSession) -> None:
    """What follows begins on a line of its own."""
    first, second = (collision.id for collision in session.merge.collisions)
    session.choose(first, "edited", "both of us")
    session.choose(second, "edited", "")
    assert "\n\nboth of us\n\nmiddle\n\n\nThe" in session.result()


def test_two_sides_without_an_end_of_line_are_two_lines() -> None:
    """The last line of a text may lack its end."""
    session = MergeSession("a\r\nz", "a\r\nx", "a\r\ny")
    session.choose(session.open_ids[0], "both")
    assert session.result() == "a\r\nx\ny"


def test_what_is_open_stands_between_markers(session: MergeSession) -> None:
    """The sides are named as the caller names them."""
    assert (
        "<<<<<<< ann, version 3\nmine one\n||||||| base\nfirst line\n=======\ntheirs 1\n>>>>>>> bob, version 4\n"
    ) in session.preview("ann, version 3", "bob, version 4")


def test_fields_are_decided_beside_the_text(session: MergeSession) -> None:
    """They come first, are merged one by one, and cannot be both."""
    assert session.open_ids[0] == "field:title"
    with pytest.raises(OpenCollisionsError):
        session.result_fields()
    with pytest.raises(ValueError, match="both"):
        session.choose("field:title", "both")
    session.choose("field:title", "edited", "Ours")
    assert session.result_fields() == {"title": "Ours", "status": "published", "owner": None}
    session.undo()
    assert session.open_ids[0] == "field:title"


def test_lines_merged_by_words_can_be_taken_apart_and_merged_again(session: MergeSession) -> None:
    """Taken apart they are a collision like others, until they are merged again."""
    (within,) = session.merge.within_line
    apart = Collision(within.id, within.base, within.mine, within.theirs)
    session.open_within(within.id)
    assert session.open_ids[-1] == within.id
    assert session.regions[-1:] == (apart,)
    session.choose(within.id, "base")
    session.unchoose(within.id)
    assert session.open_ids[-1] == within.id
    session.close_within(within.id)
    assert session.regions[-1:] == (within,)
    assert within.id not in session.collision_ids
    session.undo()
    assert session.open_ids[-1] == within.id


def test_all_the_rest_is_one_step(session: MergeSession) -> None:
    """What was chosen before stays."""
    first = session.merge.collisions[0].id
    session.choose(first, "base")
    session.choose_rest("theirs")
    assert session.is_complete
    assert "first line" in session.result()
    session.undo()
    assert len(session.open_ids) == 2
    session.undo()
    assert session.undo() == ()


def test_a_new_step_ends_what_could_be_redone(session: MergeSession) -> None:
    """And a step that changes nothing is none."""
    first, second = (collision.id for collision in session.merge.collisions)
    session.choose(first, "mine")
    session.choose(first, "mine")
    session.undo()
    assert not session.can_undo
    session.choose(second, "mine")
    assert not session.can_redo
    assert session.redo() == ()


def test_choices_stay_where_theirs_moves_elsewhere(session: MergeSession) -> None:
    """Only what is new is open, and undo still knows the steps."""
    first, second = (collision.id for collision in session.merge.collisions)
    session.choose("field:title", "mine")
    session.choose(first, "both")
    session.choose(second, "edited", "ours\n")
    new = session.rebase(THEIRS.replace("theirs 2", "theirs 3"), {"title": "Theirs", "status": "archived"})
    assert len(new) == 2
    assert new[0] == "field:status"
    assert session.open_ids == new
    assert "mine one\ntheirs 1\n" in session.preview()
    assert [lapsed.decision.text for lapsed in session.lapsed] == ["ours\n"]
    session.undo()
    assert first in session.open_ids


@pytest.mark.parametrize("side", ["mine", "theirs"])
def test_the_same_lines_at_another_place_are_not_decided_by_accident(side: Literal["mine", "theirs"]) -> None:
    """Of two equal collisions that were decided differently, one went away: nobody knows which, so it is open."""
    base, mine, theirs = "a\n--\nm\n--\na\n", "x\n--\nm\n--\nx\n", "y\n--\nm\n--\ny\n"
    session = MergeSession(base, mine, theirs)
    first, second = session.open_ids
    session.choose(first, side)
    session.choose(second, "base")
    session.rebase("y\n--\nm\n--\na\n")
    assert len(session.open_ids) == 1
    assert len(session.lapsed) == 2


def test_within_lines_that_stay_the_same_stay_apart(session: MergeSession) -> None:
    """Whoever took them apart need not do it again."""
    (within,) = session.merge.within_line
    session.choose(within.id, "mine")
    session.rebase(THEIRS.replace("middle", "the middle"))
    assert session.choice(within.id) is not None
    assert isinstance(session.about(within.id), WithinLine)


def test_choices_that_do_not_exist_are_refused(session: MergeSession) -> None:
    """A text belongs to an edit, and an id to something in the merge."""
    name = session.open_ids[1]
    with pytest.raises(ValueError, match="text"):
        session.choose(name, "mine", "text")
    with pytest.raises(ValueError, match="text"):
        session.choose(name, "edited")
    with pytest.raises(KeyError):
        session.choose("no such id", "mine")


def test_what_another_program_wrote_keeps_its_texts(session: MergeSession) -> None:
    """A merge that cuts the lines otherwise still tells what was typed."""
    session.choose(session.open_ids[1], "edited", "typed by hand\n")
    written = json.loads(session.to_json())
    for about in written["about"]:
        about[-1] = ["cut otherwise\n"] if about[0] == "collision" else about[-1]
    back = MergeSession.from_json(json.dumps(written))
    assert [lapsed.decision.text for lapsed in back.lapsed] == ["typed by hand\n"]


@pytest.mark.parametrize(
    "written",
    ["", "{", "null", "[]", "{}", '{"format": 2}', '{"format": 1, "texts": [1, 2, 3]}', "[" * 100_000],
)
def test_what_is_no_session_is_a_draft_that_cannot_be_read(written: str) -> None:
    """Never another error than the one that people are told."""
    with pytest.raises(DraftError):
        MergeSession.from_json(written)


@given(st.data())
def test_a_damaged_session_is_an_error_or_a_session(data: st.DataObject) -> None:
    """Any value in it may be replaced by any other."""
    session = MergeSession(BASE, MINE, THEIRS, **FIELDS)
    session.choose_rest("mine")
    written = json.loads(session.to_json())
    at = written
    while isinstance(at, dict | list) and at:
        key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if not isinstance(at[key], dict | list) or data.draw(st.booleans()):
            at[key] = data.draw(st.sampled_from([None, 1, "x", [], {}, [["a", None, None]], True]))
            break
        at = at[key]
    try:
        MergeSession.from_json(json.dumps(written)).preview()
    except DraftError:
        return
