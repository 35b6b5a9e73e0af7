"""`config.yml`, shared with amx-cli: reading it whole, changing single keys and profiles of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from amx_tui.backends import Field, find
from amx_tui.config.document import Document, Node, complain, plain, read_document, resolved_entries
from amx_tui.config.model import DEFAULT_SCHEMA, Config, Profile
from amx_tui.config.render import Plain
from amx_tui.config.saving import save_edits
from amx_tui.config.secrets import Secret, is_secret_key
from amx_tui.config.splice import Drop, Edit, Put
from amx_tui.domain.errors import ConfigError
from amx_tui.domain.text import one_line

__all__ = ["SCHEMA_VERSION", "load_config", "remove_profile", "save_keys", "save_profile"]

SCHEMA_VERSION = 3
"""The newest layout of `config.yml` that we know."""
NAME_LENGTH = 120
"""Characters of a profile's name; what `db_profile` holds in every layout of the store."""
_PROFILES: Final = "db_profiles"
_TEXT_KEYS = ("active_db_profile", "history_store_profile", "history_store_schema", "history_store_database")
_OWN_KEYS = frozenset(
    {*_TEXT_KEYS, _PROFILES, "history_store_enabled", "history_store_profiles", "schema_version"}
)


def load_config(path: Path) -> Config:
    """Read `config.yml`; one that is missing or empty gives the defaults. Blocking, a few milliseconds.

    Raises:
        ConfigError: The file is broken; the message names file, line and key, and the file is left as it was.
    """
    return _Reader(read_document(path)).config()


def save_keys(config: Config, changes: Mapping[str, Plain]) -> Config:
    """Set top-level keys, remove those whose value is None, and return the configuration as it is then.

    Blocking. Everything else in the file, comments and unknown keys included, stays byte for byte.

    Raises:
        ConfigError: The file is broken or cannot be written, or one of these keys was changed by another
            program since `config` was read.
    """
    edits = [Drop((key,)) if value is None else Put((key,), value) for key, value in changes.items()]
    return _save(config, edits)


def save_profile(config: Config, profile: Profile) -> Config:
    """Add a profile, or change the fields of it that differ, and return the configuration as it is then.

    Blocking. The file gets what `profile.values` has; fields of the backend that are missing or None there
    are removed, other keys of the profile stay, and so does every byte outside the changed fields.

    Raises:
        ConfigError: The name cannot be used, the file is broken or cannot be written, or one of these fields
            was changed by another program since `config` was read.
    """
    _check_name(config.path, profile.name)
    kind = find(profile.backend)
    values = kind.clean(profile.values) if kind else dict(profile.values)
    base = (_PROFILES, profile.name)
    old = config.profiles.get(profile.name)
    if old is None:
        whole = {
            "backend": profile.backend,
            **{name: value for name, value in values.items() if value is not None},
        }
        return _save(config, [Put(base, _as_plain(whole))])
    edits: list[Edit] = []
    if old.backend != profile.backend:
        edits.append(Put((*base, "backend"), profile.backend))
    for name, value in values.items():
        if value is not None and (name not in old.values or not _is_same(old.values[name], value)):
            edits.append(Put((*base, name), _as_plain(value)))
    fields = {item.name for backend in (kind, old.kind) if backend for item in backend.fields}
    edits.extend(Drop((*base, name)) for name in old.values if name in fields and values.get(name) is None)
    return _save(config, edits)


def remove_profile(config: Config, name: str) -> Config:
    """Remove a profile's block from the file and return the configuration as it is then. Blocking.

    Keys that name the profile (`active_db_profile`, `history_store_profile`) are left to the caller, and so
    is the OS keyring.

    Raises:
        NotFoundError: There is no such profile.
        ConfigError: As for `save_profile`.
    """
    config.profile(name)
    return _save(config, [Drop((_PROFILES, name))])


def _save(config: Config, edits: list[Edit]) -> Config:
    def check(current: Document) -> None:
        if current.fingerprint == config.fingerprint:
            return
        if current.fingerprint is None:
            raise complain(
                config.path, "is gone since it was read.", hint="Reload and make the change again."
            )
        data = _Reader(current).config().document
        for edit in edits:
            there, known = _at(data, edit.path), _at(config.document, edit.path)
            wanted = edit.value if isinstance(edit, Put) else None
            if not _is_same(there, known) and not _is_same(there, wanted):
                raise complain(
                    config.path,
                    "was changed by another program meanwhile.",
                    key=".".join(edit.path),
                    hint="Reload and make the change again; the file was left as it is.",
                )

    save_edits(config.path, edits, check=check)
    return load_config(config.path)


def _at(data: object, path: tuple[str, ...]) -> object:
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data


def _is_same(left: object, right: object) -> bool:
    """Compare values, a secret with its text, 1 and true apart."""
    left = left.reveal() if isinstance(left, Secret) else left
    right = right.reveal() if isinstance(right, Secret) else right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(_is_same(item, right[key]) for key, item in left.items())
    return type(left) is type(right) and left == right


def _as_plain(value: object) -> Plain:
    if isinstance(value, Mapping):
        return {str(key): _as_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | Secret):
        return value
    return str(value)


def _check_name(path: Path, name: str) -> None:
    problem = ""
    if not name.strip() or name != name.strip():
        problem = "must not be empty nor begin or end with a space."
    elif len(name) > NAME_LENGTH:
        problem = f"must not be longer than {NAME_LENGTH} characters."
    elif any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in name):
        problem = "must not contain control characters."
    if problem:
        raise complain(path, f"the profile's name {problem}", key=_PROFILES, hint="Pick another name.")


class _Reader:
    """Reads a parsed file into a `Config`, checking types on the way."""

    def __init__(self, document: Document) -> None:
        self.source = document
        self.path = document.path
        root = document.root
        self.entries = resolved_entries(self.path, root) if root is not None and root.kind == "map" else {}
        data = plain(self.path, root)
        self.data: dict[str, object] = data if isinstance(data, dict) else {}
        self.warnings: list[str] = []

    def config(self) -> Config:
        version = self._version()
        profiles = self._profiles()
        texts = {key: self._text(key) for key in _TEXT_KEYS}
        texts["active_db_profile"] = self._first_active(profiles) or texts["active_db_profile"]
        enabled = self._enabled()
        for key in ("active_db_profile", "history_store_profile"):
            name = texts[key]
            if name is not None and name not in profiles:
                self.warnings.append(f"{key} names {one_line(name, 60)!r}, which is no profile.")
        if enabled and texts["history_store_profile"] is None:
            self.warnings.append("history_store_enabled is true, but no history_store_profile is named.")
        guarded = {key: _guarded(value, key) for key, value in self.data.items()}
        guarded[_PROFILES] = {
            name: {"backend": profile.backend, **profile.values} for name, profile in profiles.items()
        }
        return Config(
            path=self.path,
            profiles=MappingProxyType(profiles),
            active_db_profile=texts["active_db_profile"],
            history_store_enabled=enabled,
            history_store_profile=texts["history_store_profile"],
            history_store_profiles=self._names("history_store_profiles"),
            history_store_schema=texts["history_store_schema"] or DEFAULT_SCHEMA,
            history_store_database=texts["history_store_database"],
            schema_version=version,
            extra={key: value for key, value in guarded.items() if key not in _OWN_KEYS},
            document={key: value for key, value in guarded.items() if key in self.data},
            fingerprint=self.source.fingerprint,
            warnings=tuple(self.warnings),
        )

    def _complain(self, key: str, problem: str, node: Node | None, hint: str = "") -> ConfigError:
        return complain(self.path, problem, line=node.line if node else None, key=key, hint=hint)

    def _node(self, key: str) -> Node | None:
        """Return a top-level value, None where it is missing or null."""
        entry = self.entries.get(key)
        return None if entry is None or entry[1].is_null else entry[1]

    def _version(self) -> int | None:
        node, value = self._node("schema_version"), self.data.get("schema_version")
        if node is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._complain("schema_version", "must be a whole number.", node)
        if value > SCHEMA_VERSION:
            problem = f"is {value}; this program knows config.yml up to version {SCHEMA_VERSION}."
            raise self._complain(
                "schema_version", problem, node, "Update amx-tui: pip install --upgrade amx-tui"
            )
        return value

    def _text(self, key: str) -> str | None:
        node = self._node(key)
        if node is None:
            return None
        scalar = node.resolved
        if scalar.kind != "scalar":
            raise self._complain(key, "must be text.", node)
        if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in scalar.text):
            raise self._complain(key, "must not contain control characters or line breaks.", node)
        return scalar.text.strip() or None

    def _enabled(self) -> bool:
        node, value = self._node("history_store_enabled"), self.data.get("history_store_enabled")
        if node is None:
            return False
        if not isinstance(value, bool):
            raise self._complain("history_store_enabled", "must be true or false.", node)
        return value

    def _names(self, key: str) -> tuple[str, ...]:
        node = self._node(key)
        if node is None:
            return ()
        items = node.resolved.items
        if node.resolved.kind != "list" or any(item.resolved.kind != "scalar" for item in items):
            raise self._complain(key, "must be a list of profile names.", node)
        return tuple(item.resolved.text for item in items)

    def _first_active(self, profiles: Mapping[str, Profile]) -> str:
        """Name the first of amx-cli's active profiles, which goes over `active_db_profile` there; else empty."""
        names = self.data.get("active_db_profiles")
        listed = names if isinstance(names, list) else []
        return next((name for name in listed if isinstance(name, str) and name in profiles), "")

    def _profiles(self) -> dict[str, Profile]:
        node = self._node(_PROFILES)
        if node is None:
            return {}
        if node.resolved.kind != "map":
            raise self._complain(_PROFILES, "must hold profiles by name.", node)
        entries = resolved_entries(self.path, node)
        return {name: self._profile(name, key, value) for name, (key, value) in entries.items()}

    def _profile(self, name: str, key_node: Node, node: Node) -> Profile:
        key = f"{_PROFILES}.{name}"
        if not name.strip():
            raise self._complain(_PROFILES, "holds a profile without a name.", key_node)
        if node.resolved.kind != "map":
            raise self._complain(key, "must hold the profile's keys and values.", node)
        entries = resolved_entries(self.path, node)
        backend = entries.get("backend")
        if backend is None or backend[1].is_null:
            raise self._complain(
                key, "has no backend.", key_node, "Add a line such as `backend: postgresql`."
            )
        if backend[1].resolved.kind != "scalar":
            raise self._complain(f"{key}.backend", "must be text.", backend[1])
        spelled = backend[1].resolved.text
        kind = find(spelled)
        values: dict[str, object] = {}
        for each, (_key, value) in entries.items():
            field = kind.field(each) if kind else None
            if each == "backend":
                continue
            if field is None:
                values[each] = _guarded(plain(self.path, value), each)
            elif not value.is_null and (read := self._value(f"{key}.{each}", field, value)) is not None:
                values[each] = read
        profile = Profile(name, spelled, MappingProxyType(values))
        if profile.note:
            self.warnings.append(f"Profile {one_line(name, 60)!r}: {profile.note}")
        return profile

    def _value(self, key: str, field: Field, node: Node) -> object:
        """Read a field as its kind says; text is what stands there, even where YAML sees a number."""
        scalar = node.resolved
        if scalar.kind != "scalar":
            raise self._complain(key, "must be a single value.", node)
        if field.kind == "secret":
            return Secret(scalar.text) if scalar.text else None
        value = field.clean(scalar.text)
        if field.kind == "int" and not isinstance(value, int | None):
            raise self._complain(key, "must be a whole number.", node)
        if field.kind == "bool" and not isinstance(value, bool | None):
            raise self._complain(key, "must be true or false.", node)
        return value


def _guarded(value: object, key: str) -> object:
    """Wrap the texts under keys that name secrets, at any depth."""
    if isinstance(value, dict):
        return {name: _guarded(item, name if is_secret_key(name) else key) for name, item in value.items()}
    if isinstance(value, list):
        return [_guarded(item, key) for item in value]
    if is_secret_key(key) and value is not None and not isinstance(value, bool):
        return Secret(value if isinstance(value, str) else str(value))
    return value
