"""What a long page costs: opening it rendered, and a key in the editor.

A page of 5,000 lines against one of 200, our widgets and Textual's own taking turns in one run. Each is opened in
an app of its own without a terminal, so that what counts is reading, laying out and drawing.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from textual import events
from textual.app import App, ComposeResult
from textual.widget import Widget
from textual.widgets import Markdown, TextArea

from amx_tui.ui.widgets.editor.area import MarkdownArea
from amx_tui.ui.widgets.markdown.view import MarkdownView
from benchmarks.harness import Row, heading, interleave, parser, print_rows

SHORT, LONG = 200, 5_000
SIZE = (120, 40)
OPEN_LIMIT, KEY_LIMIT = 2.0, 1.5


def page(lines: int) -> str:
    """A page as people write them, of so many lines; 5,000 are 1 MB."""
    prose = (
        "One row per customer, with **names** and `c_id`, [described](https://example.com/c), who came. " * 8
    )
    section = [prose[:680] for _ in range(4)] + [
        "",
        "- one point",
        "- another point",
        "",
        "| a | b |",
        "|---|---|",
    ]
    section += ["| 1 | 2 |", ""]
    text: list[str] = []
    while len(text) < lines:
        text += [f"## Part {len(text)}", "", *section]
    return "\n".join(text[:lines])


class Stage(App[None]):
    """An app with one widget."""

    def __init__(self, widget: Callable[[], Widget]) -> None:
        super().__init__()
        self._make = widget
        self.began = 0.0

    def compose(self) -> ComposeResult:
        """The widget; making it is what is measured."""
        self.began = time.perf_counter()
        yield self._make()


def opened(widget: Callable[[], Widget]) -> float:
    """Milliseconds from making a widget to its first whole frame."""

    async def measure() -> float:
        app = Stage(widget)
        async with app.run_test(size=SIZE) as pilot:
            await pilot._wait_for_screen()
            app.screen._on_timer_update()
            return (time.perf_counter() - app.began) * 1000

    return asyncio.run(measure())


def key(widget: Callable[[], TextArea], keys: int) -> float:
    """Milliseconds of a key in the middle of a text, drawn."""

    async def measure() -> float:
        app = Stage(widget)
        async with app.run_test(size=SIZE) as pilot:
            area = app.query_one(TextArea)
            area.focus()
            area.move_cursor((area.document.line_count // 2, 5))
            await pilot.pause()
            began = time.process_time()
            for _ in range(keys):
                app.post_message(events.Key("a", "a"))
                await pilot._wait_for_screen()
                app.screen._on_timer_update()
            return (time.process_time() - began) * 1000 / keys

    return asyncio.run(measure())


def main() -> None:
    """Measure and print."""
    options = parser(__doc__ or "", rounds=5)
    options.add_argument("--keys", type=int, default=40, help="keys a turn")
    options.add_argument("--without-textual-markdown", action="store_true", help="which takes minutes")
    given = options.parse_args()
    short, long = page(SHORT), page(LONG)
    heading(f"Opening a page, rendered: {len(short):,} and {len(long):,} characters, {SIZE[0]}x{SIZE[1]}")
    contestants: dict[str, Callable[[], float]] = {
        "ours, 200 lines": lambda: opened(lambda: MarkdownView(short)),
        "ours, 5,000 lines": lambda: opened(lambda: MarkdownView(long)),
    }
    figures = interleave(contestants, given.rounds)
    rows = [
        Row("ours, 200 lines", figures["ours, 200 lines"]),
        Row("ours, 5,000 lines", figures["ours, 5,000 lines"], figures["ours, 200 lines"], OPEN_LIMIT),
    ]
    if not given.without_textual_markdown:
        few = {f"Textual's Markdown, {size:,} lines": [opened(lambda text=text: Markdown(text))] for size, text in
               ((SHORT, short), (LONG, long))}  # fmt: skip
        rows += [Row(name, values) for name, values in few.items()]
    print_rows(rows, unit="ms")
    heading(f"A key in the editor, {given.keys} a turn")
    figures = interleave(
        {
            "ours, 200 lines": lambda: key(lambda: MarkdownArea(short), given.keys),
            "ours, 5,000 lines": lambda: key(lambda: MarkdownArea(long), given.keys),
            "Textual's, 200 lines": lambda: key(lambda: TextArea(short), given.keys),
            "Textual's, 5,000 lines": lambda: key(lambda: TextArea(long), given.keys),
        },
        given.rounds,
    )
    print_rows(
        [
            Row("ours, 200 lines", figures["ours, 200 lines"]),
            Row("ours, 5,000 lines", figures["ours, 5,000 lines"], figures["ours, 200 lines"], KEY_LIMIT),
            Row("Textual's, 200 lines", figures["Textual's, 200 lines"]),
            Row("Textual's, 5,000 lines", figures["Textual's, 5,000 lines"], figures["Textual's, 200 lines"]),
        ],
        unit="ms of CPU",
    )


if __name__ == "__main__":
    main()
