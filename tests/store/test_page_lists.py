"""Lists of pages: paged by key, filtered, searched, and their versions; both layouts, all backends."""

from __future__ import annotations

import pytest

from amx_tui.domain.pages import PageChange, PageCursor, PageFilter
from amx_tui.store.pages import PageRepository
from amx_tui.store.tables import Layout
from tests.servers import HostServer
from tests.store.paging import ALICE, BOB, LAYOUTS, PageStore, page_store

pytestmark = pytest.mark.parametrize("layout", LAYOUTS)


async def _titles(pages: PageRepository, wanted: PageFilter, *, backward: bool = False) -> list[str]:
    """Read a whole list, two rows at a time."""
    found: list[str] = []
    cursor: PageCursor | None = None
    while True:
        page = await pages.page(
            wanted, cursor=cursor, direction="backward" if backward else "forward", limit=2, count=True
        )
        titles = [each.title for each in page.pages]
        found = titles + found if backward else found + titles
        has_more, has_less = (
            (page.has_before, page.has_after) if backward else (page.has_after, page.has_before)
        )
        assert has_less == (cursor is not None)
        if not has_more:
            assert page.total == len(found)
            return found
        cursor = PageCursor.of(page.pages[0 if backward else -1])


async def _filled(store: PageStore) -> None:
    for title, body in (
        ("Customers", "Who buys.\n"),
        ("Orders", "What they buy: 100% of it_all.\n"),
        ("Ärzte", "Größe des Teams.\n"),
        ("alpha", f"{'Much text. ' * 100}The NEEDLE is here. {'More. ' * 100}"),
        ("Gone", "Nothing.\n"),
    ):
        page = await store.make(title, body)
        if title == "Gone":
            await store.pages.save(PageChange.of(page, status="deleted"), identity=BOB)
        if title == "Customers":
            await store.pages.save(PageChange.of(page, status="published"), identity=ALICE)


async def test_pages_are_listed_by_key_in_any_order_and_direction(host: HostServer, layout: Layout) -> None:
    """The newest first, or by title; each once, whichever way the list is walked."""
    async with page_store(host, layout) as store:
        await _filled(store)
        newest = ["alpha", "Ärzte", "Orders", "Customers"]
        by_title = ["Customers", "Orders", "alpha", "Ärzte"]
        for backward in (False, True):
            assert await _titles(store.pages, PageFilter(), backward=backward) == newest
            oldest = PageFilter(descending=False)
            assert await _titles(store.pages, oldest, backward=backward) == newest[::-1]
            titled = PageFilter(sort="title", descending=False)
            assert await _titles(store.pages, titled, backward=backward) == by_title


async def test_pages_are_filtered_and_found(host: HostServer, layout: Layout) -> None:
    """By status, member and text in title or body, in any case, with what is around it."""
    async with page_store(host, layout) as store:
        await _filled(store)

        async def found(**wanted: object) -> list[str]:
            return sorted(await _titles(store.pages, PageFilter(**wanted)))  # type: ignore[arg-type]

        assert await found(status="deleted") == ["Gone"]
        assert len(await found(status="all")) == 5
        assert await found(status="published") == ["Customers"]
        assert await found(who=ALICE.username) == ["Customers"]
        assert await found(text="ORDERS") == ["Orders"]
        assert await found(text="100%") == ["Orders"]
        assert await found(text="it_all") == ["Orders"]
        assert await found(text="größe") == ["Ärzte"]
        assert await found(text="nothing like it") == []
        (row,) = (await store.pages.page(PageFilter(text="needle"))).pages
        assert "The NEEDLE is here." in row.excerpt
        assert len(row.excerpt) <= 200
        assert row.size > 1_000
        (row,) = (await store.pages.page(PageFilter(text="rzte"))).pages
        assert row.excerpt == ""


async def test_a_list_says_who_saved_last_and_which_version(host: HostServer, layout: Layout) -> None:
    """The row of a page that ALICE published after BOB had made it."""
    async with page_store(host, layout) as store:
        await _filled(store)
        (row,) = (await store.pages.page(PageFilter(text="Customers"))).pages
        page = await store.pages.get(row.page_id)
        assert (row.version, row.status, row.updated_by, row.created_by) == (
            2,
            "published",
            ALICE.username,
            "bob",
        )
        assert (row.slug, row.updated_at, row.size) == (page.slug, page.updated_at, len(page.body.encode()))


async def test_a_page_changed_while_its_list_is_read_is_neither_lost_nor_in_the_way(
    host: HostServer, layout: Layout
) -> None:
    """The cursor is a place in the order, not a row: it holds when its row moves to the front."""
    async with page_store(host, layout) as store:
        await _filled(store)
        first = await store.pages.page(PageFilter(), limit=2)
        cursor = PageCursor.of(first.pages[-1])
        moved = await store.pages.get(first.pages[-1].page_id)
        await store.pages.save(PageChange.of(moved, body="changed"), identity=BOB)
        rest = await store.pages.page(PageFilter(), cursor=cursor)
        assert [page.title for page in rest.pages] == ["Orders", "Customers"]


async def test_versions_are_listed_without_their_texts_and_read_with_them(
    host: HostServer, layout: Layout
) -> None:
    """A long history is cheap to list; one version, or two, are read whole."""
    async with page_store(host, layout) as store:
        page = await store.make()
        for number in range(2, 6):
            page = await store.pages.save(PageChange.of(page, body=f"text {number}"), identity=BOB)
        listed = await store.pages.versions(page.page_id)
        assert [version.version for version in listed] == [5, 4, 3, 2, 1]
        assert all(version.is_cut and not version.body for version in listed)
        pair = await store.pages.versions(page.page_id, [2, 4], with_bodies=True)
        assert [(version.version, version.body) for version in pair] == [(4, "text 4"), (2, "text 2")]
        assert await store.pages.versions("nothing") == ()
