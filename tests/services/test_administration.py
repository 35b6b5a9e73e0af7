"""The `admin` verbs between two people, and what every verb says to whoever may not, without a process for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from amx_tui.domain.errors import RoleError
from amx_tui.domain.identity import Identity
from amx_tui.domain.membership import MemberChange
from amx_tui.domain.report import Report
from amx_tui.services.commands import Question, execute, is_streamed, stream_text
from amx_tui.services.grammar import parse_line
from amx_tui.services.workspace import Workspace
from tests.servers import SqliteHost
from tests.ui.comparing import record_pair
from tests.ui.seat import ALICE, BOB, load_home
from tests.ui.stores import make_store, write_config
from tests.ui.writing import write_page

CAROL = Identity("carol@acme.com", "carol-pc")

Open = Callable[[Identity], Awaitable[Workspace]]


@pytest.fixture
async def team(sqlite_host: SqliteHost, tmp_path: Path) -> AsyncIterator[Open]:
    """Return `open(who)`: a workspace on alice's store, which has two runs and a page; bob and carol look."""
    lead = tmp_path / "lead"
    await make_store(lead, sqlite_host)
    await record_pair(lead)
    await write_page(lead, identity=ALICE)
    made: list[Workspace] = []

    async def opened(identity: Identity) -> Workspace:
        home = write_config(tmp_path / identity.hostname, sqlite_host)
        workspace = load_home(home, identity)
        made.append(workspace)
        await workspace.connect()
        await workspace.register()
        return workspace

    for identity in (BOB, CAROL):
        await opened(identity)
    yield opened
    for workspace in made:
        await workspace.close()


async def run(workspace: Workspace, line: str, ask: Any = None) -> Report:
    """Do a verb as a shell does; one that prints while it reads is read to its end."""
    invocation = parse_line(line)
    if is_streamed(invocation):
        text = [piece async for piece in stream_text(workspace, invocation, [])]
        return Report("", (), "".join(text))
    return await execute(workspace, invocation, ask=ask)


async def test_a_member_who_was_changed_before_the_yes_is_a_conflict_with_the_row_as_it_is(
    team: Open,
) -> None:
    """Exit status 3, and the document is the current row; nothing is changed."""
    alice, other = await team(ALICE), await team(ALICE)

    async def ask(question: Question) -> bool | str:
        assert question.prompt == f"Make {BOB} admin (now viewer)?"
        await other.members.change(MemberChange(await other.members.find(str(BOB)), role="writer"))
        return True

    report = await run(alice, f"admin promote {BOB} --role admin", ask)
    assert report.exit_status == 3
    row = cast("dict[str, Any]", report.data)
    assert (row["username"], row["role"], row["version"]) == (BOB.username, "writer", 2)
    said = " ".join(str(block) for block in report.blocks)
    assert "409 Conflict" in said
    assert "Now: writer. It was: viewer." in said
    assert (await other.members.find(str(BOB))).role == "writer"


@pytest.mark.parametrize(("typed", "is_out"), [("yes", False), ("", False), (BOB.username, True)])
async def test_revoking_takes_the_name_typed_in_a_shell_too(team: Open, typed: str, is_out: bool) -> None:
    """A yes is not enough to shut somebody out."""
    alice = await team(ALICE)

    async def ask(question: Question) -> bool | str:
        assert question.prompt == f"Revoke {BOB}? Type {BOB.username} to confirm"
        return typed

    report = await run(alice, f"admin revoke {BOB}", ask)
    assert report.exit_status == (0 if is_out else 1)
    assert (await alice.members.find(str(BOB))).is_active is not is_out


@pytest.mark.parametrize(
    ("line", "takes"),
    [
        ("admin promote carol@acme.com --yes", "changing members takes an admin."),
        ("admin demote alice@acme.com --yes", "changing members takes an admin."),
        ("admin revoke carol@acme.com --yes", "changing members takes an admin."),
        ("admin restore carol@acme.com --yes", "changing members takes an admin."),
        ("admin claim --yes", "The store has an active admin."),
        ("doctor --store --undo undo.json --yes", "mending the store takes an admin."),
        ("history review {run} --strategy accept-all --yes", "deciding takes a writer or an admin."),
        ("pages new --title Mine --file {file}", "editing pages takes a writer or an admin."),
        ("pages edit customer-360 --file {file} --version 1", "editing pages takes a writer or an admin."),
        ("pages rename customer-360 Other --version 1", "editing pages takes a writer or an admin."),
        ("pages publish customer-360", "editing pages takes a writer or an admin."),
        ("pages delete customer-360", "editing pages takes a writer or an admin."),
        ("pages attach customer-360 --asset sales.customer", "editing pages takes a writer or an admin."),
    ],
)
async def test_a_viewer_is_refused_with_4_and_the_names_of_the_admins(
    team: Open, tmp_path: Path, line: str, takes: str
) -> None:
    """Whoever refuses, the program or the store, says what it takes and whom to ask; nothing is written."""
    file = tmp_path / "text.md"
    file.write_text("Mine.\n", encoding="utf-8")
    bob = await team(BOB)
    runs = (await bob.history.list(limit=1)).runs
    before = (
        await bob.pages.get("customer-360"),
        await bob.members.list(),
        await bob.history.detail(runs[0].run_id),
    )
    bob.known_members = ()
    with pytest.raises(RoleError) as refused:
        await run(bob, line.format(run=runs[0].run_id, file=file))
    assert refused.value.exit_status == 4
    said = f"{refused.value.message} {refused.value.hint}"
    assert takes in said
    assert f"Ask {ALICE.username} to promote you." in said
    now = (
        await bob.pages.get("customer-360"),
        await bob.members.list(),
        await bob.history.detail(runs[0].run_id),
    )
    assert now == before


@pytest.mark.parametrize(
    "line",
    [
        "history list",
        "history show {run}",
        "history show {run} --hash",
        "history compare {run} {run}",
        "history compare {run} {run} --format csv",
        "history review {run} --strategy accept-all --yes",
        "history review {run} --strategy accept-all --dry-run",
        "apply {run} --dry-run",
        "pages list",
        "pages show customer-360",
        "pages versions customer-360",
        "pages export customer-360",
        "pages delete customer-360",
        "admin members",
        "admin promote bob@acme.com --yes",
        "admin restore bob@acme.com --yes",
        "admin audit",
        "admin sessions",
        "admin claim --yes",
        "doctor --store",
    ],
)
async def test_whoever_is_revoked_is_told_so_by_every_verb_and_gets_no_row(team: Open, line: str) -> None:
    """Exit status 4 and the reason, whatever is asked for."""
    alice = await team(ALICE)
    run_id = (await alice.history.list(limit=1)).runs[0].run_id
    await alice.members.revoke(await alice.members.find(str(BOB)))
    bob = await team(BOB)
    with pytest.raises(RoleError, match="was revoked, and may not read") as refused:
        await run(bob, line.format(run=run_id))
    assert refused.value.exit_status == 4
    assert f"Ask {ALICE.username} to restore you" in refused.value.hint
