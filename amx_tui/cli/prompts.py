"""Questions on the terminal: asked on stderr, so that stdout holds nothing but the answer of the verb."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from amx_tui.domain.text import visible

if TYPE_CHECKING:
    from amx_tui.services.commands import Question

__all__ = ["ask", "is_interactive"]


def is_interactive() -> bool:
    """Whether somebody sits in front of this: input and diagnostics are both a terminal."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr.isatty())


async def ask(question: Question) -> bool | str:
    """Ask on the terminal; the end of the input is a no, and an empty line the default.

    Nothing else runs meanwhile, so this waits where it stands.

    Raises:
        KeyboardInterrupt: ctrl+c.
    """
    with _interruptible():
        match question.kind:
            case "confirm":
                return _line(f"{visible(question.prompt)} [y/N]: ").strip().lower() in {"y", "yes"}
            case "secret":
                from getpass import getpass

                try:
                    return getpass(f"{visible(question.prompt)}: ", stream=sys.stderr)
                except EOFError:
                    return ""
            case "choice":
                return _chosen(question)
            case "text":
                return _text(question)


def _text(question: Question) -> str:
    help_ = f" ({visible(question.help)})" if question.help else ""
    default = f" [{visible(question.default)}]" if question.default else ""
    return _line(f"{visible(question.prompt)}{help_}{default}: ").strip() or question.default


def _chosen(question: Question) -> str:
    """Ask for one of several, by number or by name, until the answer is one of them."""
    if question.help:
        print(visible(question.help), file=sys.stderr)
    width = len(str(len(question.choices)))
    labels = question.labels or question.choices
    for number, label in enumerate(labels, 1):
        print(f"  [{number:>{width}}] {visible(label)}", file=sys.stderr)
    default = f" [{visible(question.default)}]" if question.default else ""
    while True:
        answer = _line(f"{visible(question.prompt)}{default} > ").strip() or question.default
        if answer.isascii() and answer.isdigit() and 0 < int(answer) <= len(question.choices):
            return question.choices[int(answer) - 1]
        if answer in question.choices or not answer:
            return answer
        print("Type a number or a name from the list; an empty line cancels.", file=sys.stderr)


def _line(prompt: str) -> str:
    sys.stdout.flush()
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        print(file=sys.stderr)
    return line


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let ctrl+c interrupt the waiting: the event loop's own handler would only cancel a task later."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        print(file=sys.stderr)
        raise
    finally:
        signal.signal(signal.SIGINT, before)
