"""Stores that hold a history and nothing else, in both layouts, on any host of the tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.identity import Identity
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.results import Alternative
from amx_tui.domain.runs import RunCursor, RunFilter
from amx_tui.store.database import Database
from amx_tui.store.recording import RunRecorder
from amx_tui.store.results import ResultRepository
from amx_tui.store.run_pages import PageRequest, read_page
from amx_tui.store.runs import RunRepository
from amx_tui.store.search import search_ddl
from amx_tui.store.tables import Layout, Tables, build_tables
from tests.servers import HostServer
from tests.store.hosts import ALICE, connected, free_recorder

__all__ = ["ALICE", "BOB", "LAYOUTS", "NOON", "History", "asset", "explain", "history", "opened"]

BOB = Identity("bob", "bob-mac")
NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
LAYOUTS: tuple[Layout, ...] = ("document", "amx_cli")


@dataclass(frozen=True)
class History:
    """The repositories of one store."""

    database: Database
    tables: Tables
    runs: RunRepository
    results: ResultRepository
    recorder: RunRecorder

    async def record(self, *results: NewResult, identity: Identity = ALICE, run: NewRun | None = None) -> str:
        """Record a run, by default one of ALICE at NOON."""
        return await self.recorder.record(run or NewRun(started_at=NOON), results, identity=identity)

    async def all_ids(self, wanted: RunFilter = RunFilter(), *, limit: int = 3) -> list[str]:  # noqa: B008
        """Read the whole list page by page, from its beginning."""
        ids: list[str] = []
        cursor: RunCursor | None = None
        while True:
            page = await self.runs.page(wanted, cursor=cursor, limit=limit)
            assert page.has_before == (cursor is not None)
            ids += [run.run_id for run in page.runs]
            if not page.has_after:
                return ids
            cursor = RunCursor.of(page.runs[-1])

    async def execute(self, statement: sa.Executable) -> None:
        """Change the store behind the program's back."""
        await self.database.run(lambda connection: connection.execute(statement), write=True)


def opened(database: Database, tables: Tables) -> History:
    """Give the repositories of a store that is there."""
    return History(
        database,
        tables,
        RunRepository(database, tables),
        ResultRepository(database, tables),
        free_recorder(database, tables),
    )


@asynccontextmanager
async def history(host: HostServer, layout: Layout) -> AsyncIterator[History]:
    """Make the tables of a history on `host`, with what searches need, and open them."""
    schema = host.schema or None
    tables = build_tables(layout, backend_name=host.backend, schema=schema)

    def make(connection: sa.Connection) -> None:
        if schema is not None:
            quoted = connection.dialect.identifier_preparer.quote_identifier(schema)
            connection.exec_driver_sql(f"CREATE SCHEMA {quoted}")
        if host.backend == "postgresql":
            connection.exec_driver_sql("CREATE EXTENSION pg_trgm")
        tables.metadata.create_all(connection, tables=[tables.runs, tables.results], checkfirst=False)
        for made in search_ddl(tables):
            for statement in made.statements:
                connection.exec_driver_sql(statement.sql, execution_options={"no_parameters": True})

    async with connected(host) as database:
        await database.run(make, write=True)
        yield opened(database, tables)


async def explain(store: History, wanted: RunFilter, cursor: RunCursor | None = None) -> str:
    """Ask the backend how it reads a page of runs; one paragraph a statement, one line a step."""
    request = PageRequest(
        filter=wanted, cursor=cursor, direction="forward", limit=40, is_inclusive=False, is_counted=False
    )
    prefix = "EXPLAIN QUERY PLAN" if store.tables.backend_name == "sqlite" else "EXPLAIN"

    def work(connection: sa.Connection) -> str:
        sent: list[tuple[str, Any]] = []

        def keep(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
            sent.append((statement, parameters))

        sa.event.listen(connection, "before_cursor_execute", keep)
        read_page(connection, store.tables, request)
        sa.event.remove(connection, "before_cursor_execute", keep)
        plans = [
            connection.exec_driver_sql(f"{prefix} {statement}", values).all() for statement, values in sent
        ]
        return "\n\n".join("\n".join(str(row[-1]) for row in plan) for plan in plans)

    return await store.database.run(work)


def asset(name: str, *alternatives: str, **more: object) -> NewResult:
    """Give a result for `schema.table.column`, with its alternatives."""
    schema, table, column, *_ = (*name.split("."), "", "")
    drafts = tuple(Alternative(text) for text in alternatives)
    return NewResult(
        schema_name=schema,
        table_name=table,
        column_name=column,
        alternatives=drafts,
        **more,  # type: ignore[arg-type]
    )
