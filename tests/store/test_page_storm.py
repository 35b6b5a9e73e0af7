"""Clients who edit the same pages over lines that are cut, and who are gone in the middle: nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest

from amx_tui.domain.identity import Identity
from amx_tui.store.pages import PageRepository
from tests.proxy import DelayingProxy
from tests.servers import HostServer
from tests.store.hosts import connected
from tests.store.paging import PageStore, add_member, page_store
from tests.storm.client import Client, Log, read_logs
from tests.storm.evidence import gather
from tests.storm.record import faults

_CLIENTS, _PAGES, _EDITS = 8, 2, 6


@pytest.mark.parametrize(
    "fixture",
    [
        pytest.param("postgres_host", marks=pytest.mark.postgresql),
        pytest.param("mysql_host", marks=pytest.mark.mysql),
    ],
)
async def test_a_small_storm_loses_nothing(
    fixture: str, request: pytest.FixtureRequest, open_proxy: Callable[..., DelayingProxy], tmp_path: Path
) -> None:
    """Every acknowledged save is a version, none is missing or doubled, no word went but by choice.

    `benchmarks/page_storm.py` is the same with fifty clients in processes that are killed, for a minute.
    """
    host: HostServer = request.getfixturevalue(fixture)
    async with page_store(host, "document") as store:
        page_ids = [
            (await store.make(f"Page {number}", "A first line.\n")).page_id for number in range(_PAGES)
        ]
        identities = [Identity(f"member-{number}", "host") for number in range(_CLIENTS)]
        for identity in identities:
            await store.execute(add_member(identity, "writer", store.tables))
        proxy = open_proxy(host.address)
        host.values = host.values | {"host": proxy.host, "port": proxy.port}
        if host.backend == "mysql":
            host.values["ssl_disabled"] = True
        done = asyncio.Semaphore(0)

        async def run(number: int) -> None:
            """A client that is gone after its edits; every other one is broken off in the middle of one more."""
            log = Log(tmp_path / f"{number}.log")
            async with AsyncExitStack() as stack:
                stack.callback(log.close)
                database = await stack.enter_async_context(connected(host))
                pages = PageRepository(database, store.tables)
                client = Client(str(number), pages, identities[number], page_ids, log, number)
                for _ in range(_EDITS):
                    await client.edit_once()
                    done.release()
                if number % 2:
                    going = asyncio.create_task(client.edit_once())
                    for _ in range(number * 5):
                        await asyncio.sleep(0)
                    going.cancel()
                    with suppress(asyncio.CancelledError):
                        await going

        async with asyncio.TaskGroup() as clients:
            for number in range(_CLIENTS):
                clients.create_task(run(number))
            for edits in range(_CLIENTS * _EDITS):
                await done.acquire()
                if edits % 6 == 5:
                    await asyncio.to_thread(proxy.cut)
        await _check(store, tmp_path)


async def _check(store: PageStore, folder: Path) -> None:
    sent, acknowledged, counts = read_logs(sorted(folder.glob("*.log")))
    record = await gather(store.database, store.tables, sent, acknowledged)
    assert faults(record) == []
    assert len(acknowledged) >= _CLIENTS * _EDITS
    assert counts.get("stale"), "nobody was ever in the way of anybody, so that nothing was tried"
