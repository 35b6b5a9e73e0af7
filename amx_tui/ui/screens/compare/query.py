"""The filter line of a comparison: `customer status:diff`."""

from __future__ import annotations

from dataclasses import replace

from amx_tui.domain.compare import DIFFERENCES, CompareFilter, CompareStatus
from amx_tui.domain.errors import UsageError

__all__ = ["STATUS_WORDS", "format_compare_query", "parse_compare_query"]

STATUS_WORDS: dict[str, frozenset[CompareStatus]] = {
    "differences": DIFFERENCES,
    "diff": frozenset({"diff"}),
    "same": frozenset({"same"}),
    "added": frozenset({"left_only", "right_only"}),
    "missing": frozenset({"neither"}),
}


def parse_compare_query(line: str, base: CompareFilter) -> CompareFilter:
    """Read a filter line; a name without a dot or a `*` is looked for anywhere in schemas, tables and columns.

    Args:
        base: Where the rest of the filter comes from.

    Raises:
        UsageError: A status that nobody knows.
    """
    statuses: frozenset[CompareStatus] = frozenset()
    names: list[str] = []
    for word in line.split():
        if not word.startswith("status:"):
            names.append(word)
            continue
        wanted = word.removeprefix("status:")
        matching = [known for known in STATUS_WORDS if known.startswith(wanted)]
        if wanted and wanted not in STATUS_WORDS and len(matching) != 1:
            raise UsageError(f"“{wanted}” is not a status.", hint=f"There are {', '.join(STATUS_WORDS)}.")
        if wanted:
            statuses = STATUS_WORDS.get(wanted) or STATUS_WORDS[matching[0]]
    name = " ".join(names)
    if name and not any(sign in name for sign in '.*"'):
        name = f"*{name}*"
    return replace(base, name=name, statuses=statuses)


def format_compare_query(shown: CompareFilter) -> str:
    """Write a filter as the line that gives it."""
    word = next((word for word, statuses in STATUS_WORDS.items() if statuses == shown.statuses), "")
    name = shown.name
    if (
        len(name) > 2
        and name.startswith("*")
        and name.endswith("*")
        and not any(sign in name[1:-1] for sign in '.*"')
    ):
        name = name[1:-1]
    return " ".join(part for part in (name, f"status:{word}" if word else "") if part)
