"""The command line and the filter line: what they are asked with, and what happens with the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from amx_tui.config.secrets import is_secret_key
from amx_tui.domain.errors import AmxError
from amx_tui.services import grammar
from amx_tui.ui.app_words import command_of, matching_words
from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.line.screen import LineScreen, Question, Suggestion
from amx_tui.ui.screens.run.screen import RunScreen

if TYPE_CHECKING:
    from amx_tui.ui.app import AmxApp

__all__ = ["answer_when_loaded", "ask_command", "ask_line", "run_line"]

Value = TypeVar("Value")
KEPT_LINES = 200
_HISTORY = "command-history"


def ask_line(
    app: AmxApp,
    *,
    prompt: str,
    value: str,
    words: Sequence[str],
    hint: str,
    on_change: Callable[[str], str],
    on_done: Callable[[str], str],
    on_cancel: Callable[[Value], object],
    cancel_value: Value,
    suggest: Callable[[str], Iterable[str]] = lambda word: (),
) -> None:
    """Ask for a filter line that is applied while it is typed.

    Args:
        words: The words that may stand before a colon, as `who:`.
        on_change: Applies a line, and answers what is wrong with it or nothing.
        on_done: The same, for the line as it was left.
        on_cancel: Called with `cancel_value` when the line is left with esc.
        suggest: The values that fit behind a word before a colon.
    """

    def fitting(line: str, cursor: int) -> list[Suggestion]:
        start = line.rfind(" ", 0, cursor) + 1
        typed = line[start:cursor]
        word, colon, _ = typed.partition(":")
        options = [f"{word}:{option}" for option in suggest(word)] if colon else list(words)
        return [
            Suggestion(line[:start] + option + line[cursor:], option)
            for option in options
            if option.lower().startswith(typed.lower()) and option != typed and (typed or not line)
        ]

    def answered(line: str | None) -> None:
        if line is None:
            on_cancel(cancel_value)
        else:
            on_done(line)

    app.push_screen(LineScreen(Question(prompt, value, hint, fitting, on_change)), answered)


def ask_command(app: AmxApp) -> None:
    """Open the command line; at once, for what is typed ahead of a slow start must not press keys of the screen.

    Raises:
        StoreError: The configuration could not be read.
    """
    workspace = app.workspace if app.session.loaded.is_set() else app.session.workspace
    history = [] if workspace is None else _read_lines(workspace.home / _HISTORY)

    def fitting(line: str, cursor: int) -> list[Suggestion]:
        found = [
            Suggestion(line[: found.start] + found.text + line[found.end :], found.text, found.help)
            for found in grammar.complete(line, cursor, sources(app))
        ]
        return found + [Suggestion(word, word, help_) for word, help_ in matching_words(line[:cursor])]

    def answered(line: str | None) -> None:
        if line is None or not line.strip():
            return
        if app.session.loaded.is_set():
            _answer(app, line)
        else:
            app.run_worker(answer_when_loaded(app, line), description="The command line")

    app.push_screen(
        LineScreen(
            Question(
                ":",
                "",
                "tab completes, ↑ recalls, enter runs, esc leaves; try: doctor",
                fitting,
                None,
                history,
            )
        ),
        answered,
    )


async def answer_when_loaded(app: AmxApp, line: str) -> None:
    """Do what a command line says as soon as the configuration is there."""
    await app.session.loaded.wait()
    # The screens learn of the configuration first.
    app.call_later(_answer, app, line)


def _answer(app: AmxApp, line: str) -> None:
    workspace = app.session.workspace
    if workspace is None and command_of(line) is None:
        try:
            workspace = app.workspace
        except AmxError as error:
            app.report_error(error, what="The command line")
            return
    # A password that was typed into a command is not written down.
    if workspace is not None and not is_secret_key(line):
        path = workspace.home / _HISTORY
        _keep_lines(path, [*(kept for kept in _read_lines(path) if kept != line), line])
    run_line(app, line)


def sources(app: AmxApp) -> grammar.Sources:
    """Where completions of values come from: the runs in memory and the configuration; no store is asked."""
    workspace = app.session.workspace
    runs = [run for screen in app.screens_of_kind(HistoryScreen) for run in screen.runs.rows]
    return {
        "runs": lambda: [run.run_id for run in runs],
        "members": lambda: sorted({run.created_by for run in runs}),
        "tables": lambda: sorted(
            {name for screen in app.screens_of_kind(RunScreen) for name in screen.tables}
        ),
        "scopes": lambda: sorted({schema for run in runs for schema, _ in run.scope.schemas}),
        "profiles": lambda: sorted(workspace.config.profiles) if workspace else [],
        "backends": lambda: [backend.name for backend in workspace.profiles.backends()] if workspace else [],
    }


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()[-KEPT_LINES:]
    except OSError:
        return []


def _keep_lines(path: Path, lines: Sequence[str]) -> None:
    """Keep the lines for next time; a home that cannot be written costs nothing but that."""
    try:
        path.write_text("\n".join(lines[-KEPT_LINES:]) + "\n", encoding="utf-8")
        path.chmod(0o600)
    except OSError:
        return


def run_line(app: AmxApp, line: str) -> None:
    """Do what a command line says: go to a screen, or run the verb and show what it answers."""
    from amx_tui.ui.verbs import perform

    command = command_of(line)
    if command is not None:
        app.call_later(app.action_perform, command)
        return
    try:
        invocation = grammar.parse_line(line)
    except AmxError as error:
        app.report_error(error, what=f":{line}")
        return
    perform(app, invocation)
