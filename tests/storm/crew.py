"""A process of several clients, which ends when it is killed: `python -m tests.storm.crew ORDERS`."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from amx_tui.config.model import Profile
from amx_tui.config.secrets import Secret
from amx_tui.domain.identity import Identity
from amx_tui.store.database import make_database
from amx_tui.store.pages import PageRepository
from amx_tui.store.tables import build_tables
from tests.storm.client import Client, Log

__all__ = ["Orders", "muster"]


@dataclass(frozen=True, slots=True)
class Orders:
    """What a crew has to know."""

    crew: str
    """Its name among all crews of the storm, digits and small letters."""
    backend: str
    values: dict[str, object]
    """Of the profile."""
    schema: str
    members: list[tuple[str, str]]
    """As whom its clients act, one each."""
    page_ids: list[str]
    folder: str
    """Where the clients write down what they do."""


def muster(orders: Orders, root: Path) -> subprocess.Popen[bytes]:
    """Start a crew as a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "tests.storm.crew", json.dumps(asdict(orders))], cwd=root)


async def _sail(orders: Orders) -> None:
    tables = build_tables("document", backend_name=orders.backend, schema=orders.schema)
    values = {
        name: Secret(str(value)) if name == "password" else value for name, value in orders.values.items()
    }
    profile = Profile("team", orders.backend, values)

    async def run(number: int, username: str, hostname: str) -> None:
        name = f"{orders.crew}{number}"
        log = Log(Path(orders.folder) / f"{name}.log")
        database = make_database(profile, profile.resolve_secrets({}))
        async with AsyncExitStack() as stack:
            stack.callback(log.close)
            stack.push_async_callback(database.close)
            pages = PageRepository(database, tables)
            seed = int.from_bytes(name.encode(), "big")
            client = Client(name, pages, Identity(username, hostname), orders.page_ids, log, seed)
            while True:
                await client.edit_once()

    async with asyncio.TaskGroup() as clients:
        for number, (username, hostname) in enumerate(orders.members):
            clients.create_task(run(number, username, hostname))


if __name__ == "__main__":
    asyncio.run(_sail(Orders(**json.loads(sys.argv[1]))))
