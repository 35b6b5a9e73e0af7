"""What the user of a store may do in it, as checks with the exact GRANT for what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from amx_tui.domain.errors import PermissionDeniedError, ReadOnlyError
from amx_tui.domain.members import ROLES, Role
from amx_tui.domain.report import Check
from amx_tui.domain.text import one_line
from amx_tui.store.contents import SchemaContents
from amx_tui.store.database import Database
from amx_tui.store.grants import MINIMAL_PRIVILEGES, missing_grant, role_grants
from amx_tui.store.proofs import Proof, prove_reading, prove_rights
from amx_tui.store.rights import TableNeeds, needs_of
from amx_tui.store.tables import Tables

__all__ = ["rights_checks"]


async def rights_checks(
    database: Database, contents: SchemaContents, tables: Tables, role: Role | None = None
) -> tuple[Check, ...]:
    """Prove SELECT, INSERT and UPDATE on each whole table of a store, as far as the program uses them.

    Args:
        database: The store's.
        contents: What was found in its schema.
        tables: What is expected there.
        role: The role that the rights are to be enough for; None tells of every role.

    Returns:
        One check a table; one for reading and one for writing where nothing can be written.

    Raises:
        StoreError: The host cannot be reached, or went away.
    """
    needs = tuple(each for each in needs_of(tables) if _is_provable(each, contents))
    wording = _Wording(database.backend_name, tables, contents.fact("user"), role)
    try:
        proofs = await prove_rights(database, needs)
    except ReadOnlyError as error:
        proofs = await prove_reading(database, needs)
        return (wording.reading(proofs), Check("writing", "failed", error.message, error.hint))
    refusals = [proof.error for proof in proofs if proof.privilege != "SELECT"]
    standby = next((error for error in refusals if isinstance(error, ReadOnlyError)), None)
    if standby is not None:
        return (wording.reading(proofs), Check("writing", "failed", standby.message, standby.hint))
    if refusals and all(isinstance(error, PermissionDeniedError) for error in refusals):
        return (wording.reading(proofs), wording.reader())
    by_table = groupby(proofs, key=lambda proof: proof.table)
    return tuple(wording.check(name, list(group)) for name, group in by_table)


def _is_provable(needs: TableNeeds, contents: SchemaContents) -> bool:
    """Whether the table is whole, and a row that is rolled back leaves it; other checks say what is wrong."""
    there = contents.tables.get(needs.table.name)
    if there is None or there.engine not in {"", "InnoDB"}:
        return False
    return set(needs.table.columns.keys()) <= there.columns.keys()


class _Wording:
    """Says what the proofs mean for one user of one store."""

    def __init__(self, backend_name: str, tables: Tables, user: str, role: Role | None) -> None:
        self._backend_name = backend_name
        self._tables = tables
        self._user = user
        self._role = role
        self._owed = ROLES[: ROLES.index(role or "viewer") + 1]
        """The roles whose rights must be there."""
        self._shown_user = one_line(user, 80)

    def check(self, table: str, proofs: Sequence[Proof]) -> Check:
        """Say what was found on one table."""
        name = f"rights on {table}"
        refused = [proof for proof in proofs if proof.error is not None and not self._is_beyond(proof)]
        proven = list(dict.fromkeys(proof.privilege for proof in proofs if proof.error is None))
        if not refused:
            enough = (
                f", enough for {_with_article(self._role)}" if self._role and self._role != "admin" else ""
            )
            return Check(name, "ok", f"{', '.join(proven)} proven{enough}.")
        for proof in refused:
            if proof.error is not None and not isinstance(proof.error, PermissionDeniedError):
                message = f"{proof.privilege} was tried. {proof.error.message}"
                return Check(name, "failed", message, proof.error.hint)
        lacking = list(dict.fromkeys(proof.privilege for proof in refused))
        owed = [proof for proof in refused if proof.role in self._owed]
        role = (owed or refused)[-1].role
        hint = role_grants(self._tables, role, wanted={table: lacking}, user=self._user)
        if owed:
            return Check(name, "failed", f"The user {self._shown_user} lacks {', '.join(lacking)}.", hint)
        found = [
            f"{privilege} of some columns" if privilege in lacking else privilege for privilege in proven
        ]
        needs = f"{_with_article(refused[0].role)} also needs {', '.join(lacking)}"
        return Check(name, "warning", f"{', '.join(found)} proven, enough below that role; {needs}.", hint)

    def _is_beyond(self, proof: Proof) -> bool:
        """Whether a right that is lacking is one that the role which is asked about never uses."""
        denied = isinstance(proof.error, PermissionDeniedError)
        return self._role is not None and proof.role not in self._owed and denied

    def reading(self, proofs: Sequence[Proof]) -> Check:
        """Say whether every table can be read."""
        refused = [p.table for p in proofs if p.privilege == "SELECT" and p.error is not None]
        if not refused:
            return Check("reading", "ok", "SELECT proven on every table.")
        message = f"The user {self._shown_user} cannot read {', '.join(refused)}."
        return Check("reading", "failed", message, self._grant(refused, ["SELECT"]))

    def reader(self) -> Check:
        """Say what it means that a user may write nowhere, with the documentation's GRANT."""
        grant = self._grant([self._tables.runs.name, self._tables.results.name], MINIMAL_PRIVILEGES)
        return Check(
            "writing",
            "failed",
            f"The user {self._shown_user} may read the store and write nowhere: history can be browsed and compared,"
            " but no run recorded, no member registered and nothing decided.",
            f"{grant} amx-tui history-store grants prints all of them.",
        )

    def _grant(self, tables: Sequence[str], privileges: Sequence[str]) -> str:
        return missing_grant(
            self._backend_name,
            schema=self._tables.schema or "",
            tables=tables,
            privileges=privileges,
            user=self._user,
        )


def _with_article(role: str) -> str:
    return f"an {role}" if role == "admin" else f"a {role}"
