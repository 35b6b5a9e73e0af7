"""Fifty clients edit five pages for a minute while their connections are cut and their processes are killed.

Then it is checked that every acknowledged save is a version, that versions have no gap and no double, and that no word
of an acknowledged save was dropped but by a person's choice. Clients merge what others saved by the program's own
merge; now and then one deletes lines or overwrites, which are choices and written down as such. The exit status is 1
where a fault was found.

The servers are those of the tests: an embedded PostgreSQL, and the MySQL or MariaDB that is on this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from amx_tui.domain.identity import Identity
from benchmarks.harness import ROOT, heading
from tests import embedded
from tests.proxy import DelayingProxy
from tests.servers import HostServer, MysqlServer, PostgresServer
from tests.store.hosts import connected
from tests.store.paging import add_member, page_store
from tests.storm.client import read_logs
from tests.storm.crew import Orders, muster
from tests.storm.evidence import gather
from tests.storm.record import Record, faults

_PROXIES = 5
"""A cut hits the clients behind one of them."""
_CUT_EVERY, _KILL_EVERY = 0.3, 2.0
"""Seconds between two cuts, and between two kills."""


def main() -> int:
    """Raise the storm over each server, and say what came of it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--crews", type=int, default=10, help="processes")
    options.add_argument("--crew", type=int, default=5, help="clients of a process")
    options.add_argument("--pages", type=int, default=5)
    options.add_argument("--backend", choices=("postgresql", "mysql"), action="append")
    given = options.parse_args()
    found = 0
    for backend in given.backend or ("postgresql", "mysql"):
        with _host(backend) as host, tempfile.TemporaryDirectory(prefix="amx-storm-") as folder:
            found += asyncio.run(_storm(host, given, Path(folder)))
    return 1 if found else 0


@contextmanager
def _host(backend: str) -> Iterator[HostServer]:
    if backend == "mysql":
        server = MysqlServer.find()
        if isinstance(server, str):
            raise SystemExit(server)
        host: HostServer = server.host()
        try:
            yield host
        finally:
            host.close()
        return
    directory = embedded.make_run_directory()
    try:
        postgres = PostgresServer(embedded.shared_cluster(directory, os.getpid()))
        host = postgres.host()
        yield host
        host.close()
        postgres.close()
    finally:
        embedded.remove_run_directory(directory)


async def _storm(host: HostServer, given: argparse.Namespace, folder: Path) -> int:
    async with page_store(host, "document") as store:
        page_ids = [
            (await store.make(f"Page {number}", "A first line.\n")).page_id for number in range(given.pages)
        ]
        members = [(f"member-{number}", "host") for number in range(given.crews * given.crew)]
        for username, hostname in members:
            await store.execute(add_member(Identity(username, hostname), "writer", store.tables))
        proxies = [DelayingProxy(host.address) for _ in range(_PROXIES)]

        def orders(crew: int, number: int) -> Orders:
            proxy = proxies[crew % _PROXIES]
            values = host.values | {"host": proxy.host, "port": proxy.port}
            if host.backend == "mysql":
                values["ssl_disabled"] = True
            own = members[crew * given.crew : (crew + 1) * given.crew]
            return Orders(f"{crew}k{number}k", host.backend, values, host.schema, own, page_ids, str(folder))

        cuts, kills, seconds = await asyncio.to_thread(_rage, given, proxies, orders, folder)
        for proxy in proxies:
            await asyncio.to_thread(proxy.close)
        # What the dead had sent may still be under way inside the server.
        await asyncio.sleep(2.0)
        sent, acknowledged, counts = read_logs(_logs(folder))
        async with connected(host) as database:
            record = await gather(database, store.tables, sent, acknowledged)
        found = faults(record) if acknowledged else ["nothing was saved"]
        heading(f"{host.backend}: {len(members)} clients on {given.pages} pages for {seconds:.0f} s")
        _print(record, counts, cuts, kills, seconds)
        for fault in found[:20]:
            print(f"  FAULT: {fault}")
        print(f"  {len(found)} faults" if found else "  no fault")
        return len(found)


def _rage(
    given: argparse.Namespace,
    proxies: list[DelayingProxy],
    orders: Callable[[int, int], Orders],
    folder: Path,
) -> tuple[int, int, float]:
    """Let crews work, cut their lines and kill them, until the time is over; then kill all."""
    chance = random.Random(7)
    crews = [muster(orders(crew, 0), ROOT) for crew in range(given.crews)]
    while len(_logs(folder)) < given.crews * given.crew:
        time.sleep(0.1)  # starting is not what is looked at
    started = time.monotonic()
    cut_at, kill_at, cuts, kills = started + _CUT_EVERY, started + _KILL_EVERY, 0, 0
    try:
        while time.monotonic() < started + given.seconds:
            time.sleep(max(0.0, min(cut_at, kill_at) - time.monotonic()))
            if time.monotonic() >= cut_at:
                chance.choice(proxies).cut()
                cuts, cut_at = cuts + 1, cut_at + _CUT_EVERY
            if time.monotonic() >= kill_at:
                victim = chance.randrange(len(crews))
                crews[victim].kill()
                crews[victim].wait()
                kills, kill_at = kills + 1, kill_at + _KILL_EVERY
                crews[victim] = muster(orders(victim, kills), ROOT)
    finally:
        for crew in crews:
            crew.kill()
            crew.wait()
    return cuts, kills, time.monotonic() - started


def _logs(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.log"))


def _print(record: Record, counts: dict[str, int], cuts: int, kills: int, seconds: float) -> None:
    unseen = {each.save_id for each in record.sent} - {each.save_id for each in record.acknowledged}
    kept_unseen = sum(version.save_id in unseen for version in record.versions)
    others = {name: count for name, count in sorted(counts.items()) if name not in {"sent", "acknowledged"}}
    print(f"  {cuts} cuts, {kills} processes killed")
    print(f"  {len(record.sent):,} saves sent, {len(record.acknowledged):,} acknowledged", end="")
    print(f" ({len(record.acknowledged) / seconds:.0f} a second), {len(record.versions):,} versions")
    print(f"  {kept_unseen:,} stored whose client was killed before it was told")
    print(f"  {len(record.overwritten):,} forced overwrites, each in the audit trail")
    print(f"  what else clients met: {', '.join(f'{name} {count:,}' for name, count in others.items())}")


if __name__ == "__main__":
    sys.exit(main())
