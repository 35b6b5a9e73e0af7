"""What a member may not do, and stores that this program may only read: said with the cure, browsed all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers import HostServer, PostgresHost
from tests.services.conftest import on_servers
from tests.store.hosts import qualified
from tests.ui.conftest import Member
from tests.ui.seat import ALICE, BOB, LARGE, LOW, NORMAL, Seat, take_seat
from tests.ui.stores import make_store, write_config
from tests.ui.writing import write_page


@on_servers
async def test_a_database_user_who_may_only_read_browses_and_is_told_the_grant(
    lead_home: Path, host: HostServer, tmp_path: Path
) -> None:
    """The status line says read-only, a message says which GRANT is missing, and history and runs are there."""
    grants = {
        "postgresql": (
            'GRANT USAGE ON SCHEMA "{schema}" TO {user}',
            'GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO {user}',
        ),
        "mysql": ("GRANT SELECT ON `{schema}`.* TO {user}", "GRANT SELECT ON `{database}`.* TO {user}"),
    }
    reader = host.login(*grants[host.backend])
    home = write_config(tmp_path / "bob", reader)
    async with take_seat(home, BOB, size=LARGE) as seat:
        assert "● shared" in seat.status
        assert "read-only" in seat.status
        assert "GRANT INSERT, UPDATE" in seat.said
        await seat.sees("GRANT INSERT")
        assert [run.created_by for run in seat.history.runs.rows] == ["alice@acme.com"]
        await seat.press("enter")
        await seat.sees("▾ sales.customer", "One row per customer.")
    async with take_seat(home, BOB, size=LARGE) as seat:
        assert "read-only" in seat.status
        assert "GRANT INSERT, UPDATE" in seat.said
        assert "GRANT" not in seat.text, "what lasts is not said over the list at every start"


async def test_a_store_of_a_newer_program_is_read_only_and_names_its_version(
    lead_home: Path, host: HostServer
) -> None:
    """Nothing is written to it; what it holds is shown."""
    host.sync_execute(f"UPDATE {qualified(host, '_amx_schema_meta')} SET schema_version = 99")
    async with take_seat(lead_home, size=NORMAL) as seat:
        assert "read-only" in seat.status
        assert "99" in seat.said
        assert "pip install --upgrade amx-tui" in seat.said
        assert len(seat.run_ids) == 1
        await seat.sees("schema version 99")
    async with take_seat(lead_home, size=NORMAL) as seat:
        assert "read-only" in seat.status
        assert "99" in seat.said
        assert "99" not in seat.text


@pytest.mark.postgresql
@pytest.mark.parametrize("size", [LARGE, LOW])
async def test_a_schema_in_another_case_is_answered_with_the_key_to_set(
    postgres_host: PostgresHost, tmp_path: Path, size: tuple[int, int]
) -> None:
    """The lead made AMX, this member asks for amx: local rows, and the line for config.yml; set, it works."""
    await make_store(tmp_path / "lead", postgres_host)
    home = write_config(tmp_path / "bob", postgres_host, schema="amx")
    async with take_seat(home, BOB, size=size) as seat:
        assert "⚠ offline" in seat.status
        assert "history_store_schema: AMX" in seat.said
        write_config(home, postgres_host)
        await seat.command("config reload")
        await seat.press("escape")
        assert "● shared" in seat.status


@on_servers
async def test_a_wrong_password_is_said_and_never_shown(member: Member) -> None:
    """The login is refused: offline, with the reason; the password is nowhere on the screen or in the log."""
    async with take_seat(member("bob", password="hunter2-is-wrong"), BOB, size=LARGE) as seat:
        assert "⚠ offline" in seat.status
        assert "warning: Offline: " in seat.said
        for line in ("config show", "db-profiles", "doctor"):
            await seat.command(line)
            assert "hunter2" not in seat.text
            await seat.press("escape")
        await seat.press("L")
        assert "hunter2" not in seat.text + seat.said


async def test_a_revoked_member_is_told_and_sees_nothing_anywhere(
    lead_home: Path, member: Member, host: HostServer
) -> None:
    """No screen and no command shows a row, a name or a number of the team; the next start is no other."""
    home = member("bob")
    await write_page(lead_home, "Secret page", identity=ALICE)
    async with take_seat(home, BOB) as seat:
        assert seat.status.endswith("bob@acme.com (viewer)")
        (run_id,) = seat.run_ids
    host.sync_execute(
        f"UPDATE {qualified(host, '_amx_users')} SET revoked_at = '2026-05-01 12:00:00' "
        "WHERE username = 'bob@acme.com'"
    )
    for _ in range(2):
        async with take_seat(home, BOB, size=LARGE) as seat:
            await seat.sees("bob@acme.com@bob-thinkpad was revoked")
            for way in ("1", "2", "5", "6"):
                await seat.press(way)
                sees_nothing(seat)
                assert run_id not in seat.text
            for line in (
                f"history show {run_id}",
                f"history review {run_id}",
                f"apply {run_id}",
                "history list",
                "pages list",
                "admin members",
                "admin audit",
                "admin sessions",
                "doctor",
            ):
                await seat.command(line)
                sees_nothing(seat)
                await seat.press("escape")


def sees_nothing(seat: Seat) -> None:
    """Check that nothing of the team is on the screen, but whom to ask."""
    shown = seat.flat.replace("alice@acme.com to restore you", "")
    for word in ("alice", "Secret page", "sales", "One row per"):
        assert word not in shown, seat.text
