"""Reviews as a service: storing behind the screen, a host that goes away, a death, and others who decide."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from amx_tui.domain.decisions import DecisionValues
from amx_tui.domain.errors import RoleError
from amx_tui.domain.review.rows import ReviewCounts, ReviewFilter
from amx_tui.services.commands import execute
from amx_tui.services.grammar import parse_line
from amx_tui.services.review import saving
from amx_tui.services.review.session import ReviewSession
from amx_tui.services.workspace import Workspace
from tests.proxy import DelayingProxy
from tests.servers import HostServer
from tests.services.conftest import on_servers
from tests.ui.comparing import ALICES, BOBS, ago
from tests.ui.reviewing import decide_elsewhere, set_role
from tests.ui.seat import ALICE, BOB, load_home
from tests.ui.stores import make_store, record, recorded_run, write_config

ACCEPT = "accept-all"
MINE = DecisionValues("custom", "mine")
THEIRS = DecisionValues("custom", "theirs")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Store without waiting for company, and try again soon."""
    monkeypatch.setattr(saving, "LINGER", 0)
    monkeypatch.setattr(saving, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(saving, "LONGEST_WAIT", 0.02)


@pytest.fixture
async def run(host: HostServer, tmp_path: Path) -> tuple[Path, str]:
    """Return alice's home, whose shared store has a run of hers, and the run's id."""
    home = tmp_path / "lead"
    await make_store(home, host)
    await record(home, [recorded_run(ago(days=5))], BOBS, identity=BOB)
    (run_id,) = await record(home, [recorded_run(ago(hours=2))], ALICES, identity=ALICE)
    return home, run_id


@asynccontextmanager
async def opened(home: Path) -> AsyncIterator[Workspace]:
    """Open a home as alice does."""
    workspace = load_home(home, ALICE)
    await workspace.connect()
    await workspace.register()
    try:
        yield workspace
    finally:
        await workspace.close()


async def begun(workspace: Workspace, run_id: str) -> ReviewSession:
    """Open a review with all its rows and texts."""
    session = await workspace.reviews.open(run_id)
    await session.load()
    await session.texts.read(session.review.rows)
    return session


def ids(session: ReviewSession) -> dict[str, str]:
    """The results' ids by the names of their assets."""
    return {row.name: row.result_id for row in session.review.rows}


async def stored(workspace: Workspace, session: ReviewSession) -> dict[str, tuple[str, str | None]]:
    """What the store holds of the decided ones."""
    results = await workspace.store.reviews.texts([row.result_id for row in session.review.rows])
    return {
        each.target_qname: (each.evaluation, each.chosen_description)
        for each in results
        if each.evaluation != "pending"
    }


async def test_what_is_decided_is_stored_in_its_order(run: tuple[Path, str]) -> None:
    """A chain on one result, others in between: the last word holds, and the journal is empty."""
    home, run_id = run
    async with opened(home) as workspace:
        session = await begun(workspace, run_id)
        names = ids(session)
        session.decide(names["sales"], MINE)
        session.decide(names["sales.orders"], DecisionValues("skipped", "", "no"))
        session.undo()
        session.undo()
        session.decide(names["sales"], THEIRS)
        session.syncing()()
        await session.saver.drained()
        assert await stored(workspace, session) == {"sales": ("custom", "theirs")}
        (result,) = await workspace.store.reviews.texts([names["sales"]])
        assert result.version == 4
        assert result.evaluated_by == ALICE.username
        assert session.journal.entries == ()
        assert session.review.basis_of(names["sales"]) is not None
    assert not list((home / "drafts").glob("decisions-*"))


async def test_what_others_wrote_is_read_ahead(run: tuple[Path, str]) -> None:
    """With who and what, for the assets that another run has."""
    home, run_id = run
    async with opened(home) as workspace:
        session = await begun(workspace, run_id)
        there = session.texts.get(ids(session)["sales.customer.c_name"])
        assert there is not None
        assert [(other.who, other.description) for other in there.elsewhere or ()] == [
            (BOB.username, "Given name of the customer.")
        ]
        nobody = session.texts.get(ids(session)["sales"])
        assert nobody is not None
        assert nobody.elsewhere == ()


async def test_a_chain_that_somebody_cut_is_one_conflict(run: tuple[Path, str]) -> None:
    """What was based on a refused decision is not sent: by its version alone it would go over theirs."""
    home, run_id = run
    async with opened(home) as workspace:
        session = await begun(workspace, run_id)
        await decide_elsewhere(home, run_id, {"sales": THEIRS})
        names = ids(session)
        session.decide(names["sales"], MINE)
        session.undo()
        session.decide(names["sales"], DecisionValues("accepted", "All that is sold."))
        await session.saver.drained()
        assert await stored(workspace, session) == {"sales": ("custom", "theirs")}
        (conflict,) = session.conflicts
        assert conflict.mine.chosen_description == "All that is sold."
        assert conflict.theirs is not None
        assert conflict.theirs.evaluated_by == BOB.username
        assert session.review.counts.edited == 1
        session.take_mine(names["sales"])
        await session.saver.drained()
        assert await stored(workspace, session) == {"sales": ("accepted", "All that is sold.")}


async def test_a_strategy_lists_what_others_had_decided(run: tuple[Path, str]) -> None:
    """Whether that is seen when the texts are read, or refused when the decision is stored."""
    home, run_id = run
    async with opened(home) as workspace:
        session = await begun(workspace, run_id)
        await decide_elsewhere(home, run_id, {"sales": THEIRS})
        wanted = session.preview("accept-all", ReviewFilter())
        count = await session.bulk(wanted)
        await session.saver.drained()
        assert count == len(wanted.rows) - 1
        assert [each.target_qname for each in session.left_alone] == ["sales"]
        assert not session.conflicts
        assert (await stored(workspace, session))["sales"] == ("custom", "theirs")
        _, restored = session.undo()
        assert restored == count
        await session.saver.drained()
        assert await stored(workspace, session) == {"sales": ("custom", "theirs")}


async def test_the_command_leaves_them_too_and_ends_with_a_conflict(
    run: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody decides between the reading of the run and that of its texts: exit status 3, and who it was."""
    home, run_id = run
    load = ReviewSession.load

    async def load_slowly(session: ReviewSession) -> None:
        await load(session)
        await decide_elsewhere(home, run_id, {"sales": THEIRS})

    monkeypatch.setattr(ReviewSession, "load", load_slowly)
    async with opened(home) as workspace:
        line = f"history review {run_id} --strategy accept-all --yes"
        report = await execute(workspace, parse_line(line))
        assert report.exit_status == 3
        document = cast("dict[str, Any]", report.data)
        assert (document["planned"], document["decided"]) == (6, 5)
        (conflict,) = document["conflicts"]
        assert (conflict["target_qname"], conflict["evaluated_by"]) == ("sales", BOB.username)


async def test_the_command_refuses_a_viewer(run: tuple[Path, str]) -> None:
    """With exit status 4, before anything is decided; looking is allowed."""
    home, run_id = run
    async with opened(home) as workspace:
        await set_role(workspace, "viewer")
        await workspace.register()
        line = f"history review {run_id} --strategy accept-all"
        with pytest.raises(RoleError) as refused:
            await execute(workspace, parse_line(f"{line} --yes"))
        assert refused.value.exit_status == 4
        report = await execute(workspace, parse_line(f"{line} --dry-run"))
        assert report.exit_status == 0
    assert not list((home / "drafts").glob("decisions-*"))


async def test_a_death_loses_nothing_and_doubles_nothing(
    run: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One decision was stored but not acknowledged, one not sent, one refused: each is found out after it."""
    home, run_id = run
    async with opened(home) as workspace:
        session = await begun(workspace, run_id)
        names = ids(session)
        monkeypatch.setattr(session.journal, "acknowledge", lambda numbers: None)
        session.decide(names["sales"], MINE)
        await session.saver.drained()
        await session.saver.close()
        monkeypatch.undo()
        await decide_elsewhere(home, run_id, {"sales.orders": THEIRS})
        for name in ("sales.customer", "sales.orders"):
            session.review.decide([(names[name], MINE)], session._moment(), keep=session.journal.append)
        # What a killed process holds is let go of by the system, without a word.
        _abandon(session)
    async with opened(home) as workspace:
        (leftover,) = await workspace.reviews.recover()
        assert leftover.count == 3
        await leftover.session.saver.drained()
        session = await begun(workspace, run_id)
        assert session is leftover.session
        assert await stored(workspace, session) == {
            "sales": ("custom", "mine"),
            "sales.customer": ("custom", "mine"),
            "sales.orders": ("custom", "theirs"),
        }
        (result,) = await workspace.store.reviews.texts([names["sales"]])
        assert result.version == 2
        (conflict,) = session.conflicts
        assert conflict.result_id == names["sales.orders"]
        assert session.review.counts == ReviewCounts(edited=3, left=5)
        session.keep_theirs(names["sales.orders"])
    assert not list((home / "drafts").glob("decisions-*"))


def _abandon(session: ReviewSession) -> None:
    """Close the journal's file as the end of a process does."""
    import os

    os.close(session.journal._file)
    session.journal._file = -1


async def test_a_viewer_is_refused_by_the_store_and_keeps_the_decision(run: tuple[Path, str]) -> None:
    """Who was demoted a moment ago gets to know it; promoted again, the decision is stored."""
    home, run_id = run
    async with opened(home) as workspace:
        session = await begun(workspace, run_id)
        await set_role(workspace, "viewer")
        session.decide(ids(session)["sales"], MINE)
        await session.saver.attempted()
        assert isinstance(session.saver.problem, RoleError)
        assert session.saver.unsaved == 1
        assert await stored(workspace, session) == {}
        await set_role(workspace, "writer")
        session.saver.try_again()
        await session.saver.drained()
        assert not _problem(session)
        assert await stored(workspace, session) == {"sales": ("custom", "mine")}


def _problem(session: ReviewSession) -> str:
    """What keeps decisions from being stored at the moment; empty where nothing does."""
    return str(session.saver.problem or "")


@pytest.fixture
def proxy(host: HostServer, open_proxy: Callable[..., DelayingProxy]) -> DelayingProxy:
    """Return what lies between the member and the host."""
    return open_proxy(host.address)


@on_servers
async def test_a_host_that_goes_away_gets_everything_when_it_is_back(
    run: tuple[Path, str], host: HostServer, proxy: DelayingProxy
) -> None:
    """Deciding goes on meanwhile; nothing is sent twice."""
    home, run_id = run
    write_config(home, host, profile={"port": proxy.port})
    async with opened(home) as workspace:
        session = await begun(workspace, run_id)
        names = ids(session)
        proxy.refuse()
        session.decide(names["sales"], MINE)
        await session.saver.attempted()
        assert session.saver.problem is not None
        session.decide(names["sales.customer"], MINE)
        session.undo()
        session.decide(names["sales.customer"], THEIRS)
        assert session.saver.unsaved == 4
        proxy.accept()
        session.saver.try_again()
        await session.saver.drained()
        assert not _problem(session)
        assert await stored(workspace, session) == {
            "sales": ("custom", "mine"),
            "sales.customer": ("custom", "theirs"),
        }
        (result,) = await workspace.store.reviews.texts([names["sales"]])
        assert result.version == 2


@on_servers
async def test_an_answer_that_got_lost_is_found_in_the_store(
    run: tuple[Path, str], host: HostServer, proxy: DelayingProxy
) -> None:
    """The connection breaks while decisions are under way: whatever became of them, each is stored once."""
    home, run_id = run
    write_config(home, host, profile={"port": proxy.port})
    async with opened(home) as workspace:
        session = await begun(workspace, run_id)
        names = list(ids(session).values())
        for number in range(24):
            session.decide(names[number % len(names)], DecisionValues("custom", f"text {number}"))
            if number % 5 == 0:
                proxy.cut()
            await session.saver.attempted()
        session.saver.try_again()
        await session.saver.drained()
        assert not session.conflicts
        found = await stored(workspace, session)
        assert sorted(text or "" for _, text in found.values()) == sorted(f"text {n}" for n in range(16, 24))
        assert {each.version for each in await workspace.store.reviews.texts(names)} == {4}


@on_servers
async def test_decisions_for_one_store_are_not_sent_to_another(
    run: tuple[Path, str], host: HostServer, proxy: DelayingProxy
) -> None:
    """The local store stands in while the host is away; they wait for theirs."""
    home, run_id = run
    write_config(home, host, profile={"port": proxy.port})
    async with opened(home) as workspace:
        session = await begun(workspace, run_id)
        proxy.refuse()
        await workspace.connect()
        assert workspace.state.kind == "offline"
        session.decide(ids(session)["sales"], MINE)
        await session.saver.attempted()
        assert isinstance(session.saver.problem, saving.StoreAwayError)
        proxy.accept()
        await workspace.connect()
        session.saver.try_again()
        await session.saver.drained()
        assert await stored(workspace, session) == {"sales": ("custom", "mine")}
