"""How often a distant server is asked when pages are saved, what listeners are told, and what a lost answer means."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from amx_tui.domain.errors import RoleError, StaleVersionError, UnknownOutcomeError, UnreachableError
from amx_tui.domain.identity import Identity
from amx_tui.domain.pages import NewPage, Page, PageChange, PageFilter
from amx_tui.store import execution
from amx_tui.store.database import Database
from amx_tui.store.notices import channel
from amx_tui.store.pages import PageRepository
from amx_tui.store.tables import Layout
from tests.proxy import DelayingProxy
from tests.servers import HostServer, PostgresHost
from tests.store.hosts import connected
from tests.store.paging import ALICE, BOB, CAROL, LAYOUTS, PageStore, page_store

Opener = Callable[..., DelayingProxy]
layouts = pytest.mark.parametrize("layout", LAYOUTS)


def _behind(host: HostServer, open_proxy: Opener) -> DelayingProxy:
    """Put a proxy before the host, for whoever connects from now on."""
    proxy = open_proxy(host.address)
    values = {"host": proxy.host, "port": proxy.port}
    host.values = host.values | values | ({"ssl_disabled": True} if host.backend == "mysql" else {})
    return proxy


def _over(database: Database, store: PageStore) -> PageRepository:
    return PageRepository(database, store.tables)


async def _read(pages: PageRepository, page_id: str) -> Page:
    """Read a page, which also connects."""
    return await pages.get(page_id)


@layouts
@pytest.mark.postgresql
async def test_a_winning_save_is_one_round_trip_and_a_refused_one_two(
    postgres_host: PostgresHost, open_proxy: Opener, layout: Layout
) -> None:
    """Role, version, version row, audit and notification travel together; the current row comes with the second."""
    async with page_store(postgres_host, layout) as store:
        page = await store.make()
        proxy = _behind(postgres_host, open_proxy)
        async with connected(postgres_host) as database:
            pages = _over(database, store)
            read = await _read(pages, page.page_id)
            proxy.reset_counts()
            saved = await pages.save(PageChange.of(read, body="Two.\n"), identity=BOB)
            assert proxy.round_trips == 1
            with pytest.raises(StaleVersionError):
                await pages.save(PageChange.of(read, body="Stale.\n"), identity=ALICE)
            assert proxy.round_trips == 3
            await pages.save(PageChange.of(saved, body="Forced.\n"), identity=ALICE, over=saved)
            assert proxy.round_trips == 4
            with pytest.raises(RoleError, match="viewer"):
                await pages.save(PageChange.of(read, body="No.\n"), identity=CAROL)
            await pages.get(page.page_id)
            before = proxy.round_trips
            await pages.page(PageFilter(), count=True)
            assert proxy.round_trips == before + 1
        assert len(await store.pages.versions(page.page_id)) == 3


@layouts
@pytest.mark.postgresql
async def test_a_save_tells_those_who_listen_once_it_is_committed(
    postgres_host: PostgresHost, layout: Layout
) -> None:
    """One notice a save that won, none for a refused one: no part of the statement is left out by the planner."""
    async with page_store(postgres_host, layout) as store:
        with psycopg.connect(postgres_host.url, autocommit=True) as listener:
            listener.execute(f'LISTEN "{channel(store.tables)}"')
            page = await store.make()
            saved = await store.pages.save(PageChange.of(page, body="Two.\n"), identity=BOB)
            with pytest.raises(StaleVersionError):
                await store.pages.save(PageChange.of(page, body="x"), identity=ALICE)
            with pytest.raises(RoleError):
                await store.pages.save(PageChange.of(saved, body="x"), identity=CAROL)
            await store.pages.save(PageChange.of(saved, body="Three.\n"), identity=ALICE)
            told = [json.loads(notice.payload) for notice in listener.notifies(timeout=5, stop_after=3)]
        assert [(each["kind"], each["id"], each["version"], each["who"]) for each in told] == [
            ("page", page.page_id, 1, "bob"),
            ("page", page.page_id, 2, "bob"),
            ("page", page.page_id, 3, ALICE.username),
        ]


class _Deaf(Database):
    """A database that does what it is told and then loses its answer: the connection broke too late."""

    def __init__(self, inner: Database, *, before: bool, is_gone: bool = False) -> None:
        self._inner = inner
        self._before = before
        self._is_gone = is_gone
        self.backend_name = inner.backend_name

    async def run(self, work: Callable[[Any], Any], **options: Any) -> Any:
        is_write = options.get("write") or options.get("single")
        if is_write and self._before:
            raise UnknownOutcomeError("The connection broke while it was saved.")
        answer = await self._inner.run(work, **options)
        if is_write:
            raise UnknownOutcomeError("The connection broke while it was saved.")
        if self._is_gone:
            raise UnreachableError("The host does not answer.")
        return answer


@layouts
async def test_a_save_whose_answer_was_lost_is_looked_for(host: HostServer, layout: Layout) -> None:
    """Stored: it is told so. Not stored, or not yet: nobody claims to know. Overtaken: it is stale."""
    async with page_store(host, layout) as store:
        page = await store.make()
        stored = PageRepository(_Deaf(store.database, before=False), store.tables)
        change = PageChange.of(page, body="Two.\n")
        saved = await stored.save(change, identity=BOB)
        assert (saved.version, saved.body) == (2, "Two.\n")
        lost = PageRepository(_Deaf(store.database, before=True), store.tables)
        with pytest.raises(UnknownOutcomeError):
            await lost.save(PageChange.of(saved, body="Three.\n"), identity=BOB)
        assert (await store.pages.get(page.page_id)).version == 2
        gone = PageRepository(_Deaf(store.database, before=False, is_gone=True), store.tables)
        third = PageChange.of(saved, body="Three.\n")
        with pytest.raises(UnknownOutcomeError):
            await gone.save(third, identity=BOB)
        assert (await store.pages.save(third, identity=BOB)).version == 3
        new = NewPage("New")
        for repository in (lost, gone):
            with pytest.raises(UnknownOutcomeError):
                await repository.create(new, identity=BOB)
        assert (await stored.create(new, identity=BOB)).page_id == new.page_id
        with pytest.raises(StaleVersionError):
            await lost.save(PageChange.of(page, body="Late.\n"), identity=ALICE)
        assert [version.version for version in await store.pages.versions(page.page_id)] == [3, 2, 1]


@pytest.mark.parametrize(
    "fixture",
    [
        pytest.param("postgres_host", marks=pytest.mark.postgresql),
        pytest.param("mysql_host", marks=pytest.mark.mysql),
    ],
)
async def test_a_save_over_a_line_that_is_cut_is_stored_once_or_not_at_all(
    fixture: str, request: pytest.FixtureRequest, open_proxy: Opener
) -> None:
    """Cut at any moment and sent again until it is known: in the end there is exactly that one version more."""
    host: HostServer = request.getfixturevalue(fixture)
    async with page_store(host, "document") as store:
        page = await store.make()
        proxy = _behind(host, open_proxy)
        async with connected(host) as database:
            pages = _over(database, store)
            for number in range(2, 10):
                await _read(pages, page.page_id)
                change = PageChange.of(page, body=f"text {number}\n")
                proxy.delay = 0.002
                saving = asyncio.create_task(pages.save(change, identity=BOB))
                for _ in range(number * 3):
                    await asyncio.sleep(0)
                await asyncio.to_thread(proxy.cut)
                try:
                    page = await saving
                except Exception:  # noqa: BLE001 - whatever the cut led to, the outcome is looked for
                    page = await pages.save(change, identity=BOB)
                assert (page.version, page.body) == (number, f"text {number}\n")
        versions = await store.pages.versions(page.page_id)
        assert [version.version for version in versions] == list(range(9, 0, -1))


@pytest.mark.postgresql
@pytest.mark.parametrize("has_rested", [False, True])
async def test_a_save_is_not_sent_over_a_connection_that_died_while_it_was_idle(
    postgres_host: PostgresHost, open_proxy: Opener, monkeypatch: pytest.MonkeyPatch, has_rested: bool
) -> None:
    """Its end has come already, or it was idle for so long that it is asked first: nobody is left in doubt."""
    async with page_store(postgres_host, "document") as store:
        page = await store.make()
        proxy = _behind(postgres_host, open_proxy)
        async with connected(postgres_host) as database:
            pages = _over(database, store)
            page = await _read(pages, page.page_id)
            if has_rested:
                # The network forgot the connection, and told nobody.
                monkeypatch.setattr(execution, "_has_news", lambda _: False)
                monkeypatch.setattr(execution, "_RESTED_SECONDS", -1.0)
            await asyncio.to_thread(proxy.cut)
            saved = await pages.save(PageChange.of(page, body="Two.\n"), identity=BOB)
            assert saved.version == 2
            assert proxy.connections == 2


@pytest.mark.postgresql
async def test_a_member_of_another_store_in_the_same_database_is_nobody(postgres_host: PostgresHost) -> None:
    """The name alone is not enough: host and schema count."""
    async with page_store(postgres_host, "document") as store:
        page = await store.make()
        with pytest.raises(RoleError, match="no member"):
            await store.pages.save(PageChange.of(page, body="x"), identity=Identity("bob", "bob-mac2"))
