"""Who wrote which line: the version of a text in which each of its lines came into being."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from amx_tui.domain.alignment import changes
from amx_tui.domain.merge.lines import split_lines

__all__ = ["BlamedLine", "blame"]

Version = TypeVar("Version")


@dataclass(frozen=True, slots=True)
class BlamedLine(Generic[Version]):
    """A line of the newest version."""

    text: str
    """With its end."""
    version: Version
    """The version that the line is from."""


def blame(versions: Sequence[tuple[Version, str]]) -> tuple[BlamedLine[Version], ...]:
    """Say of each line of the newest version which version it is from.

    A line is written anew by whoever changes anything in it but its end.

    Args:
        versions: All versions with their texts, the oldest first.

    Returns:
        The lines of the last text; joined they are that text.
    """
    lines: list[str] = []
    bare: list[str] = []
    writers: list[Version] = []
    for version, text in versions:
        lines = split_lines(text)
        now = [line.rstrip("\r\n") for line in lines]
        written: list[Version] = []
        at = 0
        for change in changes(bare, now):
            written.extend(writers[at : change.left_start])
            written.extend([version] * (change.right_end - change.right_start))
            at = change.left_end
        written.extend(writers[at:])
        bare, writers = now, written
    return tuple(BlamedLine(line, writer) for line, writer in zip(lines, writers, strict=True))
