"""A comparison as Markdown: a heading, the counts and one table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from amx_tui.domain.compare import CompareCell, CompareRow, Comparison
from amx_tui.domain.times import exact_time
from amx_tui.domain.words import Span, difference
from amx_tui.export.marks import trimmed
from amx_tui.export.wording import (
    NEARLY,
    assets_text,
    counted,
    filter_text,
    readable,
    status_text,
    title_text,
    whole_text,
)

__all__ = ["MarkdownWriter", "escaped", "marked"]

_MEANS_SOMETHING = re.compile(
    r"[\\`*\[\]{}|~$^]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # not the one in c_name, which no renderer takes for a mark
    r"|:(?=//)|(?<=www)\."  # a link is drawn from the raw text, backslashes and all
)
_AT_THE_START = re.compile(r"(\s*)(?:([#+\-=])|(\d+)([.)])(?=\s|$))")
_BREAK = re.compile(r"\r\n|[\r\n]")
_ASCII_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_BLANKS = {"\n": "↵", "\t": "⇥", "\u00a0": "⍽"}


class MarkdownWriter:
    """Writes a comparison as a GitHub-flavoured Markdown document.

    In a row whose descriptions differ, **bold** stands where a side has words that the other lacks; it shows in every
    renderer and reads well where none is at hand. White space that alone differs is drawn (␣). Of three sides
    or more each is held against the first: = where it says the same, ≈ where it does but for white space and letter
    case, else its text, in which bold stands where the first lacks a word.

    Args:
        comparison: Of what.
        exported_at: When.
    """

    def __init__(self, comparison: Comparison, *, exported_at: datetime) -> None:
        self._comparison = comparison
        self._exported_at = exported_at

    def begin(self) -> str:
        """The heading, the sides, warnings, counts and the table's head."""
        comparison = self._comparison
        lines = [f"# Comparison of {escaped(title_text(comparison))}", ""]
        for side in comparison.sides:
            run = side.run
            facts = [run.run_id, f"{run.created_by} on {run.hostname}" if run.hostname else run.created_by]
            facts.extend(
                (exact_time(run.started_at), run.status, run.db_profile and f"profile {run.db_profile}")
            )
            lines.append(f"- **{escaped(side.name)}**: {escaped(', '.join(fact for fact in facts if fact))}")
        lines.append("")
        for warning in comparison.warnings:
            lines += [f"> ⚠ {escaped(warning)}", ""]
        if shown := filter_text(comparison):
            lines += [f"Shown: {escaped(shown)}", ""]
        counts = [f"{count} {escaped(label)}" for _, label, count in counted(comparison)]
        lines += [
            f"{assets_text(comparison)}: {', '.join(counts)}" if counts else assets_text(comparison),
            "",
        ]
        if exported := exact_time(self._exported_at):
            lines += [f"Exported {exported}", ""]
        headings = ["asset", *map(escaped, comparison.names), "status"]
        lines += [_line(headings), _line("---" for _ in headings), ""]
        return "\n".join(lines)

    def row(self, row: CompareRow) -> str:
        """One line of the table."""
        status = escaped(status_text(self._comparison, row))
        return _line([escaped(row.target_qname), *self._cells(row), status]) + "\n"

    def end(self) -> str:
        """Nothing."""
        return ""

    def _cells(self, row: CompareRow) -> list[str]:
        first, *others = row.cells
        if not self._comparison.is_pivot:
            left, right = whole_text(first), whole_text(others[0])
            if row.status == "diff" and left and right:
                return [marked(spans) for spans in difference(left, right)]
            return [_plain(first), _plain(others[0])]
        return [_plain(first), *(_against(cell, first) for cell in others)]


def _plain(cell: CompareCell) -> str:
    text = whole_text(cell)
    return escaped(text) if text else f"*{cell.placeholder}*"


def _against(cell: CompareCell, baseline: CompareCell) -> str:
    text, held = whole_text(cell), whole_text(baseline)
    if not text or not held:
        return _plain(cell)
    if cell.is_same:
        return "=" if text == held else NEARLY
    return marked(difference(held, text)[1])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """Write a text so that Markdown shows it to the letter, in a cell of a table as elsewhere; on one line."""
    return _at_the_start(_inline(readable(text)))


def marked(spans: Iterable[Span]) -> str:
    """Write the spans of one side, the changed ones in bold, to be put into a cell of a table."""
    pieces: list[tuple[str, bool]] = []
    for span in trimmed(Span(readable(span.text), span.is_changed) for span in spans):
        is_blank = span.is_changed and not span.text.strip()
        pieces.append((_drawn(span.text) if is_blank else span.text, span.is_changed))
    written: list[str] = []
    for index, (text, is_bold) in enumerate(pieces):
        if is_bold:
            written.append(f"**{_inline(text)}**")
            continue
        before = pieces[index - 1][0][-1] if index and pieces[index - 1][1] else ""
        after = pieces[index + 1][0][0] if index + 1 < len(pieces) and pieces[index + 1][1] else ""
        written.append(_beside_bold(text, before, after))
    return _at_the_start("".join(written))


def _drawn(blank: str) -> str:
    return "".join(_BLANKS.get(sign, "␣") for sign in _BREAK.sub("\n", blank))


def _beside_bold(text: str, before: str, after: str) -> str:
    """Write plain text that adjoins bold text, whose last sign stands before it or whose first one after it.

    Asterisks between a letter outside and punctuation inside would not count as bold (CommonMark, flanking
    delimiter runs); a letter that is written by its number is punctuation to that rule and a letter to the reader.
    """
    head = tail = ""
    if before and _is_punctuation(before) and _is_letter(text[0]):
        head, text = f"&#{ord(text[0])};", text[1:]
    if text and after and _is_punctuation(after) and _is_letter(text[-1]):
        tail, text = f"&#{ord(text[-1])};", text[:-1]
    return head + _inline(text) + tail


def _is_punctuation(sign: str) -> bool:
    return not (sign.isalnum() or sign.isspace())


def _is_letter(sign: str) -> bool:
    """Whether a sign may be neither white space nor punctuation to a renderer."""
    return not sign.isspace() and sign not in _ASCII_PUNCTUATION


def _inline(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _BREAK.sub("<br>", _MEANS_SOMETHING.sub(r"\\\g<0>", text))


def _at_the_start(text: str) -> str:
    """Keep a text from beginning a list, a heading or a rule."""
    return text if (match := _AT_THE_START.match(text)) is None else _harmless(match) + text[match.end() :]


def _harmless(match: re.Match[str]) -> str:
    blank, sign, number, dot = match.groups()
    return f"{blank}\\{sign}" if sign else f"{blank}{number}\\{dot}"
