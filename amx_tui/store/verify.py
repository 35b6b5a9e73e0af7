"""Whether a store is whole and usable: tables, columns, indexes, and each right proven by using it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from amx_tui.domain.errors import AmxError
from amx_tui.domain.members import Role
from amx_tui.domain.report import Check
from amx_tui.domain.text import one_line
from amx_tui.store.contents import SchemaContents, TableFacts, read_contents
from amx_tui.store.database import Database
from amx_tui.store.ddl import Ddl, ddl_for
from amx_tui.store.grants import quoted_account
from amx_tui.store.missing import MissingParts
from amx_tui.store.proofs import translated
from amx_tui.store.rights_checks import rights_checks
from amx_tui.store.shape import (
    column_problems,
    extra_columns,
    lacking_columns,
    lacking_defaults,
    lacking_indexes,
)
from amx_tui.store.tables import Layout, Tables, build_tables, known_version
from amx_tui.store.tables.gaps import Way, find_gaps

__all__ = ["verify_store"]

_MAKE = "amx-tui history-store enable makes what is missing, and nothing else."
_LISTED = 5
_WAYS: dict[Way, str] = {
    "compared": "no version, so what was read is compared before a save (compare-and-set)",
    "in events": "kept in app_events",
    "left out": "left out",
}
"""How what a layout lacks is listed; what other columns say is not lacking."""


@dataclass(frozen=True, slots=True)
class _Store:
    """A store as it was found."""

    contents: SchemaContents
    schema: str
    tables: Tables | None
    """What is expected of it; None where there is nothing of a store."""
    versions: tuple[int, ...] = ()
    """Of its rows about itself; there should be one."""
    refusal: AmxError | None = None
    """Why these could not be read."""

    def present(self) -> Iterator[tuple[sa.Table, TableFacts]]:
        """Give each table that is there, as it should be and as it is."""
        for table in self.tables.metadata.tables.values() if self.tables else ():
            if table.name in self.contents.tables:
                yield table, self.contents.tables[table.name]


async def verify_store(
    database: Database,
    *,
    schema: str,
    layout: Layout | None = None,
    is_local: bool = False,
    role: Role | None = None,
) -> tuple[Check, ...]:
    """Check a store of either layout from the ground up; nothing in it is changed.

    Rights are tried in a transaction that is rolled back. One that a viewer needs is a failure when it is
    missing, one that only writers or admins need is a warning.

    Args:
        layout: The layout that is expected; None takes the one that is there.
        is_local: Whether it is the store of the member's own machine.
        role: The role that the rights are to be enough for: lacking one of its is a failure, and what only a
            higher role needs is left out. None tells of every role.

    Raises:
        UnsupportedHostError: Stores of this backend are not checked from here.
        StoreError: The host cannot be reached, or went away.
    """
    store = await database.run(lambda connection: _look(connection, database, schema, layout, is_local))
    first = _schema_check(store, database)
    if store.tables is None or first.state == "failed":
        return (first,)
    return (
        first,
        _version_check(store, store.tables),
        _tables_check(store, store.tables),
        _columns_check(store, store.tables),
        _indexes_check(store, store.tables),
        *_layout_checks(store.tables),
        *await rights_checks(database, store.contents, store.tables, role),
    )


def _look(
    connection: Connection, database: Database, schema: str, layout: Layout | None, is_local: bool
) -> _Store:
    backend_name = database.backend_name
    contents = read_contents(connection, backend_name, schema)
    is_partial = "amx_history_runs" in contents.tables
    found = layout or contents.layout or ("document" if is_partial else None)
    if found is None:
        return _Store(contents, schema, None)
    tables = build_tables(
        "amx_cli" if found == "amx_cli" else "document",
        backend_name=backend_name,
        schema=None if backend_name == "sqlite" else schema,
        is_local=is_local,
    )
    meta = tables.schema_meta
    if meta.name not in contents.tables:
        return _Store(contents, schema, tables)
    try:
        rows = connection.execute(sa.select(meta.c.schema_version).limit(2)).scalars().all()
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated:
            raise
        return _Store(contents, schema, tables, refusal=translated(database, error))
    return _Store(contents, schema, tables, versions=tuple(int(row) for row in rows))


def _schema_check(store: _Store, database: Database) -> Check:
    contents = store.contents
    place = "file" if database.backend_name == "sqlite" else f"schema {one_line(store.schema, 80)}"
    if not contents.exists:
        missing = f"There is no {place} in {database.host_label}"
        if contents.spellings:
            other = one_line(sorted(contents.spellings)[0], 80)
            return Check(
                "schema", "failed", f"{missing}; there is {other}.", f"Set history_store_schema: {other}"
            )
        return Check("schema", "failed", f"{missing}.", _MAKE)
    if contents.fact("may_use_schema") == "false":
        user = contents.fact("user")
        hint = (
            f"GRANT USAGE ON SCHEMA {ddl_for('postgresql').quoted(store.schema)}"
            f" TO {quoted_account('postgresql', user)};"
        )
        return Check(
            "schema", "failed", f"The user {one_line(user, 80)} may not look into the {place}.", hint
        )
    if store.tables is None:
        return Check("schema", "failed", f"The {place} holds no history store.", _MAKE)
    if {"_amx_schema_meta", "analysis_runs", "schema_meta"} <= contents.tables.keys():
        return Check(
            "schema",
            "warning",
            f"The {place} holds two stores: this program's, and one that amx-cli made and still uses.",
            "Agree on one of them; the other's tables can go once nobody needs them.",
        )
    return Check("schema", "ok", f"The {place} holds a store of the layout {store.tables.layout}.")


def _version_check(store: _Store, tables: Tables) -> Check:
    name, meta = "schema version", tables.schema_meta.name
    if store.refusal is not None:
        return Check(name, "failed", store.refusal.message, store.refusal.hint)
    if not store.versions:
        return Check(name, "failed", f"{meta} has no row about the store.", _cure(tables))
    version, known = max(store.versions), known_version(tables.layout)
    if version > known:
        message = (
            f"The store has schema version {version}; this program knows up to {known} and only reads it."
        )
        return Check(name, "warning", message, "pip install --upgrade amx-tui")
    if len(store.versions) > 1:
        return Check(name, "warning", f"{meta} has more than one row; the first one counts.")
    return Check(name, "ok", f"The store has schema version {version}.")


def _tables_check(store: _Store, tables: Tables) -> Check:
    wanted = [table.name for table in tables.metadata.tables.values()]
    missing = [name for name in wanted if name not in store.contents.tables]
    if missing:
        return Check("tables", "failed", f"Missing: {', '.join(missing)}.", _cure(tables))
    unsafe = sorted(table.name for table, there in store.present() if there.engine not in {"", "InnoDB"})
    if unsafe:
        quote = ddl_for("mysql").quoted
        cures = (f"ALTER TABLE {quote(store.schema)}.{name} ENGINE=InnoDB;" for name in unsafe)
        message = f"Not InnoDB, so a save that breaks off stays half done: {', '.join(unsafe)}."
        return Check("tables", "failed", message, " ".join(cures))
    return Check("tables", "ok", f"All {len(wanted)} tables are there.")


def _columns_check(store: _Store, tables: Tables) -> Check:
    ddl = ddl_for(tables.backend_name)
    lacking: list[str] = []
    wrong: list[str] = []
    cures: list[str] = []
    extra: list[str] = []
    for table, there in store.present():
        names = lacking_columns(table, there)
        lacking += [f"{table.name}.{name}" for name in names]
        cures += [f"{ddl.add_column(table.c[name])};" for name in names]
        wrong += column_problems(table, there, tables.backend_name)
        extra += [f"{table.name}.{name}" for name in extra_columns(table, there)]
    if lacking or wrong:
        found = [f"missing {', '.join(lacking)}"] if lacking else []
        hint = " ".join(cures) if tables.layout == "document" else _cure(tables)
        return Check("columns", "failed", f"{'; '.join(found + wrong)}.", hint)
    without = _without_defaults(store, tables, ddl)
    if without:
        message = (
            f"No default: {', '.join(without)}. Database roles that may not write the column add no rows."
        )
        return Check("columns", "warning", message, _MAKE)
    message = "Every column is there and of its type."
    if extra:
        shown = ", ".join(extra[:_LISTED]) + (" …" if len(extra) > _LISTED else "")
        message += f" {len(extra)} more are left alone: {one_line(shown, 400)}."
    return Check("columns", "ok", message)


def _without_defaults(store: _Store, tables: Tables, ddl: Ddl) -> list[str]:
    """The columns of our own tables whose default is lacking and could be set."""
    if tables.layout != "document":
        return []
    return [
        f"{table.name}.{column.name}"
        for table, there in store.present()
        for column in lacking_defaults(table, there)
        if ddl.set_default(column)
    ]


def _indexes_check(store: _Store, tables: Tables) -> Check:
    if tables.layout == "amx_cli":
        return Check("indexes", "skipped", "amx-cli made this store; its indexes are its own.")
    lacking = [name for table, there in store.present() for name in lacking_indexes(table, there)]
    parts = MissingParts(ddl_for(tables.backend_name), tables, store.contents, None, "")
    lacking += [item.name for item in parts.search_objects()]
    if lacking:
        return Check("indexes", "warning", f"Missing, so lists are slower: {', '.join(lacking)}.", _MAKE)
    return Check("indexes", "ok", "Every index is there.")


def _layout_checks(tables: Tables) -> Iterator[Check]:
    """Say once what a layout has no place for; nothing for the layout that has a place for everything."""
    gaps = find_gaps(tables)
    if not gaps:
        return
    yield Check(
        "layout",
        "ok",
        "amx-cli's layout has no place for some of what this program keeps:",
        details=tuple(
            f"{said}: {', '.join(dict.fromkeys(gap.words for gap in gaps if gap.way == way))}"
            for way, said in _WAYS.items()
        ),
    )


def _cure(tables: Tables) -> str:
    return _MAKE if tables.layout == "document" else "Run amx-cli's own set-up of the store again."
