"""Merging three texts, against a process of `git merge-file`.

A page of 5,000 lines of which each side changed 200, and smaller ones. The process is what a program without a merge
of its own would start; it merges lines only.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from amx_tui.domain.blame import blame
from amx_tui.domain.line_diff import line_diff
from amx_tui.domain.merge import MergeSession, merge
from amx_tui.domain.merge.lines import compare_lines, split_lines
from benchmarks.harness import Row, heading, interleave, parser, print_rows

LIMIT = 3.0
"""What a merge may take, in times of the process."""
_WORDS = [
    "the",
    "of",
    "customer",
    "order",
    "table",
    "column",
    "holds",
    "every",
    "number",
    "name",
    "date",
    "is",
    "a",
    "key",
    "row",
    "value",
    "source",
]


def main() -> None:
    """Measure and print."""
    options = parser(__doc__ or "", rounds=25)
    options.add_argument("--lines", default="200,5000", help="lines of a page, several with commas")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for lines in map(int, given.lines.split(",")):
            _measure(Path(folder), lines, given.rounds)
    _measure_long_line(given.rounds)


def _measure(folder: Path, lines: int, rounds: int) -> None:
    edits = lines // 25
    base, mine, theirs = _versions(lines, edits)
    for name, text in (("base", base), ("mine", mine), ("theirs", theirs)):
        (folder / name).write_text(text)
    command = ["git", "merge-file", "-p", "mine", "base", "theirs"]
    session = MergeSession(base, mine, theirs)
    contestants: dict[str, Callable[[], object]] = {
        "git merge-file, a process": lambda: subprocess.run(
            command, cwd=folder, capture_output=True, check=False
        ),
        "ours: lines": lambda: compare_lines(*map(split_lines, (base, mine, theirs))),
        "ours: lines, then words": lambda: merge(base, mine, theirs),
        "a session read back": lambda: MergeSession.from_json(session.to_json()),
        "line diff with words marked": lambda: line_diff(base, mine),
        "blame over three versions": lambda: blame([(1, base), (2, mine), (3, theirs)]),
    }
    found = session.merge
    heading(
        f"{lines:,} lines, {edits} edits a side: {len(found.collisions)} collisions, "
        f"{len(found.within_line)} merged by words"
    )
    _print(contestants, "git merge-file, a process", rounds)


def _measure_long_line(rounds: int) -> None:
    base = " ".join(f"In {number} words." for number in range(8_000)) + "\n"
    mine = base.replace("In 3 words", "In three words", 1)
    theirs = base.replace("In 7990 words", "In 7991 words")
    heading(f"One line of {len(base) // 1000} kB")
    _print({"ours: lines, then words": lambda: merge(base, mine, theirs)}, None, rounds)


def _versions(lines: int, edits: int) -> tuple[str, str, str]:
    random = Random(1)

    def line() -> str:
        words = [] if random.random() < 0.2 else random.choices(_WORDS, k=random.randrange(4, 12))
        return " ".join(words)

    base = [line() for _ in range(lines)]

    def edited() -> list[str]:
        found = list(base)
        for _ in range(edits):
            at = random.randrange(len(found))
            match random.randrange(4):
                case 0:
                    found.insert(at, line())
                case 1:
                    del found[at]
                case _:
                    words = found[at].split(" ")
                    words[random.randrange(len(words))] = "changed"
                    found[at] = " ".join(words)
        return found

    base_text, mine, theirs = ("\n".join(found) + "\n" for found in (base, edited(), edited()))
    return base_text, mine, theirs


def _print(contestants: dict[str, Callable[[], object]], baseline: str | None, rounds: int) -> None:
    def timed(work: Callable[[], object]) -> Callable[[], float]:
        def measure() -> float:
            started = time.perf_counter()
            work()
            return (time.perf_counter() - started) * 1000

        return measure

    figures = interleave({name: timed(work) for name, work in contestants.items()}, rounds)
    base = figures[baseline] if baseline else None
    rows = [
        Row(name, values, base, LIMIT if baseline and name.startswith("ours") else None)
        for name, values in figures.items()
    ]
    print_rows(rows, unit="ms", digits=2)


if __name__ == "__main__":
    main()
