"""Writing a page: saved, kept on disk, compared with what others save meanwhile."""

from __future__ import annotations

import asyncio
import shutil
import stat
from pathlib import Path

import pytest

from amx_tui.domain.errors import StoreError
from amx_tui.domain.members import Role
from amx_tui.domain.pages import Page
from amx_tui.ui.screens.editor import saving
from amx_tui.ui.screens.editor.screen import EditorScreen
from amx_tui.ui.screens.pages.screen import PagesScreen
from amx_tui.ui.widgets.editor.completions import Completions
from tests.ui.seat import ALICE, LARGE, LOW, NORMAL, Seat, load_home, take_seat
from tests.ui.writing import BODY, edit_current, save_elsewhere, stored, write_page

on_sizes = pytest.mark.parametrize("size", [NORMAL, LARGE, LOW], ids=lambda size: f"{size[0]}x{size[1]}")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is typed be on disk at once, and others' saves be seen at once."""
    monkeypatch.setattr(saving, "KEEP_AFTER", 0.01)
    monkeypatch.setattr(saving, "WATCH", 0.05)
    monkeypatch.setattr("amx_tui.ui.screens.editor.screen.PREVIEW_AFTER", 0.01)


def drafts_of(home: Path) -> list[str]:
    """The texts that are kept and not saved."""
    workspace = load_home(home, ALICE)
    folder = workspace.home / "drafts" / "pages"
    return [path.read_text() for path in sorted(folder.glob("*.json"))] if folder.exists() else []


@on_sizes
async def test_a_page_is_changed_and_saved(amx_home: Path, size: tuple[int, int]) -> None:
    """What was typed is the next version, and no draft is left."""
    page = await write_page(amx_home)
    async with take_seat(amx_home, size=size) as seat:
        await edit_current(seat)
        await seat.sees("from v1, the newest", "no changes")
        await seat.press(*"Hi ")
        await seat.sees("not saved, kept here")
        await seat.press("ctrl+s")
        await seat.sees("from v2, the newest", "no changes")
    assert (await stored(amx_home, page.page_id)).body == f"Hi {BODY}"
    assert drafts_of(amx_home) == []


async def test_letters_and_digits_type(amx_home: Path) -> None:
    """No key of a screen or of the program wins over a letter in a text."""
    await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        screen = await edit_current(seat)
        await seat.press(*"q1?:eL")
        assert screen.area.text.startswith("q1?:eL#")


async def test_a_new_page_gets_its_title_and_is_made_by_saving(amx_home: Path) -> None:
    """Without a title it is not saved, and that is said."""
    async with take_seat(amx_home) as seat:
        await seat.press("2", "a")
        screen = await seat.shows(EditorScreen)
        await seat.sees("not in the store yet")
        await seat.press("ctrl+s")
        await seat.sees("The page needs a title")
        await seat.enter_text("Glossary")
        await seat.press("enter", *"Churn", "f2")
        await seat.sees("from v1, the newest")
        assert screen.area.text == "Churn"
        await seat.press("escape")
        await seat.shows(PagesScreen)
        await seat.sees("Glossary")


async def test_a_save_carries_a_note(amx_home: Path) -> None:
    """The note stands in the list of versions."""
    await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        await edit_current(seat)
        await seat.press("x", "f4")
        await seat.enter_text("clearer words")
        await seat.press("enter")
        await seat.sees("from v2")
        await seat.press("escape", "v")
        await seat.sees("clearer words")


async def test_what_was_typed_and_not_saved_is_back(amx_home: Path) -> None:
    """Leaving keeps the draft; editing goes on with it; it is counted in the list."""
    page = await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        await edit_current(seat)
        await seat.press(*"Hi ", "escape")
        await seat.sees("✎ 1 not saved, D")
    async with take_seat(amx_home) as seat:
        screen = await edit_current(seat)
        assert screen.area.text == f"Hi {BODY}"
        await seat.press("f8")
        await seat.sees("Throw away what is not saved?")
        await seat.press("y")
        await seat.shows(PagesScreen)
        await seat.press("D")
        await seat.sees("thrown away")
        await seat.press("1")
        screen = await seat.shows(EditorScreen)
        assert screen.area.text == f"Hi {BODY}"
    assert (await stored(amx_home, page.page_id)).version == 1


async def test_the_line_says_at_once_that_somebody_saved(amx_home: Path) -> None:
    """Typing goes on; the line names who and which version."""
    page = await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        screen = await edit_current(seat)
        await seat.press("x")
        await save_elsewhere(amx_home, page.page_id, str.upper)
        await seat.sees("from v1", "⚠ bob@acme.com saved v2")
        await seat.press("y")
        assert screen.area.text == f"xy{BODY}"


async def test_found_text_is_counted_and_replaced(amx_home: Path) -> None:
    """One by one, and all at once in one step that is undone at once."""
    await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        screen = await edit_current(seat)
        await seat.press("ctrl+f")
        await seat.enter_text("customer")
        await seat.press("down")
        await seat.sees("1 of 3")
        await seat.press("tab")
        await seat.enter_text("client")
        await seat.press("enter")
        await seat.sees("1 of 2")
        assert screen.area.text.startswith("# clients")
        await seat.press("ctrl+l")
        assert "customer" not in screen.area.text
        await seat.press("escape", "ctrl+z")
        assert screen.area.text.startswith("# clients\n\nAll about **customers**")


async def test_names_of_assets_are_completed(amx_home: Path) -> None:
    """A beginning with a dot offers the names that fit; tab takes one."""
    await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        screen = await edit_current(seat)
        popup = screen.query_one(Completions)
        popup._names = lambda: ["sales.customer", "sales.customer.c_id", "sales.orders"]
        await seat.press(*"sales.c")
        await seat.sees("› sales.customer", "tab takes it")
        assert "sales.orders" not in seat.text
        await seat.press("down", "tab")
        assert screen.area.text.startswith("sales.customer.c_id#")


async def test_the_preview_follows_the_text(amx_home: Path) -> None:
    """Beside the text from 120 columns, on a key below."""
    await write_page(amx_home)
    async with take_seat(amx_home, size=LARGE) as seat:
        await edit_current(seat)
        await seat.sees("All about customers.")
        await seat.press(*"Hello")
        await seat.sees("Hello# Customers")
    async with take_seat(amx_home) as seat:
        await edit_current(seat)
        assert "All about customers." not in seat.text
        await seat.press("ctrl+t")
        await seat.sees("All about customers.")


async def test_words_and_the_place_are_counted(amx_home: Path) -> None:
    """The line below says where the cursor is, what is selected and how many words there are."""
    await write_page(amx_home, body="one two three\nfour\n")
    async with take_seat(amx_home) as seat:
        await edit_current(seat)
        await seat.sees("line 1 of 3, column 1", "4 words")
        await seat.press("shift+end")
        await seat.sees("13 selected, 3 words")


async def test_the_own_editor_gets_a_private_file_and_gives_the_text_back(
    amx_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is nobody else's to read, and gone afterwards."""
    seen = tmp_path / "seen"
    script = tmp_path / "editor.sh"
    script.write_text(
        f'#!/bin/sh\nstat -c %a "$1" > {seen}\necho "$1" >> {seen}\nsed -i s/never/seldom/ "$1"\n'
    )
    script.chmod(stat.S_IRWXU)
    monkeypatch.setenv("EDITOR", str(script))
    monkeypatch.delenv("VISUAL", raising=False)
    await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        screen = await edit_current(seat)
        monkeypatch.setattr(seat.app, "suspend", _Suspended)
        await seat.press("ctrl+o")
        await seat.until(
            lambda: screen.area.text == BODY.replace("never", "seldom"), "the text from the editor"
        )
        await seat.press("ctrl+z")
        await seat.until(lambda: screen.area.text == BODY, "the text before")
    mode, path = seen.read_text().split()
    assert mode == "600"
    assert not Path(path).exists()


class _Suspended:
    """Stands for a terminal that is handed over."""

    def __enter__(self) -> None:
        return

    def __exit__(self, *error: object) -> None:
        return


async def test_line_ends_and_odd_signs_stay_as_they_are(amx_home: Path) -> None:
    """Saving changes what was typed, and nothing else."""
    body = "one\r\ntwo\x0c\u2028three\nfour \x1b[0m\r\n"
    page = await write_page(amx_home, body=body)
    async with take_seat(amx_home) as seat:
        await edit_current(seat)
        assert "\x1b" not in seat.text
        await seat.press("x", "ctrl+s")
        await seat.sees("from v2")
    assert (await stored(amx_home, page.page_id)).body == f"x{body}"


async def test_a_viewer_reads_and_is_told_why_no_key_types(
    amx_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is typed that could not be saved."""
    await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        _make_viewer(seat, monkeypatch)
        await seat.press("2", "e")
        await seat.sees("You are a viewer; editing pages")
        await seat.press("enter")
        await seat.sees("All about customers.")


def _make_viewer(seat: Seat, monkeypatch: pytest.MonkeyPatch, role: Role = "viewer") -> None:
    monkeypatch.setattr(
        type(seat.app.workspace.pages),
        "reason_against",
        lambda pages: f"You are a {role}; editing pages takes a writer or an admin.",
    )


async def test_words_that_come_before_the_editor_are_its_text(
    amx_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a slow host nobody's first words are commands of the list; esc and a page that cannot be read drop them."""
    page = await write_page(amx_home)
    async with take_seat(amx_home, size=LOW) as seat:
        await seat.press("2")
        await seat.sees("Customer 360")
        pages, go_on = seat.app.workspace.pages, asyncio.Event()
        read, failing = pages.get, [StoreError("The page cannot be read.")]

        async def slowly(reference: str) -> Page:
            await go_on.wait()
            if failing:
                raise failing.pop()
            return await read(reference)

        monkeypatch.setattr(pages, "get", slowly)
        await seat.pilot.press("e", *"pq")
        go_on.set()
        await seat.until(lambda: "cannot be read" in seat.said)
        await seat.settled()
        assert isinstance(seat.app.screen, PagesScreen)

        go_on.clear()
        await seat.pilot.press("e", *"xpq ", "enter", "escape", "e", *"xpq R")
        assert isinstance(seat.app.screen, PagesScreen)
        go_on.set()
        screen = await seat.shows(EditorScreen)
        await seat.until(lambda: screen.area.text.startswith("xpq R#"))
    assert (await stored(amx_home, page.page_id)).status == page.status


async def test_a_disk_that_takes_nothing_keeps_no_text_from_the_store(amx_home: Path) -> None:
    """Leaving and quitting ask, for the text is in the window alone; saving needs no disk."""
    page = await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        shutil.rmtree(amx_home / "drafts", ignore_errors=True)
        (amx_home / "drafts").touch()
        await edit_current(seat)
        await seat.press(*"Hi ")
        await seat.until(lambda: "cannot be kept" in seat.said)
        await seat.press("escape")
        await seat.sees("Leave, and lose what is typed?")
        await seat.press("escape", "ctrl+q")
        await seat.sees("Quit, and lose what is typed?")
        await seat.press("escape", "ctrl+s")
        await seat.sees("from v2, the newest", "no changes")
        await seat.press("escape")
        await seat.shows(PagesScreen)
    assert (await stored(amx_home, page.page_id)).body == f"Hi {BODY}"
