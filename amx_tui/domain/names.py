"""Qualified names of assets: how they are written, read back and compared."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["is_at_or_below", "join_name", "quote_part", "split_name"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*\Z")


def quote_part(part: str) -> str:
    """Write one part of a qualified name: as it is where it is plain, else in double quotes."""
    if _PLAIN.match(part):
        return part
    return '"' + part.replace('"', '""') + '"'


def join_name(parts: Iterable[str | None]) -> str:
    """Write a qualified name from its parts; absent parts (None or empty) at the end are left out.

    `["sales", "customer", None]` is `sales.customer`.
    """
    return ".".join(quote_part(part) for part in parts if part)


def split_name(name: str) -> tuple[str, ...]:
    """Read a qualified name back into its parts, unquoted.

    Anything that people type is accepted: an unclosed quote runs to the end, and a quote inside a plain
    part is part of it. `split_name(join_name(parts)) == parts` for parts that are not empty.
    """
    parts: list[str] = []
    position = 0
    while position <= len(name):
        if name[position : position + 1] == '"':
            part, position = _quoted_part(name, position + 1)
        else:
            end = name.find(".", position)
            end = len(name) if end < 0 else end
            part, position = name[position:end], end
        parts.append(part)
        position += 1
    return tuple(part for part in parts if part)


def _quoted_part(name: str, start: int) -> tuple[str, int]:
    """Read a quoted part that begins at `start`, and say where the separator behind it stands."""
    characters: list[str] = []
    position = start
    while position < len(name):
        if name[position] == '"':
            if name[position + 1 : position + 2] != '"':
                position += 1
                break
            position += 1
        characters.append(name[position])
        position += 1
    end = name.find(".", position)
    end = len(name) if end < 0 else end
    characters.append(name[position:end])
    return "".join(characters), end


def is_at_or_below(name: str, ancestor: str) -> bool:
    """Say whether `name` is `ancestor` itself or lies below it (`sales.customer` below `sales`)."""
    parts, above = split_name(name), split_name(ancestor)
    return parts[: len(above)] == above
