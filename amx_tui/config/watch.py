"""Noticing that a file changed on disk, by one `stat`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

__all__ = ["Fingerprint", "fingerprint"]


class Fingerprint(NamedTuple):
    """What differs between two states of a file: equal ones mean an untouched file."""

    mtime_ns: int
    size: int
    """Bytes."""
    inode: int


def fingerprint(path: Path) -> Fingerprint | None:
    """Return the file's fingerprint, following symbolic links; None while it cannot be seen."""
    try:
        status = path.stat()
    except OSError:
        return None
    return Fingerprint(status.st_mtime_ns, status.st_size, status.st_ino)
