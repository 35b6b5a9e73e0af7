"""What stands in the panes: mine, theirs and base of one place, the words marked that each side changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from amx_tui.domain.merge import Agreed, FieldMerge
from amx_tui.domain.text import one_line, visible
from amx_tui.domain.words import difference
from amx_tui.services.page_merge import DELETION, PageMerge
from amx_tui.ui.widgets.diff_rows import span_pieces
from amx_tui.ui.widgets.markdown.wrapping import Piece, Pieces, wrap
from amx_tui.ui.widgets.pieces_view import Drawing

__all__ = ["Side", "mine_name", "side_drawing", "theirs_name"]

Side = Literal["mine", "theirs", "base"]
AROUND = 2
"""Lines of what lies around that are shown above and below."""


def mine_name(merge: PageMerge) -> str:
    """My side, by version."""
    return f"yours, from v{merge.draft.base_version}"


def theirs_name(merge: PageMerge) -> str:
    """Their side, by person and version."""
    return f"{one_line(merge.theirs.who, 30) or 'somebody'}, v{merge.theirs.version}"


def side_drawing(merge: PageMerge, stop: str | None, side: Side, width: int) -> Drawing:
    """One side of the place that is looked at."""
    if stop is None:
        return Drawing([[("Both sides changed different lines; all of it is in the result.", "muted")]])
    if stop == DELETION:
        return Drawing([row for line in _deletion_lines(merge, side) for row in wrap([line], width)])
    about = merge.session.about(stop)
    if isinstance(about, FieldMerge):
        value = {"mine": about.mine, "theirs": about.theirs, "base": about.base}[side]
        return Drawing(list(_marked(about.base or "", value or "", side, width)))
    texts = {"mine": about.mine, "theirs": about.theirs, "base": about.base}
    text, base = "".join(texts[side]), "".join(about.base)
    rows: list[Pieces] = [*_around(merge, stop, -1, width)]
    if text:
        rows.extend(_marked(base, text, side, width))
    else:
        rows.append([("(nothing: these lines are not there)", "muted")])
    rows.extend(_around(merge, stop, 1, width))
    return Drawing(rows)


def _deletion_lines(merge: PageMerge, side: Side) -> Iterator[Piece]:
    if side == "theirs":
        yield (
            f"✗ {one_line(merge.theirs.who, 30) or 'Somebody'} deleted this page: v{merge.theirs.version}.",
            "error",
        )
        yield "2 leaves it deleted; your text stays on this machine and can be brought back.", ""
    elif side == "mine":
        yield "✎ You changed it meanwhile.", "accent"
        yield "1 brings the page back with your text.", ""
        yield "3 leaves theirs deleted and makes a new page of your text.", ""
    else:
        yield "Both started from a page that was there.", "muted"


def _marked(base: str, text: str, side: Side, width: int) -> Iterator[Pieces]:
    """A text in rows; words that the base lacks are marked."""
    spans = difference(base, text)[1]
    pieces = span_pieces(spans, "", "" if side == "base" else "put")
    for line in _lines(pieces):
        yield from wrap(line, width)


def _lines(pieces: Sequence[Piece]) -> list[list[Piece]]:
    lines: list[list[Piece]] = [[]]
    for text, look in pieces:
        for index, part in enumerate(text.split("\n")):
            if index:
                lines.append([])
            if part:
                lines[-1].append((part, look))
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    return lines


def _around(merge: PageMerge, stop: str, step: int, width: int) -> Iterator[Pieces]:
    """The lines next to a place, as far as they are settled."""
    regions = merge.session.regions
    index = next(i for i, region in enumerate(regions) if getattr(region, "id", None) == stop) + step
    if not 0 <= index < len(regions):
        return
    beside = regions[index]
    if not isinstance(beside, Agreed):
        return
    lines = visible(beside.text).removesuffix("\n").split("\n")
    for line in lines[-AROUND:] if step < 0 else lines[:AROUND]:
        yield from wrap([(line.expandtabs(4), "muted")], width)[:1]
