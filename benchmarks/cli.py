"""Time of a whole `amx-tui history list --json`, and what it imports.

Beside it, taking turns: Python doing nothing, and Python importing SQLAlchemy alone, which the list cannot do
without.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import (
    Row,
    cache_folder,
    child_environment,
    compile_packages,
    heading,
    interleave,
    parser,
    print_rows,
    program_beside_python,
)
from benchmarks.stores import demo_home, home_environment, sqlite_home

NOTHING = "python -c pass"
_UNWANTED = ("textual", "rich")


@dataclass
class Command:
    """A command and what its runs took: seconds are kept as milliseconds, CPU apart from the clock's."""

    words: Sequence[str | Path]
    environ: Mapping[str, str]
    cpu: list[float] = field(default_factory=list)

    def run(self) -> float:
        """Run it to its end, and return the milliseconds it took."""
        started = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in self.words],
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(process.pid, 0)
        elapsed = (time.perf_counter() - started) * 1000
        process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu.append((used.ru_utime + used.ru_stime) * 1000)
        return math.nan if process.returncode else elapsed


def main() -> None:
    """Measure and print."""
    options = parser(__doc__ or "", rounds=15)
    options.add_argument(
        "--program", type=Path, default=program_beside_python(), help="the installed amx-tui to measure"
    )
    options.add_argument("--cache", default="/tmp/amx-bench", help="where stores are kept for the next time")
    options.add_argument("--runs", type=int, default=1_000_000, help="runs in the large store")
    given = options.parse_args()
    python = given.program.with_name("python")
    compile_packages(python)
    folder = cache_folder(given.cache)
    homes = {"a demo": demo_home(folder), f"{given.runs:,} runs": sqlite_home(folder, given.runs)}
    verb = (given.program, "history", "list", "--json")
    commands = {
        NOTHING: Command((python, "-c", "pass"), child_environment()),
        "python -c 'import sqlalchemy'": Command((python, "-c", "import sqlalchemy"), child_environment()),
        "amx-tui --version": Command((given.program, "--version"), child_environment()),
    }
    for name, home in homes.items():
        commands[f"amx-tui history list --json, {name}"] = Command(verb, home_environment(home))
    figures = interleave({name: command.run for name, command in commands.items()}, given.rounds)
    heading(f"A verb from the shell, {given.rounds} rounds")
    print_rows([Row(name, values, figures[NOTHING]) for name, values in figures.items()], unit="ms")
    print()
    cpu = {name: command.cpu[1:] for name, command in commands.items()}
    print_rows([Row(name, values, cpu[NOTHING]) for name, values in cpu.items()], unit="ms of CPU")
    heading("What `history list --json` imports")
    _print_imports(python, homes["a demo"])


def _print_imports(python: Path, home: Path) -> None:
    """Run the verb in a Python that tells its modules at the end."""
    code = (
        "import sys, json, io, contextlib\n"
        "from amx_tui.cli.main import main\n"
        "with contextlib.redirect_stdout(io.StringIO()) as printed:\n"
        "    status = main(['history', 'list', '--json'])\n"
        "json.dump({'status': status, 'rows': len(json.loads(printed.getvalue())),\n"
        "           'modules': sorted(sys.modules)}, sys.stdout)\n"
    )
    done = subprocess.run(
        [python, "-c", code], env=home_environment(home), check=True, capture_output=True, text=True
    )
    told = json.loads(done.stdout)
    packages = {module.partition(".")[0] for module in told["modules"]}
    unwanted = [package for package in _UNWANTED if package in packages]
    print(f"exit status {told['status']}, {told['rows']} rows, {len(told['modules'])} modules")
    print(f"of {', '.join(_UNWANTED)}: {', '.join(unwanted) or 'none'}")


if __name__ == "__main__":
    main()
