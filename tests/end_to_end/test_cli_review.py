"""`history review` in a shell: strategies, what they leave, and who may."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.end_to_end.shell import Shell
from tests.ui.comparing import record_pair
from tests.ui.seat import ALICE


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Return alice's shell on a local history."""
    return Shell(tmp_path / "home", user=ALICE.username)


@pytest.fixture
def run_id(shell: Shell) -> str:
    """Return the id of alice's run, with eight results, two without a draft."""
    return asyncio.run(record_pair(shell.home))[1]


def _decisions(shell: Shell, run_id: str) -> dict[str, str | None]:
    results = shell.done("history", "show", run_id, "--json").json["results"]
    return {result["target_qname"]: result["evaluation"] for result in results}


def _strategy(shell: Shell, run_id: str) -> str | None:
    strategy: str | None = shell.done("history", "show", run_id, "--json").json["review_strategy"]
    return strategy


def test_a_strategy_is_previewed_and_carried_out(shell: Shell, run_id: str) -> None:
    """A dry run changes nothing; a table is a part; what is decided already stays."""
    dry = shell.done("history", "review", run_id, "--strategy", "accept-all", "--dry-run")
    assert "accept the first alternative of 6 undecided results; left undecided: 2 without a draft" in dry.out
    assert set(_decisions(shell, run_id).values()) == {None}
    assert _strategy(shell, run_id) is None
    part = ("--table", "sales.customer", "--yes", "--json")
    done = shell.done("analyze", "review", run_id, "--strategy", "accept-all-high", *part).json
    assert (done["planned"], done["decided"], done["left_without_draft"], done["undecided"]) == (4, 4, 2, 4)
    assert done["conflicts"] == []
    assert _strategy(shell, run_id) == "accept-all-high"
    rest = shell.done("history", "review", run_id, "--strategy", "reject-all", "--yes")
    assert "4 rejected." in rest.out
    assert _strategy(shell, run_id) == "reject-all"
    decided = _decisions(shell, run_id)
    assert decided["sales.customer.c_email"] == "accepted"
    assert decided["sales.orders"] == "skipped"
    again = shell.done("history", "review", run_id, "--strategy", "reject-all", "--yes", "--json").json
    assert again["planned"] == 0


def test_what_cannot_be_done_is_refused_with_what_can(shell: Shell, run_id: str) -> None:
    """Without a terminal there is no one-by-one and nobody to say yes."""
    answer = shell.run("history", "review", run_id)
    assert answer.status == 2
    assert "--strategy accept-all-high" in answer.err
    answer = shell.run("history", "review", run_id, "--strategy", "accept-all")
    assert answer.status == 2
    assert "--yes" in answer.err
    answer = shell.run("history", "review", run_id, "--strategy", "accept-all", "--yes", "--table", "no.such")
    assert answer.status == 1
    assert "has no results of no.such" in answer.err
    assert shell.run("history", "review", "run_nope", "--strategy", "accept-all", "--yes").status == 1
