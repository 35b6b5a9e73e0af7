"""`doctor`: what usually goes wrong, looked for and answered with its cure."""

from __future__ import annotations

from amx_tui.domain.report import Report
from amx_tui.services.commands.asking import Dialogue
from amx_tui.services.grammar import Invocation
from amx_tui.services.workspace import Workspace

__all__ = ["doctor"]


async def doctor(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Run the checks; the report's exit status is 1 where one failed."""
    return await workspace.doctor.run(offline=invocation.flag("offline"))
