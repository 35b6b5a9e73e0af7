"""Values as YAML text: plain where that is safe, else quoted, one line each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

import yaml

from amx_tui.config.document import scalar_tag
from amx_tui.config.secrets import Secret

__all__ = ["Plain", "render_block", "render_inline"]

Plain = str | int | float | bool | Secret | None | Sequence["Plain"] | Mapping[str, "Plain"]

# Narrower than what YAML allows, so that it also holds inside { } and [ ]; a colon only within a word.
_BARE = re.compile(r"[A-Za-z0-9_/~+$](?:[A-Za-z0-9_./@+$~=^() -]|:(?=[A-Za-z0-9_/]))*(?<! )")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


_LONGEST_KEY = 1_000
"""YAML looks for a key's colon within 1,024 characters."""


@cache
def _resolver() -> yaml.SafeLoader:
    return yaml.SafeLoader("")


def render_inline(value: Plain) -> str:
    """Write a value on one line, safe in block and flow context."""
    if isinstance(value, Secret):
        return _string(value.reveal())
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return yaml.safe_dump(value).partition("\n")[0]
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} {render_inline(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(render_inline(item) for item in value) + "]"


def render_block(key: str, value: Plain, *, indent: str, step: int, newline: str) -> str:
    """Write `key: value` as lines, a mapping that is not empty as a block below its key.

    Args:
        indent: What stands in front of the key.
        step: Spaces by which the keys of a nested mapping are further in.
        newline: The line end to use.
    """
    if isinstance(value, Mapping) and value:
        inner = indent + " " * step
        lines = [
            render_block(name, item, indent=inner, step=step, newline=newline) for name, item in value.items()
        ]
        return f"{indent}{_key(key, newline + indent)}{newline}" + "".join(lines)
    return f"{indent}{_key(key, newline + indent)} {render_inline(value)}{newline}"


def _key(key: str, gap: str = " ") -> str:
    """Write a key with its colon; one that is too long to be told by its colon gets a mark of its own, in front.

    Args:
        gap: What stands between such a key and its colon: in a block a new line.
    """
    written = _string(key)
    return f"{written}:" if len(written) <= _LONGEST_KEY else f"? {written}{gap}:"


def _string(text: str) -> str:
    if _BARE.fullmatch(text) and scalar_tag(_resolver(), text, (True, False)) == "tag:yaml.org,2002:str":
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
