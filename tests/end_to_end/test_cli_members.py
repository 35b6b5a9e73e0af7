"""`admin` in a shell: members, roles, the trail and the sessions, with exit statuses that scripts can rely on."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.shell import Answer, Shell, profile_options
from tests.servers import HostServer, SqliteHost

EVIL = "e've \x1b[31m [b]ü日本[/b]"


@pytest.fixture
def shells(sqlite_host: SqliteHost, tmp_path: Path) -> Callable[[str], Shell]:
    """Return `shells("bob")`: somebody's shell on the store that alice has made."""

    def of(name: str) -> Shell:
        home = tmp_path / f"home-{len(name)}-{name[:1]}"
        shell = Shell(home, user=name)
        if not home.exists():
            shell.done("add-db-profile", "team", *profile_options(sqlite_host))
            shell.done("history-store", "enable", "--profile", "team", "--yes")
        return shell

    of("alice@acme.com")
    return of


def add_member(host: HostServer, username: str, hostname: str, role: str = "viewer") -> None:
    """Let somebody be a member who has never been here."""
    host.sync_execute(
        "INSERT INTO _amx_users (id, username, hostname, role, first_seen_at, last_seen_at, version) "
        "SELECT %s, %s, %s, %s, first_seen_at, last_seen_at, 1 FROM _amx_users WHERE username = 'alice@acme.com'",
        [f"id-{username}-{hostname}"[:36], username, hostname, role],
    )


def refused(answer: Answer, status: int, *words: str) -> None:
    """Check an answer that is a refusal: nothing on stdout, the reason on stderr."""
    assert answer.status == status, answer.err
    assert answer.out == ""
    for word in words:
        assert word in answer.err
    assert "Traceback" not in answer.err


def test_members_are_rows_keyed_like_the_columns(
    shells: Callable[[str], Shell], sqlite_host: SqliteHost
) -> None:
    """A list of objects for scripts; for people the same name's machines under one another."""
    alice, _ = shells("alice@acme.com"), shells("bob")
    add_member(sqlite_host, "bob", "bob-old")
    add_member(sqlite_host, EVIL, "pc")
    rows = alice.done("admin", "members", "--json").json
    assert [(row["username"], row["role"]) for row in rows] == [
        ("alice@acme.com", "admin"), ("bob", "viewer"), ("bob", "viewer"), (EVIL, "viewer")
    ]  # fmt: skip
    columns = {"id", "username", "hostname", "display_name", "role", "first_seen_at", "last_seen_at"}
    assert set(rows[0]) == columns | {"client_version", "revoked_at", "version"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", rows[0]["first_seen_at"])
    told = alice.done("admin", "members").out
    assert "each machine has a role of its own" in told
    assert "\x1b" not in told
    assert alice.done("admin", "--json").json == rows


def test_roles_change_by_verbs_and_every_change_is_in_the_trail(
    shells: Callable[[str], Shell], sqlite_host: SqliteHost
) -> None:
    """Promote, demote, revoke and restore answer with the row; the trail has each, filtered by all it knows."""
    alice = shells("alice@acme.com")
    add_member(sqlite_host, "bob@acme.com", "bob-mac")
    who = "bob@acme.com@bob-mac"
    for words, role, is_active in (
        (("promote", who), "writer", True),
        (("promote", "bob@acme.com", "--role", "admin"), "admin", True),
        (("demote", who, "--role", "writer"), "writer", True),
        (("demote", who), "viewer", True),
        (("revoke", who), "viewer", False),
        (("restore", who), "viewer", True),
    ):
        row = alice.done("admin", *words, "--yes", "--json").json
        assert (row["username"], row["role"], row["revoked_at"] is None) == ("bob@acme.com", role, is_active)
    changes = ["unrevoke", "revoke", "demote_writer", "demote_admin", "promote_admin", "promote_writer"]

    def trail(*options: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = alice.done("admin", "audit", "--json", *options).json
        return rows

    rows = trail("--target", "bob@acme.com")
    assert [row["action"] for row in rows] == changes
    assert rows[-1]["details_json"] == {"old_role": "viewer", "new_role": "writer"}
    assert (rows[0]["actor_username"], rows[0]["target_hostname"]) == ("alice@acme.com", "bob-mac")
    assert {"id", "event_at", "target_resource", "target_user_id"} <= set(rows[0])
    assert [row["action"] for row in trail("--action", "revoke", "--target", who)] == ["revoke"]
    assert trail("--actor", "bob@acme.com") == []
    assert trail("--since", "2099-01-01") == trail("--until", "2020-01-01") == []
    assert len(trail("--since", "2h", "--limit", "3")) == 3
    assert len(trail("--limit", "all")) == len(changes) + 2
    told = alice.done("admin", "audit", "--action", "promote_writer").out
    assert "alice@acme.com promoted bob@acme.com on bob-mac from viewer to writer." in told
    refused(alice.run("admin", "audit", "--since", "whenever"), 2, "whenever")


def test_a_name_that_is_several_members_or_none_is_told_which_there_are(
    shells: Callable[[str], Shell], sqlite_host: SqliteHost
) -> None:
    """The host is behind the last @; a username alone has to be one member only."""
    alice = shells("alice@acme.com")
    for host in ("bob-mac", "bob-old"):
        add_member(sqlite_host, "bob@acme.com", host)
    several = alice.run("admin", "promote", "bob@acme.com", "--yes")
    refused(several, 2, "bob@acme.com is 2 members", "bob@acme.com@bob-mac, bob@acme.com@bob-old")
    assert (
        alice.done("admin", "promote", "bob@acme.com@bob-old", "--yes", "--json").json["hostname"]
        == "bob-old"
    )
    refused(alice.run("admin", "revoke", "nobody@acme.com", "--yes"), 1, "There is no member nobody@acme.com")
    refused(alice.run("admin", "revoke", "bob@acme.com@elsewhere", "--yes"), 1, "bob@acme.com@bob-mac")


def test_what_makes_no_sense_or_needs_a_yes_is_a_usage_error(
    shells: Callable[[str], Shell], sqlite_host: SqliteHost
) -> None:
    """Nothing is changed, and the hint says what to type."""
    alice = shells("alice@acme.com")
    add_member(sqlite_host, "bob", "bob-mac", "writer")
    refused(alice.run("admin", "promote", "bob", "--yes"), 2, "bob@bob-mac is that already")
    refused(alice.run("admin", "promote", "bob", "--role", "admin"), 2, "nobody is there", "--yes")
    refused(alice.run("admin", "revoke", "bob"), 2, "nobody is there", "--yes")
    refused(alice.run("admin", "promote"), 2, "WHO")
    refused(alice.run("admin", "promote", "bob", "--role", "owner", "--yes"), 2, "owner")
    shrunk = alice.run("admin", "demote", "alice@acme.com", "--role", "writer", "--yes")
    refused(shrunk, 4, "is the last active admin", "Promote somebody else to admin first.")
    refused(alice.run("admin", "revoke", "alice@acme.com", "--yes"), 4, "is the last active admin")
    refused(alice.run("admin", "restore", "bob", "--yes"), 2, "is that already")


def test_who_may_not_is_refused_with_4_and_told_whom_to_ask(shells: Callable[[str], Shell]) -> None:
    """The same sentence as on the screens; looking is free."""
    shells("alice@acme.com")
    bob = shells("bob")
    told = bob.run("admin", "promote", "bob", "--yes")
    refused(told, 4, "You are a viewer; changing members takes an admin. Ask alice@acme.com to promote you.")
    assert bob.done("admin", "members", "--json").json


def test_a_store_without_an_admin_is_claimed_once(
    shells: Callable[[str], Shell], sqlite_host: SqliteHost
) -> None:
    """By whoever asks first; the others are told whom to ask."""
    alice, bob = shells("alice@acme.com"), shells("bob")
    sqlite_host.sync_execute("UPDATE _amx_users SET role = 'viewer'")
    refused(bob.run("admin", "claim"), 2, "nobody is there", "--yes")
    assert bob.done("admin", "claim", "--yes", "--json").json["role"] == "admin"
    refused(alice.run("admin", "claim", "--yes"), 4, "Ask bob to promote you.")
    (row,) = alice.done("admin", "audit", "--action", "admin_claim", "--json").json
    assert row["actor_username"] == "bob"


def test_sessions_say_who_connected_when(shells: Callable[[str], Shell]) -> None:
    """Newest first, of everybody or of one."""
    alice, _ = shells("alice@acme.com"), shells("bob")
    rows = alice.done("admin", "sessions", "--json").json
    assert {row["username"] for row in rows} == {"alice@acme.com", "bob"}
    assert [row["event_at"] for row in rows] == sorted((row["event_at"] for row in rows), reverse=True)
    (row,) = alice.done("admin", "sessions", "--who", "bob", "--json").json
    assert (row["event_kind"], row["username"]) == ("first_seen", "bob")
    assert {"id", "hostname", "client_version", "os_platform"} <= set(row)
    assert "first_seen" in alice.done("admin", "sessions").out


def test_whoever_is_revoked_gets_nothing_of_the_store(
    shells: Callable[[str], Shell], sqlite_host: SqliteHost
) -> None:
    """Status 4, the reason, and not one row; another machine does not help, where every one that is known is out."""
    alice, bob = shells("alice@acme.com"), shells("bob")
    alice.done("admin", "revoke", "bob", "--yes")
    refused(
        bob.run("history", "list", "--json"),
        4,
        "bob@",
        "was revoked, and may not read",
        "Ask alice@acme.com to restore you",
    )
    sqlite_host.sync_execute("UPDATE _amx_users SET hostname = 'bob-before' WHERE username = 'bob'")
    refused(bob.run("history", "list", "--json"), 4, "was revoked, and may not read")
    found = sqlite_host.sync_execute("SELECT role, revoked_at IS NULL FROM _amx_users WHERE username = 'bob'")
    assert found == [("viewer", 0), ("viewer", 0)]


def test_alone_there_is_one_admin_and_nobody_to_change(tmp_path: Path) -> None:
    """The local store takes no ceremony."""
    shell = Shell(tmp_path / "home", user="alice")
    (row,) = shell.done("admin", "members", "--json").json
    assert (row["username"], row["role"]) == ("alice", "admin")
    refused(
        shell.run("admin", "demote", "alice", "--yes"), 2, "The local store has one user, who is its admin."
    )
    refused(shell.run("admin", "claim", "--yes"), 2, "The local store has one user, who is its admin.")
    assert [row["action"] for row in shell.done("admin", "audit", "--json").json] == ["user_join"]
