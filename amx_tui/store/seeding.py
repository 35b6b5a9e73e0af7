"""Members and pages written with a past of their own: what a made-up team needs, and nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa

from amx_tui.domain.members import Member
from amx_tui.domain.pages import Page, PageVersion
from amx_tui.store.database import Database
from amx_tui.store.page_making import insert_attached
from amx_tui.store.tables import Tables

__all__ = ["seed_members", "seed_page"]

_NAMESPACE = UUID("0f0b2a56-6f0e-5d0f-9f7e-4c8f0a3f5b21")


async def seed_members(database: Database, tables: Tables, members: Sequence[Member]) -> None:
    """Write members with the audit rows and session events that go with them.

    Args:
        database: The store's database; the store must have no such members yet.
        tables: The store's tables; it is the store of one user, for nobody's role is asked here.
        members: With first_seen_at and last_seen_at. The first one made the store; whoever is no viewer was
            promoted by the first an hour after joining.

    Raises:
        ValueError: It is the store of a team.
        StoreError: The database refused.
    """
    _require_local(tables)
    users = [_user(member) for member in members]
    audit = [row for member in members for row in _audit(member, members[0])]
    sessions = [row for member in members for row in _sessions(member)]

    def write(connection: sa.Connection) -> None:
        connection.execute(sa.insert(tables.users), users)
        if tables.admin_audit is not None:
            connection.execute(sa.insert(tables.admin_audit), audit)
        if tables.sessions is not None:
            connection.execute(sa.insert(tables.sessions), sessions)

    await database.run(write, write=True)


async def seed_page(database: Database, tables: Tables, page: Page, versions: Sequence[PageVersion]) -> None:
    """Write a page with its versions as they are.

    Args:
        database: The store's database; the store must have no such page yet.
        tables: The store's tables; it is the store of one user, for nobody's role is asked here.
        page: In its last version.
        versions: All of them.

    Raises:
        ValueError: It is the store of a team.
        StoreError: The database refused.
    """
    _require_local(tables)
    row = {name: value for name, value in asdict(page).items() if name in tables.pages.c}
    row |= {"id": page.page_id, "markdown_body": page.body}
    states = [
        {"version_no": version.version, "markdown_body": version.body}
        | {name: value for name, value in asdict(version).items() if name in tables.page_versions.c}
        for version in versions
    ]

    def write(connection: sa.Connection) -> None:
        connection.execute(sa.insert(tables.pages).values(row))
        connection.execute(sa.insert(tables.page_versions), states)
        insert_attached(connection, tables, page.page_id, page.assets, page.sources, page.created_at)

    await database.run(write, write=True)


def _require_local(tables: Tables) -> None:
    if not tables.is_local:
        raise ValueError("what is made up belongs into the store of one user")


def _user(member: Member) -> dict[str, Any]:
    return {
        "id": member.member_id,
        "username": member.username,
        "hostname": member.hostname,
        "display_name": member.display_name,
        "email": member.username if "@" in member.username else None,
        "role": member.role,
        "first_seen_at": member.first_seen_at,
        "last_seen_at": member.last_seen_at,
        "client_version": member.client_version,
        "version": member.version or 1,
    }


def _audit(member: Member, first: Member) -> list[dict[str, Any]]:
    """How the member joined, and was promoted where the role is more than a newcomer's."""
    joined = _event(member, "user_join", member.first_seen_at, member)
    if member is first or member.role == "viewer":
        return [joined]
    joined_at = member.first_seen_at
    promoted_at = joined_at + timedelta(hours=1) if joined_at else None
    return [joined, _event(first, f"promote_{member.role}", promoted_at, member)]


def _event(actor: Member, action: str, moment: datetime | None, target: Member) -> dict[str, Any]:
    return {
        "id": str(uuid5(_NAMESPACE, f"{action}/{target.member_id}")),
        "event_at": moment,
        "actor_user_id": actor.member_id,
        "actor_username": actor.username,
        "actor_hostname": actor.hostname,
        "action": action,
        "target_user_id": target.member_id,
        "target_resource": f"{target.username}@{target.hostname}",
        "details_json": {"role": target.role},
    }


def _sessions(member: Member) -> list[dict[str, Any]]:
    """The member's first connection and the latest one."""
    return [
        {
            "id": str(uuid5(_NAMESPACE, f"{kind}/{member.member_id}")),
            "event_at": moment,
            "user_id": member.member_id,
            "username": member.username,
            "hostname": member.hostname,
            "event_kind": kind,
            "client_version": member.client_version,
            "os_platform": "linux",
            "db_profiles_seen": ["prod-pg"],
        }
        for kind, moment in (("first_seen", member.first_seen_at), ("connect", member.last_seen_at))
    ]
