"""`apply` in a shell: a look before, conflicts, the way back, and who may."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from amx_tui.services.workspace import Workspace
from tests.end_to_end.shell import Shell
from tests.servers import PostgresHost, SqliteHost
from tests.services.applying import accepted, comment, comments_in, described, record
from tests.ui.seat import ALICE, load_home

COLUMNS = ("c_first", "c_last", "c_email")
NAMES = [f"main.customer.{column}" for column in COLUMNS]
BY_HAND = "Typed by hand."


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Return alice's shell on a local history."""
    return Shell(tmp_path / "home", user=ALICE.username)


@pytest.fixture
def run_id(shell: Shell, tmp_path: Path) -> str:
    """Return the id of alice's run of three descriptions."""

    async def make() -> str:
        workspace = load_home(shell.home)
        made = await _make_run(workspace, tmp_path)
        await workspace.close()
        return made

    return asyncio.run(make())


async def _make_run(workspace: Workspace, folder: Path) -> str:
    """Record three descriptions, the last of which meets a comment written by hand."""
    await described(workspace, SqliteHost(folder / "dwh.db"), *COLUMNS)
    await workspace.connect()
    await workspace.register()
    await comment(workspace, {NAMES[2]: BY_HAND})
    return await record(workspace, *(accepted(name, f"Text of {name}.") for name in NAMES))


def _comments(shell: Shell) -> list[str]:
    return asyncio.run(comments_in(load_home(shell.home), *NAMES))


def test_a_dry_run_shows_what_would_be_written_and_writes_nothing(shell: Shell, run_id: str) -> None:
    """The database is named, and each comment with its state, the old text and the new one."""
    told = shell.done("apply", run_id, "--dry-run")
    assert "dwh.db (SQLite" in told.out
    assert "+ to write" in told.out
    assert "⚠ conflict" in told.out
    assert BY_HAND in told.out
    document = shell.done("apply", run_id, "--dry-run", "--json").json
    assert document["dry_run"] is True
    assert document["counts"]["to_write"] == 2
    assert document["counts"]["without_choice"] == 1
    assert [(each["target_qname"], each["state"]) for each in document["comments"]] == [
        (NAMES[2], "conflict"),
        (NAMES[0], "write"),
        (NAMES[1], "write"),
    ]
    assert _comments(shell) == ["", "", BY_HAND]
    assert shell.done("history", "show", run_id, "--json").json["applied_count"] == 0


def test_conflicts_without_a_choice_end_with_3_and_nothing_is_written(shell: Shell, run_id: str) -> None:
    """What to add is said; the document has both texts of each conflict."""
    answer = shell.run("apply", run_id, "--yes")
    assert answer.status == 3
    assert "--on-conflict skip" in answer.out
    answer = shell.run("apply", run_id, "--yes", "--json")
    assert answer.status == 3
    (conflict,) = [each for each in answer.json["comments"] if each["state"] == "conflict"]
    assert (conflict["old_comment"], conflict["new_comment"]) == (BY_HAND, f"Text of {NAMES[2]}.")
    assert (conflict["choice"], conflict["status"]) == (None, None)
    assert _comments(shell) == ["", "", BY_HAND]


def test_what_is_skipped_stays_and_what_is_overwritten_comes_back(shell: Shell, run_id: str) -> None:
    """`skip` keeps theirs, `overwrite` writes ours, and `--undo` restores what was there before."""
    texts = [f"Text of {name}." for name in NAMES]
    skipped = shell.done("apply", run_id, "--on-conflict", "skip", "--yes")
    assert "2 written." in skipped.out
    assert _comments(shell) == [*texts[:2], BY_HAND]
    overwritten = shell.done("apply", run_id, "--on-conflict", "overwrite", "--yes", "--json").json
    assert {each["target_qname"]: each["status"] for each in overwritten["comments"]} == {
        NAMES[0]: None,
        NAMES[1]: None,
        NAMES[2]: "written",
    }
    assert _comments(shell) == texts
    nothing = shell.done("apply", run_id, "--yes")
    assert "There is nothing to write." in nothing.out
    applications = shell.done("history", "show", run_id, "--json").json["applications"]
    assert {each["status"] for each in applications} == {"applied"}
    undone = shell.done("apply", run_id, "--undo", "--yes")
    assert "3 restored." in undone.out
    assert _comments(shell) == ["", "", BY_HAND]


def test_only_a_part_is_written_where_a_part_is_named(shell: Shell, run_id: str) -> None:
    """`--table` names a schema, a table or a column."""
    shell.done("apply", run_id, "--table", NAMES[0], "--yes")
    assert _comments(shell) == [f"Text of {NAMES[0]}.", "", BY_HAND]


def test_nobody_agrees_for_a_script(shell: Shell, run_id: str) -> None:
    """Without a terminal, writing needs to be agreed to in the command."""
    answer = shell.run("apply", run_id, "--on-conflict", "skip")
    assert answer.status == 2
    assert "--yes" in answer.err
    assert shell.run("apply", "run_nope", "--yes").status == 1
    assert _comments(shell) == ["", "", BY_HAND]


def test_a_viewer_looks_and_may_not_write(tmp_path: Path, postgres_host: PostgresHost) -> None:
    """Whoever is new to a team is a viewer: a dry run says why not, and writing ends with 4."""
    home = tmp_path / "home"

    async def make() -> str:
        workspace = load_home(home)
        await workspace.profiles.save("prod", postgres_host.backend, postgres_host.values)
        await workspace.history_store.enable(await workspace.history_store.plan("prod", "AMX"))
        run_id = await _make_run(workspace, tmp_path)
        await workspace.close()
        return run_id

    run_id = asyncio.run(make())
    bob = Shell(home, user="bob@acme.com")
    dry = bob.done("apply", run_id, "--dry-run", "--json").json
    assert "viewer" in dry["refusal"]
    assert dry["counts"]["to_write"] == 2
    answer = bob.run("apply", run_id, "--on-conflict", "skip", "--yes")
    assert answer.status == 4
    assert "viewer" in answer.err
    assert _comments(bob) == ["", "", BY_HAND]
