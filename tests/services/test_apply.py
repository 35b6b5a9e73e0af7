"""Applying runs over the workspace: planned, written, settled after a crash, taken back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from amx_tui.domain.applications import Destination, Intent
from amx_tui.domain.applying import count
from amx_tui.domain.assets import AssetName
from amx_tui.domain.errors import ConfigError, NotFoundError, PermissionDeniedError, RoleError
from amx_tui.drafts.sessions import holding_session
from amx_tui.services import apply_batches
from amx_tui.services.apply_plans import ApplyReport, after
from amx_tui.services.workspace import Workspace
from tests.servers import PostgresHost, SqliteHost
from tests.services.applying import accepted, comment, comments_in, described, record
from tests.services.conftest import Machine

COLUMNS = ("c_first", "c_last", "c_email", "c_phone")


@pytest.fixture
async def alone(machine: Machine, tmp_path: Path) -> Workspace:
    """Return alice's machine with a local store and a described SQLite file."""
    workspace = await machine("alice")
    await described(workspace, SqliteHost(tmp_path / "dwh.db"), *COLUMNS)
    await workspace.connect(prefer="local")
    await workspace.register()
    return workspace


async def _apply(workspace: Workspace, run_id: str, **choices: str) -> ApplyReport:
    plan = await workspace.apply.plan(run_id)
    return await workspace.apply.run(plan, choices)  # type: ignore[arg-type]


def _small_batches(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    for name in ("FIRST", "LEAST", "MOST"):
        monkeypatch.setattr(apply_batches, name, size)


def _states(items: object) -> dict[str, str]:
    return {item.name.column_name: item.state for item in items}  # type: ignore[attr-defined]


async def test_a_plan_holds_what_was_decided_against_what_is_there(alone: Workspace) -> None:
    """What is as the run saw it can be written; what is not needs somebody to choose."""
    names = [f"main.customer.{column}" for column in COLUMNS]
    await comment(alone, {names[1]: "Surname.", names[2]: "By hand.", names[3]: "Phone."})
    run_id = await record(
        alone,
        accepted(names[0], "Given name."),
        accepted(names[1], "Surname."),
        accepted(names[2], "E-mail."),
        accepted(names[3], "Telephone.", seen_comment="Phone."),
        accepted("main.customer.gone", "Nothing."),
        accepted("main.customer", "", chosen_description=""),
        accepted("main", "x", evaluation="skipped", chosen_description=""),
    )
    plan = await alone.apply.plan(run_id)
    assert _states(plan.items) == {
        "c_first": "write",
        "c_last": "unchanged",
        "c_email": "conflict",
        "c_phone": "write",
        "gone": "missing",
    }
    assert (plan.left_out.empty, plan.left_out.rejected) == (1, 1)
    assert plan.schemas == ("main",)
    assert plan.place.endswith("dwh.db")
    assert plan.refusal is None


async def test_a_run_is_applied_and_taken_back(alone: Workspace) -> None:
    """Each comment has its intent and outcome; undoing restores what was there, but not what somebody changed since."""
    names = [f"main.customer.{column}" for column in COLUMNS[:3]]
    await comment(alone, {names[1]: "Before."})
    run_id = await record(
        alone,
        accepted(names[0], "Given name."),
        accepted(names[1], "Surname.", seen_comment="Before."),
        accepted(names[2], "E-mail."),
    )
    seen: list[tuple[int, int]] = []
    plan = await alone.apply.plan(run_id)
    report = await alone.apply.run(plan, {}, on_progress=lambda done, of, _: seen.append((done, of)))
    assert [each.status for each in report.results] == ["written"] * 3
    assert (seen[0], seen[-1]) == ((0, 3), (3, 3))
    assert await comments_in(alone, *names) == ["Given name.", "Surname.", "E-mail."]
    assert (await alone.history.detail(run_id)).run.status == "success"
    assert all(item.state == "unchanged" for item in after(plan.items, report.results))
    await comment(alone, {names[2]: "Somebody's own."})
    undo = await alone.apply.plan_undo(run_id)
    assert _states(undo.items) == {"c_first": "write", "c_last": "write", "c_email": "left"}
    await alone.apply.run(undo, {})
    assert await comments_in(alone, *names) == ["", "Before.", "Somebody's own."]
    trail = await alone.apply.applications(run_id)
    assert [(each.intent.action, each.status) for each in trail].count(("undo", "applied")) == 2
    again = await alone.apply.plan_undo(run_id)
    assert _states(again.items) == {"c_email": "left"}
    assert (await alone.history.detail(run_id)).run.applied_count == 1


async def test_a_conflict_is_written_only_where_ours_was_chosen(alone: Workspace) -> None:
    """Without a choice, and where theirs was chosen, the comment stays."""
    names = [f"main.customer.{column}" for column in COLUMNS[:3]]
    await comment(alone, dict.fromkeys(names, "By hand."))
    run_id = await record(alone, *(accepted(name, f"Ours of {name}.") for name in names))
    plan = await alone.apply.plan(run_id)
    first, second, third = sorted(plan.items, key=lambda item: names.index(item.name.qname))
    report = await _apply(alone, run_id, **{first.result_id: "ours", second.result_id: "theirs"})
    assert [each.name for each in report.results] == [first.name]
    assert await comments_in(alone, *names) == [first.new_comment, "By hand.", "By hand."]
    assert third.state == "conflict"


async def test_what_the_run_itself_wrote_is_no_conflict(alone: Workspace) -> None:
    """A description that is edited after it was applied is simply written anew; undoing goes back to before the run."""
    name = "main.customer.c_first"
    run_id = await record(alone, accepted(name, "Given name.", seen_comment=None))
    await _apply(alone, run_id)
    results = alone.store.tables.results
    await alone.store.database.run(
        lambda connection: connection.execute(sa.update(results).values(chosen_description="First name.")),
        write=True,
    )
    plan = await alone.apply.plan(run_id)
    assert [item.state for item in plan.items] == ["write"]
    await alone.apply.run(plan, {})
    await alone.apply.run(await alone.apply.plan_undo(run_id), {})
    assert await comments_in(alone, name) == [""]


async def test_a_comment_that_changes_after_the_plan_is_left_alone(alone: Workspace) -> None:
    """The plan is minutes old when it is written; what is there now is what counts."""
    names = [f"main.customer.{column}" for column in COLUMNS[:3]]
    run_id = await record(alone, *(accepted(name, f"Ours of {name}.") for name in names))
    plan = await alone.apply.plan(run_id)
    await comment(alone, {names[0]: "Quicker.", names[1]: f"Ours of {names[1]}."})
    report = await alone.apply.run(plan, {})
    by_name = {each.name.qname: each for each in report.results}
    assert [by_name[name].status for name in names] == ["changed", "unchanged", "written"]
    assert await comments_in(alone, names[0]) == ["Quicker."]
    states = {item.name.qname: (item.state, item.comment) for item in after(plan.items, report.results)}
    assert states[names[0]] == ("conflict", "Quicker.")


async def test_applying_stops_between_batches_when_it_is_cancelled(
    alone: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was begun is finished, and nothing stays open."""
    _small_batches(monkeypatch, 2)
    names = [f"main.customer.{column}" for column in COLUMNS]
    run_id = await record(alone, *(accepted(name, "Text.") for name in names))
    plan = await alone.apply.plan(run_id)
    answers = iter([False, True])
    report = await alone.apply.run(plan, {}, is_cancelled=lambda: next(answers))
    assert (report.is_cancelled, len(report.results), report.planned) == (True, 2, 4)
    assert [each.status for each in await alone.apply.applications(run_id)] == ["applied"] * 2


async def test_a_task_that_is_cancelled_finishes_its_batch(alone: Workspace) -> None:
    """A screen that is left in the middle leaves no open intent behind."""
    run_id = await record(alone, *(accepted(f"main.customer.{column}", "Text.") for column in COLUMNS))
    plan = await alone.apply.plan(run_id)
    begun = asyncio.Event()
    task = asyncio.create_task(alone.apply.run(plan, {}, on_progress=lambda *_: begun.set()))
    await begun.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    trail = await alone.apply.applications(run_id)
    assert {each.status for each in trail} <= {"applied"}
    written = await comments_in(alone, *(f"main.customer.{column}" for column in COLUMNS))
    assert written.count("Text.") == len(trail)


async def _leave_open(workspace: Workspace, run_id: str, session_id: str) -> None:
    """Store intents for everything that a run would write, as a program that is killed then leaves them."""
    plan = await workspace.apply.plan(run_id)
    intents = [
        Intent(f"app-{number}", item.result_id, run_id, item.name, item.kind, item.comment, item.new_comment)
        for number, item in enumerate(plan.items)
    ]
    there = Destination("dwh", "sqlite", plan.place, session_id)
    await workspace.store.applications.begin(intents, there, identity=workspace.identity)


async def test_what_a_crash_left_open_is_settled_by_the_database(alone: Workspace) -> None:
    """The comment is the new one: written. Still the old one: not. Another: nobody knows, and it is said."""
    names = [f"main.customer.{column}" for column in COLUMNS[:3]]
    run_id = await record(alone, *(accepted(name, "Text.") for name in names))
    with holding_session(alone.home, "crashed"):
        await _leave_open(alone, run_id, "crashed")
        busy = await alone.apply.plan(run_id)
    assert "being written right now" in busy.notes[0]
    assert {each.status for each in await alone.apply.applications(run_id)} == {"intended"}
    # A killed process leaves its file, but not its lock.
    lock = alone.home / "sessions" / "crashed.lock"
    lock.touch()
    await comment(alone, {names[0]: "Text.", names[1]: "Another."})
    dry = await alone.apply.plan(run_id, settle=False)
    assert "left open by a program that ended" in dry.notes[0]
    plan = await alone.apply.plan(run_id)
    statuses = {each.intent.name.column_name: each.status for each in await alone.apply.applications(run_id)}
    assert statuses == {"c_first": "applied", "c_last": "unknown", "c_email": "skipped"}
    assert "1 written, 1 not written, 1 unknown" in plan.notes[0]
    assert _states(plan.items) == {"c_first": "unchanged", "c_last": "conflict", "c_email": "write"}
    assert (await alone.history.detail(run_id)).run.applied_count == 1


async def test_a_profile_that_leads_elsewhere_must_be_named(
    alone: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database of the same name somewhere else is not written to by accident."""
    name = "main.customer.c_first"
    run_id = await record(alone, accepted(name, "Text."))
    await _apply(alone, run_id)
    other = SqliteHost(tmp_path / "other.db")
    await described(alone, other, *COLUMNS)
    with pytest.raises(ConfigError, match="leads to"):
        await alone.apply.plan(run_id)
    plan = await alone.apply.plan(run_id, profile="dwh")
    assert [item.state for item in plan.items] == ["write"]
    undo = await alone.apply.plan_undo(run_id, profile="dwh")
    assert undo.items == ()
    assert "stand in" in undo.notes[0]
    elsewhere = await record(alone, accepted(name, "Text."), db_profile="nowhere")
    with pytest.raises(NotFoundError, match="nowhere"):
        await alone.apply.plan(elsewhere)


async def test_a_database_with_nothing_of_the_run_must_be_named(alone: Workspace) -> None:
    """It is hardly the one that the run described."""
    run_id = await record(alone, accepted("main.orders.o_id", "Text."))
    with pytest.raises(ConfigError, match="None of the 1 assets"):
        await alone.apply.plan(run_id)
    assert [item.state for item in (await alone.apply.plan(run_id, profile="dwh")).items] == ["missing"]


# ---- A team on one server ----------------------------------------------------------------------------------


@pytest.fixture
async def team(machine: Machine, postgres_host: PostgresHost) -> tuple[Workspace, Workspace]:
    """Return the machines of alice, an admin, and bob, a writer, of one store and described database."""
    host = postgres_host
    members: list[Workspace] = []
    for who in ("alice", "bob"):
        workspace = await machine(who, host)
        await workspace.history_store.enable(await workspace.history_store.plan("prod", host.schema))
        await workspace.connect()
        await workspace.register()
        members.append(workspace)
    alice, bob = members
    await _set_role(alice, bob, "writer")
    await described(alice, host, *(f"c{number}" for number in range(40)))
    await bob.profiles.save("dwh", host.backend, host.values)
    return alice, bob


async def _set_role(alice: Workspace, who: Workspace, role: str) -> None:
    users = alice.store.tables.users
    await alice.store.database.run(
        lambda connection: connection.execute(
            sa.update(users).where(users.c.username == who.identity.username).values(role=role)
        ),
        write=True,
    )
    await who.register()


async def test_two_who_apply_the_same_run_at_once_write_each_comment_once(
    team: tuple[Workspace, Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost, and nothing is written twice."""
    _small_batches(monkeypatch, 7)
    alice, bob = team
    names = [f"public.customer.c{number}" for number in range(40)]
    run_id = await record(alice, *(accepted(name, f"Text of {name}.") for name in names))
    plans = [await member.apply.plan(run_id) for member in team]
    reports = await asyncio.gather(
        *(member.apply.run(plan, {}) for member, plan in zip(team, plans, strict=True))
    )
    assert [report.error for report in reports] == [None, None]
    assert await comments_in(alice, *names) == [f"Text of {name}." for name in names]
    trail = await alice.apply.applications(run_id)
    assert {each.status for each in trail} <= {"applied", "skipped"}
    written = [each.intent.name.qname for each in trail if each.status == "applied"]
    assert sorted(written) == sorted(names)
    assert (await bob.history.detail(run_id)).run.applied_count == 40


async def test_a_viewer_looks_at_the_plan_and_is_told_why_not(team: tuple[Workspace, Workspace]) -> None:
    """Looking needs no role; writing is refused, also where the demotion came a moment ago."""
    alice, bob = team
    run_id = await record(alice, accepted("public.customer.c1", "Text."))
    plan = await bob.apply.plan(run_id)
    users = alice.store.tables.users
    await alice.store.database.run(
        lambda connection: connection.execute(
            sa.update(users).where(users.c.username == bob.identity.username).values(role="viewer")
        ),
        write=True,
    )
    report = await bob.apply.run(plan, {})
    assert isinstance(report.error, RoleError)
    assert report.results == ()
    await bob.register()
    plan = await bob.apply.plan(run_id)
    assert isinstance(plan.refusal, RoleError)
    assert [item.state for item in plan.items] == ["write"]
    with pytest.raises(RoleError, match="viewer"):
        await bob.apply.run(plan, {})
    assert await comments_in(alice, "public.customer.c1") == [""]
    assert await alice.apply.applications(run_id) == ()


async def test_who_may_not_write_the_audit_trail_is_told_the_grant_before_anything_is_written(
    team: tuple[Workspace, Workspace], postgres_host: PostgresHost, machine: Machine
) -> None:
    """The documentation's fifth fault: the comment would be written, and nobody would know of it."""
    alice, _ = team
    run_id = await record(alice, accepted("public.customer.c1", "Text."))
    weak = postgres_host.login(
        'GRANT USAGE ON SCHEMA "{schema}" TO {user}',
        'GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA "{schema}" TO {user}',
        'REVOKE INSERT ON "{schema}".amx_history_applications FROM {user}',
    )
    carol = await machine("carol", weak)
    await carol.profiles.save("dwh", postgres_host.backend, postgres_host.values)
    await carol.history_store.enable(await carol.history_store.plan("prod", postgres_host.schema))
    await carol.connect()
    await carol.register()
    await _set_role(alice, carol, "writer")
    plan = await carol.apply.plan(run_id)
    user = weak.values["user"]
    grant = f'GRANT INSERT ON "{postgres_host.schema}".amx_history_applications TO "{user}";'
    assert isinstance(plan.refusal, PermissionDeniedError)
    assert grant in plan.refusal.hint
    with pytest.raises(PermissionDeniedError):
        await carol.apply.run(plan, {})
    assert await comments_in(alice, "public.customer.c1") == [""]
    postgres_host.admin_execute(grant)
    report = await carol.apply.run(await carol.apply.plan(run_id), {})
    assert [each.status for each in report.results] == ["written"]


async def test_a_failure_does_not_stop_the_rest_and_can_be_retried(
    team: tuple[Workspace, Workspace], postgres_host: PostgresHost
) -> None:
    """A column that is gone, and comes back."""
    alice, _ = team
    names = ["public.customer.c1", "public.customer.c2"]
    run_id = await record(alice, *(accepted(name, "Text.") for name in names))
    plan = await alice.apply.plan(run_id)
    postgres_host.sync_execute("ALTER TABLE customer RENAME c1 TO away")
    report = await alice.apply.run(plan, {})
    assert {each.name.column_name: each.status for each in report.results} == {
        "c1": "missing",
        "c2": "written",
    }
    postgres_host.sync_execute("ALTER TABLE customer RENAME away TO c1")
    failed = {each.result_id for each in report.results if each.is_failure}
    again = await alice.apply.run(plan, {}, only=failed)
    assert [each.status for each in again.results] == ["written"]
    assert count(after(plan.items, [*report.results, *again.results]), {}).unchanged == 2
    assert AssetName("public", "customer", "c1") in {each.name for each in again.results}
