"""Machines of a team: each an AMX home of its own, a member, and a profile of the host that a test is about."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from amx_tui.domain.identity import Identity
from amx_tui.services.workspace import Workspace
from tests.servers import HostServer

Machine = Callable[..., Awaitable[Workspace]]

on_servers = pytest.mark.parametrize(
    "host",
    [
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mysql),
    ],
    indirect=True,
)
"""For tests of what a file cannot do: refuse a login, be out of reach, lack a right."""


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    """Set up machines for who is named, each with a profile `prod` of the host."""
    opened: list[Workspace] = []

    async def set_up(who: str, host: HostServer | None = None, **environ: str) -> Workspace:
        home = tmp_path / f"{who}-{len(opened)}"
        workspace = Workspace.load({"HOME": str(home), "USER": who, **environ}, home / ".amx")
        workspace.identity = Identity(workspace.identity.username, f"{who}-laptop")
        opened.append(workspace)
        if host is not None:
            await workspace.profiles.save("prod", host.backend, host.values)
        return workspace

    yield set_up
    for workspace in opened:
        await workspace.close()


@pytest.fixture
async def lead(machine: Machine, host: HostServer) -> Workspace:
    """Return the machine of alice, who has made the shared store on the host."""
    workspace = await machine("alice", host)
    await workspace.history_store.enable(await workspace.history_store.plan("prod", host.schema))
    return workspace


def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
