"""A team on one store: the same rows for every member, whoever made it, on every host."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from amx_tui.domain.identity import Identity
from amx_tui.ui.screens.run.screen import RunScreen
from tests.servers import HostServer, PostgresHost
from tests.ui.conftest import NOW, Member
from tests.ui.seat import BOB, LARGE, NORMAL, Seat, take_seat
from tests.ui.stores import drafted, make_store, record, recorded_run, write_config


async def walk(seat: Seat) -> tuple[list[str], str]:
    """Look at the history, each result in full, the facts and the hash; return what was seen of the team's rows."""
    seen = [line for line in seat.lines[1:-1] if line.strip()]
    await seat.press("enter")
    await seat.shows(RunScreen)
    for _ in range(4):
        seen += seat.lines[1:-1]
        await seat.press("j")
    await seat.press("i")
    seen += seat.lines[1:-1]
    await seat.press("escape", "H")
    return seen, seat.app.clipboard


@pytest.mark.usefixtures("frozen_now")
async def test_lead_and_member_see_the_same(lead_home: Path, member: Member, host: HostServer) -> None:
    """On every host both see the same runs, results, facts and hash; the status line says who each of them is."""
    label = f"{host.schema} in " if host.backend == "postgresql" else ""
    async with take_seat(lead_home, size=LARGE) as lead:
        assert "● shared" in lead.status
        assert label in lead.status
        assert lead.status.endswith("alice@acme.com (admin)")
        leads = await walk(lead)
    async with take_seat(member("bob"), BOB, size=LARGE) as bob:
        assert "● shared" in bob.status
        assert bob.status.endswith("bob@acme.com (viewer)")
        assert await walk(bob) == leads
    text = "\n".join(leads[0])
    for drafted_text in ("One row per customer.", "One row per order.", "the model answered nothing"):
        assert drafted_text in text
    assert re.fullmatch("[0-9a-f]{64}", leads[1])


async def test_advice_is_given_once(lead_home: Path, member: Member) -> None:
    """One person under two names is said at the first start; from then on only the log repeats it."""
    home = member("alice")
    async with take_seat(home, Identity("alice", "elsewhere")) as seat:
        await seat.until(lambda: "looks like you" in seat.said, "the advice")
    async with take_seat(home, Identity("alice", "elsewhere")) as seat:
        await seat.until(
            lambda: any("looks like you" in each.message for each in seat.app.messages), "the log's line"
        )
        assert not seat.app._notifications


async def test_a_run_of_a_teammate_arrives_with_a_refresh(lead_home: Path, member: Member) -> None:
    """Two seats on one store: what one member records, the other one sees, and neither loses the place."""
    home = member("bob")
    async with take_seat(lead_home) as lead:
        mine = lead.run
        (new,) = await record(home, [recorded_run(NOW)], [drafted("sales.orders", "An order.")])
        await lead.press("r")
        assert lead.run == mine
        assert lead.run_ids == [new, mine.run_id]
        assert new in lead.lines[3]
        await lead.press("k", "enter")
        await lead.sees("An order.", "bob@acme.com")


async def test_a_new_shared_store_says_what_will_show_up(host: HostServer, tmp_path: Path) -> None:
    """The store is made and nobody has run anything: that is said, and the next start shows it at once."""
    home = tmp_path / "lead"
    await make_store(home, host)
    async with take_seat(home) as seat:
        await seat.sees("No runs yet.", "The first /run or /analyze run of any member shows up here.")
        assert "● shared" in seat.status


@pytest.mark.postgresql
async def test_a_store_that_amx_cli_made_is_browsed_like_ours(
    amx_cli_store: PostgresHost, tmp_path: Path
) -> None:
    """Its twenty runs are listed with amx-cli's own numbers, opened by them, filtered, hashed and paged."""
    home = write_config(tmp_path / "bob", amx_cli_store)
    async with take_seat(home, Identity("bob", "bob-mac"), size=LARGE) as seat:
        assert "20 runs" in seat.title
        assert seat.status.endswith("bob (writer)")
        assert re.search(r"412cb34e #\d+@\S+ +\w+ ", seat.text)
        await seat.filter("who:alice status:success")
        assert {(run.created_by, run.status) for run in seat.history.runs.rows} == {("alice", "success")}
        run = seat.run
        await seat.press("escape")
        await seat.command(f"history show {run.local_name}")
        await seat.shows(RunScreen)
        assert run.run_id in seat.title
        assert run.local_name in seat.title
        total = int(seat.lines[2].split()[0])
        reached = set()
        for number in range(total):
            reached.add(seat.list.current_key)
            seat.list.action_move(1)
            if number % 20 == 0:
                await seat.settled()
        assert len(reached) == total > 20
        await seat.press("enter")
        await seat.sees("Reasoning", "Alternatives")
        await seat.press("escape", "H")
        assert re.fullmatch("[0-9a-f]{64}", seat.app.clipboard)
        seat.app.clear_notifications()
        await seat.press("i")
        await seat.sees("Settings", "Tokens")


async def test_the_next_start_shows_the_teams_rows_before_the_host_answers(
    lead_home: Path, host: HostServer
) -> None:
    """The first frame has the shared rows and names the store, although nothing has been connected to."""
    await record(lead_home, [recorded_run(NOW - timedelta(days=1))])
    async with take_seat(lead_home, size=NORMAL) as seat:
        ids, label = seat.run_ids, seat.app.store_view.label
        assert len(ids) == 2
    async with take_seat(lead_home, size=NORMAL, fresh=False) as seat:
        assert seat.run_ids == ids
        assert seat.app.store_view.label == label
        await seat.fresh()
        assert seat.run_ids == ids
