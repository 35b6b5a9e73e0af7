"""Mends a store and is killed before it commits: `python -m tests.services.killed_mend HOME WHO HOST`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from amx_tui.domain.identity import Identity
from amx_tui.services.workspace import Workspace
from amx_tui.store import faults, mending


async def main(home: str, who: str, host: str) -> None:
    """Mend what there is, and die when the rows are changed but not committed."""
    make = mending.make_repairs

    def killed(*args: Any) -> None:
        made = make(*args)
        sys.stdout.write(f"{len(made)}\n")
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(faults, "make_repairs", killed)  # noqa: B010  # nothing says that it may be replaced
    workspace = Workspace.load(dict(os.environ), Path(home))
    workspace.identity = Identity(who, host)
    await workspace.connect()
    await workspace.health.mend(await workspace.health.examine())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
