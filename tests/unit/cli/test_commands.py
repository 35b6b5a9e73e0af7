"""Commands as the app runs them: reports out, questions through whoever asks."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amx_tui.domain.errors import AmxError, UsageError
from amx_tui.domain.report import Code, Facts, Grid, Paragraph
from amx_tui.services.commands import Question, execute
from amx_tui.services.demo.home import make_demo
from amx_tui.services.grammar import VERBS, Verb, parse_line
from amx_tui.services.workspace import Workspace


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo that is copied for each test."""
    home = tmp_path_factory.mktemp("team") / "demo"
    return asyncio.run(make_demo(home, now=datetime.now(UTC))).path


@pytest.fixture
async def workspace(template: Path, tmp_path: Path) -> AsyncIterator[Workspace]:
    """A workspace on a demo."""
    home = tmp_path / "demo"
    shutil.copytree(template, home)
    config = home / "config.yml"
    config.write_text(config.read_text().replace(str(template), str(home)))
    found = Workspace.load({"AMX_HOME": str(home), "AMX_USER": "alice@acme.com"})
    yield found
    await found.close()


class Person:
    """Somebody who answers questions, and remembers them."""

    def __init__(self, *answers: bool | str) -> None:
        self._answers = list(answers)
        self.asked: list[Question] = []

    async def __call__(self, question: Question) -> bool | str:
        """Give the next answer."""
        self.asked.append(question)
        return self._answers.pop(0)


async def test_a_list_is_one_grid(workspace: Workspace) -> None:
    """The app gets the same rows as the shell."""
    report = await execute(workspace, parse_line("/history list --limit 4 --who alice@acme.com"))
    grid, more = report.blocks
    assert isinstance(grid, Grid)
    assert [row[1] for row in grid.rows] == ["alice@acme.com"] * 4
    assert isinstance(more, Paragraph)


async def test_a_document_can_be_asked_for(workspace: Workspace) -> None:
    """--json gives the document as data and as text."""
    report = await execute(workspace, parse_line("history list --limit 2 --json"))
    (block,) = report.blocks
    assert isinstance(block, Code)
    assert json.loads(block.text) == report.data
    assert isinstance(report.data, list)
    assert len(report.data) == 2
    path = await execute(workspace, parse_line("config path --json"))
    (block,) = path.blocks
    assert isinstance(block, Code)
    assert json.loads(block.text) == path.data


async def test_a_run_is_facts_and_grids(workspace: Workspace) -> None:
    """Facts, settings, tokens and metrics, then a grid a table; the hash stands alone."""
    listed = await execute(workspace, parse_line("history list --scope sales.customer --limit 1 --json"))
    assert isinstance(listed.data, list)
    assert isinstance(listed.data[0], dict)
    run_id = listed.data[0]["run_id"]
    report = await execute(workspace, parse_line(f"history show {run_id} --table sales.customer"))
    assert [block.title for block in report.blocks if isinstance(block, Facts)] == [
        "",
        "Settings",
        "Tokens",
        "Metrics",
    ]
    grids = [block for block in report.blocks if isinstance(block, Grid)]
    assert [grid.title for grid in grids] == ["sales.customer"]
    assert len(grids[0].rows) == 13
    (digest,) = (await execute(workspace, parse_line(f"history show {run_id} --hash"))).blocks
    assert isinstance(digest, Code)
    assert len(digest.text) == 64


async def test_help_is_a_report(workspace: Workspace) -> None:
    """`help` works behind `:` too."""
    (block,) = (await execute(workspace, parse_line("help history show"))).blocks
    assert isinstance(block, Code)
    assert "--hash" in block.text


async def test_enabling_asks_before_it_makes_anything(workspace: Workspace) -> None:
    """The statements are part of the report where nobody draws them at once; no is no."""
    person = Person(False)
    report = await execute(workspace, parse_line("history-store enable --profile sandbox"), ask=person)
    assert [question.kind for question in person.asked] == ["confirm"]
    assert report.exit_status == 1
    assert (workspace.home / "sandbox.db").stat().st_size == 0
    steps: list[int] = []
    person = Person("sandbox", True)
    report = await execute(
        workspace,
        parse_line("history-store enable"),
        ask=person,
        on_progress=lambda number, count, what: steps.append(number),
    )
    assert [question.kind for question in person.asked] == ["choice", "confirm"]
    assert any(isinstance(block, Code) and "CREATE TABLE" in block.text for block in report.blocks)
    assert steps == list(range(1, len(steps) + 1))
    assert workspace.config.history_store_enabled
    assert workspace.state.kind == "shared"


async def test_what_must_be_seen_is_shown_before_the_question(workspace: Workspace) -> None:
    """Where blocks can be drawn at once, the statements come before the question, and not again."""
    shown: list[object] = []
    person = Person(False)

    async def ask(question: Question) -> bool | str:
        assert any(isinstance(block, Code) and "CREATE TABLE" in block.text for block in shown)
        return await person(question)

    line = parse_line("history-store enable --profile sandbox")
    report = await execute(workspace, line, ask=ask, show=shown.extend)
    assert len(person.asked) == 1
    assert not any(isinstance(block, Code) for block in report.blocks)


@pytest.mark.parametrize(
    "line", ["history-store enable --profile sandbox", "remove-db-profile sandbox", "edit-db-profile sandbox"]
)
async def test_without_anybody_to_ask_nothing_happens(workspace: Workspace, line: str) -> None:
    """Whoever cannot be asked has to say it by options."""
    before = (workspace.home / "config.yml").read_bytes()
    with pytest.raises(UsageError) as refused:
        await execute(workspace, parse_line(line))
    assert refused.value.hint
    assert (workspace.home / "config.yml").read_bytes() == before


async def test_the_demo_does_not_open_in_the_app(workspace: Workspace, tmp_path: Path) -> None:
    """It says so, and makes one where it is told to."""
    with pytest.raises(UsageError, match="program of its own"):
        await execute(workspace, parse_line("demo"))
    report = await execute(workspace, parse_line(f"demo --keep {tmp_path / 'second'}"))
    assert isinstance(report.data, dict)
    assert report.data["created"] is True


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
async def test_every_verb_is_done_or_refused_in_words(workspace: Workspace, verb: Verb) -> None:
    """No verb of the grammar is without something that does it."""
    words = " ".join(verb.path)
    arguments = {"history show": "nope", "connect": "sandbox", "inspect": "sandbox", "doctor": "--offline"}
    needs = [argument.name for argument in verb.arguments if argument.is_required]
    line = f"{words} {arguments.get(words, 'nope' if needs else '')}"
    try:
        report = await execute(workspace, parse_line(line))
    except AmxError as error:
        said = str(error)
    else:
        said = report.title
        assert report.blocks
    assert said
