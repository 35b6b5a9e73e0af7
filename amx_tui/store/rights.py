"""Which rights the program uses on each table, by the role of the member who needs them.

One table of facts for the GRANTs that are printed and for the check that proves them. The roles build on
each other: a writer has what a viewer has, an admin what a writer has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from amx_tui.domain.members import ROLES, Role
from amx_tui.store.tables import Tables

__all__ = ["ALL_COLUMNS", "Need", "TableNeeds", "needs_of"]

ALL_COLUMNS = "*"


@dataclass(frozen=True, slots=True)
class Need:
    """What a role does with a table beyond what the role below it does; everybody reads everything."""

    insert: bool = False
    update: tuple[str, ...] = ()
    """The columns that it changes; ("*",) for all but the key."""
    delete: bool = False


@dataclass(frozen=True, slots=True)
class TableNeeds:
    """What the three roles do with one table."""

    table: sa.Table
    by_role: Mapping[Role, Need]

    def updated_columns(self, role: Role) -> tuple[str, ...]:
        """Return the columns that `role`, or one below it, changes, in the table's order."""
        wanted: set[str] = set()
        for each in ROLES[: ROLES.index(role) + 1]:
            columns = self.by_role.get(each, Need()).update
            wanted |= self._all() if columns == (ALL_COLUMNS,) else set(columns)
        return tuple(column.name for column in self.table.columns if column.name in wanted)

    def is_whole(self, role: Role) -> bool:
        """Whether `role` changes every column but the key."""
        return self._all() <= set(self.updated_columns(role))

    def first_role(self, privilege: str) -> Role | None:
        """Return the lowest role that uses "INSERT", "UPDATE" or "DELETE", None where none does."""
        for role in ROLES:
            need = self.by_role.get(role, Need())
            if {"INSERT": need.insert, "UPDATE": bool(need.update), "DELETE": need.delete}[privilege]:
                return role
        return None

    def _all(self) -> set[str]:
        return {column.name for column in self.table.columns if not column.primary_key}


_ALL = (ALL_COLUMNS,)
_EDITED: dict[Role, Need] = {"writer": Need(insert=True, update=_ALL)}
_REPLACED: dict[Role, Need] = {"writer": Need(insert=True, update=_ALL, delete=True)}
_RECORDED: dict[Role, Need] = {"viewer": Need(insert=True)}

_NEEDS: dict[str, dict[Role, Need]] = {
    "runs": {"viewer": Need(insert=True, update=_ALL)},
    "results": {"viewer": Need(insert=True, update=("superseded_at",)), "writer": Need(update=_ALL)},
    "applications": _EDITED,
    "catalog": _REPLACED,
    "shared_catalog": _REPLACED,
    "lineage_artifacts": _EDITED,
    "lineage_nodes": _REPLACED,
    "lineage_edges": _REPLACED,
    "pages": _EDITED,
    "page_sources": _REPLACED,
    "page_assets": _REPLACED,
    "page_versions": {"writer": Need(insert=True)},
    "users": {
        "viewer": Need(insert=True, update=("last_seen_at", "client_version")),
        "admin": Need(update=_ALL),
    },
    "admin_audit": _RECORDED,
    "sessions": {"viewer": Need(insert=True, update=("heartbeat_at", "opens"))},
    "schema_meta": {"viewer": Need(update=("member_seq",))},
    "app_events": {"writer": Need(insert=True)},
}
"""By the name in `Tables`. What is in nobody's list nobody needs: no audit row is ever changed or deleted."""

_AMX_CLI_META: dict[Role, Need] = {"viewer": Need(update=("created_by_client_version",))}
# Its row is only locked, for which PostgreSQL asks for the right to change some column of it.


def needs_of(tables: Tables) -> tuple[TableNeeds, ...]:
    """Return what the roles do with each table of a store."""
    found = []
    for attribute, by_role in _NEEDS.items():
        table = getattr(tables, attribute)
        if table is not None:
            is_foreign_meta = attribute == "schema_meta" and tables.layout == "amx_cli"
            found.append(TableNeeds(table, _AMX_CLI_META if is_foreign_meta else by_role))
    return tuple(found)
