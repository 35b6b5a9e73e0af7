"""Decisions that an earlier process could not store any more: stored now, and said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amx_tui.domain.errors import AmxError

if TYPE_CHECKING:
    from amx_tui.services.review import LeftOver
    from amx_tui.ui.app import AmxApp

__all__ = ["take_up_leftovers"]


def take_up_leftovers(app: AmxApp) -> None:
    """Store what is left, where anything may be; nothing is imported or asked where nothing is."""
    workspace = app.workspace
    if any((workspace.home / "drafts").glob("decisions-*")):
        app.run_worker(_take_up(app), group="leftovers", exclusive=True, description="Storing decisions")


async def _take_up(app: AmxApp) -> None:
    try:
        found = await app.workspace.reviews.recover()
    except AmxError as error:
        app.report_error(error, what="Storing decisions of last time")
        return
    for leftover in found:
        await _follow(app, leftover)


async def _follow(app: AmxApp, leftover: LeftOver) -> None:
    session, count = leftover.session, leftover.count
    what = f"{count:,} decision{'' if count == 1 else 's'} on {session.run_id}"
    await session.saver.attempted()
    title = "Not stored last time"
    conflicts = len(session.conflicts)
    if session.saver.unsaved:
        app.say(f"{what} wait on this machine; they are stored as soon as the store takes them.", title=title)
    elif conflicts:
        app.say(
            f"{what}: {conflicts:,} of the assets {'was' if conflicts == 1 else 'were'} decided by somebody else"
            " meanwhile. Review the run (v), then C shows both decisions.",
            title=title,
            severity="warning",
        )
    else:
        app.say(f"{what} {'is' if count == 1 else 'are'} stored now.", title=title)
