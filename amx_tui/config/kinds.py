"""The backends, for the rooms above, which reach them through the configuration only."""

from __future__ import annotations

from amx_tui.backends import BACKENDS, Backend, Field

__all__ = ["Backend", "Field", "kinds"]


def kinds() -> tuple[Backend, ...]:
    """Return every backend we connect to, in the order in which a new profile's form offers them."""
    return tuple(BACKENDS.values())
