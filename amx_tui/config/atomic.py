"""Writing a file so that it is either the old one or the new one, whatever happens."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

__all__ = ["write_atomically"]


def write_atomically(target: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replace `target` with `data`: a temporary file beside it, synced to disk, then renamed over it.

    Args:
        target: The real file, not a link to it. It keeps its owner where we may set it.
        mode: The new file's permission bits.

    Raises:
        OSError: The folder or the disk does not allow it; `target` is as it was.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            _keep_owner(file.fileno(), target)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
    _sync_folder(target.parent)


def _keep_owner(descriptor: int, target: Path) -> None:
    """Give the new file to the owner of the old one: an administrator's edit must not lock its user out."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        status = target.stat()
        if status.st_uid != os.geteuid():
            os.fchown(descriptor, status.st_uid, status.st_gid)


def _sync_folder(folder: Path) -> None:
    """Make the renaming itself durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems cannot sync a folder; the file itself is synced already.
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
