"""The table of everything that a store's repositories write: how it is called, and who may.

`tests.store.test_permissions` tries each row as every kind of member. What writes and is not in here fails the suite:
`tests.store.finding` finds it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from amx_tui.domain.applications import Destination, Intent, IntentOutcome
from amx_tui.domain.assets import AssetName
from amx_tui.domain.decisions import DecisionBasis, DecisionChange, DecisionValues
from amx_tui.domain.faults import Repair
from amx_tui.domain.identity import Identity
from amx_tui.domain.members import PERMISSIONS, Action, Member, Role
from amx_tui.domain.membership import MemberChange
from amx_tui.domain.pages import NewPage, Page, PageAsset, PageChange
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.results import Alternative, Result
from amx_tui.store.opening import Store, open_store
from amx_tui.store.tables import Layout, build_tables
from tests.servers import HostServer
from tests.store.hosts import connected, enroll, free_recorder

__all__ = [
    "ADMIN",
    "NOT_MEMBERS",
    "OTHER",
    "WHO",
    "WRITINGS",
    "Attempt",
    "Rows",
    "Stage",
    "Writing",
    "set_up",
]

ADMIN = Identity("ada", "ada-laptop")
OTHER = Identity("otto", "otto-laptop")
WHO = Identity("mia", "mia-laptop")
"""The member who tries."""
NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
HERE = Destination("dwh", "postgresql", "db.example/dwh", "session-1")

Attempt = Callable[[], Awaitable[object]]
Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Stage:
    """A store with an admin, and others who are somebody else for each attempt."""

    host: HostServer
    layout: Layout
    store: Store

    async def rows(self, *left_out: sa.Table) -> Rows:
        """Everything that the store holds, by the table's name."""
        tables = [table for table in self.store.tables.metadata.tables.values() if table not in left_out]
        return await self.store.database.run(lambda connection: _read(connection, tables))

    async def rows_of(self, name: str) -> list[tuple[Any, ...]]:
        """Everything that one table holds."""
        tables = [table for table in self.store.tables.metadata.tables.values() if table.name == name]
        return (await self.store.database.run(lambda connection: _read(connection, tables)))[name]

    async def clear(self) -> None:
        """Empty the store of everything but members: reading all of it is what takes the time."""
        tables = self.store.tables
        kept = (tables.users, tables.schema_meta)

        def empty(connection: sa.Connection) -> None:
            for table in tables.metadata.tables.values():
                if table not in kept:
                    connection.execute(sa.delete(table))

        await self.store.database.run(empty, write=True)

    async def be(self, who: Identity, role: str, *, is_revoked: bool = False) -> None:
        """Make somebody a member with that role."""
        await enroll(self.store.database, self.store.tables, who, role=role, is_revoked=is_revoked)

    async def forget(self, who: Identity) -> None:
        """Take somebody out of the registry."""
        users = self.store.tables.users
        gone = sa.delete(users).where(users.c.username == who.username)
        await self.store.database.run(lambda connection: connection.execute(gone), write=True)

    async def member(self, who: Identity) -> Member:
        """Read a member; whoever is none is made up."""
        return await self.store.members.get(who) or Member("nobody", who.username, who.hostname, "admin")

    async def result(self, evaluation: Literal["pending", "accepted"] = "pending") -> Result:
        """Record a run of the admin's with one result, and read that."""
        text = "Given name." if evaluation == "accepted" else None
        draft = _draft(evaluation=evaluation, chosen_description=text)
        recorder = free_recorder(self.store.database, self.store.tables)
        run_id = await recorder.record(NewRun(started_at=NOON), [draft], identity=ADMIN)
        return (await self.store.results.page(run_id)).results[0]

    async def intended(self) -> Intent:
        """Store the intent of the admin to write one comment."""
        intent = _intent(await self.result("accepted"))
        begun = await self.store.applications.begin([intent], HERE, identity=ADMIN)
        assert begun.application_ids == {intent.application_id}
        return intent

    async def page(self) -> Page:
        """Make a page of the admin's."""
        return await self.store.pages.create(NewPage("Sales", "One.", assets=(_ASSET,)), identity=ADMIN)


def _read(connection: sa.Connection, tables: Sequence[sa.Table]) -> Rows:
    return {
        table.name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
        for table in tables
    }


@asynccontextmanager
async def set_up(host: HostServer, layout: Layout) -> AsyncIterator[Stage]:
    """Make a store of a layout on `host`, with an admin and another member."""
    schema = host.schema or None
    tables = build_tables(layout, backend_name=host.backend, schema=schema)

    def make(connection: sa.Connection) -> None:
        if schema is not None:
            quoted = connection.dialect.identifier_preparer.quote_identifier(schema)
            connection.exec_driver_sql(f"CREATE SCHEMA {quoted}")
        tables.metadata.create_all(connection, checkfirst=False)
        row = {"id": 1, "schema_version": 1, "created_at": NOON}
        connection.execute(sa.insert(tables.schema_meta).values(row))

    async with connected(host) as database:
        await database.run(make, write=True)
        stage = Stage(host, layout, await open_store(database, schema=schema))
        await stage.be(ADMIN, "admin")
        await stage.be(OTHER, "viewer")
        yield stage


@dataclass(frozen=True)
class Writing:
    """One way in which a method of a repository writes."""

    method: str
    """As it is reached from a `Store`: "pages.save"."""
    needs: Action | Literal["intent", "nothing"]
    """What the member must be allowed to do; an intent of the member's own; or nothing, for whoever connects."""
    prepare: Callable[[Stage, Identity], Awaitable[Attempt]]
    """Makes what the attempt is about, and returns the attempt, of the member that is named."""
    variant: str = ""
    not_for: frozenset[Role] = field(default=frozenset())
    """Roles that are refused for another reason than a lack of rights."""
    layouts: tuple[Layout, ...] = ("document", "amx_cli")

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.method} ({self.variant})" if self.variant else self.method

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that may."""
        able = {role for role, actions in PERMISSIONS.items() if self.needs in actions}
        return frozenset(able) - self.not_for


# ---- How each is called --------------------------------------------------------------------------------------

_ASSET = PageAsset("table", "sales.customer")


def _draft(**more: Any) -> NewResult:
    texts = (Alternative("Given name."),)
    return NewResult(schema_name="sales", table_name="customer", column_name="c", alternatives=texts, **more)


def _intent(result: Result) -> Intent:
    name = AssetName(result.schema_name, result.table_name, result.column_name)
    return Intent(
        f"app-{result.result_id[:30]}", result.result_id, result.run_id, name, "column", "", "Given name."
    )


def _outcome(intent: Intent) -> IntentOutcome:
    return IntentOutcome(intent.application_id, intent.result_id, "applied", intent.old_comment)


async def _record(stage: Stage, who: Identity) -> Attempt:
    return lambda: stage.store.recorder.record(NewRun(started_at=NOON), [_draft()], identity=who)


async def _record_decided(stage: Stage, who: Identity) -> Attempt:
    decided = _draft(evaluation="accepted", chosen_description="Given name.", evaluated_by=who.username)
    return lambda: stage.store.recorder.record(NewRun(started_at=NOON), [decided], identity=who)


async def _decide(stage: Stage, who: Identity) -> Attempt:
    change = DecisionChange(DecisionBasis.of(await stage.result()), DecisionValues("custom", "Text."))
    return lambda: stage.store.decisions.decide(change, identity=who)


async def _decide_many(stage: Stage, who: Identity) -> Attempt:
    results = [await stage.result(), await stage.result()]
    changes = [
        DecisionChange(DecisionBasis.of(result), DecisionValues("custom", "Text."), strategy="accept-all")
        for result in results
    ]
    return lambda: stage.store.decisions.decide_many(changes, identity=who)


async def _begin(stage: Stage, who: Identity) -> Attempt:
    intent = _intent(await stage.result("accepted"))
    # Each in a database of its own, so that nobody is in anybody's way.
    place = Destination("dwh", "postgresql", intent.application_id, "session-2")
    return lambda: stage.store.applications.begin([intent], place, identity=who)


async def _settle(stage: Stage, who: Identity) -> Attempt:
    intent = await stage.intended()
    return lambda: stage.store.applications.settle([_outcome(intent)], run_id=intent.run_id, identity=who)


async def _finish(stage: Stage, who: Identity) -> Attempt:
    intent = await stage.intended()
    return lambda: stage.store.applications.finish([_outcome(intent)], run_id=intent.run_id, identity=who)


async def _count(stage: Stage, who: Identity) -> Attempt:
    intent, applications = await stage.intended(), stage.store.applications
    await applications.finish([_outcome(intent)], run_id=intent.run_id, identity=ADMIN, is_counted=False)
    return lambda: applications.count(intent.run_id, identity=who)


async def _create(stage: Stage, who: Identity) -> Attempt:
    return lambda: stage.store.pages.create(NewPage("Sales", "One.", assets=(_ASSET,)), identity=who)


async def _save(stage: Stage, who: Identity) -> Attempt:
    change = PageChange.of(await stage.page(), body="Two.")
    return lambda: stage.store.pages.save(change, identity=who)


async def _overwrite(stage: Stage, who: Identity) -> Attempt:
    page = await stage.page()
    theirs = await stage.store.pages.save(PageChange.of(page, body="Theirs."), identity=ADMIN)
    change = PageChange.of(theirs, body="Mine.")
    return lambda: stage.store.pages.save(change, identity=who, over=theirs)


async def _attach(stage: Stage, who: Identity) -> Attempt:
    page, asset = await stage.page(), PageAsset("table", "sales.orders")
    return lambda: stage.store.pages.attach(page.page_id, assets=[asset], identity=who)


async def _detach(stage: Stage, who: Identity) -> Attempt:
    page = await stage.page()
    return lambda: stage.store.pages.detach(page.page_id, assets=[_ASSET], identity=who)


async def _change_member(stage: Stage, who: Identity) -> Attempt:
    await stage.be(OTHER, "viewer")
    change = MemberChange(await stage.member(OTHER), role="writer")
    return lambda: stage.store.membership.change(change, identity=who)


async def _revoke_member(stage: Stage, who: Identity) -> Attempt:
    await stage.be(OTHER, "viewer")
    change = MemberChange(await stage.member(OTHER), is_revoked=True)
    return lambda: stage.store.membership.change(change, identity=who)


async def _claim(stage: Stage, who: Identity) -> Attempt:
    await stage.be(ADMIN, "viewer")
    return lambda: stage.store.membership.claim(identity=who)


async def _register(stage: Stage, who: Identity) -> Attempt:
    return lambda: stage.store.members.register(who, "2.0")


async def _mend(stage: Stage, who: Identity) -> Attempt:
    result = await stage.result()
    repair = Repair("runs", result.run_id, {"status": "success"}, {"status": "failed"})
    return lambda: stage.store.faults.mend([repair], identity=who, undo_file="undo.json")


async def _arrive(stage: Stage, who: Identity) -> Attempt:
    member = await stage.member(who)
    return lambda: stage.store.live.arrive(member, "1.0", "linux")


async def _session(stage: Stage, member: Member) -> str:
    """Begin a session behind the program's back, long enough ago that a heartbeat changes it."""
    sessions, session_id = stage.store.tables.sessions, NewPage("").page_id
    row = {"id": session_id, "event_at": NOON, "user_id": member.member_id, "event_kind": "session"}
    insert = sa.insert(sessions).values(**row, heartbeat_at=NOON, opens="History")
    await stage.store.database.run(lambda connection: connection.execute(insert), write=True)
    return session_id


async def _beat(stage: Stage, who: Identity) -> Attempt:
    member = await stage.member(who)
    session_id = await _session(stage, member)
    return lambda: stage.store.live.beat(session_id, "Pages", member)


async def _leave(stage: Stage, who: Identity) -> Attempt:
    member = await stage.member(who)
    session_id = await _session(stage, member)
    return lambda: stage.store.live.leave(session_id, member)


WRITINGS: tuple[Writing, ...] = (
    Writing("recorder.record", "record_runs", _record),
    Writing("recorder.record", "edit", _record_decided, "with a decision"),
    Writing("decisions.decide", "edit", _decide),
    Writing("decisions.decide_many", "edit", _decide_many),
    Writing("applications.begin", "edit", _begin),
    Writing("applications.settle", "edit", _settle),
    Writing("applications.finish", "intent", _finish),
    Writing("applications.count", "intent", _count),
    Writing("pages.create", "edit", _create),
    Writing("pages.save", "edit", _save),
    Writing("pages.save", "edit", _overwrite, "over somebody else's"),
    Writing("pages.attach", "edit", _attach),
    Writing("pages.detach", "edit", _detach),
    Writing("membership.change", "administer", _change_member),
    Writing("membership.change", "administer", _revoke_member, "revoking"),
    # Where an admin could claim, there is one, and nothing to claim.
    Writing("membership.claim", "read", _claim, not_for=frozenset({"admin"})),
    Writing("members.register", "nothing", _register),
    Writing("faults.mend", "administer", _mend),
    Writing("live.arrive", "read", _arrive, layouts=("document",)),
    Writing("live.beat", "read", _beat, layouts=("document",)),
    Writing("live.leave", "read", _leave, layouts=("document",)),
)

NOT_MEMBERS: dict[str, str] = {
    "applications.lacking_rights": "tries rights in a transaction that is rolled back",
    "bootstrap.execute_plan": "makes a store, for which the database's own rights are asked",
    "health.creation_cure": "writes a statement for people to run",
    "local_store.create_local_store": "makes the store of one user",
    "opening.open_local_store": "makes the store of one user",
    "proofs.prove_rights": "is rolled back",
    "rights_checks.rights_checks": "is rolled back",
    "verify.verify_store": "is rolled back",
    "seeding.seed_members": "takes only the store of one user",
    "seeding.seed_page": "takes only the store of one user",
    "versioned.save_versioned": "is the primitive below pages.save",
}
"""What sends statements that write and asks no member's role, and why: methods, and functions by their module."""
