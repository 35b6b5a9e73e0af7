"""Make the pictures of the README: the program draws itself on its demo.

    python docs/make_pictures.py

Writes docs/pictures/*.svg. The demo is made for a fixed moment, so pictures change only when the screens do.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from amx_tui.domain.identity import Identity
from amx_tui.services.compare import Compare
from amx_tui.services.demo.home import make_demo
from amx_tui.services.last_seen import load_last_seen
from amx_tui.services.workspace import Workspace
from amx_tui.ui.app import AmxApp

NOW = datetime(2026, 5, 3, 18, 0, tzinfo=UTC)
HOST = "lead-laptop"
QUIET, LONGEST = 4, 40
"""Tenths of a second without any work after which a screen is taken to be done, and at the most."""
FOLDER = Path(__file__).parent / "pictures"
PICTURES: tuple[tuple[str, str, tuple[int, int], Sequence[str]], ...] = (
    ("history", "amx-dark", (120, 30), ("j", "j")),
    ("run", "amx-dark", (120, 30), ("j", "enter", "j", "j", "j")),
    ("compare", "amx-dark", (120, 34), ("j", "j", "j", "c", "enter", "n", "n", "n")),
    ("review", "amx-dark", (120, 24), ("j", "v")),
    ("apply", "amx-dark", (120, 32), ("j", "a", "n")),
    ("pages", "amx-dark", (120, 30), ("2", "j", "j")),
    ("merge", "amx-dark", (120, 32), ("2", "D", "1", "ctrl+s")),
)


async def make_picture(home: Path, name: str, theme: str, size: tuple[int, int], keys: Sequence[str]) -> None:
    """Open the app on the demo, press keys and save what is to be seen."""
    environ = {**os.environ, "AMX_HOME": str(home), "AMX_USER": "alice@acme.com"}
    app = AmxApp(lambda: _workspace(environ, home), load_last_seen(home))
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot.pause)
        app.theme = theme
        for key in keys:
            await pilot.press(key)
            await settle(app, pilot.pause)
        picture = app.export_screenshot(title="amx-tui")
    (FOLDER / f"{name}.svg").write_text(_without_fonts(picture), encoding="utf-8")


def _workspace(environ: Mapping[str, str], home: Path) -> Workspace:
    """The workspace of the demo's lead, whose comparisons name their sides as seen from that moment."""
    workspace = Workspace.load(environ, home)
    workspace.identity = Identity(workspace.identity.username, HOST)
    workspace.__dict__["compare"] = Compare(workspace, now=lambda: NOW)
    return workspace


async def settle(app: AmxApp, pause: object) -> None:
    """Wait until nothing is being read any more."""
    assert callable(pause)
    quiet = 0
    for _ in range(LONGEST):
        # What waits for a dialog's answer is there until the next key.
        quiet = quiet + 1 if not len(app.workers) else 0
        await pause(0.1)
        if quiet == QUIET:
            return


def _without_fonts(picture: str) -> str:
    """Let the reader's own monospaced font be used: a picture must not fetch anything."""
    picture = re.sub(r"@font-face\s*\{[^}]*\}", "", picture)
    return picture.replace("Fira Code", "ui-monospace, Menlo, Consolas, DejaVu Sans Mono")


async def main() -> None:
    """Make all pictures."""
    FOLDER.mkdir(exist_ok=True)
    # A place with a name of its own, for the screen that writes comments shows where it writes them.
    folder = Path(tempfile.gettempdir()) / "amx-demo"
    folder.mkdir()
    try:
        home = folder / "home"
        await make_demo(home, now=NOW, hostname=HOST)
        with patch.object(AmxApp, "now", staticmethod(lambda: NOW)):
            for picture in PICTURES:
                await make_picture(home, *picture)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    asyncio.run(main())
