"""Writing a comparison to a file whose path is asked for on the input line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amx_tui.domain.compare import Comparison
from amx_tui.export.comparison import comparison_writer, format_of_path, write_comparison
from amx_tui.export.files import write_atomically
from amx_tui.ui.export_path import file_is_there, path_question
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.line.screen import LineScreen

if TYPE_CHECKING:
    from amx_tui.ui.screens.compare.screen import CompareScreen

__all__ = ["ask_export"]


def ask_export(screen: CompareScreen, comparison: Comparison) -> None:
    """Ask for a path; its ending names the format. A file that is there is replaced only after asking."""

    def answered(path: str | None) -> None:
        if path is None or not path.strip():
            return
        path = path.strip()
        if not file_is_there(path):
            write(path)
            return
        question = ConfirmDialog(
            f"Replace {path}?", details="There is a file of this name.", confirm="Replace"
        )
        screen.app.push_screen(question, lambda is_replaced: write(path) if is_replaced else None)

    def write(path: str) -> None:
        screen.run_worker(_export(screen, comparison, path), group="compare.export", exit_on_error=False)

    question = path_question("comparison.html", ".html .md .csv .json .txt", format_of_path)
    screen.app.push_screen(LineScreen(question), answered)


async def _export(screen: CompareScreen, comparison: Comparison, path: str) -> None:
    export_format = format_of_path(path)
    if export_format is None:
        return
    writer = comparison_writer(export_format, comparison, exported_at=screen.amx.now())
    rows = screen.workspace.compare.rows(comparison)
    screen.amx.say(f"Writing {path}…", title="Export")
    written = await screen.run_use_case(
        write_atomically(path, lambda stream: write_comparison(stream, writer, rows)), what="Exporting"
    )
    if written is not None:
        screen.amx.say(str(written), title="Exported")
