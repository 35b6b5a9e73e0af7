"""This program beside the real amx-cli: its homes, its verbs, and what the real client is told of the store."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from amx_tui.domain.identity import Identity
from amx_tui.domain.report import Report
from amx_tui.services.commands import execute
from amx_tui.services.grammar import parse
from amx_tui.services.workspace import Workspace
from tests.servers import PostgresHost
from tests.ui.seat import load_home
from tests.ui.stores import write_config

__all__ = [
    "CUSTOMER_PAGE",
    "answer",
    "at_work",
    "describe_team",
    "home_of",
    "promote",
    "rows_of",
    "run_of",
    "verb",
]

CUSTOMER_PAGE = "customer-360"


def home_of(folder: Path, team: PostgresHost, who: tuple[str, str]) -> Path:
    """Return somebody's AMX home that shares the store."""
    home = folder / f"ours-{who[0]}"
    return home if home.exists() else write_config(home, team)


@asynccontextmanager
async def at_work(folder: Path, team: PostgresHost, who: tuple[str, str]) -> AsyncIterator[Workspace]:
    """Open the store as somebody; where an OS user of that name used amx-cli there, it is the same member."""
    workspace = load_home(home_of(folder, team, who), Identity(*who))
    try:
        state = await workspace.connect()
        assert state.kind == "shared", state
        await workspace.register()
        yield workspace
    finally:
        await workspace.close()


async def verb(workspace: Workspace, line: str) -> Report:
    """Do what a command line asks for."""
    return await execute(workspace, parse(shlex.split(line)))


async def answer(workspace: Workspace, line: str) -> Any:
    """Return the document that a command line prints."""
    return (await verb(workspace, f"{line} --json")).data


def rows_of(team: PostgresHost, table: str, order: str = "id") -> list[dict[str, Any]]:
    """Read a table of the store as plain SQL sees it."""
    rows = team.sync_execute(f'SELECT to_jsonb(t) FROM "AMX".{table} t ORDER BY {order}')
    return [row for (row,) in rows]


def run_of(team: PostgresHost, who: tuple[str, str], status: str) -> str:
    """Return the id of somebody's run."""
    ((run_id,),) = team.sync_execute(
        'SELECT id FROM "AMX".analysis_runs WHERE created_by = %s AND hostname = %s AND status = %s',
        (*who, status),
    )
    return str(run_id)


def promote(team: PostgresHost, who: tuple[str, str], role: str = "writer") -> None:
    """Give a member a role."""
    team.sync_execute(
        'UPDATE "AMX"._amx_users SET role = %s WHERE username = %s AND hostname = %s', (role, *who)
    )


def describe_team(team: PostgresHost) -> None:
    """Make the table that the runs are about, in the store's own database."""
    team.sync_execute("CREATE SCHEMA sales")
    team.sync_execute("CREATE TABLE sales.customer (c_id int, c_name text, c_mail text)")
