"""Opening a store: which layout it has, which version, and whether it can be written to."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from amx_tui.backends import registry
from amx_tui.config.model import DEFAULT_SCHEMA, Profile
from amx_tui.domain.errors import PermissionDeniedError, StoreError, UndefinedSchemaError
from amx_tui.domain.text import one_line
from amx_tui.store.database import Database, make_database
from amx_tui.store.detection import Found, detect
from amx_tui.store.local_store import create_local_store, local_file
from amx_tui.store.members import MemberRepository
from amx_tui.store.results import ResultRepository
from amx_tui.store.runs import RunRepository
from amx_tui.store.tables import Layout, Tables, build_tables, known_version

if TYPE_CHECKING:
    from amx_tui.store.applications import ApplicationRepository
    from amx_tui.store.asset_names import AssetNameRepository
    from amx_tui.store.audit import AuditRepository
    from amx_tui.store.comparisons import ComparisonRepository
    from amx_tui.store.decisions import DecisionRepository
    from amx_tui.store.faults import FaultRepository
    from amx_tui.store.live import LiveRepository
    from amx_tui.store.membership import MembershipRepository
    from amx_tui.store.pages import PageRepository
    from amx_tui.store.recording import RunRecorder
    from amx_tui.store.reviews import ReviewRepository

__all__ = ["Store", "StoreInfo", "open_local_store", "open_store"]


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What is known of a store once it is open."""

    layout: Layout
    schema_version: int | None
    """None where the database user may not read it."""
    schema: str | None
    """None on a backend without schemas."""
    is_local: bool
    is_read_only: bool
    read_only_reason: str
    """A sentence; empty where the store can be written to."""
    host_label: str
    backend_name: str
    has_other_layout: bool = False
    """Whether a store that amx-cli made lies in the same schema; it is not read."""
    path: Path | None = None
    """The file of the local store."""
    note: str = ""
    """What is to be said once about the store."""


class Store:
    """An open store: its facts, its database and its repositories."""

    def __init__(self, info: StoreInfo, database: Database, tables: Tables) -> None:
        self.info = info
        self.database = database
        self.tables = tables
        self.runs = RunRepository(database, tables)
        self.results = ResultRepository(database, tables)
        self.members = MemberRepository(database, tables)

    # What no list needs is imported when it is first asked for.

    @cached_property
    def comparisons(self) -> ComparisonRepository:
        """Two runs side by side."""
        from amx_tui.store.comparisons import ComparisonRepository

        return ComparisonRepository(self.database, self.tables)

    @cached_property
    def recorder(self) -> RunRecorder:
        """Members' own runs, on their way in."""
        from amx_tui.store.recording import RunRecorder

        return RunRecorder(self.database, self.tables, read_only_reason=self._read_only_reason)

    @cached_property
    def decisions(self) -> DecisionRepository:
        """What members decide on results."""
        from amx_tui.store.decisions import DecisionRepository

        return DecisionRepository(self.database, self.tables, read_only_reason=self._read_only_reason)

    @cached_property
    def applications(self) -> ApplicationRepository:
        """What is written into described databases."""
        from amx_tui.store.applications import ApplicationRepository

        return ApplicationRepository(self.database, self.tables, read_only_reason=self._read_only_reason)

    @cached_property
    def faults(self) -> FaultRepository:
        """What is wrong with the rows, and its mending."""
        from amx_tui.store.faults import FaultRepository

        return FaultRepository(self.database, self.tables, read_only_reason=self._read_only_reason)

    @property
    def _read_only_reason(self) -> str:
        return self.info.read_only_reason if self.info.is_read_only else ""

    @cached_property
    def reviews(self) -> ReviewRepository:
        """What a review reads."""
        from amx_tui.store.reviews import ReviewRepository

        return ReviewRepository(self.database, self.tables)

    @cached_property
    def membership(self) -> MembershipRepository:
        """What admins change about members."""
        from amx_tui.store.membership import MembershipRepository

        return MembershipRepository(self.database, self.tables, read_only_reason=self._read_only_reason)

    @cached_property
    def asset_names(self) -> AssetNameRepository:
        """The names of assets, for completing them."""
        from amx_tui.store.asset_names import AssetNameRepository

        return AssetNameRepository(self.database, self.tables)

    @cached_property
    def live(self) -> LiveRepository:
        """What others change, and who is here."""
        from amx_tui.store.live import LiveRepository

        return LiveRepository(self.database, self.tables)

    @cached_property
    def audit(self) -> AuditRepository:
        """The audit trail and the session events."""
        from amx_tui.store.audit import AuditRepository

        return AuditRepository(self.database, self.tables)

    @cached_property
    def pages(self) -> PageRepository:
        """The documentation pages."""
        from amx_tui.store.pages import PageRepository

        return PageRepository(self.database, self.tables, read_only_reason=self._read_only_reason)

    async def close(self) -> None:
        """Close the connections; what runs is given up."""
        await self.database.close()


async def open_store(
    database: Database, *, schema: str | None, is_local: bool = False, host_label: str = ""
) -> Store:
    """Open the store that lies in `schema`; one round trip on PostgreSQL.

    A store that a newer program made, or that nobody can write to at the moment, is open for reading only;
    its `info` says why. What this database user may write is found out by writing.

    Args:
        database: Where it lies.
        schema: The schema's name, to the letter; None on a backend without schemas.
        is_local: Whether it is the store of this machine alone.
        host_label: How the host is called on screens; the database's own label by default.

    Raises:
        UndefinedSchemaError: There is no store; the hint names the schema that there is, or how to make one.
        PermissionDeniedError: The database user may not look into the schema; the hint is the GRANT.
        UnsupportedHostError: The backend cannot host a store, or this program does not open stores there.
        StoreError: The host cannot be reached, refuses the login, or does not answer.
    """
    registry.get(database.backend_name).require_host()
    has_schemas = database.backend_name != "sqlite"
    name = (schema or DEFAULT_SCHEMA) if has_schemas else ""
    label = host_label or database.host_label
    found = await database.run(lambda connection: detect(connection, database.backend_name, name))
    layout = found.layout
    if layout is None:
        raise _not_there(found, name, label)
    if not found.may_use:
        raise _denied(found, name, label)
    place = name if has_schemas else None
    tables = build_tables(layout, backend_name=database.backend_name, schema=place, is_local=is_local)
    reason = _read_only_reason(found, layout)
    info = StoreInfo(
        layout=layout,
        schema_version=found.version,
        schema=place,
        is_local=is_local,
        is_read_only=bool(reason),
        read_only_reason=reason,
        host_label=label,
        backend_name=database.backend_name,
        has_other_layout=found.other_layout is not None,
    )
    if database.backend_name == "sqlite" and layout == "document" and not reason:
        await _let_readers_read(database)
    return Store(info, database, tables)


async def _let_readers_read(database: Database) -> None:
    """Switch a SQLite file of ours to WAL, where readers and the one writer do not wait for each other."""
    with suppress(StoreError):  # it works without, and somebody may hold the file right now
        await database.run(
            lambda connection: connection.exec_driver_sql("PRAGMA journal_mode = WAL").scalar()
        )


def _read_only_reason(found: Found, layout: Layout) -> str:
    known = known_version(layout)
    if found.version is None:
        return "The schema version of the store cannot be read, so it is not written to."
    if found.version > known:
        return f"The store has schema version {found.version}; this program writes up to version {known}."
    return found.read_only_reason


def _not_there(found: Found, schema: str, label: str) -> StoreError:
    shown = one_line(schema, 80)
    other = found.spelled_otherwise
    if other is not None:
        spelled = one_line(other, 80)
        return UndefinedSchemaError(
            f"There is no store in schema {shown} of {label}; there is one in {spelled}.",
            hint=f"Set history_store_schema: {spelled} in config.yml.",
        )
    if not found.may_use:
        return _denied(found, schema, label)
    enable = "history-store enable" + (f" --schema {shown}" if schema else "")
    if found.is_half_made:
        return UndefinedSchemaError(
            f"Only a part of the AMX tables is in {_place(shown, label)}.",
            hint=f"Run {enable} again: it makes what is missing.",
        )
    if not schema:
        return UndefinedSchemaError(
            f"There are no AMX tables in {label}.", hint=f"Run {enable} to make them."
        )
    if found.schema in found.tables:
        message = f"Schema {shown} of {label} has no AMX tables that you can see."
    else:
        message = f"There is no schema {shown} in {label} that you can see."
    return UndefinedSchemaError(
        message,
        hint=f"Check history_store_schema in config.yml, or run {enable} to make the store.",
    )


def _place(schema: str, label: str) -> str:
    return f"schema {schema} of {label}" if schema else label


def _denied(found: Found, schema: str, label: str) -> PermissionDeniedError:
    quoted = '"' + schema.replace('"', '""') + '"'
    user = '"' + found.user.replace('"', '""') + '"'
    return PermissionDeniedError(
        f"The database user {one_line(found.user, 80)} may not look into schema {one_line(schema, 80)}"
        f" of {label}.",
        hint=f"Have the DBA run: GRANT USAGE ON SCHEMA {quoted} TO {user};"
        " then the rights that history-store grants prints.",
    )


async def open_local_store(home: Path) -> Store:
    """Open the store of this machine, made on first use.

    A `history.db` that amx-cli made is left untouched; then ours is `amx-tui.db` beside it, and the note of
    the store's `info` says so.

    Args:
        home: The AMX home; made, for this user alone, where it is not there.

    Raises:
        StoreError: The file cannot be opened, is no SQLite database, or is damaged.
    """
    path, note = await asyncio.to_thread(local_file, home)
    database = make_database(Profile("local", "sqlite", {"database": str(path)}), {})
    try:
        try:
            store = await open_store(database, schema=None, is_local=True)
        except UndefinedSchemaError:
            await create_local_store(database)
            store = await open_store(database, schema=None, is_local=True)
    except BaseException:
        await database.close()
        raise
    store.info = replace(store.info, path=path, note=note)
    return store
