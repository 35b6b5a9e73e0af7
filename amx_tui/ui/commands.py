"""A command is declared once: its key, its place in the footer, its row in help and in the palette.

Every key press, palette choice and click on the footer ends in `Performer.action_perform`, so that a command
that is not allowed explains itself in one place, whichever way it was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.message_pump import MessagePump

from amx_tui.domain.errors import AmxError

if TYPE_CHECKING:
    from amx_tui.ui.speaking import SpeakingApp

__all__ = ["Command", "Performer", "bindings_of", "key_label"]

_KEY_LABELS = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "escape": "esc",
    "right_curly_bracket": "}",
    "left_curly_bracket": "{",
    "space": "space",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "shift+tab": "⇧tab",
}


@dataclass(frozen=True, slots=True)
class Command:
    """Something that a screen or widget can do.

    Args:
        id: `screen.verb`; the verb names the method `action_verb`. Also the name in the user's key map.
        keys: The keys, comma separated, as Textual names them.
        title: What it does: the row in help and in the palette.
        footer: A short label; empty for commands that the footer does not show.
        in_palette: Whether the palette offers it (movement keys would only be in the way there).
    """

    id: str
    keys: str
    title: str
    footer: str = ""
    in_palette: bool = True

    @property
    def verb(self) -> str:
        """The part of the id behind the dot."""
        return self.id.rpartition(".")[2]


def bindings_of(commands: Iterable[Command]) -> list[BindingType]:
    """The Textual bindings of commands; ids make them movable by the user's key map."""
    return [
        Binding(command.keys, f"perform('{command.id}')", command.title, show=False, id=command.id)
        for command in commands
        if command.keys
    ]


def key_label(keys: str) -> str:
    """Write keys for people: `ctrl+d` as `^d`, `question_mark` as `?`."""
    labels = []
    for key in keys.split(","):
        key = key.strip()
        label = _KEY_LABELS.get(key)
        if label is None:
            label = key.replace("ctrl+", "^").replace("alt+", "alt+").replace("shift+", "⇧")
        labels.append(label)
    return " ".join(labels)


class Performer(MessagePump):
    """A screen, widget or app that performs commands."""

    VERBS: ClassVar[tuple[Command, ...]] = ()

    def reason_against(self, command: Command) -> str:
        """Say in a sentence why `command` cannot be done now; empty when it can."""
        return ""

    async def action_perform(self, command_id: str) -> None:
        """Do a command, or say why not."""
        command = next(verb for verb in self.VERBS if verb.id == command_id)
        reason = self.reason_against(command)
        if reason:
            self.app.notify(reason, title=command.title, severity="warning", markup=False)
            return
        try:
            outcome: Any = getattr(self, f"action_{command.verb}")()
            if isawaitable(outcome):
                await outcome
        except AmxError as error:
            cast("SpeakingApp", self.app).report_error(error, what=command.title)
