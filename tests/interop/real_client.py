"""Runs inside the environment of amx-cli, and knows nothing of this program: does what it is told, with amx-cli's code.

Started with a username and a hostname, it reads one JSON object a line, `{"call": "shared.get_run", "args": [...],
"kwargs": {...}}`, and answers each with one line: `{"value": ...}`, or `{"error": {...}}`. A line with `stop` does the
same, but stops at the first UPDATE, in front of it (`"update"`) or of the COMMIT behind it (`"commit"`), says
`{"prepared": true}`, and goes on at the next line.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import os
import re
import socket
import sys
from collections.abc import Iterator
from typing import Any

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def main(username: str, hostname: str) -> None:
    """Answer lines until there are none."""
    # Whatever amx-cli prints must not stand between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    os.environ["LOGNAME"] = os.environ["USER"] = username
    socket.gethostname = lambda: hostname
    client = Client()
    for line in sys.stdin:
        asked = json.loads(line)

        def answer(said: dict[str, Any]) -> None:
            answers.write(json.dumps(said, default=plain) + "\n")
            answers.flush()

        try:
            with stopping(client, answer, asked["stop"]) if "stop" in asked else contextlib.nullcontext():
                value = client.call(asked["call"], asked.get("args", []), asked.get("kwargs", {}))
            answer({"value": value})
        except Exception as error:  # noqa: BLE001 - the test judges it
            answer({"error": described(error)})


class Client:
    """amx-cli on one machine."""

    def __init__(self) -> None:
        self._store: Any = None

    @property
    def store(self) -> Any:
        """The store that `config.yml` names, made or joined as amx-cli does at its start."""
        if self._store is None:
            from amx.config import AMXConfig
            from amx.storage.factory import init_history_store

            self._store = init_history_store(AMXConfig.load())
        return self._store

    def call(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Call what is named: a part of amx-cli and a function of it."""
        part, _, function = name.partition(".")
        if part == "here":
            return getattr(self, function)(*args, **kwargs)
        if part == "admin":
            from amx.storage import admin

            return getattr(admin, function)(self.store.shared, *args, **kwargs)
        target = self.store.shared if part == "shared" else self.store
        return getattr(target, function)(*args, **kwargs)

    def who(self) -> list[str]:
        """Whom amx-cli takes itself for."""
        return [self.store.shared._username, self.store.shared._hostname]

    def add_member(self, username: str, hostname: str) -> Any:
        """Register somebody as a connection of theirs does."""
        from amx.storage import admin

        return admin.register_session(
            self.store.shared,
            username=username,
            hostname=hostname,
            client_version="0.19.0",
            db_profiles_seen=["team"],
        )

    def pull(self) -> Any:
        """Copy the others' runs into the local file, as `history-store enable` offers."""
        from amx.storage.migration import pull_shared_to_local

        return pull_shared_to_local(self.store.local, self.store.shared)

    def upload(self) -> Any:
        """Copy the local file into the store, as `history-store enable` offers."""
        from amx.storage.migration import migrate_local_to_shared

        return migrate_local_to_shared(self.store.local, self.store.shared)

    def save_results_too_early(self, suggestions: list[Any]) -> None:
        """Replay results of a run that never reached the store, as the outbox does."""
        payload = {
            "run_id": "<unresolved>",
            "suggestions": suggestions,
            "local_ids": [990],
            "local_run_id": 1,
        }
        self.store._ensure_built()._replay_op("save_run_results", payload)

    def list_outbox(self) -> int:
        """How many writes wait."""
        return int(self.store.pending_count())

    def misfits(self) -> list[str]:
        """Read every row of the store through amx-cli's own tables, and say what is not as its models have it."""
        from sqlalchemy import select

        found = set()
        with self.store.shared.engine.connect() as connection:
            for table in self.store.shared._md.sorted_tables:
                for row in connection.execute(select(table)):
                    for column, value in zip(table.columns, row, strict=True):
                        said = misfit(column, value)
                        if said:
                            found.add(f"{table.name}.{column.name} {said}: {value!r}")
        return sorted(found)

    def page_words(self) -> dict[str, list[str]]:
        """The words that amx-cli's types have for pages and what is attached to them."""
        from typing import get_args

        from amx.pages import types

        return {
            "documentation_pages.status": list(get_args(types.PageStatus)),
            "documentation_page_assets.asset_kind": list(get_args(types.AssetKind)),
            "documentation_page_sources.source_kind": list(get_args(types.SourceKind)),
        }

    def canvases(self) -> list[Any]:
        """Every canvas, with its nodes, edges and notes, as amx-cli's classes read them."""
        shared = self.store.shared
        return [
            [
                artifact,
                shared.list_lineage_nodes(artifact_uuid=artifact.id),
                shared.list_lineage_edges(artifact_uuid=artifact.id),
                shared.list_lineage_comments(artifact_uuid=artifact.id),
            ]
            for artifact in shared.list_lineage_artifacts()
        ]

    def config(self) -> dict[str, Any]:
        """Read `config.yml` with amx-cli's loader."""
        from amx.config import AMXConfig, history_store_profile_set

        loaded = AMXConfig.load()
        return {
            "profiles": {name: dataclasses.asdict(each) for name, each in loaded.db_profiles.items()},
            "active": loaded.active_db_profile,
            "enabled": loaded.history_store_enabled,
            "profile": loaded.history_store_profile,
            "schema": loaded.history_store_schema,
            "database": loaded.history_store_database,
            "set": history_store_profile_set(loaded),
        }

    def add_profile(self, name: str, values: dict[str, Any], keys: dict[str, Any]) -> None:
        """Add a profile, unless it has no name, and set keys; save `config.yml` as amx-cli's wizard does."""
        from amx.config import AMXConfig, DBConfig

        loaded = AMXConfig.load()
        if name:
            loaded.db_profiles[name] = DBConfig(**values)
        for key, value in keys.items():
            setattr(loaded, key, value)
        loaded.save()


@contextlib.contextmanager
def stopping(client: Client, answer: Any, where: str) -> Iterator[None]:
    """Stop at the first UPDATE, in front of it or of the COMMIT behind it, until a line comes."""
    from sqlalchemy import event

    engine = client.store.shared.engine
    seen: list[str] = []

    def stop() -> None:
        seen.append("stopped")
        answer({"prepared": True})
        sys.stdin.readline()

    def before_execute(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        if statement.startswith("UPDATE") and not seen:
            if where == "update":
                stop()
            else:
                seen.append("updated")

    def before_commit(connection: Any) -> None:
        if seen == ["updated"]:
            stop()

    event.listen(engine, "before_cursor_execute", before_execute)
    event.listen(engine, "commit", before_commit)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", before_execute)
        event.remove(engine, "commit", before_commit)


def misfit(column: Any, value: Any) -> str:
    """Say what is wrong with a value of a column; empty where nothing is."""
    from sqlalchemy import JSON, DateTime

    if value is None:
        return "" if column.nullable else "lacks a value"
    if isinstance(column.type, DateTime):
        return "" if value.tzinfo is not None else "is no moment"
    if isinstance(column.type, JSON):
        return "is JSON in a text" if isinstance(value, str) else ""
    wanted = column.type.python_type
    if not isinstance(value, wanted):
        return f"is no {wanted.__name__}"
    length = getattr(column.type, "length", None)
    if length and len(value) > length:
        return f"is longer than {length}"
    if column.primary_key and length == 36 and not UUID.fullmatch(value):
        return "is no UUID"
    return ""


def described(error: Exception) -> dict[str, Any]:
    """Describe an error, with what amx-cli's stale-version error carries."""
    said = {"type": type(error).__name__, "message": str(error)}
    actual = getattr(error, "actual", None)
    if actual is not None:
        said["actual"] = actual
    return said


def plain(value: Any) -> Any:
    """Write what JSON does not know."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    return str(value)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
