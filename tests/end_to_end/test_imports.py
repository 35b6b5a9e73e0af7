"""What the program imports for what it is asked; every import is time that somebody waits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_PROGRAM = """
import sys
from amx_tui.cli.main import main
status = main(["history", "list", "--json"])
modules = sorted(name for name in sys.modules if name.startswith({prefixes!r}))
print(status, *modules, file=sys.stderr)
"""
_NOT_NEEDED = (
    "textual",
    "rich",
    "amx_tui.ui",
    "amx_tui.export.comparison",
    "amx_tui.store.comparisons",
    "amx_tui.store.ddl",
    "psycopg",
    "aiomysql",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.mysql",
    "sqlalchemy.dialects.mssql",
)


@pytest.mark.end_to_end
def test_listing_the_local_history_imports_no_screen_and_no_other_backend(amx_home: Path) -> None:
    """The runs are listed as JSON without Textual, without drivers of servers and without what writes DDL."""
    command = [sys.executable, "-c", _PROGRAM.format(prefixes=_NOT_NEEDED)]
    made = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, check=True)
    assert made.stdout == "[]\n"
    again = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, check=True)
    assert again.stderr.splitlines()[-1] == "0"
