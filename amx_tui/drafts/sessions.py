"""Which sessions of this program are alive: each holds a lock that the operating system lets go of when it dies."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["holding_session", "is_session_alive"]

_FOLDER = "sessions"


def _path(home: Path, session_id: str) -> Path:
    return home / _FOLDER / f"{session_id}.lock"


@contextlib.contextmanager
def holding_session(home: Path, session_id: str) -> Iterator[None]:
    """Let others on this machine see that a session is alive until the block ends; blocking, briefly.

    Where the AMX home cannot be written, or the system has no such locks, nobody sees it, which only makes others
    wait longer before they settle what it left open.

    Args:
        home: The AMX home.
        session_id: An id that is this session's alone.
    """
    path = _path(home, session_id)
    descriptor = -1
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        _lock(descriptor)
    try:
        yield
    finally:
        if descriptor >= 0:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            os.close(descriptor)


def is_session_alive(home: Path, session_id: str) -> bool | None:
    """Say whether a session is alive; None where nobody can say, because it is no session of this home."""
    path = _path(home, session_id)
    if path.name != f"{session_id}.lock" or not session_id:
        return None
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        is_free = _lock(descriptor)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return not is_free


def _lock(descriptor: int) -> bool:
    """Take the lock of a file, and say whether it was free.

    Raises:
        OSError: The system has no such locks.
    """
    try:
        import fcntl
    except ImportError as error:
        raise OSError("no file locks") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
