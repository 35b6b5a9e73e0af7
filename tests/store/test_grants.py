"""GRANTs by which the database itself enforces the three roles, tried by logging in as each."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from amx_tui.domain.applications import Destination, Intent, IntentOutcome
from amx_tui.domain.assets import AssetName
from amx_tui.domain.decisions import DecisionBasis, DecisionChange, DecisionValues
from amx_tui.domain.errors import PermissionDeniedError
from amx_tui.domain.identity import Identity
from amx_tui.domain.membership import MemberChange
from amx_tui.domain.pages import NewPage, PageAsset, PageChange
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.results import Alternative
from amx_tui.store.bootstrap import plan_store
from amx_tui.store.grants import RoleNames, grant_statements
from amx_tui.store.opening import open_store
from amx_tui.store.verify import verify_store
from tests.servers import HostServer, MysqlHost, PostgresHost
from tests.store.hosts import ALICE, connected, enable, enroll, is_denied, qualified
from tests.store.writing import ADMIN, set_up

SERVERS = [
    pytest.param("postgres_host", marks=pytest.mark.postgresql),
    pytest.param("mysql_host", marks=pytest.mark.mysql),
]


@dataclass
class Team:
    """A store whose GRANTs are in force, and a login for each role."""

    owner: HostServer
    roles: RoleNames
    viewer: HostServer
    writer: HostServer
    admin: HostServer

    def login(self, role: str) -> HostServer:
        """The host as a member of that database role sees it."""
        found = getattr(self, role)
        assert isinstance(found, HostServer)
        return found


@pytest.fixture(params=SERVERS)
async def team(request: pytest.FixtureRequest) -> Team:
    """A store in which three people have one database role each."""
    host: HostServer = request.getfixturevalue(request.param)
    async with connected(host) as database:
        await enable(database, host.schema)
        # The first member is admin, whatever the login; here it is the owner of the tables.
        await (await open_store(database, schema=host.schema)).members.register(ALICE, "1.0")
    roles = request.getfixturevalue("role_names")
    _run_script(host, grant_statements(host.backend, schema=host.schema, roles=roles).script)
    return Team(host, roles, *(_member(host, name) for name in (roles.viewer, roles.writer, roles.admin)))


@pytest.fixture
def role_names(request: pytest.FixtureRequest) -> Iterator[RoleNames]:
    """Names that no other test uses: database roles belong to the server. They are dropped afterwards."""
    token = secrets.token_hex(4)
    names = RoleNames(f"viewer_{token}", f"writer_{token}", f"admin_{token}")
    given = getattr(request.node, "callspec", _NoSpec).params.values()
    hosts = [
        request.getfixturevalue(fixture)
        for fixture in ("postgres_host", "mysql_host")
        if fixture in request.fixturenames or fixture in given
    ]
    yield names
    for host in hosts:
        for name in (names.admin, names.writer, names.viewer):
            owned = f"DROP OWNED BY {name}; " if host.backend == "postgresql" else ""
            host.admin_execute(f"{owned}DROP ROLE IF EXISTS {name}")


class _NoSpec:
    params: dict[str, object] = {}


def _run_script(host: HostServer, script: str) -> None:
    host.admin_execute(re.sub(r"^-- .*\n", "", script, flags=re.MULTILINE))


def _member(host: HostServer, role: str) -> HostServer:
    if isinstance(host, MysqlHost):
        profile = "GRANT SELECT ON `{database}`.* TO {user}"
        return host.login(profile, f"GRANT {role} TO {{user}}", f"SET DEFAULT ROLE {role} FOR {{user}}")
    assert isinstance(host, PostgresHost)
    return host.login(f"GRANT {role} TO {{user}}")


MAY: dict[str, tuple[str, ...]] = {
    "viewer": (
        "SELECT COUNT(*) FROM {pages}",
        "UPDATE {users} SET last_seen_at = last_seen_at, client_version = '9'",
        "UPDATE {runs} SET status = 'success'",
        "UPDATE {results} SET superseded_at = NULL",
        "UPDATE {meta} SET member_seq = member_seq + 1",
        "INSERT INTO {users} (id, username, hostname, first_seen_at, last_seen_at, revoked_at)"
        " VALUES ('{me}-v', '{me}', 'v', '2026-05-03 15:44:00', '2026-05-03 15:44:00', '2026-05-03 15:44:00')",
        "INSERT INTO {results} (result_id, run_id, alternatives_json) VALUES ('{me}-v', 'r', '[]')",
        "INSERT INTO {sessions} (id, event_at, event_kind) VALUES ('{me}-v', '2026-05-03 15:44:00', 'session')",
        "INSERT INTO {audit} (id, event_at, action) VALUES ('{me}-v', '2026-05-03 15:44:00', 'user_join')",
    ),
    "writer": (
        "UPDATE {pages} SET title = 'x', version = version + 1",
        "UPDATE {results} SET evaluation = 'accepted', version = version + 1",
        "DELETE FROM {edges}",
        "INSERT INTO {versions} (page_id, version_no, markdown_body, saved_at)"
        " VALUES ('{me}', 1, '', '2026-05-03 15:44:00')",
        "INSERT INTO {results} (result_id, run_id, evaluation) VALUES ('{me}-w', 'r', 'accepted')",
        "INSERT INTO {results} (result_id, run_id, applied_status) VALUES ('{me}-x', 'r', 'applied')",
    ),
    "admin": (
        "UPDATE {users} SET role = 'writer', version = version + 1",
        "UPDATE {users} SET revoked_at = NULL, revoked_by = NULL",
        "INSERT INTO {users} (id, username, hostname, first_seen_at, last_seen_at, role)"
        " VALUES ('{me}-a', '{me}', 'a', '2026-05-03 15:44:00', '2026-05-03 15:44:00', 'admin')",
    ),
}
"""What a role may do beyond the one below it."""

NOBODY = (
    "DELETE FROM {audit}",
    "UPDATE {audit} SET action = 'x'",
    "DELETE FROM {versions}",
    "UPDATE {versions} SET markdown_body = 'x'",
    "DELETE FROM {users}",
    "DELETE FROM {runs}",
    "DELETE FROM {results}",
    "DELETE FROM {sessions}",
    "UPDATE {meta} SET schema_version = 9",
    "DROP TABLE {pages}",
)
TABLES = {
    "pages": "shared_documentation_pages",
    "versions": "shared_documentation_pages_versions",
    "users": "_amx_users",
    "runs": "amx_history_runs",
    "results": "amx_history_results",
    "edges": "shared_lineage_edges",
    "audit": "_amx_admin_audit",
    "sessions": "_amx_sessions",
    "meta": "_amx_schema_meta",
}


async def test_each_role_can_do_its_own_and_no_more(team: Team) -> None:
    """What a role may do works, what a higher one may do is refused by the server, and so is what nobody may."""
    names = {name: qualified(team.owner, table) for name, table in TABLES.items()}
    order = ("viewer", "writer", "admin")
    for role in order:
        host = team.login(role)
        for other in order:
            is_within = order.index(other) <= order.index(role)
            for sql in MAY[other]:
                statement = sql.format(me=role, **names)
                assert is_denied(host, statement) is not is_within, (role, statement)
        for sql in NOBODY:
            assert is_denied(host, sql.format(**names)), (role, sql)


@pytest.mark.parametrize("role", ["viewer", "writer", "admin"])
async def test_every_role_can_register_record_runs_and_be_here(team: Team, role: str) -> None:
    """The program's own registering, recording and heartbeats go through with a viewer's rights."""
    identity = Identity(f"{role}@acme.com", "laptop")
    async with connected(team.login(role)) as database:
        store = await open_store(database, schema=team.owner.schema)
        member = await store.members.register(identity, "0.1.0")
        assert (member.username, member.role) == (identity.username, "viewer")
        assert await store.members.register(identity, "0.2.0") != member
        session_id = await store.live.arrive(member, "0.2.0", "linux")
        assert await store.live.beat(session_id, "Pages", member) == ()
        await store.live.leave(session_id, member)
        run = NewRun(started_at=datetime.now(UTC), command="analyze.run")
        run_id = await store.recorder.record(
            run, [NewResult(schema_name="sales", table_name="customer")], identity=identity
        )
    rows = team.owner.sync_execute(f"SELECT run_id FROM {qualified(team.owner, 'amx_history_results')}")
    assert [tuple(row) for row in rows] == [(run_id,)]


@pytest.mark.parametrize("role", ["viewer", "writer", "admin"])
async def test_verify_knows_what_a_role_is_enough_for(team: Team, role: str) -> None:
    """Nothing fails for any of the three; below admin, warnings name what a higher role would need."""
    async with connected(team.login(role)) as database:
        checks = await verify_store(database, schema=team.owner.schema)
    assert [check for check in checks if check.state == "failed"] == []
    warned = {check.name.removeprefix("rights on ") for check in checks if check.state == "warning"}
    expected = {"admin": set(), "writer": {"_amx_users"}}
    if role in expected:
        assert warned == expected[role]
    else:
        assert {"_amx_users", "shared_documentation_pages", "amx_history_results"} <= warned
        assert not warned & {"amx_history_runs", "_amx_sessions", "_amx_schema_meta", "_amx_admin_audit"}


async def test_a_viewers_login_makes_nobody_admin(team: Team) -> None:
    """Not even in a store without members, whose first one becomes admin; and a newcomer it may add looks only."""
    users = qualified(team.owner, "_amx_users")
    team.owner.sync_execute(f"DELETE FROM {users}")
    async with connected(team.viewer) as database:
        store = await open_store(database, schema=team.owner.schema)
        with pytest.raises(PermissionDeniedError):
            await store.members.register(Identity("mallory", "laptop"), "1.0")
    assert team.owner.sync_execute(f"SELECT * FROM {users}") == []
    async with connected(team.admin) as database:
        store = await open_store(database, schema=team.owner.schema)
        assert (await store.members.register(ALICE, "1.0")).role == "admin"


async def test_a_viewers_login_registers_who_is_revoked_as_revoked(team: Team) -> None:
    """Coming back from a new machine needs no right that a viewer lacks, and gives none."""
    async with connected(team.owner) as database:
        store = await open_store(database, schema=team.owner.schema)
        await enroll(database, store.tables, Identity("bob", "old"), role="writer", is_revoked=True)
    async with connected(team.viewer) as database:
        store = await open_store(database, schema=team.owner.schema)
        member = await store.members.register(Identity("bob", "new"), "1.0")
    assert (member.role, member.is_active) == ("viewer", False)


async def test_an_admins_login_changes_members_and_a_writers_cannot(team: Team) -> None:
    """Whatever the registry says of the writer: the database refuses."""
    dana = Identity("dana", "laptop")
    async with connected(team.owner) as database:
        store = await open_store(database, schema=team.owner.schema)
        await enroll(database, store.tables, dana, role="viewer")
    for login, role in ((team.writer, "writer"), (team.admin, "admin")):
        async with connected(login) as database:
            store = await open_store(database, schema=team.owner.schema)
            member = await store.members.get(dana)
            assert member is not None
            changing = store.membership.change(MemberChange(member, role="writer"), identity=ALICE)
            if role == "writer":
                with pytest.raises(PermissionDeniedError):
                    await changing
            else:
                assert (await changing).role == "writer"


async def test_a_writers_login_decides_and_applies_and_a_viewers_cannot(team: Team) -> None:
    """Also where a viewer gives the name of an admin."""
    async with connected(team.viewer) as database:
        store = await open_store(database, schema=team.owner.schema)
        draft = NewResult(schema_name="s", table_name="t", alternatives=(Alternative("Text."),))
        run_id = await store.recorder.record(NewRun(started_at=datetime.now(UTC)), [draft], identity=ALICE)
        (result,) = (await store.results.page(run_id)).results
        change = DecisionChange(DecisionBasis.of(result), DecisionValues("accepted", "Text."))
        accepted = replace(draft, evaluation="accepted", chosen_description="Text.")
        with pytest.raises(PermissionDeniedError):
            await store.decisions.decide(change, identity=ALICE)
        with pytest.raises(PermissionDeniedError):
            await store.recorder.record(NewRun(started_at=datetime.now(UTC)), [accepted], identity=ALICE)
    async with connected(team.writer) as database:
        store = await open_store(database, schema=team.owner.schema)
        await store.decisions.decide(change, identity=ALICE)
        intent = Intent("a", result.result_id, run_id, AssetName("s", "t", ""), "table", "", "Text.")
        place = Destination("dwh", "postgresql", "here", "session")
        assert (await store.applications.begin([intent], place, identity=ALICE)).application_ids == {"a"}
        outcome = IntentOutcome("a", result.result_id, "applied", "")
        await store.applications.finish([outcome], run_id=run_id, identity=ALICE)
        assert (await store.results.get(result.result_id)).applied_status == "applied"


async def test_a_store_of_an_earlier_build_gets_the_default_that_the_grants_need(team: Team) -> None:
    """Without it members still register where they may write roles; enable adds it, and says so before."""
    users, schema = qualified(team.owner, "_amx_users"), team.owner.schema
    team.owner.sync_execute(f"ALTER TABLE {users} ALTER COLUMN role DROP DEFAULT")
    dana, erin = Identity("dana", "laptop"), Identity("erin", "laptop")
    async with connected(team.owner) as database:
        store = await open_store(database, schema=schema)
        assert (await store.members.register(dana, "1.0")).role == "viewer"
        checks = {check.name: check for check in await verify_store(database, schema=schema)}
        assert checks["columns"].state == "warning"
        assert "_amx_users.role" in checks["columns"].message
    async with connected(team.viewer) as database:
        store = await open_store(database, schema=schema)
        with pytest.raises(PermissionDeniedError):
            await store.members.register(erin, "1.0")
    async with connected(team.owner) as database:
        plan = await enable(database, schema)
        assert plan.statements[0].purpose == "Default of _amx_users.role"
        assert (await plan_store(database, schema=schema, identity=ALICE)).is_empty
    async with connected(team.viewer) as database:
        store = await open_store(database, schema=schema)
        assert (await store.members.register(erin, "1.0")).role == "viewer"


async def test_a_writers_login_edits_pages_and_a_viewers_cannot(team: Team) -> None:
    """What the program itself asks of the database for a page: made, saved, overwritten, attached to, detached from."""
    identity = Identity("dana", "laptop")
    async with connected(team.admin) as database:
        store = await open_store(database, schema=team.owner.schema)
        await store.members.register(identity, "1")
    team.owner.sync_execute(f"UPDATE {qualified(team.owner, '_amx_users')} SET role = 'writer'")
    asset = PageAsset("table", "s.t")
    async with connected(team.writer) as database:
        pages = (await open_store(database, schema=team.owner.schema)).pages
        page = await pages.create(NewPage("Sales", "One.", assets=(asset,)), identity=identity)
        saved = await pages.save(PageChange.of(page, body="Two."), identity=identity)
        forced = await pages.save(PageChange.of(saved, body="Three."), identity=identity, over=saved)
        assert forced.version == 3
        assert (await pages.detach(page.page_id, assets=[asset], identity=identity)).assets == ()
    async with connected(team.viewer) as database:
        pages = (await open_store(database, schema=team.owner.schema)).pages
        with pytest.raises(PermissionDeniedError):
            await pages.save(PageChange.of(forced, body="Four."), identity=identity)
        assert (await pages.get(page.page_id)).body == "Three."


async def test_granting_twice_changes_nothing(team: Team) -> None:
    """The script may be run again, as after a store was completed."""
    plan = grant_statements(team.owner.backend, schema=team.owner.schema, roles=team.roles)
    _run_script(team.owner, plan.script)
    assert is_denied(team.viewer, f"DELETE FROM {qualified(team.owner, '_amx_admin_audit')}")


@pytest.mark.parametrize("fixture", SERVERS)
async def test_a_viewer_works_in_a_store_of_amx_cli(
    fixture: str, role_names: RoleNames, request: pytest.FixtureRequest
) -> None:
    """In the other layout, too, viewers register, record and change no page; a new row may claim a role there."""
    host: HostServer = request.getfixturevalue(fixture)
    async with set_up(host, "amx_cli"):
        plan = grant_statements(host.backend, schema=host.schema, roles=role_names, layout="amx_cli")
    if host.backend == "postgresql":
        # What our own declaration of their tables numbers otherwise than they do.
        plan = replace(plan, statements=tuple(each for each in plan.statements if "SEQUENCE" not in each.sql))
    _run_script(host, plan.script)
    viewer = _member(host, role_names.viewer)
    newcomer = Identity("newcomer", "laptop")
    async with connected(viewer) as database:
        store = await open_store(database, schema=host.schema)
        assert (await store.members.register(newcomer, "0.1.0")).role == "viewer"
        draft = NewResult(schema_name="s", table_name="t", alternatives=(Alternative("Text."),))
        await store.recorder.record(NewRun(started_at=datetime.now(UTC)), [draft], identity=newcomer)
        accepted = replace(draft, evaluation="accepted", chosen_description="Text.")
        with pytest.raises(PermissionDeniedError):
            await store.recorder.record(NewRun(started_at=datetime.now(UTC)), [accepted], identity=ADMIN)
        with pytest.raises(PermissionDeniedError):
            await store.pages.create(NewPage("Sales", "One."), identity=ADMIN)
    users = qualified(host, "_amx_users")
    assert is_denied(viewer, f"UPDATE {users} SET role = 'admin'")
    assert not is_denied(
        viewer,
        f"INSERT INTO {users} (id, username, hostname, role, first_seen_at, last_seen_at)"
        " VALUES ('m', 'mallory', 'm', 'admin', '2026-05-03 15:44:00', '2026-05-03 15:44:00')",
    )


async def test_the_roles_fit_the_store_that_amx_cli_itself_made(
    amx_cli_store: PostgresHost, role_names: RoleNames
) -> None:
    """Viewers register and change no page; writers add sources by number."""
    plan = grant_statements("postgresql", schema="AMX", roles=role_names, layout="amx_cli")
    _run_script(amx_cli_store, plan.script)
    viewer, writer = _member(amx_cli_store, role_names.viewer), _member(amx_cli_store, role_names.writer)
    async with connected(viewer) as database:
        store = await open_store(database, schema="AMX")
        member = await store.members.register(Identity("newcomer", "laptop"), "0.1.0")
        checks = await verify_store(database, schema="AMX")
    assert member.role == "viewer"
    assert [check for check in checks if check.state == "failed"] == []
    assert is_denied(viewer, "UPDATE \"AMX\".documentation_pages SET title = 'x'")
    assert is_denied(viewer, "UPDATE \"AMX\"._amx_users SET role = 'admin'")
    assert not is_denied(writer, 'UPDATE "AMX".documentation_pages SET title = title')
    assert not is_denied(
        writer,
        'INSERT INTO "AMX".documentation_page_assets (page_id, asset_kind, asset_ref, included)'
        " SELECT id, 'table', 'x', 1 FROM \"AMX\".documentation_pages LIMIT 1",
    )
