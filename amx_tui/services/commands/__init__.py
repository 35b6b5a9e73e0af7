"""What a command line asks for, done: the same for the shell and for the app's own command line.

Nothing here prints or waits for a key: questions and progress go through the `Dialogue` of whoever runs it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from typing import Protocol, cast

from amx_tui.domain.errors import StaleVersionError, UsageError
from amx_tui.domain.report import Block, Code, Paragraph, Report
from amx_tui.domain.runs import JsonValue
from amx_tui.services.commands.asking import Ask, Dialogue, Progress, Question, Show
from amx_tui.services.commands.documents import json_text
from amx_tui.services.grammar import Invocation, help_text
from amx_tui.services.workspace import Workspace

__all__ = [
    "Ask",
    "Dialogue",
    "Progress",
    "Question",
    "Show",
    "conflict_document",
    "execute",
    "is_streamed",
    "is_text",
    "json_text",
    "stream_blocks",
    "stream_text",
]

_Handler = Callable[[Workspace, Invocation, Dialogue], Awaitable[Report]]

_HANDLERS = {
    ("db-profiles",): "profiles.list_profiles",
    ("add-db-profile",): "profiles.add_profile",
    ("edit-db-profile",): "profiles.edit_profile",
    ("remove-db-profile",): "profiles.remove_profile",
    ("connect",): "profiles.connect",
    ("inspect",): "profiles.inspect",
    ("history-store", "status"): "history_store.status",
    ("history-store", "enable"): "history_store.enable",
    ("history-store", "disable"): "history_store.disable",
    ("history-store", "dump-ddl"): "history_store.dump_ddl",
    ("history-store", "grants"): "history_store.grants",
    ("history-store", "verify"): "history_store.verify",
    ("pages", "list"): "pages.list_pages",
    ("pages", "show"): "pages.show",
    ("pages", "new"): "page_edits.new",
    ("pages", "edit"): "page_edits.edit",
    ("pages", "rename"): "page_edits.rename",
    ("pages", "publish"): "page_edits.set_status",
    ("pages", "unpublish"): "page_edits.set_status",
    ("pages", "delete"): "page_edits.set_status",
    ("pages", "attach"): "page_edits.attach",
    ("pages", "detach"): "page_edits.attach",
    ("pages", "versions"): "pages.versions",
    ("pages", "blame"): "pages.blame",
    ("pages", "diff"): "pages.diff",
    ("pages", "restore"): "page_edits.restore",
    ("pages", "export"): "pages.export",
    ("admin", "members"): "administration.members",
    ("admin", "promote"): "administration.change",
    ("admin", "demote"): "administration.change",
    ("admin", "revoke"): "administration.change",
    ("admin", "restore"): "administration.change",
    ("admin", "claim"): "administration.claim",
    ("admin", "audit"): "administration.audit",
    ("admin", "sessions"): "administration.sessions",
    ("config", "show"): "configuration.show",
    ("config", "path"): "configuration.path",
    ("config", "reload"): "configuration.reload",
    ("apply",): "applying.apply",
    ("history", "review"): "reviewing.review",
    ("analyze", "review"): "reviewing.review",
    ("doctor",): "diagnosis.doctor",
    ("demo",): "demonstration.demo",
}
"""Where each verb is done; imported when it is asked for."""


class _Streamed(Protocol):
    def __call__(
        self, workspace: Workspace, invocation: Invocation, now: datetime
    ) -> AsyncIterator[Block]: ...


async def execute(
    workspace: Workspace,
    invocation: Invocation,
    *,
    ask: Ask | None = None,
    show: Show | None = None,
    on_progress: Progress | None = None,
    password: str = "",
) -> Report:
    """Do what a command line asks for.

    Args:
        workspace: Where; its store is opened if the command needs one and none is open.
        invocation: What.
        ask: Asks whoever is there; None where nobody is.
        show: Draws blocks that must be seen before a question or a long wait; where it is None they are part
            of the report.
        on_progress: Told of each step of a long command.
        password: What `--password-stdin` gave.

    Raises:
        AmxError: The command could not be done; the error says why and what to do next.
    """
    if invocation.path[0] == "help":
        return Report("Help", (Code(help_text(invocation.path[1:])),))
    if is_streamed(invocation):
        return await _execute_history(workspace, invocation)
    name = _HANDLERS.get(invocation.path)
    if name is None:
        raise UsageError(f"There is no command `{invocation.name}`.", hint="`help` lists the commands.")
    module, _, function = name.rpartition(".")
    handler = cast("_Handler", getattr(import_module(f"{__name__}.{module}"), function))
    report = await handler(workspace, invocation, Dialogue(ask, show, on_progress, password))
    if invocation.flag("json"):
        return replace(report, blocks=(Code(json_text(report.data, indent=2), "json"),))
    return report


def conflict_document(error: StaleVersionError) -> JsonValue:
    """The row that was in the way of a refused save, for a verb that prints it; None where none can be printed."""
    from amx_tui.domain.pages import Page
    from amx_tui.services.commands.page_documents import page_row

    return page_row(error.current) if isinstance(error.current, Page) else None


async def _execute_history(workspace: Workspace, invocation: Invocation) -> Report:
    import json

    title = " ".join((invocation.name, *invocation.positionals))
    if invocation.path[1] == "compare":
        remarks: list[str] = []
        text = "".join([piece async for piece in stream_text(workspace, invocation, remarks)])
        notes = tuple(Paragraph(remark) for remark in remarks)
        return Report(title, (*notes, Code(text.rstrip("\n"))) if text else notes)
    if invocation.flag("json"):
        text = "".join([piece async for piece in stream_text(workspace, invocation, [])])
        data: JsonValue = json.loads(text)
        return Report(title, (Code(text.rstrip("\n"), "json"),), data)
    blocks = tuple([block async for block in stream_blocks(workspace, invocation)])
    return Report(title, blocks)


async def stream_blocks(workspace: Workspace, invocation: Invocation) -> AsyncIterator[Block]:
    """Give the answer of a `history` verb block by block, while it is still being read.

    Raises:
        AmxError: It could not be read, or not to its end.
    """
    from amx_tui.services.commands import listing, showing
    from amx_tui.services.commands.session import open_for_reading

    now = datetime.now(UTC)
    await open_for_reading(workspace)
    if invocation.flag("hash"):
        yield Code((await showing.digest(workspace, invocation))[1])
        return
    source: _Streamed = listing.list_blocks if invocation.path[1] == "list" else showing.show_blocks
    async for block in source(workspace, invocation, now):
        yield block


def is_streamed(invocation: Invocation) -> bool:
    """Say whether an answer is given while it is still being read: that of a verb that reads the history."""
    return invocation.path[0] == "history" and invocation.path not in _HANDLERS


def is_text(invocation: Invocation) -> bool:
    """Say whether the answer of a `history` verb is a document, and no blocks: JSON, or a comparison."""
    return invocation.flag("json") or invocation.path[1] == "compare"


async def stream_text(workspace: Workspace, invocation: Invocation, remarks: list[str]) -> AsyncIterator[str]:
    """Give the document of a `history` verb in pieces, while it is still being read.

    Args:
        workspace: Where.
        invocation: What.
        remarks: Gets what to know about the answer, and what is no part of the document.

    Raises:
        AmxError: It could not be read, or not to its end.
    """
    from amx_tui.services.commands import listing, showing
    from amx_tui.services.commands.session import open_for_reading

    now = datetime.now(UTC)
    await open_for_reading(workspace)
    if invocation.path[1] == "compare":
        from amx_tui.services.commands import comparing

        async for piece in comparing.compare_text(workspace, invocation, now, remarks):
            yield piece
    elif invocation.flag("hash"):
        run_id, digest = await showing.digest(workspace, invocation)
        yield json_text({"run_id": run_id, "sha256": digest}) + "\n"
    elif invocation.path[1] == "list":
        separator = "["
        async for row in listing.list_rows(workspace, invocation, now, remarks):
            yield f"{separator}\n{json_text(row)}"
            separator = ","
        yield "[]\n" if separator == "[" else "\n]\n"
    else:
        async for piece in showing.show_json(workspace, invocation):
            yield piece
