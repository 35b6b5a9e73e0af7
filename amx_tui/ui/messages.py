"""The message log: everything that was said in a toast, and what went wrong behind the screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["LoggedMessage"]


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    """One message."""

    at: datetime
    title: str
    message: str
    severity: str
    """`information`, `warning` or `error`."""

    @property
    def sign(self) -> str:
        """The severity as a sign."""
        return {"warning": "⚠", "error": "✗"}.get(self.severity, "·")
