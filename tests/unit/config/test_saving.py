"""Writing files: whole or not at all, with backups, through links, side by side with others."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from amx_tui.config import saving
from amx_tui.config.document import Document
from amx_tui.config.file import load_config, save_keys
from amx_tui.config.saving import save_edits
from amx_tui.config.splice import Put
from amx_tui.domain.errors import ConfigError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a small configuration in a folder of its own."""
    path = tmp_path / "amx" / "config.yml"
    path.parent.mkdir()
    path.write_bytes(b"# mine\na: 0\n")
    return path


def no_check(_document: Document) -> None:
    """Accept whatever is on disk."""


def set_a(path: Path, value: int) -> None:
    """Set the key `a`."""
    save_edits(path, [Put(("a",), value)], check=no_check)


def names(path: Path) -> list[str]:
    """Return what lies in the file's folder."""
    return sorted(each.name for each in path.parent.iterdir())


def test_the_last_five_states_are_kept(path: Path) -> None:
    """The newest backup is number 1; there is never a sixth, nor a left-over temporary file."""
    for value in range(1, 8):
        set_a(path, value)
    assert names(path) == ["config.yml", *(f"config.yml.bak.{number}" for number in range(1, 6))]
    for number in range(1, 6):
        assert (
            path.with_name(f"config.yml.bak.{number}").read_bytes() == f"# mine\na: {7 - number}\n".encode()
        )


def test_file_and_backups_are_readable_for_the_user_alone(path: Path) -> None:
    """Also where the file was readable for everybody before."""
    path.chmod(0o644)
    set_a(path, 1)
    for name in names(path):
        assert (path.parent / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\xef\xbb\xbfa: 0\r\nb: 1\r\n", b"\xef\xbb\xbfa: 1\r\nb: 1\r\n"),
        (b"a: 0", b"a: 1"),
        (b"b: '\xc3\xa9'\ra: 0\r", b"b: '\xc3\xa9'\ra: 1\r"),
        (b"\xef\xbb\xbf", b"\xef\xbb\xbfa: 1\n"),
    ],
)
def test_mark_and_line_ends_stay(path: Path, before: bytes, after: bytes) -> None:
    """A file from Windows, an old Mac, or without a line end keeps its ways."""
    path.write_bytes(before)
    set_a(path, 1)
    assert path.read_bytes() == after


def test_a_link_keeps_pointing_to_the_file(path: Path, tmp_path: Path) -> None:
    """A file kept with the dot files is changed there; backups with secrets in them are not put there."""
    dotfiles = tmp_path / "dotfiles"
    dotfiles.mkdir()
    path.rename(dotfiles / "amx.yml")
    path.symlink_to(Path("..") / "dotfiles" / "amx.yml")
    set_a(path, 1)
    assert path.is_symlink()
    assert (dotfiles / "amx.yml").read_bytes() == b"# mine\na: 1\n"
    assert names(dotfiles / "amx.yml") == ["amx.yml"]
    assert names(path) == ["config.yml", "config.yml.bak.1"]


def test_a_failure_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk at the last moment: the file is the old one, nothing else lies about."""

    def full(_source: object, _target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ConfigError, match="cannot be written \\(No space left on device\\)") as error:
        set_a(path, 1)
    assert error.value.path == path
    assert path.read_bytes() == b"# mine\na: 0\n"
    assert names(path) == ["config.yml"]


def test_a_home_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    """The reason is the system's, the hint names the folder."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="File exists") as error:
        set_a(tmp_path / "file" / "config.yml", 1)
    assert str(tmp_path / "file") in error.value.hint


def test_a_write_between_reading_and_replacing_is_kept(path: Path) -> None:
    """Another program that saves at that very moment makes us start again from its state."""
    rounds: list[int] = []

    def meanwhile(_document: Document) -> None:
        if not rounds:
            path.write_bytes(b"# theirs\na: 5\nb: 1\n")
        rounds.append(1)

    save_edits(path, [Put(("a",), 9)], check=meanwhile)
    assert len(rounds) == 2
    assert path.read_bytes() == b"# theirs\na: 9\nb: 1\n"


def test_a_file_that_never_rests_is_given_up(path: Path) -> None:
    """Nothing is overwritten, and the error says why."""
    count = iter(range(100))

    def always(_document: Document) -> None:
        path.write_bytes(b"a: " + b"1" * next(count) + b"\n")

    with pytest.raises(ConfigError, match="keeps changing while it is saved"):
        save_edits(path, [Put(("b",), 9)], check=always)
    assert b"b" not in path.read_bytes()


def add_keys(path: Path, name: str, count: int) -> None:
    """Save several keys one after the other, as one of several processes."""
    for number in range(count):
        save_edits(path, [Put((f"{name}{number}",), number)], check=no_check)


def test_processes_that_save_at_once_lose_nothing(path: Path) -> None:
    """Three processes, eight keys each: all 24 are there, and the file is valid."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=add_keys, args=(path, name, 8)) for name in "xyz"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert len(load_config(path).document) == 25


def test_the_number_of_backups_is_what_is_documented() -> None:
    """`config.yml.bak.1` to `.5`."""
    assert saving.BACKUPS == 5


def test_a_saved_configuration_is_the_one_on_disk(path: Path) -> None:
    """What save returns needs no reload: a further save sees no change by another."""
    config = save_keys(load_config(path), {"a": 1})
    config = save_keys(config, {"b": "x"})
    assert config == load_config(path)
