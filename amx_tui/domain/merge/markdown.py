"""Markdown as the word stage sees it: what is taken apart into words, and what stays in one piece."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from amx_tui.domain.words import tokens

__all__ = ["has_number", "is_paired_mark", "is_word", "line_tokens", "verbatim_lines"]

_FENCE = re.compile(r"[ \t]*(?:>[ \t]*)*(?:(?:[-*+]|\d+[.)])[ \t]+)?(?P<fence>`{3,}|~{3,}|\$\$)")
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


def verbatim_lines(lines: Sequence[str]) -> list[bool]:
    """Say of each line of a whole text whether it stays in one piece: code, tables, HTML, definitions of links."""
    verbatim: list[bool] = []
    fence = ""
    for line in lines:
        match = _FENCE.match(line)
        if fence:
            verbatim.append(True)
            mark = match["fence"] if match else ""
            if mark.startswith(fence) and not line[match.end() if match else 0 :].strip():
                fence = ""
        elif match:
            verbatim.append(True)
            fence = match["fence"]
        else:
            verbatim.append(_VERBATIM.match(line) is not None)
    return verbatim


def line_tokens(line: str, *, is_verbatim: bool) -> list[str]:
    """Split a line without its end into what is compared as a whole; joined it is the line again.

    Args:
        line: The line.
        is_verbatim: Whether it stays in one piece.
    """
    if is_verbatim:
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
