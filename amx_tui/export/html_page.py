"""A comparison as one HTML file that needs nothing else: no scripts, no fonts, no pictures, no network."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from datetime import datetime

from amx_tui.domain.compare import (
    CompareCell,
    CompareRow,
    Comparison,
    Side,
    TableCounts,
    status_sign,
)
from amx_tui.domain.names import join_name, quote_part
from amx_tui.domain.times import exact_time
from amx_tui.domain.words import Span, difference
from amx_tui.export.html_style import CONTENT_POLICY, STYLE
from amx_tui.export.marks import Mark, trimmed, unified
from amx_tui.export.wording import (
    assets_text,
    counted,
    filter_text,
    readable,
    status_text,
    title_text,
    whole_text,
)

__all__ = ["HtmlWriter"]


class HtmlWriter:
    """Writes a comparison as an HTML page: the sides, warnings, counts, then the assets by table.

    Of two sides that differ, `<del>` marks in the first what the second does not say, and `<ins>` in the second what
    the first does not. Of three or more, each cell holds both marks, against the first side. Marks carry a sign
    besides their colour. The counts filter the rows, by style alone.

    Args:
        comparison: Of what.
        exported_at: When.
    """

    def __init__(self, comparison: Comparison, *, exported_at: datetime) -> None:
        self._comparison = comparison
        self._exported_at = exported_at
        self._tables = {(each.schema_name, each.table_name): each for each in comparison.counts.tables}
        self._open: tuple[str, str] | None = None

    def begin(self) -> str:
        """Everything before the rows."""
        comparison = self._comparison
        title = _text(f"Comparison of {title_text(comparison)}")
        sides = "".join(map(_side, comparison.sides))
        warnings = "".join(f'<p class="warning">⚠ {_text(each)}</p>\n' for each in comparison.warnings)
        shown = filter_text(comparison)
        about = f'<p class="quiet">Shown: {_text(shown)}</p>\n' if shown else ""
        return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{CONTENT_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{title}</h1>
<ul class="sides">
{sides}</ul>
{warnings}{about}{self._counts()}{self._table_head()}"""

    def row(self, row: CompareRow) -> str:
        """One row, after the heading of its table where that is another than the last row's."""
        key = (row.schema_name, row.table_name)
        group = ""
        if key != self._open:
            group = self._group_end() + self._group(key)
            self._open = key
        cells = "".join(self._cells(row))
        status = f"{status_sign(row.status)} {_text(status_text(self._comparison, row))}"
        return (
            f'{group}<tr class="row {row.status}"><th scope="row">{_name(row)}</th>{cells}'
            f'<td class="status">{status}</td></tr>\n'
        )

    def end(self) -> str:
        """Everything behind the rows."""
        exported = exact_time(self._exported_at)
        return f'{self._group_end()}</table>\n<p class="quiet">Exported {exported}.</p>\n</body>\n</html>\n'

    def _counts(self) -> str:
        comparison = self._comparison
        total, differences = comparison.counts.total, comparison.counts.differences
        wanted = comparison.filter.statuses
        items = [_choice("all", f"all {total}", is_chosen=True)] if not wanted else []
        if not wanted and 0 < differences < total:
            items.append(_choice("differences", f"only differences {differences}"))
        for status, label, count in counted(comparison):
            text = f"{status_sign(status)} {_text(label)} {count}"
            # What the export leaves out can be counted, not chosen.
            items.append(f"<span>{text}</span>" if wanted else _choice(status, text))
        return (
            f'<fieldset class="counts"><legend>{assets_text(comparison)}</legend>\n'
            + "\n".join(items)
            + "\n</fieldset>\n"
        )

    def _table_head(self) -> str:
        comparison = self._comparison
        kind = ' class="pivot"' if comparison.is_pivot else ""
        columns = (
            '<col class="asset">' + '<col class="side">' * len(comparison.sides) + '<col class="status">'
        )
        sides = "".join(
            f'<th scope="col"><bdi>{_text(side.name)}</bdi><br>'
            f'<span class="when">{exact_time(side.run.started_at)}</span></th>'
            for side in comparison.sides
        )
        return (
            f"<table{kind}>\n<colgroup>{columns}</colgroup>\n"
            f'<thead><tr><th scope="col">asset</th>{sides}<th scope="col">status</th></tr></thead>\n'
        )

    def _group(self, key: tuple[str, str]) -> str:
        counts = self._tables.get(key) or TableCounts(*key)
        found = list(counted(self._comparison, counts))
        classes = " ".join(f"has-{status}" for status, _, _ in found)
        summary = ", ".join(f"{count} {label}" for _, label, count in found)
        width = len(self._comparison.sides) + 2
        return (
            f'<tbody class="{classes}">\n<tr><th scope="rowgroup" colspan="{width}">'
            f'<bdi><code>{_text(join_name(key))}</code></bdi> <span class="when">{_text(summary)}</span></th></tr>\n'
        )

    def _group_end(self) -> str:
        return "</tbody>\n" if self._open else ""

    def _cells(self, row: CompareRow) -> Iterator[str]:
        first, *others = row.cells
        left = whole_text(first)
        if self._comparison.is_pivot:
            yield _cell(first)
            yield from (_against(left, cell) for cell in others)
            return
        right = whole_text(others[0])
        if row.status == "diff" and left and right:
            gone, come = difference(left, right)
            yield _marked(gone, "del")
            yield _marked(come, "ins")
        else:
            yield _cell(first)
            yield _cell(others[0])


def _side(side: Side) -> str:
    run = side.run
    facts = [
        f"{run.created_by} on {run.hostname}" if run.hostname else run.created_by,
        exact_time(run.started_at),
    ]
    facts.extend([run.status, run.db_profile and f"profile {run.db_profile}", run.llm_model])
    return (
        f"<li><strong><bdi>{_text(side.name)}</bdi></strong> <code>{_text(run.run_id)}</code> "
        f'<span class="quiet">{_text(", ".join(fact for fact in facts if fact))}</span></li>\n'
    )


def _choice(status: str, text: str, *, is_chosen: bool = False) -> str:
    """A count that shows only its rows when chosen; `text` is HTML."""
    checked = " checked" if is_chosen else ""
    return f'<label><input type="radio" name="show" id="show-{status}"{checked}>{text}</label>'


def _name(row: CompareRow) -> str:
    """An asset's name, with a place to break the line between its parts, what stands above it set back."""
    parts = [part for part in row.key if part]
    if not parts or join_name(parts) != row.target_qname:
        return f"<bdi><code>{_text(row.target_qname)}</code></bdi>"
    *above, own = (_text(quote_part(part)) for part in parts)
    over = "".join(f"{part}.<wbr>" for part in above)
    return f'<bdi><code><span class="quiet">{over}</span>{own}</code></bdi>'


def _cell(cell: CompareCell) -> str:
    text = whole_text(cell)
    if not text:
        return f'<td class="none">{cell.placeholder}</td>'
    return f'<td dir="auto">{_text(text)}</td>'


def _against(baseline: str | None, cell: CompareCell) -> str:
    """A cell of a pivot: held against the first side's text, and woven with it where it differs."""
    text = whole_text(cell)
    if not text or not baseline:
        return _cell(cell)
    if cell.is_same:
        return f'<td dir="auto" class="{"equal" if text == baseline else "nearly"}">{_text(text)}</td>'
    return _woven(unified(*difference(baseline, text)))


def _marked(spans: Iterable[Span], mark: Mark) -> str:
    return _woven((span.text, mark if span.is_changed else "") for span in trimmed(spans))


def _woven(pieces: Iterable[tuple[str, Mark]]) -> str:
    marked = (f"<{mark}>{_text(text)}</{mark}>" if mark else _text(text) for text, mark in pieces)
    return f'<td dir="auto">{"".join(marked)}</td>'


def _text(text: str) -> str:
    return html.escape(readable(text))
