"""What can be done with a page, wherever it is shown."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from textual import work

from amx_tui.domain.errors import AmxError, StaleVersionError, UsageError
from amx_tui.domain.pages import Page, PageSummary
from amx_tui.domain.text import one_line
from amx_tui.ui.commands import Command
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.line.screen import LineScreen, Question

if TYPE_CHECKING:
    from amx_tui.services.workspace import Workspace

__all__ = ["PAGE_VERBS", "ActingScreen", "quoted", "reason_against_editing"]

PAGE_VERBS = (
    Command("page.rename", "R", "Give the page another title"),
    Command("page.publish", "p", "Publish the page, or make it a draft again"),
    Command("page.delete", "x", "Delete the page, which can be taken back"),
    Command("page.undo", "u", "Take the last deletion back"),
    Command("page.blame", "B", "Show who wrote which line, and when"),
    Command("page.attach", "A", "Say which assets the page is about"),
    Command("page.export", "E", "Export as Markdown or HTML"),
    Command("page.copy", "y", "Copy the page's Markdown"),
)
"""The commands that every screen with a page has, beside its own."""
_EDITING = frozenset({"edit", "new", "rename", "publish", "delete", "undo", "restore", "attach"})


def reason_against_editing(workspace: Workspace) -> str:
    """Say why this member cannot edit; while the store has not said what the role is, nothing speaks against it.

    Saving asks the store itself.
    """
    state = workspace.state
    is_asked = state.is_open and not state.is_read_only and state.member is None
    return "" if is_asked else workspace.pages.reason_against()


def quoted(title: str) -> str:
    """A title in a sentence."""
    return f"“{one_line(title, 60)}”"


class ActingScreen(BaseScreen):
    """A screen that shows pages or one of them."""

    @property
    def chosen(self) -> PageSummary | Page | None:
        """The page that commands are about; the subclass knows which."""
        raise NotImplementedError

    def page_changed(self, page: Page) -> None:
        """A command has changed a page; the subclass shows it."""
        raise NotImplementedError

    def reason_against(self, command: Command) -> str:
        """Editing wants the right, everything but a new page a page."""
        if self.amx.session.workspace is None:
            return "" if command.verb in {"back", "refresh"} else "The configuration is still being read."
        if command.verb in _EDITING:
            reason = reason_against_editing(self.workspace)
            if reason:
                return reason
        page = self.chosen
        if command.verb == "undo":
            return "" if self.amx.session.deleted_pages else "There is no deletion to take back."
        if command.id.startswith("page.") or command.verb in {"open", "edit", "versions"}:
            return "" if page is not None else "There is no page under the cursor."
        return ""

    async def read_chosen(self) -> Page | None:
        """Read the chosen page in full, as it is now."""
        page = self.chosen
        if page is None:
            return None
        return await self.run_use_case(self.workspace.pages.get(page.page_id), what="Reading the page")

    async def change(self, work: Awaitable[Page], *, what: str, done: str) -> Page | None:
        """Await a change and show it; a page that somebody else changed meanwhile is shown as it is now."""
        try:
            page = await work
        except StaleVersionError as error:
            self.amx.report_error(error, what=what)
            if isinstance(error.current, Page):
                self.page_changed(error.current)
            return None
        except AmxError as error:
            self.amx.report_error(error, what=what)
            return None
        self.page_changed(page)
        self.amx.say(done.format(page=page))
        return page

    # ---- commands ------------------------------------------------------------------------------------

    def action_edit(self) -> None:
        """Edit the page."""
        from amx_tui.ui.screens.editor.opening import open_editor

        if self.chosen is not None:
            open_editor(self.amx, self.chosen.page_id)

    def action_new(self) -> None:
        """Begin a page; it is in the store once it is saved."""
        from amx_tui.ui.screens.editor.opening import begin_page

        begin_page(self.amx)

    def action_versions(self) -> None:
        """Show the saved versions."""
        from amx_tui.ui.screens.pages.versions import VersionsScreen

        if self.chosen is not None:
            self.app.push_screen(VersionsScreen(self.chosen.page_id, self.chosen.title))

    def action_blame(self) -> None:
        """Show who wrote which line."""
        from amx_tui.ui.screens.pages.blame import BlameScreen

        if self.chosen is not None:
            self.app.push_screen(BlameScreen(self.chosen.page_id, self.chosen.title))

    @work(exclusive=True, group="page.act", exit_on_error=False)
    async def action_rename(self) -> None:
        """Ask for another title."""
        page = await self.read_chosen()
        if page is None:
            return
        question = Question("Title ", page.title, "enter renames, esc leaves it")
        title = await self.app.push_screen_wait(LineScreen(question))
        if title is not None and title.strip() and title.strip() != page.title:
            work = self.workspace.pages.rename(page, title.strip())
            await self.change(work, what="Renaming", done=f"{quoted(page.title)} is {quoted(title)} now.")

    @work(exclusive=True, group="page.act", exit_on_error=False)
    async def action_publish(self) -> None:
        """Publish the page, or make it a draft again."""
        page = await self.read_chosen()
        if page is None:
            return
        pages, title = self.workspace.pages, quoted(page.title)
        if page.is_deleted:
            self.amx.say(f"{title} is deleted; x takes that back.", severity="warning")
        elif page.status == "published":
            await self.change(pages.unpublish(page), what="Unpublishing", done=f"{title} is a draft again.")
        else:
            await self.change(pages.publish(page), what="Publishing", done=f"{title} is published.")

    @work(exclusive=True, group="page.act", exit_on_error=False)
    async def action_delete(self) -> None:
        """Delete the page after asking; one that is deleted is taken back."""
        seen, page = self.chosen, await self.read_chosen()
        if page is None or seen is None:
            return
        title = quoted(page.title)
        if page.is_deleted:
            await self.change(
                self.workspace.pages.undelete(page), what="Taking back", done=f"{title} is there again."
            )
            return
        changed = (
            f"{one_line(page.updated_by) or 'Somebody'} saved version {page.version} of it meanwhile; you saw "
            f"version {seen.version}.\n"
            if page.version != seen.version
            else ""
        )
        question = ConfirmDialog(
            f"Delete {title}?", details=f"{changed}All its versions stay; u takes it back.", confirm="Delete"
        )
        if await self.app.push_screen_wait(question):
            gone = await self.change(
                self.workspace.pages.delete(page),
                what="Deleting",
                done=f"{title} is deleted. u takes it back.",
            )
            if gone is not None:
                self.amx.session.deleted_pages.append(gone.page_id)

    @work(exclusive=True, group="page.act", exit_on_error=False)
    async def action_undo(self) -> None:
        """Take the last deletion back."""
        pages = self.workspace.pages
        page_id = self.amx.session.deleted_pages.pop()
        page = await self.run_use_case(pages.get(page_id), what="Reading the page")
        if page is not None and page.is_deleted:
            await self.change(
                pages.undelete(page), what="Taking back", done=f"{quoted(page.title)} is there again."
            )

    @work(exclusive=True, group="page.act", exit_on_error=False)
    async def action_attach(self) -> None:
        """Ask which assets the page is about; what is taken out of the line is detached."""
        from amx_tui.ui.screens.editor.assets import known_assets, matching

        page = await self.read_chosen()
        if page is None:
            return
        before = [asset.name for asset in page.assets]
        names = known_assets(self.amx, page)
        question = Question(
            "About ",
            " ".join(before),
            "assets, with blanks between: sales sales.customer sales.customer.c_id · tab completes",
            lambda line, cursor: matching(names, line, cursor),
        )
        line = await self.app.push_screen_wait(LineScreen(question))
        if line is None:
            return
        wanted, pages = line.split(), self.workspace.pages
        try:
            new = [pages.asset(page.db_profile, name) for name in wanted if name not in before]
        except UsageError as error:
            self.amx.report_error(error, what="Attaching")
            return
        gone = [asset for asset in page.assets if asset.name not in wanted]
        if gone:
            page = await self.change(pages.detach(page, assets=gone), what="Detaching", done="Detached.")
        if new and page is not None:
            await self.change(pages.attach(page, assets=new), what="Attaching", done="Attached.")

    @work(exclusive=True, group="page.act", exit_on_error=False)
    async def action_export(self) -> None:
        """Ask for a path and write the page there."""
        from amx_tui.ui.screens.pages.exporting import export_page

        page = await self.read_chosen()
        if page is not None:
            await export_page(self, page)

    @work(exclusive=True, group="page.act", exit_on_error=False)
    async def action_copy(self) -> None:
        """Copy the page's Markdown."""
        page = await self.read_chosen()
        if page is not None:
            self.amx.copy(page.body, what=f"{quoted(page.title)}, {len(page.body):,} characters")
