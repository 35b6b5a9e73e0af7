"""A program that applies a run, to be killed meanwhile: `python -m tests.services.killed_apply HOME WHO HOST RUN`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from amx_tui.domain.identity import Identity
from amx_tui.services import apply_batches
from amx_tui.services.workspace import Workspace


async def main(home: str, who: str, host: str, run_id: str) -> None:
    """Apply the run in small batches, and say on stdout when each begins."""
    apply_batches.FIRST = apply_batches.LEAST = apply_batches.MOST = 3
    workspace = Workspace.load(dict(os.environ), Path(home))
    workspace.identity = Identity(who, host)
    await workspace.connect()
    await workspace.register()
    plan = await workspace.apply.plan(run_id)
    await workspace.apply.run(plan, {}, on_progress=lambda done, *_: _say(done))
    await workspace.close()


def _say(done: int) -> None:
    sys.stdout.write(f"{done}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
