"""The terminal that the app runs on, which may go away under it."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
from types import FrameType
from typing import Any, TextIO

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

__all__ = ["TerminalDriver", "has_job_control"]

_ENDING = (signal.SIGHUP, signal.SIGTERM)


def has_job_control() -> bool:
    """Say whether a shell has started the process as a job, which it can continue once it was stopped."""
    parent = os.getppid()
    try:
        return os.getsid(parent) == os.getsid(0) and os.getpgid(parent) != os.getpgrp()
    except OSError:
        # The parent is another user's, or has gone.
        return False


class TerminalDriver(LinuxDriver):
    """Textual's own driver, with an orderly end when the terminal has gone or somebody ends the process.

    Textual's waits for input that never comes again, at full speed, where no signal tells of the terminal's end;
    and its writing thread dies of it, upon which the next frames wait for ever.
    """

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._file: Any = _Output(sys.__stderr__ or sys.stderr)
        self._our_loop: asyncio.AbstractEventLoop | None = None
        self._hang_up: select.epoll | None = None
        self._signals_before: dict[signal.Signals, Any] = {}

    def start_application_mode(self) -> None:
        """Take the terminal, and watch it."""
        loop = self._our_loop = asyncio.get_running_loop()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's own is not annotated

        def end(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._end, number)

        self._signals_before = {number: signal.signal(number, end) for number in _ENDING}
        if hasattr(select, "epoll"):
            # Without any event asked for, it tells of the terminal's end alone.
            self._hang_up = select.epoll()
            self._hang_up.register(self.fileno, 0)
            loop.add_reader(self._hang_up.fileno(), self._terminal_gone)

    def stop_application_mode(self) -> None:
        """Give the terminal back, and watch it no more."""
        self._stop_watching()
        for number, handler in self._signals_before.items():
            signal.signal(number, handler)
        self._signals_before = {}
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        """Read keys; where the terminal cannot be read any more, that is its end."""
        try:
            super().run_input_thread()
        except OSError:
            if self._our_loop is not None:
                self._our_loop.call_soon_threadsafe(self._terminal_gone)

    def _stop_watching(self) -> None:
        if self._hang_up is not None and self._our_loop is not None:
            self._our_loop.remove_reader(self._hang_up.fileno())
            self._hang_up.close()
            self._hang_up = None

    def _terminal_gone(self) -> None:
        self._stop_watching()
        # Whatever is still written on the way out would be an error, and change the exit status.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.__stdout__, sys.__stderr__):
            if stream is not None:
                os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        self._end(signal.SIGHUP)

    def _end(self, number: int) -> None:
        """Leave as quitting does, but without asking: drafts stay, and what is on its way to the store arrives."""
        self._app.exit(return_code=128 + number)


class _Output:
    """A stream that takes what nobody can see any more."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write, while there is a terminal."""
        try:
            self._stream.write(text)
        except OSError:
            return

    def fileno(self) -> int:
        """The number of the terminal's file."""
        return self._stream.fileno()

    def flush(self) -> None:
        """Flush, while there is a terminal."""
        try:
            self._stream.flush()
        except OSError:
            return
