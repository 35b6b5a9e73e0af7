"""The editor of a page, with its preview beside it where there is room."""

from __future__ import annotations

from asyncio import to_thread
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from amx_tui.domain.errors import AmxError
from amx_tui.domain.pages import Page
from amx_tui.drafts.pages import DraftLock, PageDraft
from amx_tui.services.page_merge import PageMerge
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.external_editor import edit_outside
from amx_tui.ui.leaving import lost_text_question
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.editor.assets import known_assets
from amx_tui.ui.screens.editor.saving import SavingScreen
from amx_tui.ui.screens.editor.standing import Standing
from amx_tui.ui.screens.line.screen import LineScreen, Question
from amx_tui.ui.screens.pages.acting import reason_against_editing
from amx_tui.ui.widgets.bars import Bar, KeyBar, Piece, StatusBar
from amx_tui.ui.widgets.editor.area import MarkdownArea
from amx_tui.ui.widgets.editor.completions import Completions
from amx_tui.ui.widgets.editor.document import normalised
from amx_tui.ui.widgets.editor.find_bar import FindBar
from amx_tui.ui.widgets.markdown.view import MarkdownView

if TYPE_CHECKING:
    from amx_tui.ui.screens.merge.screen import MergeScreen

__all__ = ["EditorScreen"]

PREVIEW_FROM = 120
PREVIEW_AFTER = 0.25
"""Seconds without a key until the preview follows."""


class EditorScreen(SavingScreen):
    """A draft, with all that is needed to write it.

    Args:
        draft: What is edited.
        lock: Says to other windows that this one has it.
        page: The page as it is stored now; None where it is new, or the store does not answer.
        merge: The merge that was under way when the draft was left.
    """

    CSS_PATH = "screen.tcss"
    VERBS = (
        Command("editor.save", "ctrl+s,f2", "Save", footer="Save"),
        Command("editor.find", "ctrl+f,f3", "Find and replace", footer="Find"),
        Command("editor.preview", "ctrl+t,f5", "Show the rendered page, or the text", footer="Preview"),
        Command("editor.outside", "ctrl+o", "Edit in $EDITOR", footer="$EDITOR"),
        Command("editor.back", "escape", "Leave; what is not saved stays on this machine", "Leave"),
        Command("editor.save_note", "f4", "Save with a note about what changed"),
        Command("editor.merge", "f9", "Go on with the merge"),
        Command("editor.complete", "ctrl+n,ctrl+@", "Complete the name of an asset"),
        Command("editor.discard", "f8", "Throw away what is not saved, after asking"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(VERBS)

    def __init__(
        self,
        draft: PageDraft,
        lock: DraftLock | None = None,
        *,
        page: Page | None = None,
        merge: PageMerge | None = None,
    ) -> None:
        super().__init__(draft, lock)
        self._page = page
        self._merge = merge
        self._area = MarkdownArea(draft.body, id="area")
        self._title = Input(draft.title, compact=True, select_on_focus=False, id="title")
        self._catalogued: tuple[str, ...] = ()
        self._words: int | None = None
        self._rest: Timer | None = None
        self._left: Widget | None = None
        """What had the cursor when another screen came in front."""
        self._is_kept = True
        """Whether what is typed is on disk or in the store, as the line says."""
        if page is not None:
            self.standing = Standing.of_page(page)

    def compose(self) -> ComposeResult:
        """Status line, how the draft stands, title, text and preview, what is looked for, words, keys."""
        self._lock_or_not()
        yield StatusBar()
        yield Bar(id="standing")
        with Horizontal(id="title-row"):
            yield Static("Title ", id="title-label", markup=False)
            yield self._title
        with Horizontal(id="body"):
            with Vertical(id="writing"):
                yield self._area
                yield Completions(self._area, self._known_assets, id="completions")
            yield MarkdownView(id="preview")
        yield FindBar(self._area, id="find")
        yield Bar(id="counts")
        yield KeyBar()

    def _known_assets(self) -> list[str]:
        return known_assets(self.amx, self._page, self._catalogued)

    @work(group="editor.assets", exit_on_error=False)
    async def _read_assets(self) -> None:
        """Read the catalog's names behind the text; without them, fewer names are completed."""
        try:
            self._catalogued = await self.workspace.pages.asset_names()
        except AmxError as error:
            self.amx.report_error(error, what="Reading the names of assets", quietly=True)

    def _lock_or_not(self) -> None:
        """Let nothing be typed that could not be saved."""
        against = bool(reason_against_editing(self.workspace))
        if against != self._area.read_only:
            self._area.read_only = self._title.disabled = against

    def show_bars(self) -> None:
        """Follow what is known of the store and of one's role in it."""
        if self.is_mounted:
            self._lock_or_not()
        super().show_bars()

    @property
    def area(self) -> MarkdownArea:
        """The text."""
        return self._area

    @property
    def preview(self) -> MarkdownView:
        """The rendered text."""
        return self.query_one("#preview", MarkdownView)

    def on_mount(self) -> None:
        """Put the cursor where typing begins, and go on with a merge that was under way."""
        (self.area if self.draft.title else self._title).focus()
        self._read_assets()
        self.show_bars()
        self.show_standing()
        self._follow()
        if self.area.read_only:
            self.amx.say(reason_against_editing(self.workspace), title="Only to read", severity="warning")
        if self._merge is not None:
            self.show_merge(self._merge)

    def on_screen_suspend(self) -> None:
        """Let no cursor blink behind another screen."""
        self._left = self.focused
        self.set_focus(None)

    def on_screen_resume(self) -> None:
        """Put the cursor where it was."""
        if self._left is not None:
            self.set_focus(self._left)

    def on_resize(self) -> None:
        """Show the preview beside the text where there is room for it."""
        self.set_class(self.size.width >= PREVIEW_FROM, "-wide")
        self._follow()

    # ---- what is typed -------------------------------------------------------------------------------

    def typed(self) -> PageDraft:
        """The draft with what is typed by now."""
        return replace(self.draft, title=self._title.value, body=self.area.text)

    @on(TextArea.Changed, "#area")
    def _text_changed(self) -> None:
        self._typed_now()
        if self.area.has_focus:
            self.query_one(Completions).follow()
        self._follow_soon()

    @on(TextArea.SelectionChanged, "#area")
    def _cursor_moved(self) -> None:
        self._show_counts()

    @on(Input.Changed, "#title")
    def _title_changed(self) -> None:
        self._typed_now()

    @on(Input.Submitted, "#title")
    def _title_done(self) -> None:
        self.area.focus()

    def _typed_now(self) -> None:
        if self._is_kept:
            self._is_kept = False
            self.show_standing()
        self.typing()

    def _follow_soon(self) -> None:
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(PREVIEW_AFTER, self._follow)

    def _follow(self) -> None:
        """Let preview and counts follow the text, once the typing rests."""
        text = self.area.text
        self._words = len(text.split())
        if self.preview.display:
            self.preview.show(text or "*Nothing is written yet.*", keeps_place=True)
            self.preview.show_line(self.area.cursor_location[0])
        self._show_counts()
        self.show_standing()

    def _show_counts(self) -> None:
        row, column = self.area.cursor_location
        start, end = sorted(self.area.selection)
        left: list[Piece] = [
            (f"line {row + 1:,} of {self.area.document.line_count:,}, column {column + 1}", "muted")
        ]
        if start != end:
            selected = self.area.selected_text
            left.append((f"   {len(selected):,} selected, {_words(len(selected.split()))}", "accent"))
        words = "" if self._words is None else _words(self._words)
        self.query_one("#counts", Bar).show(tuple(left), ((words, "muted"),))

    # ---- how it stands -------------------------------------------------------------------------------

    def show_standing(self) -> None:
        """Draw how the draft stands to what is stored."""
        if not self.is_mounted:
            return
        left: list[Piece] = [("Edit  ", "strong")]
        if self._merge is not None:
            left.append(("⚠ a merge is under way, f9 goes on with it   ", "warning"))
        left.extend(self.standing.pieces(self.draft, self.amx.now(), self.also_here))
        typed = self.typed()
        self._is_kept = (typed.title, typed.body) == (self._kept.title, self._kept.body)
        if not typed.is_changed or (typed.is_new and not (typed.title or typed.body)):
            right: Piece = ("no changes", "muted")
        elif self._is_saving:
            right = ("saving…", "accent")
        elif self._is_kept:
            right = ("✎ not saved, kept here", "warning")
        else:
            right = ("✎ not saved", "warning")
        self.query_one("#standing", Bar).show(tuple(left), (right,))
        self.show_footer()

    def saved(self, page: Page) -> None:
        """Say that the store has the text."""
        self._page, self._merge = page, None
        self.amx.say(f"Version {page.version}.", title="Saved")
        self.show_standing()

    # ---- the merge -----------------------------------------------------------------------------------

    def show_merge(self, merge: PageMerge) -> None:
        """Let a person decide; the answer comes back here."""
        from amx_tui.ui.screens.merge.screen import MergeScreen

        self._merge = merge
        screen = MergeScreen(merge)
        self.app.push_screen(screen, lambda _: self._merge_left(screen))

    def _merge_left(self, screen: MergeScreen) -> None:
        """Go on with what the merge became."""
        page = screen.page
        if screen.outcome == "discarded":
            self._is_done = True
            self._release()
            self.dismiss()
            return
        if page is None:
            self.show_standing()
            return
        self._merge = None
        drafts = self.workspace.pages.drafts
        self.draft = self._kept = replace(drafts.begin(page), draft_id=self.draft.draft_id)
        self._release()
        self._page, self.standing = page, Standing.of_page(page)
        with self.prevent(Input.Changed, TextArea.Changed):
            self._title.value = page.title
            if page.body != self.area.text:
                self.area.put(page.body)
        self._follow()

    # ---- commands ------------------------------------------------------------------------------------

    def reason_against(self, command: Command) -> str:
        """Saving wants the right, a title and something to save."""
        if command.verb in {"save", "save_note"}:
            reason = reason_against_editing(self.workspace)
            if reason:
                return reason
            typed = self.typed()
            if not typed.title.strip():
                return "The page needs a title; it is typed above the text."
            if not typed.is_changed and not typed.save_id:
                return "There is nothing to save."
        if command.verb == "merge" and self._merge is None:
            return "There is nothing to merge."
        if command.verb == "outside" and self.area.read_only:
            return reason_against_editing(self.workspace)
        if command.verb == "discard" and not self.typed().is_changed:
            return "There is nothing to throw away."
        return ""

    async def action_save(self) -> None:
        """Save, or go on with the merge that the last save became."""
        if self._merge is not None:
            await self.action_merge()
        else:
            self.save()

    @work(exclusive=True, group="editor.ask", exit_on_error=False)
    async def action_save_note(self) -> None:
        """Ask for a note, then save."""
        question = Question("Note ", "", "what changed, for the list of versions; enter saves, esc does not")
        note = await self.app.push_screen_wait(LineScreen(question))
        if note is not None:
            self.save(note.strip())

    async def action_merge(self) -> None:
        """Go on with the merge, with what was typed since."""
        if self._merge is None:
            return
        await self.keep()
        typed = self.typed()
        if (typed.title, typed.body) != (self._merge.draft.title, self._merge.session.mine):
            await to_thread(self._merge.retype, typed)
        self.show_merge(self._merge)

    def action_find(self) -> None:
        """Find and replace."""
        selected = self.area.selected_text
        self.query_one(FindBar).open(selected if selected and "\n" not in selected else "")

    def action_complete(self) -> None:
        """Offer names."""
        self.query_one(Completions).follow(asked=True)

    def action_preview(self) -> None:
        """Show the rendered page instead of the text, or the text again."""
        is_shown = self.toggle_class("-preview").has_class("-preview")
        (self.preview if is_shown else self.area).focus()
        self.call_after_refresh(self._follow)

    async def action_outside(self) -> None:
        """Edit the text in the user's own editor; the program waits."""
        await self.keep()
        text = normalised(self.area.text)
        edited = edit_outside(self.app, text, name="page.md")
        if edited != text:
            self.area.put(edited)

    @work(exclusive=True, group="editor.ask", exit_on_error=False)
    async def action_discard(self) -> None:
        """Throw away what is not saved, after asking."""
        question = ConfirmDialog(
            "Throw away what is not saved?",
            details="It stays on this machine: D in the list of pages brings it back.",
            confirm="Throw away",
        )
        if await self.app.push_screen_wait(question):
            await self.discard()
            self.dismiss()

    async def action_back(self) -> None:
        """Leave; what is typed stays on disk."""
        if self.has_class("-preview"):
            self.action_preview()
            return
        if not await self.keeps_typed():
            self.app.push_screen(lost_text_question("Leave"), self._leave)
            return
        typed = self.typed()
        if typed.is_changed and (typed.title or typed.body) and not self.area.read_only:
            self.amx.say("e on the page, or D in the list, goes on with it.", title="Not saved, kept here")
        self.dismiss()

    def _leave(self, is_meant: bool | None) -> None:
        if is_meant:
            self.dismiss()


def _words(count: int) -> str:
    return f"{count:,} word{'' if count == 1 else 's'}"
