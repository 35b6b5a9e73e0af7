"""Drafts of texts: on disk until they are saved or thrown away."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from amx_tui.domain.errors import DraftError
from amx_tui.drafts.texts import MOST_BYTES, TextDraft


def test_what_was_kept_is_read_back(tmp_path: Path) -> None:
    """To the letter, by whoever asks for the same key; a later text replaces an earlier one."""
    draft = TextDraft(tmp_path / "home", "result-1")
    assert draft.read() is None
    for text in ("first", "Zeile\r\nmit Ümläuten 名前\n\n", ""):
        draft.keep(text)
        assert TextDraft(tmp_path / "home", "result-1").read() == text


def test_drafts_of_different_things_never_meet(tmp_path: Path) -> None:
    """Whatever their keys are made of: paths, other case, odd signs."""
    keys = ("a", "A", "../a", "a/b", "名", "\ud800", "x" * 10_000)
    for key in keys:
        TextDraft(tmp_path, key).keep(f"text of {key[:5]!r}")
    assert [TextDraft(tmp_path, key).read() for key in keys] == [f"text of {key[:5]!r}" for key in keys]
    assert {path.parent for path in tmp_path.rglob("*.txt")} == {tmp_path / "drafts"}


def test_a_dropped_draft_is_gone(tmp_path: Path) -> None:
    """Dropping what is not there is no error."""
    draft = TextDraft(tmp_path, "result-1")
    draft.drop()
    draft.keep("typed")
    draft.drop()
    assert draft.read() is None
    assert list((tmp_path / "drafts").iterdir()) == []


def test_only_the_member_may_read_a_draft(tmp_path: Path) -> None:
    """Neither the file nor its folder is open to others."""
    TextDraft(tmp_path, "result-1").keep("typed")
    (path,) = (tmp_path / "drafts").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_half_surrogates_are_kept_as_a_sign(tmp_path: Path) -> None:
    """What cannot be written in UTF-8 does not cost the rest of the text."""
    draft = TextDraft(tmp_path, "result-1")
    draft.keep("before \ud83d after")
    assert draft.read() == "before ? after"


def test_files_that_are_no_drafts_are_not_read(tmp_path: Path) -> None:
    """Bytes that are no text are shown as far as they are; what is far too large is left alone."""
    draft = TextDraft(tmp_path, "result-1")
    draft.keep("typed")
    (path,) = (tmp_path / "drafts").iterdir()
    path.write_bytes(b"caf\xe9")
    assert draft.read() == "caf\ufffd"
    path.write_bytes(b"x" * (MOST_BYTES + 1))
    assert draft.read() is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_written_is_an_error_without_the_text(tmp_path: Path) -> None:
    """It names the folder and what to do; what was typed is in no message."""
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    with pytest.raises(DraftError) as error:
        TextDraft(home, "result-1").keep("a secret")
    assert str(home / "drafts") in error.value.message
    assert "secret" not in error.value.message + error.value.hint


def test_a_folder_in_the_way_is_an_error(tmp_path: Path) -> None:
    """Neither keeping nor dropping ends in anything but an error of ours, and what is there stays."""
    draft = TextDraft(tmp_path, "result-1")
    draft.keep("typed")
    (path,) = (tmp_path / "drafts").iterdir()
    path.unlink()
    (path / "inside").mkdir(parents=True)
    assert draft.read() is None
    with pytest.raises(DraftError):
        draft.keep("typed")
    with pytest.raises(DraftError):
        draft.drop()
    assert (path / "inside").is_dir()


def test_a_text_that_cannot_be_replaced_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full in the middle of writing leaves the text that was kept before."""
    draft = TextDraft(tmp_path, "result-1")
    draft.keep("the last good text")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("amx_tui.drafts.atomic.os.fsync", full)
    with pytest.raises(DraftError, match="No space left on device"):
        draft.keep("the next one")
    assert draft.read() == "the last good text"
    assert len(list((tmp_path / "drafts").iterdir())) == 1
