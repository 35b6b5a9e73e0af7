"""Which profile leads to the database that a run described."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from amx_tui.config.model import Config, Profile
from amx_tui.domain.errors import AmxError, ConfigError, NotFoundError
from amx_tui.domain.runs import Run, RunDetail
from amx_tui.domain.scope import Scope
from amx_tui.services.described import described_profile

PROD = Profile("prod", "postgres", {"host": "db.example", "port": 5433, "database": "analytics"})
FILE = Profile("file", "sqlite", {"database": "/data/x.db"})
OLD = Profile("old", "oracle", {})
CONFIG = Config(Path("config.yml"), {profile.name: profile for profile in (PROD, FILE, OLD)})


def detail(profile: str, backend: str = "postgresql") -> RunDetail:
    """A run that described the database of a profile."""
    run = Run(
        "run_1",
        "bob",
        "laptop",
        datetime(2026, 5, 3, tzinfo=UTC),
        "success",
        Scope(),
        1,
        0,
        db_profile=profile,
    )
    return RunDetail(run, db_backend=backend)


def test_a_profile_of_that_name_and_kind_is_taken() -> None:
    """Other usual names of a backend mean the same one; what a run does not say is not compared."""
    assert described_profile(CONFIG, detail("prod")) is PROD
    assert described_profile(CONFIG, detail("prod", "")) is PROD
    assert described_profile(CONFIG, detail("prod"), places={"db.example:5433/analytics"}) is PROD


@pytest.mark.parametrize(
    ("run", "places", "error", "words"),
    [
        (detail(""), (), ConfigError, "It is not said which database"),
        (detail("gone"), (), NotFoundError, "There is no profile 'gone' here"),
        (detail("file"), (), ConfigError, "leads to SQLite"),
        (detail("old", "oracle"), (), ConfigError, "does not connect to oracle"),
        (
            detail("prod"),
            ("staging.example:5432/analytics",),
            ConfigError,
            "earlier descriptions went to staging",
        ),
    ],
)
def test_otherwise_the_user_must_say(
    run: RunDetail, places: tuple[str, ...], error: type[AmxError], words: str
) -> None:
    """A description must not go into another database that happens to have a profile of the same name."""
    with pytest.raises(error, match=words) as caught:
        described_profile(CONFIG, run, places=places)
    if "oracle" not in words:
        assert "--profile" in caught.value.hint
    assert described_profile(CONFIG, run, named="file", places=places) is FILE


def test_a_profile_that_the_user_names_must_be_there_and_usable() -> None:
    """Whatever the run says."""
    with pytest.raises(NotFoundError):
        described_profile(CONFIG, detail("prod"), named="nosuch")
    with pytest.raises(ConfigError):
        described_profile(CONFIG, detail("prod"), named="old")


def test_places_are_exact_and_hold_no_secret() -> None:
    """Port and database tell two places apart; a file is told by its whole path."""
    assert PROD.place == "db.example:5433/analytics"
    assert FILE.place == "/data/x.db"
    assert OLD.place == ""
    assert Profile("m", "mysql", {"host": "h", "user": "u", "password": "hunter2"}).place == "h:3306"
