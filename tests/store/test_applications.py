"""The audit trail of comments: intents, outcomes, settling; refused for who may not, in both layouts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from amx_tui.domain.applications import Application, Destination, Intent, IntentOutcome
from amx_tui.domain.applying import newest_of_each
from amx_tui.domain.assets import AssetName
from amx_tui.domain.errors import ReadOnlyError, RoleError
from amx_tui.domain.identity import Identity
from amx_tui.domain.recording import NewResult
from amx_tui.domain.results import Result
from amx_tui.store.applications import AT_ONCE, LEASE, ApplicationRepository
from amx_tui.store.tables import Layout
from tests.servers import HostServer
from tests.store.comparing import NASTY_TEXTS, results_of
from tests.store.histories import ALICE, BOB, LAYOUTS, History, asset, history

pytestmark = pytest.mark.parametrize("layout", LAYOUTS)

NOW = datetime(2026, 5, 3, 15, 44, 7, 123456, tzinfo=UTC)
HERE = Destination("prod-pg", "postgresql", "db-prod:5432/analytics", "session-a")
CAROL = Identity("carol", "carol-pc")


@asynccontextmanager
async def _team(
    host: HostServer, layout: Layout, **roles: str
) -> AsyncIterator[tuple[History, ApplicationRepository]]:
    """A store whose members are ALICE and BOB, writers, unless `roles` says otherwise."""
    async with history(host, layout) as store:
        tables = store.tables
        wanted = (
            tables.users,
            tables.app_events,
            tables.applications,
            tables.schema_meta,
            tables.admin_audit,
        )
        made = [table for table in wanted if table is not None]
        await store.database.run(
            lambda connection: tables.metadata.create_all(connection, tables=made, checkfirst=False),
            write=True,
        )
        meta = {"id": 1, "schema_version": 1, "created_at": NOW}
        await store.execute(sa.insert(tables.schema_meta).values(meta))
        for number, identity in enumerate((ALICE, BOB)):
            await store.execute(
                sa.insert(tables.users).values(
                    id=f"member-{number}",
                    username=identity.username,
                    hostname=identity.hostname,
                    role=roles.get(identity.username.partition("@")[0], "writer"),
                    first_seen_at=NOW,
                    last_seen_at=NOW,
                )
            )
        yield store, ApplicationRepository(store.database, tables, now=lambda: NOW)


def _decided(name: str, text: str, **more: object) -> NewResult:
    return asset(name, text, evaluation="accepted", chosen_description=text, evaluated_at=NOW, **more)


async def _run(store: History, *texts: str) -> list[Result]:
    """A run to be reviewed, all of whose results are accepted."""
    run_id = await store.record(*(_decided(f"s.t.c{n:04}", text) for n, text in enumerate(texts)))
    runs = store.tables.runs
    await store.execute(sa.update(runs).values(status="ready_for_review"))
    return sorted(await results_of(store, run_id), key=lambda result: result.column_name)


def _intent(result: Result, *, old: str = "old", **more: Any) -> Intent:
    name = AssetName(result.schema_name, result.table_name, result.column_name)
    text = result.chosen_description or ""
    made = Intent(f"app-{result.column_name}", result.result_id, result.run_id, name, "column", old, text)
    return replace(made, **more)


def _outcome(intent: Intent, status: Any = "applied", **more: Any) -> IntentOutcome:
    made = IntentOutcome(
        intent.application_id, intent.result_id, status, intent.old_comment, action=intent.action
    )
    return replace(made, **more)


async def _status(store: History, run_id: str) -> tuple[str, int]:
    run = (await store.runs.detail(run_id)).run
    return run.status, run.applied_count


async def test_an_intent_is_stored_before_and_its_outcome_after(host: HostServer, layout: Layout) -> None:
    """Who writes what where is known before it is written, and what became of it after; results and run say so."""
    async with _team(host, layout) as (store, applications):
        (result,) = await _run(store, "Given name.")
        intent = _intent(result)
        begun = await applications.begin([intent], HERE, identity=ALICE, client_version="1.2.3")
        (before,) = await applications.of_run(result.run_id)
        await applications.finish([_outcome(intent)], run_id=result.run_id, identity=ALICE)
        (after,) = await applications.of_run(result.run_id)
        stored = await store.results.get(result.result_id)
        assert begun.application_ids == {intent.application_id}
        assert before == Application(
            intent, HERE, ALICE.username, ALICE.hostname, NOW, "intended", client_version="1.2.3"
        )
        assert (after.status, after.finished_at, after.intent) == ("applied", NOW, intent)
        assert (stored.applied_status, stored.applied_at) == ("applied", NOW)
        assert await _status(store, result.run_id) == ("success", 1)
        if layout == "document":
            assert (stored.applied_by, stored.previous_comment) == (ALICE.username, "old")


async def test_applying_does_not_make_a_reviewers_open_decision_stale(
    host: HostServer, layout: Layout
) -> None:
    """The version guards the decision, which writing a comment does not touch."""
    async with _team(host, layout) as (store, applications):
        (result,) = await _run(store, "Given name.")
        intent = _intent(result)
        await applications.begin([intent], HERE, identity=ALICE)
        await applications.finish([_outcome(intent)], run_id=result.run_id, identity=ALICE)
        stored = await store.results.get(result.result_id)
        assert (stored.version, stored.evaluation, stored.chosen_description, stored.evaluated_at) == (
            result.version,
            result.evaluation,
            result.chosen_description,
            result.evaluated_at,
        )


async def test_what_was_decided_otherwise_meanwhile_is_refused(host: HostServer, layout: Layout) -> None:
    """A plan that is out of date writes nothing of what it is out of date about, and all the rest."""
    changes: list[tuple[dict[str, Any], str]] = [
        ({"evaluation": "skipped", "chosen_description": ""}, "decided"),
        ({"evaluation": None}, "decided"),
        ({"chosen_description": "Another text."}, "decided"),
        ({"superseded_at": NOW}, "superseded"),
    ]
    async with _team(host, layout) as (store, applications):
        *changed, kept = await _run(store, *(f"Text {number}." for number in range(len(changes) + 1)))
        column = store.tables.result_column("result_id")
        assert column is not None
        for result, (values, _) in zip(changed, changes, strict=True):
            update = sa.update(store.tables.results).where(column == result.result_id)
            await store.execute(update.values(values))
        intents = [_intent(each) for each in (*changed, kept)]
        begun = await applications.begin(intents, HERE, identity=ALICE)
        assert [(each.result_id, each.kind) for each in begun.refused] == [
            (result.result_id, kind) for result, (_, kind) in zip(changed, changes, strict=True)
        ]
        assert begun.application_ids == {intents[-1].application_id}
        assert [each.intent for each in await applications.of_run(kept.run_id)] == intents[-1:]


async def test_a_result_that_is_gone_is_refused(host: HostServer, layout: Layout) -> None:
    """Nothing is written for a row that somebody removed."""
    async with _team(host, layout) as (store, applications):
        (result,) = await _run(store, "Given name.")
        begun = await applications.begin([_intent(result, result_id="gone")], HERE, identity=ALICE)
        assert [each.kind for each in begun.refused] == ["gone"]


async def test_a_comment_that_somebody_else_is_writing_is_refused_until_the_lease_is_over(
    host: HostServer, layout: Layout
) -> None:
    """One of two is told who the other is; whoever crashed keeps nobody out for ever."""
    async with _team(host, layout) as (store, applications):
        (result,) = await _run(store, "Given name.")
        await applications.begin([_intent(result)], HERE, identity=ALICE)
        other = replace(HERE, session_id="session-b")
        second = _intent(result, application_id="app-second")
        begun = await applications.begin([second], other, identity=BOB)
        assert [(each.kind, each.who) for each in begun.refused] == [("busy", str(ALICE))]
        elsewhere = replace(other, db_place="another:5432/analytics")
        begun = await applications.begin([second], elsewhere, identity=BOB)
        assert begun.application_ids == {"app-second"}
        later = ApplicationRepository(
            store.database, store.tables, now=lambda: NOW + LEASE + timedelta(seconds=1)
        )
        third = _intent(result, application_id="app-third")
        begun = await later.begin([third], other, identity=BOB)
        assert begun.application_ids == {"app-third"}


async def test_of_two_who_begin_at_once_one_writes_each_comment(host: HostServer, layout: Layout) -> None:
    """Neither sees the other's uncommitted rows, so they wait for each other."""
    async with _team(host, layout) as (store, applications):
        results = await _run(store, *(f"Text {number}." for number in range(20)))
        other = replace(HERE, session_id="session-b")
        sides = await asyncio.gather(
            applications.begin([_intent(each) for each in results], HERE, identity=ALICE),
            applications.begin(
                [_intent(each, application_id=f"b-{each.column_name}") for each in reversed(results)],
                other,
                identity=BOB,
            ),
        )
        assert sorted(len(side.application_ids) for side in sides) == [0, 20]
        assert sorted(len(side.refused) for side in sides) == [0, 20]
        assert len(await applications.of_run(results[0].run_id)) == 20


async def test_who_may_not_write_stores_no_intent(host: HostServer, layout: Layout) -> None:
    """The role is asked in the transaction that stores, however it was a moment ago."""
    async with _team(host, layout) as (store, applications):
        (result,) = await _run(store, "Given name.")
        users = store.tables.users
        for who, values in (
            (ALICE, {"role": "viewer"}),
            (ALICE, {"role": "owner"}),
            (ALICE, {"role": "admin", "revoked_at": NOW}),
            (CAROL, {"role": "admin", "revoked_at": None}),
        ):
            await store.execute(sa.update(users).values(values))
            with pytest.raises(RoleError):
                await applications.begin([_intent(result)], HERE, identity=who)
            with pytest.raises(RoleError):
                await applications.settle([_outcome(_intent(result))], run_id=result.run_id, identity=who)
        assert await applications.of_run(result.run_id) == ()
        await applications.begin([_intent(result)], HERE, identity=ALICE)


async def test_what_a_demoted_member_wrote_already_is_still_recorded(
    host: HostServer, layout: Layout
) -> None:
    """The comment is in the database; the trail must not miss it."""
    async with _team(host, layout) as (store, applications):
        (result,) = await _run(store, "Given name.")
        intent = _intent(result)
        await applications.begin([intent], HERE, identity=ALICE)
        await store.execute(sa.update(store.tables.users).values(role="viewer"))
        await applications.finish([_outcome(intent)], run_id=result.run_id, identity=ALICE)
        assert [each.status for each in await applications.of_run(result.run_id)] == ["applied"]


async def test_a_store_open_for_reading_takes_no_intent(host: HostServer, layout: Layout) -> None:
    """The refusal is the store's own reason."""
    async with _team(host, layout) as (store, _):
        (result,) = await _run(store, "Given name.")
        closed = ApplicationRepository(store.database, store.tables, read_only_reason="Newer.")
        with pytest.raises(ReadOnlyError, match="Newer"):
            await closed.begin([_intent(result)], HERE, identity=ALICE)
        with pytest.raises(ReadOnlyError, match="Newer"):
            await closed.finish([_outcome(_intent(result))], run_id=result.run_id, identity=ALICE)


async def test_a_failure_is_told_and_does_not_take_back_an_earlier_success(
    host: HostServer, layout: Layout
) -> None:
    """Where the layout has a place for the error it stands there, and goes when writing succeeds."""
    async with _team(host, layout) as (store, applications):
        first, second = await _run(store, "Given name.", "Surname.")
        intents = [_intent(first), _intent(second)]
        await applications.begin(intents, HERE, identity=ALICE)
        outcomes = [_outcome(intents[0]), _outcome(intents[1], "failed", error_text="not the owner")]
        await applications.finish(outcomes, run_id=first.run_id, identity=ALICE)
        failed = await store.results.get(second.result_id)
        assert (failed.applied_status, failed.applied_at) == ("failed", None)
        assert failed.rejection_reason == ("" if layout == "document" else "not the owner")
        assert await _status(store, first.run_id) == ("applied_partial", 1)
        again = [_intent(each, application_id=f"again-{each.column_name}") for each in (first, second)]
        await applications.begin(again, HERE, identity=ALICE)
        outcomes = [_outcome(again[0], "failed", error_text="locked"), _outcome(again[1])]
        await applications.finish(outcomes, run_id=first.run_id, identity=ALICE)
        now = [await store.results.get(each.result_id) for each in (first, second)]
        assert [each.applied_status for each in now] == ["applied", "applied"]
        assert [each.rejection_reason for each in now] == ["", ""]
        assert await _status(store, first.run_id) == ("success", 2)
        errors = [each.error_text for each in await applications.of_run(first.run_id)]
        assert sorted(errors) == ["", "", "locked", "not the owner"]


async def test_what_was_left_alone_changes_nothing_on_the_result(host: HostServer, layout: Layout) -> None:
    """Another comment was there, or nobody knows: the result does not claim either."""
    async with _team(host, layout) as (store, applications):
        results = await _run(store, "Given name.", "Surname.")
        intents = [_intent(each) for each in results]
        await applications.begin(intents, HERE, identity=ALICE)
        outcomes = [_outcome(intents[0], "skipped"), _outcome(intents[1], "unknown")]
        await applications.finish(outcomes, run_id=results[0].run_id, identity=ALICE)
        assert [await store.results.get(each.result_id) for each in results] == results
        trail = await applications.of_run(results[0].run_id)
        assert [each.status for each in trail] == ["skipped", "unknown"]
        assert await _status(store, results[0].run_id) == ("ready_for_review", 0)


async def test_the_writers_own_outcome_takes_the_place_of_what_was_settled(
    host: HostServer, layout: Layout
) -> None:
    """Somebody settles what only seemed to be left; who really wrote knows better, and settling again does not."""
    async with _team(host, layout) as (store, applications):
        (result,) = await _run(store, "Given name.")
        intent = _intent(result)
        await applications.begin([intent], HERE, identity=ALICE)
        settled = await applications.settle([_outcome(intent, "skipped")], run_id=result.run_id, identity=BOB)
        assert settled == (intent.application_id,)
        await applications.finish(
            [_outcome(intent, old_comment="really")], run_id=result.run_id, identity=ALICE
        )
        late = await applications.settle([_outcome(intent, "skipped")], run_id=result.run_id, identity=BOB)
        assert late == ()
        (stored,) = await applications.of_run(result.run_id)
        assert (stored.status, stored.intent.old_comment) == ("applied", "really")
        assert (await store.results.get(result.result_id)).applied_status == "applied"


async def test_an_outcome_that_is_sent_twice_is_there_once(host: HostServer, layout: Layout) -> None:
    """After a connection broke, sending again does no harm."""
    async with _team(host, layout) as (store, applications):
        (result,) = await _run(store, "Given name.")
        intent = _intent(result)
        await applications.begin([intent], HERE, identity=ALICE)
        for _ in range(2):
            await applications.finish([_outcome(intent)], run_id=result.run_id, identity=ALICE)
        assert [each.status for each in await applications.of_run(result.run_id)] == ["applied"]
        assert await _status(store, result.run_id) == ("success", 1)


async def test_undoing_leaves_a_result_as_if_it_had_not_been_applied(
    host: HostServer, layout: Layout
) -> None:
    """The trail keeps both; the result and the run's count go back."""
    async with _team(host, layout) as (store, applications):
        (result,) = await _run(store, "Given name.")
        intent = _intent(result)
        await applications.begin([intent], HERE, identity=ALICE)
        await applications.finish([_outcome(intent)], run_id=result.run_id, identity=ALICE)
        back = _intent(
            result, application_id="undo", action="undo", undoes_id=intent.application_id, new_comment="old"
        )
        begun = await applications.begin([back], HERE, identity=BOB)
        await applications.finish([_outcome(back)], run_id=result.run_id, identity=BOB)
        assert begun.application_ids == {"undo"}
        assert await store.results.get(result.result_id) == result
        assert await _status(store, result.run_id) == ("ready_for_review", 0)
        trail = await applications.of_run(result.run_id)
        assert {(each.intent.action, each.status, each.intent.undoes_id) for each in trail} == {
            ("apply", "applied", ""),
            ("undo", "applied", intent.application_id),
        }


async def test_texts_of_any_kind_come_back_as_they_were(host: HostServer, layout: Layout) -> None:
    """Quotes, newlines, emoji and what looks like SQL are data, in comments and errors."""
    async with _team(host, layout) as (store, applications):
        results = await _run(store, *NASTY_TEXTS)
        intents = [_intent(result, old=result.chosen_description or "") for result in results]
        await applications.begin(intents, HERE, identity=ALICE)
        outcomes = [_outcome(each, "failed", error_text=each.new_comment) for each in intents]
        await applications.finish(outcomes, run_id=results[0].run_id, identity=ALICE)
        trail = {each.intent.application_id: each for each in await applications.of_run(results[0].run_id)}
        for intent in intents:
            assert trail[intent.application_id].intent == intent
            assert trail[intent.application_id].error_text == intent.new_comment


async def test_where_a_profile_led_to_last_is_known(host: HostServer, layout: Layout) -> None:
    """A profile of the same name that leads elsewhere is another database."""
    async with _team(host, layout) as (store, applications):
        (result,) = await _run(store, "Given name.")
        assert await applications.newest_of_profile("prod-pg") is None
        strange = replace(HERE, db_profile='a "profile" %')
        await applications.begin([_intent(result)], strange, identity=ALICE)
        assert await applications.newest_of_profile('a "profile" %') == strange
        assert await applications.newest_of_profile("prod-pg") is None


async def test_what_a_run_says_is_read_without_what_was_replaced(host: HostServer, layout: Layout) -> None:
    """The newest of each asset counts, whatever was decided about it; a result that a later one replaced does not."""
    async with _team(host, layout) as (store, applications):
        run_id = await store.record(
            _decided("s.t.a", "Old.", saved_at=NOW),
            asset("s.t.a", "New.", saved_at=NOW + timedelta(seconds=1)),
            _decided("s.t.b", "Gone.", superseded_at=NOW),
            _decided("s.t", "A table.", seen_comment=""),
            asset("s", "x", evaluation="skipped", chosen_description=""),
        )
        found = newest_of_each(await applications.descriptions(run_id))
        assert [(each.name.qname, each.evaluation, each.text) for each in found] == [
            ("s", "skipped", ""),
            ("s.t", "accepted", "A table."),
            ("s.t.a", "pending", ""),
        ]
        assert [each.seen_comment for each in found] == [
            None,
            "" if layout == "document" else None,
            None,
        ]


async def test_a_batch_has_a_limit(host: HostServer, layout: Layout) -> None:
    """Who sends more has a mistake in its batches."""
    async with _team(host, layout) as (store, applications):
        (result,) = await _run(store, "Given name.")
        many: Sequence[Intent] = [_intent(result)] * (AT_ONCE + 1)
        with pytest.raises(ValueError, match="at once"):
            await applications.begin(many, HERE, identity=ALICE)


async def test_whoever_may_do_everything_lacks_no_right(host: HostServer, layout: Layout) -> None:
    """Trying leaves nothing behind."""
    async with _team(host, layout) as (store, applications):
        (result,) = await _run(store, "Given name.")
        assert await applications.lacking_rights() == {}
        assert await applications.of_run(result.run_id) == ()
        assert [each.result_id for each in await results_of(store, result.run_id)] == [result.result_id]
