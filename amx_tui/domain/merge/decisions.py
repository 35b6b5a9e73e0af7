"""What a person decided about regions, and the steps that lead there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

from amx_tui.domain.merge.fields import FieldMerge
from amx_tui.domain.merge.regions import Collision, WithinLine

__all__ = [
    "FIELD_CHOICES",
    "Choice",
    "Decidable",
    "Decision",
    "Lapsed",
    "Move",
    "Step",
    "carried",
    "decidable_id",
]

Choice: TypeAlias = Literal["mine", "theirs", "both", "both-reversed", "base", "edited"]
FIELD_CHOICES: frozenset[Choice] = frozenset({"mine", "theirs", "base", "edited"})
"""What can be chosen for a single value."""
Decidable: TypeAlias = Collision | WithinLine | FieldMerge


class Decision(NamedTuple):
    """What was decided about one region or field."""

    choice: Choice | Literal["open"]
    """What to take; open where lines that were merged by words were taken apart and nothing is chosen yet."""
    text: str = ""
    """The edited text."""

    @classmethod
    def read(cls, written: object) -> Decision | None:
        """Read a decision from JSON.

        Raises:
            ValueError: It is none.
        """
        if written is None:
            return None
        match written:
            case [str(choice), str(text)] if choice == "open" or choice in get_args(Choice):
                return cls(choice, text)  # type: ignore[arg-type]  # just looked at
        raise ValueError("not a decision")


class Move(NamedTuple):
    """What a step did to one region or field."""

    id: str
    before: Decision | None
    after: Decision | None


Step: TypeAlias = tuple[Move, ...]
"""What is undone at once."""


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A decision about something that is no longer there, because theirs moved."""

    about: Decidable
    decision: Decision


def decidable_id(about: Decidable) -> str:
    """The id by which a region or field is decided."""
    return f"field:{about.name}" if isinstance(about, FieldMerge) else about.id


def carried(
    old: Iterable[Decidable], new: Iterable[Decidable], decisions: Mapping[str, Decision]
) -> dict[str, str]:
    """Find what is the same in two merges: the old ids, and the new one of each.

    It is the same with the same contents, else with the same two sides. Where the same occurs several times and not as
    often as it did, it is only known again if all were decided alike.
    """
    found: dict[str, str] = {}
    for key in (_contents, _sides):
        before = _by_key((about for about in old if decidable_id(about) not in found), key)
        taken = set(found.values())
        after = _by_key((about for about in new if decidable_id(about) not in taken), key)
        for content, ids in before.items():
            others = after.get(content, [])
            if len(ids) == len(others) or len({decisions.get(name) for name in ids}) == 1:
                found.update(zip(ids, others, strict=False))
    return found


def _by_key(
    found: Iterable[Decidable], key: Callable[[Decidable], Hashable]
) -> dict[Hashable, Sequence[str]]:
    ids: defaultdict[Hashable, list[str]] = defaultdict(list)
    for about in found:
        ids[key(about)].append(decidable_id(about))
    return dict(ids)


def _contents(about: Decidable) -> Hashable:
    return (*_name(about), about.base, about.mine, about.theirs)


def _sides(about: Decidable) -> Hashable:
    return (*_name(about), about.mine, about.theirs)


def _name(about: Decidable) -> tuple[str, str]:
    return type(about).__name__, about.name if isinstance(about, FieldMerge) else ""
