"""Decisions on their way to the store: on disk before the next key, gone once the store has them all.

A journal is a file of JSON lines that is only ever appended to: a heading that says whose decisions on which run of
which store these are, then a line for each decision, and lines with the numbers of those that are stored. A process
locks the file that it writes; what a process left that is not there any more is taken over by the next one. A last
line that was torn off never was decided: the key it came from had not been answered.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from amx_tui.domain.decisions import DecisionChange
from amx_tui.domain.errors import DraftError
from amx_tui.drafts.atomic import sync_folder
from amx_tui.drafts.decision_lines import (
    PREFIX,
    Entry,
    JournalKey,
    entry_line,
    heading_line,
    read_changes,
    read_key,
    read_lines,
    stored_line,
)

__all__ = ["DecisionJournal", "Entry", "JournalKey", "WaitingDecisions", "find_leftovers", "find_waiting"]

COMPACT_FROM = 2_000
"""Stored decisions in the file from which on it is written anew without them."""


class DecisionJournal:
    """The decisions of one member on one run that are not stored yet.

    Its file is made with the first decision and removed when it is closed with none left.

    Args:
        home: The AMX home.
        key: Whose decisions on what.
    """

    def __init__(self, home: Path, key: JournalKey) -> None:
        self._folder = home / "drafts"
        self._key = key
        self._path: Path | None = None
        self._file = -1
        self._number = 0
        self._stored = 0
        self._live: dict[int, Entry] = {}

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is not stored yet, in the order of the decisions."""
        return tuple(self._live.values())

    def adopt(self) -> tuple[Entry, ...]:
        """Take over what processes left that are not there any more; blocking.

        Raises:
            DraftError: What they left cannot be read or written anew.
        """
        try:
            for path, descriptor in _take(self._folder, self._key.prefix):
                try:
                    self._adopt(read_changes(descriptor))
                    path.unlink(missing_ok=True)
                finally:
                    os.close(descriptor)
        except OSError as error:
            raise _failure(self._folder, error) from error
        return self.entries

    def _adopt(self, changes: Sequence[DecisionChange]) -> None:
        # Whoever took the file over before us may have died between writing the decisions anew and removing it.
        known = {_identity(entry.change) for entry in self._live.values()}
        new = [change for change in changes if _identity(change) not in known]
        if new:
            self.append(new)
            os.fsync(self._file)

    def append(self, changes: Sequence[DecisionChange]) -> tuple[Entry, ...]:
        """Write decisions; they survive the process at once, and the machine after `syncing` was called.

        Raises:
            DraftError: The AMX home cannot be written; nothing was decided then.
        """
        entries = tuple(Entry(self._number + index, change) for index, change in enumerate(changes, 1))
        try:
            if self._file < 0:
                self._begin()
            _write_all(self._file, b"".join(map(entry_line, entries)))
        except OSError as error:
            raise _failure(self._folder, error) from error
        self._number += len(entries)
        self._live.update((entry.number, entry) for entry in entries)
        return entries

    def syncing(self) -> Callable[[], None]:
        """Give what puts all that was appended so far on the disk itself: blocking, for a thread."""
        if self._file < 0:
            return lambda: None
        descriptor = os.dup(self._file)

        def sync() -> None:
            try:
                os.fsync(descriptor)
            except OSError as error:
                raise _failure(self._folder, error) from error
            finally:
                os.close(descriptor)

        return sync

    def acknowledge(self, numbers: Iterable[int]) -> None:
        """Drop decisions that the store has, or that are not wanted any more.

        A line that gets lost costs nothing: what is stored is recognised.

        Raises:
            DraftError: The AMX home cannot be written.
        """
        gone = [number for number in numbers if self._live.pop(number, None) is not None]
        if not gone or self._file < 0:
            return
        self._stored += len(gone)
        try:
            if not self._live:
                os.ftruncate(self._file, len(heading_line(self._key)))
                self._stored = 0
            elif self._stored >= max(COMPACT_FROM, 2 * len(self._live)):
                self._compact()
            else:
                _write_all(self._file, stored_line(gone))
        except OSError as error:
            raise _failure(self._folder, error) from error

    def close(self) -> None:
        """Let go of the file, and remove it where nothing is left in it."""
        if self._file >= 0 and self._path is not None:
            if not self._live:
                with contextlib.suppress(OSError):
                    self._path.unlink(missing_ok=True)
            os.close(self._file)
        self._file, self._path = -1, None

    def _begin(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{self._key.prefix}{secrets.token_hex(4)}.jsonl"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _write_all(descriptor, heading_line(self._key))
            sync_folder(self._folder)
        except BaseException:
            os.close(descriptor)
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        self._path, self._file = path, descriptor

    def _compact(self) -> None:
        """Write what is left into a new file, which then takes the place of this one."""
        path, descriptor = self._path, self._file
        self._begin()
        _write_all(self._file, b"".join(map(entry_line, self._live.values())))
        os.fsync(self._file)
        self._stored = 0
        if path is not None:
            path.unlink(missing_ok=True)
        os.close(descriptor)


def find_leftovers(home: Path, place: str, member: str) -> tuple[str, ...]:
    """Find the runs that a member has decisions on which never reached this store; blocking.

    Those that a running process is about to store are not among them.
    """
    folder = home / "drafts"
    found: set[str] = set()
    for path, descriptor in _take(folder, PREFIX):
        try:
            lines = read_lines(descriptor)
            key = read_key(next(lines, None))
            if key is None or (key.place, key.member) != (place, member):
                continue
            if any("change" in line for line in lines):
                found.add(key.run_id)
            else:
                path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class WaitingDecisions:
    """Decisions in a file that no process is about to store."""

    key: JournalKey
    count: int
    path: Path


def find_waiting(home: Path) -> tuple[WaitingDecisions, ...]:
    """Find all decisions that wait on this machine, whatever member and store they are of; blocking.

    Those that a running process is about to store are not among them. Nothing is changed.
    """
    found: list[WaitingDecisions] = []
    for path, descriptor in _take(home / "drafts", PREFIX):
        try:
            key = read_key(next(read_lines(descriptor), None))
            count = len(read_changes(descriptor))
        finally:
            os.close(descriptor)
        if key is not None and count:
            found.append(WaitingDecisions(key, count, path))
    return tuple(found)


def _take(folder: Path, prefix: str) -> Iterator[tuple[Path, int]]:
    """Lock the files of a kind that no process holds, the oldest first; whoever gets one closes it."""
    try:
        paths = [
            path for path in folder.iterdir() if path.name.startswith(prefix) and path.suffix == ".jsonl"
        ]
    except OSError:
        return
    for path in sorted(paths, key=_age):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Another process may have taken it over, and removed it, while we were opening it.
            is_there = os.fstat(descriptor).st_nlink > 0
        except OSError:
            is_there = False
        if is_there:
            yield path, descriptor
        else:
            os.close(descriptor)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _identity(change: DecisionChange) -> tuple[object, ...]:
    return change.basis, change.values, change.is_restoring, change.decided_at


def _write_all(descriptor: int, data: bytes) -> None:
    """Write all or nothing, as far as can be: what a full disk took half of is cut off again."""
    start = os.fstat(descriptor).st_size
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, start)
        raise


def _failure(folder: Path, error: OSError) -> DraftError:
    return DraftError(
        f"Decisions cannot be kept in {folder}: {error.strerror}.",
        hint="Make room there, or make it writable; then decide again.",
    )
