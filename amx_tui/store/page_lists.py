"""The statements that list and find pages."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from amx_tui.domain.pages import Direction, PageCursor, PageFilter, PagePage
from amx_tui.store.keyset import beyond, by_code_point, ordered
from amx_tui.store.page_rows import read_summary, updated_by
from amx_tui.store.search import ESCAPE, like_patterns
from amx_tui.store.tables import Tables
from amx_tui.store.tables.types import storable

__all__ = ["read_page_list", "select_candidates"]

_BEFORE, _EXCERPT = 60, 200
"""Characters in front of what a search found, and of the whole excerpt."""


def read_page_list(
    connection: sa.Connection,
    tables: Tables,
    wanted: PageFilter,
    *,
    cursor: PageCursor | None,
    direction: Direction,
    limit: int,
    count: bool,
) -> PagePage:
    """Read a stretch of the list, and the number of pages where that is wanted, in one statement."""
    pages = tables.pages.c
    conditions = _conditions(tables, wanted)
    key = [_text_or_time(tables, wanted), pages.id]
    ascending = wanted.descending == (direction == "backward")
    total = sa.select(sa.func.count()).select_from(tables.pages).where(*conditions).scalar_subquery()
    statement = sa.select(
        pages.id,
        pages.title,
        pages.slug,
        pages.status,
        pages.version,
        pages.updated_at,
        pages.created_by,
        pages.db_profile,
        updated_by(tables).label("updated_by"),
        _size(tables).label("size"),
        _excerpt(tables, wanted.text).label("excerpt"),
        (total if count else sa.null()).label("total"),
    ).where(*conditions)
    if cursor is not None:
        values: list[Any] = [cursor.title if wanted.sort == "title" else cursor.updated_at, cursor.page_id]
        if values[0] is None:
            own = sa.select(key[0]).where(pages.id == cursor.page_id).correlate(None)
            values[0] = own.scalar_subquery()
        statement = statement.where(beyond(tables, key, values, ascending=ascending))
    statement = statement.order_by(*ordered(key, ascending=ascending)).limit(limit + 1)
    rows = connection.execute(statement).mappings().all()
    found = [read_summary(row) for row in rows[:limit]]
    has_more, has_less = len(rows) > limit, cursor is not None
    if direction == "backward":
        found.reverse()
        has_more, has_less = has_less, has_more
    number = rows[0]["total"] if rows else 0 if cursor is None else None
    return PagePage(tuple(found), has_less, has_more, number if count else None)


def _size(tables: Tables) -> sa.ColumnElement[Any]:
    """The bytes of a text, which most databases know without reading it."""
    body = tables.pages.c.markdown_body
    if tables.backend_name == "sqlite":
        return sa.func.length(sa.cast(body, sa.LargeBinary))
    return sa.func.octet_length(body)


def _text_or_time(tables: Tables, wanted: PageFilter) -> sa.ColumnElement[Any]:
    pages = tables.pages.c
    return by_code_point(tables, pages.title) if wanted.sort == "title" else pages.updated_at


def _conditions(tables: Tables, wanted: PageFilter) -> list[sa.ColumnElement[bool]]:
    pages = tables.pages.c
    conditions: list[sa.ColumnElement[bool]] = []
    if not wanted.status:
        conditions.append(pages.status != "deleted")
    elif wanted.status != "all":
        conditions.append(pages.status == wanted.status)
    if wanted.db_profile:
        conditions.append(pages.db_profile == wanted.db_profile)
    if wanted.who:
        conditions.append(sa.or_(pages.created_by == wanted.who, updated_by(tables) == wanted.who))
    if wanted.text.strip():
        patterns = like_patterns(wanted.text.strip())
        searched = (pages.title, pages.slug, pages.markdown_body)
        found = (column.ilike(pattern, escape=ESCAPE) for column in searched for pattern in patterns)
        conditions.append(sa.or_(*found))
    return conditions


def _excerpt(tables: Tables, text: str) -> sa.ColumnElement[Any]:
    """The text around the first place where a body has what is looked for, NULL where it is elsewhere."""
    text = storable(text.strip())
    if not text:
        return sa.null()
    body = tables.pages.c.markdown_body
    lowered, needle = sa.func.lower(body), sa.func.lower(sa.literal(text, sa.Text))
    match tables.backend_name:
        case "postgresql":
            place: sa.ColumnElement[Any] = sa.func.strpos(lowered, needle)
        case "mysql":
            place = sa.func.locate(needle, lowered)
        case _:
            place = sa.func.instr(lowered, needle)
    start = sa.case((place > _BEFORE, place - _BEFORE), else_=1)
    return sa.case((place > 0, sa.func.substr(body, start, _EXCERPT, type_=sa.Text)))


def select_candidates(tables: Tables, reference: str, limit: int) -> sa.Select[Any]:
    """Select the pages that a reference may mean: its id, its slug, or the beginning of one of them."""
    pages = tables.pages.c
    begins = like_patterns(reference)[0].removeprefix("%")
    return (
        sa.select(pages.id, pages.slug, pages.title, pages.status)
        .where(
            sa.or_(
                pages.id == reference,
                pages.slug == reference,
                pages.id.like(begins, escape=ESCAPE),
                pages.slug.ilike(begins, escape=ESCAPE),
            )
        )
        .order_by(
            sa.case(
                (pages.id == reference, 0),
                (pages.slug == reference, 1),
                (pages.status != "deleted", 2),
                else_=3,
            ),
            pages.slug,
        )
        .limit(limit)
    )
