"""Two people change one page: what collides is decided, and both texts are there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from amx_tui.services.page_merge import PageMerge
from amx_tui.ui.screens.editor import saving
from amx_tui.ui.screens.editor.screen import EditorScreen
from amx_tui.ui.screens.merge import finishing
from amx_tui.ui.screens.merge.screen import MergeScreen
from amx_tui.ui.screens.pages.screen import PagesScreen
from tests.servers import HostServer
from tests.ui.comparing import make_writer
from tests.ui.seat import ALICE, BOB, LARGE, LOW, NORMAL, Seat, take_seat
from tests.ui.stores import make_store, write_config
from tests.ui.writing import BODY, edit_current, save_elsewhere, stored, write_page

on_sizes = pytest.mark.parametrize("size", [NORMAL, LARGE, LOW], ids=lambda size: f"{size[0]}x{size[1]}")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "KEEP_AFTER", 0.01)
    monkeypatch.setattr(saving, "WATCH", 3600.0)
    monkeypatch.setattr(finishing, "WATCH", 3600.0)


def mine(body: str) -> str:
    """What is typed here: two lines changed, one added."""
    return (
        body.replace("never changes", "stays for ever").replace("to a customer", "to one customer")
        + "\nMine.\n"
    )


def theirs(body: str) -> str:
    """What somebody else saves: one line that collides, one that does not."""
    return body.replace("never changes", "may change").replace("# Customers", "# All customers")


async def collide(seat: Seat, home: Path, page_id: str, *, title: str | None = None) -> MergeScreen:
    """Type here, let bob save, and save."""
    screen = await edit_current(seat)
    screen.area.put(mine(BODY))
    await save_elsewhere(home, page_id, theirs, title=title)
    await seat.press("ctrl+s")
    return await seat.shows(MergeScreen)


@on_sizes
async def test_a_stale_save_becomes_a_merge_and_both_texts_are_there(
    amx_home: Path, size: tuple[int, int]
) -> None:
    """What does not collide is merged already; one key decides, one saves."""
    page = await write_page(amx_home)
    async with take_seat(amx_home, size=size) as seat:
        await collide(seat, amx_home, page.page_id)
        await seat.sees("⚠ 1 of 1 open", "1 yours, from v1")
        await seat.press("ctrl+s")
        await seat.sees("Still open: collision 1 of 1")
        await seat.press("3")
        await seat.sees("✓ all 1 decided")
        await seat.press("ctrl+s")
        await seat.shows(EditorScreen)
        await seat.sees("from v3, the newest", "no changes")
    body = (await stored(amx_home, page.page_id)).body
    for words in ("# All customers", "stays for ever", "may change", "to one customer", "Mine."):
        assert words in body


async def test_sides_are_named_by_person_and_version_and_the_base_is_a_key_away(amx_home: Path) -> None:
    """Words that differ from the base are what one looks at."""
    page = await write_page(amx_home)
    async with take_seat(amx_home, size=LARGE) as seat:
        await collide(seat, amx_home, page.page_id)
        await seat.sees("1 yours, from v1", "2 bob@acme.com, v2", "stays for ever.", "may change.")
        assert "never changes" not in seat.text
        await seat.press("b")
        await seat.sees("0 before both", "never changes.")


async def test_choices_are_undone_and_redone(amx_home: Path) -> None:
    """Each key is a step; the result shows what would be saved."""
    page = await write_page(amx_home)
    async with take_seat(amx_home, size=LARGE) as seat:
        screen = await collide(seat, amx_home, page.page_id)
        for key, words in (
            ("1", "✓ yours"),
            ("2", "✓ theirs"),
            ("0", "✓ as it was"),
            ("4", "✓ both, theirs first"),
        ):
            await seat.press(key)
            await seat.sees(words)
        await seat.press("u", "u")
        await seat.sees("✓ theirs")
        await seat.press("ctrl+r")
        await seat.sees("✓ as it was")
        await seat.press("minus")
        await seat.sees("⚠ 1 of 1 open")
        await seat.press("T")
        assert screen.merge.session.result().count("may change") == 1


async def test_a_collision_is_settled_by_a_text_of_ones_own(amx_home: Path) -> None:
    """The editor begins with both texts."""
    page = await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        await collide(seat, amx_home, page.page_id)
        await seat.press("e")
        await seat.sees("What is to stand here")
        await seat.press("ctrl+end", *"So be it.", "ctrl+s")
        await seat.sees("✓ edited")
        await seat.press("ctrl+s")
        await seat.shows(EditorScreen)
    assert "So be it.\n" in (await stored(amx_home, page.page_id)).body


async def test_titles_merge_by_themselves(amx_home: Path) -> None:
    """A title that only one changed is taken; one that both changed is a collision of its own."""
    page = await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        screen = await edit_current(seat)
        screen.query_one("#title").value = "Clients"  # type: ignore[attr-defined]  # an Input
        await save_elsewhere(amx_home, page.page_id, theirs, title="Customers")
        await seat.press("ctrl+s")
        await seat.shows(MergeScreen)
        await seat.sees("collision 1 of 1, the title", "Clients")
        await seat.press("3")
        await seat.sees("A title or a status is one or the other")
        await seat.press("2", "ctrl+s")
        await seat.shows(EditorScreen)
    now = await stored(amx_home, page.page_id)
    assert (now.title, now.version) == ("Customers", 3)


async def test_choices_stay_when_they_save_again(amx_home: Path) -> None:
    """Only what is new is open; the save that found out saves nothing."""
    page = await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        await collide(seat, amx_home, page.page_id)
        await seat.press("1")
        await save_elsewhere(amx_home, page.page_id, lambda body: body.replace("to a customer", "to nobody"))
        await seat.press("ctrl+s")
        await seat.sees("⚠ 1 of 2 open", "1 new collision; your choices stay.")
        await seat.press("2", "ctrl+s")
        await seat.shows(EditorScreen)
    body = (await stored(amx_home, page.page_id)).body
    assert "stays for ever" in body
    assert "to nobody" in body
    assert "may change" not in body


async def test_a_merge_is_taken_up_where_it_was_left(amx_home: Path) -> None:
    """Choices are on disk; another start of the program goes on with them, and with their undo."""
    page = await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        await collide(seat, amx_home, page.page_id)
        await seat.press("1")
        await seat.sees("✓ all 1 decided")
    async with take_seat(amx_home) as seat:
        await seat.press("2", "e")
        screen = await seat.shows(MergeScreen)
        await seat.sees("✓ yours")
        await seat.press("u")
        await seat.sees("⚠ 1 of 1 open")
        await seat.press("escape")
        await seat.shows(EditorScreen)
        await seat.sees("a merge is under way")
        assert isinstance(screen.merge, PageMerge)


async def test_overwriting_asks_first_and_leaves_theirs_as_a_version(amx_home: Path) -> None:
    """Their text stays where it can be found."""
    page = await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        await collide(seat, amx_home, page.page_id)
        await seat.press("O")
        await seat.sees("Save yours over bob@acme.com's version 2?", "stays as a version")
        await seat.press("y")
        await seat.shows(EditorScreen)
        theirs_kept = await seat.app.workspace.pages.version(page.page_id, 2)
    assert (await stored(amx_home, page.page_id)).body == mine(BODY)
    assert theirs_kept.body == theirs(BODY)


async def test_discarding_asks_first_and_leaves_mine_recoverable(amx_home: Path) -> None:
    """Theirs stays, and mine comes back from the list of drafts."""
    page = await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        await collide(seat, amx_home, page.page_id)
        await seat.press("X", "y")
        await seat.shows(PagesScreen)
        await seat.press("D", "1")
        screen = await seat.shows(EditorScreen)
        assert screen.area.text == mine(BODY)
    assert (await stored(amx_home, page.page_id)).version == 2


@pytest.mark.parametrize(
    ("key", "status", "pages"), [("1", "draft", 1), ("2", "deleted", 1), ("3", "deleted", 2)]
)
async def test_a_page_that_they_deleted_is_a_question_of_its_own(
    amx_home: Path, key: str, status: str, pages: int
) -> None:
    """Brought back with my text, left deleted, or a new page: nothing typed is lost."""
    page = await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        screen = await edit_current(seat)
        screen.area.put(mine(BODY))
        await save_elsewhere(amx_home, page.page_id, status="deleted")
        await seat.press("ctrl+s")
        await seat.shows(MergeScreen)
        await seat.sees("2 leaves it deleted")
        await seat.press(key, "ctrl+s")
        await seat.until(lambda: not isinstance(seat.app.screen, MergeScreen), "the end of the merge")
        await seat.settled()
        found = await seat.app.workspace.pages.search("Mine.")
        kept = seat.app.workspace.pages.drafts.discarded()
    assert (await stored(amx_home, page.page_id)).status == status
    assert len(found.pages) + len(kept) == 1
    assert len(kept) == (key == "2")


async def test_two_members_of_a_team_are_both_glad(postgres_host: HostServer, tmp_path: Path) -> None:
    """Alice and bob edit one page of a shared store; bob saves second, and both texts are there."""
    alices = tmp_path / "alice"
    await make_store(alices, postgres_host)
    page = await write_page(alices, identity=ALICE)
    bobs = write_config(tmp_path / "bob", postgres_host)
    async with take_seat(bobs, BOB) as bob:
        await bob.settled()
    async with take_seat(alices, ALICE) as alice:
        make_writer(postgres_host, BOB)
        async with take_seat(bobs, BOB) as bob:
            alices_editor, bobs_editor = await edit_current(alice), await edit_current(bob)
            alices_editor.area.put(theirs(BODY))
            bobs_editor.area.put(mine(BODY))
            await alice.press("ctrl+s")
            await alice.sees("from v2, the newest")
            await bob.press("ctrl+s")
            await bob.shows(MergeScreen)
            await bob.sees("alice@acme.com, v2")
            await bob.press("3", "ctrl+s")
            await bob.shows(EditorScreen)
            await bob.sees("from v3, the newest")
    body = (await stored(alices, page.page_id, ALICE)).body
    for words in ("# All customers", "stays for ever", "may change", "to one customer", "Mine."):
        assert words in body


async def test_a_merge_is_saved_though_the_disk_takes_nothing(amx_home: Path) -> None:
    """What cannot be kept on this machine is said, and is in the store all the same."""
    page = await write_page(amx_home)
    async with take_seat(amx_home) as seat:
        shutil.rmtree(amx_home / "drafts", ignore_errors=True)
        (amx_home / "drafts").touch()
        await collide(seat, amx_home, page.page_id)
        await seat.press("3", "ctrl+s")
        await seat.shows(EditorScreen)
        await seat.sees("from v3, the newest", "no changes")
        assert "cannot be kept" in seat.said
    assert "stays for ever" in (await stored(amx_home, page.page_id)).body
