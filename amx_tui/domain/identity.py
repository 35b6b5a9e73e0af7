"""Who acts, and from which machine."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Identity"]


@dataclass(frozen=True, slots=True)
class Identity:
    """A member as the store knows one: who, and on which host."""

    username: str
    """`$AMX_USER`, else the OS user."""
    hostname: str

    def __str__(self) -> str:
        return f"{self.username}@{self.hostname}"
