"""Decisions on results: versioned, undone by another decision, refused for who may not, in both layouts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
import sqlalchemy as sa

from amx_tui.domain.decisions import DecisionBasis, DecisionChange, DecisionValues, taking
from amx_tui.domain.errors import (
    NotFoundError,
    ReadOnlyError,
    RoleError,
    StaleVersionError,
    UnknownOutcomeError,
)
from amx_tui.domain.identity import Identity
from amx_tui.domain.results import Result
from amx_tui.store.database import Database
from amx_tui.store.decisions import AT_ONCE, DecisionRepository
from amx_tui.store.tables import Layout
from tests.servers import HostServer
from tests.store.comparing import NASTY_TEXTS, results_of
from tests.store.histories import ALICE, BOB, LAYOUTS, History, asset, history

layouts = pytest.mark.parametrize("layout", LAYOUTS)
pytestmark = layouts

NOW = datetime(2026, 5, 3, 15, 44, 7, 123456, tzinfo=UTC)
ACCEPT = DecisionValues("accepted", "Given name.")


@asynccontextmanager
async def _team(
    host: HostServer, layout: Layout, **roles: str
) -> AsyncIterator[tuple[History, DecisionRepository]]:
    """A store whose members are ALICE, a writer, and BOB, a viewer, unless `roles` says otherwise."""
    async with history(host, layout) as store:
        tables = store.tables
        made = [table for table in (tables.users, tables.app_events) if table is not None]
        await store.database.run(
            lambda connection: tables.metadata.create_all(connection, tables=made, checkfirst=False),
            write=True,
        )
        for number, (identity, role) in enumerate(((ALICE, "writer"), (BOB, "viewer"))):
            await store.execute(
                sa.insert(tables.users).values(
                    id=f"member-{number}",
                    username=identity.username,
                    hostname=identity.hostname,
                    role=roles.get(identity.username.partition("@")[0], role),
                    first_seen_at=NOW,
                    last_seen_at=NOW,
                )
            )
        yield store, DecisionRepository(store.database, tables, now=lambda: NOW)


async def _drafted(store: History, *texts: str) -> list[Result]:
    run_id = await store.record(*(asset(f"s.t.c{number:04}", text) for number, text in enumerate(texts)))
    return sorted(await results_of(store, run_id), key=lambda result: result.column_name)


def _change(result: Result, values: DecisionValues = ACCEPT) -> DecisionChange:
    return DecisionChange(DecisionBasis.of(result), values)


async def test_a_decision_is_stored_with_who_when_and_the_next_version(
    host: HostServer, layout: Layout
) -> None:
    """What was decided is what is read, and it can be based on again."""
    async with _team(host, layout) as (store, decisions):
        (result,) = await _drafted(store, "Given name.")
        decided = await decisions.decide(_change(result), identity=ALICE)
        stored = await store.results.get(result.result_id)
        assert (stored.evaluation, stored.description, stored.evaluated_at) == (
            "accepted",
            "Given name.",
            NOW,
        )
        assert DecisionBasis.of(stored) == decided.after
        if layout == "document":
            assert (stored.version, stored.evaluated_by) == (2, "alice@acme.com")
        rejected = replace(decided.after, values=DecisionValues.of(stored))
        change = DecisionChange(rejected, DecisionValues("skipped", "", "It is the surname."))
        await decisions.decide(change, identity=ALICE)
        stored = await store.results.get(result.result_id)
        assert (stored.evaluation, stored.description, stored.rejection_reason) == (
            "skipped", None, "It is the surname."
        )  # fmt: skip


async def test_a_description_is_stored_to_the_letter(host: HostServer, layout: Layout) -> None:
    """Alone and among many, whatever it holds; and it is its own basis for the next decision."""
    async with _team(host, layout) as (store, decisions):
        results = await _drafted(store, *NASTY_TEXTS)
        values = [DecisionValues("custom", text, text) for text in NASTY_TEXTS]
        changes = [_change(result, value) for result, value in zip(results, values, strict=True)]
        outcome = await decisions.decide_many(changes[::2], identity=ALICE)
        assert not outcome.stale
        for change in changes[1::2]:
            await decisions.decide(change, identity=ALICE)
        stored = {result.result_id: result for result in await results_of(store, results[0].run_id)}
        for result, text in zip(results, NASTY_TEXTS, strict=True):
            now = stored[result.result_id]
            assert (now.chosen_description, now.rejection_reason) == (text, text)
        for result in list(stored.values())[:4]:
            await decisions.decide(_change(result), identity=ALICE)


async def test_a_stale_decision_is_refused_with_what_is_there_now(host: HostServer, layout: Layout) -> None:
    """Of two who decided from the same state the second one gets the first one's decision, and nothing is lost."""
    async with _team(host, layout) as (store, decisions):
        (result,) = await _drafted(store, "Given name.")
        first = _change(result, DecisionValues("custom", "mine"))
        await decisions.decide(first, identity=ALICE)
        with pytest.raises(StaleVersionError) as refused:
            await decisions.decide(_change(result, DecisionValues("custom", "theirs")), identity=ALICE)
        current = refused.value.current
        assert isinstance(current, Result)
        assert current.description == "mine"
        assert (await store.results.get(result.result_id)).description == "mine"


async def test_of_two_at_once_one_wins(host: HostServer, layout: Layout) -> None:
    """Ten decisions from the same state at the same moment: one is stored, nine are refused."""
    async with _team(host, layout) as (store, _):
        (result,) = await _drafted(store, "draft")
        decisions = DecisionRepository(store.database, store.tables)
        attempts = [
            decisions.decide(_change(result, DecisionValues("custom", f"text {number}")), identity=ALICE)
            for number in range(10)
        ]
        outcomes = await asyncio.gather(*attempts, return_exceptions=True)
        won = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
        assert len(won) == 1
        assert sum(isinstance(outcome, StaleVersionError) for outcome in outcomes) == 9
        stored = await store.results.get(result.result_id)
        assert stored.chosen_description == won[0].after.values.chosen_description


async def test_many_decisions_leave_stale_ones_alone(host: HostServer, layout: Layout) -> None:
    """What somebody else changed meanwhile is listed and stays; the others are stored together."""
    async with _team(host, layout) as (store, decisions):
        results = await _drafted(store, *(f"draft {number}" for number in range(40)))
        await decisions.decide(_change(results[7], DecisionValues("custom", "theirs")), identity=ALICE)
        changes = [
            _change(result, taking(result, f"draft {number}")) for number, result in enumerate(results)
        ]
        outcome = await decisions.decide_many(changes, identity=ALICE)
        assert outcome.stale == (results[7].result_id,)
        assert len(outcome.decided) == 39
        stored = {result.result_id: result for result in await results_of(store, results[0].run_id)}
        assert stored[results[7].result_id].description == "theirs"
        assert {stored[one.after.result_id].evaluation for one in outcome.decided} == {"accepted"}
        for one in outcome.decided:
            assert DecisionBasis.of(stored[one.after.result_id]) == one.after


async def test_undoing_restores_what_was_there_before(host: HostServer, layout: Layout) -> None:
    """With who and when it was decided first; whoever decided since keeps it."""
    async with _team(host, layout) as (store, decisions):
        pending, decided_before, taken = await _drafted(store, "a", "b", "c")
        first = DecisionRepository(store.database, store.tables, now=lambda: datetime(2026, 5, 1, tzinfo=UTC))
        await first.decide(_change(decided_before, DecisionValues("skipped", "", "no")), identity=ALICE)
        before = [await store.results.get(each.result_id) for each in (pending, decided_before, taken)]
        outcome = await decisions.decide_many(
            [_change(result, DecisionValues("custom", "new")) for result in before], identity=ALICE
        )
        current = await store.results.get(taken.result_id)
        await decisions.decide(_change(current, DecisionValues("custom", "mine now")), identity=ALICE)
        undone = await decisions.decide_many([one.undoing() for one in outcome.decided], identity=ALICE)
        assert undone.stale == (taken.result_id,)
        for result in before[:2]:
            stored = await store.results.get(result.result_id)
            assert DecisionValues.of(stored) == DecisionValues.of(result)
            if layout == "document":
                assert stored.version == (result.version or 0) + 2
        assert (await store.results.get(taken.result_id)).description == "mine now"


@pytest.mark.parametrize(
    ("identity", "change", "said"),
    [
        (BOB, None, "viewer"),
        (Identity("carol", "mac"), None, "no member"),
        (Identity("ALICE@acme.com", ALICE.hostname), None, "no member"),
        (ALICE, {"revoked_at": NOW}, "revoked"),
        (ALICE, {"role": "owner"}, "without a role"),
    ],
)
async def test_who_may_not_decide_is_refused(
    host: HostServer, layout: Layout, identity: Identity, change: dict[str, object] | None, said: str
) -> None:
    """Viewers, strangers, the revoked and roles that nobody knows; alone and for many; nothing is stored."""
    async with _team(host, layout) as (store, decisions):
        (result,) = await _drafted(store, "Given name.")
        users = store.tables.users
        if change:
            await store.execute(
                sa.update(users).where(users.c.username == identity.username).values(**change)
            )
        with pytest.raises(RoleError, match=said):
            await decisions.decide(_change(result), identity=identity)
        with pytest.raises(RoleError, match=said):
            await decisions.decide_many([_change(result)], identity=identity)
        assert (await store.results.get(result.result_id)).evaluation == "pending"


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mysql),
    ],
    indirect=True,
)
async def test_a_demotion_a_moment_ago_counts(host: HostServer, layout: Layout) -> None:
    """A decision that waits behind a demotion is refused once that is committed."""
    async with _team(host, layout) as (store, decisions):
        (result,) = await _drafted(store, "Given name.")
        users = store.tables.users
        demoted, may_commit = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def demote(connection: sa.Connection) -> None:
            from sqlalchemy.util import await_only

            connection.execute(
                sa.update(users).where(users.c.username == ALICE.username).values(role="viewer")
            )
            loop.call_soon(demoted.set)
            await_only(may_commit.wait())

        demotion = asyncio.create_task(store.database.run(demote, write=True))
        await demoted.wait()
        decision = asyncio.create_task(decisions.decide(_change(result), identity=ALICE))
        done, _ = await asyncio.wait({decision}, timeout=0.3)
        assert not done
        may_commit.set()
        await demotion
        with pytest.raises(RoleError):
            await decision
        assert (await store.results.get(result.result_id)).evaluation == "pending"


async def test_a_read_only_store_and_a_result_that_is_gone_refuse(host: HostServer, layout: Layout) -> None:
    """Each says what it is."""
    async with _team(host, layout) as (store, decisions):
        (result,) = await _drafted(store, "Given name.")
        newer = DecisionRepository(store.database, store.tables, read_only_reason="It is newer.")
        with pytest.raises(ReadOnlyError, match="newer"):
            await newer.decide(_change(result), identity=ALICE)
        with pytest.raises(ReadOnlyError, match="newer"):
            await newer.decide_many([_change(result)], identity=ALICE)
        gone = replace(result, result_id="00000000-0000-4000-8000-000000000000")
        with pytest.raises(NotFoundError):
            await decisions.decide(_change(gone), identity=ALICE)
        with pytest.raises(ValueError, match="at once"):
            await decisions.decide_many([_change(result)] * (AT_ONCE + 1), identity=ALICE)


async def test_amx_clis_store_keeps_an_event_of_who_decided(host: HostServer, layout: Layout) -> None:
    """Its results have no column for that, so a row of `app_events` says who, what and the values."""
    async with _team(host, layout) as (store, decisions):
        events = store.tables.app_events
        assert (events is None) == (layout == "document")
        if events is None:
            return
        results = await _drafted(store, "a", "b")
        decided = await decisions.decide(
            _change(results[0], DecisionValues("custom", "text")), identity=ALICE
        )
        await decisions.decide_many([decided.undoing(), _change(results[1])], identity=ALICE)
        statement = sa.select(events)

        def read(connection: sa.Connection) -> Sequence[sa.RowMapping]:
            return connection.execute(statement).mappings().all()

        rows = await store.database.run(read)
        assert {row["event_type"] for row in rows} == {"review.decision"}
        assert {(row["created_by"], row["hostname"]) for row in rows} == {("alice@acme.com", "lead-laptop")}
        details = sorted(rows, key=lambda row: (row["status"], row["details_json"]["evaluation"]))
        assert [row["status"] for row in details] == ["success", "success", "undone"]
        assert details[1]["details_json"] == {
            "result_id": results[0].result_id,
            "decided_by": "alice@acme.com@lead-laptop",
            "evaluation": "custom",
            "chosen_description": "text",
            "rejection_reason": "",
            "evaluated_at": "2026-05-03T15:44:07.123456Z",
        }


async def test_who_decided_is_found_where_results_do_not_say_it(host: HostServer, layout: Layout) -> None:
    """In amx-cli's layout by the event, as long as nobody has decided since; elsewhere the result itself says it."""
    async with _team(host, layout) as (store, decisions):
        results = await _drafted(store, "a", "b", "c")
        for result in results[:2]:
            await decisions.decide(_change(result), identity=ALICE)
        table = store.tables.results
        since = (
            sa.update(table)
            .where(table.c.column_name == "c0001")
            .values(evaluated_at=datetime(2026, 6, 1, tzinfo=UTC))
        )
        await store.execute(since)
        stored = [await store.results.get(result.result_id) for result in results]
        found = await decisions.deciders(stored)
        if layout == "document":
            assert found == {}
            assert stored[0].evaluated_by == "alice@acme.com"
        else:
            assert found == {results[0].result_id: "alice@acme.com"}


class _BreaksWhileCommitting:
    """A database whose connection breaks once during a commit, before or after the server has done it."""

    def __init__(self, database: Database, *, is_committed: bool) -> None:
        self._database = database
        self._is_committed = is_committed
        self._is_broken = False

    async def run(self, work: Any, *, write: bool = False, **options: Any) -> Any:
        if not write or self._is_broken:
            return await self._database.run(work, write=write, **options)
        self._is_broken = True
        if self._is_committed:
            await self._database.run(work, write=True, **options)
        raise UnknownOutcomeError("The connection broke while it was saved.")


@pytest.mark.parametrize("is_committed", [True, False])
async def test_an_unknown_outcome_is_found_out_by_looking(
    host: HostServer, layout: Layout, is_committed: bool
) -> None:
    """What is there as it was sent was stored; else it is said that nobody knows, and nothing is sent again."""
    async with _team(host, layout) as (store, _):
        one, many = await _drafted(store, "a", "b")

        def broken() -> DecisionRepository:
            database = _BreaksWhileCommitting(store.database, is_committed=is_committed)
            return DecisionRepository(cast("Database", database), store.tables, now=lambda: NOW)

        if is_committed:
            decided = await broken().decide(_change(one), identity=ALICE)
            outcome = await broken().decide_many([_change(many)], identity=ALICE)
            assert outcome.decided[0].after.result_id == many.result_id
            assert DecisionBasis.of(await store.results.get(one.result_id)) == decided.after
            return
        with pytest.raises(UnknownOutcomeError):
            await broken().decide(_change(one), identity=ALICE)
        with pytest.raises(UnknownOutcomeError):
            await broken().decide_many([_change(many)], identity=ALICE)
        for result in (one, many):
            assert (await store.results.get(result.result_id)).evaluation == "pending"
