"""`git merge-file` as an oracle."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from amx_tui.domain.merge.lines import compare_lines, split_lines

__all__ = ["GitMerge", "Three", "collisions_lie_within", "line_stage", "merged_by_git"]

Three: TypeAlias = tuple[str, str, str]
"""Base, mine and theirs."""
_MARKERS = ("<<<<<<< mine", "=======", ">>>>>>> theirs")
_AT_ONCE = 500
_SCRIPT = """
i=0
while [ $i -lt "$1" ]; do
    git merge-file -p -L mine -L base -L theirs $i.mine $i.base $i.theirs > $i.merged
    echo $?
    i=$((i + 1))
done
"""


@dataclass(frozen=True)
class GitMerge:
    """What git made of three texts."""

    is_clean: bool
    text: str

    def parts(self) -> Iterator[str | tuple[list[str], list[str]]]:
        """The merged lines, and the two sides of each conflict, without the lines' ends."""
        sides: tuple[list[str], list[str]] | None = None
        is_theirs = False
        for line in map(bare, split_lines(self.text)):
            if line == _MARKERS[0]:
                sides, is_theirs = ([], []), False
            elif line == _MARKERS[1] and sides:
                is_theirs = True
            elif line == _MARKERS[2] and sides:
                yield sides
                sides = None
            elif sides:
                sides[is_theirs].append(line)
            else:
                yield line


def bare(line: str) -> str:
    """A line without its end, which git completes where it writes a conflict."""
    return line.removesuffix("\n").removesuffix("\r")


def merged_by_git(cases: Sequence[Three], folder: Path) -> list[GitMerge]:
    """Merge all cases, some hundred in one go of a shell, without anybody's settings."""
    environ = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CEILING_DIRECTORIES": str(folder.parent),
    }
    found: list[GitMerge] = []
    for start in range(0, len(cases), _AT_ONCE):
        some = cases[start : start + _AT_ONCE]
        for number, three in enumerate(some):
            for name, text in zip(("base", "mine", "theirs"), three, strict=True):
                (folder / f"{number}.{name}").write_bytes(text.encode())
        script = ["sh", "-c", _SCRIPT, "sh", str(len(some))]
        ended = subprocess.run(script, cwd=folder, env=environ, check=True, capture_output=True, text=True)
        for number, status in enumerate(map(int, ended.stdout.split())):
            assert status < 128, ended.stderr
            found.append(GitMerge(status == 0, (folder / f"{number}.merged").read_bytes().decode()))
    return found


def line_stage(three: Three) -> tuple[bool, str, list[str | tuple[list[str], list[str]]]]:
    """What our line stage makes of it: whether it is clean, the text if it is, and all parts as git's."""
    base, mine, theirs = map(split_lines, three)
    text: list[str] = []
    parts: list[str | tuple[list[str], list[str]]] = []
    is_clean = True
    for block in compare_lines(base, mine, theirs):
        ours = mine[block.mine_start : block.mine_end]
        others = theirs[block.theirs_start : block.theirs_end]
        if block.origin == "collision":
            is_clean = False
            parts.append((list(map(bare, ours)), list(map(bare, others))))
        else:
            lines = others if block.origin == "theirs" else ours
            text.extend(lines)
            parts.extend(map(bare, lines))
    return is_clean, "".join(text), parts


def collisions_lie_within(ours: Sequence[str | tuple[list[str], list[str]]], git: GitMerge) -> bool:
    """Whether each of git's conflicts is made of collisions of ours and agreed lines, and all else is the same."""
    at = 0
    for part in git.parts():
        if isinstance(part, str):
            if at == len(ours) or ours[at] != part:
                return False
            at += 1
            continue
        mine: list[str] = []
        theirs: list[str] = []
        while at < len(ours) and (mine, theirs) != part:
            piece = ours[at]
            mine.extend([piece] if isinstance(piece, str) else piece[0])
            theirs.extend([piece] if isinstance(piece, str) else piece[1])
            at += 1
        if (mine, theirs) != part:
            return False
    return at == len(ours)
