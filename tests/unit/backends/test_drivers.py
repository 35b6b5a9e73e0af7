"""Finding drivers without importing them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from amx_tui.backends.drivers import is_importable


@pytest.mark.parametrize(
    ("module", "is_there"),
    [
        ("json", True),
        ("json.decoder", True),
        ("xml.etree.ElementTree", True),
        ("json.nothing", False),
        ("no_such_module", False),
        ("no_such_module.part", False),
        ("math.part", False),
    ],
)
def test_installed_modules_are_told_from_missing_ones(module: str, is_there: bool) -> None:
    """Dotted names are followed to their last part."""
    assert is_importable(module) is is_there


def test_asking_for_drivers_imports_neither_them_nor_sqlalchemy() -> None:
    """Listing profiles with their drivers costs no import of a driver."""
    program = (
        "import sys; from amx_tui.backends import BACKENDS\n"
        "for backend in BACKENDS.values(): backend.driver_available()\n"
        "heavy = {'sqlalchemy', 'psycopg', 'aiomysql', 'aiosqlite', 'keyring', 'textual', 'snowflake'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.strip() == "[]"
