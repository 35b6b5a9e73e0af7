"""The GRANTs that make the database itself enforce the three roles, and the one that a member lacks.

The roles of the registry are the program's own guard. With these statements a database user who is in
`amx_viewer` cannot change a page whatever program he uses; what no GRANT can say stands in the notes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from amx_tui.backends import registry
from amx_tui.domain.errors import UnsupportedHostError
from amx_tui.domain.members import ROLES, Role
from amx_tui.store.ddl import Ddl, ddl_for, require_usable_schema
from amx_tui.store.plans import Plan, Statement
from amx_tui.store.rights import TableNeeds, needs_of
from amx_tui.store.tables import Layout, Tables, build_tables

__all__ = [
    "MINIMAL_PRIVILEGES",
    "RoleNames",
    "grant_statements",
    "missing_grant",
    "quoted_account",
    "role_grants",
]

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


def role_grants(
    tables: Tables, role: Role, *, wanted: Mapping[str, Sequence[str]] | None = None, user: str = _MEMBER
) -> str:
    """Write the GRANTs that give `user` what a role uses, to the column, with their semicolons.

    Args:
        tables: The store's.
        role: Whose rights they are; a role has those of the ones below it.
        wanted: The privileges by the table's name; None for all that the role uses, reading left out.
        user: As for `missing_grant`.
    """
    written = []
    for needs in needs_of(tables):
        name = needs.table.name
        of_table = ("INSERT", "UPDATE", "DELETE") if wanted is None else wanted.get(name, ())
        privileges = _privileges(tables.backend_name, needs, role, of_table)
        if privileges:
            written.append(
                missing_grant(
                    tables.backend_name,
                    schema=tables.schema or "",
                    tables=[name],
                    privileges=privileges,
                    user=user,
                )
            )
    return " ".join(written)


def _privileges(backend_name: str, needs: TableNeeds, role: Role, wanted: Sequence[str]) -> list[str]:
    """Write which of the wanted privileges a role uses on a table, limited to its columns where it uses only some."""
    quoted = ddl_for("mysql" if backend_name == "mysql" else "postgresql").quoted
    found = []
    for privilege in wanted:
        if privilege in {"INSERT", "UPDATE"}:
            columns = needs.columns(privilege, role)
            is_whole = needs.is_whole(privilege, role)
            limited = "" if is_whole else f" ({', '.join(map(quoted, columns))})"
            found += [f"{privilege}{limited}"] if columns else []
        elif privilege == "SELECT" or needs.first_role(privilege) in ROLES[: ROLES.index(role) + 1]:
            found.append(privilege)
    return found


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
        alice = "'alice'@'%'" if self._is_mysql else '"alice"'
        default = (
            f"; then SET DEFAULT ROLE {viewer} FOR {alice} (MySQL: TO {alice})" if self._is_mysql else ""
        )
        return (
            f"Give each member one of the roles: GRANT {viewer} TO {alice}{default}.",
            "The first to open a new store becomes its admin, so that one needs the admin's role here, or to own"
            " the tables.",
            f"Whoever is revoked in the program keeps the database's role: REVOKE {viewer} FROM {alice}.",
            "Roles belong to the whole server: with a second store on it, replace the three names in one of the"
            " two scripts, or whoever may write to one store may write to both.",
            "Nobody gets DELETE on runs, results, page versions, members, sessions or the audit trail, nor"
            " UPDATE on the audit trail and the page versions.",
            *self._not_enforced(),
        )

    def _not_enforced(self) -> Iterator[str]:
        yield (
            "Not enforced: a database user is no AMX member. Whoever may connect can give a name that nobody has yet"
            " (another user of the operating system, AMX_USER), or somebody else's, and records, changes runs and adds"
            " audit rows under it. What such a name may do beyond that, the database role of its login decides; keep"
            " people out by giving them no login."
        )
        vain = [
            f"{needs.table.name}.{column}" for needs in self._needs for column in needs.withheld_in_vain()
        ]
        if vain:
            yield (
                f"Not enforced in a store that amx-cli made: {', '.join(vain)} have no default there, so every new row"
                " names them, and one inserted by hand may claim any role, or any outcome. Later changes of them need"
                " the higher role."
            )
        else:
            yield (
                "A new member's role is the column's default, viewer, and a viewer's new result holds no decision. A"
                " store of an earlier build gets that default from history-store enable, which adds what is missing;"
                " history-store verify tells whether it is there."
            )
        yield "Not enforced: the owner of the tables and superusers pass every GRANT."

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
            own = needs.by_role.get(role)
            privileges = _privileges(self._tables.backend_name, needs, role, own.privileges) if own else []
            if privileges:
                sql = f"GRANT {', '.join(privileges)} ON {self._table(needs)} TO {self._name(role)}"
                yield Statement(sql, f"What {role}s change in {needs.table.name}")
        if role == "writer" and self._tables.layout == "amx_cli" and not self._is_mysql:
            tables = (self._tables.page_sources, self._tables.page_assets)
            names = ", ".join(f"{self._schema}.{table.name}_id_seq" for table in tables)
            sql = f"GRANT USAGE ON SEQUENCE {names} TO {self._name(role)}"
            yield Statement(sql, "Numbers of what writers add")

    def _table(self, needs: TableNeeds) -> str:
        return f"{self._schema}.{needs.table.name}"

    def _name(self, role: Role) -> str:
        return self._ddl.quoted(self._roles.of(role))
