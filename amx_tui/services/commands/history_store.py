"""`history-store`: where the team's history is kept, and how a team comes to share it."""

from __future__ import annotations

import shlex
from dataclasses import replace

from amx_tui.domain.errors import UsageError
from amx_tui.domain.report import Block, Code, Paragraph, Report
from amx_tui.domain.text import one_line
from amx_tui.services.commands.asking import Dialogue, Question
from amx_tui.services.commands.profile_form import find_backend
from amx_tui.services.commands.session import require_config
from amx_tui.services.grammar import Invocation
from amx_tui.services.store_plans import DEFAULT_SCHEMA, StorePlan
from amx_tui.services.workspace import Workspace

__all__ = ["disable", "dump_ddl", "enable", "grants", "status", "verify"]


async def status(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Say where the history is kept, and what could host it."""
    require_config(workspace)
    report = await workspace.history_store.status()
    if workspace.config.is_shared or not workspace.config.profiles:
        return report
    how = "amx-tui history-store enable --profile P --schema AMX"
    return replace(report, blocks=(*report.blocks, Paragraph(f"Enable it with: {how}")))


async def enable(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Make the store, or join one that is there, after showing what will run.

    Raises:
        UsageError: Something is missing, and nobody is there to be asked.
        AmxError: The host refused; the message says what is there now.
    """
    require_config(workspace)
    profile = invocation.text("profile") or await _pick_host(workspace, dialogue)
    if not profile:
        return _unchanged()
    schema = invocation.text("schema")
    kind = workspace.profiles.get(profile).require_backend()
    has_choice = kind.abilities.has_schemas and not schema
    if has_choice and dialogue.is_interactive and not invocation.flag("yes"):
        question = Question("text", "Schema name for the audit table", default=DEFAULT_SCHEMA)
        schema = await dialogue.text(question, otherwise="Add --schema S.")
    joins_amx_cli = invocation.text("layout") == "amx-cli"
    look = workspace.history_store.plan_amx_cli if joins_amx_cli else workspace.history_store.plan
    plan = await look(profile, schema or DEFAULT_SCHEMA)
    preview = _preview(plan)
    if dialogue.show:
        dialogue.show(preview)
        preview = ()
    if plan.namesake and invocation.flag("yes"):
        # Nobody reads the warning then, and a second store is the very fault that it warns of.
        raise UsageError(
            f"The store in {plan.place} is called {one_line(plan.namesake, 80)}; {plan.schema} would be a second one.",
            hint=f"Take --schema {shlex.quote(one_line(plan.namesake, 80))}. To make a second store, leave out --yes.",
        )
    needs_yes = bool(plan.statements) and not invocation.flag("yes")
    if needs_yes and not dialogue.is_interactive:
        raise UsageError(
            "Nobody is there to agree to the statements.",
            hint=f"Add --yes: amx-tui history-store enable --profile {shlex.quote(profile)}"
            f" --schema {shlex.quote(plan.schema)} --yes. `history-store dump-ddl` prints them beforehand.",
        )
    if needs_yes and not await dialogue.confirm("Proceed?", otherwise="Add --yes."):
        return _unchanged()
    report = await workspace.history_store.enable(plan, on_progress=dialogue.on_progress)
    return replace(report, blocks=(*preview, *report.blocks))


async def _pick_host(workspace: Workspace, dialogue: Dialogue) -> str:
    """Ask which profile is to host the store."""
    hosts = [candidate for candidate in workspace.history_store.candidates() if candidate.can_host]
    if not hosts:
        raise UsageError(
            "There is no database profile that could host the history store.",
            hint="Add one first: amx-tui add-db-profile.",
        )
    hint = f"Add --profile, one of: {', '.join(shlex.quote(host.name) for host in hosts)}."
    if not dialogue.is_interactive:
        raise UsageError("--profile is missing.", hint=hint)
    width = max(len(host.name) for host in hosts)
    question = Question(
        "choice",
        "",
        choices=tuple(host.name for host in hosts),
        labels=tuple(f"{host.name:<{width}} ({host.backend}) {host.description}" for host in hosts),
        help="To enable shared history, pick a DB profile that will host the audit table.\n"
        "Recommended: a 'sandbox' / 'metadata' database that all team members can reach.\n",
    )
    return await dialogue.text(question, otherwise=hint)


def _preview(plan: StorePlan) -> tuple[Block, ...]:
    """What will happen, before it does."""
    blocks: list[Block] = [Paragraph(plan.headline)]
    if plan.statements:
        blocks += [Paragraph("About to create:"), Code(plan.script, "sql")]
    blocks += [Paragraph(f"⚠ {note}") for note in plan.notes if not plan.is_there]
    return tuple(blocks)


def _unchanged() -> Report:
    return Report("History store", (Paragraph("Nothing was changed."),), {"changed": False}, exit_status=1)


async def disable(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Go back to the local history; the shared tables stay.

    Raises:
        ConfigError: `config.yml` cannot be written.
    """
    require_config(workspace)
    return await workspace.history_store.disable()


async def dump_ddl(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Write the statements that make the store.

    Raises:
        UnsupportedHostError: The backend cannot host it.
    """
    return await workspace.history_store.dump_ddl(
        profile=invocation.text("profile"),
        backend=_known_backend(workspace, invocation),
        schema=invocation.text("schema"),
    )


async def grants(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Write the GRANTs of the three roles.

    Raises:
        UnsupportedHostError: The backend has no users, or its GRANTs are not known.
    """
    return await workspace.history_store.grants(
        profile=invocation.text("profile"),
        backend=_known_backend(workspace, invocation),
        schema=invocation.text("schema"),
    )


def _known_backend(workspace: Workspace, invocation: Invocation) -> str:
    name = invocation.text("backend")
    return find_backend(workspace, name).name if name else ""


async def verify(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Check the store's tables, columns, indexes and rights.

    Raises:
        AmxError: There is no store to look at, or it cannot be reached.
    """
    require_config(workspace)
    return await workspace.history_store.verify(
        profile=invocation.text("profile"), schema=invocation.text("schema")
    )
