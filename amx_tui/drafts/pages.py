"""What is typed on a page and not saved yet: on disk, whole and synced, until the server has it.

A draft is a file of its own, so that two windows, two machines that share an AMX home, two members and two stores
never write over each other's text. What lies beside it belongs to it: the state of a merge, and the lock that says
that a living window has it open. What is thrown away by hand is moved aside, not deleted.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from amx_tui.domain.errors import DraftError
from amx_tui.domain.pages import NewPage, Page, PageChange, new_id
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.times import iso_time
from amx_tui.drafts.atomic import write_atomically

__all__ = ["DraftLock", "PageDraft", "PageDrafts"]

_FORMAT = 1
_MOST_BYTES = 256 * 1024 * 1024
"""A larger file in the drafts' folder is no draft of ours."""
_NAME = re.compile(r"page-([0-9a-f]{16})-([0-9a-f-]{36})\.json\Z")


@dataclass(frozen=True, slots=True)
class PageDraft:
    """What one window of one member holds of a page and the store does not."""

    draft_id: str
    place: str
    """The store, as `PageDrafts` was told."""
    member: str
    """`user@host`."""
    page_id: str
    """Of the page; a page that is new has drawn its id already."""
    title: str
    body: str
    status: str
    note: str = ""
    base_version: int = 0
    """The version that the editor started from; 0 for a new page."""
    base_title: str = ""
    base_body: str = ""
    base_status: str = ""
    db_profile: str = ""
    save_id: str = ""
    """Of the save that was sent last and whose outcome nobody saw; empty otherwise."""
    changed_at: datetime | None = None
    """When it was last written."""
    discarded_at: datetime | None = None
    """When it was thrown away by hand; None for a living one."""

    @property
    def is_new(self) -> bool:
        """Whether the page is not in the store yet."""
        return self.base_version == 0

    @property
    def is_changed(self) -> bool:
        """Whether it holds anything that its base does not."""
        base = (self.base_title, self.base_body, self.base_status)
        return self.is_new or (self.title, self.body, self.status) != base

    def change(self) -> PageChange:
        """The save that stores it; one that was sent and whose outcome nobody saw keeps its id."""
        return PageChange(
            self.page_id,
            self.base_version,
            self.title,
            self.body,
            self.status,
            self.note,
            self.save_id or new_id(),
        )

    def new_page(self) -> NewPage:
        """The page that it makes, where it is new."""
        return NewPage(
            self.title,
            self.body,
            self.status,
            self.note,
            self.db_profile,
            page_id=self.page_id,
            save_id=self.save_id or new_id(),
        )


class DraftLock:
    """Says that a living window has a draft open, as long as it is held; the process' end releases it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Let others have the draft."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class PageDrafts:
    """The drafts of one member in one store. All methods block.

    Args:
        home: The AMX home.
        place: The store that they belong to.
        member: Whose they are, `user@host`: machines that share a home keep theirs apart.
    """

    def __init__(self, home: Path, place: str, member: str) -> None:
        self._folder = home / "drafts" / "pages"
        self._discarded = self._folder / "discarded"
        self.place = place
        self.member = member
        owner = json.dumps([place, member]).encode()
        self._owner = hashlib.sha256(owner).hexdigest()[:16]

    # ---- Beginning -----------------------------------------------------------------------------------------

    def begin(self, page: Page) -> PageDraft:
        """A draft of `page` as it is; nothing is written before something is typed."""
        return PageDraft(
            new_id(),
            self.place,
            self.member,
            page.page_id,
            page.title,
            page.body,
            page.status,
            base_version=page.version,
            base_title=page.title,
            base_body=page.body,
            base_status=page.status,
            db_profile=page.db_profile,
        )

    def begin_new(self, title: str = "", body: str = "", *, db_profile: str = "") -> PageDraft:
        """A draft of a page that is not in the store yet."""
        return PageDraft(
            new_id(), self.place, self.member, new_id(), title, body, "draft", db_profile=db_profile
        )

    def lock(self, draft: PageDraft) -> DraftLock | None:
        """Take a draft for this window; None where another living one has it.

        Raises:
            DraftError: The AMX home cannot be written.
        """
        path = self._path(draft.draft_id, ".lock")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _failure(self._folder, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        return DraftLock(descriptor)

    # ---- Keeping -------------------------------------------------------------------------------------------

    def keep(self, draft: PageDraft, *, at: datetime | None = None) -> PageDraft:
        """Write a draft, whole and synced to disk, and return it with the moment, which is the present one by default.

        Raises:
            DraftError: The AMX home cannot be written; what was kept before is still there.
        """
        kept = replace(draft, changed_at=at or datetime.now(UTC))
        self._write(self._path(draft.draft_id), {"format": _FORMAT, **_document(kept)})
        return kept

    def settle(self, draft_id: str, change: PageChange | NewPage, stored: Page) -> PageDraft | None:
        """Let a draft go whose content the store has acknowledged.

        Args:
            draft_id: Of the draft.
            change: What was stored.
            stored: What came of it.

        Returns:
            None where the draft has gone. Where something was typed since the save was sent, the draft, which stays,
            and is based on what was stored.

        Raises:
            DraftError: The AMX home cannot be written.
        """
        draft = self.read(draft_id)
        if draft is None:
            return None
        if (draft.title, draft.body, draft.status) != (change.title, change.body, change.status):
            version = change.expected + 1 if isinstance(change, PageChange) else 1
            rebased = replace(
                draft,
                base_version=version,
                base_title=change.title,
                base_body=change.body,
                base_status=change.status,
                db_profile=stored.db_profile,
                note="",
                save_id="",
            )
            return self.keep(rebased)
        self._remove(draft_id)
        return None

    def discard(self, draft: PageDraft) -> PageDraft:
        """Throw a draft away by hand; it stays recoverable.

        Raises:
            DraftError: The AMX home cannot be written; the draft is as it was.
        """
        moment = datetime.now(UTC)
        gone = replace(draft, discarded_at=moment, changed_at=draft.changed_at or moment)
        self._write(
            self._path(draft.draft_id, folder=self._discarded), {"format": _FORMAT, **_document(gone)}
        )
        self._remove(draft.draft_id)
        return gone

    def recover(self, draft: PageDraft) -> PageDraft:
        """Take a discarded draft back.

        Raises:
            DraftError: The AMX home cannot be written.
        """
        kept = self.keep(replace(draft, discarded_at=None))
        with suppress(OSError):
            self._path(draft.draft_id, folder=self._discarded).unlink(missing_ok=True)
        return kept

    # ---- Reading -------------------------------------------------------------------------------------------

    def read(self, draft_id: str) -> PageDraft | None:
        """Read a draft; None where it is not there."""
        return self._read(self._path(draft_id))

    def of_page(self, page_id: str) -> tuple[PageDraft, ...]:
        """Read the drafts of one page, the newest first."""
        return tuple(draft for draft in self.all() if draft.page_id == page_id)

    def all(self) -> tuple[PageDraft, ...]:
        """Read all drafts, the newest first."""
        return self._all(self._folder)

    def discarded(self) -> tuple[PageDraft, ...]:
        """Read the drafts that were thrown away by hand, the newest first."""
        return self._all(self._discarded)

    def is_open_elsewhere(self, draft: PageDraft) -> bool:
        """Say whether another living window has the draft."""
        path = self._path(draft.draft_id, ".lock")
        if not path.exists():
            return False
        lock = self.lock(draft)
        if lock is None:
            return True
        lock.release()
        return False

    # ---- The merge beside a draft --------------------------------------------------------------------------

    def keep_merge(self, draft_id: str, session: JsonValue) -> None:
        """Write the state of a merge beside its draft, whole and synced to disk.

        Raises:
            DraftError: The AMX home cannot be written; what was kept before is still there.
        """
        self._write(self._path(draft_id, ".merge"), session)

    def read_merge(self, draft_id: str) -> JsonValue:
        """Read the state of a merge; None where there is none, or none that can be read."""
        return _load(self._path(draft_id, ".merge"))

    def drop_merge(self, draft_id: str) -> None:
        """Forget a merge that is done.

        Raises:
            DraftError: The AMX home cannot be written.
        """
        self._unlink(self._path(draft_id, ".merge"))

    # ---- Files ---------------------------------------------------------------------------------------------

    def _path(self, draft_id: str, suffix: str = ".json", *, folder: Path | None = None) -> Path:
        return (folder or self._folder) / f"page-{self._owner}-{draft_id}{suffix}"

    def _write(self, path: Path, document: JsonValue | dict[str, Any]) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # What JSON's own escapes write is ASCII, so that no lone surrogate of a paste keeps a text off the disk.
            write_atomically(path, json.dumps(document).encode("ascii"))
        except OSError as error:
            raise _failure(path.parent, error) from error

    def _remove(self, draft_id: str) -> None:
        for suffix in (".json", ".merge", ".lock"):
            self._unlink(self._path(draft_id, suffix))

    def _unlink(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise DraftError(f"The draft {path} cannot be removed: {error.strerror}.") from error

    def _all(self, folder: Path) -> tuple[PageDraft, ...]:
        drafts = [draft for path in _files(folder, self._owner) if (draft := self._read(path)) is not None]
        return tuple(sorted(drafts, key=lambda draft: iso_time(draft.changed_at) or "", reverse=True))

    def _read(self, path: Path) -> PageDraft | None:
        """Read a draft of this member in this store; what is none is left where it is."""
        document = _load(path)
        if not isinstance(document, dict) or document.get("format") != _FORMAT:
            return None
        values: dict[str, Any] = {name: document.get(name) for name in _FIELDS}
        for name in ("changed_at", "discarded_at"):
            values[name] = _moment(values[name])
        is_whole = isinstance(values["base_version"], int) and all(
            isinstance(values[name], str) for name in _TEXTS
        )
        if not is_whole or (values["place"], values["member"]) != (self.place, self.member):
            return None
        return PageDraft(**values)


_FIELDS = tuple(field.name for field in fields(PageDraft))
_TEXTS = tuple(name for name in _FIELDS if name not in {"base_version", "changed_at", "discarded_at"})


def _document(draft: PageDraft) -> dict[str, Any]:
    document = asdict(draft)
    for name in ("changed_at", "discarded_at"):
        document[name] = iso_time(document[name])
    return document


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _load(path: Path) -> JsonValue:
    try:
        with open(path, "rb") as file:
            content = file.read(_MOST_BYTES + 1)
        document: JsonValue = json.loads(content) if len(content) <= _MOST_BYTES else None
    except (OSError, ValueError, RecursionError):
        return None
    return document


def _files(folder: Path, owner: str) -> Iterator[Path]:
    try:
        found = sorted(folder.iterdir())
    except OSError:
        return
    for path in found:
        match = _NAME.fullmatch(path.name)
        if match is not None and match[1] == owner:
            yield path


def _failure(folder: Path, error: OSError) -> DraftError:
    return DraftError(
        f"What you type cannot be kept in {folder}: {error.strerror}.",
        hint="Save it soon, or make room there.",
    )
