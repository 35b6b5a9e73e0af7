"""Watching a store, without a screen: it ends when it is told to, and a host with few connections has room for all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, suppress

import pytest

from amx_tui.domain.notices import Notice
from amx_tui.domain.pages import NewPage
from amx_tui.services import live as live_service
from amx_tui.services.live import Live
from amx_tui.services.workspace import Workspace
from amx_tui.store.live import LiveRepository
from tests.servers import HostServer, PostgresHost
from tests.services.conftest import Machine

PATIENCE = 60.0
TEAM = 6
CONNECTIONS = 9
"""Fewer than a listener and a pooled connection for each of the team."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everything that happens every few seconds happen soon, and hear this process like another one."""
    for name in ("LOOK_EVERY", "LOOK_SELDOM", "BEAT_EVERY", "BRIEFLY", "RETRY_AFTER"):
        monkeypatch.setattr(live_service, name, getattr(live_service, name) / 5)
    monkeypatch.setattr(live_service, "PROCESS", "another")


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def watching(workspace: Workspace, heard: list[Notice]) -> asyncio.Task[None]:
    """Watch a workspace's store."""
    live = Live(workspace, on_changes=heard.extend, on_presence=lambda others: None)
    return asyncio.create_task(live.run(), name="amx-live")


async def ended(task: asyncio.Task[None]) -> None:
    """Cancel the watching, once, and wait for its end."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        async with asyncio.timeout(PATIENCE):
            await task


async def joined(machine: Machine, who: str, host: PostgresHost) -> Workspace:
    """Open the store of the host, made by whoever comes first."""
    workspace = await machine(who, host)
    await workspace.history_store.enable(await workspace.history_store.plan("prod", host.schema))
    return workspace


async def test_the_watching_ends_when_it_is_told_to(lead: Workspace, host: HostServer) -> None:
    """One word is enough, at whatever moment; nothing of it goes on, and nobody is here any more."""
    for moment in (0.0, 0.01, 0.05, 0.2):
        task = watching(lead, [])
        await asyncio.sleep(moment)
        await ended(task)
        assert task.done()
        assert [each.get_name() for each in asyncio.all_tasks() if each.get_name() == "amx-live"] == []


@pytest.mark.postgresql
async def test_a_lost_word_does_not_keep_the_watching_from_ending(
    postgres_host: PostgresHost, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.11's `wait_for` may lose a cancellation where something arrives at the same moment."""
    lost: list[str] = []

    async def deaf(live: LiveRepository) -> AsyncGenerator[Notice | None, None]:
        while len(lost) < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                lost.append("cancelled")
        await asyncio.Event().wait()
        yield None

    monkeypatch.setattr(LiveRepository, "listen", deaf)
    monkeypatch.setattr(live_service, "_AGAIN", 0.01)
    task = watching(await joined(machine, "lead", postgres_host), [])
    await asyncio.sleep(0.2)
    await ended(task)
    assert task.done()
    assert len(lost) == 2


@pytest.mark.postgresql
async def test_a_team_that_works_all_at_once_fits_a_host_with_few_connections(
    postgres_host: PostgresHost, machine: Machine
) -> None:
    """Some listen, the others give way and look; each hears what one of them does, and nobody is refused for good."""
    team = [await joined(machine, f"member{number}", postgres_host) for number in range(TEAM)]
    async with AsyncExitStack() as stack:
        heard: list[list[Notice]] = []
        for workspace in team:
            await workspace.store.database.rest()
        postgres_host.admin_execute(
            f"ALTER DATABASE {postgres_host.values['database']} CONNECTION LIMIT {CONNECTIONS}"
        )
        for workspace in team:
            heard.append([])
            stack.push_async_callback(ended, watching(workspace, heard[-1]))
        await until(lambda: all(heard))
        for each in heard:
            each.clear()
        page = await team[0].store.pages.create(NewPage("Sales"), identity=team[0].identity)
        assert page.version == 1
        await until(lambda: all(any(notice.kind == "page" for notice in each) for each in heard))
        await until(lambda: listeners(postgres_host) <= CONNECTIONS / 2)


def listeners(host: PostgresHost) -> int:
    """How many connections listen."""
    ((number,),) = host.admin_execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    )
    return int(number)
