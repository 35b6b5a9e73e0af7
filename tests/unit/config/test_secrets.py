"""Secrets: references are followed, and nothing is ever shown."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest

from amx_tui.config.secrets import (
    Secret,
    forget_secret,
    is_secret_key,
    keyring_problem,
    redact,
    resolve_secret,
    store_secret,
)
from amx_tui.domain.errors import ConfigError
from tests.keyrings import MemoryKeyring

ENTRY = "db_profiles/prod/password"


def test_a_secret_is_masked_wherever_it_is_written() -> None:
    """str, repr, format, f-strings and containers show a mask."""
    secret = Secret("hunter2")
    for written in (str(secret), repr(secret), f"{secret}", f"{secret:>20}", f"{[secret]}", "%s" % secret):  # noqa: UP031
        assert "hunter2" not in written
        assert "***" in written
    assert secret.reveal() == "hunter2"


def test_a_secret_is_not_pickled_and_copies_are_itself() -> None:
    """A secret cannot slip into a cache file."""
    secret = Secret("hunter2")
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert copy.deepcopy({"a": secret})["a"] is secret


def test_secrets_compare_by_text() -> None:
    """Equal texts are equal secrets; a secret is never equal to a plain text."""
    assert Secret("a") == Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a")}) == 1
    assert Secret("a") != "a"
    assert not Secret("")


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("hunter2", "literal", "***"),
        ("env:PG_PASSWORD", "env", "env:PG_PASSWORD"),
        (f"keyring:{ENTRY}", "keyring", f"keyring:{ENTRY}"),
        ("keyringx:y", "literal", "***"),
        ("env", "literal", "***"),
        ("", "literal", ""),
    ],
)
def test_a_reference_may_be_shown_a_literal_may_not(text: str, kind: str, shown: str) -> None:
    """Screens show where a secret is kept, not what it is."""
    assert (Secret(text).kind, Secret(text).shown) == (kind, shown)


def resolve(text: str, environ: dict[str, str] | None = None) -> str:
    """Resolve the text of a secret and reveal it."""
    return resolve_secret(Secret(text), key="db_profiles.prod.password", environ=environ or {}).reveal()


def test_a_literal_is_itself() -> None:
    """A password in the file works as amx-cli allows."""
    assert resolve("hunter2") == "hunter2"


def test_an_environment_reference_is_followed() -> None:
    """`env:NAME` is read from the environment given."""
    assert resolve("env:PG_PASSWORD", {"PG_PASSWORD": "hunter2"}) == "hunter2"


@pytest.mark.parametrize("environ", [{}, {"PG_PASSWORD": ""}])
def test_a_variable_that_is_not_set_is_named(environ: dict[str, str]) -> None:
    """The error names variable and key, the hint says what to do."""
    with pytest.raises(
        ConfigError, match=r"PG_PASSWORD, which db_profiles\.prod\.password refers to"
    ) as error:
        resolve("env:PG_PASSWORD", environ)
    assert "Set PG_PASSWORD" in error.value.hint
    assert error.value.key == "db_profiles.prod.password"


@pytest.mark.parametrize("text", ["env:", "env:a b", "env:1x", "env:=x"])
def test_a_reference_to_no_variable_is_an_error(text: str) -> None:
    """What follows `env:` must be a variable's name; it could be a password, so it is not repeated."""
    with pytest.raises(ConfigError, match="names none") as error:
        resolve(text)
    assert text not in str(error.value) or text == "env:"


def test_a_keyring_reference_is_followed(memory_keyring: MemoryKeyring) -> None:
    """The entry is looked up under amx-cli's service name."""
    memory_keyring.passwords["amx", ENTRY] = "hunter2"
    assert resolve(f"keyring:{ENTRY}") == "hunter2"


def test_a_reference_to_the_environment_works_from_the_keyring_too(memory_keyring: MemoryKeyring) -> None:
    """amx-cli takes `env:NAME` for a password, and keeps it where it keeps passwords."""
    memory_keyring.passwords["amx", ENTRY] = "env:PROD_PASSWORD"
    assert resolve(f"keyring:{ENTRY}", {"PROD_PASSWORD": "hunter2"}) == "hunter2"
    with pytest.raises(ConfigError, match="PROD_PASSWORD"):
        resolve(f"keyring:{ENTRY}")


@pytest.mark.usefixtures("memory_keyring")
def test_a_missing_keyring_entry_is_named() -> None:
    """A profile copied from a colleague refers to an entry that is not here."""
    with pytest.raises(ConfigError, match=f"no entry {ENTRY}") as error:
        resolve(f"keyring:{ENTRY}")
    assert "type the secret again" in error.value.hint


def test_without_a_keyring_a_reference_says_so() -> None:
    """The stand-in of keyring that forgets everything counts as none."""
    assert keyring_problem() == "this machine has none."
    with pytest.raises(ConfigError, match="cannot be used here"):
        resolve(f"keyring:{ENTRY}")


class RefusingKeyring(MemoryKeyring):
    """A locked keyring, whose error repeats what it was given."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Refuse."""
        raise RuntimeError(f"locked, cannot store {password}")

    def get_password(self, service: str, username: str) -> str | None:
        """Refuse."""
        raise RuntimeError("locked: hunter2")


@pytest.fixture
def _locked(memory_keyring: MemoryKeyring) -> None:
    import keyring

    del memory_keyring
    keyring.set_keyring(RefusingKeyring())


@pytest.mark.usefixtures("_locked")
def test_a_locked_keyring_is_an_error_that_leaks_nothing() -> None:
    """The keyring's own words stay out of message and traceback."""
    with pytest.raises(ConfigError, match="refused to read the entry") as error:
        resolve(f"keyring:{ENTRY}")
    shown = "".join(traceback.format_exception(error.value, chain=True))
    assert "Unlock" in error.value.hint
    assert error.value.__suppress_context__
    assert "locked: hunter2" not in shown


@pytest.mark.usefixtures("_locked")
def test_a_locked_keyring_leaves_the_secret_to_the_file() -> None:
    """What was typed is not lost, and the note says where it went."""
    stored = store_secret(Secret("hunter2"), profile="prod", field="password")
    assert stored.value == Secret("hunter2")
    assert not stored.is_in_keyring
    assert "config.yml" in stored.note
    assert "hunter2" not in stored.note


def test_a_typed_secret_goes_into_the_keyring(memory_keyring: MemoryKeyring) -> None:
    """The profile gets the reference, in amx-cli's form, and it leads back."""
    stored = store_secret(Secret("hunter2"), profile="prod", field="password")
    assert stored.is_in_keyring
    assert stored.value == Secret(f"keyring:{ENTRY}")
    assert memory_keyring.passwords == {("amx", ENTRY): "hunter2"}
    assert resolve(stored.value.reveal()) == "hunter2"


def test_a_keyring_that_forgets_is_noticed(
    memory_keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reference is only written where it leads back to the secret."""
    monkeypatch.setattr(memory_keyring, "set_password", lambda *_arguments: None)
    stored = store_secret(Secret("hunter2"), profile="prod", field="password")
    assert stored.value == Secret("hunter2")
    assert "did not give back" in stored.note


@pytest.mark.parametrize("text", ["env:PG_PASSWORD", f"keyring:{ENTRY}"])
def test_a_typed_reference_is_kept(text: str, memory_keyring: MemoryKeyring) -> None:
    """`env:NAME` in the password field is no password."""
    stored = store_secret(Secret(text), profile="prod", field="password")
    assert stored.value == Secret(text)
    assert not memory_keyring.passwords


def test_without_a_keyring_the_secret_stays_in_the_file() -> None:
    """The note says so, and names the alternative."""
    stored = store_secret(Secret("hunter2"), profile="prod", field="password")
    assert stored.value == Secret("hunter2")
    assert "this machine has none" in stored.note
    assert "env:NAME" in stored.note


def test_a_removed_profiles_secret_is_forgotten(memory_keyring: MemoryKeyring) -> None:
    """Only what a keyring reference points to is deleted, and once."""
    memory_keyring.passwords["amx", ENTRY] = "hunter2"
    assert not forget_secret(Secret("hunter2"))
    assert forget_secret(Secret(f"keyring:{ENTRY}"))
    assert not memory_keyring.passwords
    assert not forget_secret(Secret(f"keyring:{ENTRY}"))


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("no such user hunter2!", "no such user ***!"),
        ("postgresql://ann:other@db/d", "postgresql://ann:***@db/d"),
        ("mysql://ann:p@ss@db", "mysql://ann:***@db"),
        ("host=db password=geheim dbname=x", "host=db password=*** dbname=x"),
        ("connect(password='a b', host='h')", "connect(password=***, host='h')"),
        ("at%2Fslash and at/slash", "*** and ***"),
        (r"it said 'new\nline'", "it said '***'"),
        ("xy is short, but taxyard is a word", "*** is short, but taxyard is a word"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_messages_lose_their_secrets(text: str, redacted: str) -> None:
    """Known secrets go in every spelling, and passwords in URLs and pairs go even when unknown."""
    known: list[Secret | str] = [Secret("hunter2"), Secret("at/slash"), "new\nline", Secret("xy"), Secret("")]
    assert redact(text, known) == redacted


@pytest.mark.parametrize(
    ("key", "is_secret"),
    [
        ("password", True),
        ("access_token", True),
        ("api_key", True),
        ("openai_apikey", True),
        ("client_secret", True),
        ("max_tokens", False),
        ("credentials_path", False),
        ("keymap", False),
        ("host", False),
    ],
)
def test_keys_of_unknown_blocks_are_told_apart(key: str, is_secret: bool) -> None:
    """Blocks that only amx-cli knows hold secrets too."""
    assert is_secret_key(key) is is_secret
