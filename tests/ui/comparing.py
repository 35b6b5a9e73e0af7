"""Two runs that describe the same assets differently, the comparison of them, and what the store holds of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from amx_tui.domain.compare import CompareFilter, CompareRow
from amx_tui.domain.identity import Identity
from amx_tui.domain.recording import NewResult
from amx_tui.services.workspace import Workspace
from amx_tui.ui.screens.compare.lines import FoldedTable
from amx_tui.ui.screens.compare.screen import CompareScreen
from amx_tui.ui.widgets.text_pane import TextPane
from tests.servers import HostServer
from tests.store.hosts import qualified
from tests.ui.seat import ALICE, BOB, Seat, load_home
from tests.ui.stores import drafted, record, recorded_run

__all__ = [
    "ALICES",
    "ALICES_EMAIL",
    "BOBS",
    "BOBS_EMAIL",
    "Pair",
    "Stored",
    "ago",
    "column",
    "compared",
    "detail",
    "go_to",
    "make_writer",
    "names",
    "open_workspace",
    "press_on",
    "record_columns",
    "record_pair",
    "row",
    "shown_status",
    "stored",
]

BOBS_EMAIL = "The customer's e-mail address."
ALICES_EMAIL = "The e-mail address of the customer."
BOBS = (
    drafted("sales.customer", "One row per customer."),
    drafted("sales.customer.c_birth", "Birthday of the customer."),
    drafted("sales.customer.c_email", BOBS_EMAIL, "E-mail."),
    drafted("sales.customer.c_name", "Given name of the customer."),
    drafted("sales.customer.c_nobody"),
    drafted("sales.customer.c_phone", "phone number"),
)
"""What bob's run drafted, five days ago: the baseline."""
ALICES = (
    drafted("sales", "All that is sold."),
    drafted("sales.customer", "One row per customer."),
    drafted("sales.customer.c_birth"),
    drafted("sales.customer.c_email", ALICES_EMAIL, "Where mail goes."),
    drafted("sales.customer.c_name", "First name of the customer, as typed."),
    drafted("sales.customer.c_nobody"),
    drafted("sales.customer.c_phone", "Phone  number"),
    drafted("sales.orders", "One row per order."),
)
"""What alice's run drafted, two hours ago: the newer one, which decisions go to."""


@dataclass(frozen=True)
class Pair:
    """A home with two runs to compare."""

    home: Path
    bobs: str
    """The older run's id."""
    alices: str
    """The newer one's."""


class Stored(NamedTuple):
    """What a result's row holds about its decision."""

    evaluation: str | None
    chosen: str | None
    evaluated_by: str | None
    version: int


def ago(**length: int) -> datetime:
    """A moment some time ago, and half a minute, so that it does not change its name during a test."""
    return datetime.now(UTC) - timedelta(**length) - timedelta(seconds=30)


async def record_pair(home: Path) -> tuple[str, str]:
    """Record bob's run and alice's; return their ids."""
    (bobs,) = await record(home, [recorded_run(ago(days=5))], BOBS, identity=BOB)
    (alices,) = await record(home, [recorded_run(ago(hours=2))], ALICES, identity=ALICE)
    return bobs, alices


async def record_columns(home: Path, amount: int) -> tuple[str, str]:
    """Record two runs over many columns of two tables; every third one differs."""

    def results(voice: str) -> list[NewResult]:
        return [
            drafted(
                f"big.{'wide' if number < amount // 2 else 'wider'}.c_{number:04}",
                f"Column {number}" + (f", says {voice}" if number % 3 == 0 else ""),
            )
            for number in range(amount)
        ]

    (bobs,) = await record(home, [recorded_run(ago(days=5))], results("bob"), identity=BOB)
    (alices,) = await record(home, [recorded_run(ago(hours=2))], results("alice"), identity=ALICE)
    return bobs, alices


async def compared(seat: Seat, *run_ids: str, wanted: CompareFilter | None = None) -> CompareScreen:
    """Open a comparison and wait until it is read."""
    seat.app.open_comparison(run_ids, wanted)
    return await seat.shows(CompareScreen)


def column(name: str) -> str:
    """`c_email` in the table that both runs describe, as it is stored."""
    return f"sales.customer.{name}"


def names(seat: Seat) -> list[str]:
    """The assets of the list in memory, by name; `▸ table` for a folded one."""
    return [
        f"▸ {line.schema_name}.{line.table_name}".rstrip(".")
        if isinstance(line, FoldedTable)
        else line.target_qname
        for line in seat.list.rows
    ]


def row(seat: Seat, name: str = "") -> CompareRow:
    """The asset of that name, or the one under the cursor."""
    for line in seat.list.rows:
        if isinstance(line, CompareRow) and line.target_qname == name:
            return line
    line = seat.list.current
    assert isinstance(line, CompareRow), seat.text
    assert not name, f"no {name}\n{seat.text}"
    return line


async def go_to(seat: Seat, name: str) -> None:
    """Put the cursor on an asset."""
    seat.list.go_to(row(seat, name).key)
    await seat.settled()


async def press_on(seat: Seat, name: str, *keys: str) -> None:
    """Put the cursor on an asset and press keys."""
    await go_to(seat, name)
    await seat.press(*keys)


def shown_status(seat: Seat, name: str) -> str:
    """What stands in the last column of an asset's line."""
    (line,) = [line for line in seat.lines if line.split()[:1] == [name] or line.split()[:2] == ["›", name]]
    return line.split("  ")[-1].strip()


def detail(seat: Seat) -> str:
    """The pane with the texts, as running text."""
    return " ".join(str(seat.app.screen.query_one("#detail", TextPane).query_one("Static").render()).split())


def stored(host: HostServer, name: str, run_id: str) -> Stored:
    """Read the decision of a run's result over a plain driver."""
    results = qualified(host, "amx_history_results")
    ((evaluation, chosen, who, version),) = host.sync_execute(
        f"SELECT evaluation, chosen_description, evaluated_by, version FROM {results} "
        "WHERE run_id = %s AND target_qname = %s",
        (run_id, name),
    )
    return Stored(evaluation, chosen, who, version)


def make_writer(host: HostServer, identity: Identity) -> None:
    """Let a member who has joined write."""
    host.sync_execute(
        f"UPDATE {qualified(host, '_amx_users')} SET role = 'writer', version = version + 1 WHERE username = %s",
        (identity.username,),
    )


async def open_workspace(home: Path, identity: Identity) -> Workspace:
    """Open a workspace beside the app, as a teammate's program does; whoever opens it closes it."""
    workspace = load_home(home, identity)
    await workspace.connect()
    await workspace.register()
    return workspace
