"""Writing a comparison to a file whose path is asked for on the input line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from amx_tui.domain.compare import Comparison
from amx_tui.export.comparison import comparison_writer, format_of_path, write_comparison
from amx_tui.export.completion import complete_path
from amx_tui.export.files import write_atomically
from amx_tui.ui.screens.line.screen import LineScreen, Question, Suggestion

if TYPE_CHECKING:
    from amx_tui.ui.screens.compare.screen import CompareScreen

__all__ = ["ask_export"]


def ask_export(screen: CompareScreen, comparison: Comparison) -> None:
    """Ask for a path; its ending names the format."""

    def answered(path: str | None) -> None:
        if path and path.strip():
            screen.run_worker(
                _export(screen, comparison, path.strip()), group="compare.export", exit_on_error=False
            )

    question = Question(
        "Export to ",
        "comparison.html",
        "the ending names the format: .html .md .csv .json .txt · tab completes",
        _paths,
        _problem,
    )
    screen.app.push_screen(LineScreen(question), answered)


def _paths(line: str, cursor: int) -> Sequence[Suggestion]:
    return [Suggestion(path, path) for path in complete_path(line[:cursor])]


def _problem(line: str) -> str:
    if line.strip() and format_of_path(line.strip()) is None:
        return "The ending names no format: there are .html .md .csv .json .txt."
    return ""


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
