from __future__ import annotations

import subprocess
import sys

MODULES = (
    "config_changes",
    "doctor",
    "doctor.host",
    "doctor.machine",
    "doctor.people",
    "history",
    "history_store",
    "hosts",
    "inspect",
    "last_seen",
    "opening",
    "profiles",
    "rights",
    "store_plans",
    "store_reports",
    "store_state",
    "workspace",
)


def test_services_import_no_driver_and_no_screen() -> None:
    """Importing every service costs neither the database library nor a driver, the keyring or the screens."""
    names = ", ".join(f"amx_tui.services.{module}" for module in MODULES)
    heavy = (
        "{'sqlalchemy', 'textual', 'keyring', 'psycopg', 'aiosqlite', 'aiomysql', 'yaml', 'amx_tui.store'}"
    )
    program = f"import sys; import {names}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
