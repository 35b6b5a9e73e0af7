"""One client of a storm: it reads, edits, saves, merges what others saved meanwhile, and writes down what it does."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import cast

from amx_tui.domain.errors import StaleVersionError, StoreError
from amx_tui.domain.identity import Identity
from amx_tui.domain.merge import MergeSession
from amx_tui.domain.pages import Page, PageChange
from amx_tui.store.pages import PageRepository
from tests.storm.record import Acknowledged, Sent, words_in

__all__ = ["Client", "Log", "read_logs"]

_MOST_LINES = 120


class Log:
    """What a client writes down, line by line, in a file that outlives it."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, kind: str, **values: object) -> None:
        """Write one line; what the system has taken is there even if this process is killed."""
        os.write(self._descriptor, json.dumps({"kind": kind, **values}).encode() + b"\n")

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def read_logs(paths: Iterable[Path]) -> tuple[list[Sent], list[Acknowledged], dict[str, int]]:
    """Read what clients wrote: saves, acknowledgements, and how often everything else happened.

    A killed client's last line may be cut off; it had not been sent then.
    """
    sent: list[Sent] = []
    acknowledged: list[Acknowledged] = []
    counts: dict[str, int] = {}
    for path in paths:
        for line in path.read_bytes().split(b"\n"):
            try:
                values = json.loads(line)
            except ValueError:
                continue
            kind = values.pop("kind")
            counts[kind] = counts.get(kind, 0) + 1
            if kind == "sent":
                sent.append(Sent(**{**values, "dropped": tuple(values["dropped"])}))
            elif kind == "acknowledged":
                acknowledged.append(Acknowledged(**values))
    return sent, acknowledged, counts


class Client:
    """A member who edits pages.

    Args:
        name: Its own among all clients of the storm, digits and small letters.
        pages: Its connection to the store.
        identity: As whom it acts.
        page_ids: What it edits.
        log: Where it writes down what it does.
        seed: Decides what it does.
    """

    def __init__(
        self,
        name: str,
        pages: PageRepository,
        identity: Identity,
        page_ids: list[str],
        log: Log,
        seed: int,
    ) -> None:
        self._name = name
        self._pages = pages
        self._identity = identity
        self._page_ids = page_ids
        self._log = log
        self._random = Random(seed)
        self._words = 0

    async def edit_once(self) -> None:
        """Make one edit of a page and save it, however often it takes."""
        page = await self._read(self._random.choice(self._page_ids))
        self._words += 1
        word = f"w{self._name}x{self._words}"
        mine, dropped = self._edited(page.body, word)
        change = PageChange.of(page, body=mine, note=f"added {word}")
        sent = Sent(change.save_id, page.page_id, page.version, word, dropped)
        session: MergeSession | None = None
        over: Page | None = None
        while (theirs := await self._save(change, sent, over)) is not None:
            over = None
            if session is None and self._random.random() < 0.05:
                # Somebody who does not care for what others wrote: a choice, which is written down as one.
                over = theirs
                change = change.on_top_of(theirs)
                lost = words_in(theirs.body).keys() - words_in(change.body).keys()
                sent = Sent(change.save_id, theirs.page_id, theirs.version, word, tuple(lost), is_forced=True)
                continue
            if session is None:
                session = MergeSession(page.body, change.body, theirs.body)
            else:
                session.rebase(theirs.body)
            for name in session.open_ids:
                session.choose(name, "both")
            change = PageChange.of(theirs, body=session.result(), note=f"merged {word}")
            sent = Sent(change.save_id, theirs.page_id, theirs.version, word, dropped)

    def _edited(self, body: str, word: str) -> tuple[str, tuple[str, ...]]:
        """Put a word on a line of its own, or into one; sometimes take out what is there, which is a choice."""
        lines = body.splitlines(keepends=True)
        at = self._random.randrange(len(lines) + 1)
        dropped: set[str] = set()
        if len(lines) > _MOST_LINES or (len(lines) > 10 and self._random.random() < 0.05):
            start = self._random.randrange(len(lines) - 5)
            gone = lines[start : start + self._random.randrange(1, 5)]
            del lines[start : start + len(gone)]
            dropped = set(words_in("".join(gone)))
            at = min(at, len(lines))
        if at < len(lines) and self._random.random() < 0.5:
            lines[at] = lines[at].rstrip("\n") + f" {word}\n"
        else:
            lines.insert(at, f"- a line with {word} in it\n")
        edited = "".join(lines)
        return edited, tuple(sorted(dropped - words_in(edited).keys()))

    async def _save(self, change: PageChange, sent: Sent, over: Page | None) -> Page | None:
        """Send a save until its outcome is known; return what is there instead where it was refused."""
        self._log.write("sent", **asdict(sent))
        while True:
            try:
                await self._pages.save(change, identity=self._identity, over=over)
            except StaleVersionError as error:
                self._log.write("stale")
                return cast("Page", error.current)
            except StoreError as error:
                # Nobody knows what became of it, or it did not get through: a person would save again.
                self._log.write(type(error).__name__)
                await asyncio.sleep(self._random.random() / 50)
            else:
                self._log.write("acknowledged", **asdict(Acknowledged(sent.save_id, sent.expected + 1)))
                return None

    async def _read(self, page_id: str) -> Page:
        while True:
            try:
                return await self._pages.get(page_id)
            except StoreError as error:
                self._log.write(f"reading: {type(error).__name__}")
                await asyncio.sleep(self._random.random() / 50)
