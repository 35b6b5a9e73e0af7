"""Labels with values that line up, however long the values are."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from amx_tui.domain.text import visible

__all__ = ["LABEL_LOOK", "LEAST_VALUE_CELLS", "fact_lines"]

LABEL_LOOK = "$foreground 60%"
LEAST_VALUE_CELLS = 12


def fact_lines(label: str, value: str, label_cells: int, width: int) -> Iterator[Content]:
    """Draw a label with its value; what does not fit on the line goes on below the value's beginning."""
    room = max(LEAST_VALUE_CELLS, width - label_cells - 1)
    rows = [row for line in Content(visible(value)).split(allow_blank=True) for row in line.wrap(room)]
    for index, row in enumerate(rows or [Content("")]):
        head = visible(label) if index == 0 else ""
        yield Content.styled(f"{head:<{label_cells}} ", LABEL_LOOK) + row
