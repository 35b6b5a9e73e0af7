"""The power of one key: a review that is killed at any moment has lost nothing of what it showed."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
from pathlib import Path

import pytest

from tests.end_to_end.shell import Shell
from tests.end_to_end.terminal import Terminal
from tests.ui.comparing import ago
from tests.ui.seat import ALICE
from tests.ui.stores import drafted, record, recorded_run

COUNT = 60
KILLS = int(os.environ.get("TEST_REVIEW_KILLS", "4"))
"""How often a review is killed; twenty times and more where one wants to know."""
_SHOWN = re.compile(rf"(\d+) of {COUNT}\b|(\d+) not saved yet|(✓) saved")


def _shown(text: str) -> tuple[int, int]:
    """What the screen has said at most: how many were decided, and how many of them stored."""
    decided = unsaved = most_saved = 0
    for match in _SHOWN.finditer(text):
        count, waiting, _ = match.groups()
        if count is not None:
            decided = int(count)
        else:
            unsaved = int(waiting or 0)
        most_saved = max(most_saved, decided - unsaved)
    return decided, most_saved


def _stored(shell: Shell, run_id: str) -> int:
    results = shell.done("history", "show", run_id, "--json").json["results"]
    return sum(1 for result in results if result["evaluation"] == "accepted")


@pytest.mark.parametrize("seed", range(KILLS))
def test_nothing_that_was_shown_is_missing(tmp_path: Path, seed: int) -> None:
    """Shown as saved: it is in the store. Shown as decided: the store has it once the program was opened again."""
    home = tmp_path / "home"
    names = [f"sales.orders.c_{number:02}" for number in range(COUNT)]
    (run_id,) = asyncio.run(
        record(home, [recorded_run(ago(hours=1))], [drafted(name, f"Says {name}.") for name in names])
    )
    shell = Shell(home, user=ALICE.username)
    chance = random.Random(seed)
    moment = chance.randint(1, COUNT - 2)
    with Terminal(shell, "history", "review", run_id) as terminal:
        terminal.expect(r"Says sales\.orders\.c_00\.")
        terminal.expect(r"\(admin\)")
        terminal.send("a" * chance.randint(moment, COUNT))
        # Not every count is painted: keys that come all at once share frames.
        wanted = "|".join(map(str, range(moment if chance.random() < 0.7 else 1, COUNT + 1)))
        terminal.expect(rf"\b({wanted}) of {COUNT}\b")
        terminal.signal(signal.SIGKILL)
        terminal.wait()
        decided, saved = _shown(terminal.text)
    assert decided >= 1
    assert _stored(shell, run_id) >= saved
    answer = shell.run("history", "review", run_id, "--strategy", "accept-all", "--dry-run", "--json")
    assert answer.json["conflicts"] == []
    assert COUNT - answer.json["undecided"] >= decided
    assert _stored(shell, run_id) == COUNT - answer.json["undecided"]
    assert not list((home / "drafts").glob("decisions-*"))
