"""The verb `apply` of the grammar."""

from __future__ import annotations

from amx_tui.services.grammar.model import JSON, Argument, Option, Verb

__all__ = ["APPLY"]

_RUN = Argument("RUN", "A run id, the beginning of one, or amx-cli's #7@host.", source="runs")
_YES = Option("--yes", "Do not ask.", kind="flag")

APPLY = Verb(
    ("apply",),
    "Write a run's decided descriptions into the database as comments, or take them back.",
    (_RUN,),
    (
        Option(
            "--profile",
            "The profile of the database that the run described.",
            value="P",
            source="profiles",
        ),
        Option("--dry-run", "Only show what would be written where.", kind="flag"),
        Option("--undo", "Restore what was there before, where it is still what we wrote.", kind="flag"),
        Option("--table", "Only this schema, table or column.", value="QNAME", source="tables"),
        Option(
            "--on-conflict",
            "What to do where the comment is no longer what the run saw (default: ask).",
            value="C",
            choices=("ask", "skip", "overwrite"),
        ),
        _YES,
        JSON,
    ),
    details=(
        "  amx-tui apply run_2026-05-03_15-44-002 --dry-run\n\n"
        "Exit status 3: conflicts need a choice and none was given, so nothing was written."
    ),
)
