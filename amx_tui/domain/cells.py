"""How many cells of a terminal a text takes."""

from __future__ import annotations

import unicodedata

__all__ = ["cell_width", "pad", "take_cells"]

_SOFT_HYPHEN = "\u00ad"
_JOINER = "\u200d"
# Vowels and final consonants of Korean syllables that are written out join the consonant before them.
_JAMO = ("\u1160", "\u11ff")


def cell_width(text: str) -> int:
    """How many cells of a terminal a line of text takes."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Fill a line of text up with spaces to `width` cells; with `right` the text stands on the right."""
    filling = " " * max(0, width - cell_width(text))
    return filling + text if right else text + filling


def take_cells(text: str, width: int) -> str:
    """Take the beginning of a line of text that fits into `width` cells, a character with its marks whole."""
    taken = 0
    for index, character in enumerate(text):
        taken += _character_width(character)
        if taken > width:
            return text[:index].rstrip(_JOINER)
    return text


def _character_width(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in {"Mn", "Me", "Cf"} and character != _SOFT_HYPHEN:
        return 0
    if unicodedata.combining(character) or _JAMO[0] <= character <= _JAMO[1]:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
