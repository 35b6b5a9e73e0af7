"""`history compare` in a shell: the documentation's example to the letter, and every format on the demo's team."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amx_tui.domain.identity import Identity
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.results import Alternative
from amx_tui.services.demo.home import make_demo
from amx_tui.store.opening import open_local_store
from tests.end_to_end.shell import Shell

ALICE, BOB = Identity("alice@acme.com", "lead-laptop"), Identity("bob@acme.com", "bob-thinkpad")
NEWER, OLDER = "run_2026-05-03_15-44-002", "run_2026-05-03_11-08-001"
DRAFTS = (
    ("c_first_name", "Given name of the customer.", "First name of the customer."),
    ("c_last_name", "Surname of the customer.", "Surname of the customer."),
    ("x_legacy_status", "Legacy status flag of the old ERP.", ""),
)


async def _fill(home: Path) -> None:
    """Record the two runs of the documentation's example in a local store."""
    store = await open_local_store(home)
    now = datetime.now(UTC)
    sides = ((NEWER, ALICE, timedelta(hours=2, minutes=5)), (OLDER, BOB, timedelta(days=5, hours=1)))
    for side, (run_id, who, age) in enumerate(sides):
        results = [
            NewResult(
                schema_name="sales",
                table_name="customer",
                column_name=column,
                alternatives=(Alternative(texts[side]),) if texts[side] else (),
            )
            for column, *texts in DRAFTS
        ]
        await store.recorder.record(NewRun(run_id=run_id, started_at=now - age), results, identity=who)
    await store.close()


@pytest.fixture(scope="module")
def team_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the two runs, which the tests of this module only read."""
    home = tmp_path_factory.mktemp("compared") / "amx"
    asyncio.run(_fill(home))
    return home


@pytest.fixture
def shell(team_home: Path) -> Shell:
    """A shell in that home."""
    return Shell(team_home)


def test_the_documentations_example_is_printed_as_it_stands_there(shell: Shell) -> None:
    """Columns by member and time, descriptions shortened and quoted, the status in words."""
    answer = shell.done("history", "compare", NEWER, OLDER, "--filter", "sales.customer")
    assert answer.err == ""
    assert answer.out == (
        "                                  alice (2 hr ago)        bob (5 days ago)         status\n"
        'sales.customer.c_first_name      "Given name of the …"    "First name of the …"    diff\n'
        'sales.customer.c_last_name       "Surname of the …"       "Surname of the …"       same\n'
        'sales.customer.x_legacy_status   "Legacy status flag …"   (no description)         alice added\n'
    )


def test_statuses_and_names_filter(shell: Shell) -> None:
    """One status, one column, a pattern; what matches nothing says so and is no error."""

    def names(*options: str) -> list[str]:
        document = shell.done("history", "compare", NEWER, OLDER, "--json", *options).json
        return [row["target_qname"].rpartition(".")[2] for row in document["rows"]]

    assert names("--status", "diff") == ["c_first_name"]
    assert names("--status", "same") == ["c_last_name"]
    assert names("--status", "added") == ["x_legacy_status"]
    assert names("--status", "missing") == []
    assert names("--filter", "sales.customer.c_last_name") == ["c_last_name"]
    assert names("--filter", "sales.*.c_*") == ["c_first_name", "c_last_name"]
    nothing = shell.done("history", "compare", NEWER, OLDER, "--filter", "nowhere")
    assert nothing.err == "amx-tui: No asset matches.\n"
    assert nothing.out.split() == ["alice", "(2", "hr", "ago)", "bob", "(5", "days", "ago)", "status"]


def test_every_format_is_one_document(shell: Shell, tmp_path: Path) -> None:
    """On stdout, or in the file whose name says which; `--json` is the same as `--format json`."""
    compare = ("history", "compare", NEWER, OLDER)
    rows = list(csv.reader(io.StringIO(shell.done(*compare, "--format", "csv").out)))
    assert len(rows) == 4
    assert shell.done(*compare, "--format", "md").out.startswith("# Comparison of alice (2 hr ago) and bob")
    assert "<html" in shell.done(*compare, "--format", "html").out
    by_flag, by_name = shell.done(*compare, "--json").json, shell.done(*compare, "--format", "json").json
    assert by_flag["rows"] == by_name["rows"]
    assert [side["run_id"] for side in by_flag["sides"]] == [NEWER, OLDER]
    assert by_flag["counts"]["diff"] == 1
    for name in ("c.md", "c.csv", "c.json", "c.html", "c.txt"):
        answer = shell.done(*compare, "--output", str(tmp_path / name))
        assert answer.out == ""
        assert answer.err == f"amx-tui: 3 assets written to {tmp_path / name}.\n"
    assert (tmp_path / "c.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert "alice added" in (tmp_path / "c.txt").read_text(encoding="utf-8")


def test_a_file_is_written_whole_or_not_at_all(shell: Shell, tmp_path: Path) -> None:
    """A path that cannot be written is an error that names it; what was there stays."""
    target = tmp_path / "nowhere" / "c.md"
    answer = shell.run("history", "compare", NEWER, OLDER, "--output", str(target))
    assert answer.status == 1
    assert str(target.parent) in answer.err
    assert list(tmp_path.iterdir()) == [tmp_path / "home"]


def test_what_does_not_fit_says_what_would(shell: Shell) -> None:
    """One run, an unknown status, two formats, a run that is not there."""
    assert "needs RUN" in shell.run("history", "compare", NEWER).err
    answer = shell.run("history", "compare", NEWER, OLDER, "--status", "different")
    assert answer.status == 2
    assert "same, diff, added, missing" in answer.err
    assert (
        "exclude each other" in shell.run("history", "compare", NEWER, OLDER, "--json", "--format", "md").err
    )
    missing = shell.run("history", "compare", NEWER, "run_2020-01-01_00-00-001")
    assert missing.status == 1
    assert "There is no run" in missing.err


def test_three_runs_are_a_pivot_and_a_run_against_itself_is_warned_about(shell: Shell) -> None:
    """The first is the baseline; what to know about a comparison goes to stderr."""
    three = shell.done("history", "compare", NEWER, OLDER, NEWER, "--json").json
    assert [len(row["cells"]) for row in three["rows"]] == [3, 3, 3]
    assert three["rows"][2]["status"] == "diff"
    itself = shell.done("history", "compare", OLDER, OLDER)
    assert itself.err == "amx-tui: A run is compared with itself.\n"
    assert "diff" not in itself.out


def test_the_demos_two_members_describe_a_table_differently(tmp_path: Path) -> None:
    """The demo has something worth comparing: alice's and bob's runs over sales.customer."""
    home = asyncio.run(make_demo(tmp_path / "demo", now=datetime.now(UTC))).path
    shell = Shell(home)
    runs = shell.done("history", "list", "--json", "--scope", "sales.customer", "--limit", "all").json
    alices, bobs = (
        next(run["run_id"] for run in runs if run["created_by"].startswith(who) and run["ok_count"] < 30)
        for who in ("alice", "bob")
    )
    document = shell.done("history", "compare", alices, bobs, "--filter", "sales.customer", "--json").json
    assert document["counts"]["diff"] > 5
    assert {row["status"] for row in document["rows"]} >= {"same", "diff", "left_only", "right_only"}
