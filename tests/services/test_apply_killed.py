"""Applying that is killed at any moment: every comment is accounted for, and settling makes the trail right."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter

import pytest

from amx_tui.services.workspace import Workspace
from tests.servers import HostServer
from tests.services.applying import accepted, comments_in, described, record, schema_of
from tests.services.conftest import Machine

KILLS = int(os.environ.get("AMX_TEST_KILLS", "3"))
"""How often a program is killed, on each kind of database."""
COLUMNS = tuple(f"c{number}" for number in range(30))

hosts = pytest.mark.parametrize(
    "host",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)


async def _kill_while_applying(workspace: Workspace, run_id: str, batches: int) -> None:
    """Let another process of the same member apply the run, and kill it when so many batches have begun."""
    identity = workspace.identity
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.services.killed_apply",
        str(workspace.home),
        identity.username,
        identity.hostname,
        run_id,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **workspace.environ},
    )
    assert child.stdout is not None
    for _ in range(batches):
        assert await child.stdout.readline(), "it ended before it was to be killed"
    child.kill()
    await child.communicate()


@hosts
async def test_a_killed_apply_leaves_nothing_unaccounted_for(machine: Machine, host: HostServer) -> None:
    """Whatever was written has its intent, settling finds out which, and applying again writes the rest once."""
    workspace = await machine("alice", host)
    if host.backend != "sqlite":
        await workspace.history_store.enable(await workspace.history_store.plan("prod", host.schema))
    await described(workspace, host, *COLUMNS)
    await workspace.connect()
    await workspace.register()
    names = [f"{schema_of(host)}.customer.{column}" for column in COLUMNS]
    before = [""] * len(names)
    for turn in range(KILLS):
        texts = [f"Text of {name} in turn {turn}." for name in names]
        run_id = await record(
            workspace,
            *(
                accepted(name, text, seen_comment=seen)
                for name, text, seen in zip(names, texts, before, strict=True)
            ),
        )
        await _kill_while_applying(workspace, run_id, random.randrange(1, len(names) // 3))
        trail = await workspace.apply.applications(run_id)
        intended = {each.intent.name.qname for each in trail}
        there = await comments_in(workspace, *names)
        written = {name for name, text, now in zip(names, texts, there, strict=True) if now == text}
        assert written <= intended
        plan = await workspace.apply.plan(run_id)
        trail = await workspace.apply.applications(run_id)
        applied = Counter(each.intent.name.qname for each in trail if each.status == "applied")
        assert applied == dict.fromkeys(written, 1)
        assert {each.status for each in trail} <= {"applied", "skipped"}
        report = await workspace.apply.run(plan, {})
        assert report.error is None
        assert await comments_in(workspace, *names) == texts
        trail = await workspace.apply.applications(run_id)
        assert Counter(each.intent.name.qname for each in trail if each.status == "applied") == dict.fromkeys(
            names, 1
        )
        assert (await workspace.history.detail(run_id)).run.applied_count == len(names)
        before = texts
