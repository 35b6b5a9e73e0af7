"""Passwords and tokens: where they are kept, how they are found, and that they are never shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NoReturn, SupportsIndex
from urllib.parse import quote, quote_plus

from amx_tui.domain.errors import ConfigError
from amx_tui.domain.text import one_line

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

__all__ = [
    "KEYRING_SERVICE",
    "Secret",
    "StoredSecret",
    "forget_secret",
    "is_secret_key",
    "keyring_problem",
    "redact",
    "resolve_secret",
    "store_secret",
]

KEYRING_SERVICE = "amx"
"""The service name under which amx-cli and we keep secrets in the OS keyring."""
MASK = "***"

_SECRET_KEY = re.compile(
    r"passw(or)?d|passphrase|passwort|pwd|token(?!s)|secret|api_?key|access_?key|private_?key|credential(?!s?_path)",
    re.I,
)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_URL_PASSWORD = re.compile(r"(?<=://)([^\s/:@]*):([^\s/]*)@")
_NAMED_PASSWORD = re.compile(
    r"\b(password|passwd|pwd|access_token|motherduck_token|token)(\s*=\s*)('[^']*'|\"[^\"]*\"|[^\s;,&)]+)",
    re.I,
)


class Secret:
    """A text that shows itself only to `reveal`: its `str`, `repr` and `format` are a mask."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret, or the reference to it, in the clear."""
        return self._text

    @property
    def kind(self) -> Literal["literal", "env", "keyring"]:
        """Where the secret is: here, in an environment variable, or in the OS keyring."""
        scheme, colon, _rest = self._text.partition(":")
        return scheme if colon and scheme in ("env", "keyring") else "literal"  # type: ignore[return-value]

    @property
    def shown(self) -> str:
        """What a screen may show: a reference as it is, a literal as a mask, nothing as nothing."""
        return (MASK if self.kind == "literal" else one_line(self._text, 200)) if self._text else ""

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, _specification: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce_ex__(self, _protocol: SupportsIndex) -> NoReturn:
        raise TypeError("A secret is not pickled or copied into files.")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _memo: dict[int, object]) -> Secret:
        return self


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """Where a typed secret went."""

    value: Secret
    """What belongs into the profile: a reference, or the secret itself where there is no keyring."""
    note: str
    """A sentence for the user about where the secret is."""
    is_in_keyring: bool


def is_secret_key(key: str) -> bool:
    """Say whether a key of an unknown block names something that must not be shown."""
    return _SECRET_KEY.search(key) is not None


def resolve_secret(secret: Secret, *, key: str, environ: Mapping[str, str]) -> Secret:
    """Follow a reference to the secret itself. Blocking: the OS keyring may ask the user.

    Args:
        secret: `env:NAME`, `keyring:db_profiles/NAME/FIELD`, or the secret itself.
        key: The dotted key of the value, for messages.
        environ: The environment that `env:` reads.

    Raises:
        ConfigError: The variable is not set, or the keyring has no such entry or does not answer.
    """
    text = secret.reveal()
    if secret.kind == "env":
        return _from_environment(text.removeprefix("env:").strip(), key, environ)
    if secret.kind == "keyring":
        found = _from_keyring(text.removeprefix("keyring:").strip(), key)
        # amx-cli knows no env:NAME and moves it into the keyring like a password that was typed.
        return resolve_secret(found, key=key, environ=environ) if found.kind == "env" else found
    return secret


def _from_environment(name: str, key: str, environ: Mapping[str, str]) -> Secret:
    if not _VARIABLE.fullmatch(name):
        raise ConfigError(
            f"{key} refers to an environment variable, but names none.", key=key, hint="Write env:NAME."
        )
    if not environ.get(name):
        raise ConfigError(
            f"The environment variable {name}, which {key} refers to, is not set.",
            key=key,
            hint=f"Set {name} before you start amx-tui, or edit the profile.",
        )
    return Secret(environ[name])


def _from_keyring(entry: str, key: str) -> Secret:
    shown = one_line(entry, 120)
    problem = keyring_problem()
    if problem:
        raise ConfigError(
            f"{key} is kept in the OS keyring, which cannot be used here: {problem}",
            key=key,
            hint="Edit the profile: type the secret again, or write env:NAME.",
        )
    found = _ask_keyring("read", entry)
    if not found:
        raise ConfigError(
            f"The OS keyring has no entry {shown} (service {KEYRING_SERVICE}), which {key} refers to.",
            key=key,
            hint="Edit the profile and type the secret again, or write env:NAME.",
        )
    return Secret(found)


def store_secret(typed: Secret, *, profile: str, field: str) -> StoredSecret:
    """Keep a typed secret in the OS keyring where there is one, and say what the profile must hold.

    A reference (`env:…`, `keyring:…`) is kept as it is. Blocking: the OS keyring may ask the user.
    """
    if not typed or typed.kind != "literal":
        return StoredSecret(typed, "" if not typed else f"Kept as the reference {typed.shown}.", False)
    problem = keyring_problem()
    entry = f"db_profiles/{profile}/{field}"
    if not problem:
        try:
            _ask_keyring("write", entry, typed.reveal())
            if _ask_keyring("read", entry) == typed.reveal():
                return StoredSecret(Secret(f"keyring:{entry}"), "Kept in the OS keyring.", True)
            problem = "it did not give back what was stored."
        except ConfigError as error:
            problem = error.message
    note = f"Kept in config.yml, readable for you alone. No OS keyring: {problem} env:NAME keeps it out."
    return StoredSecret(typed, note, False)


def forget_secret(secret: Secret) -> bool:
    """Delete what a `keyring:` reference points to; True when there was something to delete. Blocking."""
    if secret.kind != "keyring" or keyring_problem():
        return False
    try:
        _ask_keyring("delete", secret.reveal().removeprefix("keyring:").strip())
    except ConfigError:
        return False
    return True


def keyring_problem() -> str:
    """Say in a sentence why the OS keyring cannot be used; empty when it can."""
    try:
        import keyring
        import keyring.errors
    except ImportError:
        return "the package keyring is not installed."
    try:
        backend = keyring.get_keyring()
    except (keyring.errors.KeyringError, OSError, RuntimeError, ValueError) as error:
        return f"{type(error).__name__}."
    return "" if _is_real(backend) else "this machine has none."


def _is_real(backend: KeyringBackend) -> bool:
    """Tell a keyring that keeps things from keyring's own stand-ins that refuse (fail) or forget (null)."""
    module = type(backend).__module__
    if module.startswith("keyring.backends.chainer"):
        return any(_is_real(part) for part in getattr(backend, "backends", ()))
    return not module.startswith(("keyring.backends.fail", "keyring.backends.null"))


def _ask_keyring(action: Literal["read", "write", "delete"], entry: str, text: str = "") -> str | None:
    import keyring
    import keyring.errors

    try:
        match action:
            case "read":
                return keyring.get_password(KEYRING_SERVICE, entry)
            case "write":
                keyring.set_password(KEYRING_SERVICE, entry, text)
            case "delete":
                keyring.delete_password(KEYRING_SERVICE, entry)
    except (keyring.errors.KeyringError, OSError, RuntimeError, ValueError) as error:
        # The words of a keyring's error are the system's own and could repeat what was sent to it.
        raise ConfigError(
            f"The OS keyring refused to {action} the entry {one_line(entry, 120)} ({type(error).__name__}).",
            hint="Unlock the keyring, or write env:NAME into the profile.",
        ) from None
    return None


def redact(text: str, secrets: Iterable[Secret | str] = ()) -> str:
    """Return `text` with every given secret masked, and passwords in URLs and `password=` pairs besides.

    A secret is also found URL-quoted and as Python writes it in a `repr`.
    """
    spellings: set[str] = set()
    for secret in secrets:
        plain = secret.reveal() if isinstance(secret, Secret) else secret
        spellings |= {plain, quote(plain), quote(plain, safe=""), quote_plus(plain), repr(plain)[1:-1]}
    for spelling in sorted(spellings - {""}, key=len, reverse=True):
        if len(spelling) >= 4:
            text = text.replace(spelling, MASK)
        else:
            # A short one would hit inside ordinary words, which hides nothing and garbles the message.
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(spelling)}(?![A-Za-z0-9])", MASK, text)
    text = _URL_PASSWORD.sub(rf"\1:{MASK}@", text)
    return _NAMED_PASSWORD.sub(rf"\1\2{MASK}", text)
