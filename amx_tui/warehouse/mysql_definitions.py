"""Column definitions out of SHOW CREATE TABLE, taken apart where their comment stands. Pure text.

What the server prints there is the one form of a definition that has everything in it: type, sign, zero fill,
character set, collation, default (literal or expression, each server in its own way), generated expression,
ON UPDATE, AUTO_INCREMENT, INVISIBLE, CHECK. It is given back to the same server as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["ColumnDefinition", "parse_columns", "without_comments"]

_TOKEN = re.compile(
    r"""
    (?P<name>`(?:[^`]|``)*`)
  | (?P<text>'(?:[^'\\]|\\.|'')*')
  | (?P<remark>/\*.*?\*/)
  | (?P<open>\()
  | (?P<close>\))
  | (?P<comma>,)
  | (?P<word>[A-Za-z_0-9$]+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COUNTER = re.compile(r"\bAUTO_INCREMENT=\d+ ?")


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column's definition without its comment."""

    name: str
    head: str
    """What stands in front of the comment, the quoted name at its start."""
    tail: str
    """What must stand behind it: a CHECK constraint of MariaDB's."""

    def with_comment(self, literal: str) -> str:
        """Return the whole definition, with a comment that is quoted already."""
        return f"{self.head} COMMENT {literal}{self.tail}"


def parse_columns(statement: str) -> dict[str, ColumnDefinition]:
    """Return the column definitions of a CREATE TABLE statement by name.

    Args:
        statement: As SHOW CREATE TABLE prints it, without the SQL mode ANSI_QUOTES.
    """
    columns: dict[str, ColumnDefinition] = {}
    for part in _parts(statement):
        # Keys and constraints begin with a word, columns with their name in backticks.
        if part.startswith("`"):
            column = _column(part)
            columns[column.name] = column
    return columns


def without_comments(statement: str) -> str:
    """Return a CREATE TABLE statement without comments and counters, to be compared with a later one."""
    pieces: list[str] = []
    depth = 0
    is_comment = False
    for match in _TOKEN.finditer(statement):
        kind, text = match.lastgroup, match.group()
        depth += (kind == "open") - (kind == "close")
        if kind == "word" and text.upper() == "COMMENT" and depth <= 1:
            is_comment = True
        elif is_comment and kind == "text":
            is_comment = False
            while pieces and pieces[-1] == " ":
                pieces.pop()
        elif not is_comment:
            pieces.append(text)
    return _COUNTER.sub("", "".join(pieces))


def _parts(statement: str) -> Iterator[str]:
    """Give what stands between the commas of the outermost parentheses."""
    depth, start = 0, 0
    for match in _TOKEN.finditer(statement):
        kind = match.lastgroup
        if kind == "open":
            depth += 1
            if depth == 1:
                start = match.end()
        elif kind == "close":
            depth -= 1
            if depth == 0:
                yield statement[start : match.start()].strip()
                return
        elif kind == "comma" and depth == 1:
            yield statement[start : match.start()].strip()
            start = match.end()


def _column(part: str) -> ColumnDefinition:
    depth = 0
    head_end = tail_start = len(part)
    is_comment = False
    name = ""
    for match in _TOKEN.finditer(part):
        kind, text = match.lastgroup, match.group()
        depth += (kind == "open") - (kind == "close")
        if depth:
            continue
        if kind == "name" and not name:
            name = text[1:-1].replace("``", "`")
        elif kind == "word" and text.upper() == "COMMENT":
            is_comment, head_end = True, match.start()
        elif kind == "text" and is_comment:
            return ColumnDefinition(name, part[:head_end].rstrip(), part[match.end() :].rstrip())
        elif kind == "word" and text.upper() == "CHECK" and not is_comment:
            head_end = tail_start = match.start()
            break
    tail = part[tail_start:].rstrip()
    return ColumnDefinition(name, part[:head_end].rstrip(), f" {tail}" if tail else "")
