"""The statements that make a page, and attach assets and sources to one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.errors import NotFoundError
from amx_tui.domain.identity import Identity
from amx_tui.domain.pages import NewPage, PageAsset, PageChange, PageSource, new_id, slug_of
from amx_tui.store.notices import Notice, announce
from amx_tui.store.permissions import require_permission
from amx_tui.store.search import ESCAPE, like_patterns
from amx_tui.store.tables import Tables

__all__ = ["EDITING", "SlugTakenError", "attach", "create_page", "detach", "insert_attached", "state_values"]

EDITING = "editing pages"
"""What the member does, for a refusal."""


class SlugTakenError(Exception):
    """Somebody else took the slug between looking and writing."""


def state_values(tables: Tables, state: PageChange | NewPage, who: str, now: datetime) -> dict[str, Any]:
    """The columns of a version row, besides page and number, as far as the layout has them."""
    values = {
        "title": state.title,
        "status": state.status,
        "markdown_body": state.body,
        "saved_at": now,
        "saved_by": who,
        "note": state.note or None,
        "save_id": state.save_id,
    }
    return {name: value for name, value in values.items() if name in tables.page_versions.c}


def create_page(
    tables: Tables,
    new: NewPage,
    identity: Identity,
    now: datetime,
    client_version: str,
    attempt: int,
    connection: sa.Connection,
) -> None:
    """Make a page and its first version, unless the same page was made before.

    Raises:
        RoleError: The member may not edit.
        SlugTakenError: Somebody else was quicker with the same slug.
    """
    require_permission(connection, tables, identity, "edit", doing=EDITING)
    pages = tables.pages
    if connection.execute(sa.select(pages.c.id).where(pages.c.id == new.page_id)).first() is not None:
        return
    values = {
        "id": new.page_id,
        "title": new.title,
        "slug": _free_slug(connection, tables, new.title, attempt),
        "markdown_body": new.body,
        "status": new.status,
        "db_profile": new.db_profile or None,
        "created_by": identity.username,
        "hostname": identity.hostname,
        "client_version": client_version,
        "updated_by": identity.username,
        "created_at": now,
        "updated_at": now,
        "version": 1,
    }
    try:
        connection.execute(
            sa.insert(pages).values({name: value for name, value in values.items() if name in pages.c})
        )
    except sa.exc.IntegrityError as error:
        raise SlugTakenError from error
    connection.execute(
        sa.insert(tables.page_versions).values(
            page_id=new.page_id, version_no=1, **state_values(tables, new, identity.username, now)
        )
    )
    insert_attached(connection, tables, new.page_id, new.assets, new.sources, now)
    announce(connection, tables, Notice("page", new.page_id, 1, identity.username))


def _free_slug(connection: sa.Connection, tables: Tables, title: str, attempt: int) -> str:
    """The slug of a title, with the next free number where others have it; a later attempt looks further."""
    slug = slug_of(title)
    begins = like_patterns(slug)[0].removeprefix("%")
    column = tables.pages.c.slug
    found = connection.execute(sa.select(column).where(column.ilike(begins, escape=ESCAPE))).scalars()
    taken = {each.casefold() for each in found}
    number, free = 1, slug
    for _ in range(attempt + 1):
        while free in taken:
            number += 1
            free = f"{slug}-{number}"
        taken.add(free)
    return free


def attach(
    tables: Tables,
    page_id: str,
    assets: Sequence[PageAsset],
    sources: Sequence[PageSource],
    now: datetime,
    connection: sa.Connection,
) -> None:
    """Attach what is not attached yet.

    Raises:
        NotFoundError: The page is not there.
    """
    _lock(connection, tables, page_id)
    known, files = tables.page_assets.c, tables.page_sources.c
    there = _pairs(connection, known.asset_kind, known.asset_ref, known.page_id == page_id)
    paths = _pairs(connection, files.source_kind, files.source_path, files.page_id == page_id)
    new_assets = [asset for asset in dict.fromkeys(assets) if (asset.kind, asset.ref) not in there]
    new_sources = [source for source in dict.fromkeys(sources) if (source.kind, source.path) not in paths]
    insert_attached(connection, tables, page_id, new_assets, new_sources, now)


def detach(
    tables: Tables,
    page_id: str,
    assets: Sequence[PageAsset],
    sources: Sequence[PageSource],
    connection: sa.Connection,
) -> None:
    """Detach what is attached.

    Raises:
        NotFoundError: The page is not there.
    """
    _lock(connection, tables, page_id)
    for asset in assets:
        known = tables.page_assets.c
        connection.execute(
            sa.delete(tables.page_assets).where(
                known.page_id == page_id, known.asset_kind == asset.kind, known.asset_ref == asset.ref
            )
        )
    for source in sources:
        files = tables.page_sources.c
        connection.execute(
            sa.delete(tables.page_sources).where(
                files.page_id == page_id, files.source_kind == source.kind, files.source_path == source.path
            )
        )


def _pairs(
    connection: sa.Connection,
    kind: sa.ColumnElement[str],
    name: sa.ColumnElement[str],
    which: sa.ColumnElement[bool],
) -> set[tuple[str, str]]:
    return {(row[0], row[1]) for row in connection.execute(sa.select(kind, name).where(which))}


def _lock(connection: sa.Connection, tables: Tables, page_id: str) -> None:
    """Let those who attach to a page take turns."""
    pages = tables.pages.c
    held = sa.select(pages.id).where(pages.id == page_id).with_for_update()
    if connection.execute(held).first() is None:
        raise NotFoundError("The page is not there any more.", hint="pages list shows the pages.")


def insert_attached(
    connection: sa.Connection,
    tables: Tables,
    page_id: str,
    assets: Sequence[PageAsset],
    sources: Sequence[PageSource],
    now: datetime | None,
) -> None:
    """Attach to a page that is held; `now` is for sources that do not say when they were added."""
    has_own_ids = tables.layout == "amx_cli"  # numbers, which the database draws

    def identified() -> dict[str, str]:
        return {} if has_own_ids else {"id": new_id()}

    if assets:
        rows = [
            {
                **identified(),
                "page_id": page_id,
                "asset_kind": asset.kind,
                "asset_ref": asset.ref,
                "included": int(asset.is_included),
            }
            for asset in assets
        ]
        connection.execute(sa.insert(tables.page_assets), rows)
    if sources:
        files = [
            {
                **identified(),
                "page_id": page_id,
                "source_kind": source.kind,
                "source_path": source.path,
                "original_name": source.name,
                "created_at": source.created_at or now,
            }
            for source in sources
        ]
        connection.execute(sa.insert(tables.page_sources), files)
