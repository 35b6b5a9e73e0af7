"""Words of the command line that are about the program itself and mean nothing in a shell: `:q`, `:theme`, `:log`."""

from __future__ import annotations

from collections.abc import Iterator

from amx_tui.services.grammar.parsing import command_start
from amx_tui.ui.global_commands import GlobalCommands

__all__ = ["command_of", "matching_words"]

_WORDS = {
    "quit": "app.quit",
    "theme": "app.theme",
    "log": "app.log",
    "profiles": "app.profiles",
    "history": "app.history",
    "pages": "app.pages",
}
_HABITS = {
    **dict.fromkeys(("q", "q!", "qa", "qa!", "quit!", "exit", "wq", "x"), "app.quit"),
    "messages": "app.log",
    "colors": "app.theme",
    "colours": "app.theme",
    "colorscheme": "app.theme",
    "h": "app.help",
}
"""What fingers type that come from other programs; understood, not offered."""


def command_of(line: str) -> str | None:
    """The id of the app's own command that a line asks for; None where it is for the grammar to read."""
    word = line[command_start(line) :].strip()
    return _WORDS.get(word) or _HABITS.get(word)


def matching_words(typed: str) -> Iterator[tuple[str, str]]:
    """Give the app's words that begin like what was typed so far, with what they do."""
    word = typed[command_start(typed) :]
    titles = {command.id: command.title for command in GlobalCommands.VERBS}
    for known, command in _WORDS.items():
        # The grammar offers the words that it has too.
        if word and known.startswith(word) and known not in {"history", "pages"}:
            yield known, titles[command]
