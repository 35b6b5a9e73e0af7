"""The entry point: `amx-tui` opens the app, `amx-tui VERB` does one thing and prints the answer.

What is imported before the first frame is what the user waits for, so everything but the standard library's
cheapest modules is imported where it is needed.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amx_tui.domain.errors import AmxError

__all__ = ["main"]

_INTERRUPTED = 130
_BROKEN_PIPE = 141
"""What a shell reports of a program that SIGPIPE ended, as `… | head` does."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        argv: The words behind the program's name; the process' own by default.

    Returns:
        The exit status: 0 done, 1 failed, 2 usage, 3 conflict, 4 not permitted.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if not words:
        return _guarded(_open_app)
    if words[0] in {"--version", "-V"}:
        from amx_tui import __version__

        return _guarded(lambda: _say(f"amx-tui {__version__}"))
    return _guarded(lambda: _run_verb(words))


def _guarded(action: Callable[[], int]) -> int:
    """Do something, and turn whatever stops it into a message and an exit status, never into a traceback."""
    try:
        return action()
    except KeyboardInterrupt:
        _drop_output()
        return _INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return _BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the outermost wrapper: nobody else would catch it
        from amx_tui.domain.errors import AmxError

        if isinstance(error, AmxError):
            return _complain(error)
        from amx_tui.cli.crash import report_crash

        return report_crash(error)


def _drop_output() -> None:
    """Let nothing more be written: the reader has gone, and the interpreter would complain on its way out."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        # There is no real stdout to redirect, and so nothing that could complain.
        return


def _complain(error: AmxError) -> int:
    from amx_tui.domain.text import visible

    sys.stdout.flush()
    print(f"amx-tui: {visible(error.message)}", file=sys.stderr)
    if error.hint:
        print(f"hint: {visible(error.hint)}", file=sys.stderr)
    return error.exit_status


def _say(text: str) -> int:
    print(text)
    sys.stdout.flush()
    return 0


def _open_app() -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        from amx_tui.domain.errors import UsageError

        raise UsageError(
            "The program needs a terminal to open in.",
            hint="Name a command, such as `amx-tui history list --json`; `amx-tui --help` lists them.",
        )
    from amx_tui.cli.opening import open_app

    return open_app(dict(os.environ))


def _run_verb(words: Sequence[str]) -> int:
    from amx_tui.services.grammar import help_text, parse

    _prepare_streams()
    _check_encoding(words)
    invocation = parse(words)
    if invocation.path[0] == "help":
        return _say(help_text(invocation.path[1:]))
    if invocation.path == ("demo",) and not invocation.flag("no-open"):
        from amx_tui.cli.opening import open_demo

        return open_demo(invocation)
    if invocation.path[1:] == ("review",) and not any(map(invocation.has, ("json", "dry-run", "yes"))):
        one_by_one = invocation.text("strategy", "one-by-one") == "one-by-one"
        if one_by_one and sys.stdin.isatty() and sys.stdout.isatty():
            from amx_tui.cli.opening import open_app

            return open_app(dict(os.environ), line=shlex.join(words))
    from amx_tui.cli.headless import run

    return run(invocation)


def _prepare_streams() -> None:
    """Write UTF-8 to files and pipes, and on terminals whatever they can show."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        if stream.isatty():
            reconfigure(errors="backslashreplace")
        else:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def _check_encoding(words: Sequence[str]) -> None:
    """Refuse words that are no text: the shell's bytes that are no UTF-8 come as lone surrogates."""
    for word in words:
        try:
            word.encode("utf-8")
        except UnicodeEncodeError:
            from amx_tui.domain.errors import UsageError
            from amx_tui.domain.text import one_line

            raise UsageError(
                f"`{one_line(word, 60)}` is not valid UTF-8.", hint="Check the terminal's encoding."
            ) from None
