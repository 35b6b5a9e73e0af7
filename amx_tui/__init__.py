"""A full-screen terminal client for the history that a team shares in AMX."""

from __future__ import annotations

__version__ = "0.1.0"
