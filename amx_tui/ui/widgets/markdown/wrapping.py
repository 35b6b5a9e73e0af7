"""Lines made of pieces in several looks: broken at a width, and marked where something was looked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from rich.cells import cell_len, chop_cells

__all__ = ["Piece", "Pieces", "cells_of", "mark", "match_number", "wrap"]

Piece: TypeAlias = tuple[str, str]
"""A text, safe to draw, and the names of its looks with blanks between them."""
Pieces: TypeAlias = Sequence[Piece]

_WORDS = re.compile(r"\s+|\S+")
_MATCH = "match"


def cells_of(text: str) -> int:
    """How many cells a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def wrap(pieces: Pieces, width: int) -> list[Pieces]:
    """Break a line between its words; a word that is too long is broken where the line ends."""
    if sum(cells_of(text) for text, _ in pieces) <= width:
        return [pieces]
    rows: list[Pieces] = []
    row: list[Piece] = []
    room = width
    for word in _words(pieces):
        cells = sum(cells_of(text) for text, _ in word)
        if cells > room and row:
            if word[0][0].isspace():
                # The blanks at which a line is broken are not drawn.
                rows.append(row)
                row, room = [], width
                continue
            rows.append(_without_blanks(row))
            row, room = [], width
        if cells <= room:
            if row or not rows or not word[0][0].isspace():
                row.extend(word)
                room -= cells
            continue
        for text, look in word:
            for part in _chopped(text, room, width):
                if cells_of(part) > room and row:
                    rows.append(row)
                    row, room = [], width
                row.append((part, look))
                room -= cells_of(part)
    if row or not rows:
        rows.append(row)
    return rows


def _words(pieces: Pieces) -> Iterator[list[Piece]]:
    """Words and the blanks between them; a word may change its look within."""
    word: list[Piece] = []
    for text, look in pieces:
        for part in _WORDS.findall(text):
            if word and (part[0].isspace() or word[-1][0].isspace()):
                yield word
                word = []
            word.append((part, look))
    if word:
        yield word


def _without_blanks(row: list[Piece]) -> list[Piece]:
    while row and row[-1][0].isspace():
        row.pop()
    return row


def _chopped(text: str, room: int, width: int) -> Iterable[str]:
    if room <= 1:
        return chop_cells(text, max(1, width))
    head = chop_cells(text, room)[0]
    rest = text[len(head) :]
    return (head, *chop_cells(rest, max(1, width))) if rest else (head,)


def mark(rows: Sequence[Pieces], pattern: re.Pattern[str]) -> tuple[list[Pieces], int]:
    """Mark what matches in lines that follow each other; a match may go on from one to the next.

    Returns:
        The lines, in which each marked piece carries the number of its match, and how many matches there are.
    """
    plain = "\n".join("".join(text for text, _ in row) for row in rows)
    spans = [match.span() for match in pattern.finditer(plain) if match.end() > match.start()]
    if not spans:
        return list(rows), 0
    marked: list[Pieces] = []
    position = number = 0
    for row in rows:
        pieces: list[Piece] = []
        for text, look in row:
            start, end = position, position + len(text)
            while start < end:
                while number < len(spans) and spans[number][1] <= start:
                    number += 1
                first, last = spans[number] if number < len(spans) else (end, end)
                stop = min(end, first if start < first else last)
                is_match = start >= first
                pieces.append((plain[start:stop], f"{look} {_MATCH}{number}".strip() if is_match else look))
                start = stop
            position = end
        marked.append(pieces)
        position += 1
    return marked, len(spans)


def match_number(look: str) -> int | None:
    """The number of the match that a piece belongs to; None where it is none."""
    _, found, number = look.rpartition(_MATCH)
    return int(number) if found else None
