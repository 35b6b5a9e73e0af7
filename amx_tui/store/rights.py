"""Which rights the program uses on each table, by the role of the member who needs them.

One table of facts for the GRANTs that are printed and for the check that proves them. The roles build on
each other: a writer has what a viewer has, an admin what a writer has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.members import ROLES, Role
from amx_tui.store.tables import Tables

__all__ = ["ALL_COLUMNS", "DECIDED", "Need", "TableNeeds", "is_owed", "needs_of"]

ALL_COLUMNS = "*"


@dataclass(frozen=True, slots=True)
class Need:
    """What a role does with a table beyond what the role below it does; everybody reads everything."""

    insert: bool = False
    withheld: tuple[str, ...] = ()
    """The columns of its new rows that it leaves to their defaults, as far as the table has defaults for them."""
    update: tuple[str, ...] = ()
    """The columns that it changes; ("*",) for all but the key."""
    delete: bool = False

    @property
    def privileges(self) -> tuple[str, ...]:
        """What it takes, as GRANT calls it."""
        uses = {"INSERT": self.insert, "UPDATE": bool(self.update), "DELETE": self.delete}
        return tuple(privilege for privilege, is_used in uses.items() if is_used)


@dataclass(frozen=True, slots=True)
class TableNeeds:
    """What the three roles do with one table."""

    table: sa.Table
    by_role: Mapping[Role, Need]

    def columns(self, privilege: str, role: Role) -> tuple[str, ...]:
        """Return the columns that `role`, or one below it, fills in new rows or changes, in the table's order.

        Args:
            privilege: "INSERT" or "UPDATE".
        """
        wanted: set[str] = set()
        for each in ROLES[: ROLES.index(role) + 1]:
            need = self.by_role.get(each, Need())
            wanted |= self._inserted(need) if privilege == "INSERT" else self._updated(need)
        return tuple(column.name for column in self.table.columns if column.name in wanted)

    def is_whole(self, privilege: str, role: Role) -> bool:
        """Whether `role` fills every column of new rows, or changes every one but the key."""
        every = set(self.table.columns.keys()) if privilege == "INSERT" else self._all()
        return every <= set(self.columns(privilege, role))

    def withheld_in_vain(self) -> tuple[str, ...]:
        """Return the columns that a role should leave to their defaults, and that have none here."""
        names = {name for need in self.by_role.values() for name in need.withheld}
        return tuple(column.name for column in self.table.columns if column.name in names and is_owed(column))

    def first_role(self, privilege: str) -> Role | None:
        """Return the lowest role that uses "INSERT", "UPDATE" or "DELETE", None where none does."""
        for role in ROLES:
            if privilege in self.by_role.get(role, Need()).privileges:
                return role
        return None

    def _inserted(self, need: Need) -> set[str]:
        if not need.insert:
            return set()
        return {
            column.name
            for column in self.table.columns
            if column.name not in need.withheld or is_owed(column)
        }

    def _updated(self, need: Need) -> set[str]:
        return self._all() if need.update == (ALL_COLUMNS,) else set(need.update)

    def _all(self) -> set[str]:
        return {column.name for column in self.table.columns if not column.primary_key}


def is_owed(column: sa.Column[Any]) -> bool:
    """Whether every new row has to name a value for a column."""
    return not column.nullable and column.server_default is None


_ALL = (ALL_COLUMNS,)
DECIDED = (
    "evaluation",
    "chosen_description",
    "evaluated_at",
    "evaluated_by",
    "rejection_reason",
    "applied_at",
    "applied_by",
    "applied_status",
    "previous_comment",
)
"""What stands in a result once it is more than a draft; where amx-cli made the table, some must be filled anyway."""
_EDITED: dict[Role, Need] = {"writer": Need(insert=True, update=_ALL)}
_REPLACED: dict[Role, Need] = {"writer": Need(insert=True, update=_ALL, delete=True)}
_RECORDED: dict[Role, Need] = {"viewer": Need(insert=True)}

_NEEDS: dict[str, dict[Role, Need]] = {
    "runs": {"viewer": Need(insert=True, update=_ALL)},
    "results": {
        "viewer": Need(insert=True, withheld=DECIDED, update=("superseded_at",)),
        "writer": Need(insert=True, update=_ALL),
    },
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
        "viewer": Need(
            insert=True, withheld=("role", "revoked_by"), update=("last_seen_at", "client_version")
        ),
        # The first member of a store is its admin, and says so.
        "admin": Need(insert=True, update=_ALL),
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
