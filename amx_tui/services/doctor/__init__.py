"""The doctor: looks at everything that usually goes wrong, and says how to cure it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from amx_tui.domain.errors import AmxError
from amx_tui.domain.report import Check, Checks, Paragraph, Report
from amx_tui.services.doctor.host import HOST_CHECKS, check_host, check_unused_stores
from amx_tui.services.doctor.machine import check_config, check_identity, check_profiles, check_secrets
from amx_tui.services.doctor.own_options import check_own_options
from amx_tui.services.doctor.waiting import check_waiting
from amx_tui.services.opening import open_local
from amx_tui.services.store_reports import check_data

if TYPE_CHECKING:
    from amx_tui.services.workspace import Workspace

__all__ = ["Doctor"]


class Doctor:
    """Runs every check; none of them changes anything, and none stops the others."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def run(self, *, offline: bool = False, on_check: Callable[[Check], None] | None = None) -> Report:
        """Look at everything.

        Args:
            offline: Leave out what needs a connection to the host.
            on_check: Called with each check as soon as its outcome is known.

        Returns:
            The checks; the exit status is 1 where one failed.
        """
        checks: list[Check] = []
        async for check in self._checks(offline=offline):
            checks.append(check)
            if on_check is not None:
                on_check(check)
        failed = sum(check.state == "failed" for check in checks)
        warnings = sum(check.state == "warning" for check in checks)
        return Report(
            "Doctor",
            (Checks(tuple(checks)), Paragraph(_verdict(failed, warnings))),
            [check_data(check) for check in checks],
            exit_status=1 if failed else 0,
        )

    async def _checks(self, *, offline: bool) -> AsyncIterator[Check]:
        workspace = self._workspace
        for check in check_config(workspace):
            yield check
        yield check_identity(workspace)
        for check in check_profiles(workspace.config):
            yield check
        for check in await asyncio.to_thread(lambda: list(check_secrets(workspace))):
            yield check
        for check in await asyncio.to_thread(lambda: list(check_own_options(workspace))):
            yield check
        for check in await asyncio.to_thread(lambda: list(check_waiting(workspace))):
            yield check
        yield await self._check_local_store()
        if offline:
            for name in HOST_CHECKS:
                yield Check(name, "skipped", "Needs a connection, which --offline leaves out.")
            return
        is_shared = workspace.config.history_store_enabled
        async for check in check_host(workspace) if is_shared else check_unused_stores(workspace):
            yield check

    async def _check_local_store(self) -> Check:
        home = self._workspace.home
        if not (home / "history.db").exists() and not (home / "amx-tui.db").exists():
            return Check(
                "local store", "ok", f"There is no {home / 'history.db'} yet; it is made on first use."
            )
        try:
            store = await open_local(home)
            from amx_tui.store.health import check_file

            try:
                problems = await check_file(store.database)
            finally:
                await store.close()
        except AmxError as error:
            return Check("local store", "failed", error.message, error.hint)
        if problems:
            message = f"{store.info.host_label} is damaged: {problems[0]}"
            return Check("local store", "failed", message, hint="Restore a copy of it, or move it away.")
        return Check("local store", "ok", f"{store.info.host_label} is sound.")


def _verdict(failed: int, warnings: int) -> str:
    if failed:
        return f"✗ {_count(failed, 'check')} failed; the cure stands below each."
    if warnings:
        return f"⚠ Nothing failed; {_count(warnings, 'thing')} could be better."
    return "✓ All is well."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
