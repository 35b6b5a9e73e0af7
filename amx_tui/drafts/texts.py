"""A text that is being typed, on disk until it is saved or thrown away by hand."""

from __future__ import annotations

import hashlib
from pathlib import Path

from amx_tui.domain.errors import DraftError
from amx_tui.drafts.atomic import replacing

__all__ = ["TextDraft"]

MOST_BYTES = 4 * 1024 * 1024
"""Larger files in the drafts' folder are no drafts of ours."""


class TextDraft:
    """The draft of one text. All methods block.

    Args:
        home: The AMX home.
        key: What is edited, such as a result's id within its store; drafts of different things never meet.
    """

    def __init__(self, home: Path, key: str) -> None:
        name = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        self._path = home / "drafts" / f"text-{name}.txt"

    def read(self) -> str | None:
        """Read what was typed and not saved; None where there is nothing."""
        try:
            with open(self._path, "rb") as file:
                content = file.read(MOST_BYTES + 1)
        except OSError:
            return None
        return content.decode("utf-8", "replace") if len(content) <= MOST_BYTES else None

    def keep(self, text: str) -> None:
        """Write what is typed, whole and synced to disk.

        Raises:
            DraftError: The AMX home cannot be written.
        """
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with replacing(self._path, mode=0o600) as file:
                file.write(text.encode("utf-8", "replace"))
        except OSError as error:
            raise DraftError(
                f"What you type cannot be kept in {self._path.parent}: {error.strerror}.",
                hint="Save it soon, or make room there.",
            ) from error

    def drop(self) -> None:
        """Forget the draft: its text was saved, or thrown away by hand.

        Raises:
            DraftError: The AMX home cannot be written.
        """
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise DraftError(f"The draft {self._path} cannot be removed: {error.strerror}.") from error
