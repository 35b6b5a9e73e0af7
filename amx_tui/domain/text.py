"""How foreign text is shown: as data, on one line or many, never as control sequences."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["one_line", "visible"]

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff\ufeff]"
)
_BREAKS = re.compile("[\r\n\u2028\u2029]+")


def _shown(match: re.Match[str]) -> str:
    """Draw a control character as its picture (␛), others as their code point."""
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"‹{code:04X}›"


def visible(text: str) -> str:
    """Return `text` with control characters, direction overrides and lone surrogates made visible.

    Line feeds and tabs stay; a carriage return in front of a line feed goes.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_shown, text.replace("\r\n", "\n"))


def one_line(text: str, limit: int = 0) -> str:
    """Return `text` on one line and safe to draw, cut to `limit` characters where that is not 0."""
    if limit and len(text) > limit * 4:
        text = text.lstrip()[: limit * 4]
    lines = (line.strip() for line in _BREAKS.split(text))
    flat = visible(" ".join(line for line in lines if line).replace("\t", " ")).strip()
    if limit and len(flat) > limit:
        cut = flat[: limit - 1]
        while cut and unicodedata.combining(flat[len(cut)]):
            cut = cut[:-1]
        return cut + "…"
    return flat
