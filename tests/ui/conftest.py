"""AMX homes for the app to open on; what takes long to make is made once for the whole test run."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amx_tui.services.demo.home import make_demo
from amx_tui.services.last_seen import config_fingerprint
from amx_tui.ui.app import AmxApp
from amx_tui.ui.widgets import row_list
from tests.embedded import run_lock
from tests.servers import HostServer
from tests.ui.comparing import Pair, record_pair
from tests.ui.seat import ALICE
from tests.ui.stores import drafted, make_store, record, recorded_run, write_config

NOW = datetime(2026, 5, 3, 15, 50, tzinfo=UTC)
"""When the demo's story ends."""
LONG = 330
"""Runs of the long history: more than several pages, fewer than the list keeps in memory."""

Member = Callable[..., Path]


@pytest.fixture(autouse=True)
def _quick_fingers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let lists tell soon of keys that are pressed faster than anybody holds one."""
    monkeypatch.setattr(row_list, "PAUSE", 0.01)


@pytest.fixture(autouse=True)
def _collectable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what an app leaves be collected: one process opens hundreds of them here, and only one elsewhere."""
    monkeypatch.setattr("amx_tui.ui.app.gc.freeze", lambda: None)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the app take a short rest of the cursor, or of the typing, for a long one."""
    monkeypatch.setattr("amx_tui.ui.screens.run.screen.SETTLE", 0.01)
    monkeypatch.setattr("amx_tui.ui.screens.line.screen.TYPING_PAUSE", 0.03)
    monkeypatch.setattr("amx_tui.services.review.saving.LINGER", 0)


@pytest.fixture
def frozen_now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Let the app's clock stand still at the moment when the demo's story ends."""
    monkeypatch.setattr(AmxApp, "now", staticmethod(lambda: NOW))
    return NOW


@pytest.fixture(scope="session")
def _demo_template(_run_directory: Path) -> Path:
    folder = _run_directory / "demo"
    with run_lock(_run_directory, "demo"):
        # Left as it is where another worker of the run came first.
        asyncio.run(make_demo(folder, now=NOW, hostname="alice-laptop"))
    return folder


@pytest.fixture
def demo_home(_demo_template: Path, tmp_path: Path) -> Path:
    """Return a demo of this test's own, as alice@acme.com on alice-laptop left it."""
    home = tmp_path / "demo"
    shutil.copytree(_demo_template, home)
    config = home / "config.yml"
    # Its databases are those of the copy, for whoever writes into them.
    config.write_text(config.read_text().replace(str(_demo_template), str(home)))
    # What was seen last was seen under this configuration.
    seen = home / "last-seen.json"
    document = json.loads(seen.read_text())
    seen.write_text(json.dumps({**document, "fingerprint": config_fingerprint(home)}))
    return home


@pytest.fixture(scope="session")
def _long_template(_run_directory: Path) -> Path:
    folder = _run_directory / "long"
    with run_lock(_run_directory, "long"):
        if not folder.exists():
            runs = [recorded_run(NOW - timedelta(hours=hours)) for hours in range(LONG)]
            asyncio.run(record(folder, runs))
    return folder


@pytest.fixture
def long_home(_long_template: Path, tmp_path: Path) -> Path:
    """Return an AMX home with `LONG` runs of bob's, one an hour."""
    home = tmp_path / "long"
    shutil.copytree(_long_template, home)
    return home


@pytest.fixture(scope="session")
def _pair_template(_run_directory: Path) -> tuple[Path, tuple[str, str]]:
    folder, ids = _run_directory / "pair", _run_directory / "pair.ids"
    with run_lock(_run_directory, "pair"):
        if not ids.exists():
            ids.write_text("\n".join(asyncio.run(record_pair(folder))))
    bobs, alices = ids.read_text().split()
    return folder, (bobs, alices)


@pytest.fixture
def pair(_pair_template: tuple[Path, tuple[str, str]], tmp_path: Path) -> Pair:
    """Return an AMX home with two runs over the same assets, bob's of five days ago and alice's of two hours ago."""
    folder, (bobs, alices) = _pair_template
    return Pair(Path(shutil.copytree(folder, tmp_path / "pair")), bobs, alices)


@pytest.fixture
async def team(host: HostServer, tmp_path: Path) -> Pair:
    """Return alice's home, whose shared store on the host has the two runs of `pair`."""
    home = tmp_path / "lead"
    await make_store(home, host)
    return Pair(home, *await record_pair(home))


@pytest.fixture
async def lead_home(host: HostServer, tmp_path: Path) -> Path:
    """Return the home of the member who made the shared store on the host, with one run of theirs in it."""
    home = tmp_path / "lead"
    await make_store(home, host)
    results = [
        drafted("sales.customer", "One row per customer."),
        drafted("sales.customer.c_email", "The customer's e-mail address.", "E-mail."),
        drafted("sales.customer.c_name"),
        drafted("sales.orders", "One row per order."),
    ]
    await record(home, [recorded_run(NOW - timedelta(hours=2))], results, identity=ALICE)
    return home


@pytest.fixture
def member(lead_home: Path, host: HostServer, tmp_path: Path) -> Member:
    """Return `member("bob")`: the home of a member who shares the lead's store."""

    def join(name: str, *, schema: str | None = None, **profile: object) -> Path:
        return write_config(tmp_path / name, host, schema=schema, profile=profile)

    return join
