"""Writing a page to a file whose path is asked for on the input line."""

from __future__ import annotations

from typing import TextIO

from amx_tui.domain.pages import Page
from amx_tui.export.files import write_atomically
from amx_tui.ui.export_path import file_is_there, path_question
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.line.screen import LineScreen

__all__ = ["export_page"]

_FORMATS = {".md": "md", ".markdown": "md", ".html": "html", ".htm": "html"}


async def export_page(screen: BaseScreen, page: Page) -> None:
    """Ask for a path; its ending names the format. A file that is there is replaced only after asking."""
    question = path_question(f"{page.slug}.md", ".md .html", _format_of)
    path = (await screen.app.push_screen_wait(LineScreen(question)) or "").strip()
    export_format = _format_of(path)
    if not path or export_format is None:
        return
    if file_is_there(path):
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
