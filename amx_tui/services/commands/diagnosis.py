"""`doctor`: what usually goes wrong, looked for and answered with its cure."""

from __future__ import annotations

from amx_tui.domain.errors import UsageError
from amx_tui.domain.report import Report
from amx_tui.services.commands.asking import Dialogue
from amx_tui.services.grammar import Invocation
from amx_tui.services.workspace import Workspace

__all__ = ["doctor"]


async def doctor(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Run the checks; the report's exit status is 1 where one failed.

    Raises:
        UsageError: Mending was asked for without `--store`.
    """
    if invocation.flag("store"):
        from amx_tui.services.commands.store_health import store_health

        return await store_health(workspace, invocation, dialogue)
    if any(invocation.has(option) for option in ("mend", "undo", "dry-run", "full", "yes")):
        raise UsageError("Only the rows of the store are listed and mended.", hint="doctor --store --mend")
    return await workspace.doctor.run(offline=invocation.flag("offline"))
