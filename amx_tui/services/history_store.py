"""Setting up the shared history store: the wizard's steps, each a plain call, and the verbs over them."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from amx_tui.domain.errors import (
    AmxError,
    PermissionDeniedError,
    UndefinedSchemaError,
    UnsupportedVersionError,
    UsageError,
)
from amx_tui.domain.report import Block, Check, Checks, Paragraph, Report
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.text import one_line
from amx_tui.services.hosts import list_candidates, place_of, status_report, where_text
from amx_tui.services.opening import (
    has_schemas,
    open_database,
    open_profile_store,
    store_spelled_otherwise,
)
from amx_tui.services.store_plans import DEFAULT_SCHEMA, Candidate, Progress, StorePlan

if TYPE_CHECKING:
    from amx_tui.config.model import Config, Profile
    from amx_tui.services.workspace import Workspace
    from amx_tui.store.database import Database
    from amx_tui.store.plans import Plan, Statement

__all__ = ["HistoryStore"]


class HistoryStore:
    """Where the history is kept, and how a team comes to share it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    # What is configured.

    def candidates(self) -> tuple[Candidate, ...]:
        """List the profiles as hosts, in the order of `config.yml`; nothing is connected to."""
        return list_candidates(self._workspace.config)

    async def status(self) -> Report:
        """Say where the history is kept, and what could host it; nothing is connected to."""
        return status_report(self._workspace.config, self._local_file(), self._workspace.state.layout)

    # The wizard's steps.

    async def plan(self, profile: str, schema: str = DEFAULT_SCHEMA) -> StorePlan:
        """Look at the host and plan what is missing there.

        Args:
            profile: The name of the profile that is to host the store.
            schema: The schema's name, in its exact case; without meaning on a backend without schemas.

        Raises:
            NotFoundError: There is no such profile.
            UnsupportedHostError: Its backend cannot host the store; the message says why.
            AmxError: The host cannot be reached, or the schema cannot be called so.
        """
        host = self._host(profile)
        schema = schema.strip() or DEFAULT_SCHEMA
        async with self._database(host) as database:
            steps, notes, is_there = await self._look(database, host, schema)
            creates = steps is not None and steps.creates_schema
            namesake = await store_spelled_otherwise(database, schema) if creates else ""
        statements = steps.statements if steps is not None else ()
        return StorePlan(
            profile=profile,
            schema=schema if has_schemas(host) else "",
            place=place_of(host),
            statements=tuple(statement.sql for statement in statements),
            purposes=tuple(statement.purpose for statement in statements),
            notes=notes,
            creates_schema=creates,
            is_there=is_there,
            layout=steps.layout if steps is not None else "document",
            namesake=namesake,
            steps=steps,
        )

    async def _look(
        self, database: Database, host: Profile, schema: str
    ) -> tuple[Plan | None, tuple[str, ...], bool]:
        """Plan what is missing; say what is worth knowing, and whether a store can be opened already."""
        from amx_tui.store.bootstrap import plan_store
        from amx_tui.store.catalogs import find_schema_case

        try:
            steps = await plan_store(database, schema=schema, identity=self._workspace.identity)
        except UnsupportedVersionError as error:
            # A newer program's store can still be joined for reading.
            return None, (error.message, error.hint), True
        if not steps.creates_schema:
            return steps, steps.notes, steps.is_empty or await self._can_open(host, schema)
        other = await find_schema_case(database, schema)
        if other is None or other == schema:
            return steps, steps.notes, False
        note = (
            f"There is a schema {one_line(other, 80)}; {schema} would be another one beside it. "
            f"If your team uses that one, take --schema {shlex.quote(one_line(other, 80))}."
        )
        return steps, (note, *steps.notes), False

    async def _can_open(self, host: Profile, schema: str) -> bool:
        try:
            store = await open_profile_store(host, schema, self._workspace.environ)
        except (UndefinedSchemaError, PermissionDeniedError):
            return False
        await store.close()
        return True

    async def enable(self, plan: StorePlan, *, on_progress: Progress | None = None) -> Report:
        """Run exactly the plan's statements, then point the configuration at the store and register there.

        Where nothing is missing, only the configuration is edited. Running it twice changes nothing.

        Raises:
            PermissionDeniedError: A right is missing; the hint is what the DBA has to run.
            ConfigError: `config.yml` cannot be written; what was made stays, and running this again goes on.
            AmxError: A statement failed; the message says what is there now.
        """
        self._require_config()
        if plan.steps is not None and plan.statements:
            try:
                await self._execute(plan, plan.steps, on_progress)
            except PermissionDeniedError as error:
                if not plan.is_there:
                    raise
                # A member without the right to add what is missing can still use what is there.
                plan = replace(plan, statements=(), notes=(*plan.notes, error.message, error.hint))
        return await self._point_at(plan)

    async def _execute(self, plan: StorePlan, steps: Plan, on_progress: Progress | None) -> None:
        from amx_tui.store.bootstrap import execute_plan

        def tell(number: int, count: int, statement: Statement) -> None:
            if on_progress is not None:
                on_progress(number, count, statement.purpose)

        async with self._database(self._host(plan.profile)) as database:
            await execute_plan(database, steps, on_progress=tell)

    async def join(self, profile: str, schema: str = DEFAULT_SCHEMA) -> Report:
        """Point the configuration at a store that is there already, create nothing, and register there.

        Raises:
            UndefinedSchemaError: There is no store under that name; the hint names the schema that there is.
            AmxError: The host cannot be reached, or its backend cannot host a store.
        """
        otherwise = f"Run history-store enable --profile {profile} --schema {schema} to make it."
        return await self._point_at(await self._find(profile, schema, lambda error: error.hint or otherwise))

    async def plan_amx_cli(self, profile: str, schema: str = DEFAULT_SCHEMA) -> StorePlan:
        """Look for a store that amx-cli made. Its tables are amx-cli's to make, so the plan has no statements.

        Raises:
            UndefinedSchemaError: There is no such store; the hint says how amx-cli makes it.
            AmxError: The host cannot be reached, or its backend cannot host a store.
        """
        schema = schema.strip() or DEFAULT_SCHEMA
        how = (
            f"amx-cli makes that layout: run /history-store enable in amx-cli, with profile {profile} and schema "
            f"{schema}; then run this again."
        )
        plan = await self._find(profile, schema, lambda _: how)
        if plan.layout != "amx_cli":
            raise UndefinedSchemaError(
                f"The store in {schema} was made by amx-tui, which is what members find there.",
                hint="Join it without --layout, or name another --schema.",
            )
        return plan

    async def _find(
        self, profile: str, schema: str, hint: Callable[[UndefinedSchemaError], str]
    ) -> StorePlan:
        """Plan to use a store that is there; `hint` says what to do where there is none."""
        host = self._host(profile)
        schema = schema.strip() or DEFAULT_SCHEMA
        try:
            store = await open_profile_store(host, schema, self._workspace.environ)
        except UndefinedSchemaError as error:
            raise UndefinedSchemaError(error.message, hint=hint(error)) from error
        layout = store.info.layout
        await store.close()
        place, named = place_of(host), schema if has_schemas(host) else ""
        return StorePlan(profile, named, place, (), is_there=True, layout=layout)

    async def disable(self) -> Report:
        """Go back to the local history; only the configuration is edited, the shared tables stay.

        Raises:
            ConfigError: `config.yml` cannot be written.
        """
        if not self._workspace.config.history_store_enabled:
            return Report(
                "History store",
                (Paragraph(where_text(self._workspace.config, self._local_file())),),
                {"history_store_enabled": False, "changed": False},
            )
        await self._save({"history_store_enabled": False})
        if self._workspace.state.kind != "connecting":
            await self._workspace.connect()
        text = (
            "✓ History store disabled. The shared tables stay as they are; this machine's history is the "
            f"per-user local file at {self._local_file()}."
        )
        return Report("History store", (Paragraph(text),), {"history_store_enabled": False, "changed": True})

    async def _point_at(self, plan: StorePlan) -> Report:
        """Write the three keys, open the store and register: whoever makes a store is its first member."""
        created = bool(plan.statements) and not plan.is_there
        config = self._workspace.config
        changes: dict[str, str | bool | None] = {
            "history_store_enabled": True,
            "history_store_profile": plan.profile,
            "history_store_schema": plan.schema or config.history_store_schema,
        }
        if config.history_store_database and config.history_store_profile not in (None, plan.profile):
            changes["history_store_database"] = None
        await self._save(changes)
        text = f"✓ History store now points at: {plan.tables} in {plan.place}."
        if created:
            text = f"✓ History store enabled. Future /run / /apply will write to {plan.tables}."
        blocks: list[Block] = [Paragraph(text), *(Paragraph(f"⚠ {note}") for note in plan.notes)]
        state = await self._workspace.connect()
        if state.kind == "shared":
            try:
                state = await self._workspace.register()
            except AmxError as error:
                # The store is set up all the same; the next connection registers.
                blocks.append(_warning("registering", error.message, error.hint))
        if state.member is not None:
            role = state.member.role or "no role"
            blocks.append(Paragraph(f"You are {self._workspace.identity}, {role}."))
        if state.reason:
            blocks.append(_warning("opening the store", state.reason, state.hint))
        data: JsonValue = {
            "history_store_enabled": True,
            "history_store_profile": plan.profile,
            "history_store_schema": plan.schema,
            "layout": plan.layout,
            "created": created,
            "statements": list(plan.statements),
            "role": state.member.role if state.member is not None else None,
        }
        return Report("History store", tuple(blocks), data)

    # Statements and checks, without changing anything.

    async def dump_ddl(self, *, profile: str = "", backend: str = "", schema: str = "") -> Report:
        """Write the statements that make the store; needs no connection and no driver.

        Args:
            profile: The host whose backend is meant; the configured host, or the active profile, where both
                this and `backend` are empty.
            backend: The backend's name, instead of a profile.
            schema: The schema's name; the configured one where it is empty.

        Raises:
            UnsupportedHostError: The backend cannot host the store; the message says why.
        """
        from amx_tui.services.store_reports import ddl_report

        name, schema = (
            self._backend_name(profile, backend),
            schema or self._workspace.config.history_store_schema,
        )
        return await asyncio.to_thread(ddl_report, name, schema)

    async def grants(self, *, profile: str = "", backend: str = "", schema: str = "") -> Report:
        """Write the GRANTs by which the database enforces the three roles; arguments as for `dump_ddl`.

        Raises:
            UnsupportedHostError: The backend has no users, or its GRANTs are not known.
        """
        from amx_tui.services.store_reports import grants_report

        name, schema = (
            self._backend_name(profile, backend),
            schema or self._workspace.config.history_store_schema,
        )
        state = self._workspace.state
        layout = state.layout if state.kind == "shared" and not profile and not backend else ""
        return await asyncio.to_thread(grants_report, name, schema, layout or "document")

    async def verify(self, *, profile: str = "", schema: str = "") -> Report:
        """Check tables, columns, indexes, and prove the rights; nothing is changed.

        Args:
            profile: The host; the configured one where it is empty.
            schema: The schema's name; the configured one where it is empty.

        Raises:
            UsageError: No host is named, and none is configured.
            AmxError: The host cannot be reached.
        """
        from amx_tui.services.store_reports import verify_report

        host = self._host(profile) if profile else self._workspace.config.host
        if host is None:
            raise UsageError(
                "No history store is enabled here to verify.",
                hint="Name one: history-store verify --profile P --schema AMX.",
            )
        schema = schema or self._workspace.config.history_store_schema
        return await verify_report(host, schema, self._workspace.environ)

    def _backend_name(self, profile: str, backend: str) -> str:
        if backend:
            return backend
        config = self._workspace.config
        name = (
            profile or (config.history_store_profile if config.is_shared else "") or config.active_db_profile
        )
        if not name:
            return "postgresql"
        return config.profile(name).require_backend().name

    def _host(self, name: str) -> Profile:
        """The profile as a host; refused where it cannot be one.

        `history_store_database` is about the host that is configured, and applies to no other.
        """
        config = self._workspace.config
        profile = config.profile(name)
        profile.require_backend().require_host()
        return config.as_host(profile) if config.history_store_profile in (None, name) else profile

    @contextlib.asynccontextmanager
    async def _database(self, host: Profile) -> AsyncIterator[Database]:
        database = await open_database(host, self._workspace.environ, may_create=True)
        try:
            yield database
        finally:
            await database.close()

    def _require_config(self) -> None:
        """Refuse to begin what would end with saving on top of a file that could not be read."""
        if self._workspace.config_error is not None:
            raise self._workspace.config_error

    async def _save(self, changes: dict[str, str | bool | None]) -> None:
        self._require_config()
        self._workspace.adopt(await asyncio.to_thread(_save_keys, self._workspace.config, changes))

    def _local_file(self) -> Path:
        return self._workspace.home / "history.db"


def _save_keys(config: Config, changes: dict[str, str | bool | None]) -> Config:
    from amx_tui.config.file import save_keys

    return save_keys(config, changes)


def _warning(name: str, message: str, hint: str) -> Checks:
    return Checks((Check(name, "warning", message, hint),))
