"""Writing a file so that it is either the old one or the new one, whatever happens."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

__all__ = ["replacing", "sync_folder", "write_atomically"]

_NEW_FILE = 0o644


def write_atomically(target: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replace `target` with `data`; see `replacing`.

    Raises:
        OSError: The folder or the disk does not allow it; `target` is as it was.
    """
    with replacing(target, mode=mode) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(target: Path, *, mode: int | None = None) -> Iterator[BinaryIO]:
    """Open a temporary file beside `target`; at the end of the block it is synced to disk and renamed over it.

    Where the block raises, `target` stays as it was and the temporary file goes.

    Args:
        target: The real file, not a link to it. It keeps its owner and group where we may set them.
        mode: The new file's permission bits; None keeps those of the old one, or lets the umask decide
            about a file that is new.

    Raises:
        OSError: The folder or the disk does not allow it; `target` is as it was.
    """
    old = _status(target)
    if mode is None and old is not None:
        mode = old.st_mode & 0o777
    # Never wider than asked, not even for a moment; only the operating system knows the umask without setting it.
    name, descriptor = _create(target.parent, _NEW_FILE if mode is None else mode & 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if old is not None:
                _keep_owner(descriptor, old)
            if mode is not None:
                os.fchmod(descriptor, mode)
            yield file
            file.flush()
            os.fsync(descriptor)
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
    sync_folder(target.parent)


def _status(target: Path) -> os.stat_result | None:
    try:
        return target.stat()
    except FileNotFoundError:
        return None


def _create(folder: Path, mode: int) -> tuple[Path, int]:
    """Make a new file that nobody else has; its name is short, for the target's may be as long as names can be."""
    while True:
        name = folder / f".amx-tui-{secrets.token_hex(6)}.tmp"
        with contextlib.suppress(FileExistsError):
            return name, os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)


def _keep_owner(descriptor: int, old: os.stat_result) -> None:
    """Give the new file to whom the old one belonged: an administrator's edit must not lock its user out.

    Where the system does not allow it (or, in a container, does not know the owner), the file is ours.
    """
    new = os.fstat(descriptor)
    if new.st_uid != old.st_uid:
        with contextlib.suppress(OSError):
            os.fchown(descriptor, old.st_uid, -1)
    if new.st_gid != old.st_gid:
        with contextlib.suppress(OSError):
            os.fchown(descriptor, -1, old.st_gid)


def sync_folder(folder: Path) -> None:
    """Make the renaming itself durable, where the folder can be opened and its file system can do that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
