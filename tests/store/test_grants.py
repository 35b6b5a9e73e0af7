"""GRANTs by which the database itself enforces the three roles, tried by logging in as each."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import pymysql
import pytest

from amx_tui.domain.errors import PermissionDeniedError, UnsupportedHostError
from amx_tui.domain.identity import Identity
from amx_tui.domain.pages import NewPage, PageAsset, PageChange
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.store.grants import RoleNames, grant_statements, missing_grant
from amx_tui.store.opening import open_store
from amx_tui.store.verify import verify_store
from tests.servers import HostServer, MysqlHost, PostgresHost
from tests.store.hosts import connected, enable, qualified

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
    roles = request.getfixturevalue("role_names")
    _run_script(host, grant_statements(host.backend, schema=host.schema, roles=roles).script)
    return Team(host, roles, *(_member(host, name) for name in (roles.viewer, roles.writer, roles.admin)))


@pytest.fixture
def role_names(request: pytest.FixtureRequest) -> Iterator[RoleNames]:
    """Names that no other test uses: database roles belong to the server. They are dropped afterwards."""
    token = secrets.token_hex(4)
    names = RoleNames(f"viewer_{token}", f"writer_{token}", f"admin_{token}")
    yield names
    for fixture in ("postgres_host", "mysql_host"):
        if (
            fixture in request.fixturenames
            or fixture in getattr(request.node, "callspec", _NoSpec).params.values()
        ):
            host: HostServer = request.getfixturevalue(fixture)
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


def _is_denied(host: HostServer, sql: str) -> bool:
    """Whether the server refuses a statement for want of a right."""
    try:
        host.sync_execute(sql)
    except (psycopg.Error, pymysql.MySQLError) as error:
        words = str(error)
        assert re.search("permission denied|command denied|denied to user|must be owner", words), words
        return True
    return False


MAY: dict[str, tuple[str, ...]] = {
    "viewer": (
        "SELECT COUNT(*) FROM {pages}",
        "UPDATE {users} SET last_seen_at = last_seen_at, client_version = '9'",
        "UPDATE {runs} SET status = 'success'",
        "UPDATE {results} SET superseded_at = NULL",
        "UPDATE {meta} SET member_seq = member_seq + 1",
    ),
    "writer": (
        "UPDATE {pages} SET title = 'x', version = version + 1",
        "UPDATE {results} SET evaluation = 'accepted', version = version + 1",
        "DELETE FROM {edges}",
        "INSERT INTO {versions} (page_id, version_no, markdown_body, saved_at)"
        " VALUES ('p', 1, '', '2026-05-03 15:44:00')",
    ),
    "admin": ("UPDATE {users} SET role = 'writer', version = version + 1",),
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
                statement = sql.format(**names).replace("'p', 1", f"'{role}', 1")
                assert _is_denied(host, statement) is not is_within, (role, statement)
        for sql in NOBODY:
            assert _is_denied(host, sql.format(**names)), (role, sql)


@pytest.mark.parametrize("role", ["viewer", "writer", "admin"])
async def test_every_role_can_register_and_record_runs(team: Team, role: str) -> None:
    """The program's own registering and recording go through with a viewer's rights."""
    identity = Identity(f"{role}@acme.com", "laptop")
    async with connected(team.login(role)) as database:
        store = await open_store(database, schema=team.owner.schema)
        member = await store.members.register(identity, "0.1.0")
        assert member.username == identity.username
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
    assert _is_denied(team.viewer, f"DELETE FROM {qualified(team.owner, '_amx_admin_audit')}")


def test_the_script_says_what_it_cannot_enforce() -> None:
    """Whoever runs it learns how members get a role, and where the database's guard ends."""
    plan = grant_statements("postgresql", schema="AMX")
    assert 'GRANT "amx_viewer" TO "alice"' in plan.notes[0]
    assert sum(note.startswith("Not enforced") for note in plan.notes) == 3
    assert all(f"-- {note}" in plan.script for note in plan.notes)


async def test_a_viewer_works_in_a_store_of_amx_cli(
    amx_cli_store: PostgresHost, role_names: RoleNames
) -> None:
    """In the other layout, too, viewers register and change no page; writers add sources by number."""
    plan = grant_statements("postgresql", schema="AMX", roles=role_names, layout="amx_cli")
    _run_script(amx_cli_store, plan.script)
    viewer, writer = _member(amx_cli_store, role_names.viewer), _member(amx_cli_store, role_names.writer)
    async with connected(viewer) as database:
        store = await open_store(database, schema="AMX")
        member = await store.members.register(Identity("newcomer", "laptop"), "0.1.0")
        checks = await verify_store(database, schema="AMX")
    assert member.role == "viewer"
    assert [check for check in checks if check.state == "failed"] == []
    assert _is_denied(viewer, "UPDATE \"AMX\".documentation_pages SET title = 'x'")
    assert _is_denied(viewer, "UPDATE \"AMX\"._amx_users SET role = 'admin'")
    assert not _is_denied(writer, 'UPDATE "AMX".documentation_pages SET title = title')
    assert not _is_denied(
        writer,
        'INSERT INTO "AMX".documentation_page_assets (page_id, asset_kind, asset_ref, included)'
        " SELECT id, 'table', 'x', 1 FROM \"AMX\".documentation_pages LIMIT 1",
    )


async def test_the_documentations_grant_is_what_is_printed(postgres_host: PostgresHost) -> None:
    """The line of the troubleshooting table, quoted as PostgreSQL needs it; and it works."""
    tables = ("amx_history_runs", "amx_history_results")
    line = missing_grant("postgresql", schema="AMX", tables=tables, privileges=("INSERT", "UPDATE"))
    assert line == (
        'GRANT INSERT, UPDATE ON "AMX".amx_history_runs, "AMX".amx_history_results TO <member-role>;'
    )
    async with connected(postgres_host) as database:
        await enable(database, "AMX")
    member = postgres_host.login(
        'GRANT USAGE ON SCHEMA "AMX" TO {user}', 'GRANT SELECT ON ALL TABLES IN SCHEMA "AMX" TO {user}'
    )
    sql = "UPDATE \"AMX\".amx_history_results SET evaluation = 'accepted'"
    assert _is_denied(member, sql)
    user = str(member.values["user"])
    postgres_host.admin_execute(
        missing_grant("postgresql", schema="AMX", tables=tables, privileges=("INSERT", "UPDATE"), user=user)
    )
    assert not _is_denied(member, sql)


def test_mysql_gets_one_grant_a_table_and_a_quoted_account() -> None:
    """MySQL grants on one table at a time, to a user at a host."""
    line = missing_grant(
        "mysql", schema="A`X", tables=("r", "s"), privileges=("INSERT",), user="o'hara@10.0.%"
    )
    assert line == (
        "GRANT INSERT ON `A``X`.r TO 'o''hara'@'10.0.%'; GRANT INSERT ON `A``X`.s TO 'o''hara'@'10.0.%';"
    )


@pytest.mark.parametrize(
    ("backend", "reason"),
    [("sqlite", "no users"), ("snowflake", "not written yet"), ("duckdb", "row-level UPDATE")],
)
def test_a_backend_whose_rights_are_not_known_is_refused(backend: str, reason: str) -> None:
    """Rather than printing what might not hold."""
    with pytest.raises(UnsupportedHostError, match=reason):
        grant_statements(backend, schema="AMX")


async def test_a_user_without_the_schema_cannot_open_the_store(postgres_host: PostgresHost) -> None:
    """Before any GRANT nothing can be read, and the error is one of rights."""
    async with connected(postgres_host) as database:
        await enable(database, "AMX")
    async with connected(postgres_host.login()) as database:
        with pytest.raises(PermissionDeniedError, match="may not look into"):
            await open_store(database, schema="AMX")
