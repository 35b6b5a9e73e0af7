"""`demo`: makes the demo's AMX home. Opening it is up to the shell, for a running app cannot open another one."""

from __future__ import annotations

import tempfile
from pathlib import Path

from amx_tui.domain.errors import UsageError
from amx_tui.domain.report import Paragraph, Report
from amx_tui.domain.runs import JsonValue
from amx_tui.services.commands.asking import Dialogue
from amx_tui.services.demo.home import DemoHome, kept_folder, make_demo, open_command
from amx_tui.services.grammar import Invocation
from amx_tui.services.workspace import Workspace

__all__ = ["demo", "demo_report"]


async def demo(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Make the demo and say how to open it.

    Raises:
        UsageError: The folder is in use for something else, or none was named in the app.
    """
    keep = invocation.text("keep")
    if not keep and not invocation.flag("no-open"):
        raise UsageError(
            "The demo opens in a program of its own.",
            hint="Run `amx-tui demo` in a shell, or make it here with --keep DIR.",
        )
    folder = kept_folder(keep) if keep else Path(tempfile.mkdtemp(prefix="amx-demo-"))
    return demo_report(await make_demo(folder))


def demo_report(made: DemoHome) -> Report:
    """Say what was made, and how it is opened."""
    what = f"{made.runs} runs with {made.results} results of {made.members} members"
    verb = "is there already" if made.was_there else "is ready"
    text = f"The demo {verb}: {what}.\nOpen it with: {open_command(made.path)}"
    data: JsonValue = {
        "path": str(made.path),
        "created": not made.was_there,
        "members": made.members,
        "runs": made.runs,
        "results": made.results,
    }
    return Report("Demo", (Paragraph(text),), data)
