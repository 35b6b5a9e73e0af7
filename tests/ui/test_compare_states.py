"""The comparison in bad company: hosts out of reach, read-only stores, texts of any kind, no colours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.cells import cell_len

from amx_tui.ui.screens.compare.screen import CompareScreen
from amx_tui.ui.screens.history.screen import HistoryScreen
from tests.proxy import DelayingProxy
from tests.servers import HostServer
from tests.services.conftest import on_servers
from tests.store.hosts import qualified
from tests.ui.comparing import Pair, ago, column, compared, detail, go_to, names, row
from tests.ui.seat import ALICE, BOB, LARGE, LOW, NORMAL, take_seat
from tests.ui.stores import drafted, record, recorded_run, write_config

SENDS = "\x1b[2J\x1b]0;gone\x07\x9b31m\x08\x7f"
NASTY = {
    "controls": (f"One{SENDS}row", f"Two{SENDS}rows"),
    "markup": ("[bold]one[/] \\[x] [link=x]", "[red]two[/red] [/nothing]"),
    "brackets": ("[-one] [+two]", "[+one] [-two]"),
    "wide": ("名前 of the 顧客" * 9, "名称 of the 顧客" * 9),
    "combining": ("e\u0301te\u0301 of a\u0308" * 9, "e\u0301te\u0301s of o\u0308" * 9),
    "emoji": ("👩\u200d💻 writes 👨\u200d👩\u200d👧", "👩\u200d🔬 writes 👍🏽"),
    "hebrew": ("שם של הלקוח", "שם משפחה של הלקוח"),
    "overrides": ("user\u202eelif\u202c", "user\u2066file\u2069"),
    "surrogate": ("half \ud83d", "half"),
    "lines": ("one\ntwo\r\nthree\n\nfour", "one\n2\nthree\n\n\nfour"),
    "tabs": ("a\tb", "a b"),
    "long": ("x" * 5000, "y" * 5000),
    "words": ("many words " * 4000, "most words " * 4000),
}
"""What two runs say about the columns of one table."""


@pytest.fixture
async def nasty(amx_home: Path) -> Pair:
    """Return a home whose two runs hold the worst of texts."""
    sides = []
    for side, (who, days) in enumerate(((BOB, 5), (ALICE, 2))):
        results = [drafted(f"t.n.{name}", texts[side]) for name, texts in NASTY.items()]
        sides += await record(amx_home, [recorded_run(ago(days=days))], results, identity=who)
    return Pair(amx_home, *sides)


# ---- texts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [NORMAL, LARGE, LOW])
async def test_texts_of_any_kind_are_shown_and_not_obeyed(nasty: Pair, size: tuple[int, int]) -> None:
    """Every asset in list and pane; no control sequence, no markup, no line beyond the terminal's edge."""
    async with take_seat(nasty.home, size=size) as seat:
        await compared(seat, nasty.bobs, nasty.alices)
        for name in NASTY:
            await go_to(seat, f"t.n.{name}")
            await seat.press("enter")
            await seat.sees(f"t.n.{name}")
            assert name != "markup" or "link=x" in detail(seat)
            assert not set(seat.text) & {"\x1b", "\x07", "\x9b", "\x08", "\x7f", "\u202e", "\u2066"}
            await seat.press("escape")
            assert [seat.lines[-1].strip()[:6], seat.lines[0].strip()[:3]] == ["1 Take", "AMX"]


async def test_the_status_column_stays_where_it_is(nasty: Pair) -> None:
    """Wide signs, combining marks and emoji leave the columns behind them aligned."""
    async with take_seat(nasty.home, size=LARGE) as seat:
        await compared(seat, nasty.bobs, nasty.alices)
        heading = next(line for line in seat.lines if line.split()[:1] == ["asset"])
        place = cell_len(heading.partition("status")[0])
        places = {cell_len(line.partition("≠ diff")[0]) for line in seat.lines if "≠ diff" in line[40:]}
        assert places == {place}


async def test_colours_are_not_needed(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR the screen says the same: statuses, marks and sides are signs."""
    shown = []
    for value in (None, "1"):
        if value:
            monkeypatch.setenv("NO_COLOR", value)
        async with take_seat(pair.home, size=LARGE) as seat:
            await compared(seat, pair.bobs, pair.alices)
            await go_to(seat, column("c_name"))
            shown.append(seat.text)
    assert shown[0] == shown[1]
    for sign in ("≠ diff", "[-Given]", "[+First]", "+ bob added", "∅ both missing", "= same", "●"):
        assert sign in shown[1]


# ---- stores ----------------------------------------------------------------------------------------------


async def test_a_store_that_may_only_be_read_is_compared_and_not_settled(
    team: Pair, host: HostServer
) -> None:
    """A newer program's store: everything is shown, and pressing a key says why nothing is decided."""
    host.sync_execute(f"UPDATE {qualified(host, '_amx_schema_meta')} SET schema_version = 99")
    async with take_seat(team.home, size=LARGE) as seat:
        await compared(seat, team.bobs, team.alices)
        assert "read-only" in seat.status
        assert len(names(seat)) == 8
        seat.app.clear_notifications()
        await go_to(seat, column("c_email"))
        await seat.press("1")
        await seat.sees("read-only", "99")
        assert row(seat).target_qname == column("c_email")


@on_servers
async def test_a_host_out_of_reach_is_said_and_tried_again(
    team: Pair, host: HostServer, open_proxy: Callable[..., DelayingProxy], tmp_path: Path
) -> None:
    """While it is being compared, and while it cannot be: the reason and the next key; r shows it afterwards."""
    proxy = open_proxy(host.address)
    home = write_config(tmp_path / "far", host, profile={"port": proxy.port})
    async with take_seat(home, ALICE, size=LARGE) as seat:
        proxy.stall()
        seat.app.open_comparison((team.bobs, team.alices))
        await seat.sees("Comparing…", "esc goes back")
        proxy.refuse()
        proxy.flow()
        await seat.settled()
        await seat.sees("r tries again, esc goes back")
        proxy.accept()
        await seat.press("r")
        assert len(names(seat)) == 8
        proxy.refuse()
        await seat.press("r")
        assert "error: Comparing: " in seat.said
        assert len(names(seat)) == 8
        proxy.accept()
        await seat.press("d")
        assert len(names(seat)) == 6


@on_servers
async def test_offline_the_shared_runs_are_looked_for_again_with_r(
    team: Pair, host: HostServer, open_proxy: Callable[..., DelayingProxy], tmp_path: Path
) -> None:
    """Started without the host: the local store has no such run, which is said with the reason; r tries the host."""
    proxy = open_proxy(host.address)
    home = write_config(tmp_path / "far", host, profile={"port": proxy.port})
    proxy.refuse()
    async with take_seat(home, ALICE, size=LARGE) as seat:
        await compared(seat, team.bobs, team.alices)
        await seat.sees("The shared history is out of reach.", "r tries the host again, esc goes back")
        proxy.accept()
        await seat.press("r")
        await seat.until(lambda: len(names(seat)) == 8, "the comparison")
        assert "● shared" in seat.status


async def test_a_comparison_asked_for_before_the_store_is_open_is_read_then(pair: Pair) -> None:
    """The screen waits for the store, and shows the comparison by itself."""
    async with take_seat(pair.home, fresh=False) as seat:
        seat.app.open_comparison((pair.bobs, pair.alices))
        await seat.shows(CompareScreen)
        await seat.until(lambda: len(names(seat)) == 8, "the comparison")
        await seat.press("escape")
        await seat.shows(HistoryScreen)


async def test_times_of_decisions_are_written_in_utc(pair: Pair) -> None:
    """The pane names the second."""
    before = datetime.now(UTC).replace(microsecond=0)
    async with take_seat(pair.home, size=LARGE) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await go_to(seat, column("c_email"))
        await seat.press("2", "N")
        said = detail(seat).partition("accepted by alice@acme.com, ")[2][:19]
        assert before <= datetime.fromisoformat(f"{said}+00:00") <= datetime.now(UTC)
