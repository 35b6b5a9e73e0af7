"""What the command line asks on a terminal, and how it opens the program there."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from tests.end_to_end.shell import Shell
from tests.end_to_end.terminal import Terminal


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell of somebody who has nothing yet."""
    return Shell(tmp_path / "amx", user="alice@acme.com")


def test_a_profile_is_asked_for_field_by_field(shell: Shell) -> None:
    """A bad answer is asked again, a password is not echoed, and an empty line takes the default."""
    with Terminal(shell, "add-db-profile") as terminal:
        terminal.expect(r"\[10\] sqlite")
        terminal.expect("Backend > $")
        terminal.send("postgresql\n")
        terminal.expect(r"Profile name \[default\]: $")
        terminal.send("prod-pg\n")
        terminal.expect("Host .*: $")
        terminal.send("db prod\n")
        terminal.expect("Host .*bare name.*: $")
        terminal.send("db-prod.example\n")
        for prompt, answer in (("Port", ""), ("User", "al"), ("Password", "sesame"), ("Database", "dwh")):
            terminal.expect(rf"{prompt}[^\n]*: $")
            terminal.send(f"{answer}\n")
        for prompt in ("TLS mode", "TLS root"):
            terminal.expect(rf"{prompt}[^\n]*: $")
            terminal.send("\n")
        assert terminal.wait() == 0
        assert "✓ Profile prod-pg is added" in terminal.text
        assert "sesame" not in terminal.text
    (profile,) = shell.done("db-profiles", "--json").json
    assert profile["values"] | {"password": ""} == {
        "backend": "postgresql",
        "host": "db-prod.example",
        "port": 5432,
        "user": "al",
        "password": "",
        "database": "dwh",
    }


def test_enabling_shows_the_statements_and_asks_with_no_as_the_default(shell: Shell, tmp_path: Path) -> None:
    """Return changes nothing; y makes the tables; what was shown is what is there."""
    file = tmp_path / "team.db"
    file.touch()
    shell.done("add-db-profile", "team", "--backend", "sqlite", "--set", f"database={file}")
    with Terminal(shell, "history-store", "enable") as terminal:
        terminal.expect(r"\[1\] team \(sqlite\) team\.db[^>]*> $")
        terminal.send("1\n")
        terminal.expect(r"CREATE TABLE IF NOT EXISTS amx_history_runs[\s\S]*Proceed\? \[y/N\]: $")
        terminal.send("\n")
        assert terminal.wait() == 1
        assert "Nothing was changed." in terminal.text
    assert file.stat().st_size == 0
    with Terminal(shell, "history-store", "enable", "--profile", "team") as terminal:
        terminal.expect(r"Proceed\? \[y/N\]: $")
        terminal.send("y\n")
        assert terminal.wait() == 0
        assert "✓ History store enabled" in terminal.text
        assert "You are alice@acme.com@" in terminal.text
    assert "history_store_enabled: true" in (shell.home / "config.yml").read_text()


def test_removing_a_profile_asks_with_its_name(shell: Shell) -> None:
    """No keeps it, yes removes it."""
    shell.done("add-db-profile", "old", "--backend", "sqlite", "--set", "database=/nowhere/x.db")
    for answer, status in (("n\n", 1), ("y\n", 0)):
        with Terminal(shell, "remove-db-profile", "old") as terminal:
            terminal.expect(r"Remove the profile old .*\[y/N\]: $")
            terminal.send(answer)
            assert terminal.wait() == status
    assert shell.done("db-profiles", "--json").json == []


def test_ctrl_c_leaves_a_question_quietly(shell: Shell) -> None:
    """The status is 130, and there is no traceback."""
    with Terminal(shell, "add-db-profile") as terminal:
        terminal.expect("Backend > $")
        terminal.send("\x03")
        assert terminal.wait() == 130
        assert "Traceback" not in terminal.text
    assert not (shell.home / "config.yml").exists()


def test_the_demo_opens_with_its_team_and_leaves_nothing_behind(shell: Shell, tmp_path: Path) -> None:
    """Rows of the made-up team, alice as its admin; the folder is gone after quitting."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    with Terminal(shell, "demo", TMPDIR=str(folder), AMX_USER="someone.else") as terminal:
        terminal.expect(r"run_\d{4}-\d\d-\d\d")
        terminal.expect(r"alice@acme\.com \(admin\)")
        assert [path.name.startswith("amx-demo-") for path in folder.iterdir()] == [True]
        terminal.send("q")
        assert terminal.wait() == 0
        assert "Traceback" not in terminal.text
    assert list(folder.iterdir()) == []
    assert not shell.home.exists()


def test_the_demo_is_removed_when_its_terminal_is_closed(shell: Shell, tmp_path: Path) -> None:
    """A hang-up ends it in an orderly way."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    with Terminal(shell, "demo", TMPDIR=str(folder)) as terminal:
        terminal.expect(r"run_\d{4}-\d\d-\d\d")
        terminal.signal(signal.SIGHUP)
        terminal.wait()
    assert list(folder.iterdir()) == []


def test_the_app_ends_when_its_terminal_vanishes_without_a_signal(shell: Shell, tmp_path: Path) -> None:
    """Nobody can type any more: it closes the store, tidies up and ends, where it would wait at full speed for ever."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    with Terminal(shell, "demo", controls=False, TMPDIR=str(folder)) as terminal:
        terminal.expect(r"alice@acme\.com \(admin\)")
        terminal.vanish()
        assert terminal.wait() == 128 + signal.SIGHUP
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_app_and_leaves_the_terminal_as_it_was(
    shell: Shell, tmp_path: Path, number: signal.Signals
) -> None:
    """The shell's own screen is back, with its cursor, and the status says which signal it was."""
    home = tmp_path / "kept"
    shell.done("demo", "--keep", str(home), "--no-open")
    with Terminal(Shell(home)) as terminal:
        terminal.expect(r"alice@acme\.com \(admin\)")
        terminal.signal(number)
        assert terminal.wait() == 128 + number
        assert terminal.ends_with_own_screen
        assert "Traceback" not in terminal.text


def test_a_kept_demo_opens_again_as_an_amx_home(shell: Shell, tmp_path: Path) -> None:
    """`--keep DIR --no-open` makes it; `AMX_HOME=DIR amx-tui` opens it as alice; making it again changes nothing."""
    home = tmp_path / "kept"
    made = shell.done("demo", "--keep", str(home), "--no-open", "--json").json
    assert made["created"]
    assert (made["members"], made["runs"]) == (3, 38)
    content = (home / "history.db").read_bytes()
    assert not shell.done("demo", "--keep", str(home), "--no-open", "--json").json["created"]
    assert (home / "history.db").read_bytes() == content
    with Terminal(Shell(home)) as terminal:
        terminal.expect(r"alice@acme\.com \(admin\)")
        terminal.expect(r"run_\d{4}-\d\d-\d\d")
        terminal.send("q")
        assert terminal.wait() == 0


def test_a_folder_that_is_no_demo_is_refused(shell: Shell, tmp_path: Path) -> None:
    """Nothing of what is in it is touched."""
    (tmp_path / "precious.txt").write_text("mine")
    before = sorted(tmp_path.iterdir())
    answer = shell.run("demo", "--keep", str(tmp_path), "--no-open")
    assert answer.status == 2
    assert "no demo" in answer.err
    assert sorted(tmp_path.iterdir()) == before


class _Bash(Shell):
    """A shell with jobs, in which the program is started by typing."""

    @property
    def command(self) -> list[str]:
        return ["/bin/bash", "--norc", "-i"]


def test_ctrl_z_goes_to_the_shell_and_fg_draws_everything_again(tmp_path: Path) -> None:
    """What the shell wrote over the screen is gone, and keys do what they did."""
    bash = _Bash(tmp_path / "amx", user="alice@acme.com")
    with Terminal(bash, PS1="ready> ") as terminal:
        terminal.expect("ready> $")
        terminal.send(f"{sys.executable} -m amx_tui\n")
        terminal.expect("No runs yet")
        terminal.send("\x1a")
        terminal.expect(r"Stopped[\s\S]*ready> $")
        shown = terminal.text.count("No runs yet")
        terminal.send("fg\n")
        terminal.expect(rf"(No runs yet[\s\S]*){{{shown + 1}}}")
        terminal.send("q")
        terminal.expect(r"ready> $")
        terminal.send("exit\n")
        assert terminal.wait() == 0


def test_ctrl_z_where_no_shell_could_continue_it_says_so(shell: Shell) -> None:
    """A program that is stopped there would stay so for ever."""
    with Terminal(shell) as terminal:
        terminal.expect("No runs yet")
        terminal.send("\x1a")
        terminal.expect("not started from a shell")
        terminal.send("q")
        assert terminal.wait() == 0
