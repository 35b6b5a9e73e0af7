"""CPU of a cursor key in the History screen, and whether a held key lags.

The real program in a pseudo-terminal, on a store of a million runs; beside it, taking turns in the same run, a
plain widget that draws constant rows, whose cost is the measure, alone on its screen and among bars as a screen
of the program has them, and Textual's own table. Keys come thirty a second, as a held key sends them, and then
all at once.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import generation
from benchmarks.harness import (
    ROOT,
    Figures,
    Row,
    Terminal,
    cache_folder,
    child_environment,
    compile_packages,
    heading,
    interleave,
    opened,
    parser,
    print_rows,
    program_beside_python,
    size_of,
)
from benchmarks.stores import home_environment, prime, sqlite_home

LIMIT = 1.3
PLAIN = "plain widget, constant rows"
AMONG_BARS = "the same among three bars"
OURS = "amx-tui, History screen"
_DOWN, _UP = b"\x1b[B", b"\x1b[A"
_BELL = rb"\x07"
_RATE = 30
_LEG = 16
"""Rows that fit on every terminal, headings aside."""


@dataclass
class Contestant:
    """A program with a list, and how it shows that the cursor has got to a row.

    Attributes:
        ready: What its output holds when its rows are there.
        arrival: What it holds when the cursor is at a row, counted from 0.
        scrolling: Milliseconds of CPU of a key that scrolls, one figure a turn.
        staying: The same of one that does not.
        lag: Milliseconds from the last key of a held one until its row is there.
        burst: Milliseconds until keys that came all at once are done, for each of them.
    """

    command: Callable[[int], Sequence[str | Path]]
    environ: dict[str, str]
    ready: bytes
    arrival: Callable[[int], bytes]
    keys: int
    size: tuple[int, int]
    scrolling: list[float] = field(default_factory=list)
    staying: list[float] = field(default_factory=list)
    lag: list[float] = field(default_factory=list)
    burst: list[float] = field(default_factory=list)

    def turn(self) -> float:
        """Measure once, and return the CPU of a key that scrolls."""
        with opened(self.command(_LEG), self.environ, self.size) as terminal:
            self._wait_until_ready(terminal)
            self.staying.append(self._zigzag(terminal))
        with opened(self.command(self.keys), self.environ, self.size) as terminal:
            self._wait_until_ready(terminal)
            self.burst.append(self._burst(terminal, self.keys))
            terminal.settle(0.7)
            self._hold(terminal, 2 * self.keys)
        return self.scrolling[-1]

    def _wait_until_ready(self, terminal: Terminal) -> None:
        terminal.wait_for(self.ready, seconds=30)
        terminal.settle(0.7)

    def _zigzag(self, terminal: Terminal) -> float:
        """Go down and up within the screen; milliseconds of CPU a key."""
        before = terminal.usage().cpu
        legs = max(2, self.keys // _LEG // 2 * 2)
        for leg in range(legs):
            key, goal = (_DOWN, _LEG) if leg % 2 == 0 else (_UP, 0)
            if self._press(terminal, key, _LEG, goal) is None:
                return math.nan
        return (terminal.usage().cpu - before) * 1000 / (legs * _LEG)

    def _burst(self, terminal: Terminal, goal: int) -> float:
        """Send all keys at once; milliseconds each until the cursor is at the row `goal`."""
        started = time.perf_counter()
        terminal.send(_DOWN * self.keys)
        arrived = terminal.wait_for(self.arrival(goal), seconds=30)
        return math.nan if arrived is None else (arrived - started) * 1000 / self.keys

    def _hold(self, terminal: Terminal, goal: int) -> None:
        """Hold the key down, at the bottom of the screen."""
        before = terminal.usage().cpu
        lag = self._press(terminal, _DOWN, self.keys, goal)
        self.lag.append(math.nan if lag is None else lag * 1000)
        terminal.settle(0.2, at_most=1)
        self.scrolling.append((terminal.usage().cpu - before) * 1000 / self.keys)

    def _press(self, terminal: Terminal, key: bytes, count: int, goal: int) -> float | None:
        """Send a key at the rate of a held one; seconds from the last until the cursor is at the row `goal`."""
        started = time.perf_counter()
        for number in range(count):
            terminal.read_until(started + number / _RATE)
            terminal.send(key)
        sent = time.perf_counter()
        arrived = terminal.wait_for(self.arrival(goal), seconds=30)
        return None if arrived is None else arrived - sent


def main() -> None:
    """Measure and print."""
    options = parser(__doc__ or "", rounds=5)
    options.add_argument(
        "--program", type=Path, default=program_beside_python(), help="the installed amx-tui to measure"
    )
    options.add_argument("--cache", default="/tmp/amx-bench", help="where stores are kept for the next time")
    options.add_argument("--runs", type=int, default=1_000_000, help="runs in the store")
    options.add_argument("--keys", type=int, default=96, help="keys a turn")
    options.add_argument(
        "--size",
        type=size_of,
        nargs="*",
        default=["110x40", "160x40"],
        help="columns x lines of the terminal",
    )
    given = options.parse_args()
    compile_packages(given.program.with_name("python"))
    home = sqlite_home(cache_folder(given.cache), given.runs)
    for size in map(_as_size, given.size):
        prime(given.program, home, size)
        contestants = _contestants(given.program, home, given.keys, size)
        interleave({name: each.turn for name, each in contestants.items()}, given.rounds)
        heading(f"{size[0]}x{size[1]}, {given.keys} keys a turn, {given.rounds} rounds")
        _print({name: each.scrolling for name, each in contestants.items()}, "ms of CPU a key, scrolling")
        _print({name: each.staying for name, each in contestants.items()}, "ms of CPU a key, not scrolling")
        _print(
            {name: each.lag for name, each in contestants.items()}, "ms behind a held key", has_limit=False
        )
        _print(
            {name: each.burst for name, each in contestants.items()}, "ms a key, all at once", has_limit=False
        )


def _as_size(given: str | tuple[int, int]) -> tuple[int, int]:
    return size_of(given) if isinstance(given, str) else given


def _print(figures: Figures, unit: str, *, has_limit: bool = True) -> None:
    counted = {name: values[1:] for name, values in figures.items()}
    rows = [
        Row(name, values, counted[PLAIN] if has_limit else None, LIMIT if name == OURS else None)
        for name, values in counted.items()
    ]
    print_rows(rows, unit=unit, digits=2)
    print()


def _contestants(program: Path, home: Path, keys: int, size: tuple[int, int]) -> dict[str, Contestant]:
    python, apps = program.with_name("python"), ROOT / "benchmarks" / "apps"

    def app(name: str, *arguments: str) -> Contestant:
        def command(step: int) -> Sequence[str | Path]:
            return python, apps / name, str(step), *arguments

        return Contestant(command, child_environment(), _BELL, lambda row: _BELL, keys, size)

    def row_with_cursor(row: int) -> bytes:
        return f"›[ ●]{generation.run_id(row)}".encode()

    ours = Contestant(
        lambda step: (program,), home_environment(home), rb"row 1(?!\d)", row_with_cursor, keys, size
    )
    return {
        PLAIN: app("constant_rows.py"),
        AMONG_BARS: app("constant_rows.py", "bars"),
        OURS: ours,
        "Textual's DataTable": app("table_rows.py"),
    }


if __name__ == "__main__":
    main()
