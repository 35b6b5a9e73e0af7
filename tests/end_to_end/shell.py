"""The program as a shell runs it: a process of its own, in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers import HostServer

__all__ = ["Answer", "Shell", "profile_options"]


@dataclass(frozen=True)
class Answer:
    """What a command printed, and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


class Shell:
    """Somebody's shell.

    Args:
        home: The AMX home.
        user: What AMX_USER says; not set where it is empty.
        environ: Further variables.
    """

    def __init__(self, home: Path, *, user: str = "", **environ: str) -> None:
        self.home = home
        self.environ = {**os.environ, "AMX_HOME": str(home), **environ}
        if user:
            self.environ["AMX_USER"] = user

    @property
    def command(self) -> list[str]:
        """How the program is called."""
        return [sys.executable, "-m", "amx_tui"]

    def run(self, *words: str, input: str = "", **environ: str) -> Answer:
        """Run a command without a terminal."""
        done = subprocess.run(
            [*self.command, *words],
            input=input.encode(),
            capture_output=True,
            env={**self.environ, **environ},
            cwd=Path(__file__).parents[2],
            timeout=60,
            check=False,
        )
        return Answer(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))

    def done(self, *words: str, **options: str) -> Answer:
        """Run a command that is to succeed."""
        answer = self.run(*words, **options)
        assert answer.status == 0, f"{words}: {answer.out[-500:]}\n{answer.err}"
        return answer


def profile_options(host: HostServer) -> list[str]:
    """The options that describe a test's database to `add-db-profile`."""
    options = ["--backend", host.backend]
    for key, value in host.values.items():
        options += ["--set", f"{key}={value}"]
    return options
