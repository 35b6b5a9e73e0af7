"""The checker of storms finds what is wrong: in stores that lose, double, leave out and make up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.storm.record import (
    Acknowledged,
    Overwritten,
    Record,
    Sent,
    StoredPage,
    StoredVersion,
    faults,
)


@dataclass
class Store:
    """A store in memory that does what it should; those below do not."""

    version: int = 1
    body: str = ""
    rows: list[StoredVersion] = field(default_factory=lambda: [StoredVersion("p", 1, "", "")])
    audit: list[Overwritten] = field(default_factory=list)

    def save(self, sent: Sent, body: str) -> bool:
        """Store a body, if the version is still the expected one."""
        if sent.expected != self.version:
            return False
        self.keep(sent, body)
        return True

    def keep(self, sent: Sent, body: str) -> None:
        """Store a body as the next version."""
        self.version += 1
        self.body = body
        self.rows.append(StoredVersion("p", self.version, sent.save_id, body))
        if sent.is_forced:
            self.audit.append(Overwritten("p", self.version))


class LosingUpdates(Store):
    """Stores whatever comes, whatever it is based on."""

    def save(self, sent: Sent, body: str) -> bool:
        """Store a body."""
        self.keep(sent, body)
        return True


class LeavingGaps(Store):
    """Counts one too many now and then."""

    def keep(self, sent: Sent, body: str) -> None:
        """Skip a number at the fourth version."""
        self.version += self.version == 3
        super().keep(sent, body)


class Doubling(Store):
    """Writes a version row twice."""

    def keep(self, sent: Sent, body: str) -> None:
        """Store a body and its row, the third one twice."""
        super().keep(sent, body)
        if self.version == 3:
            self.rows.append(self.rows[-1])


class StoringTwice(Store):
    """Stores a save that was sent again once more."""

    def keep(self, sent: Sent, body: str) -> None:
        """Store the second save as two versions."""
        super().keep(sent, body)
        if self.version == 3:
            super().keep(sent, body)


class DroppingWords(Store):
    """Cuts a text off."""

    def keep(self, sent: Sent, body: str) -> None:
        """Store all but the first line from the fourth version on."""
        super().keep(sent, body.partition("\n")[2] if self.version == 3 else body)


class DroppingTheNewWord(Store):
    """Acknowledges a save and keeps the text that was there."""

    def keep(self, sent: Sent, body: str) -> None:
        """Keep the old text at the fourth version."""
        super().keep(sent, self.body if self.version == 3 else body)


class Forgetting(Store):
    """Acknowledges what it does not store."""

    def save(self, sent: Sent, body: str) -> bool:
        """Store nothing from the third version on."""
        return True if self.version == 3 else super().save(sent, body)


class ForgettingTheVersion(Store):
    """Changes the page and writes no version row."""

    def keep(self, sent: Sent, body: str) -> None:
        """Store a body, the last one without its row."""
        super().keep(sent, body)
        if self.version == 7:
            self.rows.pop()


class MakingUp(Store):
    """Stores what nobody sent."""

    def keep(self, sent: Sent, body: str) -> None:
        """Store a body, and one of its own."""
        super().keep(sent, body)
        if self.version == 3:
            super().keep(Sent("nobody", "p", 3, "x"), body)


class Unaudited(Store):
    """Overwrites without a word in the audit trail."""

    def keep(self, sent: Sent, body: str) -> None:
        """Store a body, and forget that it was forced."""
        super().keep(sent, body)
        self.audit.clear()


class AuditingTooMuch(Store):
    """Says of a save that it was forced, which it was not."""

    def keep(self, sent: Sent, body: str) -> None:
        """Store a body, and note the third version as forced."""
        super().keep(sent, body)
        if self.version == 3:
            self.audit.append(Overwritten("p", 3))


def _storm(store: Store) -> Record:
    """Two clients who take turns, one of them a step behind; they put their texts together when they are told."""
    sent: list[Sent] = []
    acknowledged: list[Acknowledged] = []
    seen = [(store.version, store.body)] * 2
    for turn in range(6):
        version, body = seen[turn % 2]
        word = f"wax{turn}"
        while True:
            is_forced = turn == 4
            dropped = ("wax0",) if is_forced else ()
            kept = "\n".join(line for line in body.split("\n") if line not in dropped)
            one = Sent(f"s{len(sent)}", "p", version, word, dropped, is_forced)
            sent.append(one)
            if store.save(one, f"{kept}{word}\n"):
                acknowledged.append(Acknowledged(one.save_id, version + 1))
                break
            version, body = store.version, store.body
        seen[turn % 2] = (store.version, store.body)
    return Record(sent, acknowledged, [StoredPage("p", store.version, store.body)], store.rows, store.audit)


def test_a_store_that_does_what_it_should_has_no_faults() -> None:
    """Refusals, merges, and a choice to drop a word are none."""
    record = _storm(Store())
    assert len(record.sent) > len(record.acknowledged) == 6
    assert faults(record) == []


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (LosingUpdates, "lost"),
        (LosingUpdates, "was based on version"),
        (LeavingGaps, "lacks versions [4]"),
        (Doubling, "more than once"),
        (StoringTwice, "is 2 versions"),
        (DroppingWords, "lost ['wax0']"),
        (DroppingTheNewWord, "without its own word"),
        (Forgetting, "was acknowledged"),
        (ForgettingTheVersion, "is not its last version"),
        (ForgettingTheVersion, "was acknowledged"),
        (MakingUp, "was sent by nobody"),
        (Unaudited, "is not in the audit trail"),
        (AuditingTooMuch, "which it was not"),
    ],
)
def test_a_broken_store_is_found_out(broken: Callable[[], Store], said: str) -> None:
    """Each kind of breakage by its own fault."""
    assert any(said in fault for fault in faults(_storm(broken()))), faults(_storm(broken()))
