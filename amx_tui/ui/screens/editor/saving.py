"""A draft on its way to disk and to the store, behind the typing."""

from __future__ import annotations

from abc import abstractmethod
from asyncio import Lock, to_thread
from collections.abc import Callable
from dataclasses import replace

from textual import work
from textual.timer import Timer

from amx_tui.domain.errors import AmxError, DraftError, NotFoundError, StaleVersionError, UnknownOutcomeError
from amx_tui.domain.notices import Notice
from amx_tui.domain.pages import NewPage, Page, PageChange
from amx_tui.drafts.pages import DraftLock, PageDraft
from amx_tui.services.page_merge import PageMerge
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.editor.standing import Standing

__all__ = ["SavingScreen"]

KEEP_AFTER = 1.0
"""Seconds after a key until what was typed is on disk, however fast the next keys follow."""
WATCH = 3.0
"""Seconds between two looks at whether somebody else saved."""


class SavingScreen(BaseScreen):
    """A screen with a draft.

    Args:
        draft: What is typed and not saved.
        lock: Says to other windows that this one has the draft; None for one that is not on disk yet.
    """

    HOLDS_WORK = True

    def __init__(self, draft: PageDraft, lock: DraftLock | None = None) -> None:
        super().__init__()
        self.draft = draft
        self.standing = Standing()
        self._lock = lock
        self._kept: PageDraft = draft
        self._pause: Timer | None = None
        self._watching: Timer | None = None
        self._order = Lock()
        self._is_saving = False
        self._is_done = False
        self._is_gone = False

    @abstractmethod
    def typed(self) -> PageDraft:
        """The draft with what is typed by now."""

    @abstractmethod
    def show_standing(self) -> None:
        """Draw how the draft stands to what is stored."""

    @abstractmethod
    def show_merge(self, merge: PageMerge) -> None:
        """Let a person decide between the draft and what somebody else saved."""

    @abstractmethod
    def saved(self, page: Page) -> None:
        """The store has the text; the draft is based on it now."""

    @property
    def opens(self) -> str:
        """What colleagues are told: that the page is open here."""
        return "" if self.draft.is_new else f"page {self.draft.page_id}"

    @property
    def also_here(self) -> list[str]:
        """Who else has the page open."""
        opens = self.opens
        return sorted({each.username for each in self.amx.others if opens and each.opens == opens})

    def others_changed(self, notices: tuple[Notice, ...]) -> None:
        """Somebody saved a page: it may be this one."""
        if any(notice.kind == "page" and notice.row_id in ("", self.draft.page_id) for notice in notices):
            self._watch()

    def show_bars(self) -> None:
        """Draw the bars, and how the draft stands, of which who is here is a part."""
        super().show_bars()
        self.show_standing()

    # ---- disk ----------------------------------------------------------------------------------------

    def typing(self) -> None:
        """Note that something was typed: it is on disk a second later, whatever else is typed until then."""
        if self._pause is None and not self._is_done:
            self._pause = self.set_timer(KEEP_AFTER, self._keep_typed)

    @work(group="editor.keep", exit_on_error=False)
    async def _keep_typed(self) -> None:
        """Put on disk what is typed so far."""
        self._pause = None
        await self.keep()

    async def keep(self) -> bool:
        """Put on disk what is typed so far; False where the disk does not take it."""
        async with self._order:
            self.draft = self.typed()
            if self._is_done or _content(self.draft) == _content(self._kept):
                return True
            is_kept = await self._on_disk(self._write, self.draft)
            if not self._is_gone:
                self.show_standing()
            return is_kept

    async def keeps_typed(self) -> bool:
        """Say whether nothing is lost where the editor goes now."""
        return await self.keep() or not self.typed().is_changed

    async def _on_disk(self, action: Callable[..., object], *arguments: object) -> bool:
        """Do something with the disk; one that is full or not ours is said, and keeps no text from the store."""
        try:
            await to_thread(action, *arguments)
        except DraftError as error:
            self.amx.report_error(error, what="Keeping the draft")
            return False
        return True

    def _write(self, draft: PageDraft) -> None:
        drafts = self.workspace.pages.drafts
        if self._lock is None:
            self._lock = drafts.lock(draft)
        drafts.keep(draft)
        self._kept = draft

    async def on_unmount(self) -> None:
        """Keep what was typed where the app ends in mid-edit."""
        self._is_gone = True
        if self.amx.session.workspace is not None:
            await self.keep()
        if self._lock is not None:
            self._lock.release()

    # ---- the store -----------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Begin to watch what others save."""
        self._watching = self.set_interval(WATCH, self._watch_alone)

    def on_screen_suspend(self) -> None:
        """Be quiet behind another screen: whatever stirs here has that one drawn anew."""
        if self._watching is not None:
            self._watching.pause()

    def on_screen_resume(self) -> None:
        """Watch again."""
        if self._watching is not None:
            self._watching.resume()

    def _watch_alone(self) -> None:
        if self.amx.may_look:
            self._watch()

    def _watch(self) -> None:
        if self.is_current and not self.draft.is_new and not self._is_saving:
            self.look()

    @work(exclusive=True, group="editor.watch", exit_on_error=False)
    async def look(self) -> None:
        """Look whether somebody else saved; typing goes on meanwhile."""
        pages, page_id = self.workspace.pages, self.draft.page_id
        try:
            versions = await pages.versions(page_id)
            stored = Standing.of_version(versions[0]) if versions else None
            if stored is None or self.workspace.state.layout == "amx_cli":
                # Their own client keeps no version of what it saves.
                stored = Standing.of_page(await pages.get(page_id))
        except AmxError:
            # Said on the line for as long as it lasts; saving says more.
            stored = replace(self.standing, is_unreachable=True)
        self.standing = stored
        self.show_standing()

    @work(group="editor.save", exit_on_error=False)
    async def save(self, note: str = "") -> None:
        """Send the draft to the store; a stale one becomes a merge."""
        if self._is_saving:
            return
        self._is_saving = True
        try:
            await self.keep()
            if self.draft.save_id:
                await self._find_out(self.draft)
            draft = replace(self.typed(), note=note)
            change = PageMerge.saves(draft)
            # On disk with its id first, so that after a broken connection it can be found out what became of it.
            draft = replace(draft, save_id=change.save_id)
            async with self._order:
                await self._on_disk(self._write, draft)
                self.draft = draft
            await self._send(change)
        except AmxError as error:
            self.amx.report_error(error, what="Saving")
        finally:
            self._is_saving = False

    async def _send(self, change: PageChange | NewPage) -> None:
        pages = self.workspace.pages
        try:
            if isinstance(change, NewPage):
                page = await pages.create(change)
            else:
                page = await pages.save(change)
        except StaleVersionError as error:
            if not isinstance(error.current, Page):
                raise
            self.standing = Standing.of_page(error.current)
            self.show_standing()
            merge = PageMerge.begin(self.typed(), error.current)
            await self._on_disk(pages.drafts.keep_merge, self.draft.draft_id, merge.document())
            self.show_merge(merge)
            return
        except UnknownOutcomeError as error:
            self.amx.report_error(error, what="Saving")
            self.amx.say("Your text is kept here. ^s sends the same save again.", severity="warning")
            return
        await self.settle(change, page)

    async def _find_out(self, draft: PageDraft) -> None:
        """Find out what became of the last save, whose outcome nobody saw.

        What it stored is the base of what was typed since; where it stored nothing, it is as if it had not been sent.
        """
        pages, sent = self.workspace.pages, PageMerge.saves(draft)
        page: Page | None
        try:
            if isinstance(sent, NewPage):
                page = await pages.get(draft.page_id)
            else:
                page = await pages.outcome(sent)
        except (NotFoundError, StaleVersionError):
            page = None
        if page is not None:
            stored = await pages.version(draft.page_id, draft.base_version + 1)
            known = replace(
                sent,
                title=sent.title if stored.title is None else stored.title,
                body=stored.body,
                status=stored.status or sent.status,
            )
            await self.settle(known, page)
        else:
            self.draft = replace(self.draft, save_id="")

    async def settle(self, change: PageChange | NewPage, page: Page) -> None:
        """Let the draft go that the store has; what was typed meanwhile is a draft of what was stored."""
        async with self._order:
            drafts, rest = self.workspace.pages.drafts, None
            # Where the disk takes nothing, what was typed meanwhile is in the window alone, on top of what was stored.
            if await self._on_disk(self._write, self.typed()):
                rest = await to_thread(drafts.settle, self.draft.draft_id, change, page)
            if rest is None:
                self.draft = self._kept = replace(drafts.begin(page), draft_id=self.draft.draft_id)
                self._release()
            else:
                self.draft = self._kept = rest
        self.standing = Standing.of_page(page)
        self.show_standing()
        self.saved(page)

    async def discard(self) -> None:
        """Throw the draft away; it stays recoverable."""
        async with self._order:
            self._is_done = True
            drafts = self.workspace.pages.drafts
            if self.typed().is_changed:
                await to_thread(drafts.discard, self.typed())
            self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def _content(draft: PageDraft) -> tuple[str, str, str]:
    return draft.title, draft.body, draft.status
