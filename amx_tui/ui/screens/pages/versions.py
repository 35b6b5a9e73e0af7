"""The saved versions of a page, and what changed between any two of them."""

from __future__ import annotations

from asyncio import sleep, to_thread
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from amx_tui.domain.errors import AmxError
from amx_tui.domain.line_diff import DiffRow, line_diff
from amx_tui.domain.pages import PageVersion
from amx_tui.domain.text import one_line
from amx_tui.domain.times import exact_time, relative_time, short_relative_time
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.pages.acting import quoted
from amx_tui.ui.widgets.bars import Bar, KeyBar, Piece, StatusBar, TitleBar
from amx_tui.ui.widgets.busy_line import BusyLine
from amx_tui.ui.widgets.diff_rows import beside_drawing, woven_drawing
from amx_tui.ui.widgets.panes import Panes
from amx_tui.ui.widgets.pieces_view import Drawing, PiecesView
from amx_tui.ui.widgets.row_list import Column, ListNote, RowList

__all__ = ["VersionsScreen"]

BESIDE_FROM = 120
SETTLE = 0.12
"""Seconds that the cursor rests on a version before its text is read."""


class VersionsScreen(BaseScreen):
    """Every save of a page; the one under the cursor is compared with the one before it, or with a marked one.

    Args:
        page_id: The page.
        title: Its title.
    """

    CSS_PATH = "versions.tcss"
    AUTO_FOCUS = "RowList"
    VERBS = (
        Command("versions.diff", "enter,o", "Go to the difference, or back to the list", footer="Difference"),
        Command("versions.next", "n", "To the next difference", footer="Next"),
        Command("versions.fold", "f", "Show the lines that are the same too, or fold them", footer="Fold"),
        Command("versions.restore", "R", "Make this version the newest one", footer="Restore"),
        Command("versions.previous", "N", "To the difference before"),
        Command("versions.copy", "y", "Copy this version's Markdown"),
        Command("versions.refresh", "r", "Read the versions again"),
        Command(
            "versions.back", "escape", "One step back: the difference, the mark, the page", in_palette=False
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(VERBS)

    def __init__(self, page_id: str, title: str) -> None:
        super().__init__()
        self._page_id = page_id
        self._title = title
        self._bodies: dict[int, str] = {}
        self._rows: tuple[DiffRow, ...] = ()
        self._pair: tuple[PageVersion | None, PageVersion] | None = None
        self._is_folded = True

    def compose(self) -> ComposeResult:
        """Status line, title, versions and difference, keys."""
        yield StatusBar()
        yield TitleBar()
        with Panes(id="body"):
            yield RowList(self._columns(), key=lambda version: version.version, can_mark=True, id="versions")
            yield Bar(id="sides")
            yield PiecesView(id="difference")
        yield BusyLine()
        yield KeyBar()

    def _columns(self) -> tuple[Column[PageVersion], ...]:
        def when(version: PageVersion) -> str:
            return relative_time(version.saved_at, self.amx.now())

        return (
            Column("ver", lambda version: f"v{version.version}", 5, tone=lambda version: "accent"),
            Column("who", lambda version: version.saved_by or "somebody", 18),
            Column("when", when, 14, tone=lambda version: "muted"),
            Column("note", lambda version: version.note),
        )

    @property
    def versions(self) -> RowList[PageVersion]:
        """The list of versions."""
        return self.query_one("#versions", RowList)

    @property
    def difference(self) -> PiecesView:
        """What changed."""
        return self.query_one("#difference", PiecesView)

    def on_mount(self) -> None:
        """Read the versions."""
        self.versions.show_note(ListNote("Reading the versions…"))
        self.show_bars()
        self._show_title()
        self.read()

    def on_resize(self) -> None:
        """Put the two texts side by side where there is room for that."""
        self._draw()

    # ---- reading -------------------------------------------------------------------------------------

    @work(exclusive=True, group="versions.read", exit_on_error=False)
    async def read(self) -> None:
        """Read the list of versions."""
        try:
            with self.query_one(BusyLine).waiting("Reading the versions…"):
                versions = await self.workspace.pages.versions(self._page_id)
        except AmxError as error:
            self.amx.report_error(error, what="Reading the versions", quietly=not self.versions.rows)
            self.versions.show_note(ListNote(error.message, (error.hint, "r tries again"), tone="error"))
            return
        self.versions.show_rows(versions)
        self.versions.show_note(
            ListNote("No version was kept.", ("The first save with amx-tui keeps one.", "esc goes back"))
        )
        self._compare()

    @on(RowList.CursorMoved)
    def _cursor_moved(self, message: RowList.CursorMoved) -> None:
        if not message.is_passing:
            self._compare()

    @on(RowList.MarksChanged)
    def _marks_changed(self) -> None:
        """Keep one mark: what everything is compared with."""
        marks = self.versions.marks
        while len(marks) > 1:
            del marks[next(iter(marks))]
        self.versions.redraw()
        self._compare()

    def _chosen_pair(self) -> tuple[PageVersion | None, PageVersion] | None:
        current, rows = self.versions.current, list(self.versions.rows)
        if current is None:
            return None
        marked = next(iter(self.versions.marks.values()), None)
        if marked is not None and marked.version != current.version:
            older, newer = sorted((marked, current), key=lambda version: version.version)
            return older, newer
        index = rows.index(current)
        return (rows[index + 1] if index + 1 < len(rows) else None), current

    @work(exclusive=True, group="versions.compare", exit_on_error=False)
    async def _compare(self) -> None:
        """Compare the version under the cursor, once the cursor rests on it."""
        pair = self._chosen_pair()
        if pair is None:
            return
        if any(each is not None and each.version not in self._bodies for each in pair):
            await sleep(SETTLE)
            first = pair[0] if pair[0] is not None else pair[1]
            read = await self.run_use_case(
                self.workspace.pages.version_pair(self._page_id, first.version, pair[1].version),
                what="Reading the versions",
            )
            if read is None:
                return
            self._bodies.update((version.version, version.body) for version in read)
        older = self._bodies[pair[0].version] if pair[0] is not None else ""
        self._rows = await to_thread(line_diff, older, self._bodies[pair[1].version])
        self._pair = pair
        self._draw()

    def _draw(self, *, keeps_place: bool = False) -> None:
        rows, is_folded = self._rows, self._is_folded
        is_beside = self.size.width >= BESIDE_FROM
        self.set_class(is_beside, "-wide")

        def draw(width: int) -> Drawing:
            if rows and all(row.kind == "same" for row in rows) and is_folded:
                return Drawing([[("The text is the same; title or status changed, or nothing.", "muted")]])
            drawing = beside_drawing if is_beside and self._pair and self._pair[0] else woven_drawing
            return drawing(rows, width, only_changes=is_folded)

        self.difference.show(draw, keeps_place=keeps_place)
        self._show_title()

    # ---- title ---------------------------------------------------------------------------------------

    def _show_title(self) -> None:
        left: list[Piece] = [("Versions of ", ""), (quoted(self._title), "strong")]
        if self.versions.marks:
            marked = next(iter(self.versions.marks.values()))
            left.append((f"  compared with v{marked.version}, marked", "accent"))
        elif self.versions.rows:
            left.append(("  space marks one to compare with", "muted"))
        right: list[Piece] = []
        if self._pair is not None:
            stops = len(self.difference.stops)
            right.append((f"{stops} difference{'' if stops == 1 else 's'}", "muted"))
        self.query_one(TitleBar).show(tuple(left), tuple(right))
        self._show_sides()
        self.show_footer()

    def _show_sides(self) -> None:
        if self._pair is None:
            return
        older, newer = self._pair
        pieces: list[Piece] = []
        if older is not None:
            pieces += [
                ("- ", "error"),
                *_version_pieces(older, short_relative_time(older.saved_at, self.amx.now())),
            ]
            pieces.append(("   ", ""))
        pieces += [
            ("+ ", "success"),
            *_version_pieces(newer, short_relative_time(newer.saved_at, self.amx.now())),
        ]
        changed = [
            f"{name}: {one_line(before, 40)} → {one_line(after, 40)}"
            for name, before, after in (
                ("title", older.title if older else None, newer.title),
                ("status", older.status if older else None, newer.status),
            )
            if before and after and before != after
        ]
        pieces.append(("   " + ", ".join(changed), "warning"))
        self.query_one("#sides", Bar).show(tuple(pieces), ((exact_time(newer.saved_at), "muted"),))

    # ---- commands ------------------------------------------------------------------------------------

    def reason_against(self, command: Command) -> str:
        """Restoring wants the right, and a version that is not the newest."""
        current = self.versions.current
        if command.verb == "restore" and (reason := self.workspace.pages.reason_against()):
            return reason
        if command.verb in {"restore", "copy", "diff"} and current is None:
            return "There is no version under the cursor."
        if command.verb == "restore" and current is self.versions.rows[0]:
            return "This is the newest version already; j goes to an older one."
        return ""

    @on(RowList.RowOpened)
    def action_diff(self) -> None:
        """Go to the difference, or back."""
        if self.difference.has_focus:
            self._leave_difference()
        else:
            self.add_class("-reading")
            self.difference.focus()

    def _leave_difference(self) -> None:
        self.remove_class("-reading")
        self.versions.focus()

    def action_next(self) -> None:
        """Go to the next difference."""
        if not self.difference.go_to_stop(1):
            self.amx.say("There is no later difference.", severity="warning")

    def action_previous(self) -> None:
        """Go to the difference before."""
        if not self.difference.go_to_stop(-1):
            self.amx.say("There is no earlier difference.", severity="warning")

    def action_fold(self) -> None:
        """Show or fold the lines that are the same."""
        self._is_folded = not self._is_folded
        self._draw()

    @work(exclusive=True, group="versions.act", exit_on_error=False)
    async def action_restore(self) -> None:
        """Make the version under the cursor the newest one, after asking."""
        version = self.versions.current
        pages = self.workspace.pages
        page = await self.run_use_case(pages.get(self._page_id), what="Reading the page")
        if version is None or page is None:
            return
        question = ConfirmDialog(
            f"Restore version {version.version} of {quoted(page.title)}?",
            details=f"Its text becomes version {page.version + 1}; all versions in between stay.",
            confirm="Restore",
        )
        if not await self.app.push_screen_wait(question):
            return
        restored = await self.run_use_case(pages.restore(page, version.version), what="Restoring")
        if restored is not None:
            self.amx.say(f"Version {version.version} is version {restored.version} now.", title="Restored")
            self.versions.clear_marks()
            self.read()

    @work(exclusive=True, group="versions.act", exit_on_error=False)
    async def action_copy(self) -> None:
        """Copy the Markdown of the version under the cursor."""
        version = self.versions.current
        if version is None:
            return
        work = self.workspace.pages.version(self._page_id, version.version)
        read = await self.run_use_case(work, what="Reading the version")
        if read is not None:
            self.amx.copy(read.body, what=f"version {read.version}, {len(read.body):,} characters")

    def action_refresh(self) -> None:
        """Read the versions again."""
        self.read()

    def action_back(self) -> None:
        """One step back."""
        if self.difference.has_focus:
            self._leave_difference()
        elif self.versions.marks:
            self.versions.clear_marks()
        else:
            self.app.pop_screen()


def _version_pieces(version: PageVersion, age: str) -> list[Piece]:
    who = one_line(version.saved_by, 30) or "somebody"
    return [(f"v{version.version}", "accent"), (f" {who} ", "strong"), (age, "muted")]
