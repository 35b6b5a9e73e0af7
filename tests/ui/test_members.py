"""The Members screen: who is in the team, changed by admins, explained to everybody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen

from amx_tui.domain.identity import Identity
from amx_tui.domain.members import Member
from amx_tui.domain.membership import MemberChange
from amx_tui.services.workspace import Workspace
from amx_tui.ui.screens.dialogs.choice import ChoiceDialog
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.dialogs.typed import TypedConfirmDialog
from amx_tui.ui.screens.members.screen import MembersScreen
from amx_tui.ui.screens.members.trail import AuditScreen, SessionsScreen
from tests.servers import SqliteHost
from tests.ui.seat import ALICE, BOB, LARGE, LOW, NORMAL, Seat, load_home, take_seat
from tests.ui.stores import make_store, write_config

BOB_ELSEWHERE = Identity("bob@acme.com", "bob-desktop")
DAVE = Identity("dave", "dave-old")
EVE = Identity("[bold]eve\x1b[31m", "pc")


async def opened(home: Path, identity: Identity = ALICE) -> Workspace:
    """Open a home's store as somebody does on another machine."""
    workspace = load_home(home, identity)
    await workspace.connect()
    await workspace.register()
    return workspace


async def stored(home: Path, identity: Identity) -> Member:
    """Read a member from the store."""
    workspace = await opened(home)
    try:
        return await workspace.members.find(str(identity))
    finally:
        await workspace.close()


@pytest.fixture
async def home(sqlite_host: SqliteHost, tmp_path: Path) -> Path:
    """The lead's home: Alice is admin; Bob on two machines, Dave, who is revoked, and Eve look."""
    home = tmp_path / "lead"
    await make_store(home, sqlite_host)
    workspace = await opened(home)
    try:
        for identity in (BOB, BOB_ELSEWHERE, DAVE, EVE):
            await workspace.store.members.register(identity, "0.1.0")
        await workspace.members.revoke(await workspace.members.find("dave"))
    finally:
        await workspace.close()
    return home


@pytest.fixture
def bobs_home(home: Path, sqlite_host: SqliteHost, tmp_path: Path) -> Path:
    """Bob's home, which shares the lead's store."""
    return write_config(tmp_path / "bob", sqlite_host)


async def go_to(seat: Seat, name: str) -> MembersScreen:
    """Open the members and put the cursor on the machine of that name."""
    await seat.press("5")
    screen = await seat.shows(MembersScreen)
    await seat.until(lambda: bool(screen.members.rows), "members")
    member = next(each for each in screen.members.rows if each.hostname == name)
    screen.members.go_to(member.member_id)
    await seat.settled()
    return screen


async def ask(seat: Seat, *keys: str, kind: type[Screen[Any]] = ChoiceDialog) -> None:
    """Press keys that lead to a question, which something waits for."""
    await seat.pilot.press(*keys)
    await seat.until(lambda: isinstance(seat.app.screen, kind), f"in front: {kind.__name__}")


@pytest.mark.parametrize("size", [LARGE, NORMAL, LOW])
async def test_members_are_listed_by_person_with_their_machines(home: Path, size: tuple[int, int]) -> None:
    """One look says who is in, from where, in which role; foreign names are text."""
    async with take_seat(home, size=size) as seat:
        await go_to(seat, "bob-desktop")
        assert "▾ bob@acme.com" in seat.text
        assert "[bold]eve␛[31m" in seat.text
        assert "✗ revoked" in seat.text
        assert "(you)" in seat.text
        assert "4 people on 5 machines" in seat.title


async def test_the_same_name_on_two_machines_is_explained(home: Path) -> None:
    """Beside the list: the other machine, whose role is its own."""
    async with take_seat(home, size=LARGE) as seat:
        await go_to(seat, "bob-desktop")
        await seat.sees("The same name elsewhere", "bob-thinkpad", "Each machine has a role of its own.")


async def test_one_person_under_two_names_is_told_of_amx_user(home: Path) -> None:
    """Beside the list, and only where a name looks like another one."""
    workspace = await opened(home)
    try:
        await workspace.store.members.register(Identity("bob", "jumphost"), "0.1.0")
    finally:
        await workspace.close()
    async with take_seat(home, size=LARGE) as seat:
        await go_to(seat, "jumphost")
        await seat.sees("Perhaps the same person", "set AMX_USER to one name on")
        await go_to(seat, "dave-old")
        await seat.misses("Perhaps the same person")


async def test_a_promotion_by_key_is_stored_and_shown(home: Path) -> None:
    """p, a number, done; the list says the new role and the cursor has not moved."""
    async with take_seat(home, size=LARGE) as seat:
        screen = await go_to(seat, "bob-thinkpad")
        await ask(seat, "p")
        assert "Promote bob@acme.com@bob-thinkpad, now viewer, to" in seat.flat
        await seat.press("1")
        await seat.sees("bob@acme.com@bob-thinkpad is writer now.", "✎ writer")
        assert screen.members.current is not None
        assert screen.members.current.hostname == "bob-thinkpad"
    assert (await stored(home, BOB)).role == "writer"


async def test_cancelling_a_promotion_changes_nothing(home: Path) -> None:
    """The cursor stands on Cancel."""
    async with take_seat(home) as seat:
        await go_to(seat, "bob-thinkpad")
        await ask(seat, "p")
        await seat.press("enter")
        await seat.shows(MembersScreen)
    assert (await stored(home, BOB)).role == "viewer"


async def test_revoking_wants_the_name_typed_and_restoring_a_yes(home: Path) -> None:
    """A wrong name does nothing; the right one revokes; x again lets the member in."""
    async with take_seat(home, size=LARGE) as seat:
        await go_to(seat, "bob-thinkpad")
        assert "x Revoke" in seat.footer
        await ask(seat, "x", kind=TypedConfirmDialog)
        assert "Revoke bob@acme.com@bob-thinkpad?" in seat.flat
        await seat.sees("The same person stays active on bob-desktop.")
        await seat.enter_text("alice@acme.com")
        await seat.pilot.press("enter")
        assert isinstance(seat.app.screen, TypedConfirmDialog)
        await seat.press("escape")
        await ask(seat, "x", kind=TypedConfirmDialog)
        await seat.enter_text("bob@acme.com")
        await seat.press("enter")
        await seat.sees("is revoked now.")
        assert not (await stored(home, BOB)).is_active
        assert "x Restore" in seat.footer
        await ask(seat, "x", kind=ConfirmDialog)
        assert "The member comes back as viewer." in seat.flat
        await seat.press("y")
        await seat.sees("is viewer now.")
    assert (await stored(home, BOB)).is_active


async def test_the_last_admin_is_told_that_he_is_the_last(home: Path) -> None:
    """Neither demoting nor revoking oneself is offered then."""
    async with take_seat(home, size=LARGE) as seat:
        await go_to(seat, ALICE.hostname)
        for key in ("d", "x"):
            await seat.press(key)
            assert "is the last active admin; promote somebody else first." in seat.toasts


async def test_a_viewer_is_told_whom_to_ask(bobs_home: Path) -> None:
    """A greyed key says why, and names the admins."""
    async with take_seat(bobs_home, BOB, size=LARGE) as seat:
        await go_to(seat, "dave-old")
        await seat.press("p")
        assert "changing members takes an admin. Ask alice@acme.com to promote you." in seat.toasts


async def test_two_admins_who_edit_one_member_see_both_values(home: Path) -> None:
    """The second is shown what the first has made of the member, and chooses."""
    async with take_seat(home, size=LARGE) as seat:
        await go_to(seat, "bob-thinkpad")
        other = await opened(home)
        try:
            bob = await other.members.find(str(BOB))
            await other.members.change(MemberChange(bob, role="admin"))
        finally:
            await other.close()
        await ask(seat, "p")
        await seat.pilot.press("1")
        await seat.sees("409 Conflict", "it was yours now", "role viewer writer admin")
        await seat.sees("alice@acme.com promoted bob@acme.com on bob-thinkpad from viewer to")
        await seat.sees("Keep theirs: admin", "Take mine all the same: writer")
        await seat.press("2")
        await seat.sees("bob@acme.com@bob-thinkpad is writer now.")
    assert (await stored(home, BOB)).role == "writer"


async def test_a_conflict_can_be_left_as_the_other_admin_wants_it(home: Path) -> None:
    """Leaving it is the first answer."""
    async with take_seat(home, size=LARGE) as seat:
        await go_to(seat, "bob-thinkpad")
        other = await opened(home)
        try:
            await other.members.revoke(await other.members.find(str(BOB)))
        finally:
            await other.close()
        await ask(seat, "p")
        await seat.pilot.press("1")
        await seat.sees("access active – revoked")
        await seat.press("1")
        await seat.shows(MembersScreen)
    left = await stored(home, BOB)
    assert (left.role, left.is_active) == ("viewer", False)


async def test_two_admins_who_want_the_same_need_no_question(home: Path) -> None:
    """The second is told that it is done."""
    async with take_seat(home, size=LARGE) as seat:
        await go_to(seat, "bob-thinkpad")
        await ask(seat, "p")
        other = await opened(home)
        try:
            await other.members.change(MemberChange(await other.members.find(str(BOB)), role="writer"))
        finally:
            await other.close()
        await seat.press("1")
        await seat.shows(MembersScreen)
        said = "bob@acme.com@bob-thinkpad is writer already: alice@acme.com was first."
        await seat.until(lambda: said in seat.said, said)
    assert (await stored(home, BOB)).version == 2


async def test_a_store_without_an_admin_is_claimed_from_the_screen(
    home: Path, bobs_home: Path, sqlite_host: SqliteHost
) -> None:
    """Any active member may, once; the status line says so at once."""
    sqlite_host.sync_execute("UPDATE _amx_users SET role = 'viewer'")
    async with take_seat(bobs_home, BOB, size=LARGE) as seat:
        await go_to(seat, "bob-thinkpad")
        await ask(seat, "C", kind=ConfirmDialog)
        await seat.press("y")
        await seat.sees("bob@acme.com@bob-thinkpad is admin now.")
        assert "bob@acme.com (admin)" in seat.status


async def test_the_trail_is_filtered_as_it_is_typed(home: Path) -> None:
    """What happened, in sentences; all that is known of one beside it."""
    async with take_seat(home, size=(150, 40)) as seat:
        await go_to(seat, "dave-old")
        await seat.press("t")
        screen = await seat.shows(AuditScreen)
        await seat.sees("alice@acme.com revoked dave on dave-old.", "joined from pc as viewer")
        await seat.filter("action:revoke")
        await seat.until(lambda: len(screen.events.rows) == 1, "one event")
        await seat.sees("action revoke", "filter action:revoke")
        await seat.press("escape")
        await seat.until(lambda: len(screen.events.rows) > 1, "all events")
        await seat.press("escape")
        await seat.shows(MembersScreen)


@pytest.mark.parametrize("size", [NORMAL, LOW])
async def test_an_event_that_has_no_room_is_opened(home: Path, size: tuple[int, int]) -> None:
    """Enter shows it whole, esc goes back to the list, then to the members."""
    async with take_seat(home, size=size) as seat:
        await go_to(seat, "dave-old")
        await seat.press("t")
        await seat.shows(AuditScreen)
        await seat.press("enter")
        await seat.sees("alice@acme.com revoked dave on dave-old.", "action revoke", "target dave@dave-old")
        await seat.press("escape")
        await seat.sees("joined from pc as viewer.")
        await seat.press("escape")
        await seat.shows(MembersScreen)


async def test_what_was_done_to_a_member_and_who_connected(home: Path) -> None:
    """T is the trail of the member under the cursor, s the sessions."""
    async with take_seat(home, size=LARGE) as seat:
        await go_to(seat, "dave-old")
        await seat.press("T")
        screen = await seat.shows(AuditScreen)
        assert [event.action for event in screen.events.rows] == ["revoke"]
        await seat.press("escape", "escape", "s")
        await seat.shows(SessionsScreen)
        await seat.sees("dave-old", "first seen")


async def test_verbs_go_to_their_screens(home: Path) -> None:
    """The command line leads there too."""
    async with take_seat(home, size=LARGE) as seat:
        await seat.command("admin members")
        await seat.shows(MembersScreen)
        await seat.command("admin audit --action revoke")
        await seat.shows(AuditScreen)
        await seat.sees("filter action:revoke")
        await seat.press("escape", "escape")
        await seat.command("admin sessions --who dave")
        await seat.shows(SessionsScreen)


async def test_alone_there_is_no_ceremony(amx_home: Path) -> None:
    """In the local history there is one user, its admin, and nobody to change."""
    async with take_seat(amx_home, size=LARGE) as seat:
        assert "alice@acme.com (admin)" in seat.status
        await seat.press("5")
        screen = await seat.shows(MembersScreen)
        await seat.until(lambda: len(screen.members.rows) == 1, "oneself")
        assert "1 person" in seat.title
        assert "one user, no ceremony" in seat.title
        for key in ("p", "d", "x", "C"):
            await seat.press(key)
            await seat.sees("The local history has one user: you, its admin.")
            seat.app.clear_notifications()
        await seat.press("t")
        await seat.shows(AuditScreen)


# ---- when there is no team to see ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [LARGE, NORMAL, LOW])
async def test_out_of_reach_the_members_are_said_to_be_so(
    home: Path, sqlite_host: SqliteHost, size: tuple[int, int]
) -> None:
    """This machine's own rows are no team; each place says why, and which key goes on."""
    store = Path(str(sqlite_host.values["database"]))
    away = store.rename(store.with_suffix(".away"))
    async with take_seat(home, size=size) as seat:
        await seat.press("5")
        await seat.shows(MembersScreen)
        await seat.sees("The team's members are out of reach.", "r tries the host again")
        await seat.press("p")
        await seat.sees("The shared store is out of reach; r tries it again.")
        seat.app.clear_notifications()
        await seat.press("t")
        screen = await seat.shows(AuditScreen)
        await seat.sees("The shared store is out of reach.", "r tries the host again")
        away.rename(store)
        await seat.press("r")
        await seat.until(lambda: bool(screen.events.rows), "the events")
        await seat.press("escape")
        members = await seat.shows(MembersScreen)
        await seat.until(lambda: bool(members.members.rows), "the members")


async def test_a_registry_that_cannot_be_read_is_said(home: Path, sqlite_host: SqliteHost) -> None:
    """The reason stands where the members would."""
    async with take_seat(home, size=NORMAL) as seat:
        sqlite_host.sync_execute("ALTER TABLE _amx_users RENAME TO _amx_gone")
        await seat.press("5")
        await seat.shows(MembersScreen)
        await seat.sees("_amx_users", "r tries again")
        sqlite_host.sync_execute("ALTER TABLE _amx_gone RENAME TO _amx_users")
        await seat.press("r")
        await seat.sees("▾ bob@acme.com")


async def test_what_another_admin_does_shows_in_the_trail(home: Path) -> None:
    """An open trail follows, with the cursor where it is."""
    async with take_seat(home, size=LARGE) as seat:
        await seat.command("admin audit")
        screen = await seat.shows(AuditScreen)
        await seat.press("j")
        current = screen.events.current_key
        other = await opened(home)
        try:
            await other.members.revoke(await other.members.find(str(BOB)))
        finally:
            await other.close()
        screen.others_changed(())
        await seat.sees("alice@acme.com revoked bob@acme.com on bob-thinkpad.")
        assert screen.events.current_key == current


@pytest.mark.parametrize("line", ["actor:", "action:", "target:bob", "since:yesterday", "until:2h"])
async def test_filters_can_be_typed_to_the_end(home: Path, line: str) -> None:
    """Half a word filters nothing, and nothing is complained about while it is typed."""
    async with take_seat(home, size=LARGE) as seat:
        await seat.command("admin audit")
        await seat.shows(AuditScreen)
        await seat.filter(line)
        await seat.shows(AuditScreen)
        assert "error" not in seat.said
