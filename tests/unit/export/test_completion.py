"""Completing a path."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.export.completion import MOST_PATHS, complete_path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, which is also home."""
    folder = tmp_path / "work"
    (folder / "reports" / "old").mkdir(parents=True)
    (folder / "reports" / "may.csv").touch()
    (folder / "readme.md").touch()
    (folder / ".hidden").touch()
    (folder / "Reports").mkdir()
    (folder / "link").symlink_to("reports")
    (folder / "dangling").symlink_to("nowhere")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", ["Reports/", "dangling", "link/", "readme.md", "reports/"]),
        ("re", ["readme.md", "reports/"]),
        ("reports", ["reports/"]),
        ("reports/", ["reports/may.csv", "reports/old/"]),
        ("reports/m", ["reports/may.csv"]),
        ("./rea", ["./readme.md"]),
        ("~", ["~/"]),
        ("~/rep", ["~/reports/"]),
        ("~/reports/o", ["~/reports/old/"]),
        (".", [".hidden"]),
        (".h", [".hidden"]),
        ("..", ["../"]),
        ("link/m", ["link/may.csv"]),
        ("nothing", []),
        ("readme.md/", []),
        ("gone/x", []),
        ("a\0b/", []),
        ("~nobody-of-that-name/", []),
        ("x" * 5_000 + "/", []),
    ],
)
def test_what_begins_so_is_offered(typed: str, offered: list[str]) -> None:
    """As it would be typed: folders with a slash, the tilde kept, hidden names only when begun."""
    assert complete_path(typed) == offered


def test_absolute_paths_stay_absolute(folder: Path) -> None:
    """Nothing is shortened."""
    assert complete_path(f"{folder}/rea") == [f"{folder}/readme.md"]


def test_a_full_folder_offers_its_first_names(folder: Path) -> None:
    """Never more than a list can show."""
    for number in range(300):
        (folder / f"file{number:03}").touch()
    offered = complete_path("file")
    assert offered == [f"file{number:03}" for number in range(MOST_PATHS)]


def test_names_that_a_line_cannot_hold_are_left_out(folder: Path) -> None:
    """Line breaks, control sequences and bytes that are no text; a name in any script is offered."""
    for name in (b"n\n1", b"n\x1b[31m", b"n\xff", b"n\t", "ñ-日本".encode()):
        Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).touch()
    assert complete_path("n") == []
    assert complete_path("ñ") == ["ñ-日本"]


@given(st.text(max_size=20))
def test_nothing_typed_is_an_error(typed: str) -> None:
    """Whatever it is, all offers begin with it."""
    assert all(offer.startswith(typed) for offer in complete_path(typed))
