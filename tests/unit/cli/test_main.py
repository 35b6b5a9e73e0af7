"""The entry point: exit statuses, messages, and what happens to errors that nobody foresaw."""

from __future__ import annotations

import gc
import io
import os
import re
import stat
from pathlib import Path

import pytest

from amx_tui import __version__
from amx_tui.cli import headless
from amx_tui.cli.main import main
from amx_tui.domain.errors import RoleError, StaleVersionError
from amx_tui.services.grammar import VERBS, Invocation, Verb
from amx_tui.ui.app import AmxApp

ALICE_CONFIG = """\
db_profiles:
  prod-pg:
    backend: postgresql
    host: nowhere.invalid
    port: 5432
    user: alice
    password: hunter2hunter2
history_store_enabled: true
history_store_profile: prod-pg
"""


@pytest.fixture
def config(amx_home: Path) -> Path:
    """A config.yml whose host does not exist."""
    amx_home.mkdir(parents=True)
    path = amx_home / "config.yml"
    path.write_text(ALICE_CONFIG)
    path.chmod(0o600)
    return path


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` names the program and its version."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"amx-tui {__version__}\n"


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_has_help(verb: Verb, capsys: pytest.CaptureFixture[str]) -> None:
    """`VERB --help` prints the verb's page and does nothing."""
    path = verb.path
    assert main([*path, "--help"]) == 0
    assert f"Usage: amx-tui {' '.join(path)}" in capsys.readouterr().out
    assert not Path(os.environ["AMX_HOME"]).exists()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["history", "list", "--since", "gestern"], 2, "gestern"),
        (["history", "list", "--status", "broken"], 2, "broken"),
        (["history", "list", "--limit", "-3"], 2, "-3"),
        (["history", "list", "--colour"], 2, "--colour"),
        (["history", "show"], 2, "RUN"),
        (["history", "show", "run_1999"], 1, "run_1999"),
        (["histroy", "list"], 2, "Did you mean `history`"),
        (["connect", "nowhere"], 1, "nowhere"),
        (["inspect", "nowhere"], 1, "nowhere"),
        (["remove-db-profile", "nowhere", "--yes"], 1, "nowhere"),
        (["edit-db-profile", "nowhere", "--set", "host=a"], 1, "nowhere"),
        (["history-store", "enable", "--profile", "p"], 1, "'p'"),
        (["history-store", "enable", "--yes"], 2, "add-db-profile"),
        (["history-store", "dump-ddl", "--backend", "mysq"], 2, "Did you mean mysql"),
        (["history-store", "dump-ddl", "--backend", "duckdb"], 1, "row-level UPDATE"),
        (["history-store", "verify"], 2, "--profile"),
        (["demo"], 2, "terminal"),
        ([], 2, "terminal"),
        (["history", "show", "\udcff"], 2, "UTF-8"),
    ],
)
def test_what_goes_wrong_has_a_message_a_hint_and_a_status(
    words: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message stands on stderr behind the program's name, the hint below it, and stdout stays empty."""
    assert main(words) == status
    answer = capsys.readouterr()
    assert answer.out == ""
    assert re.match(r"amx-tui: .+\nhint: .+\n\Z", answer.err)
    assert said in answer.err


def test_a_broken_config_names_its_line_and_stays_as_it_is(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every verb that needs the configuration refuses; `config path` still says where it is."""
    config.write_text("db_profiles: [\n")
    for words in (["history", "list"], ["db-profiles"], ["config", "show"], ["history-store", "disable"]):
        assert main(words) == 1
        assert "config.yml, line" in capsys.readouterr().err
    assert main(["config", "path"]) == 0
    assert capsys.readouterr().out == f"{config}\n"
    assert config.read_text() == "db_profiles: [\n"


def test_an_unreachable_host_is_an_error_and_not_the_local_history(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script must not take the rows of the local store for the team's."""
    assert main(["history", "list", "--json"]) == 1
    answer = capsys.readouterr()
    assert answer.out == ""
    assert "nowhere.invalid" in answer.err or "prod-pg" in answer.err


def test_secrets_of_the_configuration_are_not_shown(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`config show` and `db-profiles` mask them, with --json too."""
    for words in (
        ["config", "show"],
        ["db-profiles"],
        ["db-profiles", "--json"],
        ["config", "show", "--json"],
    ):
        assert main(words) == 0
        shown = capsys.readouterr().out
        assert "prod-pg" in shown
        assert "hunter2" not in shown


def test_an_unforeseen_error_is_logged_without_secrets(
    config: Path, amx_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback on the terminal; a private log in the AMX home; no password in either."""
    monkeypatch.setenv("DB_PASSWORD", "sesame-open")

    def fail(invocation: Invocation) -> int:
        raise RuntimeError("postgresql://alice:hunter2hunter2@host said sesame-open\x1b[2J")

    monkeypatch.setattr(headless, "run", fail)
    assert main(["history", "list"]) == 1
    answer = capsys.readouterr()
    (log,) = (amx_home / "logs").iterdir()
    assert str(log) in answer.err
    assert "Traceback" not in answer.err
    assert "\x1b" not in answer.err
    text = log.read_text()
    assert "Traceback" in text
    assert "in fail" in text
    for secret in ("hunter2", "sesame"):
        assert secret not in text
        assert secret not in answer.err
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RoleError("no"), 4),
        (StaleVersionError("conflict", current=None, expected=1), 3),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 141),
    ],
)
def test_each_kind_of_ending_has_its_exit_status(
    error: BaseException, status: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """4 not permitted, 3 conflict; an interruption and a closed pipe are quiet."""

    def fail(invocation: Invocation) -> int:
        raise error

    monkeypatch.setattr(headless, "run", fail)
    monkeypatch.setattr("amx_tui.cli.main._drop_output", lambda: None)
    assert main(["history", "list"]) == status
    assert (capfd.readouterr().err == "") is (status > 100)


def test_what_breaks_the_app_is_reported_like_any_other_error(
    amx_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The app ends with a message and a log, not with a traceback over the screen."""

    def fail(self: AmxApp) -> None:
        self._exception = ZeroDivisionError("in a widget")

    monkeypatch.setattr(AmxApp, "run", fail)
    monkeypatch.setattr("sys.stdin", _Terminal())
    monkeypatch.setattr("sys.stdout", _Terminal())
    try:
        assert main([]) == 1
    finally:
        gc.enable()
    assert "ZeroDivisionError: in a widget" in capsys.readouterr().err
    assert len(list((amx_home / "logs").iterdir())) == 1


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True
