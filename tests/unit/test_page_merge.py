"""A conflict over a page, without a screen."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from amx_tui.domain.errors import DraftError
from amx_tui.domain.pages import NewPage, Page, PageChange
from amx_tui.drafts.pages import PageDraft
from amx_tui.services.page_merge import DELETION, PageMerge

BASE = "one\n\ntwo\n\nthree\n"


def stored(body: str, version: int = 2, *, title: str = "T", status: str = "draft") -> Page:
    """The page as bob left it."""
    return Page("p", title, "t", body, status, version, None, "alice", None, "bob")


def draft(body: str, *, title: str = "T", status: str = "draft") -> PageDraft:
    """What is typed here, from version 1."""
    return PageDraft(
        "d", "local", "alice@laptop", "p", title, body, status,
        base_version=1, base_title="T", base_body=BASE, base_status="draft",
    )  # fmt: skip


def test_what_does_not_collide_is_merged_and_based_on_theirs() -> None:
    """The result replaces their version, and no other."""
    merge = PageMerge.begin(draft("ONE\n\ntwo\n\nthree\n"), stored("one\n\ntwo\n\nTHREE\n"))
    assert merge.open_stops == ()
    change = merge.saves(merge.merged())
    assert isinstance(change, PageChange)
    assert (change.expected, change.body) == (2, "ONE\n\ntwo\n\nTHREE\n")


def test_what_is_open_is_named() -> None:
    """Saving is blocked, and says by what."""
    merge = PageMerge.begin(
        draft("1\n\ntwo\n\nthree\n", title="A"), stored("eins\n\ntwo\n\nthree\n", title="B")
    )
    assert merge.reason_against_saving() == "Still open: the title, collision 2 of 2. n goes there."
    merge.session.choose_rest("mine")
    assert merge.reason_against_saving() == ""
    assert merge.merged().title == "A"


def stops(merge: PageMerge) -> tuple[str, ...]:
    """What is open now."""
    return merge.open_stops


def asked(merge: PageMerge) -> tuple[str | None, tuple[str, ...]]:
    """What was answered about a deletion, and what is open now."""
    return merge.deletion, merge.open_stops


def test_a_deletion_is_no_status_that_wins_silently() -> None:
    """It is a question of its own, and one that is taken back with my text keeps my status."""
    merge = PageMerge.begin(
        draft("ONE\n\ntwo\n\nthree\n", status="published"), stored(BASE, status="deleted")
    )
    assert stops(merge) == (DELETION,)
    merge.deletion = "keep"
    assert (merge.merged().status, stops(merge)) == ("published", ())
    merge.deletion = "restore-as-new"
    made = merge.saves(merge.as_new())
    assert isinstance(made, NewPage)
    assert made.page_id != "p"


def test_a_page_that_comes_back_asks_no_more() -> None:
    """Theirs moving again from deleted to restored takes the question away."""
    merge = PageMerge.begin(draft("ONE\n\ntwo\n\nthree\n"), stored(BASE, status="deleted"))
    merge.deletion = "delete"
    assert merge.rebase(stored(BASE, 3)) == ()
    assert merge.theirs.version == 3
    assert asked(merge) == (None, ())


def test_it_is_written_down_and_read_back_with_mine_though_the_draft_moved_on() -> None:
    """A save that was under way left the merged text in the draft; the merge still knows mine."""
    merge = PageMerge.begin(draft("1\n\ntwo\n\nthree\n"), stored("eins\n\ntwo\n\nthree\n"))
    merge.session.choose(merge.open_stops[0], "both")
    document = json.loads(json.dumps(merge.document()))
    read = PageMerge.read(document, replace(merge.merged(), body="something else"))
    assert read.draft.body == "1\n\ntwo\n\nthree\n"
    assert read.draft.base_version == 1
    assert read.merged().body == "1\neins\n\ntwo\n\nthree\n"
    assert read.session.can_undo


@pytest.mark.parametrize(
    "document", [None, [], {}, {"session": "x"}, {"session": "{}", "theirs": {}, "mine": {}}]
)
def test_what_is_no_merge_is_an_error_with_a_name(document: object) -> None:
    """A file that somebody else wrote ends nothing."""
    with pytest.raises(DraftError):
        PageMerge.read(document, draft(BASE))  # type: ignore[arg-type]  # that is the point


def test_typing_on_keeps_the_decisions_about_the_rest() -> None:
    """Back in the editor another line is changed; what was decided stays decided."""
    merge = PageMerge.begin(draft("1\n\ntwo\n\nthree\n"), stored("eins\n\ntwo\n\nthree\n"))
    merge.session.choose(merge.open_stops[0], "theirs")
    merge.retype(draft("1\n\ntwo\n\nTHREE\n"))
    assert merge.open_stops == ()
    assert merge.merged().body == "eins\n\ntwo\n\nTHREE\n"
