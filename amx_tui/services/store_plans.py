"""What the setting up of a shared store is about: hosts to pick from, and a plan to agree to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amx_tui.store.plans import Plan

__all__ = ["DEFAULT_SCHEMA", "Candidate", "Progress", "StorePlan", "history_tables", "qualified"]

DEFAULT_SCHEMA = "AMX"

Progress = Callable[[int, int, str], None]
"""Called before each statement: its number from 1, how many there are, and what it is for."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A profile as a host of the shared store."""

    name: str
    backend: str
    description: str
    """Where it leads: `db-prod…/analytics`."""
    refusal: str = ""
    """Why it cannot host the store; empty where it can."""
    install_command: str = ""
    """What installs its driver; empty where the driver is there."""
    is_host: bool = False
    """Whether it is the configured host."""

    @property
    def can_host(self) -> bool:
        """Whether the store may live there."""
        return not self.refusal


@dataclass(frozen=True, slots=True)
class StorePlan:
    """What enabling the shared store will do; the statements are exactly those that will run."""

    profile: str
    schema: str
    """Empty where the backend has no schemas."""
    place: str
    """The host's database: `db-prod…/analytics`."""
    statements: tuple[str, ...]
    """Empty where everything is there already: enabling then only edits the configuration."""
    purposes: tuple[str, ...] = ()
    """What each statement is for."""
    notes: tuple[str, ...] = ()
    """What is worth knowing before saying yes, each a sentence."""
    creates_schema: bool = False
    is_there: bool = False
    """Whether a store can be opened there as it is."""
    layout: str = "document"
    namesake: str = ""
    """The schema with a store whose name differs from `schema`, which is yet to be made, in its case only."""
    steps: Plan | None = field(default=None, repr=False, compare=False)
    """The plan in the store's own terms."""

    @property
    def tables(self) -> str:
        """The store as the AMX documentation writes it: `AMX.amx_history_*`."""
        return history_tables(self.schema, self.layout)

    @property
    def headline(self) -> str:
        """What will happen, in a sentence."""
        if not self.statements:
            return f"The store is there: {self.tables} in {self.place}. Nothing is created."
        if self.is_there:
            return (
                f"The store is there: {self.tables} in {self.place}; {len(self.statements)} parts are added."
            )
        names = f"{qualified(self.schema, 'amx_history_runs')} / amx_history_results"
        return f"Will create {names} in {self.place}"

    @property
    def script(self) -> str:
        """The statements as a script, each with its semicolon."""
        return "\n".join(f"{statement};" for statement in self.statements)


def history_tables(schema: str, layout: str) -> str:
    """Name the tables of runs and results, as their layout calls them; the empty one is not known yet."""
    return qualified(schema, "analysis_runs / run_results" if layout == "amx_cli" else "amx_history_*")


def qualified(schema: str, names: str) -> str:
    """Write `AMX.amx_history_*`; the names alone where there is no schema."""
    return f"{schema}.{names}" if schema else names
