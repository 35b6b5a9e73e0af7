"""What this program writes into the real amx-cli's store, read back by amx-cli's own classes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from amx_tui import __version__
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.results import Alternative
from amx_tui.domain.scope import Scope
from amx_tui.services.workspace import Workspace
from tests.interop.client import RealClient
from tests.interop.filling import ALICE, BOB, CARLA, EVE, suggestion
from tests.interop.ours import CUSTOMER_PAGE, at_work, describe_team, promote, rows_of, run_of, verb
from tests.servers import PostgresHost
from tests.ui.reviewing import reviewed, saved, shown
from tests.ui.seat import take_seat

pytestmark = [pytest.mark.interop, pytest.mark.postgresql]

Start = Callable[..., RealClient]


@pytest.fixture
def their_home(tmp_path: Path) -> Path:
    """Return the config directory of amx-cli on alice's machine."""
    return tmp_path / "theirs"


async def test_decisions_made_here_are_what_amx_cli_reads(
    team: PostgresHost, tmp_path: Path, start_client: Start, their_home: Path
) -> None:
    """Rejected by keys, accepted by a strategy: values, times, reasons, and who decided as an event."""
    promote(team, BOB)
    mine, bobs = run_of(team, ALICE, "ready_for_review"), run_of(team, BOB, "success")
    async with at_work(tmp_path, team, BOB) as workspace:
        strategy = await verb(workspace, f"history review {bobs} --strategy accept-all --yes")
        assert strategy.exit_status == 0
        home, identity = workspace.home, workspace.identity
    async with take_seat(home, identity) as seat:
        await reviewed(seat, mine)
        await seat.until(lambda: shown(seat) == "sales.customer.c_mail", "the undecided asset")
        await seat.press("x")
        await seat.enter_text("too vague")
        await seat.press("enter")
        await saved(seat)
    with start_client(their_home, team, *ALICE) as alice:
        read = {each["column_name"]: each for each in alice("shared.get_run_results", mine)}
        rejected = read["c_mail"]
        assert (rejected["evaluation"], rejected["chosen_description"]) == ("skipped", "")
        assert rejected["rejection_reason"] == "too vague"
        assert datetime.fromisoformat(rejected["evaluated_at"]).tzinfo is not None
        assert alice("shared.get_run_results", mine, unevaluated_only=True) == []
        for each in alice("shared.get_run_results", bobs):
            assert (each["evaluation"], each["chosen_description"]) == (
                "accepted",
                each["alternatives_json"][0],
            )
        counted = {each["id"]: each for each in alice("shared.list_runs_with_result_counts")}
        assert (counted[mine]["pending_count"], counted[bobs]["pending_count"]) == (0, 0)
        events = alice("shared.list_recent_events", limit=100)
        assert {(each["event_type"], each["created_by"]) for each in events} == {("review.decision", "bob")}


async def test_an_application_made_here_is_what_amx_cli_reads(
    team: PostgresHost, tmp_path: Path, start_client: Start, their_home: Path
) -> None:
    """Counts, statuses and times of run and results; taken back, they are as they were."""
    describe_team(team)
    promote(team, BOB)
    mine = run_of(team, ALICE, "ready_for_review")
    with start_client(their_home, team, *ALICE) as alice:
        async with at_work(tmp_path, team, BOB) as workspace:
            report = await verb(workspace, f"apply {mine} --profile team --yes --on-conflict overwrite")
            assert report.exit_status == 0, report.data
            run = alice("shared.get_run", mine)
            assert (run["applied_count"], run["status"]) == (2, "applied_partial")
            read = {each["column_name"]: each for each in alice("shared.get_run_results", mine)}
            assert {name: each["db_applied_status"] for name, each in read.items()} == {
                None: "applied", "c_id": "applied", "c_mail": "", "c_name": "",
            }  # fmt: skip
            assert read["c_id"]["applied_at"]
            assert read["c_id"]["rejection_reason"] == ""
            # amx-cli applies the rest itself, and counts on.
            alice(
                "shared.record_evaluation",
                read["c_mail"]["id"],
                chosen_description="The e-mail address.",
                evaluation="accepted",
            )
            alice("shared.record_applied", read["c_mail"]["id"], chosen_description="The e-mail address.")
            alice("shared.increment_run_applied", mine)
            undone = await verb(workspace, f"apply {mine} --profile team --undo --yes --on-conflict skip")
            assert undone.exit_status == 0, undone.data
        read = {each["column_name"]: each for each in alice("shared.get_run_results", mine)}
        assert [read[name]["db_applied_status"] for name in (None, "c_id", "c_mail")] == ["", "", "applied"]
        assert read["c_id"]["applied_at"] is None
        assert alice("shared.get_run", mine)["applied_count"] == 1


async def test_pages_made_and_changed_here_are_what_amx_cli_reads_and_saves(
    team: PostgresHost, tmp_path: Path, start_client: Start, their_home: Path
) -> None:
    """Body, status and version; it can save them in its turn, and its second save of an old version is refused."""
    promote(team, BOB)
    text = tmp_path / "page.md"
    with start_client(their_home, team, *ALICE) as alice:
        async with at_work(tmp_path, team, BOB) as workspace:
            text.write_text("# Ours\n", encoding="utf-8")
            await verb(workspace, f"pages edit {CUSTOMER_PAGE} --file {text} --version 1")
            await verb(workspace, f"pages new --title Orders --file {text} --publish --profile team")
            await verb(workspace, "pages delete orders")
            read = {each["slug"]: each for each in alice("shared.list_documentation_pages")}
            ours = read[CUSTOMER_PAGE]
            assert (ours["markdown_body"], ours["version"], ours["created_by"]) == ("# Ours\n", 2, "alice")
            assert (read["orders"]["status"], read["orders"]["version"]) == ("deleted", 2)
            made = read["orders-2"]
            assert (made["title"], made["status"], made["version"]) == ("Orders", "published", 1)
            assert (made["created_by"], made["hostname"], made["db_profile"]) == (
                "bob",
                "bob-thinkpad",
                "team",
            )
            assert alice("shared.find_documentation_page_by_id", made["id"]) is True
            alice(
                "shared.update_documentation_page_body",
                made["id"],
                markdown_body="# Theirs\n",
                expected_version=1,
            )
            page = await workspace.pages.get("orders-2")
            assert (page.body, page.version, page.updated_by) == ("# Theirs\n", 2, "")
            await verb(workspace, "pages restore orders-2 --to 1")
        (again,) = [each for each in alice("shared.list_documentation_pages") if each["id"] == made["id"]]
        assert (again["markdown_body"], again["version"]) == ("# Ours\n", 3)
        kept = rows_of(team, "documentation_page_versions", "page_id, version_no")
        of_made = [(row["version_no"], row["markdown_body"]) for row in kept if row["page_id"] == made["id"]]
        assert of_made == [(1, "# Ours\n"), (2, "# Theirs\n"), (3, "# Ours\n")]


async def test_members_changed_here_are_what_amx_cli_reads(
    team: PostgresHost, tmp_path: Path, start_client: Start, their_home: Path
) -> None:
    """Roles, revocations and the audit trail; amx-cli's own changes of the same members go on working."""
    with start_client(their_home, team, *ALICE) as alice:
        async with at_work(tmp_path, team, ALICE) as workspace:
            for line in ("promote bob --role writer", "promote carla --role admin", "revoke eve"):
                await verb(workspace, f"admin {line} --yes")
            members = {each["username"]: each for each in alice("admin.list_members")}
            roles = {name: each["role"] for name, each in members.items()}
            assert roles == {"alice": "admin", "bob": "writer", "carla": "admin", "eve": "viewer"}
            assert members["eve"]["revoked_at"]
            assert members["eve"]["revoked_by"] == members["alice"]["id"]
            assert alice("admin.current_role", username="bob", hostname="bob-thinkpad") == "writer"
            assert sorted(alice("admin.list_active_admins")) == ["alice", "carla"]
            actions = [each["action"] for each in alice("admin.list_audit_events")]
            assert actions[:1] == ["revoke"]
            assert set(actions) <= {"user_join", "promote_admin", "promote_writer", "revoke"}
            ids = {"actor_user_id": members["alice"]["id"], "target_user_id": members["eve"]["id"]}
            alice("admin.unrevoke_user", **ids)
            alice("admin.promote_to_admin", **ids)
            found = await workspace.members.find("eve")
            assert (found.role, found.is_active) == ("admin", True)
            await verb(workspace, "admin demote eve --role viewer --yes")
        assert alice("admin.current_role", username="eve", hostname=EVE[1]) == "viewer"
        # Whoever is new here is a member there.
        async with at_work(tmp_path, team, ("dora", "dora-vm")) as workspace:
            assert workspace.state.member is not None
        dora = alice("here.add_member", "dora", "dora-vm")
        assert (dora["role"], dora["first_seen_at"] < dora["last_seen_at"]) == ("viewer", True)
        assert len(alice("admin.list_members")) == 5


async def test_a_run_recorded_here_is_one_of_amx_clis(
    team: PostgresHost, tmp_path: Path, start_client: Start, their_home: Path
) -> None:
    """It is listed, counted, found by its scope, finished and reviewed there, and pulled into a local file."""
    async with at_work(tmp_path, team, BOB) as workspace:
        run_id = await _record(workspace)
    with start_client(their_home, team, *CARLA) as carla:
        assert run_id in {each["id"] for each in carla("shared.list_recent_runs", limit=50)}
        prior = carla(
            "shared.find_prior_runs_by_others",
            db_profile="team",
            scope={"sales": ["orders"]},
            exclude_hostname=CARLA[1],
        )
        assert [each["id"] for each in prior] == [run_id]
        (result,) = carla("shared.get_run_results", run_id)
        assert (result["alternatives_json"], result["confidence"]) == (["One row per order."], "high")
        assert (result["column_name"], result["asset_kind"], result["rejection_reason"]) == (
            None,
            "table",
            "",
        )
        pulled = carla("here.pull")
        assert pulled["analysis_runs"] == 9
        assert carla("store.list_recent_runs", limit=50, command_filter=None)
        carla("shared.update_run_status", run_id, "success")
        assert carla("here.list_outbox") == 0


async def test_nothing_written_here_changes_what_amx_cli_knows_of_the_store(
    team: PostgresHost, tmp_path: Path, start_client: Start, their_home: Path
) -> None:
    """Canvases, version and tables are untouched; its own start, which adds what is missing, adds nothing."""
    describe_team(team)
    promote(team, BOB)
    before = _shape(team)
    canvases = {name: rows_of(team, f"lineage_artifact{name}") for name in ("s", "_nodes", "_edges")}
    async with at_work(tmp_path, team, BOB) as workspace:
        mine = run_of(team, ALICE, "ready_for_review")
        await verb(workspace, f"apply {mine} --profile team --yes --on-conflict overwrite")
        await _record(workspace)
    with start_client(their_home, team, *ALICE) as alice:
        (artifact,) = alice("shared.list_lineage_artifacts")
        assert (artifact["name"], artifact["version"]) == ("Customers", 1)
        assert len(alice("shared.list_lineage_nodes", artifact_uuid=artifact["id"])) == 2
        alice("shared.update_lineage_artifact", artifact["id"], expected_version=1, canvas_meta={"zoom": 2})
        number = alice("store.create_run", **_plain_run())
        alice("store.save_run_results", number, [suggestion("c_id", "Again.")])
        assert alice("here.list_outbox") == 0
    assert _shape(team) == before
    assert {name: rows_of(team, f"lineage_artifact{name}") for name in ("_nodes", "_edges")} == {
        name: canvases[name] for name in ("_nodes", "_edges")
    }
    assert team.sync_execute('SELECT schema_version FROM "AMX".schema_meta') == [(7,)]


async def _record(workspace: Workspace) -> str:
    result = NewResult(
        schema_name="sales",
        table_name="orders",
        column_name="",
        confidence="high",
        reasoning="The name says so.",
        model_version="gpt-4o",
        alternatives=(Alternative("One row per order."),),
    )
    run = NewRun(
        started_at=datetime.now(UTC),
        status="ready_for_review",
        command="analyze.run",
        db_profile="team",
        db_backend="postgresql",
        scope=Scope((("sales", ("orders",)),)),
        client_version=__version__,
    )
    return await workspace.store.recorder.record(run, [result], identity=workspace.identity)


def _plain_run() -> dict[str, Any]:
    return {
        "command": "analyze.run", "mode": "batch", "db_backend": "postgresql", "db_profile": "team",
        "llm_provider": "openai", "llm_model": "gpt-4o", "scope": {"sales": ["customer"]},
    }  # fmt: skip


def _shape(team: PostgresHost) -> list[Any]:
    """Every column and index of the schema."""
    columns = team.sync_execute(
        "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
        " WHERE table_schema = 'AMX' ORDER BY 1, 2"
    )
    indexes = team.sync_execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'AMX' ORDER BY 1")
    return [*columns, *indexes]
