"""How screens answer the library's events."""

from __future__ import annotations

import re
from pathlib import Path

import amx_tui.ui

_HANDLER_OF_BASE = re.compile(r"super\(\)\.on_(?!event\b)\w+\(")


def test_no_handler_calls_that_of_its_base_class() -> None:
    """Textual calls the handlers of all base classes itself: by hand they run twice, and timers never rest."""
    folder = Path(amx_tui.ui.__file__).parent
    found = [path.name for path in folder.rglob("*.py") if _HANDLER_OF_BASE.search(path.read_text("utf-8"))]
    assert not found
