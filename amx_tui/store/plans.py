"""Statements to show and to run: what is previewed is what is executed."""

from __future__ import annotations

from dataclasses import dataclass, field

from amx_tui.domain.text import one_line

__all__ = ["Plan", "Statement"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One piece of SQL, sent to the server exactly as it stands here."""

    sql: str
    """Without a semicolon at its end; a block of comments has some inside."""
    purpose: str
    """What it is for, a phrase for a list of steps."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Statements in the order in which they run, and what is to be known about them."""

    statements: tuple[Statement, ...]
    schema: str
    """Empty on a backend without schemas."""
    backend_name: str
    notes: tuple[str, ...] = ()
    """What is left out or done otherwise, and why; each a sentence."""
    creates_schema: bool = False
    layout: str = "document"
    """The layout of the store that is there once the plan has run."""
    user: str = field(default="", compare=False)
    """The database user who is to run it, where known."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.statements

    @property
    def script(self) -> str:
        """The plan as one SQL script, notes on top as comments, each statement with its semicolon."""
        # A line break in a note, as from a name in it, would end the comment.
        notes = "".join(f"-- {one_line(note)}\n" for note in self.notes)
        statements = "\n".join(f"{statement.sql};\n" for statement in self.statements)
        return f"{notes}\n{statements}" if notes and statements else notes + statements
