"""`history list` and `history show` in a shell, on the demo's team."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amx_tui.domain.digest import descriptions_hash
from amx_tui.services.demo.home import make_demo
from tests.end_to_end.shell import Shell

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo's home, which the tests of this module only read."""
    home = tmp_path_factory.mktemp("team") / "demo"
    return asyncio.run(make_demo(home, now=datetime.now(UTC))).path


@pytest.fixture
def demo(demo_home: Path) -> Shell:
    """A shell in the demo's home."""
    return Shell(demo_home)


def test_the_list_is_printed_as_the_documentation_prints_it(demo: Shell) -> None:
    """run_id, who, when, scope, ok, fail and status, the newest run first, nothing but text."""
    lines = demo.done("history", "list", "--limit", "3").out.splitlines()
    assert lines[0].split() == ["run_id", "who", "when", "scope", "ok", "fail", "status"]
    row = r"run_\d{4}-\d\d-\d\d_\d\d-\d\d-\d{3}  alice@acme\.com  2 hours ago +sales +\d+ +\d+ +ready_for_review"
    assert re.fullmatch(row, lines[2])
    ages = [re.search(r"when|\d+ minutes ago|2 hours ago", line) for line in lines[:3]]
    starts = {age.start() if age else None for age in ages}
    assert len(starts) == 1
    assert "--after run_" in lines[-1]


def test_pages_follow_each_other_without_gap_in_both_directions(demo: Shell) -> None:
    """`--after` and `--before` go on where a page ended."""
    everything = [run["run_id"] for run in demo.done("history", "list", "--json").json]
    assert len(everything) == 38
    first = demo.done("history", "list", "--json", "--limit", "5")
    assert [run["run_id"] for run in first.json] == everything[:5]
    assert f"--after {everything[4]}" in first.err
    after = demo.done("history", "list", "--json", "--limit", "5", "--after", everything[4])
    assert [run["run_id"] for run in after.json] == everything[5:10]
    before = demo.done("history", "list", "--json", "--limit", "3", "--before", everything[10])
    assert [run["run_id"] for run in before.json] == everything[7:10]


def test_filters_and_orders_combine(demo: Shell) -> None:
    """who, scope, status, time and text narrow the list; --sort who groups it."""
    runs = demo.done("history", "list", "--json", "--who", "bob*", "--scope", "sales", "--since", "50d").json
    assert runs
    assert {run["created_by"] for run in runs} == {"bob@acme.com"}
    assert all("sales" in run["scope_json"] for run in runs)
    failed = demo.done("history", "list", "--json", "--status", "failed").json
    assert {run["status"] for run in failed} == {"failed"}
    assert demo.done("history", "list", "--until", "2000-01-01").out == "No run matches.\n"
    sorted_runs = demo.done("history", "list", "--json", "--sort", "who", "--limit", "all").json
    assert [run["created_by"] for run in sorted_runs] == sorted(run["created_by"] for run in sorted_runs)


def test_a_run_is_shown_whole_and_its_hash_is_that_of_what_is_shown(demo: Shell) -> None:
    """The JSON document holds every result; the hash can be computed from it by the rule of the design."""
    run_id = demo.done("history", "list", "--json", "--scope", "finance", "--limit", "2").json[1]["run_id"]
    run = demo.done("history", "show", run_id, "--json").json
    assert run["run_id"] == run_id
    assert len(run["results"]) == run["ok_count"] + run["fail_count"]
    assert run["tokens_json"]["total_tokens"] > 0
    pairs = {}
    for result in run["results"]:
        if result["superseded_at"]:
            continue
        drafts = result["alternatives_json"]
        chosen = result["chosen_description"] or None
        pairs[result["target_qname"]] = chosen if result["evaluation"] else (drafts or [None])[0]
    digest = descriptions_hash(pairs.items())
    assert demo.done("history", "show", run_id, "--hash").out == f"{digest}\n"
    assert demo.done("history", "show", run_id, "--hash", "--json").json == {
        "run_id": run_id,
        "sha256": digest,
    }


def test_people_see_a_runs_facts_and_its_results_by_table(demo: Shell) -> None:
    """Facts first, then settings and tokens, then a table for each table, each result with its decision."""
    run_id = demo.done("history", "list", "--json", "--scope", "sales.customer", "--limit", "3").json[-1][
        "run_id"
    ]
    out = demo.done("history", "show", run_id).out
    assert re.search(r"^who +bob@acme\.com on bob-thinkpad$", out, re.M)
    assert re.search(r"^temperature +0\.2$", out, re.M)
    assert re.search(r"^total_tokens +\d+$", out, re.M)
    assert out.index("sales.customer\n") < out.index("sales.customer_address\n")
    assert re.search(r"^c_last_name +[✓✎✗○] \w+.* +Surname of the customer", out, re.M)
    assert re.search(r"^x_legacy_status +○ pending +low +\(failed\) ", out, re.M)


def test_results_can_be_narrowed_and_read_in_full(demo: Shell) -> None:
    """--table and --status filter; --full shows every alternative and the reasoning."""
    run_id = demo.done("history", "list", "--json", "--limit", "2").json[1]["run_id"]
    one = demo.done("history", "show", run_id, "--table", "sales.orders.o_status", "--json").json
    assert [result["target_qname"] for result in one["results"]] == ["sales.orders.o_status"]
    pending = demo.done("history", "show", run_id, "--status", "pending", "--json").json
    assert {result["evaluation"] for result in pending["results"]} == {None}
    out = demo.done("history", "show", run_id, "--table", "sales.orders.o_status", "--full").out
    assert "draft 1" in out
    assert "reasoning" in out
    assert one["results"][0]["reasoning"] in out


def test_a_run_is_found_by_the_beginning_of_its_id(demo: Shell) -> None:
    """What is unique is enough; what is not is answered with candidates."""
    runs = demo.done("history", "list", "--json").json
    assert demo.done("history", "show", runs[0]["run_id"][:-2], "--hash").out
    answer = demo.run("history", "show", "run_")
    assert answer.status == 1
    assert answer.out == ""
    assert answer.err.startswith("amx-tui: ")
    assert "hint: " in answer.err


def test_what_goes_wrong_is_said_on_stderr(demo: Shell) -> None:
    """A line and a hint on stderr, nothing on stdout."""
    answer = demo.run("history", "show", "run_1999")
    assert (answer.status, answer.out) == (1, "")
    assert re.match(r"amx-tui: .*run_1999.*\nhint: .+\n\Z", answer.err)


def test_output_to_a_pipe_is_utf8_without_colour_whatever_the_locale(demo: Shell) -> None:
    """A C locale and a colourful terminal change nothing."""
    answer = demo.done(
        "history", "show", _newest(demo), LC_ALL="C", LANG="C", PYTHONUTF8="0", FORCE_COLOR="1"
    )
    assert "✓ accepted" in answer.out
    assert "\x1b" not in answer.out


def _newest(demo: Shell) -> str:
    run_id: str = demo.done("history", "list", "--json", "--limit", "2").json[1]["run_id"]
    return run_id


def test_a_list_imports_neither_the_screens_nor_a_foreign_driver(demo: Shell) -> None:
    """`history list --json` starts without textual, rich, keyring and the drivers of other backends."""
    code = (
        "import sys; from amx_tui.cli.main import main;"
        "status = main(['history', 'list', '--json', '--limit', 'all']);"
        "print(status, *sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=demo.environ, cwd=ROOT, capture_output=True, text=True, check=True
    )
    status, *modules = done.stderr.split()
    assert status == "0"
    assert "sqlalchemy" in modules
    assert not {"textual", "rich", "keyring", "psycopg", "aiomysql", "argparse"} & set(modules)


def test_a_reader_that_goes_away_is_no_error(demo: Shell) -> None:
    """`amx-tui history list | head -1` says nothing on stderr."""
    with subprocess.Popen(
        [*demo.command, "history", "show", _newest(demo), "--full"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=demo.environ,
        cwd=ROOT,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read()
    assert said == b""
    assert process.returncode == 141


def test_an_empty_store_says_so(tmp_path: Path) -> None:
    """A first `history list` tells what will appear, and --json is an empty list."""
    shell = Shell(tmp_path / "new", user="dora")
    assert shell.done("history", "list").out.startswith("There are no runs yet.")
    assert shell.done("history", "list", "--json").json == []
    assert os.stat(tmp_path / "new" / "history.db").st_mode & 0o077 == 0
