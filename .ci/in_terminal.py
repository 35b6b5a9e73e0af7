"""Run a command in a terminal of its own: wait for a text on the screen, press keys, expect a good end.

`python3 .ci/in_terminal.py PATTERN KEYS COMMAND...`: exit status 0 when the command wrote what matches the
pattern, and ended with 0 after the keys.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

PATIENCE = 300.0  # seconds, an installation included
ROWS, COLUMNS = 40, 140


def main(pattern: str, keys: str, command: list[str]) -> int:
    """Run the command and return the exit status for the shell."""
    process, terminal = pty.fork()
    if process == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    seen, ended_early = read_until(terminal, re.compile(pattern.encode()))
    if ended_early is None:
        os.write(terminal, keys.encode())
        rest, ended_early = read_until(terminal, None)
        seen += rest
    if ended_early is False:
        os.kill(process, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    shown = re.search(pattern.encode(), seen) is not None
    if status == 0 and shown:
        return 0
    sys.stdout.write(seen[-4000:].decode(errors="replace").replace("\x1b", "␛") + "\n")
    print(f"in_terminal: {pattern!r} {'appeared' if shown else 'never appeared'}; ended with {status}")
    return 1


def read_until(terminal: int, pattern: re.Pattern[bytes] | None) -> tuple[bytes, bool | None]:
    """Read what the command writes; None: the pattern came; True: the command ended; False: patience did."""
    seen = b""
    deadline = time.monotonic() + PATIENCE
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([terminal], [], [], left)[0]:
            break
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # how Linux says that nobody holds the other end any more
            return seen, True
        if not chunk:
            return seen, True
        seen += chunk
        if pattern is not None and pattern.search(seen):
            return seen, None
    return seen, False


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(str(__doc__))
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
