"""Finding and replacing in the editor: which match of how many, one by one or all at once."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.document._document import Location
from textual.message import Message
from textual.widgets import Input, Static
from textual.widgets.input import Selection

from amx_tui.ui.widgets.editor.area import MarkdownArea

__all__ = ["FindBar"]


_FINDING = "enter ↓ ↑ go · tab to replace"
_REPLACING = "enter replaces · ^l all"


class FindBar(Horizontal):
    """One line below the text; away while nothing is looked for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "step(1)", "Next match", show=False, id="find.next"),
        Binding("up", "step(-1)", "Match before", show=False, id="find.previous"),
        Binding("ctrl+l", "replace_all", "Replace all", show=False, id="find.replace_all"),
        Binding("escape", "close", "Close", show=False, id="find.close"),
    ]
    DEFAULT_CSS = """
    FindBar {
        height: 1;
        display: none;
        background: $panel;
        padding: 0 1;
        &.-open { display: block; }
        & > Static { width: auto; }
        & > Input { width: 1fr; background: $panel; }
        & > #find-count { width: 11; text-align: right; color: $text-muted; }
        & > #find-keys { color: $text-muted; padding: 0 0 0 2; }
        &.-narrow > #find-keys { display: none; }
    }
    """

    class Closed(Message):
        """Nothing is looked for any more."""

    def __init__(self, area: MarkdownArea, id: str | None = None) -> None:
        super().__init__(id=id)
        self._area = area
        self._pattern: re.Pattern[str] | None = None
        self._matches: Sequence[tuple[Location, Location]] = ()
        self._text: str | None = None

    def compose(self) -> ComposeResult:
        """What is looked for, what takes its place, which match of how many."""
        yield Static("Find ", markup=False)
        yield Input(compact=True, id="find-text", select_on_focus=False)
        yield Static("  Replace with ", markup=False)
        yield Input(compact=True, id="find-replacement", select_on_focus=False)
        yield Static("", id="find-count", markup=False)
        yield Static(_FINDING, id="find-keys", markup=False)

    def open(self, text: str = "") -> None:
        """Begin, with a text to look for where there is one."""
        self.add_class("-open")
        line = self.query_one("#find-text", Input)
        if text:
            line.value = text
        # Selected here and now: when the focus arrives, something may be typed already.
        line.selection = Selection(0, len(line.value))
        line.focus()
        self._look()

    def on_descendant_focus(self) -> None:
        """Say what the keys do in the field that has the focus."""
        is_replacing = self.query_one("#find-replacement", Input).has_focus
        self.query_one("#find-keys", Static).update(_REPLACING if is_replacing else _FINDING)

    def _on_resize(self) -> None:
        self.set_class(self.size.width < 100, "-narrow")

    # ---- matches -------------------------------------------------------------------------------------

    @on(Input.Changed, "#find-text")
    def _look(self) -> None:
        text = self.query_one("#find-text", Input).value
        self._pattern = re.compile(re.escape(text), re.IGNORECASE) if text else None
        self._text = None
        self._area.look_for(self._pattern)
        self._show_count()

    def _find(self) -> Sequence[tuple[Location, Location]]:
        """All matches, found anew where the text has changed."""
        text = "\n".join(self._area.document.lines)
        if self._pattern is None:
            return ()
        if text != self._text:
            starts = [0, *accumulate(len(line) + 1 for line in self._area.document.lines)]
            self._text = text
            self._matches = [
                (_location(starts, match.start()), _location(starts, match.end()))
                for match in self._pattern.finditer(text)
            ]
        return self._matches

    @property
    def _current(self) -> int | None:
        """The index of the match that is selected."""
        start, end = sorted(self._area.selection)
        matches = self._find()
        index = bisect_right(matches, (start, end)) - 1
        return index if index >= 0 and matches[index] == (start, end) else None

    def _show_count(self) -> None:
        matches = self._find()
        current = self._current
        number = f"{current + 1} of {len(matches):,}" if current is not None else f"{len(matches):,}"
        words = "" if self._pattern is None else number if matches else "no match"
        self.query_one("#find-count", Static).update(words)

    def action_step(self, step: int) -> None:
        """Select the next match, or the one before."""
        matches = self._find()
        if not matches:
            self._show_count()
            return
        start, end = sorted(self._area.selection)
        if step > 0:
            index = bisect_right(matches, (start, end)) % len(matches)
        else:
            index = (bisect_right(matches, (start, (-1, -1))) - 1) % len(matches)
        self._area.select(*matches[index])
        self._show_count()

    # ---- replacing -----------------------------------------------------------------------------------

    @on(Input.Submitted, "#find-text")
    def _submitted(self) -> None:
        self.action_step(1)

    @on(Input.Submitted, "#find-replacement")
    def _replace(self, event: Input.Submitted) -> None:
        """Replace the match that is selected, and go to the next."""
        current = self._current
        if current is not None and not self._area.read_only:
            start, end = self._find()[current]
            result = self._area.replace(event.value, start, end, maintain_selection_offset=False)
            self._area.move_cursor(result.end_location)
        self.action_step(1)

    def action_replace_all(self) -> None:
        """Replace every match, in one step that can be undone."""
        matches = self._find()
        if not matches or self._pattern is None or self._area.read_only:
            return
        replacement = self.query_one("#find-replacement", Input).value
        text = self._pattern.sub(lambda match: replacement, self._area.text)
        self._area.put(text)
        self._look()
        self.query_one("#find-count", Static).update(f"{len(matches):,} done")

    def action_close(self) -> None:
        """Go away."""
        self.remove_class("-open")
        self._area.look_for(None)
        self._area.focus()
        self.post_message(self.Closed())


def _location(starts: Sequence[int], index: int) -> Location:
    row = bisect_right(starts, index) - 1
    return row, index - starts[row]
