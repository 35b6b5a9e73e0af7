"""The backends, for the rooms above, which reach them through the configuration only."""

from __future__ import annotations

from amx_tui.backends import BACKENDS, Backend, Field, find

__all__ = ["Backend", "Field", "kinds", "same_backend"]


def kinds() -> tuple[Backend, ...]:
    """Return every backend we connect to, in the order in which a new profile's form offers them."""
    return tuple(BACKENDS.values())


def same_backend(left: str, right: str) -> bool:
    """Say whether two names mean the same backend (`postgres`, `postgresql`)."""
    found = find(left)
    return found is not None and found is find(right)
