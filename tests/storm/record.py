"""What was seen of a storm, and the faults in it. Pure: the record may come from any store, a broken one too.

Every word that a client adds is its own for ever, so that one that was lost can be told from one that was taken out
by choice. A client writes down each save before it sends it, and each acknowledgement once it has it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

__all__ = [
    "Acknowledged",
    "Overwritten",
    "Record",
    "Sent",
    "StoredPage",
    "StoredVersion",
    "faults",
    "words_in",
]

_WORD = re.compile(r"w[0-9a-z]+x[0-9a-z]+")


def words_in(text: str) -> Counter[str]:
    """Count the words of clients in a text."""
    return Counter(_WORD.findall(text))


@dataclass(frozen=True, slots=True)
class Sent:
    """A save that a client was about to send."""

    save_id: str
    page_id: str
    expected: int
    added: str
    """The word that it adds."""
    dropped: tuple[str, ...] = ()
    """The words that somebody chose to take out, by an edit or by overwriting."""
    is_forced: bool = False
    """Whether somebody chose to overwrite what another had saved."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A save of which the client was told that it is stored, as which version."""

    save_id: str
    version: int


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version row."""

    page_id: str
    version: int
    save_id: str
    body: str


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page's row."""

    page_id: str
    version: int
    body: str


@dataclass(frozen=True, slots=True)
class Overwritten:
    """An audit row of a forced overwrite."""

    page_id: str
    new_version: int


@dataclass(frozen=True, slots=True)
class Record:
    """All that is known when a storm is over."""

    sent: Sequence[Sent]
    acknowledged: Sequence[Acknowledged]
    pages: Sequence[StoredPage]
    versions: Sequence[StoredVersion]
    overwritten: Sequence[Overwritten] = ()


def faults(record: Record) -> list[str]:
    """Say everything that should not be; empty where nothing was lost, doubled, left out or made up."""
    return [
        *_unkept(record),
        *_not_one_after_another(record),
        *_made_up(record),
        *_lost_words(record),
        *_unaudited(record),
    ]


def _unkept(record: Record) -> Iterator[str]:
    """Every acknowledged save is the version that it was said to be."""
    by_save: dict[str, list[StoredVersion]] = {}
    for version in record.versions:
        by_save.setdefault(version.save_id, []).append(version)
    for save_id, found in by_save.items():
        if save_id and len(found) > 1:
            yield f"save {save_id} is {len(found)} versions"
    for each in record.acknowledged:
        numbers = [version.version for version in by_save.get(each.save_id, ())]
        if each.version not in numbers:
            yield f"save {each.save_id} was acknowledged as version {each.version} and is {numbers or 'none'}"


def _not_one_after_another(record: Record) -> Iterator[str]:
    """The versions of a page are 1, 2, 3 and so on, and the page is the last of them."""
    for page in record.pages:
        versions = _of(page, record.versions)
        numbers = [version.version for version in versions]
        doubles = [number for number, count in Counter(numbers).items() if count > 1]
        gaps = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
        if doubles:
            yield f"page {page.page_id} has versions {doubles} more than once"
        if gaps:
            yield f"page {page.page_id} lacks versions {gaps}"
        if not versions or (versions[-1].version, versions[-1].body) != (page.version, page.body):
            yield f"page {page.page_id} is not its last version"


def _made_up(record: Record) -> Iterator[str]:
    """Every version behind the first is a save that somebody sent, on top of the one in front of it."""
    sent = {each.save_id: each for each in record.sent}
    for version in record.versions:
        save = sent.get(version.save_id)
        if version.version == 1:
            continue
        if save is None:
            yield f"version {version.version} of page {version.page_id} was sent by nobody"
        elif (save.page_id, save.expected + 1) != (version.page_id, version.version):
            yield f"save {save.save_id} was based on version {save.expected} and is version {version.version}"


def _lost_words(record: Record) -> Iterator[str]:
    """What a version holds the next one holds too, but for what somebody chose to take out."""
    sent = {each.save_id: each for each in record.sent}
    for page in record.pages:
        before: Counter[str] = Counter()
        for version in _of(page, record.versions):
            save = sent.get(version.save_id)
            held = words_in(version.body)
            lost = before.keys() - held.keys() - set(save.dropped if save else ())
            if lost:
                yield f"version {version.version} of page {page.page_id} lost {sorted(lost)}"
            if save is not None and save.added not in held:
                yield f"save {save.save_id} is there without its own word {save.added}"
            before = held


def _unaudited(record: Record) -> Iterator[str]:
    """Every forced overwrite that was stored is in the audit trail once, and nothing else is."""
    forced = {each.save_id for each in record.sent if each.is_forced}
    done = Counter(
        (version.page_id, version.version) for version in record.versions if version.save_id in forced
    )
    noted = Counter((each.page_id, each.new_version) for each in record.overwritten)
    for page_id, number in done - noted:
        yield f"version {number} of page {page_id} was forced and is not in the audit trail"
    for page_id, number in noted - done:
        yield f"the audit trail says that version {number} of page {page_id} was forced, which it was not"


def _of(page: StoredPage, versions: Iterable[StoredVersion]) -> list[StoredVersion]:
    return sorted(
        (version for version in versions if version.page_id == page.page_id),
        key=lambda version: version.version,
    )
