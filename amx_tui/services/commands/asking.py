"""How a command asks and shows: through whoever runs it, a shell or the app, never by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from amx_tui.domain.errors import UsageError
from amx_tui.domain.report import Block

__all__ = ["Ask", "Dialogue", "Progress", "Question", "Show"]

Progress = Callable[[int, int, str], None]
"""Told which step of how many is being done, and what it is."""

Show = Callable[[Sequence[Block]], None]
"""Draws blocks at once, before the command goes on."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a command needs to know."""

    kind: Literal["confirm", "text", "secret", "choice"]
    prompt: str
    default: str = ""
    choices: tuple[str, ...] = ()
    """What a choice may be answered with."""
    labels: tuple[str, ...] = ()
    """How the choices are shown; as they are where this is empty."""
    help: str = ""


Ask = Callable[[Question], Awaitable[bool | str]]
"""Answers a confirmation with a bool, everything else with the text."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What a command may do with the person in front of it; nothing where nobody is there."""

    ask: Ask | None = None
    show: Show | None = None
    on_progress: Progress | None = None
    password: str = field(default="", repr=False)
    """What `--password-stdin` gave; read by the shell, for commands read nothing themselves."""

    @property
    def is_interactive(self) -> bool:
        """Whether somebody is there to answer."""
        return self.ask is not None

    async def confirm(self, prompt: str, *, otherwise: str) -> bool:
        """Ask for a yes.

        Args:
            prompt: The question.
            otherwise: What to do where nobody can be asked, for the error's hint.

        Raises:
            UsageError: Nobody is there to answer.
        """
        if self.ask is None:
            raise UsageError("This needs a yes, and nobody is there to be asked.", hint=otherwise)
        return await self.ask(Question("confirm", prompt)) is True

    async def text(self, question: Question, *, otherwise: str) -> str:
        """Ask for a text, a secret or a choice.

        Raises:
            UsageError: Nobody is there to answer.
        """
        if self.ask is None:
            raise UsageError(f"{question.prompt.rstrip(' :>')} is missing.", hint=otherwise)
        answer = await self.ask(question)
        return answer if isinstance(answer, str) else ""
