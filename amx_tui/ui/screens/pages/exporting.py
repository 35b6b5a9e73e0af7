"""Writing a page to a file whose path is asked for on the input line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from amx_tui.domain.errors import ExportError
from amx_tui.domain.pages import Page
from amx_tui.export.completion import complete_path
from amx_tui.export.files import resolve_target, write_atomically
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.line.screen import LineScreen, Question, Suggestion

__all__ = ["export_page"]

_FORMATS = {".md": "md", ".markdown": "md", ".html": "html", ".htm": "html"}


async def export_page(screen: BaseScreen, page: Page) -> None:
    """Ask for a path; its ending names the format. A file that is there is replaced only after asking."""
    question = Question(
        "Export to ",
        f"{page.slug}.md",
        "the ending names the format: .md .html · tab completes",
        _paths,
        _problem,
    )
    path = (await screen.app.push_screen_wait(LineScreen(question)) or "").strip()
    export_format = _format_of(path)
    if not path or export_format is None:
        return
    if _is_there(path):
        ask = ConfirmDialog(f"Replace {path}?", details="There is a file of this name.", confirm="Replace")
        if not await screen.app.push_screen_wait(ask):
            return
    document = screen.workspace.pages.export(page, export_format)

    async def produce(stream: TextIO) -> None:
        stream.write(document)

    written = await screen.run_use_case(write_atomically(path, produce), what="Exporting")
    if written is not None:
        screen.amx.say(str(written), title="Exported")


def _format_of(path: str) -> str | None:
    return next((name for ending, name in _FORMATS.items() if path.lower().endswith(ending)), None)


def _paths(line: str, cursor: int) -> Sequence[Suggestion]:
    return [Suggestion(path + line[cursor:], path) for path in complete_path(line[:cursor])]


def _problem(line: str) -> str:
    path = line.strip()
    if not path:
        return ""
    if _format_of(path) is None:
        return "The ending names no format: there are .md and .html."
    try:
        resolve_target(path)
    except ExportError as error:
        return f"{error.message} {error.hint}"
    return ""


def _is_there(path: str) -> bool:
    try:
        return resolve_target(path).exists()
    except ExportError:
        # Writing says what is the matter.
        return False
