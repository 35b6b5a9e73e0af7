"""One grammar for the shell and for the command line inside the app. Pure: it reads, it does not do."""

from __future__ import annotations

from amx_tui.services.grammar.completion import complete
from amx_tui.services.grammar.model import Argument, Completion, Invocation, Option, Sources, Verb
from amx_tui.services.grammar.parsing import parse, parse_line
from amx_tui.services.grammar.usage import help_text, usage_line
from amx_tui.services.grammar.verbs import DEFAULT_LIMIT, VERBS, find_verb

__all__ = [
    "DEFAULT_LIMIT",
    "VERBS",
    "Argument",
    "Completion",
    "Invocation",
    "Option",
    "Sources",
    "Verb",
    "complete",
    "find_verb",
    "help_text",
    "parse",
    "parse_line",
    "usage_line",
]
