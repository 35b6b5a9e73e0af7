"""Every verb of this program, on a store that the real amx-cli made and filled; then amx-cli reads it all."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from amx_tui.domain.errors import AmxError
from amx_tui.services.commands import json_text
from amx_tui.services.grammar import parse
from amx_tui.services.grammar.verbs import VERBS
from amx_tui.services.workspace import Workspace
from tests.interop.client import RealClient
from tests.interop.filling import ALICE, BOB
from tests.interop.judging import canvas_rows, misfits
from tests.interop.ours import at_work, describe_team, run_of, verb
from tests.servers import PostgresHost

pytestmark = [pytest.mark.interop, pytest.mark.postgresql]

_LINES = """
    config show
    config path
    config reload
    db-profiles
    add-db-profile spare --backend mysql --set host=db --set user=u --set database=shop --password-env SPARE
    edit-db-profile spare --set port=3307 --unset database
    remove-db-profile spare --yes
    connect team
    inspect team
    history-store status
    history-store dump-ddl --profile team
    history-store grants
    history-store verify
    history-store disable
    history-store enable --profile team --schema AMX --layout amx-cli --yes
    history list --limit all
    history list --who bob --scope sales.customer --status success --since 7d --text customer --sort who
    history show {mine} --table sales.customer --status custom
    history show #1@alice-laptop --full
    history show {mine} --hash
    history compare {mine} {bobs} --filter sales.customer --format md --output {folder}/compared.md
    analyze review {bobs} --strategy accept-all --dry-run
    analyze review {bobs} --strategy accept-all-high --yes
    history review {mine} --strategy reject-all --yes
    apply {mine} --profile team --dry-run
    apply {mine} --profile team --on-conflict overwrite --yes
    apply {mine} --profile team --undo --on-conflict skip --yes
    apply {bobs} --profile team --on-conflict overwrite --yes
    pages new --title Ours --file {folder}/one.md --publish --profile team --asset sales.customer --note first
    pages new --title Unscoped --file {folder}/one.md --asset sales.customer.c_id
    pages list --status all --text our --who alice --sort title
    pages show ours
    pages edit ours --file {folder}/two.md --version 1 --note second
    pages rename ours "Still ours" --version 2
    pages unpublish ours
    pages publish ours
    pages attach ours --asset sales.customer.c_id --asset sales
    pages detach ours --asset sales.customer
    pages versions ours
    pages blame ours
    pages diff ours 1 2
    pages restore ours --to 1
    pages export ours --output {folder}/ours.html
    pages edit customer-360 --file {folder}/two.md --version 1
    pages delete orders
    pages restore orders
    pages delete orders
    admin members
    admin promote bob --yes
    admin promote carla --role admin --yes
    admin demote carla --role writer --yes
    admin revoke eve --yes
    admin restore eve --yes
    admin revoke eve --yes
    admin audit --actor alice --action revoke --target eve --since 1h
    admin sessions --who alice
    doctor
    doctor --offline
    doctor --store
    doctor --store --dry-run
    doctor --store --mend --yes
    doctor --store --undo {undo} --yes
    doctor --store --mend --yes
    demo --keep {folder}/demo --no-open
"""
_WITHOUT_AN_ADMIN = "admin claim --yes"


def _lines() -> list[str]:
    return [line.strip() for line in _LINES.splitlines() if line.strip()]


def test_no_verb_is_left_out() -> None:
    """A new verb needs a line here: what it does to a store of amx-cli is to be known."""
    driven = {parse(shlex.split(line)).path for line in (*_lines(), _WITHOUT_AN_ADMIN)}
    assert {verb.path for verb in VERBS} == driven


async def test_every_verb_works_and_the_real_client_reads_what_it_left(
    team: PostgresHost,
    tmp_path: Path,
    start_client: Callable[..., RealClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Runs, results and evaluations, pages with body and version, members and roles, canvases."""
    describe_team(team)
    monkeypatch.setenv("SPARE", "secret")
    for name, text in (("one", "# One\n"), ("two", "# Two\n")):
        (tmp_path / f"{name}.md").write_text(text, encoding="utf-8")
    mine, bobs = run_of(team, ALICE, "ready_for_review"), run_of(team, BOB, "success")
    canvases = canvas_rows(team)
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        drawn = alice("here.canvases")
        async with at_work(tmp_path, team, ALICE) as workspace:
            words = {"mine": mine, "bobs": bobs, "folder": str(tmp_path), "undo": ""}
            for line in _lines():
                await _drive(workspace, line, words)
            await _claim(workspace, team, words)
        _read_history(alice, mine, bobs)
        _read_pages(alice)
        _read_members(alice)
        assert alice("here.canvases") == drawn
        assert len(drawn[0][1]) == 2
        assert misfits(team, alice) == []
    assert canvas_rows(team) == canvases
    assert team.sync_execute('SELECT schema_version FROM "AMX".schema_meta') == [(7,)]


async def _drive(workspace: Workspace, line: str, words: dict[str, str]) -> None:
    """Do what a line says, and keep the name of the undo file that it made."""
    filled = line.format_map(words)
    try:
        report = await verb(workspace, filled)
    except AmxError as error:
        raise AssertionError(f"{filled}: {error.message} {error.hint}") from error
    assert report.exit_status == 0, f"{filled}: {report.data}"
    assert json_text(report.data)
    if isinstance(report.data, Mapping) and report.data.get("undo"):
        words["undo"] = str(report.data["undo"])


async def _claim(workspace: Workspace, team: PostgresHost, words: dict[str, str]) -> None:
    """Become admin of a store that has lost its own; refused while there is one."""
    with pytest.raises(AmxError) as refused:
        await verb(workspace, _WITHOUT_AN_ADMIN)
    assert refused.value.exit_status == 4
    team.sync_execute("UPDATE \"AMX\"._amx_users SET role = 'viewer' WHERE role = 'admin'")
    await _drive(workspace, _WITHOUT_AN_ADMIN, words)


def _read_history(alice: RealClient, mine: str, bobs: str) -> None:
    listed = {each["id"]: each for each in alice("shared.list_runs_with_result_counts")}
    assert (listed[mine]["pending_count"], listed[bobs]["pending_count"]) == (0, 0)
    assert (listed[mine]["applied_count"], listed[bobs]["applied_count"]) == (0, 2)
    assert listed[bobs]["status"] == "success"
    evaluated = {each["column_name"]: each["evaluation"] for each in alice("shared.get_run_results", mine)}
    assert evaluated == {None: "accepted", "c_id": "custom", "c_name": "skipped", "c_mail": "skipped"}
    for each in alice("shared.get_run_results", bobs):
        assert (each["evaluation"], each["db_applied_status"]) == ("accepted", "applied")
        assert each["chosen_description"] == each["alternatives_json"][0]
    # What teammates have is copied into its own file, with all that was decided here.
    assert alice("here.pull")["analysis_runs"] >= 2


def _read_pages(alice: RealClient) -> None:
    pages: dict[str, Any] = {each["slug"]: each for each in alice("shared.list_documentation_pages")}
    ours = pages["ours"]
    # Its versions hold texts alone, so the title stays as it was when an older one is restored.
    assert (ours["title"], ours["markdown_body"]) == ("Still ours", "# One\n")
    assert (ours["version"], ours["status"], ours["db_profile"]) == (6, "published", "team")
    assert (pages["customer-360"]["markdown_body"], pages["customer-360"]["version"]) == ("# Two\n", 2)
    assert (pages["orders"]["status"], pages["orders"]["version"]) == ("deleted", 4)


def _read_members(alice: RealClient) -> None:
    roles = {each["username"]: each["role"] for each in alice("admin.list_members")}
    assert roles == {"alice": "admin", "bob": "writer", "carla": "writer", "eve": "viewer"}
    assert {each["username"] for each in alice("admin.list_members") if each["revoked_at"]} == {"eve"}
    assert alice("admin.list_active_admins") == ["alice"]
    assert alice("admin.list_audit_events")[0]["action"] == "admin_claim"
