"""What a doctor finds at the host of the shared store, and at hosts whose store this machine does not use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from amx_tui.domain.errors import AmxError
from amx_tui.domain.members import Member
from amx_tui.domain.report import Check, CheckState
from amx_tui.domain.text import one_line
from amx_tui.services.doctor.people import check_names, os_user
from amx_tui.services.opening import (
    has_schemas,
    open_database,
    open_profile_store,
    required_host,
    store_spelled_otherwise,
)
from amx_tui.services.store_reports import verify_checks

if TYPE_CHECKING:
    from amx_tui.config.model import Profile
    from amx_tui.services.workspace import Workspace
    from amx_tui.store.database import Database

__all__ = ["HOST_CHECKS", "check_host", "check_unused_stores", "skew_check"]

HOST_CHECKS = ("connection", "schema", "rights", "member", "one name a person", "clock", "search")
"""What is skipped where no connection is wanted, or none is to be had."""

_TOLERATED_SKEW = 5.0
"""Seconds; lists show minutes, and the order of runs is decided by the members' clocks."""
_LOOK_SECONDS = 8.0


async def check_host(workspace: Workspace) -> AsyncIterator[Check]:
    """Check the shared store that the configuration names, from the connection to the last right."""
    try:
        host = required_host(workspace.config)
        host.require_backend().require_host()
    except AmxError as error:
        yield Check("connection", "failed", error.message, error.hint)
        return
    connection = await _check_connection(workspace, host)
    yield connection
    if connection.state == "failed":
        return
    database = await open_database(host, workspace.environ)
    try:
        async for check in _check_store(workspace, host, database):
            yield check
        yield await _check_clock(database)
        yield await _check_search(database, workspace.config.history_store_schema)
    except AmxError as error:
        yield Check("connection", "failed", error.message, error.hint)
    finally:
        await database.close()


async def _check_connection(workspace: Workspace, host: Profile) -> Check:
    outcome = await workspace.profiles.test(host)
    place = host.describe() or one_line(host.name, 60)
    if outcome.error is not None:
        return Check("connection", "failed", outcome.error.message, outcome.error.hint)
    version = one_line(outcome.server_version, 80)
    return Check("connection", "ok", f"{place} answers in {outcome.milliseconds:.0f} ms: {version}.")


async def _check_store(workspace: Workspace, host: Profile, database: Database) -> AsyncIterator[Check]:
    from amx_tui.store.health import creation_cure

    schema = workspace.config.history_store_schema
    members = await _members(workspace, host, schema)
    ours = _ourselves(workspace, members) if isinstance(members, tuple) else None
    role = ours.role if ours is not None and ours.is_active else None
    checks = await verify_checks(host, schema, workspace.environ, role=role)
    for check in checks:
        yield check
    if checks[0].state == "failed":
        cure = await creation_cure(database, schema)
        # Where the store is spelled otherwise, a second one beside it would be no cure.
        if cure and not await store_spelled_otherwise(database, schema):
            yield _creation_check(host, schema, cure, "failed")
        return
    if not isinstance(members, tuple):
        yield Check("store", "failed", members.message, members.hint)
        return
    yield _member_check(workspace, members)
    yield check_names(workspace.identity, members, os_user(workspace.environ))


async def _members(workspace: Workspace, host: Profile, schema: str) -> tuple[Member, ...] | AmxError:
    """The store's members, or why they cannot be read."""
    try:
        store = await open_profile_store(host, schema, workspace.environ)
    except AmxError as error:
        return error
    try:
        return await store.members.list()
    except AmxError as error:
        return error
    finally:
        await store.close()


def _ourselves(workspace: Workspace, members: tuple[Member, ...]) -> Member | None:
    us = (workspace.identity.username, workspace.identity.hostname)
    return next((member for member in members if (member.username, member.hostname) == us), None)


def _member_check(workspace: Workspace, members: tuple[Member, ...]) -> Check:
    identity = workspace.identity
    member = _ourselves(workspace, members)
    if member is None:
        message = f"{identity} is not registered yet; the first connection of the app registers it."
        return Check("member", "warning", message, hint="Open amx-tui once.")
    if not member.is_active:
        return Check("member", "failed", f"{identity} was revoked.", hint="Ask an admin of the team.")
    if member.role is None:
        message = f"The store holds a role for {identity} that nobody knows, so it may do nothing."
        return Check("member", "failed", message, hint="Ask an admin of the team to set the role.")
    if not any(each.is_active and each.role == "admin" for each in members):
        return Check("member", "warning", f"{identity} is {member.role}; the store has no active admin.")
    return Check("member", "ok", f"{identity} is {member.role}, one of {len(members)}.")


async def _check_clock(database: Database) -> Check:
    from amx_tui.store.health import server_time

    before = datetime.now(UTC)
    theirs = await server_time(database)
    after = datetime.now(UTC)
    if theirs is None:
        return Check("clock", "skipped", "The host has no clock of its own.")
    way = (after - before) / 2
    return skew_check(((before + way) - theirs).total_seconds(), way.total_seconds())


def skew_check(skew: float, doubt: float) -> Check:
    """Judge a difference of clocks.

    Args:
        skew: Seconds by which this machine is ahead of the host.
        doubt: Seconds by which the measurement may be wrong.
    """
    if abs(skew) <= _TOLERATED_SKEW + doubt:
        return Check("clock", "ok", f"This machine's clock and the host's differ by {abs(skew):.1f} s.")
    direction = "ahead of" if skew > 0 else "behind"
    return Check(
        "clock",
        "warning",
        f"This machine's clock is {abs(skew):.0f} s {direction} the host's; runs are listed out of order.",
        hint="Let the system set its clock: timedatectl set-ntp true",
    )


async def _check_search(database: Database, schema: str) -> Check:
    from amx_tui.store.health import has_trigrams, layout_of

    found = await has_trigrams(database)
    if found is None:
        return Check(
            "search", "skipped", "This backend has no extension for searching that could be missing."
        )
    if await layout_of(database, schema) == "amx_cli":
        return Check(
            "search", "skipped", "amx-cli made this store; this program adds no indexes for searching to it."
        )
    if found:
        return Check("search", "ok", "The extension pg_trgm is there, so searches for text are quick.")
    return Check(
        "search",
        "warning",
        "The extension pg_trgm is missing, so searches for text read row after row.",
        hint="Have the DBA run CREATE EXTENSION pg_trgm; then run amx-tui history-store enable again.",
    )


async def check_unused_stores(workspace: Workspace) -> AsyncIterator[Check]:
    """Look for shared stores at this machine's profiles that its configuration does not use."""
    config = workspace.config
    found = False
    for profile in config.profiles.values():
        kind = profile.kind
        can_look = kind is not None and kind.can_host and kind.abilities.is_proven and kind.driver_available()
        if not can_look or profile.problems():
            continue
        schemas, cure = await _look_at(workspace, profile)
        if not schemas and cure:
            yield _creation_check(profile, config.history_store_schema, cure, "skipped")
        for schema in schemas:
            found = True
            option = f" --schema {schema}" if schema else ""
            yield Check(
                "history store",
                "warning",
                f"{one_line(profile.name, 60)} holds a history store that this machine does not use: "
                "history_store_enabled is false here.",
                hint=f"amx-tui history-store enable --profile {profile.name}{option}; where config.yml says so "
                "already, config reload.",
            )
    if not found:
        yield Check("history store", "ok", "No history is shared; this machine keeps its own.")


async def _look_at(workspace: Workspace, profile: Profile) -> tuple[list[str], str]:
    """The schemas of whole stores at a profile (empty for a file's), and what the DBA would have to run first.

    Nothing where nobody answers in time: whether that profile works is not what was asked here.
    """
    from amx_tui.store.catalogs import list_schemas
    from amx_tui.store.health import creation_cure

    try:
        database = await open_database(profile, workspace.environ)
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                schemas = await list_schemas(database)
                cure = await creation_cure(database, workspace.config.history_store_schema)
        finally:
            await database.close()
    except (AmxError, TimeoutError):
        return [], ""
    named = has_schemas(profile)
    return [schema.name if named else "" for schema in schemas if schema.layout is not None], cure


def _creation_check(host: Profile, schema: str, cure: str, state: CheckState) -> Check:
    """The database's user lacks the right to make the store; it is a failure where the store is wanted."""
    name = one_line(host.name, 60)
    return Check(
        "right to make the store",
        state,
        f"The database user of {name} may not make a store in schema {one_line(schema, 60)}.",
        hint=f"Have the DBA run: {cure} Then run amx-tui history-store enable --profile {host.name} "
        f"--schema {schema}, which skips the CREATE.",
    )
