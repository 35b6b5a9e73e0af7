"""The end of a merge: saved, saved over theirs, or thrown away; and theirs moving again meanwhile."""

from __future__ import annotations

from abc import abstractmethod
from asyncio import to_thread
from dataclasses import replace
from typing import Literal

from textual import work

from amx_tui.domain.errors import AmxError, StaleVersionError
from amx_tui.domain.notices import Notice
from amx_tui.domain.pages import NewPage, Page, PageChange
from amx_tui.domain.text import one_line
from amx_tui.drafts.pages import PageDraft
from amx_tui.services.page_merge import PageMerge
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.merge.deciding import DecidingScreen

__all__ = ["FinishingScreen"]

WATCH = 3.0
"""Seconds between two looks at whether they saved again."""


class FinishingScreen(DecidingScreen):
    """A merge and what becomes of it."""

    def __init__(self, merge: PageMerge) -> None:
        super().__init__(merge)
        self.outcome: Literal["", "saved", "discarded"] = ""
        self.page: Page | None = None
        """What was stored in the end."""
        self.is_behind = False
        """Whether they saved again since."""
        self.newer_who = ""
        self._is_saving = False

    @property
    def opens(self) -> str:
        """What colleagues are told: that the page is open here."""
        return f"page {self.merge.draft.page_id}"

    def others_changed(self, notices: tuple[Notice, ...]) -> None:
        """Somebody saved a page: it may be this one."""
        if any(notice.kind == "page" for notice in notices):
            self._watch()

    @abstractmethod
    def show_title(self) -> None:
        """Say how far the merge is."""

    def on_mount(self) -> None:
        """Begin to watch whether they save again."""
        self.set_interval(WATCH, self._watch_alone)

    def _watch_alone(self) -> None:
        if self.amx.may_look:
            self._watch()

    def _watch(self) -> None:
        if self.is_current and not self._is_saving and not self.is_behind:
            self._look()

    @work(exclusive=True, group="merge.watch", exit_on_error=False)
    async def _look(self) -> None:
        """Look whether they saved again; nothing moves before that is asked for."""
        try:
            versions = await self.workspace.pages.versions(self.merge.draft.page_id)
        except AmxError:
            # Saving says what is the matter.
            return
        if versions and versions[0].version > self.merge.theirs.version:
            self.is_behind, self.newer_who = True, versions[0].saved_by
            self.show_title()

    @work(exclusive=True, group="merge.refresh", exit_on_error=False)
    async def action_refresh(self) -> None:
        """Look whether they saved again, and take that in."""
        page = await self.run_use_case(
            self.workspace.pages.get(self.merge.draft.page_id), what="Reading the page"
        )
        if page is None:
            return
        if page.version > self.merge.theirs.version:
            await self._take_in(page)
        else:
            self.amx.say(f"Version {page.version} is the newest; nobody saved since.")

    async def _take_in(self, page: Page) -> None:
        """Merge with what they saved meanwhile: choices stay, only new collisions are open."""
        lapsed = len(self.merge.session.lapsed)
        new = await to_thread(self.merge.rebase, page)
        self.is_behind = False
        words = f"{len(new)} new collision{'' if len(new) == 1 else 's'}" if new else "Nothing new collides"
        gone = len(self.merge.session.lapsed) - lapsed
        dropped = f" {gone} of your choices were about lines that are not there any more." if gone else ""
        self.amx.say(
            f"{words}; your choices stay.{dropped}",
            title=f"{one_line(page.updated_by, 30) or 'Somebody'} saved version {page.version}",
            severity="warning" if new else "information",
        )
        if self.stop not in self.merge.stops or new:
            self.begin()
        self.stepped()

    # ---- saving --------------------------------------------------------------------------------------

    @work(exclusive=True, group="merge.save", exit_on_error=False)
    async def action_save(self) -> None:
        """Save the result."""
        if self.merge.deletion == "delete":
            await self._throw_away()
            return
        as_new = self.merge.deletion == "restore-as-new"
        await self._save(self.merge.as_new() if as_new else self.merge.merged())

    async def _save(self, draft: PageDraft, *, over: Page | None = None) -> None:
        if self._is_saving:
            return
        self._is_saving = True
        change = PageMerge.saves(draft)
        try:
            # On disk with its id first: after a broken connection it can be found out what became of it.
            await self.on_disk(self.workspace.pages.drafts.keep, replace(draft, save_id=change.save_id))
            page = await self._send(change, over)
        except StaleVersionError as error:
            if not isinstance(error.current, Page):
                raise
            await self.on_disk(self.workspace.pages.drafts.keep, self.merge.draft)
            await self._take_in(error.current)
            return
        except AmxError as error:
            self.amx.report_error(error, what="Saving the merge")
            self.amx.say("Everything decided is kept here; ^s tries again.", severity="warning")
            return
        finally:
            self._is_saving = False
        await self.on_disk(self.workspace.pages.drafts.settle, draft.draft_id, change, page)
        self.outcome, self.page = "saved", page
        what = "Yours was saved over theirs" if over is not None else "Both are in it"
        self.amx.say(f"{what}: version {page.version}.", title="Saved")
        self.dismiss()

    async def _send(self, change: PageChange | NewPage, over: Page | None) -> Page:
        pages = self.workspace.pages
        if isinstance(change, NewPage):
            return await pages.create(change)
        if over is not None:
            return await pages.overwrite(change, over=over)
        return await pages.save(change)

    @work(exclusive=True, group="merge.save", exit_on_error=False)
    async def action_overwrite(self) -> None:
        """Save mine over theirs, after asking."""
        theirs = self.merge.theirs
        who = one_line(theirs.who, 30) or "somebody"
        question = ConfirmDialog(
            f"Save yours over {who}'s version {theirs.version}?",
            details="Nothing of theirs is taken over. Their text stays as a version, and the audit trail says that "
            "you saved over it.",
            confirm="Overwrite",
        )
        if not await self.app.push_screen_wait(question):
            return
        page = await self.run_use_case(
            self.workspace.pages.get(self.merge.draft.page_id), what="Reading the page"
        )
        if page is None:
            return
        if page.version != theirs.version:
            # Nobody saves over what they have not seen.
            await self._take_in(page)
            return
        await self._save(self.merge.overwriting(), over=page)

    @work(exclusive=True, group="merge.save", exit_on_error=False)
    async def action_discard(self) -> None:
        """Throw mine away, after asking."""
        who = one_line(self.merge.theirs.who, 30) or "somebody"
        question = ConfirmDialog(
            f"Keep {who}'s version {self.merge.theirs.version} and throw yours away?",
            details="Your text stays on this machine: D in the list of pages brings it back.",
            confirm="Throw away",
        )
        if await self.app.push_screen_wait(question):
            await self._throw_away()

    async def _throw_away(self) -> None:
        async with self._order:
            gone = await self.run_use_case(
                to_thread(self.workspace.pages.drafts.discard, self.merge.draft), what="Throwing away"
            )
        if gone is not None:
            self.outcome = "discarded"
            self.amx.say("D in the list of pages brings your text back.", title="Thrown away")
            self.dismiss()
