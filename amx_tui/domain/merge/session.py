"""A merge in progress: what was decided so far, what is still open, and the way back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from amx_tui.domain.merge.decisions import (
    FIELD_CHOICES,
    Choice,
    Decidable,
    Decision,
    Lapsed,
    Move,
    Step,
    carried,
    decidable_id,
)
from amx_tui.domain.merge.fields import FieldMerge, FieldsMerge, Values, merge_fields
from amx_tui.domain.merge.regions import Agreed, Collision, Merge, Region, WithinLine
from amx_tui.domain.merge.saved import SavedSession, dumped, loaded
from amx_tui.domain.merge.texts import merge

__all__ = ["MergeSession", "OpenCollisionsError"]


class OpenCollisionsError(ValueError):
    """The result was asked for while something is undecided.

    Args:
        ids: What is.
    """

    def __init__(self, ids: tuple[str, ...]) -> None:
        super().__init__(f"{len(ids)} still open")
        self.ids = ids


class MergeSession:
    """A merge of three texts, and of single values beside them, with what a person decided about it.

    Args:
        base: The text that both started from.
        mine: What one made of it.
        theirs: What the other made of it.
        base_fields: The single values that both started from.
        mine_fields: Mine.
        theirs_fields: Theirs.
    """

    def __init__(
        self,
        base: str,
        mine: str,
        theirs: str,
        *,
        base_fields: Values | None = None,
        mine_fields: Values | None = None,
        theirs_fields: Values | None = None,
    ) -> None:
        self.base = base
        self.mine = mine
        self.theirs = theirs
        self.base_fields: Values = dict(base_fields or {})
        self.mine_fields: Values = dict(mine_fields or {})
        self.theirs_fields: Values = dict(theirs_fields or {})
        self._decisions: dict[str, Decision] = {}
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._lapsed: list[Lapsed] = []
        self._compare()

    def _compare(self) -> None:
        self._merge = merge(self.base, self.mine, self.theirs)
        self._fields = merge_fields(self.base_fields, self.mine_fields, self.theirs_fields)
        regions = (region for region in self._merge.regions if not isinstance(region, Agreed))
        self._decidable: dict[str, Decidable] = {
            decidable_id(about): about for about in (*self._fields.collisions, *regions)
        }

    # ---- What there is ---------------------------------------------------------------------------------

    @property
    def merge(self) -> Merge:
        """The merge of the texts, before anything was decided."""
        return self._merge

    @property
    def fields(self) -> FieldsMerge:
        """The merge of the single values, before anything was decided."""
        return self._fields

    @property
    def regions(self) -> tuple[Region, ...]:
        """The text's regions in order; lines that were taken apart are collisions."""
        return tuple(self._region(region) for region in self._merge.regions)

    @property
    def collision_ids(self) -> tuple[str, ...]:
        """All that has to be decided, open or not: fields first, then the text from its beginning."""
        return tuple(name for name in self._decidable if self._is_collision(name))

    @property
    def open_ids(self) -> tuple[str, ...]:
        """What is undecided, in the same order."""
        return tuple(name for name in self.collision_ids if self.choice(name) is None)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is undecided."""
        return not self.open_ids

    @property
    def lapsed(self) -> tuple[Lapsed, ...]:
        """Decisions about what is no longer there as it was; the texts that were typed for them are here."""
        return tuple(self._lapsed)

    def about(self, name: str) -> Decidable:
        """The collision, merged lines or field of an id.

        Raises:
            KeyError: There is none.
        """
        return self._decidable[name]

    def choice(self, name: str) -> Decision | None:
        """What was chosen; None where nothing is."""
        decision = self._decisions.get(name)
        return None if decision is None or decision.choice == "open" else decision

    def _is_collision(self, name: str) -> bool:
        return name in self._decisions or not isinstance(self._decidable[name], WithinLine)

    def _region(self, region: Region) -> Region:
        if isinstance(region, WithinLine) and region.id in self._decisions:
            return Collision(region.id, region.base, region.mine, region.theirs)
        return region

    # ---- Deciding --------------------------------------------------------------------------------------

    def choose(self, name: str, choice: Choice, text: str | None = None) -> None:
        """Decide one collision. Lines that were merged by words are taken apart by that.

        Args:
            name: Its id.
            choice: What to take.
            text: The edited text, if that is the choice.

        Raises:
            KeyError: There is nothing with that id.
            ValueError: The choice does not fit.
        """
        if (text is None) == (choice == "edited"):
            raise ValueError("an edited text, and nothing else, has a text")
        if isinstance(self._decidable[name], FieldMerge) and choice not in FIELD_CHOICES:
            raise ValueError("a single value cannot be both")
        self._take({name: Decision(choice, text or "")})

    def unchoose(self, name: str) -> None:
        """Leave a collision open again."""
        is_within = isinstance(self._decidable[name], WithinLine)
        if name in self._decisions:
            self._take({name: Decision("open") if is_within else None})

    def choose_rest(self, side: Literal["mine", "theirs"]) -> None:
        """Decide all that is open for one side, in one step."""
        self._take(dict.fromkeys(self.open_ids, Decision(side)))

    def open_within(self, name: str) -> None:
        """Take lines apart that were merged by words: they become an open collision."""
        if isinstance(self._decidable[name], WithinLine) and name not in self._decisions:
            self._take({name: Decision("open")})

    def close_within(self, name: str) -> None:
        """Merge lines by words again."""
        if isinstance(self._decidable[name], WithinLine):
            self._take({name: None})

    def _take(self, decisions: Mapping[str, Decision | None]) -> None:
        moves = (Move(name, self._decisions.get(name), decision) for name, decision in decisions.items())
        step = tuple(move for move in moves if move.before != move.after)
        if step:
            self._apply((move.id, move.after) for move in step)
            self._done.append(step)
            self._undone.clear()

    def _apply(self, decisions: Iterable[tuple[str, Decision | None]]) -> None:
        for name, decision in decisions:
            if decision is None:
                self._decisions.pop(name, None)
            else:
                self._decisions[name] = decision

    # ---- There and back --------------------------------------------------------------------------------

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step that was taken back."""
        return bool(self._undone)

    def undo(self) -> tuple[str, ...]:
        """Take the last step back, if there is one.

        Returns:
            The ids that it was about.
        """
        return self._move(self._done, self._undone, is_forward=False)

    def redo(self) -> tuple[str, ...]:
        """Take the step again that was taken back last, if there is one.

        Returns:
            The ids that it is about.
        """
        return self._move(self._undone, self._done, is_forward=True)

    def _move(self, source: list[Step], target: list[Step], *, is_forward: bool) -> tuple[str, ...]:
        if not source:
            return ()
        step = source.pop()
        target.append(step)
        self._apply((move.id, move.after if is_forward else move.before) for move in step)
        return tuple(move.id for move in step)

    # ---- What comes out --------------------------------------------------------------------------------

    def result(self) -> str:
        """The merged text.

        Raises:
            OpenCollisionsError: Something in it is undecided.
        """
        open_ids = tuple(name for name in self.open_ids if not isinstance(self._decidable[name], FieldMerge))
        if open_ids:
            raise OpenCollisionsError(open_ids)
        return joined(self._pieces())

    def result_fields(self) -> dict[str, str | None]:
        """The merged single values.

        Raises:
            OpenCollisionsError: One of them is undecided.
        """
        open_ids = tuple(name for name in self.open_ids if isinstance(self._decidable[name], FieldMerge))
        if open_ids:
            raise OpenCollisionsError(open_ids)
        return {field.name: self._value(field) for field in self._fields.fields}

    def preview(self, mine: str = "mine", theirs: str = "theirs") -> str:
        """The merged text, in which what is open stands between markers, as git writes them.

        Args:
            mine: What my side is called.
            theirs: What their side is called.
        """
        return joined(self._pieces((mine, theirs)))

    def text_of(self, name: str) -> str | None:
        """The text that stands in the result for a collision or merged lines; None while it is open."""
        about = self._decidable[name]
        if isinstance(about, FieldMerge):
            return self._value(about) if self.choice(name) else None
        if isinstance(about, WithinLine) and name not in self._decisions:
            return about.text
        decision = self.choice(name)
        return None if decision is None else _chosen(about, decision)

    def _value(self, field: FieldMerge) -> str | None:
        decision = self.choice(decidable_id(field))
        if decision is None:
            return field.value
        values = {"mine": field.mine, "theirs": field.theirs, "base": field.base, "edited": decision.text}
        return values[decision.choice]

    def _pieces(self, names: tuple[str, str] = ("", "")) -> Iterator[str]:
        for region in self._merge.regions:
            if isinstance(region, Agreed):
                yield region.text
                continue
            text = self.text_of(region.id)
            if text is not None:
                yield text
            else:
                yield f"<<<<<<< {names[0]}\n"
                yield from (*region.mine, "||||||| base\n", *region.base, "=======\n", *region.theirs)
                yield f">>>>>>> {names[1]}\n"

    # ---- Theirs moves ----------------------------------------------------------------------------------

    def rebase(self, theirs: str, fields: Values | None = None) -> tuple[str, ...]:
        """Merge with a newer version of theirs. Decisions stay where what they are about is still the same.

        Args:
            theirs: Their text now.
            fields: Their single values now; the same as before where it is None.

        Returns:
            What is open and was not there before.
        """
        old = tuple(self._decidable.values())
        self.theirs = theirs
        self.theirs_fields = self.theirs_fields if fields is None else dict(fields)
        self._compare()
        known = self._carry(old)
        return tuple(name for name in self.open_ids if name not in known)

    def _carry(self, old: Iterable[Decidable]) -> frozenset[str]:
        """Move decisions and steps from what there was to what there is; say what was there before."""
        old = tuple(old)
        ids = carried(old, tuple(self._decidable.values()), self._decisions)
        for about in old:
            decision = self.choice(decidable_id(about))
            if decision and decidable_id(about) not in ids:
                self._lapsed.append(Lapsed(about, decision))
        self._decisions = {ids[name]: made for name, made in self._decisions.items() if name in ids}
        self._done = _renamed(self._done, ids)
        self._undone = _renamed(self._undone, ids)
        return frozenset(ids.values())

    # ---- Written down ----------------------------------------------------------------------------------

    def to_json(self) -> str:
        """Write the session down, with its undo and redo."""
        return dumped(
            SavedSession(
                (self.base, self.mine, self.theirs),
                (self.base_fields, self.mine_fields, self.theirs_fields),
                self._decisions,
                tuple(self._done),
                tuple(self._undone),
                tuple(self._lapsed),
                tuple(self._decidable.values()),
            )
        )

    @classmethod
    def from_json(cls, written: str) -> MergeSession:
        """Read a session back.

        Raises:
            DraftError: It is none, or another version of the program wrote it.
        """
        saved = loaded(written)
        base_fields, mine_fields, theirs_fields = saved.fields
        session = cls(
            *saved.texts, base_fields=base_fields, mine_fields=mine_fields, theirs_fields=theirs_fields
        )
        session._decisions = dict(saved.decisions)
        session._done, session._undone = list(saved.done), list(saved.undone)
        session._lapsed = list(saved.lapsed)
        session._carry(saved.decidable)
        return session


def _renamed(steps: Iterable[Step], ids: Mapping[str, str]) -> list[Step]:
    renamed = (tuple(move._replace(id=ids[move.id]) for move in step if move.id in ids) for step in steps)
    return [step for step in renamed if step]


def _chosen(about: Collision | WithinLine, decision: Decision) -> str:
    if decision.choice == "edited":
        return decision.text
    mine, theirs, base = (joined(lines) for lines in (about.mine, about.theirs, about.base))
    texts = {
        "mine": (mine,),
        "theirs": (theirs,),
        "both": (mine, theirs),
        "both-reversed": (theirs, mine),
        "base": (base,),
    }
    return joined(texts[decision.choice])


def joined(pieces: Iterable[str]) -> str:
    """Put pieces of a text together; one that lacks its line end gets one before the next begins."""
    written: list[str] = []
    for piece in pieces:
        if not piece:
            continue
        if written and not written[-1].endswith("\n"):
            written.append("\r\n" if piece.endswith("\r\n") else "\n")
        written.append(piece)
    return "".join(written)
