"""The list of pages, a page as people read it, its versions, and what can be done with it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from amx_tui.ui.screens.editor.screen import EditorScreen
from amx_tui.ui.screens.line.screen import LineScreen
from amx_tui.ui.screens.pages.blame import BlameScreen
from amx_tui.ui.screens.pages.reader import PageScreen
from amx_tui.ui.screens.pages.screen import PagesScreen
from amx_tui.ui.screens.pages.versions import VersionsScreen
from tests.ui.seat import ALICE, LARGE, LOW, NORMAL, take_seat
from tests.ui.writing import save_elsewhere, stored, write_page

on_sizes = pytest.mark.parametrize("size", [NORMAL, LARGE, LOW], ids=lambda size: f"{size[0]}x{size[1]}")


async def test_a_store_without_pages_says_what_to_do_first(amx_home: Path) -> None:
    """An empty list names the key that makes the first page."""
    async with take_seat(amx_home) as seat:
        await seat.press("2")
        await seat.shows(PagesScreen)
        await seat.sees("No pages yet.", "a writes the first one")


@on_sizes
async def test_the_list_names_title_status_version_and_who(amx_home: Path, size: tuple[int, int]) -> None:
    """Every size shows what tells pages apart."""
    page = await write_page(amx_home)
    await save_elsewhere(amx_home, page.page_id, status="published")
    async with take_seat(amx_home, size=size) as seat:
        await seat.press("2")
        await seat.sees("Customer 360", "v2", "bob", "✓")
        assert "Read" in seat.footer


async def test_from_120_columns_the_page_is_rendered_beside_the_list(amx_home: Path) -> None:
    """The preview is Markdown as people read it."""
    await write_page(amx_home)
    async with take_seat(amx_home, size=LARGE) as seat:
        await seat.press("2")
        await seat.sees("All about customers.")
        assert "**" not in seat.text


async def test_titles_and_texts_are_searched_while_typing(amx_home: Path) -> None:
    """A word of the text finds its page; esc brings all back."""
    await write_page(amx_home)
    await write_page(amx_home, "Glossary", "Churn is who leaves.\n")
    async with take_seat(amx_home) as seat:
        await seat.press("2")
        await seat.sees("Glossary", "Customer 360")
        await seat.filter("churn")
        await seat.misses("Customer 360")
        assert "Glossary" in seat.text
        await seat.press("escape")
        await seat.sees("Customer 360")


async def test_a_page_is_read_with_its_contents_beside_it(amx_home: Path) -> None:
    """The contents follow the text, and the text goes where the contents say."""
    sections = "".join(f"\n## Part {number}\n\n{'word ' * 200}\n" for number in range(30))
    await write_page(amx_home, body=f"# Long\n{sections}")
    async with take_seat(amx_home, size=LARGE) as seat:
        await seat.press("2", "enter")
        screen = await seat.shows(PageScreen)
        await seat.sees("Part 0")
        await seat.press("t", "G", "enter")
        assert screen.text.heading is not None
        await seat.press("g", "n", "n")
        assert screen.text.headings[screen.text.heading or 0].title == "Part 1"


async def test_a_page_is_searched_as_it_is_read(amx_home: Path) -> None:
    """Markup does not come between the words, and matches are counted."""
    await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        await seat.press("2", "enter")
        await seat.shows(PageScreen)
        await seat.press("/")
        await seat.enter_text("about customers")
        await seat.press("enter")
        await seat.sees("1 of 1")
        await seat.press("escape")
        await seat.misses("1 of 1")


async def test_foreign_text_is_shown_never_sent(amx_home: Path) -> None:
    """Neither control sequences nor markup of the terminal's come out of a page."""
    await write_page(amx_home, "[red]Title[/] \x1b[2J", "# [bold]x[/]\n\n\x1b]52;c;aGk=\x07 \u202eevil\n")
    async with take_seat(amx_home, size=LARGE) as seat:
        await seat.press("2", "enter")
        await seat.shows(PageScreen)
        await seat.sees("[red]Title[/] ␛[2J", "[bold]x[/]", "␛]52;c;aGk=␇ ‹202E›evil")


async def test_a_page_is_renamed_published_and_deleted_and_the_deletion_taken_back(amx_home: Path) -> None:
    """Each is a version of its own, and u takes the deletion back."""
    page = await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        await seat.press("2", "R")
        await seat.enter_text("°")
        await seat.press("enter")
        await seat.sees("Customer 360°")
        await seat.press("p")
        await seat.sees("✓")
        await seat.press("x")
        await seat.sees("Delete “Customer 360°”?", "All its versions stay")
        await seat.press("y")
        await seat.sees("No pages yet.")
        await seat.press("u")
        await seat.until(lambda: "› Customer 360°" in seat.text, "the page again")
    now = await stored(amx_home, page.page_id)
    assert (now.title, now.status, now.version) == ("Customer 360°", "published", 5)


async def test_deleting_says_that_somebody_saved_meanwhile(amx_home: Path) -> None:
    """Nobody deletes what they have not seen without being told."""
    page = await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        await seat.press("2")
        await seat.sees("v1")
        await save_elsewhere(amx_home, page.page_id, str.upper)
        await seat.press("x")
        await seat.sees("bob@acme.com saved version 2 of it meanwhile; you saw version 1")
        await seat.press("n")
    assert (await stored(amx_home, page.page_id)).status == "draft"


async def test_versions_are_compared_and_an_old_one_becomes_the_newest(amx_home: Path) -> None:
    """The difference names both sides; restoring makes a version and loses none."""
    page = await write_page(amx_home)
    await save_elsewhere(amx_home, page.page_id, lambda body: body.replace("never", "seldom"), identity=ALICE)
    async with take_seat(amx_home, size=LARGE) as seat:
        await seat.press("2", "v")
        await seat.shows(VersionsScreen)
        await seat.sees("- v1 bob@acme.com", "+ v2 alice@acme.com", "5 - The number never changes.")
        assert "5 + The number seldom changes." in seat.flat
        await seat.press("j", "R")
        await seat.sees("Restore version 1", "becomes version 3")
        await seat.press("y")
        await seat.sees("version 1 restored")
    now = await stored(amx_home, page.page_id)
    assert (now.version, now.body) == (3, page.body)


def _with_word(word: str, body: str) -> str:
    return body.replace("changes", f"{word} changes")


async def test_any_two_versions_are_compared(amx_home: Path) -> None:
    """A marked version is what the others are compared with."""
    page = await write_page(amx_home)
    for word in ("seldom", "often"):
        await save_elsewhere(amx_home, page.page_id, partial(_with_word, word))
    async with take_seat(amx_home) as seat:
        await seat.press("2", "v")
        await seat.shows(VersionsScreen)
        await seat.sees("+ v3")
        await seat.press("G", "space", "g")
        await seat.sees("compared with v1, marked", "- v1", "+ v3")


async def test_blame_says_who_wrote_which_line(amx_home: Path) -> None:
    """Lines carry the version that they came in with."""
    page = await write_page(amx_home)
    await save_elsewhere(amx_home, page.page_id, lambda body: body + "\nNew.\n", identity=ALICE)
    async with take_seat(amx_home, size=LARGE) as seat:
        await seat.press("2", "B")
        await seat.shows(BlameScreen)
        await seat.sees("v1 bob", "v2 alice", "by 2 members")
        row = next(row for row, line in enumerate(seat.lines) if "v2 alice" in line)
        assert "New." in " ".join(seat.lines[row : row + 2])


async def test_a_page_is_exported(amx_home: Path, tmp_path: Path) -> None:
    """The ending names the format, and what was written is said."""
    await write_page(amx_home)
    target = tmp_path / "page.md"
    async with take_seat(amx_home) as seat:
        await seat.press("2", "E")
        await seat.shows(LineScreen)
        await seat.press("ctrl+a", "ctrl+k")
        await seat.enter_text(str(target))
        await seat.press("enter")
        await seat.until(target.exists, "the file")
    assert target.read_text().startswith("---\ntitle:")
    assert "All about **customers**." in target.read_text()


async def test_a_page_says_which_assets_it_is_about(amx_home: Path) -> None:
    """Assets are attached and detached on one line."""
    page = await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        await seat.press("2", "A")
        await seat.shows(LineScreen)
        await seat.enter_text("sales.customer sales.orders")
        await seat.press("enter", "enter")
        await seat.sees("about sales.customer, sales.orders")
        await seat.press("A")
        await seat.shows(LineScreen)
        await seat.press("ctrl+a", "ctrl+k")
        await seat.enter_text("sales.orders")
        await seat.press("enter")
        await seat.misses("sales.customer")
    assert [asset.name for asset in (await stored(amx_home, page.page_id)).assets] == ["sales.orders"]


async def test_the_lists_own_number_goes_back_to_it(amx_home: Path) -> None:
    """`2` from a page, its versions or a comparison that lie on the list; a text that is being written stays."""
    await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        await seat.press("2", "enter")
        await seat.shows(PageScreen)
        await seat.press("v")
        await seat.shows(VersionsScreen)
        await seat.press("2")
        await seat.shows(PagesScreen)
        await seat.press("enter", "e")
        await seat.shows(EditorScreen)
        await seat.press("alt+2")
        await seat.shows(EditorScreen)
        assert "esc leaves it" in seat.said
