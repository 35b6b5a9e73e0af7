"""What is printed about a store without changing it: its statements, its GRANTs, what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from amx_tui.domain.errors import AmxError
from amx_tui.domain.members import Role
from amx_tui.domain.report import Block, Check, Checks, Code, Paragraph, Report
from amx_tui.domain.runs import JsonValue
from amx_tui.services.opening import has_schemas, open_database, open_profile_store
from amx_tui.services.store_plans import qualified

if TYPE_CHECKING:
    from amx_tui.config.model import Profile
    from amx_tui.store.plans import Plan

__all__ = ["check_data", "ddl_report", "grants_report", "verify_checks", "verify_report"]


def ddl_report(backend: str, schema: str) -> Report:
    """Write the statements that make a store; blocking, for the database library is imported.

    Raises:
        UnsupportedHostError: The backend cannot host the store; the message says why.
    """
    from amx_tui.store.bootstrap import dump_ddl

    return _plan_report("Statements of the history store", dump_ddl(backend, schema=schema))


def grants_report(backend: str, schema: str, layout: str) -> Report:
    """Write the GRANTs for the three roles; blocking, for the database library is imported.

    Raises:
        UnsupportedHostError: The backend has no users, or its GRANTs are not known.
    """
    from amx_tui.store.grants import grant_statements

    plan = grant_statements(backend, schema=schema, layout="amx_cli" if layout == "amx_cli" else "document")
    return _plan_report("GRANTs of the three roles", plan)


async def verify_report(host: Profile, schema: str, environ: Mapping[str, str]) -> Report:
    """Check the store in `schema` of the host's database; the exit status is 1 where a check failed.

    Raises:
        AmxError: The host cannot be reached.
    """
    checks = await verify_checks(host, schema, environ)
    failed = sum(check.state == "failed" for check in checks)
    where = f"{qualified(schema if has_schemas(host) else '', '*')} in {host.describe() or host.name}"
    verdict = f"✗ {failed} of {len(checks)} checks failed." if failed else f"✓ All is well with {where}."
    return Report(
        "History store",
        (Checks(tuple(checks), title=where), Paragraph(verdict)),
        [check_data(check) for check in checks],
        exit_status=1 if failed else 0,
    )


async def verify_checks(
    host: Profile, schema: str, environ: Mapping[str, str], *, role: Role | None = None
) -> tuple[Check, ...]:
    """Check the store in `schema` of the host's database; the first check is the schema's.

    Args:
        host: The profile of that database.
        schema: The schema's name, in its exact case.
        environ: Where passwords may come from.
        role: Whose rights are asked for; None for those of every role.

    Raises:
        AmxError: The host cannot be reached.
    """
    database = await open_database(host, environ)
    from amx_tui.store.verify import verify_store

    try:
        checks = await verify_store(database, schema=schema, role=role)
    finally:
        await database.close()
    if checks[0].state != "failed":
        return checks
    try:
        store = await open_profile_store(host, schema, environ)
    except AmxError as error:
        # Opening knows more about what may be meant, such as the schema spelled otherwise that has a store.
        return (Check(checks[0].name, "failed", error.message, error.hint or checks[0].hint),)
    await store.close()
    return checks


def check_data(check: Check) -> JsonValue:
    """Write a check as `--json` prints it."""
    data: dict[str, JsonValue] = {
        "name": check.name,
        "state": check.state,
        "message": check.message,
        "hint": check.hint,
    }
    return data | {"details": list(check.details)} if check.details else data


def _plan_report(title: str, plan: Plan) -> Report:
    blocks: list[Block] = [Code(plan.script, "sql")]
    data: JsonValue = {
        "backend": plan.backend_name,
        "schema": plan.schema,
        "notes": list(plan.notes),
        "statements": [{"sql": item.sql, "purpose": item.purpose} for item in plan.statements],
    }
    return Report(title, tuple(blocks), data)
