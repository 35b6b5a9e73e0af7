"""A terminal for the program to run in, as a person in front of it sees it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from pathlib import Path
from types import TracebackType

from tests.end_to_end.shell import Shell

__all__ = ["Terminal"]

_PATIENCE = 40.0
_ESCAPES = re.compile(r"\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|[=>78cM])")


class Terminal:
    """A process under a pseudo terminal; it is killed when the block ends, if it still runs.

    Args:
        shell: Whose it is.
        words: What stands behind the program's name.
        controls: Whether the terminal controls the process, and so tells it by a signal that it goes away.
        environ: More environment variables.
    """

    def __init__(self, shell: Shell, *words: str, controls: bool = True, **environ: str) -> None:
        command = [*shell.command, *words]
        variables = {**shell.environ, **environ}
        self.pid, self._file = pty.fork() if controls else _fork_without_control()
        if self.pid == 0:
            os.chdir(Path(__file__).parents[2])
            os.execve(command[0], command, variables)
        fcntl.ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 120, 0, 0))
        self._raw = b""
        self._status: int | None = None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self.vanish()

    @property
    def text(self) -> str:
        """All that was written so far, without escape sequences."""
        return _ESCAPES.sub("", self._raw.decode("utf-8", "replace"))

    @property
    def ends_with_own_screen(self) -> bool:
        """Whether the screen that was there before is shown again, with its cursor."""
        return self._raw.rfind(b"\x1b[?1049l") > self._raw.rfind(b"\x1b[?1049h") and (
            self._raw.rfind(b"\x1b[?25h") > self._raw.rfind(b"\x1b[?25l")
        )

    def expect(self, pattern: str) -> str:
        """Wait until what was written matches, and return it; what was there before the last `send` counts too."""
        deadline = time.monotonic() + _PATIENCE
        while not re.search(pattern, self.text):
            assert time.monotonic() < deadline, f"{pattern!r} did not come; there is:\n{self.text}"
            assert self._read(), f"it ended before {pattern!r} came; there is:\n{self.text}"
        return self.text

    def send(self, text: str) -> None:
        """Type."""
        os.write(self._file, text.encode())

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def vanish(self) -> None:
        """Take the terminal away from the process."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def wait(self) -> int:
        """Wait for the end, and return the exit status."""
        while self._file >= 0 and self._read():
            pass
        if self._file < 0:
            self._await_end()
        _, status = os.waitpid(self.pid, 0)
        self._status = os.waitstatus_to_exitcode(status)
        return self._status

    def _await_end(self) -> None:
        process = os.pidfd_open(self.pid)
        try:
            ready, _, _ = select.select([process], [], [], _PATIENCE)
            assert ready, "it goes on without a terminal"
        finally:
            os.close(process)

    def _read(self) -> bool:
        """Take what was written; False at the end."""
        ready, _, _ = select.select([self._file], [], [], _PATIENCE)
        assert ready, f"nothing happens; there is:\n{self.text}"
        try:
            piece = os.read(self._file, 65536)
        except OSError:
            # Linux says so when the last process has closed the terminal.
            return False
        self._raw += piece
        return bool(piece)


def _fork_without_control() -> tuple[int, int]:
    """Fork as `pty.fork` does, into a session that no terminal controls."""
    ours, theirs = pty.openpty()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        for standard in (0, 1, 2):
            os.dup2(theirs, standard)
        os.closerange(3, max(ours, theirs) + 1)
    else:
        os.close(theirs)
    return pid, ours
