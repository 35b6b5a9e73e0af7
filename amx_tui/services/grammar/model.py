"""What a grammar is made of: verbs, options, arguments, and a command line that has been read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["JSON", "Argument", "Completion", "Invocation", "Option", "Sources", "Token", "Verb"]

OptionKind = Literal["flag", "text", "number", "count"]
"""A flag has no value; a number is 1 or more; a count is a number or `all`."""

Sources = Mapping[str, Callable[[], Iterable[str]]]
"""Where completions of values come from: `runs`, `members`, `profiles`, `backends`, `scopes`, `tables`."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a verb: `--limit N`."""

    name: str
    help: str
    kind: OptionKind = "text"
    value: str = ""
    """What the value is called in the help; empty for a flag."""
    choices: tuple[str, ...] = ()
    """The only values that are taken; empty where any is."""
    source: str = ""
    """Where completions of the value come from."""
    is_repeatable: bool = False

    @property
    def usage(self) -> str:
        """The option as the usage line shows it."""
        if self.kind == "flag":
            return self.name
        return f"{self.name} {'|'.join(self.choices) if self.choices else self.value}"


JSON = Option("--json", "Print one JSON document.", kind="flag")
"""The option that nearly every verb has."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A value that stands without an option's name: `RUN`."""

    name: str
    help: str
    is_required: bool = True
    source: str = ""
    is_repeatable: bool = False
    """Whether more of the same may follow; only the last one of a verb may be so."""

    @property
    def usage(self) -> str:
        """The argument as the usage line shows it."""
        name = f"{self.name}…" if self.is_repeatable else self.name
        return name if self.is_required else f"[{name}]"


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that can be asked for: its words, arguments and options."""

    path: tuple[str, ...]
    summary: str
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    details: str = ""
    """What the help says below the options: paragraphs, examples."""
    conflicts: tuple[tuple[str, str], ...] = ()
    """Pairs of options that exclude each other."""

    @property
    def name(self) -> str:
        """The verb as it is typed: `history list`."""
        return " ".join(self.path)

    def option(self, name: str) -> Option | None:
        """The option of that name, if the verb has it."""
        return next((option for option in self.options if option.name == name), None)


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command line that has been read and found to fit the grammar."""

    path: tuple[str, ...]
    options: Mapping[str, str | int | bool | tuple[str, ...]] = field(default_factory=dict)
    """By name without the dashes; flags are True, repeatable options are tuples. Only what was given."""
    positionals: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The verb as it is typed: `history list`."""
        return " ".join(self.path)

    @property
    def argument(self) -> str:
        """The first positional, or empty."""
        return self.positionals[0] if self.positionals else ""

    def flag(self, name: str) -> bool:
        """Whether the flag was given."""
        return self.options.get(name) is True

    def text(self, name: str, default: str = "") -> str:
        """The option's value as it was typed."""
        value = self.options.get(name)
        return value if isinstance(value, str) else default

    def number(self, name: str) -> int | None:
        """The number that was given; None without one, and for `all`."""
        value = self.options.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def many(self, name: str) -> tuple[str, ...]:
        """The values of a repeatable option, in the order they were typed."""
        value = self.options.get(name)
        return value if isinstance(value, tuple) else ()

    def has(self, name: str) -> bool:
        """Whether the option was given at all."""
        return name in self.options


@dataclass(frozen=True, slots=True)
class Completion:
    """A word that would fit at the cursor."""

    text: str
    """What replaces `line[start:end]`, quoted where it must be."""
    start: int
    end: int
    help: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a typed line."""

    text: str
    """The word without its quotes."""
    start: int
    end: int
    is_open: bool = False
    """Whether a quote in it was not closed."""
