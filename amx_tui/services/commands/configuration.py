"""`config`: what is configured on this machine, and where that is written."""

from __future__ import annotations

from typing import cast

from amx_tui.domain.report import Block, Code, Facts, Paragraph, Report
from amx_tui.domain.runs import JsonValue
from amx_tui.services.commands.asking import Dialogue
from amx_tui.services.commands.session import require_config
from amx_tui.services.grammar import Invocation
from amx_tui.services.workspace import Workspace

__all__ = ["path", "reload", "show"]


async def show(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Show the configuration in force, its secrets masked.

    Raises:
        ConfigError: `config.yml` cannot be used.
    """
    require_config(workspace)
    shown = workspace.config.shown()
    facts = (
        ("AMX home", str(workspace.home)),
        ("config.yml", str(workspace.config.path)),
        ("who", str(workspace.identity)),
        ("theme", workspace.settings.theme),
    )
    blocks: list[Block] = [Facts(facts)]
    if shown:
        import yaml

        text: str = yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, default_flow_style=False)
        blocks.append(Code(text.rstrip("\n"), "yaml"))
    else:
        blocks.append(Paragraph("config.yml is empty or not there yet; `add-db-profile` begins it."))
    blocks += [Paragraph(f"⚠ {warning}") for warning in workspace.warnings]
    data: JsonValue = {
        "home": str(workspace.home),
        "path": str(workspace.config.path),
        "who": workspace.identity.username,
        "hostname": workspace.identity.hostname,
        "theme": workspace.settings.theme,
        "keymap": dict(workspace.settings.keymap),
        "warnings": list(workspace.warnings),
        "config": cast("JsonValue", shown),
    }
    return Report("Configuration", tuple(blocks), data)


async def path(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Say where `config.yml` is, or would be."""
    where = workspace.config.path
    data: JsonValue = {"path": str(where), "home": str(workspace.home), "exists": where.exists()}
    return Report("Configuration", (Code(str(where)),), data)


async def reload(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Read `config.yml` again and say what changed.

    Raises:
        ConfigError: The file cannot be used; what was in force stays.
    """
    reloaded = await workspace.reload_config()
    if reloaded.error is not None:
        raise reloaded.error
    config = workspace.config
    changes = reloaded.changes or ("Nothing has changed.",)
    store = "disabled"
    if config.history_store_enabled:
        store = f"enabled, {config.history_store_schema} in profile {config.history_store_profile}"
    facts = (
        ("config.yml", str(config.path)),
        ("profiles", ", ".join(config.profiles) or "none"),
        ("history store", store),
    )
    blocks: list[Block] = [*(Paragraph(change) for change in changes), Facts(facts)]
    blocks += [Paragraph(f"⚠ {warning}") for warning in workspace.warnings]
    data: JsonValue = {
        "changes": list(reloaded.changes),
        "warnings": list(workspace.warnings),
        "profiles": list(config.profiles),
        "history_store_enabled": config.history_store_enabled,
        "history_store_profile": config.history_store_profile,
        "history_store_schema": config.history_store_schema,
    }
    return Report("Configuration", tuple(blocks), data)
