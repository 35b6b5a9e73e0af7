"""The warehouse that the demo's team describes: SQLite files in its home, with the comments of the story's end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from amx_tui.domain.assets import AssetName, CommentChange
from amx_tui.domain.names import split_name
from amx_tui.services.demo.dictionary import SCHEMAS, Asset, assets_of, tables_of
from amx_tui.services.demo.story import DROPPED
from amx_tui.services.described import open_warehouse
from amx_tui.services.opening import open_database

if TYPE_CHECKING:
    from amx_tui.config.model import Profile
    from amx_tui.warehouse.seeding import MadeColumn, MadeRelation

__all__ = ["FOLDER", "database_files", "make_database"]

FOLDER = "warehouse"
"""Where the files lie in the demo's home."""

_KEYS = ("_sk", "_sku", "_no", "_id", "_code")
_NULLABLE = ("_deleted_at", "_phone", "_birth_date", "_addition", "_text", "_reason", "_valid_to", "_to")


async def make_database(profile: Profile, comments: Mapping[str, str]) -> None:
    """Make the files of the described database, which is otherwise empty.

    Args:
        profile: Leads to them; their folder is there.
        comments: By qualified name.

    Raises:
        StoreError: They cannot be made.
    """
    database = await open_database(profile, {}, may_create=True)
    from amx_tui.warehouse.seeding import make_relations

    try:
        await make_relations(database, {schema: list(_relations(schema)) for schema in SCHEMAS})
    finally:
        await database.close()
    warehouse = await open_warehouse(profile, {})
    try:
        await warehouse.write(
            [
                CommentChange(AssetName(*split_name(name)), "", comment)
                for name, comment in comments.items()
                if name not in DROPPED
            ]
        )
    finally:
        await warehouse.close()


def database_files() -> dict[str, str]:
    """The schemas of the described database, each with the name of its file."""
    return {schema: f"{schema}.db" for schema in SCHEMAS}


def _relations(schema: str) -> Iterator[MadeRelation]:
    from amx_tui.warehouse.seeding import MadeRelation

    keys = _keys(schema)
    for table in tables_of(schema):
        own, *columns = assets_of(schema, (table,))
        yield MadeRelation(
            table,
            [_column(column, keys) for column in columns if column.name not in DROPPED],
            is_view=own.kind == "view",
        )


def _keys(schema: str) -> dict[str, tuple[str, str]]:
    """What the tables of a schema are known by, and the column that holds it: a table stands before those below it."""
    keys: dict[str, tuple[str, str]] = {}
    for asset in assets_of(schema, ()):
        if asset.column and asset.position == 0 and asset.column.endswith(_KEYS):
            keys.setdefault(_stem(asset.column), (asset.table, asset.column))
    return keys


def _column(asset: Asset, keys: Mapping[str, tuple[str, str]]) -> MadeColumn:
    from amx_tui.warehouse.seeding import MadeColumn

    key = keys.get(_stem(asset.column))
    is_key = key == (asset.table, asset.column)
    is_nullable = not is_key and (asset.column.startswith("x_") or asset.column.endswith(_NULLABLE))
    return MadeColumn(asset.column, asset.dtype, is_key, is_nullable, None if is_key else key)


def _stem(column: str) -> str:
    return column.partition("_")[2]
