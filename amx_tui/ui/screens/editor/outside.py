"""A text in the user's own editor, and back."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from amx_tui.domain.errors import DraftError

__all__ = ["edit_outside", "editor_command"]


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """The command that the environment names: `$VISUAL`, else `$EDITOR`; empty where it names none."""
    try:
        return shlex.split(environ.get("VISUAL") or environ.get("EDITOR") or "")
    except ValueError:
        return []


def edit_outside(command: list[str], text: str, name: str) -> str:
    """Let another program edit a text, in a file that nobody else can read; blocking.

    Args:
        command: The program with its arguments.
        text: The text.
        name: What the file is called, so that the program knows that it is Markdown.

    Raises:
        DraftError: The program cannot be run, or says that it failed; the text is as it was.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="amx-tui-") as folder:
            path = Path(folder) / f"{name}.md"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode("utf-8", "surrogatepass"))
            done = subprocess.run([*command, str(path)], check=False)
            if done.returncode:
                raise DraftError(f"{command[0]} ended with status {done.returncode}; the text is as it was.")
            return path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise DraftError(
            f"{command[0]} cannot be used: {error.strerror}.", hint="Set $EDITOR to a program that is there."
        ) from error
