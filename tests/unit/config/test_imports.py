"""What reading the configuration costs at the start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_reading_the_configuration_imports_nothing_heavy(tmp_path: Path) -> None:
    """Neither the database library nor a driver, the keyring or the screen toolkit is needed for it."""
    program = (
        "import sys; from pathlib import Path; home = Path(sys.argv[1])\n"
        "from amx_tui.config import file, identity, secrets, settings, themes\n"
        "config = file.load_config(home / 'config.yml')\n"
        "config = file.save_keys(config, {'history_store_enabled': False})\n"
        "settings.load_settings(home); themes.load_themes(home); identity.current_identity({})\n"
        "heavy = {'sqlalchemy', 'psycopg', 'aiomysql', 'aiosqlite', 'keyring', 'textual', 'ssl', 'asyncio'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.strip() == "[]"
