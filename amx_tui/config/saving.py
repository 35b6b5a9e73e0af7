"""Writing an edited file back: under a lock, onto what is on disk now, with backups of what was there."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from amx_tui.config.document import Document, complain, read_document
from amx_tui.config.splice import Edit, apply_edits
from amx_tui.config.watch import fingerprint
from amx_tui.drafts.atomic import write_atomically

__all__ = ["BACKUPS", "save_edits"]

BACKUPS = 5
"""How many earlier states are kept, as `config.yml.bak.1` (the newest) to `.5`."""
_ATTEMPTS = 5
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def save_edits(
    path: Path, edits: Sequence[Edit], *, check: Callable[[Document], None], backups: bool = True
) -> None:
    """Make edits in the file as it is on disk now, whatever was read of it before.

    Bytes outside the edited entries stay as they are. The new file has mode 0600; a symbolic link keeps
    pointing to it. Nothing is written when nothing changes. Blocking.

    Args:
        path: The file; it and its folder are made where they do not exist.
        edits: What to change.
        check: Called with the file on disk before it is changed; raises ConfigError to refuse.
        backups: Whether to keep the replaced state beside `path`.

    Raises:
        ConfigError: The file is broken, cannot be edited by a program, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _lock(path.parent):
            for _attempt in range(_ATTEMPTS):
                if _save_once(path, edits, check, backups=backups):
                    return
    except OSError as error:
        raise complain(
            path,
            f"cannot be written ({error.strerror or type(error).__name__}).",
            hint=f"Check the rights on {path.parent}; nothing was changed.",
        ) from error
    raise complain(path, "keeps changing while it is saved.", hint="Close the other program and save again.")


def _save_once(
    path: Path, edits: Sequence[Edit], check: Callable[[Document], None], *, backups: bool
) -> bool:
    """Save, unless another program wrote the file since we read it a moment ago; then return False."""
    document = read_document(path)
    check(document)
    text = apply_edits(path, document.text, edits)
    if text == document.text:
        return True
    mark = _BYTE_ORDER_MARK if document.has_mark else b""
    if fingerprint(path) != document.fingerprint:
        return False
    if backups and document.fingerprint is not None:
        _rotate(path, mark + document.text.encode())
    # What a link points to is replaced, so that the link stays one.
    write_atomically(Path(os.path.realpath(path)), mark + text.encode())
    return True


def _rotate(path: Path, data: bytes) -> None:
    """Keep the state that is being replaced, and move the older ones one number up."""
    for number in range(BACKUPS - 1, 0, -1):
        with contextlib.suppress(FileNotFoundError):
            os.replace(_backup(path, number), _backup(path, number + 1))
    write_atomically(_backup(path, 1), data)


def _backup(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.bak.{number}")


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Keep other processes of this program from saving at the same time."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # A file system without locks leaves the check of the fingerprint, which is made in any case.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
