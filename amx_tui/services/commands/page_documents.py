"""Pages as JSON documents: keys named like the columns of the store, whatever its layout."""

from __future__ import annotations

from amx_tui.domain.pages import Page, PageSummary, PageVersion
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.times import iso_time

__all__ = ["page_row", "summary_row", "version_row"]


def page_row(page: Page) -> dict[str, JsonValue]:
    """A page with everything that belongs to it."""
    return {
        "id": page.page_id,
        "title": page.title,
        "slug": page.slug,
        "markdown_body": page.body,
        "status": page.status,
        "generation_prompt": page.generation_prompt or None,
        "model_used": page.model_used or None,
        "db_profile": page.db_profile or None,
        "created_by": page.created_by,
        "hostname": page.hostname,
        "client_version": page.client_version or None,
        "updated_by": page.updated_by or None,
        "created_at": iso_time(page.created_at),
        "updated_at": iso_time(page.updated_at),
        "version": page.version,
        "assets": [
            {"asset_kind": asset.kind, "asset_ref": asset.ref, "included": asset.is_included}
            for asset in page.assets
        ],
        "sources": [
            {
                "source_kind": source.kind,
                "source_path": source.path,
                "original_name": source.name,
                "created_at": iso_time(source.created_at),
            }
            for source in page.sources
        ],
    }


def summary_row(page: PageSummary) -> dict[str, JsonValue]:
    """A page of a list."""
    return {
        "id": page.page_id,
        "title": page.title,
        "slug": page.slug,
        "status": page.status,
        "db_profile": page.db_profile or None,
        "created_by": page.created_by,
        "updated_by": page.updated_by or None,
        "updated_at": iso_time(page.updated_at),
        "version": page.version,
        "size": page.size,
        "excerpt": page.excerpt or None,
    }


def version_row(version: PageVersion) -> dict[str, JsonValue]:
    """A saved state of a page; without its text where that was not read."""
    row: dict[str, JsonValue] = {
        "page_id": version.page_id,
        "version_no": version.version,
        "title": version.title,
        "status": version.status,
        "saved_at": iso_time(version.saved_at),
        "saved_by": version.saved_by or None,
        "note": version.note or None,
        "save_id": version.save_id or None,
    }
    return row if version.is_cut else row | {"markdown_body": version.body}
