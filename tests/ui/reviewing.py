"""Reviews in tests: opening one, waiting until everything is stored, and somebody else who decides meanwhile."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from amx_tui.domain.decisions import DecisionBasis, DecisionChange, DecisionValues
from amx_tui.domain.identity import Identity
from amx_tui.domain.results import Result
from amx_tui.services.review.session import ReviewSession
from amx_tui.services.workspace import Workspace
from amx_tui.ui.screens.review.screen import ReviewScreen
from tests.ui.seat import BOB, Seat, load_home

__all__ = ["decide_elsewhere", "reviewed", "saved", "session_of", "set_role", "shown"]


async def reviewed(seat: Seat, run_id: str) -> ReviewScreen:
    """Open the review of a run and wait until it is read."""
    seat.app.open_review(run_id)
    return await seat.shows(ReviewScreen)


def session_of(seat: Seat) -> ReviewSession:
    """The review that is shown."""
    screen = seat.app.screen
    assert isinstance(screen, ReviewScreen), seat.text
    assert screen.session is not None, seat.text
    return screen.session


def shown(seat: Seat) -> str:
    """The qualified name of the asset that is shown; empty on the summary."""
    (screen,) = seat.app.screens_of_kind(ReviewScreen)
    return screen.row.name if screen.row is not None else ""


async def saved(seat: Seat) -> None:
    """Wait until the store has everything that was decided, or somebody else was first."""
    (screen,) = seat.app.screens_of_kind(ReviewScreen)
    session = screen.session
    assert session is not None
    await seat.until(lambda: not session.saver.unsaved, "everything saved")
    await seat.settled()


async def set_role(workspace: Workspace, role: str) -> None:
    """Give the member of a workspace another role behind the program's back."""
    store = workspace.store
    users = store.tables.users
    statement = sa.update(users).where(users.c.username == workspace.identity.username).values(role=role)
    await store.database.run(lambda connection: connection.execute(statement), write=True)


async def decide_elsewhere(
    home: Path, run_id: str, values: dict[str, DecisionValues], *, identity: Identity = BOB
) -> None:
    """Decide on assets of a run by their names, as somebody on another machine does who opened the store there."""
    workspace = load_home(home, identity)
    await workspace.connect()
    await workspace.register()
    try:
        await set_role(workspace, "writer")
        page = await workspace.store.results.page(run_id, limit=1000)
        results: dict[str, Result] = {each.target_qname: each for each in page.results}
        changes = [
            DecisionChange(
                DecisionBasis.of(await workspace.store.results.get(results[name].result_id)), value
            )
            for name, value in values.items()
        ]
        outcome = await workspace.store.decisions.decide_many(changes, identity=identity)
        assert not outcome.stale
    finally:
        await workspace.close()
