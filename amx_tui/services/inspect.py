"""What a profile's database is and holds, the AMX store in it among the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from amx_tui.domain.errors import UnsupportedHostError
from amx_tui.domain.report import Block, Facts, Grid, Paragraph, Report
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.text import one_line
from amx_tui.services.opening import open_database

if TYPE_CHECKING:
    from amx_tui.config.kinds import Backend
    from amx_tui.config.model import Profile
    from amx_tui.services.workspace import Workspace
    from amx_tui.store.catalogs import SchemaFacts

__all__ = ["inspect"]


async def inspect(workspace: Workspace, name: str = "") -> Report:
    """Look at a profile's database: backend, abilities, visible schemas and their tables.

    Args:
        name: The profile; the active one where it is empty.

    Raises:
        NotFoundError: There is no such profile, or none is active.
        AmxError: The database cannot be reached.
    """
    profile = workspace.profiles.active(name)
    kind = profile.require_backend()
    database = await open_database(profile, workspace.environ)
    from amx_tui.store.catalogs import list_schemas

    schemas: Sequence[SchemaFacts] = ()
    refusal = ""
    try:
        version = await database.server_version()
        try:
            schemas = await list_schemas(database)
        except UnsupportedHostError as error:
            refusal = error.message
    finally:
        await database.close()
    blocks: list[Block] = [
        Facts(
            (
                ("profile", one_line(profile.name, 120)),
                ("backend", kind.title),
                ("server", one_line(version, 120)),
                ("place", profile.describe(full=True)),
                ("can host the history store", "yes" if kind.can_host else f"no: {kind.host_refusal}"),
                ("abilities", ", ".join(word for word, has in _abilities(kind).items() if has) or "none"),
            )
        )
    ]
    blocks += [Paragraph(refusal)] if refusal else [_schema_grid(schemas), *_store_grids(schemas)]
    return Report(
        f"Inspect {one_line(profile.name, 120)}", tuple(blocks), _data(profile, kind, version, schemas)
    )


def _abilities(kind: Backend) -> dict[str, bool]:
    abilities = kind.abilities
    return {
        "schemas": abilities.has_schemas,
        "comments": abilities.has_comments,
        "transactional DDL": abilities.has_transactional_ddl,
        "notifications": abilities.has_notifications,
    }


def _schema_grid(schemas: Sequence[SchemaFacts]) -> Grid:
    return Grid(
        ("schema", "tables", ""),
        tuple(
            (
                one_line(schema.name, 120),
                str(schema.table_count),
                "AMX history store" if schema.is_amx else "",
            )
            for schema in schemas
        ),
        right=frozenset({1}),
        title="Schemas",
        empty="No schema is visible to this user.",
    )


def _store_grids(schemas: Sequence[SchemaFacts]) -> list[Grid]:
    return [
        Grid(
            ("table",),
            tuple((one_line(table, 120),) for table in schema.tables),
            title=f"Tables of {one_line(schema.name, 120)}",
        )
        for schema in schemas
        if schema.is_amx
    ]


def _data(profile: Profile, kind: Backend, version: str, schemas: Sequence[SchemaFacts]) -> JsonValue:
    abilities: dict[str, JsonValue] = {
        word.replace(" ", "_").lower(): has for word, has in _abilities(kind).items()
    }
    return {
        "profile": profile.name,
        "backend": kind.name,
        "server_version": version,
        "place": profile.describe(full=True),
        "can_host": kind.can_host,
        "host_refusal": kind.host_refusal,
        "abilities": abilities,
        "schemas": [
            {
                "name": schema.name,
                "table_count": schema.table_count,
                "is_amx": schema.is_amx,
                "layout": schema.layout,
                "tables": list(schema.tables),
            }
            for schema in schemas
        ],
    }
