"""Markdown as the word stage sees it: what is taken apart into words, and what stays in one piece."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from amx_tui.domain.words import tokens

__all__ = ["fenced_lines", "has_number", "is_paired_mark", "is_word", "line_tokens"]

_FENCE = re.compile(r"[ \t]*(?:>[ \t]*)*(?:(?:[-*+]|\d+[.)])[ \t]+)?(?P<fence>`{3,}|~{3,}|\$\$)")
_FENCES = ("```", "~~~", "$$")
_VERBATIM = re.compile(
    r"[ \t]*(?:>[ \t]*)*(?:"
    r"\|"  # a row of a table
    r"|.*[^|\\]\|[^|]"  # one without the bar in front
    r"|<[/!?A-Za-z]"  # HTML
    r"|\[[^\]]+\]:"  # where a link or a footnote is defined
    r")"
)
_MARKER = re.compile(
    r"[ \t]*(?:(?:>|[-*+](?=[ \t])|\d+[.)](?=[ \t])|\#{1,6}(?=[ \t])|\[[ xX]\](?=[ \t]))[ \t]*)*"
)
_ATOM = re.compile(
    r"(?P<ticks>`+)(?!`)[^\n]{0,1000}?(?<!`)(?P=ticks)(?!`)"  # code
    r"|!?\[[^\[\]]*\](?:\([^()\s]*(?:\s+\"[^\"]*\")?\)|\[[^\[\]]*\])?"  # a link, an image, a reference, a footnote
    r"|<[^<>\s][^<>]*>"  # a tag, a bare address
    r"|\b[A-Za-z][A-Za-z0-9+.\-]{0,20}://[^\s<>]*[^\s<>.,;:!?)\"'*_]"
    r"|\$[^\s$](?:[^$\n]*[^\s$])?\$"  # a formula
    r"|\\[!-/:-@\[-`{-~]"  # an escaped sign
)
_PAIRED = frozenset("*_~`\"'()[]{}<>«»‹›“”„‘’|$")


def fenced_lines(text: str, lines: Sequence[str]) -> list[bool]:
    """Say of each line of a whole text whether it is within a fence, or one.

    Args:
        text: The text.
        lines: Its lines.
    """
    # A single sign is found many times as fast as several.
    marks = [mark for mark in _FENCES if mark[0] in text and mark in text]
    if not marks:
        return [False] * len(lines)
    fenced: list[bool] = []
    fence = ""
    for line in lines:
        match = _FENCE.match(line) if any(mark in line for mark in marks) else None
        fenced.append(bool(fence or match))
        if not fence:
            fence = match["fence"] if match else ""
        elif match and match["fence"].startswith(fence) and not line[match.end() :].strip():
            fence = ""
    return fenced


def line_tokens(line: str, *, is_fenced: bool) -> list[str]:
    """Split a line without its end into what is compared as a whole; joined it is the line again.

    Code, rows of tables, HTML, and definitions of links stay in one piece.

    Args:
        line: The line.
        is_fenced: Whether it is within a fence.
    """
    if is_fenced or _VERBATIM.match(line):
        return [line] if line else []
    marker = _MARKER.match(line)
    at = marker.end() if marker else 0
    found = [line[:at]] if at else []
    for match in _ATOM.finditer(line, at):
        _append(found, tokens(line[at : match.start()]))
        _append(found, [match.group()])
        at = match.end()
    _append(found, tokens(line[at:]))
    return found


def _append(found: list[str], more: list[str]) -> None:
    """Add tokens; a combining mark or a joiner in front belongs to what stands before it."""
    if found and more and (more[0][0] == "\u200d" or unicodedata.category(more[0][0]).startswith("M")):
        found[-1] += more[0]
        more = more[1:]
    found.extend(more)


def is_word(token: str) -> bool:
    """Whether a token is a word, by which two changes beside it are apart."""
    return any(sign.isalpha() for sign in token)


def has_number(token: str) -> bool:
    """Whether a token is or has a number: those of one line often belong together."""
    return any(sign.isdigit() for sign in token)


def is_paired_mark(token: str) -> bool:
    """Whether a token is one of the marks that come in pairs, such as emphasis, quotes and brackets."""
    return token[0] in _PAIRED and not any(sign.isalnum() for sign in token)
