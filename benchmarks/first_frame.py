"""Time from starting the program to the first bytes that hold a row of the History screen.

Beside it, taking turns in the same run: a bare Textual app with one empty table, whose time is the measure; the
same program on stores of a million runs, near and behind a proxy that delays every byte; harlequin and posting
where `--others` says where to install them.
"""

from __future__ import annotations

import argparse
import math
import re
import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import (
    ROOT,
    Figures,
    Row,
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
from benchmarks.stores import (
    demo_home,
    home_environment,
    postgres_home,
    postgresql,
    prime,
    sqlite_home,
)
from tests.proxy import DelayingProxy

LIMIT = 1.15
BARE = "bare Textual app, one empty table"
# What to install, what the first frame holds, and what to start it with. With tree-sitter 0.26 posting 2.11 breaks
# at its start; harlequin asks the user about locales unless it is given one.
_OTHERS: dict[str, tuple[tuple[str, ...], bytes, tuple[str, ...]]] = {
    "harlequin": (("harlequin",), rb"Data Catalog", ("--locale", "C")),
    "posting": (("posting", "tree-sitter<0.26"), rb"Collection", ()),
}


@dataclass
class Contestant:
    """A program, and what of its output says that its first frame is there.

    Attributes:
        first: What its first useful frame holds.
        fresh: What says that rows were read from the store; empty for a program that reads none.
        cpu: Milliseconds of CPU until the first frame, one figure a start.
        fresh_after: Milliseconds until the rows were fresh.
    """

    command: Sequence[str | Path]
    environ: dict[str, str]
    first: bytes
    size: tuple[int, int]
    fresh: bytes = b""
    cpu: list[float] = field(default_factory=list)
    fresh_after: list[float] = field(default_factory=list)

    def start(self) -> float:
        """Start it once, and return the milliseconds to its first frame."""
        with opened(self.command, self.environ, self.size) as terminal:
            shown = terminal.wait_for(self.first, seconds=30)
            self.cpu.append(terminal.usage().cpu * 1000)
            if self.fresh:
                fresh = terminal.wait_for(self.fresh, seconds=30)
                self.fresh_after.append(math.nan if fresh is None else (fresh - terminal.started) * 1000)
            return math.nan if shown is None else (shown - terminal.started) * 1000


def main() -> None:
    """Measure and print."""
    options = parser(__doc__ or "", rounds=15)
    options.add_argument(
        "--program", type=Path, default=program_beside_python(), help="the installed amx-tui to measure"
    )
    options.add_argument("--cache", default="/tmp/amx-bench", help="where stores are kept for the next time")
    options.add_argument("--runs", type=int, default=1_000_000, help="runs in the large stores")
    options.add_argument("--delay", type=float, default=0.05, help="seconds of a round trip to the far store")
    options.add_argument("--size", type=size_of, default="120x40", help="columns x lines of the terminal")
    options.add_argument("--others", type=Path, help="a folder to install harlequin and posting in")
    given = options.parse_args()
    compile_packages(given.program.with_name("python"))
    with ExitStack() as stack:
        contestants = {BARE: _bare(given), **_ours(given, stack), **_others(given)}
        figures = interleave({name: each.start for name, each in contestants.items()}, given.rounds)
    columns, lines = given.size
    heading(f"First frame, {columns}x{lines}, {given.rounds} rounds")
    _print(figures, "ms to the first row")
    _print({name: each.cpu[1:] for name, each in contestants.items()}, "ms of CPU until then")
    fresh = {name: each.fresh_after[1:] for name, each in contestants.items() if each.fresh}
    print_rows([Row(name, values) for name, values in fresh.items()], unit="ms to rows fresh from the store")


def _print(figures: Figures, unit: str) -> None:
    rows = [
        Row(name, values, figures[BARE], LIMIT if name.startswith("amx-tui") else None)
        for name, values in figures.items()
    ]
    print_rows(rows, unit=unit)
    print()


def _bare(given: argparse.Namespace) -> Contestant:
    app = ROOT / "benchmarks" / "apps" / "bare.py"
    command = (given.program.with_name("python"), app)
    return Contestant(command, child_environment(), rb"run_id", given.size)


def _ours(given: argparse.Namespace, stack: ExitStack) -> dict[str, Contestant]:
    """The program on a demo, and on large stores: a file, a server, and a server far away."""
    folder = cache_folder(given.cache)
    stores = stack.enter_context(postgresql(folder))
    stores.make(given.runs)
    proxy = DelayingProxy((stores.cluster.host, stores.cluster.port), delay=given.delay / 2)
    stack.callback(proxy.close)
    stack.callback(time.sleep, given.delay)  # the last goodbye is still on its way
    near = stores.profile(given.runs)
    far = stores.profile(given.runs, address=proxy.address)
    count = f"{given.runs:,} runs"
    homes = {
        "amx-tui, demo": demo_home(folder),
        f"amx-tui, {count} in SQLite": sqlite_home(folder, given.runs),
        f"amx-tui, {count} in PostgreSQL": postgres_home(folder, "near", near),
        f"amx-tui, the same {given.delay * 1000:.0f} ms away": postgres_home(folder, "far", far),
    }
    return {name: _ours_in(given, home) for name, home in homes.items()}


def _ours_in(given: argparse.Namespace, home: Path) -> Contestant:
    first = re.escape(prime(given.program, home, given.size).encode())
    environ = home_environment(home)
    return Contestant((given.program,), environ, first, given.size, fresh=rb"row 1(?!\d)")


def _others(given: argparse.Namespace) -> dict[str, Contestant]:
    """Other database and network clients in a terminal, installed from the package index where they are not yet."""
    if given.others is None:
        return {}
    contestants: dict[str, Contestant] = {}
    for name, (packages, first, arguments) in _OTHERS.items():
        folder = given.others / name
        program = folder / "bin" / name
        if not program.exists():
            venv.create(folder, with_pip=True)
            subprocess.run([folder / "bin" / "pip", "install", "--quiet", *packages], check=True)
        home = given.others / "home"
        home.mkdir(exist_ok=True)
        environ = child_environment(HOME=str(home))
        contestants[name] = Contestant((program, *arguments), environ, first, given.size)
    return contestants


if __name__ == "__main__":
    main()
