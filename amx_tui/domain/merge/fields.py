"""The merge of single values, such as titles, and of a page that one side deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = [
    "Deletion",
    "DeletionChoice",
    "FieldMerge",
    "FieldsMerge",
    "Values",
    "merge_fields",
]

Values: TypeAlias = Mapping[str, str | None]
"""Single values by their names; one that is absent is None."""

DeletionChoice: TypeAlias = Literal["keep", "delete", "restore-as-new"]
"""What to do where one side deleted what the other changed: keep it as changed, delete it all the same, or leave it
deleted and make a new one of what was changed."""


@dataclass(frozen=True, slots=True)
class FieldMerge:
    """One value in all three versions."""

    name: str
    base: str | None
    mine: str | None
    theirs: str | None

    @property
    def is_collision(self) -> bool:
        """Whether both sides changed it, differently."""
        return self.mine != self.theirs and self.base not in (self.mine, self.theirs)

    @property
    def value(self) -> str | None:
        """The merged value; mine where it collides."""
        return self.theirs if self.mine == self.base else self.mine


@dataclass(frozen=True, slots=True)
class Deletion:
    """One side deleted what the other one changed."""

    deleted_by: Literal["mine", "theirs"]
    changed: tuple[str, ...]
    """The names of the values that the other side changed."""

    @property
    def choices(self) -> tuple[DeletionChoice, ...]:
        """What can be done about it. Nothing has to be made anew while it is only I who wanted to delete it."""
        return ("keep", "delete", "restore-as-new") if self.deleted_by == "theirs" else ("keep", "delete")


@dataclass(frozen=True, slots=True)
class FieldsMerge:
    """The merge of all single values."""

    fields: tuple[FieldMerge, ...] = ()
    """By name; none where a side deleted them."""
    deletion: Deletion | None = None
    """Set where one side deleted what the other one changed: that has to be decided."""
    is_deleted: bool = False
    """Whether one side deleted it and the other one left it as it was, or deleted it too."""

    @property
    def collisions(self) -> tuple[FieldMerge, ...]:
        """The values that a person has to decide."""
        return tuple(field for field in self.fields if field.is_collision)


def merge_fields(base: Values, mine: Values | None, theirs: Values | None) -> FieldsMerge:
    """Merge single values one by one.

    Args:
        base: The values that both started from.
        mine: Mine; None where I deleted it.
        theirs: Theirs; None where they deleted it.
    """
    if mine is not None and theirs is not None:
        names = dict.fromkeys((*base, *mine, *theirs))
        return FieldsMerge(
            tuple(FieldMerge(name, base.get(name), mine.get(name), theirs.get(name)) for name in names)
        )
    kept = mine if mine is not None else theirs
    if kept is None:
        return FieldsMerge(is_deleted=True)
    changed = tuple(name for name in dict.fromkeys((*base, *kept)) if base.get(name) != kept.get(name))
    if not changed:
        return FieldsMerge(is_deleted=True)
    return FieldsMerge(deletion=Deletion("theirs" if theirs is None else "mine", changed))
