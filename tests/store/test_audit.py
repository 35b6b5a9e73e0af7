"""The audit trail: each change leaves one row that reads as a sentence, and no row is ever changed or taken away."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import amx_tui
from amx_tui.domain.applications import Destination, Intent, IntentOutcome
from amx_tui.domain.assets import AssetName
from amx_tui.domain.audit import AUDIT_ACTIONS, AuditEvent, audit_sentence
from amx_tui.domain.decisions import DecisionBasis, DecisionChange, DecisionValues, in_bulk
from amx_tui.domain.errors import RoleError
from amx_tui.domain.faults import Repair
from amx_tui.domain.identity import Identity
from amx_tui.domain.members import Member, Role
from amx_tui.domain.membership import MemberChange
from amx_tui.domain.pages import NewPage, PageChange
from amx_tui.domain.recording import NewRun
from amx_tui.store.bootstrap import execute_plan, plan_store
from amx_tui.store.opening import Store, open_store
from amx_tui.store.recording import RunRecorder
from amx_tui.store.tables import Layout, build_tables
from tests.servers import HostServer
from tests.store.histories import LAYOUTS, NOON, asset
from tests.store.hosts import ALICE, connected, enable

BOB = Identity("bob", "bob-mac")
CAROL = Identity("carol", "carol-pc")
NOW = datetime(2026, 5, 3, 15, 44, 7, 123456, tzinfo=UTC)
HERE = Destination("prod-pg", "postgresql", "db-prod:5432/analytics", "session-a")
ACTION_LENGTH = 40
"""Characters that amx-cli's layout has for an action."""


@asynccontextmanager
async def made_store(host: HostServer, layout: Layout) -> AsyncIterator[Store]:
    """A store without members, with all the tables of its layout."""
    async with connected(host) as database:
        if layout == "document":
            await enable(database, host.schema)
        else:
            tables = build_tables(layout, backend_name=host.backend, schema=host.schema or None)

            def make(connection: sa.Connection) -> None:
                if host.schema:
                    quoted = connection.dialect.identifier_preparer.quote_identifier(host.schema)
                    connection.exec_driver_sql(f"CREATE SCHEMA {quoted}")
                tables.metadata.create_all(connection, checkfirst=False)
                meta = {"id": 1, "schema_version": 1, "created_at": NOW}
                connection.execute(sa.insert(tables.schema_meta).values(meta))

            await database.run(make, write=True)
        yield await open_store(database, schema=host.schema or None)


@dataclass
class Team:
    """A store, and what its members do there."""

    store: Store

    async def trail(self) -> dict[str, AuditEvent]:
        """All events by their ids."""
        return {event.event_id: event for event in (await self.store.audit.page(limit=1000)).events}

    async def member(self, identity: Identity) -> Member:
        """A member who is there."""
        found = await self.store.members.get(identity)
        assert found is not None
        return found

    async def join(self, identity: Identity) -> None:
        """Connect for the first time."""
        await self.store.members.register(identity, "1.0")

    async def set_role(self, role: Role) -> None:
        """Let Alice give Bob a role."""
        change = MemberChange(await self.member(BOB), role=role)
        await self.store.membership.change(change, identity=ALICE)

    async def set_revoked(self, is_revoked: bool) -> None:
        """Let Alice shut Bob out, or let him in again."""
        change = MemberChange(await self.member(BOB), is_revoked=is_revoked)
        await self.store.membership.change(change, identity=ALICE)

    async def claim(self) -> None:
        """Let Alice claim the store after its admin has vanished behind everybody's back."""
        users = self.store.tables.users
        await self.store.database.run(
            lambda connection: connection.execute(sa.update(users).values(role="writer")), write=True
        )
        await self.store.membership.claim(identity=ALICE)

    async def run(self) -> str:
        """Record a run of three results."""
        recorder = RunRecorder(self.store.database, self.store.tables)
        drafts = [asset(f"s.t.c{number}", "Given name.") for number in range(3)]
        return await recorder.record(NewRun(started_at=NOON), drafts, identity=ALICE)

    async def decide(self, run_id: str, strategy: str, values: DecisionValues) -> None:
        """Let a strategy decide all of a run."""
        page = await self.store.results.page(run_id, limit=10)
        full = [await self.store.results.get(each.result_id) for each in page.results]
        changes = [DecisionChange(DecisionBasis.of(each), values) for each in full]
        outcome = await self.store.decisions.decide_many(in_bulk(changes, strategy), identity=ALICE)
        assert len(outcome.decided) == 3

    async def apply(self, run_id: str, action: Any) -> None:
        """Write one comment, or take it back."""
        page = await self.store.results.page(run_id, limit=1)
        result = await self.store.results.get(page.results[0].result_id)
        name = AssetName(result.schema_name, result.table_name, result.column_name)
        text = result.chosen_description or ""
        intent = Intent(f"{action}-1", result.result_id, run_id, name, "column", "old", text, action=action)
        assert (await self.store.applications.begin([intent], HERE, identity=ALICE)).application_ids
        outcome = IntentOutcome(intent.application_id, result.result_id, "applied", "old", action=action)
        finish = self.store.applications.finish
        await finish([outcome], run_id=run_id, identity=ALICE, place="db-prod/analytics")

    async def overwrite(self) -> None:
        """Let Alice overwrite by choice what Bob has saved."""
        pages = self.store.pages
        page = await pages.create(NewPage("Customer [b]360[/b]"), identity=ALICE)
        theirs = await pages.save(PageChange.of(page, body="Bob's.\n"), identity=BOB)
        mine = PageChange.of(page, body="Alice's.\n").on_top_of(theirs)
        await pages.save(mine, identity=ALICE, over=theirs)

    async def mend(self, run_id: str, *, is_undo: bool) -> None:
        """Mend a row of the store, or take that back."""
        stored = (await self.store.runs.detail(run_id)).run.status
        wanted = "success" if is_undo else "stopped"
        repairs = [Repair("runs", run_id, {"status": stored}, {"status": wanted})]
        made = await self.store.faults.mend(repairs, identity=ALICE, undo_file="u.json", is_undo=is_undo)
        assert made


@contextmanager
def sent_statements() -> Iterator[list[str]]:
    """Collect every statement that goes to any database meanwhile."""
    sent: list[str] = []

    def keep(_: Any, __: Any, statement: str, *___: Any) -> None:
        sent.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", keep)


ACCEPTED = DecisionValues("accepted", "Given name.")
PENDING = DecisionValues()
WHO = ALICE.username


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_every_change_leaves_one_row_that_reads_as_a_sentence(host: HostServer, layout: Layout) -> None:
    """Members, overwriting, strategies, comments and mending; the trail only ever grows."""
    async with made_store(host, layout) as store:
        team, run_id = Team(store), ""
        seen = await team.trail()
        met = {event.action for event in seen.values()}

        async def leaves(step: Any, sentence: str) -> None:
            nonlocal seen
            await step
            trail = await team.trail()
            new = [event for event_id, event in trail.items() if event_id not in seen]
            assert [audit_sentence(event) for event in new] == [sentence]
            assert {event_id: trail[event_id] for event_id in seen} == seen, "no earlier row has changed"
            assert len(new[0].action) <= ACTION_LENGTH
            met.add(new[0].action)
            seen = trail

        with sent_statements() as sent:
            await leaves(
                team.join(ALICE), f"{WHO} joined from lead-laptop as the first member, and is admin."
            )
            await leaves(team.join(BOB), "bob joined from bob-mac as viewer.")
            await leaves(team.set_role("writer"), f"{WHO} promoted bob on bob-mac from viewer to writer.")
            await leaves(team.set_role("viewer"), f"{WHO} demoted bob on bob-mac from writer to viewer.")
            await leaves(team.set_role("admin"), f"{WHO} promoted bob on bob-mac from viewer to admin.")
            await leaves(team.set_role("writer"), f"{WHO} demoted bob on bob-mac from admin to writer.")
            await leaves(team.set_revoked(True), f"{WHO} revoked bob on bob-mac.")
            again = Identity(BOB.username, "bob-new")
            await leaves(team.join(again), "bob joined from bob-new, revoked as everywhere else.")
            await leaves(team.set_revoked(False), f"{WHO} restored bob on bob-mac.")
            await leaves(team.claim(), f"{WHO} claimed the store, which had no active admin.")
            await leaves(
                team.overwrite(), f"{WHO} overwrote version 2 of “Customer [b]360[/b]”, which bob had saved."
            )
            run_id = await team.run()
            await leaves(
                team.decide(run_id, "accept-all-high", ACCEPTED),
                f"{WHO} accepted 3 results of {run_id} at once (accept-all-high).",
            )
            await leaves(
                team.apply(run_id, "apply"), f"{WHO} applied 1 description of {run_id} in db-prod/analytics."
            )
            await leaves(
                team.apply(run_id, "undo"), f"{WHO} took 1 description of {run_id} back in db-prod/analytics."
            )
            await leaves(
                team.decide(run_id, "undo", PENDING), f"{WHO} took 3 decisions of {run_id} back at once."
            )
            await leaves(
                team.decide(run_id, "redo", ACCEPTED), f"{WHO} made 3 decisions of {run_id} again at once."
            )
            rejected = DecisionValues("skipped", "")
            await leaves(
                team.decide(run_id, "reject-all", rejected), f"{WHO} rejected 3 results of {run_id} at once."
            )
            await leaves(
                team.decide(run_id, "take-all", ACCEPTED),
                f"{WHO} decided 3 results of {run_id} at once (take-all).",
            )
            await leaves(team.mend(run_id, is_undo=False), f"{WHO} mended 1 row of the store.")
            await leaves(team.mend(run_id, is_undo=True), f"{WHO} took the mending of 1 row back.")
        trail_name = store.tables.admin_audit.name
        told = [statement for statement in sent if trail_name in statement]
        assert any(statement.lstrip().upper().startswith("INSERT") for statement in told)
        assert not [statement for statement in told if _changes_rows_of(trail_name, statement)]
        # How a store is made is tested below; amx-cli's is only joined.
        assert met | {"store_create", "store_extend"} == set(AUDIT_ACTIONS)


def _changes_rows_of(table: str, statement: str) -> bool:
    return bool(re.search(rf"\b(UPDATE|DELETE\s+FROM|TRUNCATE)\s+\S*\b{table}\b", statement, re.IGNORECASE))


def test_the_check_of_statements_finds_those_that_change_rows() -> None:
    """A check that cannot fail says nothing."""
    for statement in (
        'DELETE FROM "AMX"._amx_admin_audit WHERE id = 1',
        "UPDATE `AMX`.`_amx_admin_audit` SET action = ''",
        "truncate _amx_admin_audit",
    ):
        assert _changes_rows_of("_amx_admin_audit", statement)
    assert not _changes_rows_of("_amx_admin_audit", "INSERT INTO _amx_admin_audit SELECT 1")


def test_no_statement_of_the_program_changes_or_deletes_rows_of_the_trail() -> None:
    """Also none that the tests do not happen to send: the source has no such statement."""
    root = Path(amx_tui.__file__).parent
    found = [
        f"{path.relative_to(root)}: {match.group()}"
        for path in sorted(root.rglob("*.py"))
        for match in re.finditer(
            r"\b(?:update|delete)\(\s*[\w.]*admin_audit"
            r"|\b(?:UPDATE|DELETE FROM|TRUNCATE(?: TABLE)?)\s+\S*_amx_admin_audit",
            path.read_text(encoding="utf-8"),
        )
    ]
    assert found == []


async def test_making_and_completing_a_store_are_in_its_trail(host: HostServer) -> None:
    """Who made it, and who added what an older one lacked."""
    async with made_store(host, "document") as store:
        table = store.tables.catalog
        assert table is not None
        await store.database.run(lambda connection: table.drop(connection), write=True)
        plan = await plan_store(store.database, schema=host.schema, identity=BOB)
        await execute_plan(store.database, plan)
        sentences = {audit_sentence(event) for event in (await Team(store).trail()).values()}
    assert sentences == {"alice@acme.com made the store.", "bob added what the store lacked."}


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_a_strategy_is_kept_on_the_run_with_its_decisions(host: HostServer, layout: Layout) -> None:
    """The run says by which strategy it was decided last; single decisions, undo and redo leave that.

    A run of amx-cli says in amx-cli's own words how it picked, and goes on saying that.
    """
    last, other = ("accept-all", "reject-all") if layout == "document" else ("", "")
    async with made_store(host, layout) as store:
        team = Team(store)
        await team.join(ALICE)
        run_id = await team.run()

        async def strategy() -> str:
            return (await store.runs.detail(run_id)).run.review_strategy

        assert await strategy() == ""
        await team.decide(run_id, "", ACCEPTED)
        assert await strategy() == ""
        await team.decide(run_id, "accept-all", ACCEPTED)
        assert await strategy() == last
        for leaves in ("undo", "take-all"):
            await team.decide(run_id, leaves, PENDING)
            assert await strategy() == last
        await team.decide(run_id, "reject-all", DecisionValues("skipped", ""))
        assert await strategy() == other


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_a_refused_strategy_leaves_neither_row_nor_run(host: HostServer, layout: Layout) -> None:
    """The run, the trail and the decisions are one transaction."""
    async with made_store(host, layout) as store:
        team = Team(store)
        await team.join(ALICE)
        run_id = await team.run()
        before = await team.trail()
        await team.join(CAROL)
        page = await store.results.page(run_id, limit=1)
        full = await store.results.get(page.results[0].result_id)
        change = DecisionChange(DecisionBasis.of(full), ACCEPTED)
        with pytest.raises(RoleError, match="is a viewer; deciding takes") as refused:
            await store.decisions.decide_many(in_bulk([change], "accept-all"), identity=CAROL)
        assert refused.value.hint == "Ask alice@acme.com to promote you."
        assert (await store.runs.detail(run_id)).run.review_strategy == ""
        after = await team.trail()
    assert [each.action for event_id, each in after.items() if event_id not in before] == ["user_join"]
