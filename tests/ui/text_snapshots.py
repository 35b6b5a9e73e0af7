"""Screens kept as plain text, in `tests/snapshots`; AMX_UPDATE_SNAPSHOTS=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

from tests.ui.seat import Seat

__all__ = ["assert_snapshot"]

FOLDER = Path(__file__).parents[1] / "snapshots"
UPDATE = bool(os.environ.get("AMX_UPDATE_SNAPSHOTS"))
"""Read here, because every test begins by forgetting what the environment says about AMX."""


async def assert_snapshot(seat: Seat, name: str) -> None:
    """Fail where the screen is not, to the letter, what is kept under a name.

    A snapshot never stands alone: the test that takes one also asserts the fact that it shows.
    """
    await seat.pilot.pause()
    shown = seat.text + "\n"
    path = FOLDER / f"{name}.txt"
    if UPDATE:
        FOLDER.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert path.exists(), f"no snapshot {name}; AMX_UPDATE_SNAPSHOTS=1 keeps this one\n{shown}"
    kept = path.read_text(encoding="utf-8")
    assert shown.splitlines() == kept.splitlines(), (
        f"{name} differs; AMX_UPDATE_SNAPSHOTS=1 keeps this one\n{shown}"
    )
