"""Files that are replaced whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from amx_tui.drafts.atomic import replacing, write_atomically


@pytest.fixture
def _umask_027() -> Iterator[None]:
    """Let the umask take away what the group may write and others may do."""
    old = os.umask(0o027)
    yield
    os.umask(old)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


def mode(path: Path) -> int:
    """A file's permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(each.name for each in folder.iterdir())


def test_the_old_file_stays_until_the_block_ends(folder: Path) -> None:
    """Whoever reads meanwhile reads the old one, whole."""
    target = folder / "report.csv"
    target.write_bytes(b"old")
    with replacing(target) as file:
        file.write(b"new")
        file.flush()
        assert target.read_bytes() == b"old"
    assert (target.read_bytes(), names(folder)) == (b"new", ["report.csv"])


def test_a_failure_leaves_the_old_file_and_nothing_else(folder: Path) -> None:
    """Also when it is not an error but an interruption."""
    target = folder / "report.csv"
    target.write_bytes(b"old")

    def interrupted() -> None:
        with replacing(target) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert target.read_bytes() == b"old"
    assert names(folder) == ["report.csv"]


@pytest.mark.usefixtures("_umask_027")
def test_a_new_file_obeys_the_umask(folder: Path) -> None:
    """Like any file that the shell would make."""
    with replacing(folder / "new") as file:
        file.write(b"x")
    assert mode(folder / "new") == 0o640


@pytest.mark.usefixtures("_umask_027")
def test_an_old_file_keeps_its_mode(folder: Path) -> None:
    """Wider than the umask, narrower than the default: it is as its owner set it."""
    for bits in (0o666, 0o600, 0o755):
        target = folder / f"{bits:o}"
        target.write_bytes(b"old")
        target.chmod(bits)
        with replacing(target) as file:
            file.write(b"new")
        assert mode(target) == bits


def test_a_given_mode_is_never_wider_meanwhile(folder: Path) -> None:
    """A secret's temporary file is readable for its owner alone from its first moment."""
    target = folder / "config.yml"
    target.write_bytes(b"old")
    target.chmod(0o644)
    with replacing(target, mode=0o600):
        (temporary,) = set(folder.iterdir()) - {target}
        assert mode(temporary) == 0o600
    assert mode(target) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only an administrator writes files of others")
def test_the_file_of_another_stays_theirs(folder: Path) -> None:
    """An administrator's edit does not lock its user out."""
    target = folder / "config.yml"
    target.write_bytes(b"old")
    os.chown(target, 4711, 4712)
    write_atomically(target, b"new")
    status = target.stat()
    assert (status.st_uid, status.st_gid, target.read_bytes()) == (4711, 4712, b"new")


def test_a_name_of_any_length_that_the_disk_takes_can_be_replaced(folder: Path) -> None:
    """The temporary file's own name does not grow with it."""
    target = folder / ("n" * 255)
    write_atomically(target, b"x")
    assert names(folder) == ["n" * 255]
