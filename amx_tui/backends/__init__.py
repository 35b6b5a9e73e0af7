"""One module a backend: the fields of its profile form, its URL, driver, abilities and error hints."""

from __future__ import annotations

from amx_tui.backends.model import Abilities, Backend, Field, FieldKind, Revealable
from amx_tui.backends.registry import BACKENDS, KEPT_BACKENDS, find, get

__all__ = [
    "BACKENDS",
    "KEPT_BACKENDS",
    "Abilities",
    "Backend",
    "Field",
    "FieldKind",
    "Revealable",
    "find",
    "get",
]
