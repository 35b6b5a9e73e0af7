"""A comparison is written to a file whose path is asked for."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from amx_tui.ui.screens.compare.screen import CompareScreen
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.line.screen import LineScreen
from tests.ui.comparing import Pair, column, compared, go_to
from tests.ui.seat import BOB, LOW, NORMAL, Seat, take_seat


async def export(seat: Seat, path: Path | str) -> None:
    """Press E, and give a path instead of the one that is proposed."""
    await seat.pilot.press("E", "ctrl+u")
    await seat.enter_text(str(path))
    await seat.press("enter")


@pytest.mark.parametrize("size", [NORMAL, LOW])
async def test_the_ending_names_the_format(pair: Pair, tmp_path: Path, size: tuple[int, int]) -> None:
    """All five formats hold what the filter shows, in full, and the toast names the file."""
    async with take_seat(pair.home, size=size) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await seat.press("f", "f")
        for ending in ("html", "md", "csv", "json", "txt"):
            target = tmp_path / f"out.{ending}"
            await export(seat, target)
            assert f"Exported: {target}" in seat.said
            text = target.read_text(encoding="utf-8")
            assert "c_email" in text
            assert "c_birth" not in text
        rows = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8", newline="")))
        assert len(rows) == 3
        document = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
        assert "The e-mail address of the customer." in json.dumps(document)
        assert "<del" in (tmp_path / "out.html").read_text(encoding="utf-8")


async def test_paths_are_completed(pair: Pair, tmp_path: Path) -> None:
    """Tab goes through the folders and files that begin as typed."""
    (tmp_path / "reports").mkdir()
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await seat.pilot.press("E", "ctrl+u")
        await seat.enter_text(f"{tmp_path}/rep")
        await seat.pilot.press("tab")
        await seat.enter_text("week.md")
        await seat.press("enter")
        assert (tmp_path / "reports" / "week.md").read_text(encoding="utf-8").startswith("#")


async def test_what_is_no_path_for_a_comparison_is_said_on_the_line(pair: Pair, tmp_path: Path) -> None:
    """No known ending, a folder that is not there: the line stays open with the reason, and nothing is written."""
    async with take_seat(pair.home, size=(120, 30)) as seat:
        await compared(seat, pair.bobs, pair.alices)
        for path, reason in (
            (tmp_path / "out.pdf", "The ending names no format: there are .html .md .csv .json .txt."),
            (tmp_path / "nowhere" / "out.md", "There is no folder"),
        ):
            await export(seat, path)
            await seat.sees(reason)
            assert isinstance(seat.app.screen, LineScreen)
            await seat.press("escape")
            assert isinstance(seat.app.screen, CompareScreen)
        assert not list(tmp_path.glob("out*"))


async def test_a_file_that_is_there_is_replaced_only_after_asking(pair: Pair, tmp_path: Path) -> None:
    """Cancel has the focus and leaves it as it is."""
    target = tmp_path / "notes.md"
    target.write_text("mine")
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await export(seat, target)
        await seat.shows(ConfirmDialog)
        assert "Replace" in seat.flat
        await seat.press("enter")
        assert target.read_text() == "mine"
        await export(seat, target)
        await seat.press("y")
        assert "c_email" in target.read_text(encoding="utf-8")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_may_not_be_written_is_said(pair: Pair, tmp_path: Path) -> None:
    """The reason is a toast, and the screen goes on."""
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await export(seat, folder / "out.md")
        assert "error: Exporting: " in seat.said
        await go_to(seat, column("c_email"))


async def test_who_may_not_decide_may_export(pair: Pair, tmp_path: Path) -> None:
    """Reading and taking away is everybody's right; decisions of the session are in the file."""
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await go_to(seat, column("c_email"))
        await seat.press("1")
        await export(seat, tmp_path / "out.csv")
        rows = list(csv.reader((tmp_path / "out.csv").open(encoding="utf-8", newline="")))
        (email,) = [row for row in rows if any("c_email" in cell for cell in row)]
        assert email.count("The customer's e-mail address.") == 2
        assert BOB.username not in seat.said
