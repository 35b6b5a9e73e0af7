"""Verbs without the app: done once, printed, and the exit status returned."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence

from amx_tui.cli.demo_home import demo_environment
from amx_tui.cli.printing import Printer, wants_colour
from amx_tui.cli.prompts import ask, is_interactive
from amx_tui.domain.errors import StaleVersionError
from amx_tui.domain.report import Block
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.text import one_line, visible
from amx_tui.services import commands
from amx_tui.services.grammar import Invocation
from amx_tui.services.workspace import Workspace

__all__ = ["run"]


def run(invocation: Invocation) -> int:
    """Do a verb, print its answer, and return the exit status.

    Raises:
        AmxError: It could not be done.
    """
    return asyncio.run(_run(invocation))


async def _run(invocation: Invocation) -> int:
    workspace = Workspace.load(demo_environment(dict(os.environ)))
    workspace.command_ids = _command_ids
    for warning in workspace.warnings:
        _warn(warning)
    try:
        if commands.is_streamed(invocation):
            return await _stream(workspace, invocation)
        return await _execute(workspace, invocation)
    except StaleVersionError as error:
        current = commands.conflict_document(error)
        if current is not None:
            _write_json(current)
        raise
    finally:
        if workspace.state.is_read_only:
            _warn(f"{workspace.state.reason} {workspace.state.hint}".strip())
        await workspace.close()


def _command_ids() -> frozenset[str]:
    # The app's screens, which no verb needs but the one that checks the user's key map.
    from amx_tui.ui.known_keys import known_ids

    return known_ids()


def _warn(text: str) -> None:
    print(f"amx-tui: warning: {visible(text)}", file=sys.stderr)


async def _stream(workspace: Workspace, invocation: Invocation) -> int:
    """Print an answer that may be long while it is being read."""
    if not commands.is_text(invocation):
        printer = _printer()
        async for block in commands.stream_blocks(workspace, invocation):
            printer.print(block)
        return 0
    remarks: list[str] = []
    async for piece in commands.stream_text(workspace, invocation, remarks):
        sys.stdout.write(piece)
    sys.stdout.flush()
    for remark in remarks:
        print(f"amx-tui: {visible(remark)}", file=sys.stderr)
    return 0


async def _execute(workspace: Workspace, invocation: Invocation) -> int:
    is_json = invocation.flag("json")
    printer = _printer(is_json=is_json)

    def show(blocks: Sequence[Block]) -> None:
        for block in blocks:
            printer.print(block)

    can_ask = is_interactive()
    password = ""
    if invocation.flag("password-stdin"):
        # The first line, whatever else it is; a password may begin and end with blanks.
        password, can_ask = sys.stdin.readline().rstrip("\r\n"), False
    report = await commands.execute(
        workspace,
        invocation,
        ask=ask if can_ask else None,
        show=show if can_ask or not is_json else None,
        on_progress=_progress if can_ask else None,
        password=password,
    )
    if is_json:
        _write_json(report.data)
    else:
        show(report.blocks)
    return report.exit_status


def _write_json(document: JsonValue) -> None:
    sys.stdout.write(commands.json_text(document, indent=2) + "\n")
    sys.stdout.flush()


def _printer(*, is_json: bool = False) -> Printer:
    """A printer on stdout; on stderr where stdout is kept for a JSON document."""
    stream = sys.stderr if is_json else sys.stdout
    return Printer(stream, has_colour=wants_colour(stream, os.environ))


def _progress(number: int, count: int, what: str) -> None:
    """Show on one line of the terminal how far a long command is."""
    end = "\n" if number == count else ""
    print(f"\r\x1b[K  {number}/{count} {one_line(what, 70)}", end=end, file=sys.stderr, flush=True)
