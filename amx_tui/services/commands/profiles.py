"""The verbs over database profiles: listed, tested, looked into, removed."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

from amx_tui.domain.report import Grid, Paragraph, Report
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.text import one_line
from amx_tui.services.commands.asking import Dialogue
from amx_tui.services.commands.profile_form import add_profile, edit_profile
from amx_tui.services.commands.session import require_config
from amx_tui.services.grammar import Invocation
from amx_tui.services.profiles import ProfileEntry
from amx_tui.services.workspace import Workspace

__all__ = ["add_profile", "connect", "edit_profile", "inspect", "list_profiles", "remove_profile"]


async def list_profiles(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """List the profiles; nothing is connected to."""
    require_config(workspace)
    entries = workspace.profiles.list()
    rows = tuple((entry.name, entry.backend, entry.place, _remark(entry)) for entry in entries)
    grid = Grid(
        ("name", "backend", "place", ""),
        rows,
        empty="There are no database profiles yet. Add one with `amx-tui add-db-profile`.",
    )
    return Report("Profiles", (grid,), [_data(workspace, entry) for entry in entries])


def _remark(entry: ProfileEntry) -> str:
    """What is special about a profile, or wrong with it."""
    remarks = [
        "active" if entry.is_active else "",
        "hosts the history" if entry.is_host else "",
        f"driver missing: {entry.install_command}" if entry.install_command else "",
        *entry.problems,
    ]
    return "; ".join(remark for remark in remarks if remark)


def _data(workspace: Workspace, entry: ProfileEntry) -> JsonValue:
    """A profile as JSON: what the list says, and its fields with the secrets masked."""
    profiles = workspace.config.shown().get("db_profiles")
    values = profiles.get(entry.name) if isinstance(profiles, dict) else None
    row = asdict(entry)
    row["problems"] = list(entry.problems)
    row["values"] = values
    return cast("JsonValue", row)


async def remove_profile(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Remove a profile after asking.

    Raises:
        NotFoundError: There is no such profile.
        UsageError: Nobody is there to agree.
        ConfigError: It hosts the shared store, or `config.yml` cannot be written.
    """
    require_config(workspace)
    name = invocation.argument
    workspace.profiles.get(name)
    shown = one_line(name, 60)
    if not invocation.flag("yes") and not await dialogue.confirm(
        f"Remove the profile {shown} from config.yml?", otherwise="Add --yes to remove it."
    ):
        return Report("Profiles", (Paragraph("Nothing was changed."),), {"removed": False}, exit_status=1)
    notes = await workspace.profiles.remove(name)
    text = "\n".join([f"✓ Profile {shown} is removed.", *notes])
    return Report("Profiles", (Paragraph(text),), {"removed": True, "name": name, "notes": list(notes)})


async def connect(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Test a profile's connection and make it the active one.

    Raises:
        NotFoundError: There is no such profile, or none is active.
        AmxError: The connection failed; what was active stays so.
    """
    require_config(workspace)
    profile = workspace.profiles.active(invocation.argument)
    outcome = await workspace.profiles.test(profile)
    if outcome.error is not None:
        raise outcome.error
    await workspace.profiles.set_active(profile.name)
    shown = one_line(profile.name, 60)
    text = (
        f"✓ {shown} answers: {one_line(outcome.server_version, 100)}, {outcome.milliseconds:.0f} ms.\n"
        f"It is the active profile now."
    )
    data: JsonValue = {
        "name": profile.name,
        "ok": True,
        "milliseconds": round(outcome.milliseconds, 1),
        "server_version": outcome.server_version,
        "is_active": True,
    }
    return Report("Connection", (Paragraph(text),), data)


async def inspect(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Look into a profile's database.

    Raises:
        NotFoundError: There is no such profile, or none is active.
        AmxError: The database cannot be reached.
    """
    require_config(workspace)
    from amx_tui.services.inspect import inspect as look_into

    return await look_into(workspace, invocation.argument)
