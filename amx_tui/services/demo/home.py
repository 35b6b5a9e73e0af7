"""The demo's AMX home: its configuration, its store, and the rows that its first frame shows."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from amx_tui.domain.errors import ConfigError, UsageError
from amx_tui.domain.identity import Identity
from amx_tui.domain.runs import RunFilter
from amx_tui.services.demo.database import FOLDER, database_files, make_database
from amx_tui.services.demo.pages import DRAFTED, DemoPage, drafted_text, make_pages
from amx_tui.services.demo.story import ALICE
from amx_tui.services.demo.team import PROFILE, DemoTeam, make_team
from amx_tui.services.workspace import Workspace

__all__ = ["MARKER", "DemoHome", "kept_folder", "make_demo", "open_command"]

MARKER = "demo.json"
"""The file that makes a folder a demo, and says as whom it is opened."""

_CONFIG = """\
# The demo of amx-tui: a made-up team, its runs kept in history.db beside this file.
# The warehouse that they describe is a few SQLite files, without rows; prod-pg does not exist.
db_profiles:
  {profile}:
    backend: sqlite
    database: {warehouse}
    attached: {attached}
  prod-pg:
    backend: postgresql
    host: db-prod.acme.example
    port: 5432
    user: alice
    password: env:ACME_DB_PASSWORD
    database: analytics
  sandbox:
    backend: sqlite
    database: {sandbox}

active_db_profile: {profile}

history_store_enabled: false
history_store_schema: AMX
"""


@dataclass(frozen=True, slots=True)
class DemoHome:
    """A demo that is ready to be opened."""

    path: Path
    """Its AMX home."""
    members: int
    runs: int
    results: int
    was_there: bool
    """Whether it had been made before, and was left as it is."""


def kept_folder(typed: str) -> Path:
    """The folder that `--keep` names."""
    return Path(typed).expanduser().absolute()


def open_command(home: Path) -> str:
    """The command that opens a kept demo."""
    return f"AMX_HOME={shlex.quote(str(home))} amx-tui"


async def make_demo(home: Path, *, now: datetime | None = None, hostname: str | None = None) -> DemoHome:
    """Make a demo, or find the one that is there.

    Args:
        home: Its folder: missing, empty, or a demo that was made before, which is left as it is.
        now: When the team's story ends; the present by default.
        hostname: The machine of the member as whom it is opened; this one's name by default.

    Raises:
        UsageError: The folder holds something else.
        ConfigError: It cannot be written.
        StoreError: The store in it cannot be made.
    """
    there = await asyncio.to_thread(_look, home)
    if there is not None:
        return there
    environ = {"AMX_HOME": str(home), "AMX_USER": ALICE.username}
    was_folder = await asyncio.to_thread(_write_config, home)
    try:
        workspace = await asyncio.to_thread(Workspace.load, environ, home)
        if hostname:
            workspace.identity = Identity(ALICE.username, hostname)
        team = make_team(now or datetime.now(UTC), hostname=workspace.identity.hostname)
        await make_database(workspace.profiles.get(PROFILE), team.comments)
        await _fill(workspace, team)
        made = DemoHome(
            home, len(team.members), len(team.runs), sum(len(run.results) for run in team.runs), False
        )
        await asyncio.to_thread(_write_marker, made)
    except BaseException:
        # A half-made demo would be refused the next time as a folder that holds something else.
        await asyncio.to_thread(_remove, home, was_folder)
        raise
    return made


async def _fill(workspace: Workspace, team: DemoTeam) -> None:
    """Record the team in the local store, and keep its newest runs for the first frame."""
    state = await workspace.connect(prefer="local")
    try:
        if state.error is not None:
            raise state.error
        from amx_tui.store.seeding import seed_members, seed_page

        store = workspace.store
        await seed_members(store.database, store.tables, team.members)
        for demo in team.runs:
            await store.recorder.record(demo.run, demo.results, identity=demo.identity)
        pages = make_pages(team.now, hostname=workspace.identity.hostname)
        for each in pages:
            await seed_page(store.database, store.tables, each.page, each.versions)
        await workspace.register()
        await asyncio.to_thread(_keep_draft, workspace, pages, team.now)
        workspace.remember(await workspace.history.list(RunFilter(), limit=60))
    finally:
        await workspace.close()


def _keep_draft(workspace: Workspace, pages: Sequence[DemoPage], now: datetime) -> None:
    """Leave a draft that somebody else has saved past, so that opening it shows what a merge is."""
    title, number = DRAFTED
    page = next(each for each in pages if each.page.title == title)
    old = page.versions[number - 1]
    drafts = workspace.pages.drafts
    based_on_old = replace(page.page, version=number, body=old.body, status=old.status or "draft")
    draft = replace(drafts.begin(based_on_old), body=drafted_text(old.body))
    drafts.keep(draft, at=now - timedelta(hours=7))


def _look(home: Path) -> DemoHome | None:
    """Find the demo in a folder; None where one can be made there."""
    if not home.exists():
        return None
    if not home.is_dir():
        raise UsageError(f"{home} is a file.", hint="Name a folder that is empty or not there yet.")
    try:
        document = json.loads((home / MARKER).read_text("utf-8"))["amx_demo"]
        counts: Mapping[str, int] = {name: int(document[name]) for name in ("members", "runs", "results")}
    except FileNotFoundError:
        if any(home.iterdir()):
            raise UsageError(
                f"{home} holds something that is no demo.",
                hint="Name a folder that is empty or not there yet.",
            ) from None
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            f"{home} cannot be read as a demo.", hint="Name a folder that is empty or not there yet."
        ) from None
    return DemoHome(home, was_there=True, **counts)


def _write_config(home: Path) -> bool:
    """Write `config.yml`, and say whether the folder was there before."""
    was_folder = home.is_dir()
    sandbox = home / "sandbox.db"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(home / "config.yml", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(
                _CONFIG.format(
                    profile=PROFILE,
                    warehouse=json.dumps(str(home / FOLDER / "dwh.db")),
                    attached=", ".join(f"{schema}={name}" for schema, name in database_files().items()),
                    sandbox=json.dumps(str(sandbox)),
                )
            )
        (home / FOLDER).mkdir(mode=0o700)
        # An empty file is an empty SQLite database, in which the setting up of a shared store can be tried.
        sandbox.touch(0o600)
    except OSError as error:
        raise ConfigError(
            f"The demo cannot be written to {home} ({error.strerror}).",
            hint="Name another folder.",
            path=home,
        ) from error
    return was_folder


def _write_marker(made: DemoHome) -> None:
    document = {
        "amx_demo": {
            "username": ALICE.username,
            "members": made.members,
            "runs": made.runs,
            "results": made.results,
        }
    }
    (made.path / MARKER).write_text(json.dumps(document, indent=2) + "\n", "utf-8")


def _remove(home: Path, keep_folder: bool) -> None:
    if not keep_folder:
        shutil.rmtree(home, ignore_errors=True)
        return
    for path in home.iterdir():
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
