"""What a merge consists of: what is settled, what was merged within a line, and what collides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Agreed", "Collision", "Merge", "Origin", "Region", "WithinLine"]

Origin: TypeAlias = Literal["base", "mine", "theirs", "both"]


@dataclass(frozen=True, slots=True)
class Agreed:
    """Lines that nobody has to look at: nobody changed them, one side did, or both did the same."""

    text: str
    origin: Origin
    """Who wrote them."""


@dataclass(frozen=True, slots=True)
class WithinLine:
    """Lines in which both sides changed words, or next to which the other side did, without touching each other."""

    id: str
    """The same for the same contents, in a merge with other versions too."""
    text: str
    """Both sides' changes."""
    base: tuple[str, ...]
    mine: tuple[str, ...]
    theirs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Collision:
    """Lines that both sides changed differently; a person has to decide. All lines have their ends."""

    id: str
    """The same for the same contents, in a merge with other versions too."""
    base: tuple[str, ...]
    mine: tuple[str, ...]
    theirs: tuple[str, ...]


Region: TypeAlias = Agreed | WithinLine | Collision


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged text, as its regions in order."""

    regions: tuple[Region, ...]

    @property
    def collisions(self) -> tuple[Collision, ...]:
        """What a person has to decide, in order."""
        return tuple(region for region in self.regions if isinstance(region, Collision))

    @property
    def within_line(self) -> tuple[WithinLine, ...]:
        """What was merged within lines and is worth a look, in order."""
        return tuple(region for region in self.regions if isinstance(region, WithinLine))

    @property
    def is_clean(self) -> bool:
        """Whether nothing collides."""
        return not self.collisions

    @property
    def text(self) -> str | None:
        """The merged text; None while something collides."""
        texts = [region.text for region in self.regions if not isinstance(region, Collision)]
        return "".join(texts) if len(texts) == len(self.regions) else None
