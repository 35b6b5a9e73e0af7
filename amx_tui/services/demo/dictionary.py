"""The made-up shop warehouse that the demo's team describes: its assets, and several ways to put each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from amx_tui.domain.names import join_name

__all__ = ["SCHEMAS", "Asset", "assets_of", "tables_of"]

SCHEMAS = ("sales", "finance", "catalog")


@dataclass(frozen=True, slots=True)
class Asset:
    """A schema, table or column of the warehouse."""

    schema: str
    table: str
    """Empty for a schema."""
    column: str
    """Empty for a schema or table."""
    kind: str
    dtype: str
    """Empty for a schema or table."""
    phrases: tuple[str, ...]
    """The description in the words of different people, two or three of them."""
    position: int
    """Which column of its table it is, counted from 0."""
    row_count: int

    @property
    def name(self) -> str:
        """The qualified name."""
        return join_name([self.schema, self.table, self.column])


@cache
def _schema(schema: str) -> tuple[Asset, ...]:
    """Read a schema's data file: its own asset first, then each table followed by its columns."""
    text = files("amx_tui.services.demo").joinpath(f"data/{schema}.toml").read_text("utf-8")
    document = tomllib.loads(text)
    found = [Asset(schema, "", "", "schema", "", tuple(document.pop("schema")), 0, 0)]
    for table, entry in document.items():
        kind, rows = entry.pop("kind", "table"), entry.pop("rows")
        found.append(Asset(schema, table, "", kind, "", tuple(entry.pop("table")), 0, rows))
        for position, (column, (dtype, *phrases)) in enumerate(entry.items()):
            found.append(Asset(schema, table, column, "column", dtype, tuple(phrases), position, rows))
    return tuple(found)


def tables_of(schema: str) -> tuple[str, ...]:
    """The names of a schema's tables and views, in the order of its data file."""
    return tuple(asset.table for asset in _schema(schema) if asset.table and not asset.column)


def assets_of(schema: str, tables: tuple[str, ...]) -> Iterator[Asset]:
    """The assets of some tables of a schema; without tables the whole schema, itself included."""
    for asset in _schema(schema):
        if not tables or asset.table in tables:
            yield asset
