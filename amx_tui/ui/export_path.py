"""The question where a file is to be written, its ending naming the format."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from amx_tui.domain.errors import ExportError
from amx_tui.export.completion import complete_path
from amx_tui.export.files import resolve_target
from amx_tui.ui.screens.line.screen import Question, Suggestion

__all__ = ["file_is_there", "path_question"]


def path_question(suggested: str, endings: str, format_of: Callable[[str], str | None]) -> Question:
    """Make the question for a path.

    Args:
        suggested: What stands there first.
        endings: The endings there are, as people are told them: ".md .html".
        format_of: Gives the format that a path's ending names, None where it names none.
    """

    def problem(line: str) -> str:
        path = line.strip()
        if not path:
            return ""
        if format_of(path) is None:
            return f"The ending names no format: there are {endings}."
        try:
            resolve_target(path)
        except ExportError as error:
            return f"{error.message} {error.hint}"
        return ""

    hint = f"the ending names the format: {endings} · tab completes"
    return Question("Export to ", suggested, hint, _paths, problem)


def _paths(line: str, cursor: int) -> Sequence[Suggestion]:
    return [Suggestion(path + line[cursor:], path) for path in complete_path(line[:cursor])]


def file_is_there(path: str) -> bool:
    """Say whether a file of that name would be replaced."""
    try:
        return resolve_target(path).exists()
    except ExportError:
        # Writing says what is the matter.
        return False
