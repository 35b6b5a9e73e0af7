"""Writing in the member's own editor, outside of the program, which sleeps meanwhile."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from amx_tui.domain.errors import UsageError

if TYPE_CHECKING:
    from textual.app import App

__all__ = ["edit_outside"]


def edit_outside(app: App[None], text: str, *, name: str = "description.txt") -> str:
    """Let the editor that `$VISUAL` or `$EDITOR` names change a text, and return it.

    The file is readable by its owner alone, and gone afterwards. A line feed that editors put at the end of every
    file is none of the text.

    Args:
        name: What the file is called, which tells the editor what is in it.

    Raises:
        UsageError: No editor is named, it cannot be run or failed, or what it wrote is no text.
    """
    from textual.app import SuspendNotSupported

    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if not words:
        raise UsageError(
            "No editor is named.", hint="Set EDITOR, such as EDITOR=vim, before you start the program."
        )
    with tempfile.TemporaryDirectory(prefix="amx-tui-") as folder:
        path = Path(folder) / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8", errors="replace")
        try:
            with app.suspend():
                status = subprocess.run([*words, str(path)], check=False).returncode
        except SuspendNotSupported:
            raise UsageError("The editor cannot be opened from this terminal.") from None
        except OSError as error:
            raise UsageError(
                f"{words[0]} cannot be run: {error.strerror}.", hint="EDITOR names the editor."
            ) from error
        if status:
            raise UsageError(f"{words[0]} ended with status {status}; the text is as it was.")
        try:
            written = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            raise UsageError(
                "What the editor wrote cannot be read as UTF-8; the text is as it was."
            ) from None
    written = written.replace("\r\n", "\n")
    return written.removesuffix("\n") if not text.endswith("\n") else written
