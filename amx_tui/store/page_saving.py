"""A page's save as the versioned primitive takes it, and what its refusal says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from amx_tui.domain.errors import StaleVersionError
from amx_tui.domain.identity import Identity
from amx_tui.domain.pages import Page, PageChange, PageVersion, new_id
from amx_tui.domain.text import one_line
from amx_tui.store.notices import Notice
from amx_tui.store.page_making import EDITING, state_values
from amx_tui.store.tables import Tables
from amx_tui.store.versioned import SavedStates, VersionedSave

__all__ = ["page_save", "stale_error"]


def page_save(
    tables: Tables, change: PageChange, identity: Identity, now: datetime, over: PageVersion | Page | None
) -> VersionedSave:
    """Write a change down as a save of its row.

    Args:
        over: What somebody else had saved and this save overwrites by choice.
    """
    pages, who = tables.pages.c, identity.username
    values: dict[str, Any] = {
        "title": change.title,
        "markdown_body": change.body,
        "status": change.status,
        "updated_at": now,
    }
    if "updated_by" in pages:
        values["updated_by"] = who
    if "rendered_html" in pages:
        # What amx-cli rendered of the text before; it renders anew where there is nothing.
        values["rendered_html"] = None
    return VersionedSave(
        table=tables.pages,
        row_id=change.page_id,
        expected=change.expected,
        values=values,
        states=SavedStates(
            table=tables.page_versions,
            of_row="page_id",
            number="version_no",
            new=state_values(tables, change, who, now),
            replaced=_replaced(tables, change.expected),
        ),
        notice=Notice("page", change.page_id, change.expected + 1, who),
        doing=EDITING,
        audit=None if over is None else _audit(tables, change, identity, now, over),
    )


def _replaced(tables: Tables, expected: int) -> dict[str, Any]:
    """What becomes of a state that another program saved without a version row."""
    pages, versions = tables.pages.c, tables.page_versions.c
    saved_by: Any = pages.get("updated_by")
    if saved_by is None:
        saved_by = pages.created_by if expected == 1 else None
    values = {
        "markdown_body": pages.markdown_body,
        "saved_at": pages.updated_at,
        "saved_by": saved_by,
        "note": "saved by another program, kept when it was replaced",
        "title": pages.title,
        "status": pages.status,
    }
    return {name: value for name, value in values.items() if name in versions}


def stale_error(current: Page, change: PageChange) -> StaleVersionError:
    """The refusal of a change that somebody else was faster than."""
    who = one_line(current.updated_by, 80) or "somebody"
    return StaleVersionError(
        f"{one_line(current.title, 80)}: {who} saved version {current.version} meanwhile;"
        f" yours is based on version {change.expected}.",
        current=current,
        expected=change.expected,
        hint="Nothing was saved. Merge the two texts, or overwrite theirs.",
    )


def _audit(
    tables: Tables, change: PageChange, identity: Identity, now: datetime, over: PageVersion | Page
) -> dict[str, Any]:
    """The audit row of a save that overwrites what somebody else had saved, which stays as a version."""
    theirs = over.saved_by if isinstance(over, PageVersion) else over.updated_by
    return {
        "id": new_id(),
        "event_at": now,
        "actor_user_id": None,
        "actor_username": identity.username,
        "actor_hostname": identity.hostname,
        "action": "forced_overwrite",
        "target_user_id": None,
        "target_resource": f"{tables.pages.name}:{change.page_id}",
        "details_json": {
            "title": change.title,
            "overwritten_version": change.expected,
            "overwritten_by": theirs,
            "new_version": change.expected + 1,
        },
    }
