"""The page as it would be saved, with what is open in its place."""

from __future__ import annotations

from functools import lru_cache

from amx_tui.domain.merge import Agreed
from amx_tui.domain.text import one_line, visible
from amx_tui.services.page_merge import PageMerge
from amx_tui.ui.widgets.cells import fit
from amx_tui.ui.widgets.markdown.wrapping import Pieces, wrap
from amx_tui.ui.widgets.pieces_view import Drawing

__all__ = ["result_drawing", "result_markdown"]

REMEMBERED = 2_000


def result_drawing(merge: PageMerge, stop: str | None, width: int) -> Drawing:
    """The result as text; the place that is looked at is a stop, on a ground of its own."""
    rows: list[Pieces] = list(_title_rows(merge, stop, width))
    stops: list[int] = [0] if rows and stop is not None and stop.startswith("field:") else []
    for region in merge.session.regions:
        if isinstance(region, Agreed):
            rows.extend(_wrapped(region.text, width, ""))
            continue
        is_here = region.id == stop
        if is_here:
            stops.append(len(rows))
        text = merge.session.text_of(region.id)
        look = "here" if is_here else ""
        if text is None:
            number = merge.number_of(region.id)
            words = f"┈┈ ⚠ open: collision {number} of {merge.collision_count} "
            rows.append([(fit(words.ljust(width, "┈"), width), f"warning {look}".strip())])
        elif text:
            rows.extend(_wrapped(text, width, look))
        elif is_here:
            rows.append([("(nothing: these lines are left out)", f"muted {look}")])
    return Drawing(rows, stops)


def _title_rows(merge: PageMerge, stop: str | None, width: int) -> list[Pieces]:
    """What becomes of title and status, where the two sides differ about them."""
    rows: list[Pieces] = []
    for field in merge.session.fields.fields:
        if field.mine == field.theirs:
            continue
        name = f"field:{field.name}"
        is_open = name in merge.session.open_ids
        value = merge.session.text_of(name) if field.is_collision else field.value
        look = "here" if name == stop else ""
        words = "⚠ open" if is_open else one_line(value or "", width)
        rows.append(
            [(f"{field.name}: ", f"muted {look}"), (words, f"{'warning' if is_open else 'strong'} {look}")]
        )
    return [*rows, []] if rows else []


@lru_cache(maxsize=REMEMBERED)
def _wrapped(text: str, width: int, look: str) -> tuple[Pieces, ...]:
    lines = visible(text).expandtabs(4).removesuffix("\n").split("\n")
    return tuple(row for line in lines for row in wrap([(line, look)], width))


def result_markdown(merge: PageMerge) -> str:
    """The result as Markdown; what is open is said in its place."""
    pieces: list[str] = []
    for region in merge.session.regions:
        text = region.text if isinstance(region, Agreed) else merge.session.text_of(region.id)
        if text is None and not isinstance(region, Agreed):
            number = merge.number_of(region.id)
            text = f"\n> ⚠ **open:** collision {number} of {merge.collision_count}\n\n"
        pieces.append(text or "")
    return "".join(pieces)
