"""Who acts."""

from __future__ import annotations

import os
import socket

import pytest

from amx_tui.config.identity import current_identity
from amx_tui.domain.errors import ConfigError


def test_amx_user_wins_over_the_os_user() -> None:
    """The override makes one person of several machines; spaces around it are no part of the name."""
    identity = current_identity({"AMX_USER": " alice@acme.com ", "USER": "al"}, hostname="box")
    assert (identity.username, identity.hostname) == ("alice@acme.com", "box")


@pytest.mark.parametrize(
    "environ", [{"USER": "al"}, {"LOGNAME": "al", "USER": "other"}, {"AMX_USER": " ", "USER": "al"}]
)
def test_without_it_the_os_user_acts(environ: dict[str, str]) -> None:
    """The usual variables are asked in the usual order; a blank override is none."""
    assert current_identity(environ, hostname="box").username == "al"


def test_an_empty_environment_still_has_a_user_and_a_host() -> None:
    """In a container without variables the password database, or at least the number, answers."""
    identity = current_identity({})
    assert identity.username
    assert identity.hostname == socket.gethostname()


def test_a_user_id_without_a_name_is_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container that runs under a number nobody has a name for works too."""
    import pwd

    def nobody(_uid: int) -> pwd.struct_passwd:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert current_identity({}).username == f"uid-{os.getuid()}"


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("a\x1b[31m", "control characters"),
        ("a\nb", "control characters"),
        ("a\u202eb", "control characters"),
        ("a\ud800", "control characters"),
        ("x" * 121, "121 characters; 120 are allowed"),
    ],
)
def test_a_name_that_no_store_can_hold_is_refused(name: str, complaint: str) -> None:
    """The error says where the name came from and what to set."""
    with pytest.raises(ConfigError, match=complaint) as error:
        current_identity({"AMX_USER": name}, hostname="box")
    assert error.value.key == "AMX_USER"
    assert "AMX_USER" in error.value.hint
    assert name not in str(error.value)


def test_the_longest_name_is_accepted() -> None:
    """120 characters fit into every layout."""
    assert len(current_identity({"AMX_USER": "x" * 120}, hostname="h" * 255).username) == 120


@pytest.mark.parametrize("hostname", ["h" * 256, "a@b", "a\x07"])
def test_a_hostname_that_no_store_can_hold_is_refused(hostname: str) -> None:
    """A host with @ in it could not be told from its user."""
    with pytest.raises(ConfigError) as error:
        current_identity({"AMX_USER": "al"}, hostname=hostname)
    assert error.value.key == "hostname"


def test_a_machine_without_a_name_is_localhost() -> None:
    """An empty host name would make two members of one."""
    assert current_identity({"AMX_USER": "al"}, hostname="").hostname == "localhost"
