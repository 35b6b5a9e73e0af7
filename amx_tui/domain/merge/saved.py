"""How a merge in progress is written down and read back.

Beside the three texts stands what the decisions are about, so that a program whose merge differs from that of the one
that wrote it knows again what is the same, and drops no text that was typed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from amx_tui.domain.errors import DraftError
from amx_tui.domain.merge.decisions import Decidable, Decision, Lapsed, Move, Step
from amx_tui.domain.merge.fields import FieldMerge, Values
from amx_tui.domain.merge.regions import Collision, WithinLine

__all__ = ["SavedSession", "dumped", "loaded"]

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class SavedSession:
    """All that a session has to know again."""

    texts: tuple[str, str, str]
    fields: tuple[Values, Values, Values]
    decisions: Mapping[str, Decision]
    done: tuple[Step, ...]
    undone: tuple[Step, ...]
    lapsed: tuple[Lapsed, ...]
    decidable: tuple[Decidable, ...]
    """All that can be decided, in order: what decisions and steps are about."""


def dumped(session: SavedSession) -> str:
    """Write a session as JSON; ASCII, whatever is in the texts."""
    return json.dumps(
        {
            "format": _FORMAT,
            "texts": session.texts,
            "fields": [dict(values) for values in session.fields],
            "decisions": session.decisions,
            "done": session.done,
            "undone": session.undone,
            "lapsed": [[_written(lapsed.about), lapsed.decision] for lapsed in session.lapsed],
            "about": [_written(about) for about in session.decidable],
        }
    )


def loaded(written: str) -> SavedSession:
    """Read a session.

    Raises:
        DraftError: It is none, or a newer program wrote it.
    """
    try:
        found = json.loads(written)
        if found["format"] != _FORMAT:
            raise DraftError(
                "This merge was begun with another version of amx-tui.",
                hint="Open it there, or start the merge anew.",
            )
        base, mine, theirs = map(_text, found["texts"])
        base_fields, mine_fields, theirs_fields = map(_values, found["fields"])
        return SavedSession(
            texts=(base, mine, theirs),
            fields=(base_fields, mine_fields, theirs_fields),
            decisions={str(name): _decision(made) for name, made in found["decisions"].items()},
            done=_steps(found["done"]),
            undone=_steps(found["undone"]),
            lapsed=tuple(Lapsed(_about(about), _decision(made)) for about, made in found["lapsed"]),
            decidable=tuple(map(_about, found["about"])),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DraftError("The merge that was begun cannot be read back.", hint="Start it anew.") from error


def _written(about: Decidable) -> list[object]:
    if isinstance(about, FieldMerge):
        return ["field", about.name, about.base, about.mine, about.theirs]
    if isinstance(about, WithinLine):
        return ["within", about.id, about.base, about.mine, about.theirs, about.text]
    return ["collision", about.id, about.base, about.mine, about.theirs]


def _about(written: object) -> Decidable:
    match written:
        case ["field", str(name), base, mine, theirs]:
            return FieldMerge(name, _value(base), _value(mine), _value(theirs))
        case ["within", str(name), base, mine, theirs, str(text)]:
            return WithinLine(name, text, _lines(base), _lines(mine), _lines(theirs))
        case ["collision", str(name), base, mine, theirs]:
            return Collision(name, _lines(base), _lines(mine), _lines(theirs))
    raise ValueError("neither lines nor a field")


def _steps(written: Iterable[Iterable[tuple[object, object, object]]]) -> tuple[Step, ...]:
    return tuple(
        tuple(Move(_text(name), Decision.read(before), Decision.read(after)) for name, before, after in step)
        for step in written
    )


def _decision(written: object) -> Decision:
    decision = Decision.read(written)
    if decision is None:
        raise ValueError("no decision")
    return decision


def _values(written: Mapping[object, object]) -> dict[str, str | None]:
    return {_text(name): _value(value) for name, value in written.items()}


def _value(written: object) -> str | None:
    return None if written is None else _text(written)


def _text(written: object) -> str:
    if not isinstance(written, str):
        raise TypeError("not a text")
    return written


def _lines(written: object) -> tuple[str, ...]:
    if not isinstance(written, list):
        raise TypeError("not lines")
    return tuple(map(_text, written))
