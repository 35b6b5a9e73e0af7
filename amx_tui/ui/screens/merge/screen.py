"""The merge screen: mine and theirs for each collision, and the result as it would be saved."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from amx_tui.domain.merge import FieldMerge
from amx_tui.domain.text import one_line
from amx_tui.services.page_merge import DELETION, PageMerge
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.merge.finishing import FinishingScreen
from amx_tui.ui.screens.merge.result import result_drawing, result_markdown
from amx_tui.ui.screens.merge.sides import Side, mine_name, side_drawing, theirs_name
from amx_tui.ui.screens.pages.acting import reason_against_editing
from amx_tui.ui.widgets.bars import Bar, ChipBar, KeyBar, KeyHint, Piece, StatusBar, TitleBar
from amx_tui.ui.widgets.markdown.view import MarkdownView
from amx_tui.ui.widgets.pieces_view import PiecesView

__all__ = ["MergeScreen"]

PANES_FROM = (80, 20)
"""Columns and lines from which on the panes stand beside each other; below there is one, with tabs."""
Tab = Literal["mine", "theirs", "base", "result"]
_TABS: tuple[Tab, ...] = ("mine", "theirs", "base", "result")
_CHOSEN = {
    "mine": "✓ yours",
    "theirs": "✓ theirs",
    "both": "✓ both",
    "both-reversed": "✓ both, theirs first",
    "base": "✓ as it was",
    "edited": "✓ edited",
}
_DELETION = {"keep": "✓ brought back", "delete": "✓ stays deleted", "restore-as-new": "✓ as a new page"}


class MergeScreen(FinishingScreen):
    """What two people made of one page."""

    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "#mine"
    VERBS = (
        Command("merge.mine", "1", "Take yours", footer="Yours"),
        Command("merge.theirs", "2", "Take theirs", footer="Theirs"),
        Command("merge.both", "3", "Take both, yours first", footer="Both"),
        Command("merge.next", "n", "To the next place", footer="Next"),
        Command("merge.save", "ctrl+s,f2", "Save the result", footer="Save"),
        Command("merge.reversed", "4", "Take both, theirs first"),
        Command("merge.base", "0", "Take what both started from"),
        Command("merge.edit", "e", "Write what is to stand here"),
        Command("merge.previous", "N", "To the place before"),
        Command("merge.all_mine", "M", "Take yours for all that is open"),
        Command("merge.all_theirs", "T", "Take theirs for all that is open"),
        Command("merge.unchoose", "backspace,minus", "Leave this place open again"),
        Command("merge.words", "w", "Take lines apart that were merged by words, or merge them again"),
        Command("merge.undo", "u", "Undo the last step"),
        Command("merge.redo", "ctrl+r", "Redo it"),
        Command("merge.show_base", "b", "Show what both started from, or hide it"),
        Command("merge.rendered", "p", "Show the result rendered, or as text"),
        Command("merge.tab", "tab", "To the next pane", in_palette=False),
        Command("merge.tab_back", "shift+tab", "To the pane before", in_palette=False),
        Command("merge.refresh", "r", "Look whether they saved again"),
        Command("merge.overwrite", "O", "Save yours over theirs, which stays as a version"),
        Command("merge.discard", "X", "Keep theirs, and throw yours away, which can be brought back"),
        Command("merge.back", "escape", "Back to the text; what is decided stays", in_palette=False),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(VERBS)

    def __init__(self, merge: PageMerge) -> None:
        super().__init__(merge)
        self._tab: Tab = "mine"

    def compose(self) -> ComposeResult:
        """Status line, title, what is looked at, the sides, the result, keys."""
        yield StatusBar()
        yield TitleBar()
        yield Bar(id="place")
        yield ChipBar(id="tabs")
        with Horizontal(id="sides"):
            for side in ("mine", "theirs", "base"):
                with Vertical(id=f"{side}-pane", classes="side"):
                    yield Bar(id=f"{side}-name")
                    yield PiecesView(id=side)
        yield Bar(id="result-name")
        with Vertical(id="result-pane"):
            yield PiecesView(id="result")
            yield MarkdownView(id="rendered")
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin at the first thing that is open."""
        self.begin()
        self.show_bars()
        self._show_tab()
        self.redraw()
        # Where the place lies in the result is known once there is a width for it.
        self.call_after_refresh(self.redraw)

    def on_resize(self) -> None:
        """One pane with tabs where there is no room for more."""
        columns, lines = PANES_FROM
        self.set_class(self.size.width < columns or self.size.height < lines, "-tabs")
        self._show_tab()

    # ---- what is seen --------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Show the place that is looked at, and the result."""
        merge, stop = self.merge, self.stop
        sides: tuple[Side, ...] = ("mine", "theirs", "base")
        for side in sides:
            self.query_one(f"#{side}", PiecesView).show(
                lambda width, side=side: side_drawing(merge, stop, side, width)  # type: ignore[misc]  # bound now
            )
        result = self.query_one("#result", PiecesView)
        result.show(lambda width: result_drawing(merge, stop, width), keeps_place=True, stop=0)
        if self.has_class("-rendered"):
            self.query_one("#rendered", MarkdownView).show(result_markdown(merge), keeps_place=True)
        self.show_title()
        self._show_names()

    def show_title(self) -> None:
        """Say how far the merge is."""
        merge = self.merge
        left_open = len(merge.open_stops)
        left: list[Piece] = [("Merge ", ""), (one_line(merge.draft.title, 60) or "a page", "strong")]
        if left_open:
            left.append((f"  ⚠ {left_open} of {merge.collision_count} open", "warning"))
        elif merge.collision_count:
            left.append((f"  ✓ all {merge.collision_count} decided, ^s saves", "success"))
        else:
            left.append(("  ✓ nothing collides, ^s saves", "success"))
        right: list[Piece] = []
        if merge.merged_count:
            right.append((f"≈ {merge.merged_count} merged within a line", "accent"))
        if self.is_behind:
            right.append((f"  ⚠ {one_line(self.newer_who, 20)} saved again, r", "warning"))
        self.query_one(TitleBar).show(tuple(left), tuple(right))
        self.query_one("#place", Bar).show(tuple(self._place()))
        self.show_footer()

    def _place(self) -> list[Piece]:
        """What is looked at: which of how many, and what was chosen for it."""
        merge, stop = self.merge, self.stop
        if stop is None:
            return [("Only one side changed each place. Look at the result, then save.", "muted")]
        number = merge.number_of(stop)
        if not number:
            return [
                ("≈ merged within a line: ", "accent"),
                ("both changed these lines, different words. Look at it; w takes it apart.", "muted"),
            ]
        about = "" if stop == DELETION else merge.session.about(stop)
        what = f", the {about.name}" if isinstance(about, FieldMerge) else ""
        words = f"collision {number} of {merge.collision_count}{what}: "
        if stop == DELETION:
            chosen = _DELETION.get(merge.deletion or "", "")
        else:
            decision = merge.session.choice(stop)
            chosen = "" if decision is None else _CHOSEN[decision.choice]
        return [(words, "strong"), (chosen, "success") if chosen else ("⚠ open", "warning")]

    def _show_names(self) -> None:
        merge = self.merge
        names = {"mine": mine_name(merge), "theirs": theirs_name(merge), "base": "before both"}
        keys = {"mine": "1 ", "theirs": "2 ", "base": "0 "}
        for side, name in names.items():
            self.query_one(f"#{side}-name", Bar).show(((keys[side], "accent"), (name, "strong")))
        form = "rendered" if self.has_class("-rendered") else "as text"
        self.query_one("#result-name", Bar).show(
            (("Result ", "strong"), (f"as it would be saved, {form}; p shows it the other way", "muted"))
        )
        self.query_one("#tabs", ChipBar).show_keys(
            tuple(
                KeyHint(f"merge.tab_{tab}", "▸" if tab == self._tab else " ", words, tab != self._tab)
                for tab, words in zip(_TABS, ("Yours", "Theirs", "Before", "Result"), strict=True)
            )
        )

    def _show_tab(self) -> None:
        for tab in _TABS:
            self.set_class(tab == self._tab, f"-{tab}")
        if self.has_class("-tabs"):
            self._pane(self._tab).focus()
        self._show_names()

    def _pane(self, tab: Tab) -> PiecesView | MarkdownView:
        if tab == "result" and self.has_class("-rendered"):
            return self.query_one("#rendered", MarkdownView)
        return self.query_one(f"#{tab}", PiecesView)

    # ---- commands ------------------------------------------------------------------------------------

    def reason_against(self, command: Command) -> str:
        """Undoing wants something to undo; saving everything decided, and the right."""
        session = self.merge.session
        match command.verb:
            case "undo":
                return "" if session.can_undo else "There is nothing to undo."
            case "redo":
                return "" if session.can_redo else "There is nothing to redo."
            case "save":
                return reason_against_editing(self.workspace) or self.merge.reason_against_saving()
            case "overwrite":
                return reason_against_editing(self.workspace)
        return ""

    async def action_perform(self, command_id: str) -> None:
        """Do a command; a click on a tab is one too."""
        tab = command_id.removeprefix("merge.tab_")
        if tab in _TABS:
            self._tab = tab
            self._show_tab()
            return
        await super().action_perform(command_id)

    def action_show_base(self) -> None:
        """Show or hide what both started from."""
        if self.has_class("-tabs"):
            self._tab = "mine" if self._tab == "base" else "base"
            self._show_tab()
        else:
            self.toggle_class("-with-base")

    def action_rendered(self) -> None:
        """Show the result rendered, or as text."""
        self.toggle_class("-rendered")
        self.redraw()

    def action_tab(self) -> None:
        """Go to the next pane."""
        self._change_tab(1)

    def action_tab_back(self) -> None:
        """Go to the pane before."""
        self._change_tab(-1)

    def _change_tab(self, step: int) -> None:
        if not self.has_class("-tabs"):
            (self.app.action_focus_next if step > 0 else self.app.action_focus_previous)()
            return
        self._tab = _TABS[(_TABS.index(self._tab) + step) % len(_TABS)]
        self._show_tab()

    def action_back(self) -> None:
        """Back to the text."""
        self.dismiss()
