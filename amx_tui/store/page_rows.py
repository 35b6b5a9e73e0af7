"""Rows of documentation pages, their attachments and versions, as both layouts have them, read into the domain's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.pages import Page, PageAsset, PageSource, PageSummary, PageVersion
from amx_tui.store.rows import text_of
from amx_tui.store.tables import Tables

__all__ = [
    "read_page",
    "read_summary",
    "read_version",
    "select_page",
    "select_versions",
    "updated_by",
]


def updated_by(tables: Tables) -> sa.ColumnElement[Any]:
    """Who saved a page last; in amx-cli's layout the version row of its present state says it, or nobody does."""
    pages, versions = tables.pages.c, tables.page_versions.c
    if "updated_by" in pages:
        return pages.updated_by
    who = sa.select(versions.saved_by).where(
        versions.page_id == pages.id, versions.version_no == pages.version
    )
    first = sa.case((pages.version == 1, pages.created_by))
    return sa.func.coalesce(who.scalar_subquery(), first)


def _page_columns(tables: Tables) -> dict[str, sa.ColumnElement[Any]]:
    """What is read of a page, by the names that all parts of `select_page` share."""
    pages = tables.pages.c
    return {
        "id": pages.id,
        "title": pages.title,
        "slug": pages.slug,
        "status": pages.status,
        "markdown_body": pages.markdown_body,
        "created_by": pages.created_by,
        "updated_by": updated_by(tables),
        "hostname": pages.hostname,
        "client_version": pages.client_version,
        "db_profile": pages.db_profile,
        "model_used": pages.model_used,
        "generation_prompt": pages.generation_prompt,
        "version": pages.version,
        "created_at": pages.created_at,
        "updated_at": pages.updated_at,
    }


def select_page(tables: Tables, page_id: str, *, state: int | None = None) -> sa.CompoundSelect[Any]:
    """Select a page and what is attached to it, in one statement: `part` says what each row is.

    Args:
        state: A version whose row is wanted too, as far as it tells whose save it was.
    """
    columns = _page_columns(tables)
    pages = tables.pages.c
    assets, sources = tables.page_assets.c, tables.page_sources.c
    of_asset = {"title": assets.asset_ref, "slug": assets.asset_kind, "version": assets.included}
    of_source = {
        "title": sources.source_path,
        "slug": sources.source_kind,
        "status": sources.original_name,
        "created_at": sources.created_at,
    }
    parts: list[tuple[str, Mapping[str, Any], sa.ColumnElement[bool]]] = [
        ("page", columns, pages.id == page_id),
        ("asset", of_asset, assets.page_id == page_id),
        ("source", of_source, sources.page_id == page_id),
    ]
    if state is not None:
        versions = tables.page_versions.c
        of_state = {"created_by": versions.saved_by}
        if "save_id" in versions:
            of_state["title"] = versions.save_id
        else:
            of_state["markdown_body"] = versions.markdown_body
        parts.append(("state", of_state, sa.and_(versions.page_id == page_id, versions.version_no == state)))
    return sa.union_all(
        *(
            sa.select(_word(part), *(values.get(name, sa.null()).label(name) for name in columns)).where(
                which
            )
            for part, values, which in parts
        )
    )


def _word(text: str) -> sa.ColumnElement[Any]:
    return sa.literal_column(f"'{text}'", sa.Text).label("part")


def read_page(rows: Iterable[sa.RowMapping]) -> Page | None:
    """Read the rows of `select_page`; None where there is no such page."""
    found: sa.RowMapping | None = None
    assets: list[PageAsset] = []
    sources: list[PageSource] = []
    for row in rows:
        match row["part"]:
            case "page":
                found = row
            case "asset":
                is_included = row["version"] != 0
                assets.append(PageAsset(text_of(row["slug"]), text_of(row["title"]), is_included))
            case "source":
                name, moment = text_of(row["status"]), row["created_at"]
                sources.append(PageSource(text_of(row["slug"]), text_of(row["title"]), name, moment))
    if found is None:
        return None
    texts = {
        name: text_of(found[name])
        for name in (
            "title", "slug", "status", "created_by", "updated_by", "hostname", "client_version", "db_profile",
            "generation_prompt", "model_used",
        )
    }  # fmt: skip
    return Page(
        page_id=found["id"],
        body=text_of(found["markdown_body"]),
        version=_number(found["version"]),
        created_at=found["created_at"],
        updated_at=found["updated_at"],
        assets=tuple(sorted(assets, key=lambda asset: (asset.name, asset.kind))),
        sources=tuple(sorted(sources, key=lambda source: (source.name, source.path))),
        **texts,
    )


def read_summary(row: sa.RowMapping) -> PageSummary:
    """Read a row of the list."""
    return PageSummary(
        page_id=row["id"],
        title=text_of(row["title"]),
        slug=text_of(row["slug"]),
        status=text_of(row["status"]),
        version=_number(row["version"]),
        updated_at=row["updated_at"],
        updated_by=text_of(row["updated_by"]),
        created_by=text_of(row["created_by"]),
        db_profile=text_of(row["db_profile"]),
        size=_number(row["size"]),
        excerpt=text_of(row["excerpt"]),
    )


def select_versions(
    tables: Tables, page_id: str, *, numbers: Sequence[int] | None, with_bodies: bool
) -> sa.CompoundSelect[Any]:
    """Select saved states of a page; its present one comes from the page itself where nobody kept it.

    Args:
        numbers: Which ones; None for all.
        with_bodies: Whether to read the texts too.
    """
    pages, versions = tables.pages.c, tables.page_versions.c
    kept = {
        "page_id": versions.page_id,
        "version_no": versions.version_no,
        "saved_at": versions.saved_at,
        "saved_by": versions.saved_by,
        "note": versions.note,
        "title": versions.get("title", sa.null()),
        "status": versions.get("status", sa.null()),
        "save_id": versions.get("save_id", sa.null()),
        "markdown_body": versions.markdown_body if with_bodies else sa.null(),
    }
    present = {
        "page_id": pages.id,
        "version_no": pages.version,
        "saved_at": pages.updated_at,
        "saved_by": updated_by(tables),
        "title": pages.title,
        "status": pages.status,
        "markdown_body": pages.markdown_body if with_bodies else sa.null(),
    }
    is_kept = sa.exists().where(versions.page_id == pages.id, versions.version_no == pages.version)
    of_kept = [versions.page_id == page_id]
    of_present = [pages.id == page_id, ~is_kept]
    if numbers is not None:
        of_kept.append(versions.version_no.in_(numbers))
        of_present.append(pages.version.in_(numbers))
    return sa.union_all(
        sa.select(*(value.label(name) for name, value in kept.items())).where(*of_kept),
        sa.select(*(present.get(name, sa.null()).label(name) for name in kept)).where(*of_present),
    )


def read_version(row: sa.RowMapping, *, is_cut: bool) -> PageVersion:
    """Read a row of `select_versions`."""
    title, status = row["title"], row["status"]
    return PageVersion(
        page_id=row["page_id"],
        version=_number(row["version_no"]),
        body=text_of(row["markdown_body"]),
        saved_at=row["saved_at"],
        saved_by=text_of(row["saved_by"]),
        title=None if title is None else text_of(title),
        status=None if status is None else text_of(status),
        note=text_of(row["note"]),
        save_id=text_of(row["save_id"]),
        is_cut=is_cut,
    )


def _number(value: object) -> int:
    """Read a number; SQLite puts into any column what it is given."""
    return value if isinstance(value, int) else 0
