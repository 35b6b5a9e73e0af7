"""What a backend is: the fields of its profile form, its URL, its driver and its abilities.

A backend is a table of facts; the methods here turn a profile's values into what a form or an engine needs.
Neither SQLAlchemy nor a driver is imported before `Backend.url` is called.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from amx_tui.backends.drivers import is_importable
from amx_tui.domain.errors import ConfigError, DriverMissingError, UnsupportedHostError
from amx_tui.domain.text import one_line

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

__all__ = ["Abilities", "Backend", "Field", "FieldKind", "Parameters", "Revealable", "UrlShape"]

FieldKind = Literal["text", "int", "secret", "bool", "path", "choice"]
Parameters = Mapping[str, object]
"""Cleaned values by field name, secrets revealed; lives for one call only."""

CONNECT_TIMEOUT = 10
"""Seconds that a driver waits for a server to answer before the host counts as unreachable."""

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_HOST_LENGTH = 24


@runtime_checkable
class Revealable(Protocol):
    """A secret that shows itself only when asked to."""

    def reveal(self) -> str:
        """Return the secret in the clear."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a profile, and the form line that asks for it."""

    name: str
    """The key in `config.yml`, as amx-cli spells it."""
    label: str
    kind: FieldKind = "text"
    required: bool = False
    default: str | int | bool | None = None
    """What the form starts with, and what holds where the profile says nothing."""
    choices: tuple[str, ...] = ()
    """The values that a `choice` allows."""
    help: str = ""
    bounds: tuple[int, int] | None = None
    """The smallest and the largest value of an `int`."""
    is_bare: bool = False
    """Whether the value is a bare name, so that spaces, `@` and `://` in it are mistakes."""
    check: Callable[[str], str] | None = None
    """Says in a sentence what is wrong with a text; empty when it can be used."""

    def clean(self, value: object) -> object:
        """Return `value` typed as this field is, None for blank; what cannot be read comes back as it is."""
        if isinstance(value, Revealable):
            return value if value.reveal() else None
        if self.kind == "secret" or not isinstance(value, str):
            return None if value == "" else value
        text = value.strip()
        if not text:
            return None
        if self.kind == "int" and text.removeprefix("-").isascii() and text.removeprefix("-").isdigit():
            # Longer numbers are out of any bounds, and int() refuses very long ones.
            return int(text) if len(text) < 19 else text
        if self.kind == "bool" and text.lower() in _TRUE | _FALSE:
            return text.lower() in _TRUE
        return text

    def problem(self, value: object) -> str:
        """Say in a sentence what is wrong with a cleaned `value`; empty when it can be used."""
        if value is None:
            return f"{self.label} is required." if self.required else ""
        match self.kind:
            case "secret":
                return "" if isinstance(value, str | Revealable) else f"{self.label} must be text."
            case "bool":
                return "" if isinstance(value, bool) else f"{self.label} must be true or false."
            case "int":
                return self._number_problem(value)
            case _:
                return self._text_problem(value)

    def _number_problem(self, value: object) -> str:
        if not isinstance(value, int) or isinstance(value, bool):
            return f"{self.label} must be a whole number."
        if self.bounds and not self.bounds[0] <= value <= self.bounds[1]:
            return f"{self.label} must be from {self.bounds[0]} to {self.bounds[1]}."
        return ""

    def _text_problem(self, value: object) -> str:
        if not isinstance(value, str):
            return f"{self.label} must be text."
        if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in value):
            return f"{self.label} must not contain control characters or line breaks."
        if self.kind == "choice" and value not in self.choices:
            return f"{self.label} must be one of {', '.join(self.choices)}."
        if self.is_bare and ("://" in value or "@" in value or any(map(str.isspace, value))):
            return f"{self.label} must be a bare name: no scheme, no user, no spaces."
        return self.check(value) if self.check is not None else ""


@dataclass(frozen=True, slots=True)
class UrlShape:
    """Which field goes where in a database URL; an empty name means that part stays empty."""

    drivername: str
    """SQLAlchemy's dialect and driver, such as `postgresql+psycopg`."""
    host: str = "host"
    port: str = "port"
    username: str = "user"
    password: str = "password"
    database: str = "database"
    query: Mapping[str, str] = field(default_factory=dict)
    """Field name to query parameter."""
    fixed_username: str = ""
    """The user name where the backend wants a constant one."""
    booleans: tuple[str, str] = ("true", "false")
    """How true and false are written in the query."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a backend's database can do for us."""

    has_schemas: bool = True
    """Whether tables live in named schemas."""
    has_transactional_ddl: bool = False
    """Whether a failed creation leaves nothing behind."""
    has_comments: bool = True
    """Whether tables and columns carry comments that `apply` can write."""
    has_notifications: bool = False
    """Whether the server pushes changes (LISTEN / NOTIFY)."""
    is_async: bool = False
    """Whether the driver is an async one; others run in threads."""
    is_proven: bool = False
    """Whether our tests run against a real server of this kind."""


def _no_arguments(_parameters: Parameters) -> dict[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Backend:
    """One kind of database: what its profiles hold and how to reach it."""

    name: str
    """The value of `backend` in a profile."""
    title: str
    fields: tuple[Field, ...]
    shape: UrlShape
    driver_modules: tuple[str, ...]
    """The importable modules that must all be there to connect."""
    extra: str | None
    """Our extra that brings the driver; None when it comes with the program."""
    can_host: bool = True
    host_refusal: str = ""
    """Why the shared store cannot live there; empty where it can."""
    abilities: Abilities = Abilities()
    database_field: str = "database"
    """The field that `history_store_database` overrides."""
    arguments: Callable[[Parameters], dict[str, object]] = _no_arguments
    """Makes the driver's connect arguments from the cleaned values."""
    rewrite: Callable[[Parameters], Parameters] = dict
    """Adjusts the cleaned values before the URL is made."""
    error_hints: Mapping[str, str] = field(default_factory=dict)
    """What to do next, by SQLSTATE or vendor error number."""

    @property
    def driver_module(self) -> str:
        """The driver's main module."""
        return self.driver_modules[0]

    @property
    def install_command(self) -> str:
        """The shell command that brings the driver."""
        return f'pip install "amx-tui[{self.extra}]"' if self.extra else "pip install --upgrade amx-tui"

    @property
    def secret_fields(self) -> tuple[str, ...]:
        """The names of the fields that are never shown."""
        return tuple(item.name for item in self.fields if item.kind == "secret")

    def field(self, name: str) -> Field | None:
        """Return the field called `name`, None where this backend has none of that name."""
        return next((item for item in self.fields if item.name == name), None)

    def defaults(self) -> dict[str, object]:
        """Return what a new profile's form starts with, by field name."""
        return {item.name: item.default for item in self.fields if item.default is not None}

    def clean(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return `values` as a profile keeps them: numbers and booleans typed, blank ones gone.

        Keys that are no field of this backend are kept as they are. What cannot be read stays for
        `validate` to name.
        """
        known = {item.name: item for item in self.fields}
        cleaned = {
            name: known[name].clean(value) if name in known else value for name, value in values.items()
        }
        return {name: value for name, value in cleaned.items() if value is not None or name not in known}

    def validate(self, values: Mapping[str, object]) -> dict[str, str]:
        """Return a sentence for each field whose value cannot be used; empty when all can.

        `values` may come straight from a form (text) or from a profile. A secret counts as given when it is a
        reference (`env:NAME`, `keyring:…`): whether that leads anywhere is found when it is resolved.
        """
        cleaned = self.clean(values)
        problems = {item.name: item.problem(cleaned.get(item.name)) for item in self.fields}
        return {name: problem for name, problem in problems.items() if problem}

    def url(self, values: Mapping[str, object], secrets: Mapping[str, Revealable]) -> URL:
        """Make the SQLAlchemy URL; its `str` and `repr` mask the password.

        Args:
            values: The profile's values by field name.
            secrets: The resolved secrets by field name.

        Raises:
            ConfigError: A value is missing or cannot be used; `key` names the field.
        """
        from sqlalchemy.engine import URL

        parameters = self.rewrite(self._parameters(values, secrets))
        shape = self.shape

        def text(name: str) -> str | None:
            value = parameters.get(name) if name else None
            return None if value is None else str(value)

        port = parameters.get(shape.port)
        query = {
            parameter: self._query_text(parameters[name])
            for name, parameter in shape.query.items()
            if parameters.get(name) is not None
        }
        return URL.create(
            shape.drivername,
            username=shape.fixed_username or text(shape.username),
            password=text(shape.password),
            host=text(shape.host),
            port=port if isinstance(port, int) else None,
            database=text(shape.database),
            query=query,
        )

    def connect_args(
        self, values: Mapping[str, object], secrets: Mapping[str, Revealable]
    ) -> dict[str, object]:
        """Make the driver's own arguments: TLS, timeouts and what no URL can say.

        Raises:
            ConfigError: A value is missing or cannot be used, or a certificate file cannot be read.
        """
        return self.arguments(self._parameters(values, secrets))

    def describe(self, values: Mapping[str, object], *, full: bool = False) -> str:
        """Name the place for a screen, such as `db-prod…/analytics`; never a secret, safe to draw.

        Args:
            values: The profile's values by field name; incomplete ones are fine.
            full: Keep the whole host name or path.
        """
        host = self._shown(values, self.shape.host)
        database = self._shown(values, self.shape.database or self.database_field)
        if not self.shape.host:
            return database if full else Path(database).name or database
        host = host.rpartition("@")[2]
        if not full and len(host) > _HOST_LENGTH and not host.replace(".", "").isdigit() and "." in host:
            host = host.partition(".")[0] + "…"
        return "/".join(part for part in (host, database) if part)

    def place(self, values: Mapping[str, object]) -> str:
        """Name the place exactly, to be kept and compared: `db-prod.example:5432/analytics`, or the file's path.

        Never a secret; safe to draw.
        """
        if not self.shape.host:
            path = self._shown(values, self.database_field)
            return str(Path(path).expanduser().absolute()) if path and self.name == "sqlite" else path
        port = {**self.defaults(), **self.clean(values)}.get(self.shape.port)
        host = self._shown(values, self.shape.host).rpartition("@")[2]
        if isinstance(port, int) and host:
            host = f"{host}:{port}"
        database = self._shown(values, self.shape.database or self.database_field)
        return "/".join(part for part in (host, database) if part)

    def with_database(self, values: Mapping[str, object], database: str | None) -> dict[str, object]:
        """Return `values` with `history_store_database` in place of the profile's own; None keeps that."""
        changed = dict(values)
        if database:
            changed[self.database_field] = database
        return changed

    def driver_available(self) -> bool:
        """Say whether the driver is installed, without importing it."""
        return all(is_importable(module) for module in self.driver_modules)

    def require_driver(self) -> None:
        """Check that the driver is installed.

        Raises:
            DriverMissingError: It is not; the hint is the command that installs it.
        """
        if not self.driver_available():
            raise DriverMissingError(
                f"The driver for {self.title} is not installed.", hint=self.install_command
            )

    def require_host(self) -> None:
        """Check that the shared store can live in this kind of database.

        Raises:
            UnsupportedHostError: It cannot; the message says why.
        """
        if not self.can_host:
            raise UnsupportedHostError(
                self.host_refusal,
                hint="Pick a profile of another backend as host; PostgreSQL is the recommended one.",
            )

    def hint_for(self, code: str | int | None) -> str:
        """Return what to do about a driver's error, by SQLSTATE or vendor number; else nothing."""
        return "" if code is None else self.error_hints.get(str(code), "")

    def _parameters(self, values: Mapping[str, object], secrets: Mapping[str, Revealable]) -> Parameters:
        parameters = {**self.defaults(), **self.clean(values)}
        for name, problem in self.validate(parameters).items():
            # Servers that trust the machine need no password, so an empty one is for the server to refuse.
            if name not in self.secret_fields:
                raise ConfigError(problem, key=name, hint=f"Edit the {self.title} profile.")
        for item in self.fields:
            value = parameters.get(item.name)
            if item.kind == "secret":
                parameters.pop(item.name, None)
                if item.name in secrets:
                    parameters[item.name] = secrets[item.name].reveal()
            elif item.kind == "path" and isinstance(value, str) and value.startswith("~"):
                parameters[item.name] = str(Path(value).expanduser())
        return parameters

    def _query_text(self, value: object) -> str:
        if isinstance(value, bool):
            return self.shape.booleans[0 if value else 1]
        return str(value)

    def _shown(self, values: Mapping[str, object], name: str) -> str:
        if not name:
            return ""
        value = self.clean(values).get(name, self.defaults().get(name))
        return one_line(value, 200) if isinstance(value, str) else ""
