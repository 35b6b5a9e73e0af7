"""The stores that the app is opened on: what is recorded in them, and the homes that share them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from amx_tui.domain.identity import Identity
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.results import Alternative
from amx_tui.domain.scope import Scope
from amx_tui.services.workspace import Workspace
from tests.servers import HostServer
from tests.store.hosts import free_recorder
from tests.ui.seat import BOB, load_home

__all__ = ["drafted", "make_store", "record", "recorded_run", "write_config"]


def drafted(name: str, *alternatives: str) -> NewResult:
    """What a run drafted for `schema.table.column`; nothing where there are no alternatives."""
    schema, table, column, *_ = (*name.split("."), "", "")
    return NewResult(
        schema_name=schema,
        table_name=table,
        column_name=column,
        confidence="high",
        reasoning=f"The name {name} says so.",
        model_version="gpt-4o-2024-11-20",
        alternatives=tuple(Alternative(text, -0.25 * number) for number, text in enumerate(alternatives, 1)),
        error_text="" if alternatives else "the model answered nothing",
    )


def recorded_run(started_at: datetime, *, status: str = "success") -> NewRun:
    """A run over sales.customer that took three minutes."""
    return NewRun(
        started_at=started_at,
        ended_at=started_at + timedelta(minutes=3),
        status=status,
        scope=Scope((("sales", ("customer",)),)),
        settings={"language": "english", "n_alternatives": 3},
        tokens={"total_tokens": 4242},
    )


async def record(
    home: Path,
    runs: Iterable[NewRun],
    results: Sequence[NewResult] = (),
    *,
    identity: Identity = BOB,
) -> list[str]:
    """Record runs in the store that a home has open, as a drafting session on another machine does.

    Returns:
        The runs' ids.
    """
    workspace = load_home(home, identity)
    await workspace.connect()
    recorder = free_recorder(workspace.store.database, workspace.store.tables)
    try:
        return [await recorder.record(run, results, identity=identity) for run in runs]
    finally:
        await workspace.close()


def write_config(
    home: Path, host: HostServer, *, schema: str | None = None, profile: Mapping[str, object] | None = None
) -> Path:
    """Write a `config.yml` by which a home shares the store on `host`.

    Args:
        home: The AMX home.
        host: Where the store is.
        schema: Its schema; by default the one of the tests on that host.
        profile: What the profile says other than the host does.

    Returns:
        The home.
    """
    document = {
        "db_profiles": {"team": {"backend": host.backend, **host.values, **(profile or {})}},
        "history_store_enabled": True,
        "history_store_profile": "team",
        "history_store_schema": host.schema if schema is None else schema,
    }
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.yml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return home


async def make_store(home: Path, host: HostServer) -> None:
    """Make the shared store on `host`, from a home whose member becomes its admin."""
    write_config(home, host)
    workspace: Workspace = load_home(home)
    try:
        plan = await workspace.history_store.plan("team", host.schema)
        await workspace.history_store.enable(plan)
    finally:
        await workspace.close()
