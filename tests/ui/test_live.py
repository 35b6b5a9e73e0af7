"""Several members on one store: what one does appears at the others', who is here, and who was shut out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest

from amx_tui.domain.compare import CompareRow
from amx_tui.domain.decisions import DecisionValues
from amx_tui.domain.identity import Identity
from amx_tui.domain.membership import MemberChange
from amx_tui.domain.notices import Notice
from amx_tui.domain.runs import RunFilter
from amx_tui.services import live as live_service
from amx_tui.services.last_seen import load_last_seen
from amx_tui.services.live import Live
from amx_tui.store import database as database_module
from amx_tui.store.runs import RunRepository
from amx_tui.ui import live as live_app
from amx_tui.ui.app import AmxApp
from amx_tui.ui.screens.editor.screen import EditorScreen
from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.members.screen import MembersScreen
from amx_tui.ui.screens.pages.reader import PageScreen
from amx_tui.ui.screens.run.screen import RunScreen
from tests.servers import HostServer, PostgresHost
from tests.store.hosts import qualified
from tests.ui.comparing import Pair, compared
from tests.ui.conftest import NOW, Member
from tests.ui.reviewing import decide_elsewhere, reviewed
from tests.ui.seat import ALICE, BOB, LARGE, LOW, NORMAL, Seat, take_seat
from tests.ui.stores import drafted, record, recorded_run
from tests.ui.writing import edit_current, open_elsewhere, save_elsewhere, write_page

SIZES = {"postgresql": LARGE, "mysql": NORMAL, "sqlite": LOW}
"""Each host at another size of the terminal."""
HEARD: WeakKeyDictionary[AmxApp, list[Notice]] = WeakKeyDictionary()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the app look and tell soon, and hear what other seats of this process do as what another process does."""
    monkeypatch.setattr(live_service, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(live_service, "GATHER", 0.02)
    monkeypatch.setattr(live_service, "BEAT_EVERY", 0.05)
    monkeypatch.setattr(live_service, "PROCESS", "another")
    monkeypatch.setattr(live_app, "QUIET", 0.05)


@pytest.fixture(autouse=True)
def _heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what an app hears be kept for the test."""
    hear = AmxApp.others_changed

    def keep(app: AmxApp, notices: tuple[Notice, ...]) -> None:
        HEARD.setdefault(app, []).extend(notices)
        hear(app, notices)

    monkeypatch.setattr(AmxApp, "others_changed", keep)


def heard(seat: Seat) -> list[Notice]:
    """All that the app has heard."""
    return HEARD.setdefault(seat.app, [])


async def watching(seat: Seat) -> None:
    """Wait until the app watches: then it is told that everything may have changed before, and reads it again."""
    await seat.until(lambda: bool(heard(seat)), "the beginning of the watching")
    await seat.settled()


async def join_as_writer(lead_home: Path, home: Path) -> None:
    """Let Bob open the store from his home, and an admin make him a writer."""
    async with open_elsewhere(home):
        pass
    await change_member(lead_home, BOB, role="writer")


async def change_member(home: Path, identity: Identity, **values: object) -> None:
    """Change a member as an admin at another seat does."""
    async with open_elsewhere(home, ALICE) as workspace:
        member = await workspace.members.find(str(identity))
        await workspace.members.change(MemberChange(member, **values))  # type: ignore[arg-type]


# ---- What others do ------------------------------------------------------------------------------------------


async def test_a_colleagues_run_appears_in_the_list_with_the_cursor_where_it_was(
    lead_home: Path, member: Member, host: HostServer
) -> None:
    """On every host, without a key; where the host tells who it was, so does a quiet word."""
    async with take_seat(lead_home, size=LARGE) as seat:
        await watching(seat)
        mine = seat.run
        (new,) = await record(member("bob"), [recorded_run(NOW)], [drafted("sales.orders", "An order.")])
        await seat.until(lambda: seat.run_ids == [new, mine.run_id], "the new run")
        assert seat.run == mine
        if host.backend == "postgresql":
            await seat.until(lambda: "bob@acme.com recorded a run." in seat.toasts, "who did it")


async def test_a_colleagues_decision_appears_in_an_open_run(team: Pair) -> None:
    """The row changes, the cursor stays on its result."""
    async with take_seat(team.home, size=LARGE) as seat:
        seat.app.open_run(team.alices)
        await seat.shows(RunScreen)
        await seat.press("j", "j")
        await watching(seat)
        before = seat.list.current_key
        value = DecisionValues("custom", "Mail of the customer.")
        await decide_elsewhere(team.home, team.alices, {"sales.customer.c_email": value})
        await seat.until(
            lambda: any(row.evaluation == "custom" for row in seat.list.rows), "the decision in the run"
        )
        assert seat.list.current_key == before


async def test_a_colleagues_decision_appears_in_a_comparison(team: Pair) -> None:
    """Both runs of a comparison are watched; the cursor stays on its asset."""
    async with take_seat(team.home, size=LARGE) as seat:
        await compared(seat, team.bobs, team.alices)
        await seat.press("j", "j")
        await watching(seat)
        before = seat.list.current_key
        value = DecisionValues("accepted", "phone number")
        await decide_elsewhere(team.home, team.bobs, {"sales.customer.c_phone": value})
        await seat.until(lambda: "accepted" in shown_decisions(seat), "the decision in the comparison")
        assert seat.list.current_key == before


def shown_decisions(seat: Seat) -> set[str]:
    """The decisions that the comparison in front has read."""
    return {cell.evaluation for row in seat.list.rows if isinstance(row, CompareRow) for cell in row.cells}


async def test_a_colleagues_decision_is_announced_in_a_review(team: Pair) -> None:
    """The asset that is looked at was just decided; the reviewer is told before he does it again."""
    async with take_seat(team.home, size=LARGE) as seat:
        await reviewed(seat, team.alices)
        await watching(seat)
        value = DecisionValues("accepted", "All that is sold.")
        await decide_elsewhere(team.home, team.alices, {"sales": value})
        await seat.sees("bob@acme.com has just decided")


async def test_ones_own_decision_is_nobody_elses(team: Pair, host: HostServer) -> None:
    """A look finds what was decided here, too; nothing is said about somebody else then."""
    if host.backend == "postgresql":
        return  # there one's own notices are passed over
    async with take_seat(team.home, size=LARGE) as seat:
        await reviewed(seat, team.alices)
        await watching(seat)
        heard(seat).clear()
        await seat.press("a", "b")
        await seat.until(lambda: any(each.kind == "results" for each in heard(seat)), "a look")
        await seat.settled()
        assert "just decided" not in seat.flat
        assert "409" not in seat.said


def live_of(seat: Seat) -> Live | None:
    """What watches the store."""
    return seat.app._live


async def test_a_saved_page_appears_where_it_is_open(
    lead_home: Path, member: Member, host: HostServer
) -> None:
    """In the reader, in place; an editor says who saved and keeps what is typed."""
    await join_as_writer(lead_home, member("bob"))
    page = await write_page(lead_home)
    async with take_seat(lead_home, size=SIZES[host.backend]) as seat:
        await seat.press("2")
        await seat.sees("Customer 360")
        await seat.press("enter")
        reader = await seat.shows(PageScreen)
        await watching(seat)
        await save_elsewhere(lead_home, page.page_id, lambda body: body.replace("never", "often"))
        await seat.sees("The number often changes.")
        await seat.press("e")
        editor = await seat.shows(EditorScreen)
        await seat.press("x")
        await save_elsewhere(lead_home, page.page_id, lambda body: body.replace("often", "always"))
        await seat.sees("⚠ bob@acme.com save")
        assert editor.area.text.startswith("x")
        await seat.until(
            lambda: reader.chosen is not None and reader.chosen.version == 3, "the page behind the editor"
        )


async def test_a_changed_member_appears_with_the_cursor_where_it_was(lead_home: Path, member: Member) -> None:
    """The role in the list is the new one."""
    async with open_elsewhere(member("bob")):
        pass
    async with take_seat(lead_home, size=LARGE) as seat:
        await seat.press("5")
        screen = await seat.shows(MembersScreen)
        bob = next(each for each in screen.members.rows if each.hostname == BOB.hostname)
        screen.members.go_to(bob.member_id)
        await watching(seat)
        await change_member(lead_home, BOB, role="writer")
        await seat.sees("✎ writer")
        current = screen.members.current
        assert current is not None
        assert (current.member_id, current.role) == (bob.member_id, "writer")


# ---- Who is here ---------------------------------------------------------------------------------------------


async def test_the_status_line_says_who_else_is_here(lead_home: Path, member: Member) -> None:
    """From the first heartbeat until the leaving; with what is open, for whoever edits the same."""
    await join_as_writer(lead_home, member("bob"))
    page = await write_page(lead_home)
    async with take_seat(lead_home, size=LARGE) as seat:
        await seat.press("2", "e")
        await seat.shows(EditorScreen)
        async with open_elsewhere(member("bob")) as bob:
            own, live = bob.state.member, bob.store.live
            assert own is not None
            session_id = await live.arrive(own, "1.0", "linux")
            await seat.until(lambda: "◆ bob" in seat.status, "bob in the status line")
            await live.beat(session_id, f"page {page.page_id}", own)
            await seat.sees("also here: bob@acme.com")
            await live.leave(session_id, own)
            await seat.until(lambda: "◆" not in seat.status, "nobody else")


async def test_switched_off_nothing_listens_looks_or_beats(
    lead_home: Path, member: Member, host: HostServer
) -> None:
    """`live: false` costs the host nothing at all; r reads what is new."""
    (lead_home / "amx-tui.yml").write_text("live: false\n")
    before = host.sync_execute(f"SELECT count(*) FROM {qualified(host, '_amx_sessions')}")
    async with take_seat(lead_home) as seat:
        assert live_of(seat) is None
        assert not seat.app.may_look
        assert not live_tasks()
        mine = seat.run
        await record(member("bob"), [recorded_run(NOW)], [drafted("sales.orders", "An order.")])
        await seat.press("r")
        assert len(seat.run_ids) == 2
        assert seat.run == mine
    kinds = host.sync_execute(
        f"SELECT count(*) FROM {qualified(host, '_amx_sessions')} WHERE event_kind = 'session'"
    )
    assert kinds == [(0,)]
    assert before == host.sync_execute(
        f"SELECT count(*) FROM {qualified(host, '_amx_sessions')} WHERE username = 'alice@acme.com'"
    )


def live_tasks() -> list[str]:
    """The tasks that watch a store in this process."""
    return [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "amx-live"]


async def test_whoever_is_away_holds_no_connection_and_asks_nothing(
    lead_home: Path, member: Member, host: HostServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After two minutes without a key all rests, nobody sees him as here; the next key brings what is new."""
    monkeypatch.setattr(live_service, "IDLE_AFTER", 0.3)
    monkeypatch.setattr(database_module, "LINGER", 0.3)
    async with take_seat(lead_home) as seat:
        await watching(seat)
        await seat.until(lambda: len(live_tasks()) == 1, "one task that waits for a key")
        if isinstance(host, PostgresHost):
            await seat.until(lambda: connections(host) == 0, "no connection")
        assert not seat.app.may_look
        beating = f"SELECT count(*) FROM {qualified(host, '_amx_sessions')} WHERE heartbeat_at IS NOT NULL"
        await seat.until(lambda: host.sync_execute(beating) == [(0,)], "no heartbeat")
        (new,) = await record(member("bob"), [recorded_run(NOW)], [drafted("sales.orders", "An order.")])
        await seat.settled()
        assert new not in seat.run_ids
        monkeypatch.setattr(live_service, "IDLE_AFTER", 120.0)
        await seat.press("j")
        await seat.until(lambda: new in seat.run_ids, "what is new, after a key")


def connections(host: PostgresHost) -> int:
    """How many connections the program has to the test's database."""
    ((number,),) = host.admin_execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'amx_owner'"
    )
    return int(number)


# ---- Who was shut out ----------------------------------------------------------------------------------------


async def test_a_revoked_member_leaves_the_store_at_once(
    lead_home: Path, member: Member, host: HostServer
) -> None:
    """Without a key: told why and whom to ask, no row of the store left on any screen or kept; the draft is his."""
    home = member("bob")
    await join_as_writer(lead_home, member("bob"))
    page = await write_page(lead_home)
    async with take_seat(home, BOB, size=SIZES[host.backend]) as seat:
        shared = seat.run_ids
        await seat.press("enter")
        await seat.shows(RunScreen)
        await seat.press("5")
        await seat.shows(MembersScreen)
        await edit_current(seat)
        await seat.press(*"mine ")
        await watching(seat)
        assert load_last_seen(home) is not None
        await change_member(lead_home, BOB, is_revoked=True)
        await seat.shows(HistoryScreen)
        await seat.sees("bob@acme.com@bob-thinkpad was revoked")
        assert "Ask alice@acme.com to restore you" in seat.said
        assert len(seat.app.screen_stack) == 1
        assert seat.run_ids == []
        assert "sales" not in seat.text
        assert load_last_seen(home) is None
        await seat.press("2")
        await seat.sees("The team's pages are out of reach.")
        await seat.press("5")
        assert "alice" not in seat.text.replace("alice@acme.com to restore", "")
        (draft,) = (home / "drafts" / "pages").glob("page-*.json")
        assert "mine # Customers" in draft.read_text()
        # Coming back: the admin lets him in, r asks again.
        await change_member(lead_home, BOB, is_revoked=False)
        await seat.press("1", "r")
        await seat.until(lambda: seat.run_ids == shared, "the shared rows again")
        assert seat.status.endswith("bob@acme.com (writer)")
        editor = await edit_current(seat)
        assert editor.area.text.startswith("mine # Customers")
        assert editor.draft.page_id == page.page_id


async def test_a_member_who_was_revoked_meanwhile_sees_nothing_fresh_at_the_next_start(
    lead_home: Path, member: Member, host: HostServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row of the shared store is asked for; what an earlier start kept is wiped, and the one after shows nothing."""
    home = member("bob")
    async with take_seat(home, BOB):
        pass
    await change_member(lead_home, BOB, is_revoked=True)
    asked: list[bool] = []
    page = RunRepository.page

    async def noted(runs: RunRepository, filter: RunFilter, **more: Any) -> Any:
        asked.append(runs._tables.is_local)
        return await page(runs, filter, **more)

    monkeypatch.setattr(RunRepository, "page", noted)
    async with take_seat(home, BOB, size=LARGE) as seat:
        await seat.sees("was revoked, and may not read")
        assert seat.run_ids == []
        assert load_last_seen(home) is None
    async with take_seat(home, BOB, size=LARGE, fresh=False) as seat:
        assert seat.run_ids == []
        await seat.sees("was revoked, and may not read")
        await seat.fresh()
    assert asked
    assert all(asked)


async def test_a_new_machine_of_somebody_who_was_revoked_sees_nothing(
    lead_home: Path, member: Member, host: HostServer
) -> None:
    """The registry notes the machine as revoked, and the store is not shown for a moment."""
    async with open_elsewhere(member("bob")):
        pass
    await change_member(lead_home, BOB, is_revoked=True)
    async with take_seat(member("elsewhere"), Identity(BOB.username, "bob-desktop"), size=LARGE) as seat:
        await seat.sees("bob@acme.com@bob-desktop was revoked")
        assert seat.run_ids == []
    rows = host.sync_execute(
        f"SELECT count(*) FROM {qualified(host, '_amx_users')} "
        "WHERE hostname = 'bob-desktop' AND revoked_at IS NOT NULL"
    )
    assert rows == [(1,)]


async def test_a_demoted_member_learns_it_at_once_and_keeps_the_draft(
    lead_home: Path, member: Member
) -> None:
    """Keys grey and say whom to ask; the editor stays open with what was typed."""
    home = member("bob")
    await join_as_writer(lead_home, member("bob"))
    await write_page(lead_home)
    async with take_seat(home, BOB, size=LARGE) as seat:
        editor = await edit_current(seat)
        await seat.press(*"mine ")
        await watching(seat)
        assert "(writer)" in seat.status
        await change_member(lead_home, BOB, role="viewer")
        await seat.until(lambda: "(viewer)" in seat.status, "the new role in the status line")
        await seat.press("ctrl+s")
        assert "takes a writer or an admin" in seat.toasts
        assert seat.app.screen is editor
        assert editor.area.text.startswith("mine # Customers")
        await change_member(lead_home, BOB, role="writer")
        await seat.until(lambda: "(writer)" in seat.status, "the role again")
        await seat.press("ctrl+s")
        await seat.sees("from v2, the newest")


async def test_switched_off_a_refused_save_says_that_the_role_has_changed(
    lead_home: Path, member: Member
) -> None:
    """Without anybody who tells or looks, the refusal itself is the word."""
    home = member("bob")
    (home / "amx-tui.yml").write_text("live: false\n")
    await join_as_writer(lead_home, member("bob"))
    await write_page(lead_home)
    async with take_seat(home, BOB, size=LARGE) as seat:
        await edit_current(seat)
        await seat.press(*"mine ")
        await change_member(lead_home, BOB, is_revoked=True)
        assert "(writer)" in seat.status
        await seat.press("ctrl+s")
        await seat.shows(HistoryScreen)
        await seat.sees("was revoked, and may not read")
        assert list((home / "drafts" / "pages").glob("page-*.json"))
