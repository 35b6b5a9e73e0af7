"""The GRANTs that make the database itself enforce the three roles, and the one that a member lacks.

The roles of the registry are the program's own guard. With these statements a database user who is in
`amx_viewer` cannot change a page whatever program he uses; what no GRANT can say stands in the notes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from amx_tui.backends import registry
from amx_tui.domain.errors import UnsupportedHostError
from amx_tui.domain.members import ROLES, Role
from amx_tui.store.ddl import Ddl, ddl_for, require_usable_schema
from amx_tui.store.plans import Plan, Statement
from amx_tui.store.rights import Need, TableNeeds, needs_of
from amx_tui.store.tables import Layout, Tables, build_tables

__all__ = ["MINIMAL_PRIVILEGES", "RoleNames", "grant_statements", "missing_grant", "quoted_account"]

MINIMAL_PRIVILEGES = ("INSERT", "UPDATE")
"""What a member needs on runs and results, as the AMX documentation has it."""

_MEMBER = "<member-role>"


@dataclass(frozen=True, slots=True)
class RoleNames:
    """What the three database roles are called."""

    viewer: str = "amx_viewer"
    writer: str = "amx_writer"
    admin: str = "amx_admin"

    def of(self, role: Role) -> str:
        """Return the name of one of them."""
        return {"viewer": self.viewer, "writer": self.writer, "admin": self.admin}[role]


def grant_statements(
    backend_name: str, *, schema: str, roles: RoleNames | None = None, layout: Layout = "document"
) -> Plan:
    """Write the statements that make three database roles and give each its rights.

    They are to be run by the owner of the tables, or the DBA; running them twice changes nothing.

    Raises:
        ConfigError: The schema cannot be called so.
        NotFoundError: There is no such backend.
        UnsupportedHostError: The backend has no users, or its GRANTs are not known.
    """
    backend = registry.get(backend_name)
    backend.require_host()
    if backend.name not in {"postgresql", "mysql"}:
        raise UnsupportedHostError(
            "SQLite has no users: whoever may write to the file may change everything in it."
            if backend.name == "sqlite"
            else f"The GRANTs of {backend.title} are not written yet.",
            hint="GRANTs are printed for PostgreSQL and MySQL.",
        )
    require_usable_schema(backend.name, schema)
    tables = build_tables(layout, backend_name=backend.name, schema=schema)
    written = _Grants(backend.name, tables, roles or RoleNames())
    return Plan(tuple(written.statements()), schema, backend.name, notes=written.notes(), layout=layout)


def missing_grant(
    backend_name: str, *, schema: str, tables: Sequence[str], privileges: Sequence[str], user: str = _MEMBER
) -> str:
    """Write the GRANT that gives `user` the `privileges` on `tables`, with its semicolon.

    `GRANT INSERT, UPDATE ON "AMX".amx_history_runs, "AMX".amx_history_results TO <member-role>;`. MySQL takes
    one table at a time, so it is several statements there; elsewhere than on MySQL it is PostgreSQL's form.

    Args:
        user: The database user or role as the server names it; a placeholder in <> stays as it is.
    """
    ddl = ddl_for("mysql" if backend_name == "mysql" else "postgresql")
    names = [f"{ddl.quoted(schema)}.{table}" for table in tables]
    account = user if user.startswith("<") else quoted_account(backend_name, user)
    if backend_name == "mysql":
        return " ".join(f"GRANT {', '.join(privileges)} ON {name} TO {account};" for name in names)
    return f"GRANT {', '.join(privileges)} ON {', '.join(names)} TO {account};"


def quoted_account(backend_name: str, user: str) -> str:
    """Write a database user as GRANT wants it; on MySQL that is `'name'@'host'`, from `name@host`."""
    if backend_name != "mysql":
        return ddl_for("postgresql").quoted(user)
    name, _, host = user.rpartition("@") if "@" in user else (user, "", "%")
    return "@".join("'" + part.replace("\\", "\\\\").replace("'", "''") + "'" for part in (name, host))


class _Grants:
    """The statements for one store."""

    def __init__(self, backend_name: str, tables: Tables, roles: RoleNames) -> None:
        self._ddl: Ddl = ddl_for(backend_name)
        self._is_mysql = backend_name == "mysql"
        self._tables = tables
        self._needs = needs_of(tables)
        self._roles = roles
        self._schema = self._ddl.quoted(tables.schema or "")

    def statements(self) -> Iterator[Statement]:
        """Make the roles, each with the rights of the one below it and its own."""
        for role in ROLES:
            yield Statement(self._make_role(self._name(role)), f"Role {self._roles.of(role)}")
        for lower, higher in itertools.pairwise(ROLES):
            sql = f"GRANT {self._name(lower)} TO {self._name(higher)}"
            yield Statement(sql, f"What a {lower} may, {higher}s may")
        if not self._is_mysql:
            sql = f"GRANT USAGE ON SCHEMA {self._schema} TO {self._name('viewer')}"
            yield Statement(sql, "Everybody finds the tables")
        yield from self._select()
        for role in ROLES:
            yield from self._change(role)

    def notes(self) -> tuple[str, ...]:
        """Say how members get the roles, and what no GRANT can enforce."""
        viewer = self._name("viewer")
        give = (
            f"GRANT {viewer} TO 'alice'@'%'; then SET DEFAULT ROLE {viewer} FOR 'alice'@'%' (MySQL: TO)"
            if self._is_mysql
            else f'GRANT {viewer} TO "alice"'
        )
        return (
            f"Give each member one of the roles: {give}.",
            "Roles belong to the whole server: with a second store on it, replace the three names in one of the"
            " two scripts, or whoever may write to one store may write to both.",
            "Nobody gets DELETE on runs, results, page versions, members, sessions or the audit trail, nor"
            " UPDATE on the audit trail and the page versions.",
            "Not enforced: a database user is no AMX member, so a viewer can change the runs of another"
            " member, and write under another name.",
            "Not enforced: members register themselves, so a row inserted by hand may claim any role, and a"
            " result may be inserted with a decision in it. Later changes of either need the higher role.",
            "Not enforced: the owner of the tables and superusers pass every GRANT.",
        )

    def _make_role(self, name: str) -> str:
        if self._is_mysql:
            return f"CREATE ROLE IF NOT EXISTS {name}"
        return (
            f"DO $amx$ BEGIN CREATE ROLE {name} NOLOGIN;\n"
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $amx$"
        )

    def _select(self) -> Iterator[Statement]:
        viewer = self._name("viewer")
        names = [self._table(need) for need in self._needs]
        if self._is_mysql:
            for name, need in zip(names, self._needs, strict=True):
                yield Statement(f"GRANT SELECT ON {name} TO {viewer}", f"Everybody reads {need.table.name}")
            return
        listed = ",\n    ".join(names)
        yield Statement(f"GRANT SELECT ON\n    {listed}\n    TO {viewer}", "Everybody reads everything")

    def _change(self, role: Role) -> Iterator[Statement]:
        for needs in self._needs:
            privileges = self._privileges(needs, role)
            if privileges:
                sql = f"GRANT {', '.join(privileges)} ON {self._table(needs)} TO {self._name(role)}"
                yield Statement(sql, f"What {role}s change in {needs.table.name}")
        if role == "writer" and self._tables.layout == "amx_cli" and not self._is_mysql:
            tables = (self._tables.page_sources, self._tables.page_assets)
            names = ", ".join(f"{self._schema}.{table.name}_id_seq" for table in tables)
            sql = f"GRANT USAGE ON SEQUENCE {names} TO {self._name(role)}"
            yield Statement(sql, "Numbers of what writers add")

    def _privileges(self, needs: TableNeeds, role: Role) -> list[str]:
        need = needs.by_role.get(role, Need())
        privileges = ["INSERT"] if need.insert else []
        if need.update and needs.is_whole(role):
            privileges.append("UPDATE")
        elif need.update and needs.updated_columns(role):
            columns = ", ".join(map(self._ddl.quoted, needs.updated_columns(role)))
            privileges.append(f"UPDATE ({columns})")
        return privileges + (["DELETE"] if need.delete else [])

    def _table(self, needs: TableNeeds) -> str:
        return f"{self._schema}.{needs.table.name}"

    def _name(self, role: Role) -> str:
        return self._ddl.quoted(self._roles.of(role))
