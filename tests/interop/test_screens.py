"""Every screen of this program, by keys, on a store that the real amx-cli made and filled; then amx-cli reads it."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import amx_tui.ui.screens
from amx_tui.domain.identity import Identity
from amx_tui.ui.screens.apply.screen import ApplyScreen
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.compare.screen import CompareScreen
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.editor.screen import EditorScreen
from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.members.screen import MembersScreen
from amx_tui.ui.screens.members.trail import AuditScreen, SessionsScreen
from amx_tui.ui.screens.merge.screen import MergeScreen
from amx_tui.ui.screens.pages.blame import BlameScreen
from amx_tui.ui.screens.pages.reader import PageScreen
from amx_tui.ui.screens.pages.screen import PagesScreen
from amx_tui.ui.screens.pages.versions import VersionsScreen
from amx_tui.ui.screens.profiles.screen import ProfilesScreen
from amx_tui.ui.screens.report.health import HealthScreen
from amx_tui.ui.screens.report.screen import ReportScreen
from amx_tui.ui.screens.review.screen import ReviewScreen
from amx_tui.ui.screens.run.screen import RunScreen
from amx_tui.ui.screens.store.screen import StoreScreen
from tests.interop.client import RealClient
from tests.interop.filling import ALICE, BOB, suggestion
from tests.interop.judging import canvas_rows, misfits
from tests.interop.ours import describe_team, home_of, rows_of, run_of
from tests.servers import PostgresHost
from tests.ui.profile_homes import make_home, profile_of
from tests.ui.reviewing import saved, shown
from tests.ui.seat import LARGE, Seat, take_seat

pytestmark = [pytest.mark.interop, pytest.mark.postgresql]

Start = Callable[..., RealClient]

DRIVEN = {
    *(HistoryScreen, RunScreen, CompareScreen, ReviewScreen, ApplyScreen),
    *(PagesScreen, PageScreen, EditorScreen, VersionsScreen, BlameScreen, MergeScreen),
    *(MembersScreen, AuditScreen, SessionsScreen, ProfilesScreen, StoreScreen, HealthScreen, ReportScreen),
}
"""The screens that the tests of this module go to."""


def test_no_screen_is_left_out() -> None:
    """A new screen needs a test here: what it does to a store of amx-cli is to be known."""
    found: set[type] = set()
    for module in pkgutil.walk_packages(amx_tui.ui.screens.__path__, "amx_tui.ui.screens."):
        for _, each in inspect.getmembers(import_module(module.name), inspect.isclass):
            if issubclass(each, BaseScreen) and "compose" in vars(each):
                found.add(each)
    missing = {screen for screen in found if not any(issubclass(driven, screen) for driven in DRIVEN)}
    assert missing == set()


@contextmanager
def _unhurt(team: PostgresHost, alice: RealClient) -> Iterator[None]:
    """Whatever is done inside leaves canvases as they are, and every row as amx-cli reads it."""
    drawn, rows = alice("here.canvases"), canvas_rows(team)
    yield
    assert (alice("here.canvases"), canvas_rows(team)) == (drawn, rows)
    assert misfits(team, alice) == []


@asynccontextmanager
async def _seated(folder: Path, team: PostgresHost) -> AsyncIterator[Seat]:
    async with take_seat(home_of(folder, team, ALICE), Identity(*ALICE), size=LARGE) as seat:
        yield seat


def _draft(alice: RealClient) -> str:
    """Let amx-cli draft a run of six assets, and return its id."""
    run_id = alice(
        "shared.create_run",
        command="analyze.run",
        mode="chat",
        db_backend="postgresql",
        db_profile="team",
        llm_provider="openai",
        llm_model="gpt-4o",
        scope={"sales": ["customer"]},
    )
    columns = ("c_id", "c_mail", "c_name", "c_phone", "c_since")
    drafts = [suggestion(name, f"First of {name}.", f"Second of {name}.") for name in columns]
    alice("shared.save_run_results", run_id, [suggestion(None, "Who buys."), *drafts])
    alice("shared.finish_run", run_id, status="ready_for_review", metrics={}, tokens={}, results={})
    return str(run_id)


async def test_a_run_is_found_compared_reviewed_and_applied(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """From the list by marks and keys; each decision and each comment is what amx-cli then reads."""
    describe_team(team)
    team.sync_execute("ALTER TABLE sales.customer ADD c_phone text, ADD c_since date")
    team.sync_execute("COMMENT ON COLUMN sales.customer.c_id IS 'Typed by hand.'")
    bobs = run_of(team, BOB, "success")
    with start_client(tmp_path / "theirs", team, *ALICE) as alice, _unhurt(team, alice):
        drafted = _draft(alice)
        async with _seated(tmp_path, team) as seat:
            await _compare(seat, bobs, drafted)
            await _review(seat, drafted)
            await _apply(seat)
        read = {each["column_name"]: each for each in alice("shared.get_run_results", drafted)}
        assert {name: (each["evaluation"], each["chosen_description"]) for name, each in read.items()} == {
            None: ("accepted", "Who buys."),
            "c_id": ("custom", "An id."),
            "c_mail": ("accepted", "Second of c_mail."),
            "c_name": ("custom", "First of c_name. As typed."),
            "c_phone": ("skipped", ""),
            "c_since": ("accepted", "First of c_since."),
        }
        assert read["c_phone"]["rejection_reason"] == "too vague"
        applied = {name: each["db_applied_status"] for name, each in read.items()}
        assert applied == {name: "" if name == "c_phone" else "applied" for name in read}
        run = alice("shared.get_run", drafted)
        assert (run["status"], run["applied_count"]) == ("success", 5)
    comments = team.sync_execute(
        "SELECT a.attname, col_description(a.attrelid, a.attnum) FROM pg_attribute a"
        " WHERE a.attrelid = 'sales.customer'::regclass AND a.attnum > 0 ORDER BY 1"
    )
    assert dict(comments) == {name: read[name]["chosen_description"] or None for name, _ in comments}


async def _compare(seat: Seat, bobs: str, drafted: str) -> None:
    """Mark both runs in the history, and settle one difference."""
    await seat.sees("#1@alice-laptop", "9 runs")
    for run_id in (bobs, drafted):
        seat.list.go_to(run_id)
        await seat.press("space")
    await seat.press("c")
    await seat.shows(CompareScreen)
    await seat.sees("One row per customer.", "Who buys.")
    row = next(row for row in seat.list.rows if getattr(row, "target_qname", "") == "sales.customer.c_id")
    seat.list.go_to(row.key)
    await seat.settled()
    await seat.press("1")
    await seat.sees("✓ Settled")
    await seat.press("u", "ctrl+r")
    await seat.sees("✓ Settled again: 1 decision.")
    await seat.press("escape")
    await seat.shows(HistoryScreen)


async def _review(seat: Seat, drafted: str) -> None:
    """From the run: accept, pick, edit, reject with a reason, take back, and decide the rest by a strategy."""
    seat.list.go_to(drafted)
    await seat.press("enter")
    await seat.shows(RunScreen)
    await seat.sees("c_since", "First of c_since.")
    await seat.press("v")
    await seat.shows(ReviewScreen)
    assert shown(seat) == "sales.customer"
    await seat.press("a")
    assert shown(seat) == "sales.customer.c_mail"  # c_id was settled in the comparison
    await seat.press("2", "e")
    await seat.enter_text(" As typed.")
    await seat.press("ctrl+s", "x")
    await seat.enter_text("vague")
    await seat.press("enter", "u")
    assert shown(seat) == "sales.customer.c_phone"
    await seat.press("x")
    await seat.enter_text("too vague")
    await seat.press("enter", "S")
    await seat.sees("Accept all of the run: 1")
    await seat.press("2")
    await saved(seat)
    await seat.press("escape")
    await seat.shows(RunScreen)


async def _apply(seat: Seat) -> None:
    """Write over what stands there by choice, take it back, and write it again."""
    await _write_comments(seat)
    await seat.press("u")
    await seat.shows(ConfirmDialog)
    await seat.press("y")
    await seat.sees("5 restored")
    await seat.press("escape")
    await seat.shows(RunScreen)
    await _write_comments(seat)


async def _write_comments(seat: Seat) -> None:
    await seat.press("a")
    await seat.shows(ApplyScreen)
    await seat.sees("+ 4 to write", "⚠ 1", "Typed by hand.")
    await seat.press("n", "2", "a")
    await seat.shows(ConfirmDialog)
    await seat.press("y")
    await seat.sees("5 written. u takes it back.")


async def test_a_page_is_written_published_attached_deleted_and_restored(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """The list, the reader, the editor, versions and blame; body, status, version and assets are what amx-cli reads."""
    with start_client(tmp_path / "theirs", team, *ALICE) as alice, _unhurt(team, alice):
        async with _seated(tmp_path, team) as seat:
            await _write_page(seat)
            await _change_page(seat)
            await _restore_page(seat)
        pages: dict[str, Any] = {each["slug"]: each for each in alice("shared.list_documentation_pages")}
        made = pages["glossary"]
        assert (made["title"], made["markdown_body"], made["status"]) == (
            "Glossary of ours",
            "Churn",
            "published",
        )
        assert (made["version"], made["created_by"], made["hostname"]) == (7, *ALICE)
        assert pages["orders"]["status"] == "deleted"
        refs = {(row["asset_kind"], row["asset_ref"]) for row in rows_of(team, "documentation_page_assets")}
        database = team.values["database"]
        assert refs == {
            ("db_table", f"team/{database}/sales/customer"),
            ("db_column", f"team/{database}/sales/customer.c_id"),
        }


async def _write_page(seat: Seat) -> None:
    """Make a page, and save it twice."""
    await seat.press("2")
    await seat.shows(PagesScreen)
    await seat.sees("Customer 360", "Orders")
    await seat.press("a")
    await seat.shows(EditorScreen)
    await seat.press("ctrl+s")
    await seat.enter_text("Glossary")
    await seat.press("enter", *"Churn", "f2")
    await seat.sees("from v1, the newest")
    await seat.press("!", "ctrl+s")
    await seat.sees("from v2, the newest", "no changes")
    await seat.press("escape")
    await seat.shows(PagesScreen)


async def _change_page(seat: Seat) -> None:
    """Rename, publish, say what it is about, delete and take back, by the keys of the list and the reader."""
    _to_page(seat, "glossary")
    await seat.press("R")
    await seat.enter_text(" of ours")
    await seat.press("enter")
    await seat.sees("Glossary of ours")
    await seat.press("enter")
    await seat.shows(PageScreen)
    await seat.sees("Churn!")
    await seat.press("A")
    await seat.enter_text("sales.customer sales.customer.c_id")
    await seat.press("enter", "enter")
    await seat.sees("about sales.customer, sales.customer.c_id")
    await seat.press("escape")
    await seat.shows(PagesScreen)
    await seat.press("x")
    await seat.shows(ConfirmDialog)
    await seat.press("y")
    await seat.misses("Glossary of ours")
    await seat.press("u")
    await seat.sees("Glossary of ours")
    _to_page(seat, "glossary")
    await seat.press("p")
    await seat.sees("v6")
    _to_page(seat, "orders")
    await seat.press("x")
    await seat.shows(ConfirmDialog)
    await seat.press("y")
    await seat.misses("Orders")


def _to_page(seat: Seat, slug: str) -> None:
    """Put the cursor on a page."""
    seat.list.go_to(next(row.page_id for row in seat.list.rows if row.slug == slug))


async def _restore_page(seat: Seat) -> None:
    """Who wrote what, what changed, and the first text once more."""
    _to_page(seat, "glossary")
    await seat.press("B")
    await seat.shows(BlameScreen)
    await seat.sees("Churn!", "alice")
    await seat.press("escape", "v")
    await seat.shows(VersionsScreen)
    await seat.sees("v6", "v1")
    await seat.press("G", "R")
    await seat.shows(ConfirmDialog)
    await seat.press("y")
    await seat.sees("version 1 restored")


async def test_members_are_changed_by_keys_and_the_trail_is_shown(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """Promoted, demoted, revoked, let in again: roles and revocations are what amx-cli reads, and its trail has all."""
    with start_client(tmp_path / "theirs", team, *ALICE) as alice, _unhurt(team, alice):
        async with _seated(tmp_path, team) as seat:
            await seat.press("5")
            await seat.shows(MembersScreen)
            await _on_member(seat, "bob-thinkpad", "p", "1", said="bob@bob-thinkpad is writer now.")
            await _on_member(seat, "carla-mac", "p", "2", said="carla@carla-mac is admin now.")
            await _on_member(seat, "carla-mac", "d", "1", said="carla@carla-mac is writer now.")
            eves = "eve-new-laptop"
            await _on_member(seat, eves, "x", *"eve", "enter", said="eve@eve-new-laptop is revoked now.")
            await _on_member(seat, eves, "x", "y", said="eve@eve-new-laptop is viewer now.")
            await _on_member(seat, eves, "x", *"eve", "enter", said="eve@eve-new-laptop is revoked now.")
            await seat.press("t")
            await seat.shows(AuditScreen)
            await seat.sees("revoked eve", "joined")
            await seat.press("escape", "s")
            await seat.shows(SessionsScreen)
            await seat.sees("carla-mac", "first seen")
        members = {each["username"]: each for each in alice("admin.list_members")}
        roles = {name: each["role"] for name, each in members.items()}
        assert roles == {"alice": "admin", "bob": "writer", "carla": "writer", "eve": "viewer"}
        assert members["eve"]["revoked_by"] == members["alice"]["id"]
        assert alice("admin.list_active_admins") == ["alice"]
        told = [each["action"] for each in alice("admin.list_audit_events", limit=6)]
        assert told == ["revoke", "unrevoke", "revoke", "demote_admin", "promote_admin", "promote_writer"]


async def _on_member(seat: Seat, hostname: str, *keys: str, said: str) -> None:
    """Put the cursor on a member, and press a key and what answers the question behind it."""
    await seat.until(lambda: any(row.hostname == hostname for row in seat.list.rows), hostname)
    member = next(row for row in seat.list.rows if row.hostname == hostname)
    seat.list.go_to(member.member_id)
    await seat.settled()
    seat.app.clear_notifications()
    await seat.press(*keys)
    await seat.sees(said)


async def test_a_store_is_left_joined_and_mended_on_its_screens(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """The wizard joins it by its layout, doctor and health look at it, the command line leads anywhere."""
    with start_client(tmp_path / "theirs", team, *ALICE) as alice, _unhurt(team, alice):
        async with _seated(tmp_path, team) as seat:
            await _rejoin(seat)
            await seat.command("doctor")
            await seat.shows(ReportScreen)
            await seat.sees("amx-cli")
            await seat.command("doctor --store")
            await seat.shows(HealthScreen)
            await seat.sees("duplicate uploads", "results without a run")
            await seat.press("m")
            await seat.shows(ConfirmDialog)
            await seat.press("y")
            await seat.sees("10 rows mended.")
            await seat.command("history list --who eve")
            await seat.shows(HistoryScreen)
            await seat.until(lambda: seat.run.created_by == "eve", "eve's runs")
        closed = [each for each in alice("shared.list_recent_runs", limit=50) if each["created_by"] == "eve"]
        assert {each["status"] for each in closed} == {"cancelled"}


async def _rejoin(seat: Seat) -> None:
    """Leave the store, and join it again from the profiles."""
    await seat.press("6")
    await seat.shows(ProfilesScreen)
    await seat.press("t")
    await seat.sees("✓")
    await seat.command("history-store")
    await seat.shows(StoreScreen)
    await seat.sees("AMX.analysis_runs / run_results")
    await seat.press("d")
    await seat.shows(ConfirmDialog)
    await seat.press("y")
    await seat.sees("✓ History store disabled")
    await seat.press("escape")
    await seat.command("history-store enable --layout amx-cli --profile team --schema AMX")
    await seat.sees("The store is there: AMX.analysis_runs / run_results", "Nothing is created.")
    await seat.press("enter")
    await seat.shows(ConfirmDialog)
    await seat.press("y")
    await seat.sees("✓ History store now points at", "You are alice@alice-laptop, admin.")


async def test_the_wizard_waits_until_amx_cli_has_made_its_store(
    postgres_host: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """It makes nothing, says who does, and joins what is there then."""
    home = make_home(tmp_path / "ours", {"team": profile_of(postgres_host)})
    async with take_seat(home, Identity(*ALICE)) as seat:
        await seat.command("history-store enable --layout amx-cli --profile team --schema AMX")
        await seat.shows(StoreScreen)
        await seat.sees("amx-cli makes that layout: run /history-store enable")
        assert postgres_host.sync_execute("SELECT 1 FROM pg_namespace WHERE nspname = 'AMX'") == []
        with start_client(tmp_path / "theirs", postgres_host, *ALICE) as alice:
            assert alice("here.who") == list(ALICE)
            await seat.press("r")
            await seat.sees("The store is there: AMX.analysis_runs / run_results", "Nothing is created.")
            await seat.press("enter")
            await seat.shows(ConfirmDialog)
            await seat.press("y")
            await seat.sees("You are alice@alice-laptop, admin.")
            assert misfits(postgres_host, alice) == []
