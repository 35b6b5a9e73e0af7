"""What all benchmarks share: interleaved rounds, programs on a pseudo-terminal, and the table of figures.

Absolute figures drift with the machine and whatever else runs on it, so that contestants take turns within one
run and ratios are what counts. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import fcntl
import math
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "ROOT",
    "Figures",
    "Row",
    "Terminal",
    "Usage",
    "cache_folder",
    "child_environment",
    "compile_packages",
    "heading",
    "interleave",
    "opened",
    "parser",
    "print_rows",
    "program_beside_python",
    "size_of",
]

ROOT = Path(__file__).resolve().parents[1]
_TASK_CLOCK = Path("schedstat")


def parser(description: str, *, rounds: int) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark has."""
    made = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    made.add_argument("--rounds", type=int, default=rounds, help="how often each contestant has its turn")
    return made


def cache_folder(given: str) -> Path:
    """Return the folder for what is kept, which PostgreSQL's own user must be able to enter."""
    folder = Path(given).expanduser().absolute()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    return folder


def size_of(given: str) -> tuple[int, int]:
    """Read a terminal's size, such as 120x40."""
    columns, _, lines = given.partition("x")
    return int(columns), int(lines)


Figures = dict[str, list[float]]


def interleave(contestants: Mapping[str, Callable[[], float]], rounds: int) -> Figures:
    """Let contestants take turns (A B C, C B A, A B C …) and return what each of them measured.

    Args:
        contestants: What does one measurement; NaN where it failed.
        rounds: How often each has its turn, behind one turn that does not count.
    """
    figures: Figures = {name: [] for name in contestants}
    names = list(contestants)
    for number in range(rounds + 1):
        for name in names if number % 2 else reversed(names):
            figure = contestants[name]()
            if number:
                figures[name].append(figure)
    return figures


# ---- figures -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One line of a table of figures.

    Attributes:
        name: What was measured.
        values: One figure a round; NaN for a round that failed.
        baseline: The figures of the same rounds that these are compared with; None leaves the ratio out.
        limit: What the ratio may be; None where there is no limit.
    """

    name: str
    values: Sequence[float]
    baseline: Sequence[float] | None = None
    limit: float | None = None

    @property
    def ratio(self) -> float | None:
        """The median of the rounds' own ratios, which a machine that slows down for a while changes little."""
        pairs = zip(self.values, self.baseline or (), strict=False)
        ratios = [value / base for value, base in pairs if not math.isnan(value / base)]
        return statistics.median(ratios) if ratios else None

    def cells(self, digits: int) -> tuple[str, ...]:
        """Return the line's cells behind its name: median, least, most, ratio, limit, verdict."""
        values = [value for value in self.values if not math.isnan(value)]
        if not values:
            return ("failed", "", "", "", "", "")
        numbers = [
            f"{number:,.{digits}f}" for number in (statistics.median(values), min(values), max(values))
        ]
        ratio = self.ratio
        if ratio is None:
            return (*numbers, "", "", "")
        if self.limit is None:
            return (*numbers, f"{ratio:.2f}", "", "")
        verdict = "within" if ratio <= self.limit else "ABOVE"
        return (*numbers, f"{ratio:.2f}", f"{self.limit:.2f}", verdict)


def heading(text: str) -> None:
    """Print a heading, at once, so that a long benchmark shows where it is."""
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def print_rows(rows: Sequence[Row], *, unit: str, digits: int = 1) -> None:
    """Print figures as a table: median, least and most in `unit`, ratio to the baseline and its limit."""
    heads = (unit, "median", "min", "max", "ratio", "limit", "")
    table = [heads, *((row.name, *row.cells(digits)) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(heads))]
    for line in table:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:-1], widths[1:-1], strict=True)]
        print("  ".join([*cells, line[-1]]).rstrip())
    sys.stdout.flush()


# ---- programs ----------------------------------------------------------------------------------------------


def program_beside_python() -> Path:
    """Return the `amx-tui` that is installed with this Python."""
    return Path(sys.executable).with_name("amx-tui")


def compile_packages(python: Path) -> None:
    """Write the `.pyc` files of an environment, as installing does, so that no start pays for them."""
    found = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
        env=child_environment(),
    )
    for folder in (found.stdout.strip(), str(ROOT / "amx_tui"), str(ROOT / "benchmarks" / "apps")):
        subprocess.run(
            [python, "-m", "compileall", "-q", folder],
            check=False,
            stdout=subprocess.DEVNULL,
            env=child_environment(),
        )


def child_environment(**more: str) -> dict[str, str]:
    """Return the environment of a user at a terminal: nothing of ours, nor of Python's, set."""
    foreign = ("AMX_", "PYTHON", "PG", "TEXTUAL", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    usual = {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LC_ALL": "C.UTF-8",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    return kept | usual | more


@dataclass(frozen=True)
class Usage:
    """What a process used.

    Attributes:
        cpu: Seconds of all its threads so far.
        memory: Resident bytes now.
    """

    cpu: float
    memory: int


class Terminal:
    """A program on a pseudo-terminal that draws nothing and answers no queries.

    Args:
        command: The program and its arguments.
        environ: Its environment.
        size: Columns and lines.
    """

    def __init__(
        self, command: Sequence[str | Path], environ: Mapping[str, str], size: tuple[int, int] = (120, 40)
    ) -> None:
        self._output = bytearray()
        self._seen = 0
        self._master, slave = pty.openpty()
        columns, lines = size
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            [str(word) for word in command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=dict(environ),
            cwd="/",
            start_new_session=True,
        )
        os.close(slave)

    @property
    def output(self) -> bytes:
        """All bytes that came so far."""
        return bytes(self._output)

    def elapsed(self) -> float:
        """Return the seconds since it was started."""
        return time.perf_counter() - self.started

    def send(self, keys: bytes) -> None:
        """Type."""
        os.write(self._master, keys)

    def wait_for(self, pattern: bytes, *, seconds: float = 60.0) -> float | None:
        """Read until what came since the last call matches a regular expression.

        Returns:
            The moment (`time.perf_counter`) at which it was there; None where it never came.
        """
        sought = re.compile(pattern)
        deadline = time.perf_counter() + seconds
        while True:
            found = sought.search(self._output, self._seen)
            if found:
                self._seen = found.end()
                return time.perf_counter()
            if not self._read(deadline - time.perf_counter()):
                return None

    def read_until(self, moment: float) -> None:
        """Read whatever comes until a moment of `time.perf_counter`."""
        while (left := moment - time.perf_counter()) > 0:
            self._read(left)

    def settle(self, quiet: float = 0.5, *, at_most: float = 5.0) -> None:
        """Read until nothing has come for `quiet` seconds; a blinking cursor never lets it come to that."""
        deadline = time.perf_counter() + at_most
        while time.perf_counter() < deadline and self._read(quiet):
            continue
        self._seen = len(self._output)

    def _read(self, seconds: float) -> bool:
        if seconds <= 0 or not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            chunk = os.read(self._master, 1 << 16)
        except OSError:
            return False  # The program has ended; Linux reports that as an error of the terminal.
        self._output += chunk
        return bool(chunk)

    def usage(self) -> Usage:
        """Return what the program has used so far; to the nanosecond, where `times` counts hundredths."""
        process = Path(f"/proc/{self._process.pid}")
        cpu = sum(int((task / _TASK_CLOCK).read_text().split()[0]) for task in (process / "task").iterdir())
        pages = int((process / "statm").read_text().split()[1])
        return Usage(cpu / 1e9, pages * os.sysconf("SC_PAGE_SIZE"))

    def close(self) -> float:
        """End the program at once, and return the seconds of CPU that it used from its start."""
        # Popen's own methods would collect the process first, and what it used with it.
        os.kill(self._process.pid, signal.SIGKILL)
        _, status, used = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        os.close(self._master)
        return used.ru_utime + used.ru_stime


@contextmanager
def opened(
    command: Sequence[str | Path], environ: Mapping[str, str], size: tuple[int, int] = (120, 40)
) -> Iterator[Terminal]:
    """Open a program on a pseudo-terminal, and end it."""
    terminal = Terminal(command, environ, size)
    try:
        yield terminal
    finally:
        terminal.close()
