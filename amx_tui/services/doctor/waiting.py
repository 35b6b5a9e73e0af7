"""What a doctor finds of decisions that were made here and that no store has yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from amx_tui.domain.errors import AmxError
from amx_tui.domain.report import Check
from amx_tui.domain.text import one_line
from amx_tui.drafts.decisions import WaitingDecisions, find_waiting
from amx_tui.services.opening import shared_place

if TYPE_CHECKING:
    from amx_tui.services.workspace import Workspace

__all__ = ["check_waiting"]

NAME = "decisions not stored yet"


def check_waiting(workspace: Workspace) -> Iterator[Check]:
    """Check for decisions that are on this machine alone, and say what has them stored. Blocking."""
    waiting = find_waiting(workspace.home)
    for each in waiting:
        yield _check(workspace, each)
    if not waiting:
        yield Check(NAME, "ok", "No decision waits on this machine for its store.")


def _check(workspace: Workspace, waiting: WaitingDecisions) -> Check:
    key = waiting.key
    are = f"{waiting.count:,} decision{' is' if waiting.count == 1 else 's are'}"
    store = one_line(key.place.partition(" ")[2] or key.place, 160)
    message = f"{are} kept here: on {one_line(key.run_id, 60)}, by {one_line(key.member, 120)}, for {store}."
    if key.member != str(workspace.identity):
        return Check(
            NAME,
            "warning",
            message,
            hint=f"{one_line(key.member, 120)} is to open amx-tui on this machine, with AMX_USER and this AMX home.",
        )
    if key.place.startswith("local ") or key.place == _place(workspace):
        return Check(
            NAME, "warning", message, hint="Open amx-tui: they are stored as soon as the store takes them."
        )
    return Check(
        NAME,
        "warning",
        f"{message} The history store is another one now, or has another address.",
        hint=f"Name that address in config.yml once more and open amx-tui; or give them up: rm '{waiting.path}'",
    )


def _place(workspace: Workspace) -> str:
    # A configuration that names no such profile has a check of its own.
    with suppress(AmxError):
        return shared_place(workspace.config)
    return ""
