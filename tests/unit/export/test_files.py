"""The file that an export goes to."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path
from typing import TextIO

import pytest

from amx_tui.domain.errors import ExportError
from amx_tui.export.files import resolve_target, write_atomically


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


async def hello(stream: TextIO) -> None:
    """Write a line that has more than ASCII in it, and a line end of its own."""
    stream.write("Grüße\r\n")


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(each.name for each in folder.iterdir())


async def test_the_text_is_written_as_it_is(folder: Path) -> None:
    """UTF-8 without a mark, line ends untouched; the file that was written is told."""
    written = await write_atomically(folder / "a.csv", hello)
    assert written.read_bytes() == "Grüße\r\n".encode()
    assert names(folder) == ["a.csv"]


async def test_a_tilde_is_the_home_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell would have it."""
    monkeypatch.setenv("HOME", str(folder))
    await write_atomically("~/a.csv", hello)
    assert names(folder) == ["a.csv"]


async def test_an_existing_file_is_replaced_and_keeps_its_mode(folder: Path) -> None:
    """What was private stays private."""
    target = folder / "a.csv"
    target.write_text("old and longer than the new one")
    target.chmod(0o600)
    await write_atomically(target, hello)
    assert target.read_bytes() == "Grüße\r\n".encode()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


async def test_the_file_behind_a_link_is_replaced_and_the_link_stays(folder: Path) -> None:
    """A shared folder's link goes on pointing to the newest export."""
    (folder / "real.csv").write_text("old")
    (folder / "link.csv").symlink_to("real.csv")
    assert await write_atomically(folder / "link.csv", hello) == (folder / "real.csv").resolve()
    assert (folder / "link.csv").is_symlink()
    assert (folder / "real.csv").read_bytes() == "Grüße\r\n".encode()


async def _fails(stream: TextIO) -> None:
    stream.write("half " * 100_000)
    raise RuntimeError("the store went away")


async def _disk_full(_stream: TextIO) -> None:
    raise OSError(28, "No space left on device")


async def test_a_failure_leaves_nothing_behind(folder: Path) -> None:
    """Neither half a file nor a temporary one; what was there is there."""
    target = folder / "a.csv"
    target.write_text("old")
    with pytest.raises(RuntimeError, match="went away"):
        await write_atomically(target, _fails)
    assert (target.read_text(), names(folder)) == ("old", ["a.csv"])
    with pytest.raises(RuntimeError, match="went away"):
        await write_atomically(folder / "b.csv", _fails)
    assert names(folder) == ["a.csv"]


async def test_a_full_disk_is_said_in_words(folder: Path) -> None:
    """With the file's name and what to do."""
    with pytest.raises(ExportError, match=r"a\.csv cannot be written \(No space left on device\)") as caught:
        await write_atomically(folder / "a.csv", _disk_full)
    assert "Nothing was changed" in caught.value.hint
    assert names(folder) == []


async def test_a_cancelled_export_leaves_nothing_behind(folder: Path) -> None:
    """Escape in the middle of a long one."""
    begun = asyncio.Event()

    async def endless(stream: TextIO) -> None:
        stream.write("half")
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(write_atomically(folder / "a.csv", endless))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert names(folder) == []


def test_what_is_no_file_is_refused_before_anything_is_read(folder: Path) -> None:
    """Each with its reason and a way out."""
    (folder / "sub").mkdir()
    (folder / "circle").symlink_to("circle")
    os.mkfifo(folder / "pipe")
    (folder / "plain").write_text("x")
    for path, reason in {
        f"{folder}/sub": "is a folder",
        f"{folder}/new/": "is a folder",
        f"{folder}/circle": "leads in a circle",
        f"{folder}/pipe": "not an ordinary file",
        f"{folder}/gone/a.csv": "There is no folder",
        f"{folder}/plain/a.csv": "There is no folder",
        "/dev/null": "not an ordinary file",
        "": "No file was named",
        "  ": "No file was named",
        "a\0b": "NUL",
        "~nobody-of-that-name/a": "There is no home folder ~nobody-of-that-name",
        f"{folder}/{'n' * 300}": "cannot be written",
    }.items():
        with pytest.raises(ExportError, match=reason):
            resolve_target(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="an administrator may write anything")
def test_a_read_only_file_is_refused(folder: Path) -> None:
    """Renaming over it would work, but its owner meant it."""
    (folder / "a").write_text("x")
    (folder / "a").chmod(0o444)
    with pytest.raises(ExportError, match="read-only"):
        resolve_target(folder / "a")
