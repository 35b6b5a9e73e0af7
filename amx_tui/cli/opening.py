"""Opening the app, on the AMX home or on a demo made for the occasion."""

from __future__ import annotations

import gc
import logging
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from amx_tui.cli.demo_home import demo_environment

if TYPE_CHECKING:
    from amx_tui.services.grammar import Invocation
    from amx_tui.services.workspace import Workspace

__all__ = ["open_app", "open_demo"]


def open_app(environ: Mapping[str, str], *, line: str = "") -> int:
    """Open the app; nothing but what the first frame shows is read before it.

    Args:
        environ: The environment variables, which name the AMX home.
        line: A command line to begin with, as it would be typed in the app.

    Returns:
        The exit status.

    Raises:
        Exception: What ended the app, where it did not end by itself.
    """
    # A start makes no garbage worth collecting; the app switches the collector on behind its first frame.
    gc.disable()
    # What the libraries log would otherwise be written over the screen.
    logging.getLogger().addHandler(logging.NullHandler())
    from amx_tui.config.home import amx_home
    from amx_tui.services.last_seen import load_last_seen
    from amx_tui.ui.app import AmxApp

    environ = demo_environment(environ)
    home = amx_home(environ)

    def load() -> Workspace:
        from amx_tui.services.workspace import Workspace

        return Workspace.load(environ, home)

    app = AmxApp(load, load_last_seen(home), line)
    app.run()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


def open_demo(invocation: Invocation) -> int:
    """Make a demo and open it; without `--keep` it is removed when the app is closed.

    Raises:
        UsageError: There is no terminal, or the folder to keep it in is in use for something else.
    """
    import asyncio
    import sys
    import tempfile

    from amx_tui.domain.errors import UsageError
    from amx_tui.services.demo.home import kept_folder, make_demo, open_command

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "The demo needs a terminal to open in.", hint="Make it with `amx-tui demo --keep DIR --no-open`."
        )
    keep = invocation.text("keep")
    if keep:
        made = asyncio.run(make_demo(kept_folder(keep)))
        status = open_app(_environment_of(made.path))
        print(f"The demo is kept. Open it again with: {open_command(made.path)}")
        return status
    with (
        _leaving_on_signals(),
        tempfile.TemporaryDirectory(prefix="amx-demo-", ignore_cleanup_errors=True) as folder,
    ):
        made = asyncio.run(make_demo(Path(folder) / "home"))
        return open_app(_environment_of(made.path))


@contextmanager
def _leaving_on_signals() -> Iterator[None]:
    """Leave in an orderly way when the terminal is closed or the process is told to end.

    Otherwise the throw-away folder would stay behind.
    """

    def leave(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _environment_of(home: Path) -> dict[str, str]:
    """The environment of a demo: its own home, and nobody's own name."""
    environ = {name: value for name, value in os.environ.items() if name != "AMX_USER"}
    return environ | {"AMX_HOME": str(home)}
