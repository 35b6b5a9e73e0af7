"""A member's machine with a described database, for tests of applying."""

from __future__ import annotations

from collections.abc import Mapping

from amx_tui.domain.assets import AssetName, CommentChange
from amx_tui.domain.names import split_name
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.results import Alternative
from amx_tui.services.described import open_warehouse
from amx_tui.services.workspace import Workspace
from tests.servers import HostServer
from tests.store.histories import NOON

__all__ = ["accepted", "comment", "comments_in", "described", "record"]


def schema_of(host: HostServer) -> str:
    """The schema in which a host's described tables lie."""
    return {"sqlite": "main", "postgresql": "public"}.get(host.backend, str(host.values["database"]))


async def described(workspace: Workspace, host: HostServer, *columns: str) -> str:
    """Make a table `customer` in a host's database, and a profile `dwh` that leads there; return its name."""
    listed = ", ".join(f"{column} INT" for column in columns)
    host.sync_execute(f"CREATE TABLE customer ({listed})")
    await workspace.profiles.save("dwh", host.backend, host.values)
    return f"{schema_of(host)}.customer"


def accepted(name: str, text: str, **more: object) -> NewResult:
    """A result for an asset that somebody accepted; by default the run saw no comment."""
    schema, table, column, *_ = (*split_name(name), "", "")
    values: dict[str, object] = {
        "schema_name": schema,
        "table_name": table,
        "column_name": column,
        "alternatives": (Alternative(text),),
        "evaluation": "accepted",
        "chosen_description": text,
        "evaluated_at": NOON,
        "seen_comment": "",
    }
    return NewResult(**{**values, **more})  # type: ignore[arg-type]


async def record(workspace: Workspace, *results: NewResult, **facts: str) -> str:
    """Record a run over profile `dwh`, to be reviewed."""
    values = {"db_profile": "dwh", "status": "ready_for_review", **facts}
    run = NewRun(started_at=NOON, **values)  # type: ignore[arg-type]
    return await workspace.store.recorder.record(run, results, identity=workspace.identity)


async def comment(workspace: Workspace, comments: Mapping[str, str]) -> None:
    """Change comments behind the program's back."""
    warehouse = await open_warehouse(workspace.profiles.get("dwh"), workspace.environ)
    try:
        changes = [CommentChange(AssetName(*split_name(name)), "", text) for name, text in comments.items()]
        outcomes = await warehouse.write(changes)
        assert all(each.is_written for each in outcomes), outcomes
    finally:
        await warehouse.close()


async def comments_in(workspace: Workspace, *names: str) -> list[str]:
    """What the described database says of some assets."""
    warehouse = await open_warehouse(workspace.profiles.get("dwh"), workspace.environ)
    try:
        wanted = [AssetName(*split_name(name)) for name in names]
        facts = await warehouse.facts(wanted)
        return [facts[name].comment for name in wanted]
    finally:
        await warehouse.close()
