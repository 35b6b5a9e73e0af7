"""The editor and the merge on pages that the real amx-cli saves at the same time; its saves keep no versions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amx_tui.domain.identity import Identity
from amx_tui.ui.screens.editor import saving
from amx_tui.ui.screens.editor.screen import EditorScreen
from amx_tui.ui.screens.merge import finishing
from amx_tui.ui.screens.merge.screen import MergeScreen
from amx_tui.ui.screens.pages.reader import PageScreen
from tests.interop.client import RealClient
from tests.interop.filling import ALICE, BOB
from tests.interop.judging import misfits
from tests.interop.ours import CUSTOMER_PAGE, at_work, home_of, promote, rows_of
from tests.servers import PostgresHost
from tests.ui.seat import LARGE, Seat, take_seat

pytestmark = [pytest.mark.interop, pytest.mark.postgresql]

Start = Callable[..., RealClient]

BODY = "# Customer 360\n\nFirst.\n"
"""What the page says at first."""


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is typed be on disk at once; others' saves are met by saving."""
    monkeypatch.setattr(saving, "KEEP_AFTER", 0.01)
    monkeypatch.setattr(saving, "WATCH", 3600.0)
    monkeypatch.setattr(finishing, "WATCH", 3600.0)


@pytest.fixture
async def bobs_home(team: PostgresHost, tmp_path: Path) -> Path:
    """Return the home of bob, who may write."""
    promote(team, BOB)
    async with at_work(tmp_path, team, BOB):
        pass
    return home_of(tmp_path, team, BOB)


class Theirs:
    """amx-cli, which saves the page one version after the other."""

    def __init__(self, client: RealClient) -> None:
        self._client = client

    @property
    def page(self) -> dict[str, Any]:
        """The page as amx-cli reads it."""
        pages = self._client("shared.list_documentation_pages")
        return next(each for each in pages if each["slug"] == CUSTOMER_PAGE)

    def save(self, change: Callable[[str], str]) -> None:
        """Save the page as it is now, changed."""
        page = self.page
        self._client(
            "shared.update_documentation_page_body",
            page["id"],
            markdown_body=change(page["markdown_body"]),
            expected_version=page["version"],
        )


async def _edit(seat: Seat) -> EditorScreen:
    await seat.command(f"pages show {CUSTOMER_PAGE}")
    await seat.shows(PageScreen)
    await seat.press("e")
    return await seat.shows(EditorScreen)


async def test_two_saves_of_amx_cli_meet_our_open_editor(
    team: PostgresHost, tmp_path: Path, start_client: Start, bobs_home: Path
) -> None:
    """ctrl+s is a 409; what we began with is the base, though no version holds it; a third save keeps our choice."""
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        theirs = Theirs(alice)
        async with take_seat(bobs_home, Identity(*BOB), size=LARGE) as seat:
            screen = await _edit(seat)
            screen.area.put(BODY.replace("First.", "Ours.") + "\nBelow, ours.\n")
            theirs.save(lambda body: body.replace("First.", "Theirs."))
            theirs.save(lambda body: body.replace("# Customer 360", "# Customers"))
            await seat.press("ctrl+s")
            await seat.shows(MergeScreen)
            # Who saved is not kept anywhere; the page's maker, whom amx-cli would name, is not who it was.
            await seat.sees("⚠ 1 of 1 open", "1 yours, from v1", "2 somebody, v3", "Ours.", "Theirs.")
            await seat.press("b")
            await seat.sees("0 before both", "First.")
            await seat.press("3")
            theirs.save(lambda body: body.replace("# Customers", "# All customers"))
            await seat.press("ctrl+s")
            await seat.sees("Somebody saved version 4", "all 1 decided")
            await seat.press("ctrl+s")
            await seat.shows(EditorScreen)
            await seat.sees("from v5, the newest", "no changes")
        page = theirs.page
        assert page["version"] == 5
        for words in ("# All customers", "Ours.", "Theirs.", "Below, ours."):
            assert words in page["markdown_body"], page["markdown_body"]
        kept = [
            row
            for row in rows_of(team, "documentation_page_versions", "version_no")
            if row["page_id"] == page["id"]
        ]
        assert [(row["version_no"], row["saved_by"]) for row in kept] == [(4, None), (5, "bob")]
        assert misfits(team, alice) == []


async def test_a_draft_that_was_left_is_merged_with_what_amx_cli_saved_since(
    team: PostgresHost, tmp_path: Path, start_client: Start, bobs_home: Path
) -> None:
    """The draft holds its own base; theirs can be taken whole, and ours is not lost by that."""
    async with take_seat(bobs_home, Identity(*BOB), size=LARGE) as seat:
        screen = await _edit(seat)
        screen.area.put(BODY.replace("First.", "Ours."))
        await seat.sees("not saved, kept here")
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        theirs = Theirs(alice)
        for words in ("Second.", "Third."):
            theirs.save(lambda body, words=words: BODY.replace("First.", words))  # type: ignore[misc]
        async with take_seat(bobs_home, Identity(*BOB), size=LARGE) as seat:
            screen = await _edit(seat)
            assert "Ours." in screen.area.text
            await seat.sees("⚠ somebody saved v3")
            await seat.press("ctrl+s")
            await seat.shows(MergeScreen)
            await seat.press("b")
            await seat.sees("First.", "Third.")
            await seat.press("4", "ctrl+s")
            await seat.shows(EditorScreen)
            await seat.sees("from v4, the newest")
        assert theirs.page["markdown_body"] == BODY.replace("First.", "Third.\nOurs.")


async def test_overwriting_what_amx_cli_saved_is_audited_as_it_audits_that(
    team: PostgresHost, tmp_path: Path, start_client: Start, bobs_home: Path
) -> None:
    """By choice, after asking; their text stays as a version, and the trail says so in amx-cli's own words."""
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        theirs = Theirs(alice)
        async with take_seat(bobs_home, Identity(*BOB), size=LARGE) as seat:
            screen = await _edit(seat)
            screen.area.put("Ours.\n")
            theirs.save(lambda _: "Theirs.\n")
            await seat.press("ctrl+s")
            await seat.shows(MergeScreen)
            await seat.press("O", "y")
            await seat.shows(EditorScreen)
        page = theirs.page
        assert (page["markdown_body"], page["version"]) == ("Ours.\n", 3)
        told = alice("admin.list_audit_events")[0]
        assert (told["action"], told["actor_username"]) == ("forced_overwrite", "bob")
        assert told["target_resource"] == f"documentation_pages:{page['id']}"
        bodies = {row["markdown_body"] for row in rows_of(team, "documentation_page_versions", "version_no")}
        assert bodies == {"Theirs.\n", "Ours.\n"}
        assert misfits(team, alice) == []
