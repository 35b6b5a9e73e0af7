"""Profiles without a terminal: options, secrets, and what is wrong with them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from amx_tui.cli.main import main
from tests.end_to_end.shell import Shell, profile_options
from tests.servers import HostServer

PROD = ["--backend", "postgresql", "--set", "host=db.example.com", "--set", "database=dwh"]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell of somebody who has nothing yet."""
    return Shell(tmp_path / "amx", user="alice@acme.com")


def test_a_profile_is_added_tested_looked_into_and_removed(host: HostServer, shell: Shell) -> None:
    """The whole life of a profile, on each real backend."""
    if host.backend == "sqlite":
        host.sync_execute("CREATE TABLE customer (c_id INTEGER)")
    shell.done("add-db-profile", "team", *profile_options(host))
    assert stat.S_IMODE((shell.home / "config.yml").stat().st_mode) == 0o600
    connected = shell.done("connect", "team", "--json").json
    assert connected["ok"]
    assert connected["server_version"]
    assert connected["milliseconds"] > 0
    (entry,) = shell.done("db-profiles", "--json").json
    assert (entry["name"], entry["backend"], entry["is_active"]) == ("team", host.backend, True)
    inspected = shell.done("inspect")
    assert host.backend[:5].lower() in inspected.out.lower()
    shell.done("history-store", "enable", "--profile", "team", "--yes", "--schema", host.schema or "AMX")
    assert "amx_history_runs" in shell.done("inspect", "team").out
    assert shell.run("remove-db-profile", "team", "--yes").status == 1
    shell.done("history-store", "disable")
    shell.done("remove-db-profile", "team", "--yes")
    assert shell.done("db-profiles", "--json").json == []


def test_a_password_is_read_from_standard_input_and_never_shown(shell: Shell) -> None:
    """The first line is the password, blanks at its ends included."""
    answer = shell.done(
        "add-db-profile", "prod", *PROD, "--password-stdin", "--json", input=" sesame open \nrest\n"
    )
    assert "sesame" not in answer.out + answer.err
    assert "' sesame open '" in (shell.home / "config.yml").read_text()
    assert "sesame" not in shell.done("config", "show").out


def test_a_password_is_kept_as_the_name_of_a_variable(shell: Shell) -> None:
    """`--password-env` writes a reference, and says when the variable is not set."""
    answer = shell.done("add-db-profile", "prod", *PROD, "--password-env", "DWH_PASSWORD")
    assert "DWH_PASSWORD is not set" in answer.out
    assert "env:DWH_PASSWORD" in (shell.home / "config.yml").read_text()
    failed = shell.run("connect", "prod")
    assert failed.status == 1
    assert "DWH_PASSWORD" in failed.err


def test_editing_keeps_comments_and_what_was_not_named(shell: Shell) -> None:
    """Only the named fields change; --unset removes one."""
    shell.done("add-db-profile", "prod", *PROD, "--set", "sslmode=require", "--password-env", "PW")
    config = shell.home / "config.yml"
    config.write_text("# ours\n" + config.read_text())
    shell.done("edit-db-profile", "prod", "--set", "port=6543", "--unset", "sslmode")
    (entry,) = shell.done("db-profiles", "--json").json
    assert entry["values"]["port"] == 6543
    assert entry["values"]["database"] == "dwh"
    assert "sslmode" not in entry["values"]
    assert config.read_text().startswith("# ours\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--backend", "postgres"], "Did you mean postgresql"),
        (["--backend", "postgresql", "--set", "hst=a"], "Did you mean host"),
        (["--backend", "postgresql", "--set", "host"], "KEY=VALUE"),
        (["--backend", "redshift", "--set", "host=h", "--set", "user=u"], "--password-stdin"),
        ([*PROD, "--set", "port=99999", "--password-env", "PW"], "65535"),
        ([*PROD, "--password-env", "my password"], "environment variable"),
        ([*PROD, "--password-env", "A", "--password-stdin"], "exclude"),
        (["--backend", "sqlite", "--set", "database=x", "--password-env", "PW"], "no password"),
        ([], "--backend"),
    ],
)
def test_what_is_missing_or_wrong_is_a_usage_error(
    options: list[str], said: str, amx_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, a hint that helps, and no file."""
    assert main(["add-db-profile", "prod", *options]) == 2
    assert said in capsys.readouterr().err
    assert not (amx_home / "config.yml").exists()


def test_a_server_that_asks_for_no_password_needs_none(shell: Shell) -> None:
    """With .pgpass or a local socket nothing is asked for, and nothing is kept."""
    shell.done("add-db-profile", "prod", *PROD)
    assert "password" not in (shell.home / "config.yml").read_text()


def test_a_password_on_the_command_line_is_warned_about(
    amx_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is taken, but not without saying that others on the machine could read it."""
    assert main(["add-db-profile", "prod", *PROD, "--set", "password=sesame"]) == 0
    out = capsys.readouterr().out
    assert "--password-stdin" in out
    assert "sesame" not in out


def test_a_taken_name_is_refused(amx_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The profile that is there stays as it is."""
    assert main(["add-db-profile", "prod", *PROD, "--password-env", "A"]) == 0
    before = (amx_home / "config.yml").read_text()
    assert main(["add-db-profile", "prod", *PROD, "--password-env", "B"]) == 1
    assert "already" in capsys.readouterr().err
    assert (amx_home / "config.yml").read_text() == before
