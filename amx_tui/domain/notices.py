"""What members who have the store open are told of each other: changes, and who is here with what open."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from amx_tui.domain.text import one_line

__all__ = ["KINDS", "PROCESS", "Notice", "Presence", "notice_sentence", "read_notice"]

KINDS = ("run", "result", "results", "application", "page", "member")
"""What a notice may be about: a run, a result or many of them, comments that were written, a page, a member."""

PROCESS = os.urandom(8).hex()
"""Tells this process' own notices from those of others, be they of the same member."""

_MOST_CHARACTERS = 2_000
_LONGEST_NAME = 60
"""Characters of a name that are shown, and sent: escaped, each may take twelve."""
_HIGHEST_VERSION = 2**63 - 1
_ID = re.compile(r"[\w.:-]{0,64}\Z")


@dataclass(frozen=True, slots=True)
class Notice:
    """That a row was saved, by whom, and which version it has now. Never more than a hint to read it."""

    kind: str
    """One of `KINDS`."""
    row_id: str
    """Empty where many rows changed at once."""
    version: int
    """0 where the rows have none."""
    who: str
    origin: str = PROCESS

    def payload(self) -> str:
        """The notice as it travels: short, for PostgreSQL takes 8,000 bytes at most."""
        return json.dumps(
            {
                "kind": self.kind,
                "id": self.row_id,
                "version": self.version,
                "who": self.who[:_LONGEST_NAME],
                "from": self.origin,
            }
        )


def read_notice(payload: str) -> Notice | None:
    """Read what came over the channel, where anybody may write; what is no notice of ours is None."""
    if len(payload) > _MOST_CHARACTERS:
        return None
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    kind, row_id, version = value.get("kind"), value.get("id"), value.get("version")
    who, origin = value.get("who"), value.get("from", "")
    if kind not in KINDS or not isinstance(version, int) or isinstance(version, bool):
        return None
    if not 0 <= version <= _HIGHEST_VERSION:
        return None
    if not (isinstance(row_id, str) and isinstance(who, str) and isinstance(origin, str)):
        return None
    if not (_ID.match(row_id) and _ID.match(origin)):
        return None
    return Notice(kind, row_id, version, one_line(who, _LONGEST_NAME), origin)


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody who has the store open at this moment."""

    username: str
    hostname: str
    opens: str
    """What is open there, as `run <id>` or `page <id>`; empty where nothing special is."""
    seen_at: datetime | None


_SINGULAR = {
    "run": "recorded a run",
    "result": "decided on a description",
    "results": "decided on descriptions",
    "application": "applied descriptions",
    "page": "saved a page",
    "member": "changed a member",
}


def notice_sentence(notices: Iterable[Notice]) -> str:
    """Say who did what, in one sentence, each person and deed once: "bob saved a page; alice recorded 2 runs"."""
    deeds: dict[tuple[str, str], int] = {}
    for notice in notices:
        key = (notice.who or "somebody", notice.kind)
        deeds[key] = deeds.get(key, 0) + 1
    return "; ".join(f"{who} {_deed(kind, count)}" for (who, kind), count in deeds.items())


def _deed(kind: str, count: int) -> str:
    words = _SINGULAR[kind]
    if count == 1 or kind in {"results", "application"}:
        return words
    if kind == "result":
        return f"decided on {count} descriptions"
    head, _, noun = words.rpartition(" a ")
    return f"{head} {count} {noun}s"
