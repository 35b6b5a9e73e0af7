from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amx_tui.domain.runs import Run
from amx_tui.domain.scope import Scope
from amx_tui.domain.times import UNKNOWN_TIME
from amx_tui.services.last_seen import (
    LAST_SEEN_ROWS,
    LastSeen,
    config_fingerprint,
    load_last_seen,
    save_last_seen,
)

STARTED = datetime(2026, 5, 3, 15, 44, 7, 123456, tzinfo=UTC)


def a_run(number: int = 1, **changes: object) -> Run:
    """A run with a value in every field."""
    facts: dict[str, object] = {
        "run_id": f"run_2026-05-03_15-44-{number:03}",
        "created_by": "alice@acme.com",
        "hostname": "lead-laptop",
        "started_at": STARTED - timedelta(minutes=number),
        "status": "success",
        "scope": Scope((("sales", ("customer", "orders")), ("hr", ()))),
        "ok_count": 1219,
        "fail_count": 3,
        "command": "analyze.run",
        "local_id": 7,
        "ended_at": STARTED,
        "db_profile": "prod-pg",
        "llm_model": "m",
        "applied_count": 2,
        "review_strategy": "one-by-one",
        "error_text": "",
    }
    return Run(**(facts | changes))  # type: ignore[arg-type]  # the facts are the fields of Run


def seen(*runs: Run) -> LastSeen:
    """What a member saw, with a value in every field."""
    return LastSeen(
        store_label="AMX in db-prod/analytics",
        saved_at=STARTED,
        runs=runs,
        kind="shared",
        has_after=True,
        member="alice@lead-laptop",
        role="admin",
        is_read_only=True,
        theme_values={"name": "amx-dark", "dark": True, "colours": {"primary": "#00aaff"}},
        keymap={"history.compare": "C"},
    )


def keep(home: Path, what: LastSeen) -> None:
    """Save under the configuration that lies on disk."""
    save_last_seen(home, what, fingerprint=config_fingerprint(home))


def test_what_was_seen_comes_back_whole(amx_home: Path) -> None:
    """Every field of every row survives the way through the file, awkward values included."""
    awkward = a_run(
        2,
        run_id="naïve \x1b[31m\ud800",
        started_at=UNKNOWN_TIME,
        ended_at=None,
        local_id=None,
        scope=Scope(is_readable=False),
    )
    kept = seen(a_run(1), awkward)
    keep(amx_home, kept)
    assert load_last_seen(amx_home) == kept


def test_rows_seen_under_another_configuration_are_not_shown(amx_home: Path) -> None:
    """A profile that was edited since may lead to another store, whose rows these are not."""
    amx_home.mkdir()
    (amx_home / "config.yml").write_text("history_store_enabled: true\n")
    keep(amx_home, seen(a_run()))
    assert load_last_seen(amx_home) is not None
    (amx_home / "config.yml").write_text("history_store_enabled: false\n")
    assert load_last_seen(amx_home) is None


def test_the_configuration_that_was_read_counts_not_the_one_on_disk(amx_home: Path) -> None:
    """Rows that were read before somebody edited the file are not passed off as the edited file's."""
    amx_home.mkdir()
    before = config_fingerprint(amx_home)
    (amx_home / "config.yml").write_text("history_store_enabled: true\n")
    save_last_seen(amx_home, seen(a_run()), fingerprint=before)
    assert load_last_seen(amx_home) is None


def test_only_the_owner_may_read_the_file(amx_home: Path) -> None:
    """Rows name people and tables: the file and a home made for it are the owner's alone."""
    old = os.umask(0)
    try:
        keep(amx_home, seen(a_run()))
    finally:
        os.umask(old)
    assert stat.S_IMODE((amx_home / "last-seen.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(amx_home.stat().st_mode) == 0o700


def test_saving_leaves_no_other_file_behind(amx_home: Path) -> None:
    """The file is replaced in one step, also over one that was left half written."""
    amx_home.mkdir()
    (amx_home / f"last-seen.json.{os.getpid()}.tmp").write_text("half")
    keep(amx_home, seen(a_run(1)))
    keep(amx_home, seen(a_run(2)))
    assert [path.name for path in amx_home.iterdir()] == ["last-seen.json"]
    loaded = load_last_seen(amx_home)
    assert loaded is not None
    assert loaded.runs == (a_run(2),)


def test_no_more_rows_than_a_screen_shows_are_kept(amx_home: Path) -> None:
    """The file serves one frame, so a longer page is cut and says that more follows."""
    page = tuple(a_run(number) for number in range(LAST_SEEN_ROWS + 5))
    keep(amx_home, LastSeen(store_label="", saved_at=STARTED, runs=page))
    loaded = load_last_seen(amx_home)
    assert loaded is not None
    assert loaded.runs == page[:LAST_SEEN_ROWS]
    assert loaded.has_after


def test_huge_rows_make_no_huge_file(amx_home: Path) -> None:
    """Scopes of ten thousand tables would hold up the frame: fewer rows are kept then."""
    wide = Scope((("sales", tuple(f"table_{number}" for number in range(10_000))),))
    page = tuple(a_run(number, scope=wide) for number in range(20))
    keep(amx_home, seen(*page))
    loaded = load_last_seen(amx_home)
    assert loaded is not None
    assert 0 < len(loaded.runs) < 20
    assert loaded.runs == page[: len(loaded.runs)]
    assert (amx_home / "last-seen.json").stat().st_size <= 512 * 1024


def _document(**changes: object) -> str:
    return json.dumps({"format": 1, "fingerprint": "absent"} | changes)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "null",
        "[]",
        "[" * 100_000,
        '"text"',
        _document(),
        _document(format=2),
        _document(runs=[{}]),
        _document(runs=None),
        " " * (600 * 1024),
    ],
    ids=["empty", "cut", "null", "list", "deep", "text", "bare", "newer", "no fields", "no rows", "huge"],
)
def test_a_damaged_file_only_costs_the_rows(amx_home: Path, content: str) -> None:
    """Whatever stands in the file, the program starts; the frame is empty until the store answers."""
    amx_home.mkdir()
    (amx_home / "last-seen.json").write_text(content)
    assert load_last_seen(amx_home) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("saved_at", "yesterday"),
        ("saved_at", None),
        ("keymap", []),
        ("runs", {"run_id": 1}),
        ("runs", [{"started_at": 5}]),
    ],
)
def test_a_wrong_type_only_costs_the_rows(amx_home: Path, field: str, value: object) -> None:
    """A field of another type, as a later version may write it, is no reason to stop."""
    keep(amx_home, seen(a_run()))
    path = amx_home / "last-seen.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {field: value}))
    assert load_last_seen(amx_home) is None


def test_nothing_was_seen_yet(amx_home: Path) -> None:
    """A fresh machine has no rows to show."""
    assert load_last_seen(amx_home) is None


def test_reading_imports_no_heavy_library(amx_home: Path) -> None:
    """The first frame waits for this import, so it brings no YAML, database or screen library."""
    program = (
        "import sys; from pathlib import Path; from amx_tui.services.last_seen import load_last_seen;"
        "load_last_seen(Path(sys.argv[1]));"
        "print(sorted({'yaml', 'sqlalchemy', 'textual', 'keyring', 'psycopg', 'asyncio', 'sqlite3',"
        " 'argparse', 'amx_tui.config', 'amx_tui.store', 'amx_tui.backends'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(amx_home)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
