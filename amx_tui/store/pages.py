"""The documentation pages of one store: read, made, and saved under optimistic concurrency, in both layouts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from amx_tui.domain.errors import (
    NotFoundError,
    QueryTimeoutError,
    ReadOnlyError,
    StoreError,
    UnknownOutcomeError,
)
from amx_tui.domain.identity import Identity
from amx_tui.domain.pages import (
    Direction,
    NewPage,
    Page,
    PageAsset,
    PageChange,
    PageCursor,
    PageFilter,
    PagePage,
    PageSource,
    PageVersion,
)
from amx_tui.domain.text import one_line
from amx_tui.store.notices import Notice, announce
from amx_tui.store.page_lists import read_page_list, select_candidates
from amx_tui.store.page_making import EDITING, SlugTakenError, attach, create_page, detach
from amx_tui.store.page_rows import read_page, read_version, select_page, select_versions
from amx_tui.store.page_saving import page_save, stale_error
from amx_tui.store.permissions import require_permission
from amx_tui.store.rows import text_of
from amx_tui.store.tables.types import storable
from amx_tui.store.versioned import save_versioned
from amx_tui.store.writing import WritingRepository

__all__ = ["PageRepository"]

_FOUND = 6
"""Pages that are named where a reference means several."""
_ATTEMPTS = 8


class PageRepository(WritingRepository):
    """The pages of one store."""

    # ---- Reading -------------------------------------------------------------------------------------------

    async def page(
        self,
        filter: PageFilter,
        *,
        cursor: PageCursor | None = None,
        direction: Direction = "forward",
        limit: int = 40,
        count: bool = False,
    ) -> PagePage:
        """Read a stretch of the list; one round trip.

        Args:
            filter: Which pages, in which order.
            cursor: The page that the stretch lies behind (or in front of, backward); None is the list's beginning
                (or its end, backward).
            direction: Which way to read; the stretch is in the list's order either way.
            limit: How many pages at most.
            count: Whether to count how many pages the filter lets through.
        """
        work = partial(
            read_page_list,
            tables=self._tables,
            wanted=filter,
            cursor=cursor,
            direction=direction,
            limit=limit,
            count=count,
        )
        return await self._database.run(work)

    async def resolve(self, reference: str) -> str:
        """Find the id of a page by its id, its slug, or a beginning of one of them that is its alone.

        Raises:
            NotFoundError: No page, or more than one, is meant; the hint lists candidates.
        """
        wanted = reference.strip()
        shown = one_line(wanted, 80)
        if not wanted:
            raise NotFoundError("No page was named.", hint="pages list shows the pages.")
        statement = select_candidates(self._tables, wanted, _FOUND)
        rows = await self._database.run(lambda connection: connection.execute(statement).all())
        exact = [row for row in rows if wanted in (row.id, row.slug)]
        living = [row for row in rows if row.status != "deleted"]
        for found in (exact[:1], rows, living):
            if len(found) == 1:
                return str(found[0].id)
        if not rows:
            raise NotFoundError(f"There is no page {shown}.", hint="pages list shows the pages.")
        names = ", ".join(one_line(row.slug, 60) for row in rows[: _FOUND - 1])
        more = ", …" if len(rows) == _FOUND else ""
        raise NotFoundError(f"Several pages begin with {shown}.", hint=f"Did you mean: {names}{more}")

    async def get(self, page_id: str) -> Page:
        """Read a page with what is attached to it; one round trip.

        Raises:
            NotFoundError: There is no such page.
        """
        page = await self._database.run(partial(self._find, page_id))
        if page is None:
            raise NotFoundError(
                f"There is no page {one_line(page_id, 80)}.", hint="pages list shows the pages."
            )
        return page

    def _find(self, page_id: str, connection: sa.Connection) -> Page | None:
        return read_page(connection.execute(select_page(self._tables, page_id)).mappings())

    async def versions(
        self, page_id: str, numbers: Sequence[int] | None = None, *, with_bodies: bool = False
    ) -> tuple[PageVersion, ...]:
        """Read the saved states of a page, the newest first; one round trip.

        The present state is among them even where no version row was written for it, as by amx-cli.

        Args:
            numbers: Which ones; None for all.
            with_bodies: Whether to read the texts too; without them the versions say that they are cut.
        """
        statement = select_versions(self._tables, page_id, numbers=numbers, with_bodies=with_bodies)

        def read(connection: sa.Connection) -> list[PageVersion]:
            rows = connection.execute(statement).mappings()
            return [read_version(row, is_cut=not with_bodies) for row in rows]

        found = await self._database.run(read)
        return tuple(sorted(found, key=lambda version: -version.version))

    # ---- Saving --------------------------------------------------------------------------------------------

    async def save(
        self, change: PageChange, *, identity: Identity, over: PageVersion | Page | None = None
    ) -> Page:
        """Store a page's next version, if the stored one is still the expected one.

        A save that was stored before under the same `save_id`, because its outcome had not been seen, is found and
        counts as stored. On PostgreSQL a save that wins is one round trip, a refused one two.

        Args:
            change: What the version holds, and what it is based on.
            identity: Who saves; has to be a writer or admin of the store at this moment.
            over: What somebody else had saved and this save overwrites by choice; it stays as a version, and the
                audit trail says so.

        Raises:
            StaleVersionError: Somebody else was first; carries the `Page` as it is now.
            NotFoundError: The page is not there any more.
            RoleError: The member may not edit.
            ReadOnlyError: The store is open for reading only.
            UnknownOutcomeError: The connection broke, and nobody can say whether it was stored.
        """
        self._require_writable()
        change = replace(
            change, title=storable(change.title), body=storable(change.body), note=storable(change.note)
        )
        now = self._now()
        save = page_save(self._tables, change, identity, now, over)
        try:
            is_stored = await save_versioned(self._database, self._tables, save, identity)
        except UnknownOutcomeError as unknown:
            try:
                found = await self.outcome(change, identity=identity)
            except StoreError:
                found = None  # the host cannot even be asked
            if found is None:
                raise unknown from None
            return found
        if is_stored:
            return await self._as_saved(change, identity, now)
        current, is_ours = await self._look(change, identity)
        if current is None:
            raise NotFoundError("The page is not there any more.", hint="pages list shows the pages.")
        if is_ours:
            return current
        raise stale_error(current, change)

    async def outcome(self, change: PageChange, *, identity: Identity) -> Page | None:
        """Find out what became of a save whose outcome nobody saw.

        Returns:
            The page as it is now where the save was stored, None where it was not, or not yet: it may still be on
            its way. Sending it again is safe, for it is stored once at most.

        Raises:
            StaleVersionError: It was not stored and never will be, since somebody else was first.
        """
        current, is_ours = await self._look(change, identity)
        if current is None or is_ours:
            return current
        if current.version == change.expected:
            return None
        raise stale_error(current, change)

    async def _look(self, change: PageChange, identity: Identity) -> tuple[Page | None, bool]:
        """Read a page as it is now, and say whether the version behind the expected one is this save's."""
        statement = select_page(self._tables, change.page_id, state=change.expected + 1)
        rows = await self._database.run(lambda connection: connection.execute(statement).mappings().all())
        current = read_page(rows)
        state = next((row for row in rows if row["part"] == "state"), None)
        if current is None or state is None:
            return current, False
        if self._tables.layout == "document":
            return current, text_of(state["title"]) == change.save_id
        # There is no place for an id of the save; the same text by the same member is as good as that.
        is_same = (text_of(state["created_by"]), text_of(state["markdown_body"])) == (
            identity.username,
            change.body,
        )
        is_moved = current.version != change.expected + 1
        return current, is_same and (
            is_moved or (current.title, current.status) == (change.title, change.status)
        )

    async def _as_saved(self, change: PageChange, identity: Identity, now: datetime) -> Page:
        """The page as this save has left it."""
        base = change.base
        if base is None or (base.page_id, base.version) != (change.page_id, change.expected):
            base = await self.get(change.page_id)
        return replace(
            base,
            title=change.title,
            body=change.body,
            status=change.status,
            version=change.expected + 1,
            updated_at=now,
            updated_by=identity.username,
        )

    # ---- Making and attaching ------------------------------------------------------------------------------

    async def create(self, new: NewPage, *, identity: Identity, client_version: str = "") -> Page:
        """Make a page, with its first version; the slug is made of the title, and numbered where it is taken.

        Raises:
            RoleError: The member may not edit.
            ReadOnlyError: The store is open for reading only.
            UnknownOutcomeError: The connection broke, and nobody can say whether it was made; making the same page
                again is safe.
        """
        self._require_writable()
        new = replace(new, title=storable(new.title), body=storable(new.body), note=storable(new.note))
        now = self._now()
        for attempt in range(_ATTEMPTS):
            work = partial(create_page, self._tables, new, identity, now, client_version, attempt)
            try:
                await self._database.run(work, write=True)
            except SlugTakenError:
                continue
            except (UnknownOutcomeError, QueryTimeoutError) as error:
                try:
                    found = await self._database.run(partial(self._find, new.page_id))
                except StoreError:
                    found = None
                if found is None:
                    raise UnknownOutcomeError(error.message, hint=error.hint) from error
                return found
            return await self.get(new.page_id)
        raise StoreError("Others make pages of the same title at this moment.", hint="Try again.")

    async def attach(
        self,
        page_id: str,
        *,
        assets: Sequence[PageAsset] = (),
        sources: Sequence[PageSource] = (),
        identity: Identity,
    ) -> Page:
        """Attach assets and sources to a page; what is attached already stays as it is. Makes no version.

        Raises:
            NotFoundError: The page is not there.
            RoleError: The member may not edit.
            ReadOnlyError: The store is open for reading only.
        """
        return await self._attaching(
            page_id, identity, partial(attach, self._tables, page_id, assets, sources, self._now())
        )

    async def detach(
        self,
        page_id: str,
        *,
        assets: Sequence[PageAsset] = (),
        sources: Sequence[PageSource] = (),
        identity: Identity,
    ) -> Page:
        """Detach assets and sources from a page; what is not attached needs no detaching. Makes no version.

        Raises:
            NotFoundError: The page is not there.
            RoleError: The member may not edit.
            ReadOnlyError: The store is open for reading only.
        """
        return await self._attaching(
            page_id, identity, partial(detach, self._tables, page_id, assets, sources)
        )

    async def _attaching(
        self, page_id: str, identity: Identity, change: Callable[[sa.Connection], None]
    ) -> Page:
        self._require_writable()

        def work(connection: sa.Connection) -> Page | None:
            require_permission(connection, self._tables, identity, "edit", doing=EDITING)
            change(connection)
            page = self._find(page_id, connection)
            if page is not None:
                announce(connection, self._tables, Notice("page", page_id, page.version, identity.username))
            return page

        page = await self._database.run(work, write=True)
        if page is None:
            raise NotFoundError("The page is not there any more.", hint="pages list shows the pages.")
        return page

    def _require_writable(self) -> None:
        if self._read_only_reason:
            raise ReadOnlyError(self._read_only_reason)
