"""The file that an export goes to: named by people, written whole or not at all."""

from __future__ import annotations

import asyncio
import io
import os
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TextIO

from amx_tui.domain.errors import ExportError
from amx_tui.drafts.atomic import replacing

__all__ = ["resolve_target", "write_atomically"]


def resolve_target(path: str | Path) -> Path:
    """Find the file that a path names, and check that it may be replaced.

    `~` and `~user` are expanded and links followed, so that what is replaced is the file behind a link.

    Raises:
        ExportError: It is no file: a folder, a device, nobody's home; its folder is not there; or it is
            there and read-only.
    """
    typed = os.fspath(path)
    expanded = os.path.expanduser(typed)
    if not typed.strip():
        raise ExportError("No file was named.", hint="Give a path, such as ~/comparison.html.")
    if "\0" in typed:
        raise ExportError("A path cannot hold a NUL character.")
    if expanded.startswith("~"):
        raise ExportError(
            f"There is no home folder {expanded.split('/')[0]}.", hint="For a file of that name, type ./~…"
        )
    target = Path(os.path.realpath(expanded))
    try:
        _check(typed, target)
    except OSError as error:
        raise _failure(typed, error) from error
    return target


def _check(typed: str, target: Path) -> None:
    if typed.endswith(os.sep) or target.is_dir():
        raise ExportError(f"{typed} is a folder.", hint="Add the name of a file.")
    if target.is_symlink():
        raise ExportError(f"{typed} is a link that leads in a circle.", hint="Name another file.")
    if not target.parent.is_dir():
        raise ExportError(f"There is no folder {target.parent}.", hint="Make it first, or name another.")
    if target.exists():
        if not stat.S_ISREG(target.stat().st_mode):
            raise ExportError(f"{typed} is not an ordinary file.", hint="Name another file.")
        if not os.access(target, os.W_OK):
            raise ExportError(f"{typed} is read-only.", hint="Name another file, or make it writable.")


async def write_atomically(path: str | Path, produce: Callable[[TextIO], Awaitable[None]]) -> Path:
    """Write a text file in UTF-8: a temporary file beside it, synced to disk, then renamed over it.

    Until that moment a file that is there stays as it is, and after a failure or a cancellation nothing
    else is. An existing file keeps its mode; a new one gets 0644 less the umask.

    Args:
        path: Where to; see `resolve_target`.
        produce: Writes the text to the stream it is given. Line ends are written as they are.

    Returns:
        The file that was written.

    Raises:
        ExportError: The path names no file that can be written, or the disk does not take it.
    """
    target = resolve_target(path)
    try:
        with replacing(target) as file:
            stream = io.TextIOWrapper(file, encoding="utf-8", newline="")
            await produce(stream)
            stream.flush()
            # Syncing can take a second; the screen goes on meanwhile.
            await asyncio.to_thread(os.fsync, file.fileno())
    except OSError as error:
        raise _failure(os.fspath(path), error) from error
    return target


def _failure(path: str, error: OSError) -> ExportError:
    return ExportError(
        f"{path} cannot be written ({error.strerror or type(error).__name__}).",
        hint="Nothing was changed. Name another file, or look at the folder's rights and the disk's space.",
    )
