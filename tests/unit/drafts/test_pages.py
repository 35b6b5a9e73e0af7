"""Drafts of pages: on disk until the server has their text, apart from each other, recoverable when thrown away."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from amx_tui.domain.errors import DraftError
from amx_tui.domain.pages import Page, PageChange
from amx_tui.drafts.pages import PageDraft, PageDrafts

PAGE = Page(
    "page-1", "Customers", "customers", "One.\n", "draft", 4, None, "bob", None, "bob", db_profile="prod"
)
NASTY = "Zeile\r\nmit Ümläuten 名前 \U0001f600\n\x00 \ud800 \u2028\n\nno end"


def drafts(home: Path, place: str = "shared AMX in db", member: str = "bob@bob-mac") -> PageDrafts:
    """The drafts of a member in a store."""
    return PageDrafts(home, place, member)


def stored(draft: PageDraft, version: int) -> Page:
    """The page as the store answers that it has a draft."""
    return replace(PAGE, title=draft.title, body=draft.body, status=draft.status, version=version)


def test_a_draft_is_read_back_with_what_it_started_from(tmp_path: Path) -> None:
    """To the letter, with base text and version; nothing is written before something is typed."""
    ours = drafts(tmp_path)
    draft = ours.begin(PAGE)
    assert not draft.is_changed
    assert ours.all() == ()
    kept = ours.keep(replace(draft, body=NASTY, note="round 2"))
    (read,) = drafts(tmp_path).all()
    assert read == kept
    assert (read.body, read.base_body, read.base_version, read.base_title) == (
        NASTY,
        "One.\n",
        4,
        "Customers",
    )
    assert read.is_changed
    assert not read.is_new
    change = read.change()
    assert (change.page_id, change.expected, change.body, change.note) == ("page-1", 4, NASTY, "round 2")


def test_a_later_text_replaces_an_earlier_one_and_a_save_keeps_its_id(tmp_path: Path) -> None:
    """Whoever sent a save whose outcome nobody saw finds its id in the draft after a crash."""
    ours = drafts(tmp_path)
    draft = ours.keep(replace(ours.begin(PAGE), body="a"))
    change = draft.change()
    ours.keep(replace(draft, body="b", save_id=change.save_id))
    (read,) = ours.all()
    assert (read.body, read.change().save_id) == ("b", change.save_id)
    assert replace(read, save_id="").change().save_id != change.save_id


def test_stores_members_machines_and_windows_do_not_mix(tmp_path: Path) -> None:
    """A home that machines share, two stores, two windows on one page: each has its own draft."""
    homes = [
        drafts(tmp_path),
        drafts(tmp_path, place="local history.db"),
        drafts(tmp_path, member="bob@bob-desktop"),
        drafts(tmp_path, member="alice@bob-mac"),
    ]
    for number, each in enumerate(homes):
        each.keep(replace(each.begin(PAGE), body=f"text {number}"))
    windows = [replace(homes[0].begin(PAGE), body=f"window {number}") for number in range(2)]
    for window in windows:
        homes[0].keep(window)
    assert [len(each.of_page("page-1")) for each in homes] == [3, 1, 1, 1]
    assert {draft.body for draft in homes[0].all()} == {"text 0", "window 0", "window 1"}
    assert homes[0].of_page("another") == ()


def test_a_draft_goes_only_when_the_server_has_its_text(tmp_path: Path) -> None:
    """What was typed since the save was sent stays, based on what was stored; the rest goes, its merge too."""
    ours = drafts(tmp_path)
    draft = ours.keep(replace(ours.begin(PAGE), body="sent", note="x"))
    change = draft.change()
    ours.keep_merge(draft.draft_id, {"some": "state"})
    ours.keep(replace(draft, body="sent, and more"))
    left = ours.settle(draft.draft_id, change, stored(draft, 5))
    assert left is not None
    assert (left.body, left.base_version, left.base_body, left.note) == ("sent, and more", 5, "sent", "")
    assert ours.all() == (left,)
    assert ours.settle(draft.draft_id, left.change(), stored(left, 6)) is None
    assert ours.all() == ()
    assert ours.read_merge(draft.draft_id) is None
    assert ours.settle(draft.draft_id, change, PAGE) is None


def test_what_was_stored_counts_even_where_others_have_gone_on(tmp_path: Path) -> None:
    """The page may be further than the save: the draft goes by what was acknowledged, not by what is there now."""
    ours = drafts(tmp_path)
    draft = ours.keep(replace(ours.begin(PAGE), body="mine"))
    assert (
        ours.settle(draft.draft_id, draft.change(), replace(PAGE, version=9, body="mine and theirs")) is None
    )
    assert ours.all() == ()


def test_a_new_page_keeps_the_id_that_it_drew(tmp_path: Path) -> None:
    """So that making it again after a crash makes it once."""
    ours = drafts(tmp_path)
    draft = ours.keep(ours.begin_new("Fresh", "Text", db_profile="prod"))
    (read,) = ours.all()
    assert read.is_new
    assert read.new_page().page_id == draft.page_id
    assert (read.new_page().title, read.new_page().db_profile) == ("Fresh", "prod")
    assert ours.settle(read.draft_id, read.new_page(), stored(read, 1)) is None


def test_a_discarded_draft_is_recoverable(tmp_path: Path) -> None:
    """It leaves the list, keeps its text, and comes back by hand."""
    ours = drafts(tmp_path)
    draft = ours.keep(replace(ours.begin(PAGE), body="thrown away"))
    ours.discard(draft)
    assert ours.all() == ()
    (gone,) = ours.discarded()
    assert gone.discarded_at is not None
    assert gone.body == "thrown away"
    back = ours.recover(gone)
    assert ours.all() == (back,)
    assert ours.discarded() == ()
    assert back.discarded_at is None


def test_a_merge_lies_beside_its_draft(tmp_path: Path) -> None:
    """Read back as it was; what cannot be read is none."""
    ours = drafts(tmp_path)
    draft = ours.keep(replace(ours.begin(PAGE), body="x"))
    assert ours.read_merge(draft.draft_id) is None
    ours.keep_merge(draft.draft_id, '{"format": 1, "text": "ä"}')
    assert drafts(tmp_path).read_merge(draft.draft_id) == '{"format": 1, "text": "ä"}'
    assert [each.draft_id for each in ours.all()] == [draft.draft_id]
    ours.drop_merge(draft.draft_id)
    assert ours.read_merge(draft.draft_id) is None


def test_only_one_living_window_has_a_draft(tmp_path: Path) -> None:
    """A second one sees that it is taken; a window that was killed leaves it free."""
    ours = drafts(tmp_path)
    draft = ours.keep(replace(ours.begin(PAGE), body="x"))
    lock = ours.lock(draft)
    assert lock is not None
    assert ours.lock(draft) is None
    assert ours.is_open_elsewhere(draft)
    lock.release()
    lock.release()
    assert not ours.is_open_elsewhere(draft)
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path)],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"kept\n"
    taken = next(each for each in ours.all() if each.body == "typed by the other")
    assert ours.is_open_elsewhere(taken)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert not ours.is_open_elsewhere(taken)
    assert ours.read(taken.draft_id) == taken


_HOLDER = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.unit.drafts.test_pages import PAGE, drafts
ours = drafts(Path(sys.argv[1]))
draft = replace(ours.begin(PAGE), body="typed by the other")
lock = ours.lock(draft)
ours.keep(draft)
print("kept", flush=True)
sys.stdin.read()
"""


def test_other_files_and_broken_ones_are_left_alone(tmp_path: Path) -> None:
    """Neither read as drafts nor removed."""
    ours = drafts(tmp_path)
    draft = ours.keep(replace(ours.begin(PAGE), body="x"))
    folder = tmp_path / "drafts" / "pages"
    (path,) = folder.glob("*.json")
    document = json.loads(path.read_text())
    strange = {
        "half": b'{"format": 1, "bo',
        "newer": json.dumps({**document, "format": 2}).encode(),
        "list": b"[1, 2]",
        "wrong": json.dumps({**document, "body": 7}).encode(),
        "foreign": json.dumps({**document, "member": "mallory@x"}).encode(),
    }
    for number, content in enumerate(strange.values()):
        name = path.name.replace(draft.draft_id, f"{number:08}-0000-0000-0000-000000000000")
        (folder / name).write_bytes(content)
    (folder / "notes.txt").write_text("mine")
    assert ours.all() == (draft,)
    assert len(list(folder.iterdir())) == len(strange) + 2


def test_files_are_the_members_alone(tmp_path: Path) -> None:
    """Texts may be secret: nobody else may read file or folder."""
    ours = drafts(tmp_path)
    draft = ours.keep(replace(ours.begin(PAGE), body="x"))
    ours.keep_merge(draft.draft_id, {})
    for path in (tmp_path / "drafts" / "pages").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "drafts" / "pages").stat().st_mode) == 0o700


def test_a_home_that_cannot_be_written_is_a_clear_error_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept before is still there."""
    ours = drafts(tmp_path)
    draft = ours.keep(replace(ours.begin(PAGE), body="first"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DraftError, match="No space left"):
        ours.keep(replace(draft, body="second"))
    with pytest.raises(DraftError):
        ours.discard(draft)
    monkeypatch.undo()
    assert ours.all() == (draft,)
    a_file = next(path for path in (tmp_path / "drafts" / "pages").iterdir() if path.is_file())
    with pytest.raises(DraftError):
        drafts(a_file).keep(draft)


def test_a_change_of_a_draft_is_a_save_of_its_base(tmp_path: Path) -> None:
    """What the draft says is what is sent."""
    draft = replace(drafts(tmp_path).begin(PAGE), title="T", status="published")
    change = draft.change()
    assert isinstance(change, PageChange)
    assert (change.title, change.status, change.expected) == ("T", "published", 4)
