"""What a store lacks, as the statements that add it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Literal

import sqlalchemy as sa

from amx_tui.domain.identity import Identity
from amx_tui.store.contents import SchemaContents
from amx_tui.store.ddl import Ddl
from amx_tui.store.plans import Statement
from amx_tui.store.search_indexes import SearchObject, search_ddl
from amx_tui.store.shape import lacking_defaults
from amx_tui.store.tables import Tables, known_version

__all__ = ["MissingParts"]


class MissingParts:
    """The parts of a store of the layout `document` that are not in a schema yet.

    Args:
        contents: What lies in the schema.
        identity: Who is to stand as the maker of the store; nobody where it is None.
    """

    def __init__(
        self,
        ddl: Ddl,
        tables: Tables,
        contents: SchemaContents,
        identity: Identity | None,
        client_version: str,
    ) -> None:
        self._ddl = ddl
        self._tables = tables
        self._contents = contents
        self._identity = identity
        self._client_version = client_version
        self._meta = tables.schema_meta
        self._others = [table for table in tables.metadata.tables.values() if table is not self._meta]

    @property
    def creates_schema(self) -> bool:
        """Whether the schema is missing, and the backend has schemas."""
        return bool(self._tables.schema) and not self._contents.exists

    def statements(self, *, has_meta_row: bool) -> Iterator[Statement]:
        """Write what is missing; the row about the store comes last, for it is what makes it one."""
        sql = self._ddl.create_schema(self._tables.schema or "") if self.creates_schema else None
        if sql:
            yield Statement(sql, f"Schema {self._tables.schema}")
        missing = [table for table in self._others if table.name not in self._contents.tables]
        yield from map(self._table, missing)
        for table in self._others:
            yield from self._indexes(table)
        yield from self._defaults()
        yield from self._search()
        for table in missing:
            yield from self._comments(table)
        if self._meta.name not in self._contents.tables:
            yield self._table(self._meta)
            yield from self._comments(self._meta)
        if not has_meta_row:
            version = known_version(self._tables.layout)
            row: dict[str, str | int | None] = {
                "id": 1,
                "schema_version": version,
                "member_seq": 0,
                "created_at": None,
                "created_by": self._identity.username if self._identity else "",
                "created_by_client_version": self._client_version,
            }
            yield Statement(self._ddl.insert_once(self._meta, row), "The row about the store itself")

    def audit(self, maker: Identity, *, makes_store: bool) -> Statement:
        """Write the row of the audit trail that says who has made or completed the store.

        Of two who make a store at once the first one has made it.
        """
        event_id, action = str(uuid.uuid4()), "store_create" if makes_store else "store_extend"
        row: dict[str, str | int | None] = {
            "id": event_id,
            "event_at": None,
            "actor_username": maker.username,
            "actor_hostname": maker.hostname,
            "action": action,
        }
        unless = (
            f"action = {self._ddl.literal(action)}" if makes_store else f"id = {self._ddl.literal(event_id)}"
        )
        sql = self._ddl.insert_once(self._tables.admin_audit, row, unless)
        return Statement(sql, "The row of the audit trail that says who did this")

    def notes(self) -> Iterator[str]:
        """Say what is left out or found odd."""
        contents = self._contents
        if contents.layout == "document" and "analysis_runs" in contents.tables:
            yield "Tables that amx-cli made lie in the same schema; they are left alone, and not read."
        for table in (*self._others, self._meta):
            lacking = self._lacking_columns(table)
            if lacking:
                yield f"{table.name} is there but lacks {', '.join(sorted(lacking))}; it is left as it is."
        if self._trigrams == "missing" and self._tables.backend_name == "postgresql":
            yield (
                "Search for text reads row after row: the extension pg_trgm is not in this database. "
                + (
                    "The DBA can add it (CREATE EXTENSION pg_trgm); run this again then."
                    if contents.is_true("trgm_available")
                    else "The server does not have it."
                )
            )
        if self.creates_schema and contents.fact("may_create_schema") == "false":
            yield (
                f"The user {contents.fact('user')} may not create schemas in {contents.fact('database')}: "
                "have the DBA create it, then run this again; CREATE SCHEMA is then left out."
            )
        elif contents.fact("may_create_tables") == "false":
            yield f"The user {contents.fact('user')} may not create tables in that schema."

    def search_objects(self) -> list[SearchObject]:
        """Return what makes searching quick, can be made here, and is not there."""
        trigrams = self._trigrams
        found = search_ddl(
            self._tables,
            has_trgm=trigrams != "missing",
            trgm_schema=self._contents.fact("trgm_schema") if trigrams == "hidden" else None,
        )
        return [item for item in found if item.name not in self._contents.names]

    def _search(self) -> Iterator[Statement]:
        objects = self.search_objects()
        if objects and self._trigrams == "creatable":
            yield Statement("CREATE EXTENSION IF NOT EXISTS pg_trgm", "Extension pg_trgm: search for text")
        for item in objects:
            yield from item.statements

    @property
    def _trigrams(self) -> Literal["visible", "hidden", "creatable", "missing"]:
        """Whether the host can index trigrams, and how one gets at them."""
        contents = self._contents
        if self._tables.backend_name == "sqlite":
            return "visible" if contents.has_full_text else "missing"
        if contents.fact("trgm_schema"):
            return "visible" if contents.is_true("trgm_visible") else "hidden"
        is_creatable = contents.is_true("trgm_available") and contents.is_true("trgm_creatable")
        return "creatable" if is_creatable else "missing"

    def _table(self, table: sa.Table) -> Statement:
        what = (table.comment or "").removeprefix("AMX: ")
        return Statement(self._ddl.create_table(table), f"Table {table.name}: {what}")

    def _comments(self, table: sa.Table) -> Iterator[Statement]:
        sql = self._ddl.comments(table)
        if sql:
            yield Statement(sql, f"Comments on {table.name}")

    def _indexes(self, table: sa.Table) -> Iterator[Statement]:
        there = self._contents.tables.get(table.name)
        if there is None and self._ddl.has_indexes_inside:
            return
        lacking = self._lacking_columns(table)
        for index in sorted(table.indexes, key=lambda item: str(item.name)):
            is_there = there is not None and index.name in there.indexes
            sql = None if is_there or lacking & set(index.columns.keys()) else self._ddl.create_index(index)
            if sql:
                yield Statement(sql, f"Index {index.name}")

    def _defaults(self) -> Iterator[Statement]:
        """Write the defaults that a store of an earlier build has not."""
        for table in self._others:
            there = self._contents.tables.get(table.name)
            for column in [] if there is None else lacking_defaults(table, there):
                sql = self._ddl.set_default(column)
                if sql:
                    yield Statement(sql, f"Default of {table.name}.{column.name}")

    def _lacking_columns(self, table: sa.Table) -> set[str]:
        there = self._contents.tables.get(table.name)
        return set() if there is None else set(table.columns.keys()) - there.columns.keys()
