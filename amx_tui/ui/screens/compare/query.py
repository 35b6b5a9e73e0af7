"""The filter line of a comparison: `customer status:diff`."""

from __future__ import annotations

from dataclasses import replace

from amx_tui.domain.compare import DIFFERENCES, CompareFilter, CompareStatus
from amx_tui.domain.errors import UsageError

__all__ = ["COMPARE_QUERY_WORDS", "STATUS_WORDS", "format_compare_query", "parse_compare_query"]

COMPARE_QUERY_WORDS = ("status:",)
STATUS_WORDS: dict[str, frozenset[CompareStatus]] = {
    "diff": frozenset({"diff"}),
    "same": frozenset({"same"}),
    "added": frozenset({"left_only", "right_only"}),
    "added-1": frozenset({"left_only"}),
    "added-2": frozenset({"right_only"}),
    "missing": frozenset({"neither"}),
    "differences": DIFFERENCES,
}
"""What may stand behind `status:`; of several that begin with what was typed the first one is meant."""
_PLAIN_SIGNS = '.*"'


def parse_compare_query(line: str, base: CompareFilter) -> CompareFilter:
    """Read a filter line; a name without a dot, a `*` or quotes is looked for anywhere in schemas, tables and columns.

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
        known = next((known for known in STATUS_WORDS if known.startswith(wanted)), None)
        if known is None:
            raise UsageError(f"“{wanted}” is not a status.", hint=f"There are {', '.join(STATUS_WORDS)}.")
        if wanted:
            statuses = STATUS_WORDS[known]
    name = " ".join(names)
    if name and not any(sign in name for sign in _PLAIN_SIGNS):
        name = f"*{name}*"
    return replace(base, name=name, statuses=statuses)


def format_compare_query(shown: CompareFilter) -> str:
    """Write a filter as the line that gives it."""
    word = next((word for word, statuses in STATUS_WORDS.items() if statuses == shown.statuses), "")
    return " ".join(part for part in (_format_name(shown.name), f"status:{word}" if word else "") if part)


def _format_name(name: str) -> str:
    inner = name[1:-1]
    is_search = len(name) > 2 and name.startswith("*") and name.endswith("*")
    if is_search and not any(sign in inner for sign in _PLAIN_SIGNS):
        return inner
    if name and not any(sign in name for sign in _PLAIN_SIGNS):
        return f'"{name}"'
    return name
