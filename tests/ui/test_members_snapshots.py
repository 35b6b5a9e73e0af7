"""What the Members screens look like, over a team whose story has fixed times."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from amx_tui.domain.identity import Identity
from amx_tui.domain.membership import MemberChange
from amx_tui.services.workspace import Workspace
from amx_tui.ui.screens.dialogs.choice import ChoiceDialog
from amx_tui.ui.screens.dialogs.typed import TypedConfirmDialog
from amx_tui.ui.screens.members.screen import MembersScreen
from amx_tui.ui.screens.members.trail import AuditScreen
from tests.servers import SqliteHost
from tests.ui.conftest import NOW
from tests.ui.seat import ALICE, BOB, LARGE, LOW, NORMAL, Seat, load_home, take_seat
from tests.ui.stores import make_store
from tests.ui.text_snapshots import assert_snapshot

pytestmark = [
    pytest.mark.usefixtures("frozen_now"),
    pytest.mark.parametrize("size", [NORMAL, LARGE, LOW], ids=lambda size: f"{size[0]}x{size[1]}"),
]

CAROL = Identity("carol@acme.com", "carol-workstation")
DAVE = Identity("dave", "dave-old")
ELSEWHERE = Identity(BOB.username, "bob-desktop")
ALIAS = Identity("bob", "jumphost.corp.acme.com")


async def _opened(home: Path, identity: Identity) -> Workspace:
    workspace = load_home(home, identity)
    await workspace.connect()
    await workspace.register()
    return workspace


@pytest.fixture
async def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Alice's home: Carol is an admin too, Bob writes and has two machines and two names, Dave is out."""
    monkeypatch.chdir(tmp_path)
    host = SqliteHost(Path("team.db"))
    home = tmp_path / "lead"
    await make_store(home, host)
    # What others do shows up when it is asked for, not some time.
    (home / "amx-tui.yml").write_text("live: false\n", encoding="utf-8")
    workspace = await _opened(home, ALICE)
    members = workspace.members
    try:
        for identity in (CAROL, BOB, ELSEWHERE, DAVE, ALIAS):
            await workspace.store.members.register(identity, "0.1.0")
        await members.set_role(await members.find(str(CAROL)), "admin")
        await members.set_role(await members.find(str(BOB)), "writer")
        await members.revoke(await members.find(str(DAVE)))
    finally:
        await workspace.close()
    _settle_times(host)
    return home


def _settle_times(host: SqliteHost) -> None:
    """Let everything have happened an hour apart, as far as anybody sees."""
    for table, column in (("_amx_admin_audit", "event_at"), ("_amx_users", "first_seen_at")):
        ids = host.sync_execute(f"SELECT id FROM {table} ORDER BY {column} DESC, rowid DESC")
        for hours, (row_id,) in enumerate(ids, 1):
            moment = (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            host.sync_execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [moment, row_id])
    seen = NOW.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    host.sync_execute("UPDATE _amx_users SET last_seen_at = %s, revoked_at = revoked_at", [seen])


async def _members(seat: Seat, hostname: str) -> MembersScreen:
    await seat.press("5")
    screen = await seat.shows(MembersScreen)
    await seat.until(lambda: bool(screen.members.rows), "members")
    screen.members.go_to(next(each.member_id for each in screen.members.rows if each.hostname == hostname))
    await seat.settled()
    return screen


async def test_members(home: Path, size: tuple[int, int]) -> None:
    """People with their machines; on a wide screen the facts beside them."""
    async with take_seat(home, size=size) as seat:
        await _members(seat, "bob-thinkpad")
        assert "▾ bob@acme.com" in seat.text
        await assert_snapshot(seat, f"members-{size[0]}x{size[1]}")


async def test_audit(home: Path, size: tuple[int, int]) -> None:
    """Newest first, each a sentence."""
    async with take_seat(home, size=size) as seat:
        await _members(seat, "bob-thinkpad")
        await seat.press("t")
        await seat.shows(AuditScreen)
        await seat.sees("alice@acme.com revoked dave on dave-old.")
        await assert_snapshot(seat, f"audit-{size[0]}x{size[1]}")


async def test_revoking(home: Path, size: tuple[int, int]) -> None:
    """The name has to be typed; where else the person is stays said."""
    async with take_seat(home, size=size) as seat:
        await _members(seat, "bob-thinkpad")
        await seat.pilot.press("x")
        await seat.shows(TypedConfirmDialog)
        assert "The same person stays active on bob-desktop." in seat.flat.replace(" │ │ ", " ")
        await assert_snapshot(seat, f"revoke-{size[0]}x{size[1]}")


async def test_conflict(home: Path, size: tuple[int, int]) -> None:
    """Who was first, what it was, what is wanted and what it is now."""
    async with take_seat(home, size=size) as seat:
        await _members(seat, "bob-thinkpad")
        other = await _opened(home, CAROL)
        try:
            bob = await other.members.find(str(BOB))
            await seat.pilot.press("p")
            await seat.until(lambda: isinstance(seat.app.screen, ChoiceDialog), "the question")
            await other.members.change(MemberChange(bob, role="viewer"))
        finally:
            await other.close()
        await seat.pilot.press("1")
        await seat.sees("409 Conflict")
        await seat.settled()
        assert "carol@acme.com demoted bob@acme.com" in seat.text
        await assert_snapshot(seat, f"member-conflict-{size[0]}x{size[1]}")
