"""Applying into the servers that people describe: the old comment comes back, and what fails stops nothing else."""

from __future__ import annotations

import pytest

from amx_tui.domain.applying import count
from amx_tui.services.apply_plans import after
from amx_tui.services.workspace import Workspace
from tests.servers import HostServer
from tests.services.applying import accepted, comment, comments_in, described, record, schema_of
from tests.services.conftest import Machine, on_servers

COLUMNS = ("c_first", "c_last", "c_email")
ODD = 'It\'s "quoted", back\\slashed; $$dollars$$ 100%,\n-- émoji ☕ :name %s'
"""Without what MySQL keeps in no comment: signs beyond U+FFFF."""
RIGHTS = {
    "postgresql": (
        "GRANT USAGE ON SCHEMA public TO {user}",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}",
    ),
    "mysql": ("GRANT SELECT ON `{database}`.* TO {user}",),
}
"""What somebody has who may look at the described tables, and change nothing."""


@pytest.fixture
async def alone(machine: Machine, host: HostServer) -> Workspace:
    """Return alice's machine with a local store, and the table of a server to describe."""
    workspace = await machine("alice")
    await described(workspace, host, *COLUMNS)
    await workspace.connect(prefer="local")
    await workspace.register()
    return workspace


def _names(host: HostServer) -> list[str]:
    return [f"{schema_of(host)}.customer.{column}" for column in COLUMNS]


@on_servers
async def test_the_old_comment_is_kept_and_comes_back(alone: Workspace, host: HostServer) -> None:
    """Texts of any kind arrive unchanged, and undoing restores what was there, except where it changed since."""
    first, last, email = _names(host)
    await comment(alone, {first: "Old: it's 100% \\ true.", last: ODD})
    run_id = await record(
        alone,
        accepted(first, ODD, seen_comment="Old: it's 100% \\ true."),
        accepted(last, "Surname.", seen_comment=ODD),
        accepted(email, "E-mail."),
    )
    report = await alone.apply.run(await alone.apply.plan(run_id), {})
    assert report.counts["written"] == 3
    assert await comments_in(alone, first, last, email) == [ODD, "Surname.", "E-mail."]
    trail = {each.intent.name.column_name: each for each in await alone.apply.applications(run_id)}
    assert {name: each.intent.old_comment for name, each in trail.items()} == {
        "c_first": "Old: it's 100% \\ true.",
        "c_last": ODD,
        "c_email": "",
    }
    assert {each.status for each in trail.values()} == {"applied"}
    await comment(alone, {email: "By hand."})
    undone = await alone.apply.run(await alone.apply.plan_undo(run_id), {})
    assert undone.counts["written"] == 2
    assert await comments_in(alone, first, last, email) == ["Old: it's 100% \\ true.", ODD, "By hand."]


@on_servers
async def test_a_dropped_column_does_not_stop_the_rest(alone: Workspace, host: HostServer) -> None:
    """It is told by name and noted in the trail, and can be retried once it is back."""
    names = _names(host)
    run_id = await record(alone, *(accepted(name, f"Text of {name}.") for name in names))
    plan = await alone.apply.plan(run_id)
    host.sync_execute("ALTER TABLE customer DROP COLUMN c_last")
    report = await alone.apply.run(plan, {})
    assert [(each.name.column_name, each.status) for each in report.results if each.is_failure] == [
        ("c_last", "missing")
    ]
    assert await comments_in(alone, names[0], names[2]) == [f"Text of {names[0]}.", f"Text of {names[2]}."]
    trail = {each.intent.name.column_name: each for each in await alone.apply.applications(run_id)}
    assert trail["c_last"].status == "failed"
    assert "c_last" in trail["c_last"].error_text
    host.sync_execute("ALTER TABLE customer ADD COLUMN c_last INT")
    failed = {each.result_id for each in report.results if each.is_failure}
    again = await alone.apply.run(plan, {}, only=failed)
    assert [each.status for each in again.results] == ["written"]
    assert count(after(plan.items, again.results), {}).unchanged == 1


@on_servers
async def test_who_may_not_comment_is_told_why_for_each(alone: Workspace, host: HostServer) -> None:
    """The database refuses; nothing is written, and the trail says so."""
    names = _names(host)
    run_id = await record(alone, *(accepted(name, "Text.") for name in names))
    reader = host.login(*RIGHTS[host.backend])
    await alone.profiles.save("reader", reader.backend, reader.values)
    report = await alone.apply.run(await alone.apply.plan(run_id, profile="reader"), {})
    assert report.error is None
    assert [each.status for each in report.results] == ["failed"] * 3
    assert all(each.text and each.hint for each in report.results)
    assert await comments_in(alone, *names) == ["", "", ""]
    assert {each.status for each in await alone.apply.applications(run_id)} == {"failed"}
    assert (await alone.history.detail(run_id)).run.applied_count == 0
    allowed = await alone.apply.run(await alone.apply.plan(run_id), {})
    assert allowed.counts["written"] == 3
