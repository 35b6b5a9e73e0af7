"""Documentation pages: read, searched, written together, and never lost."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from amx_tui import __version__
from amx_tui.domain.blame import BlamedLine, blame
from amx_tui.domain.errors import NotFoundError, UsageError
from amx_tui.domain.pages import (
    TITLE_LENGTH,
    Direction,
    NewPage,
    Page,
    PageAsset,
    PageChange,
    PageCursor,
    PageFilter,
    PagePage,
    PageSource,
    PageStatus,
    PageVersion,
)
from amx_tui.services.page_assets import page_asset
from amx_tui.services.rights import reason_against

if TYPE_CHECKING:
    from amx_tui.drafts.pages import PageDrafts
    from amx_tui.services.workspace import Workspace

__all__ = ["Pages"]

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


class Pages:
    """The pages of the store that the workspace has open.

    Whatever is saved names the version that it is based on; `PageChange.of(page)` does so for a page that was read.
    Every method raises `StoreError` where the store does not answer, or where none is open.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def reason_against(self) -> str:
        """Say why this member cannot edit here, as far as is known without asking the store; empty if it may."""
        return reason_against(self._workspace, "edit", doing="editing pages")

    # ---- Reading -------------------------------------------------------------------------------------------

    async def list(
        self,
        filter: PageFilter = PageFilter(),  # noqa: B008 - it is frozen
        *,
        cursor: PageCursor | None = None,
        direction: Direction = "forward",
        limit: int = 40,
        count: bool = False,
    ) -> PagePage:
        """Read a stretch of the list of pages; see `PageRepository.page`."""
        return await self._workspace.store.pages.page(
            filter, cursor=cursor, direction=direction, limit=limit, count=count
        )

    async def search(self, text: str, *, limit: int = 40) -> PagePage:
        """Find pages with `text` in title or body, in any case; each with the text around the first place."""
        return await self.list(PageFilter(text=text), limit=limit)

    async def get(self, reference: str) -> Page:
        """Read a page in full.

        Args:
            reference: The page's id, its slug, or a beginning of one of them that is its alone.

        Raises:
            NotFoundError: No page, or more than one, is meant; the hint lists candidates.
        """
        pages = self._workspace.store.pages
        if _UUID.match(reference):
            # A page that was picked from a list, the usual case, is one round trip so.
            return await pages.get(reference)
        return await pages.get(await pages.resolve(reference))

    async def asset_names(self) -> tuple[str, ...]:
        """Read the names of assets that can be completed: the catalog's, and what the newest runs described."""
        return await self._workspace.store.asset_names.list()

    async def versions(self, page_id: str, *, with_bodies: bool = False) -> tuple[PageVersion, ...]:
        """Read the saved states of a page, the newest first; without their texts unless these are asked for."""
        return await self._workspace.store.pages.versions(page_id, with_bodies=with_bodies)

    async def version(self, page_id: str, number: int) -> PageVersion:
        """Read one saved state of a page with its text.

        Raises:
            NotFoundError: Nobody kept it, or there never was one.
        """
        return (await self.version_pair(page_id, number, number))[0]

    async def version_pair(self, page_id: str, first: int, second: int) -> tuple[PageVersion, PageVersion]:
        """Read two saved states of a page with their texts, in one round trip.

        Raises:
            NotFoundError: Nobody kept one of them, or there never was such a one.
        """
        found = await self._workspace.store.pages.versions(page_id, sorted({first, second}), with_bodies=True)
        by_number = {version.version: version for version in found}
        for number in (first, second):
            if number not in by_number:
                raise NotFoundError(
                    f"There is no version {number} of this page.",
                    hint="pages versions lists those that were kept.",
                )
        return by_number[first], by_number[second]

    async def blame(self, page_id: str) -> tuple[BlamedLine[PageVersion], ...]:
        """Find out which version each line of a page came with; the versions come without their texts."""
        found = await self._workspace.store.pages.versions(page_id, with_bodies=True)
        texts = [(replace(version, body="", is_cut=True), version.body) for version in reversed(found)]
        return await asyncio.to_thread(blame, texts)

    # ---- Saving --------------------------------------------------------------------------------------------

    async def save(self, change: PageChange) -> Page:
        """Store a page's next version, if the stored one is still the expected one; one round trip on PostgreSQL.

        Raises:
            StaleVersionError: Somebody else was first; carries the `Page` as it is now.
            NotFoundError: The page is not there any more.
            RoleError: The member may not edit.
            UnknownOutcomeError: Nobody can say whether it was stored; the same change may be sent again.
            UsageError: The title is empty or too long.
        """
        _check_title(change.title)
        return await self._workspace.store.pages.save(change, identity=self._workspace.identity)

    async def overwrite(self, change: PageChange, *, over: Page) -> Page:
        """Store a page's next version on top of what somebody else saved, which stays as a version.

        The audit trail says so, in the same transaction.

        Args:
            change: What to store; what it was based on does not matter any more.
            over: The page as the person saw it who chose to overwrite it.

        Raises:
            StaleVersionError: It moved again; nothing was overwritten that nobody had seen.
            RoleError: The member may not edit.
            UnknownOutcomeError: Nobody can say whether it was stored.
        """
        _check_title(change.title)
        forced = change if change.expected == over.version else change.on_top_of(over)
        return await self._workspace.store.pages.save(forced, identity=self._workspace.identity, over=over)

    async def outcome(self, change: PageChange) -> Page | None:
        """Find out what became of a save whose outcome nobody saw; None where it was not stored, or not yet.

        Raises:
            StaleVersionError: It was not stored and never will be, since somebody else was first.
        """
        return await self._workspace.store.pages.outcome(change, identity=self._workspace.identity)

    async def create(self, new: NewPage) -> Page:
        """Make a page, with its first version.

        Raises:
            RoleError: The member may not edit.
            UnknownOutcomeError: Nobody can say whether it was made; the same page may be sent again.
            UsageError: The title is empty or too long.
        """
        _check_title(new.title)
        return await self._workspace.store.pages.create(
            new, identity=self._workspace.identity, client_version=__version__
        )

    async def rename(self, page: Page, title: str, *, note: str = "") -> Page:
        """Give a page another title; its slug, which others may have written down, stays.

        Raises:
            StaleVersionError: The page is not any more as it was read.
        """
        return await self.save(PageChange.of(page, title=title, note=note or "renamed"))

    async def publish(self, page: Page) -> Page:
        """Publish a draft; see `save`."""
        return await self._with_status(page, "published", "published")

    async def unpublish(self, page: Page) -> Page:
        """Make a published page a draft again; see `save`."""
        return await self._with_status(page, "draft", "made a draft again")

    async def delete(self, page: Page) -> Page:
        """Delete a page, which `undelete` takes back; see `save`."""
        return await self._with_status(page, "deleted", "deleted")

    async def undelete(self, page: Page) -> Page:
        """Take a deletion back: the page has again the status that it had, or is a draft where nobody knows.

        Raises:
            UsageError: The page is not deleted.
            StaleVersionError: The page is not any more as it was read.
        """
        if not page.is_deleted:
            raise UsageError(
                "The page is not deleted.", hint="pages restore PAGE --to N brings an old text back."
            )
        before = (
            version.status
            for version in await self.versions(page.page_id)
            if version.status and version.status != "deleted"
        )
        status: PageStatus = "published" if next(before, "") == "published" else "draft"
        return await self._with_status(page, status, "taken back")

    async def restore(self, page: Page, number: int, *, note: str = "") -> Page:
        """Make an old version's text the newest one; everything in between stays as versions.

        Raises:
            NotFoundError: There is no such version.
            StaleVersionError: The page is not any more as it was read.
        """
        old = await self.version(page.page_id, number)
        status = "draft" if page.is_deleted else None
        change = PageChange.of(
            page, title=old.title, body=old.body, status=status, note=note or f"version {number} restored"
        )
        return await self.save(change)

    async def _with_status(self, page: Page, status: PageStatus, note: str) -> Page:
        return await self.save(PageChange.of(page, status=status, note=note))

    # ---- What belongs to a page ----------------------------------------------------------------------------

    def asset(self, db_profile: str, name: str) -> PageAsset:
        """Write an asset as the open store refers to it.

        Args:
            db_profile: The profile of the page to which it is to be attached.
            name: The asset's qualified name, with one to three parts.

        Raises:
            UsageError: It has none, or more; or the store's other readers could not read it.
        """
        return page_asset(self._workspace.config, self._workspace.state.layout, db_profile, name)

    async def attach(
        self, page: Page, *, assets: Sequence[PageAsset] = (), sources: Sequence[PageSource] = ()
    ) -> Page:
        """Attach assets and sources; what is attached already stays. Makes no version, so nobody is in the way.

        Raises:
            RoleError: The member may not edit.
            NotFoundError: The page is not there any more.
        """
        return await self._workspace.store.pages.attach(
            page.page_id, assets=assets, sources=sources, identity=self._workspace.identity
        )

    async def detach(
        self, page: Page, *, assets: Sequence[PageAsset] = (), sources: Sequence[PageSource] = ()
    ) -> Page:
        """Detach assets and sources. Makes no version.

        Raises:
            RoleError: The member may not edit.
            NotFoundError: The page is not there any more.
        """
        return await self._workspace.store.pages.detach(
            page.page_id, assets=assets, sources=sources, identity=self._workspace.identity
        )

    def export(self, page: Page, format: str = "md") -> str:
        """Write a page as a document of its own: `md` with front matter, or `html` without anything active.

        Raises:
            UsageError: There is no such format.
        """
        if format not in ("md", "html"):
            raise UsageError(f"A page cannot be written as {format}.", hint="md or html.")
        from amx_tui.export.page import page_html, page_markdown

        return page_html(page) if format == "html" else page_markdown(page)

    @property
    def drafts(self) -> PageDrafts:
        """The drafts of this member in the open store. Its methods block."""
        from amx_tui.drafts.pages import PageDrafts

        state = self._workspace.state
        place = f"{'shared' if state.kind == 'shared' else 'local'} {state.label}"
        return PageDrafts(self._workspace.home, place, str(self._workspace.identity))


def _check_title(title: str) -> None:
    if not title.strip():
        raise UsageError("A page needs a title.")
    if len(title) > TITLE_LENGTH:
        raise UsageError(f"The title has {len(title)} characters; {TITLE_LENGTH} fit.")
