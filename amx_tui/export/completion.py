"""Completing a path that somebody is typing."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator

from amx_tui.domain.text import visible

__all__ = ["MOST_PATHS", "complete_path"]

MOST_PATHS = 200
"""How many paths are offered at most."""


def complete_path(typed: str) -> list[str]:
    """Offer the files and folders whose path begins with what was typed, in the order of their names.

    Folders end with `/`; a `~` in front stays one; hidden names are offered only where the name typed so
    far begins with a dot. Names that a line of text cannot hold (with line breaks, control characters, or bytes
    that are no text) are left out. Reads one folder; blocking.

    Returns:
        Whole paths, as they would be typed, at most `MOST_PATHS`; none where the folder cannot be read.
    """
    if typed == "~":
        return ["~/"]
    head, separator, beginning = typed.rpartition("/")
    head += separator
    try:
        offered = heapq.nsmallest(MOST_PATHS, _names(os.path.expanduser(head) or ".", beginning))
    except (OSError, ValueError):
        return []
    return [head + name for name in offered]


def _names(folder: str, beginning: str) -> Iterator[str]:
    if beginning == "..":
        yield "../"
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if not name.startswith(beginning) or (name.startswith(".") and not beginning):
                continue
            if visible(name) == name and "\n" not in name and "\t" not in name:
                yield f"{name}/" if _is_folder(entry) else name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder or a link to one; what cannot be looked at is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False
