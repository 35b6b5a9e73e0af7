"""A described database, as services use it: what its assets are, and comments written into it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise

import sqlalchemy as sa

from amx_tui.domain.assets import AssetFacts, AssetName, CommentChange, CommentOutcome
from amx_tui.domain.errors import (
    AuthenticationError,
    DriverMissingError,
    LockedError,
    ReadOnlyError,
    StoreError,
    UndefinedSchemaError,
    UnknownOutcomeError,
    UnreachableError,
    UnsupportedHostError,
)
from amx_tui.store.database import Database
from amx_tui.store.tables.types import storable
from amx_tui.warehouse.model import CatalogEntry, Comments, Found, Refusal, Target, kind_of
from amx_tui.warehouse.registry import comments_of
from amx_tui.warehouse.statements import PRINTED, comment_statement

__all__ = ["Warehouse"]

_READ_AT_ONCE = 5000
_BATCH_CHARACTERS = 2_000_000
_LOCK_SECONDS = 3.0
"""How long a table is waited for that somebody else holds."""
_BRIEF_SECONDS = 0.2
"""The same, while it is found out which of many tables it is."""

_BROKEN = (UnreachableError, UnknownOutcomeError, AuthenticationError, DriverMissingError)
"""After these nothing else is tried: the rest would fail the same way, each after its own wait."""

_Outcomes = list[CommentOutcome]


@dataclass(frozen=True, slots=True)
class _Task:
    """Comments to be written in one transaction, and what is expected to be there."""

    changes: Sequence[CommentChange]
    expected: Mapping[AssetName, str]
    lock_seconds: float


class Warehouse:
    """A database whose assets are described by its comments.

    Attributes:
        place: Where it is, such as `db-prod.example:5432/analytics` or a file; never a secret.
        backend_name: The kind of database.
    """

    def __init__(self, database: Database, *, place: str = "") -> None:
        self._database = database
        self._comments: Comments = comments_of(database.backend_name)
        self.place = place or database.host_label
        self.backend_name = database.backend_name

    def __repr__(self) -> str:
        return f"Warehouse({self.backend_name!r}, {self.place!r})"

    @property
    def note(self) -> str:
        """What people should know about comments there before the first is written; empty where nothing."""
        return self._comments.note

    def reason_against_writing(self) -> str:
        """Why no comment can be written there; empty where they can."""
        return self._comments.reason_against_writing()

    def reason_against(self, kind: str) -> str:
        """Why assets of a kind (`schema`, `table`, `view`, `column`, …) can carry no comment; empty where they can."""
        return self._comments.reason_against(kind)

    def script(self, changes: Sequence[CommentChange]) -> tuple[str, ...]:
        """Return the statements for a client of the database, where none are written from here; else nothing.

        What the backend has no comments of is left out. The kinds of relation are taken from `changes`.
        """
        if self.backend_name not in PRINTED:
            return ()
        statements: list[str] = []
        for change in changes:
            with suppress(UnsupportedHostError):
                statements.append(comment_statement(self.backend_name, change))
        return tuple(statements)

    async def facts(
        self, names: Collection[AssetName], *, only_comments: bool = False
    ) -> dict[AssetName, AssetFacts]:
        """Read what the catalogue says of some assets; those that it does not have are left out.

        Args:
            names: Matched exactly, then as the backend folds names. The keys of the answer are these names;
                how the database spells them is in the facts.
            only_comments: Leave out types and keys, which is quicker.

        Raises:
            UnsupportedHostError: Databases of this kind are not read from here.
            StoreError: The database cannot be reached, or refuses.
        """
        found: dict[AssetName, AssetFacts] = {}
        for chunk in _chunks(list(dict.fromkeys(names)), _READ_AT_ONCE):
            entries = await self._read(chunk, only_comments=only_comments)
            found |= {name: entry.facts for name, entry in entries.items()}
        return found

    async def _read(self, names: Collection[AssetName], *, only_comments: bool = False) -> Found:
        return await self._database.run(
            lambda connection: self._comments.read(connection, names, only_comments=only_comments)
        )

    async def write(
        self, changes: Sequence[CommentChange], *, expected: Mapping[AssetName, str] | None = None
    ) -> list[CommentOutcome]:
        """Write comments, many in one transaction; what cannot be written does not stop the rest.

        Args:
            changes: What is written where; the kind is looked up in the catalogue, not taken from here.
            expected: Comments that must still be there, by the names in `changes`; where another one is, it
                stays. Where there is already what would be written, that counts as written.

        Returns:
            One outcome a change, in their order. When the connection breaks, what was not written is told
            as an outcome too, `is_unknown` where it may have been. Whoever cancels this is told nothing, and
            must look at the database.
        """
        if reason := self.reason_against_writing():
            return [_refused(change, Refusal(reason), "") for change in changes]
        done: dict[int, CommentOutcome] = {}
        broken: StoreError | None = None
        for batch in _batches(changes, self._comments):
            chosen = [changes[number] for number in batch]
            if broken is not None:
                outcomes = [_failed(change, broken) for change in chosen]
            else:
                try:
                    outcomes = await self._settle(_Task(chosen, expected or {}, _LOCK_SECONDS))
                except StoreError as error:
                    may_be_there = not isinstance(error, AuthenticationError | DriverMissingError)
                    outcomes = [replace(_failed(change, error), is_unknown=may_be_there) for change in chosen]
                    broken = error if isinstance(error, _BROKEN) else None
            done.update(zip(batch, outcomes, strict=True))
        return [done[number] for number in range(len(changes))]

    async def _settle(self, task: _Task) -> _Outcomes:
        """Write a batch; where that fails, narrow it down to what fails."""
        try:
            return await self._database.run(lambda connection: self._attempt(connection, task), write=True)
        except _BROKEN:
            raise
        except StoreError as error:
            failure = error
        parts = [self._part(failure, change) for change in task.changes]
        if len(set(parts)) == 1:
            return [await self._told(change, failure, task) for change in task.changes]
        outcomes: _Outcomes = []
        cut = _middle(parts)
        for half, its_parts in ((task.changes[:cut], parts[:cut]), (task.changes[cut:], parts[cut:])):
            is_narrowing = isinstance(failure, LockedError) and len(set(its_parts)) > 1
            seconds = _BRIEF_SECONDS if is_narrowing else _LOCK_SECONDS
            outcomes += await self._settle(_Task(half, task.expected, seconds))
        return outcomes

    def _part(self, failure: StoreError, change: CommentChange) -> AssetName:
        """What of the database a failure hits as a whole, so that it is not tried comment by comment."""
        if isinstance(failure, LockedError):
            return change.name.table if self._comments.locks_tables else AssetName("")
        if isinstance(failure, ReadOnlyError):
            return AssetName(change.name.schema_name)
        return change.name

    def _attempt(self, connection: sa.Connection, task: _Task) -> _Outcomes:
        """Find the tables, hold them, look at what is to be written, write: the body of one transaction."""
        comments = self._comments
        tables = comments.read(connection, {change.name.table for change in task.changes}, only_comments=True)
        writable = [entry for entry in tables.values() if entry.refusal is None]
        try:
            comments.lock(connection, writable, task.lock_seconds)
            found = comments.read(connection, [change.name for change in task.changes], only_comments=True)
            planned = [
                self._planned(change, found.get(change.name), task.expected) for change in task.changes
            ]
            warning = comments.write(connection, [target for _, target in planned if target is not None])
        finally:
            comments.unlock(connection)
        if not warning:
            return [outcome for outcome, _ in planned]
        return [replace(outcome, error_text=warning) if target else outcome for outcome, target in planned]

    def _planned(
        self, change: CommentChange, entry: CatalogEntry | None, expected: Mapping[AssetName, str]
    ) -> tuple[CommentOutcome, Target | None]:
        """What will have become of a change when its transaction is committed, and what is to be written for it."""
        if entry is None:
            return _missing(change), None
        text, there = storable(change.comment), entry.facts.comment
        wanted = expected.get(change.name)
        if there == text:
            return CommentOutcome(change.name, True, previous_comment=there), None
        if wanted is not None and there != storable(wanted):
            said = "Its comment in the database is no longer what it was."
            return _refused(change, Refusal(said, "Look at both, and choose."), there, is_changed=True), None
        kind = entry.facts.kind
        if reason := self._comments.reason_against(kind if kind != "column" else entry.relation):
            return _refused(change, Refusal(reason), there), None
        if refusal := entry.refusal or self._comments.too_long(CommentChange(change.name, kind, text)):
            return _refused(change, refusal, there), None
        return CommentOutcome(change.name, True, previous_comment=there), Target(entry, text)

    async def _told(self, change: CommentChange, failure: StoreError, task: _Task) -> CommentOutcome:
        """Say why one comment was not written; whoever failed since the asset is gone is told that."""
        if isinstance(failure, LockedError):
            what = change.name.table.qname if self._comments.locks_tables else self.place
            said = f"Somebody else holds {what}, and did not let go of it in time."
            return CommentOutcome(change.name, False, said, "Nothing was changed there; try again later.")
        if isinstance(failure, ReadOnlyError):
            return _failed(change, failure)
        found = await self._read([change.name])
        entry = found.get(change.name)
        if entry is None:
            return _missing(change)
        cure = self._comments.cure(failure, Target(entry, change.comment))
        outcome = replace(_failed(change, failure), previous_comment=entry.facts.comment)
        return replace(outcome, hint=cure or outcome.hint)

    async def close(self) -> None:
        """Close the connections."""
        await self._database.close()


def _refused(
    change: CommentChange, refusal: Refusal, there: str, *, is_changed: bool = False
) -> CommentOutcome:
    return CommentOutcome(
        change.name, False, refusal.error_text, refusal.hint, is_changed=is_changed, previous_comment=there
    )


def _missing(change: CommentChange) -> CommentOutcome:
    said = f"There is no {kind_of(change.name)} {change.name.qname} in the database."
    hint = "It may have been renamed or dropped since the run, or this user may not see it."
    return CommentOutcome(change.name, False, said, hint, is_missing=True)


def _failed(change: CommentChange, error: StoreError) -> CommentOutcome:
    # What the store's own errors advise about its tables is no advice about these.
    hint = "" if isinstance(error, UndefinedSchemaError) else error.hint
    return CommentOutcome(change.name, False, error.message, hint)


def _chunks(names: Sequence[AssetName], size: int) -> Iterator[Sequence[AssetName]]:
    return (names[start : start + size] for start in range(0, len(names), size))


def _batches(changes: Sequence[CommentChange], comments: Comments) -> Iterator[list[int]]:
    """Cut changes into transactions, table by table: not too many in one, and no two for one asset.

    What is given are positions in `changes`.
    """
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, change in enumerate(changes):
        places[change.name.schema_name, change.name.table_name].append(number)
    batch: list[int] = []
    names: set[AssetName] = set()
    length = 0
    for numbers in places.values():
        is_other = not comments.is_transactional
        for number in numbers:
            change = changes[number]
            is_full = len(batch) >= comments.batch_size or length + len(change.comment) > _BATCH_CHARACTERS
            if batch and (is_full or is_other or change.name in names):
                yield batch
                batch, names, length = [], set(), 0
            batch.append(number)
            is_other = False
            names.add(change.name)
            length += len(change.comment)
    if batch:
        yield batch


def _middle(parts: Sequence[AssetName]) -> int:
    """Where to cut a list in two: between different parts, as near to its middle as can be."""
    edges = [number for number, (left, right) in enumerate(pairwise(parts), 1) if left != right]
    return min(edges, key=lambda edge: abs(edge - len(parts) // 2))
