"""The filter line: `who:bob status:failed since:7d customer`, read into a filter and written back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from amx_tui.domain.audit import AuditFilter
from amx_tui.domain.errors import UsageError
from amx_tui.domain.results import DecisionState, ResultFilter
from amx_tui.domain.runs import RUN_STATUSES, RunFilter
from amx_tui.domain.times import iso_time, parse_moment

__all__ = [
    "AUDIT_QUERY_WORDS",
    "RESULT_QUERY_VALUES",
    "RESULT_QUERY_WORDS",
    "RUN_QUERY_WORDS",
    "format_audit_query",
    "format_result_query",
    "format_run_query",
    "parse_audit_query",
    "parse_result_query",
    "parse_run_query",
    "quoted",
]

RUN_QUERY_WORDS = ("who:", "scope:", "status:", "since:", "until:")
AUDIT_QUERY_WORDS = ("actor:", "action:", "target:", "since:", "until:")
RESULT_QUERY_WORDS = ("is:", "confidence:", "table:")
RESULT_QUERY_VALUES = {
    "is": ("pending", "accepted", "edited", "rejected", "failed"),
    "confidence": ("high", "medium", "low"),
}
"""The values that are offered behind a word of the filter line of results."""

_TOKEN = re.compile(r'([a-z]+):(?:"((?:[^"]|"")*)"|(\S*))|(\S+)')
_IS: dict[str, DecisionState] = {
    "pending": "pending",
    "undecided": "pending",
    "accepted": "accepted",
    "edited": "custom",
    "custom": "custom",
    "rejected": "skipped",
    "skipped": "skipped",
}


def _tokens(line: str) -> tuple[dict[str, str], str]:
    """Split a line into `word:value` pairs and the text that is left."""
    pairs: dict[str, str] = {}
    rest: list[str] = []
    for match in _TOKEN.finditer(line):
        word, quoted, plain, text = match.groups()
        if word is None:
            rest.append(text)
        else:
            pairs[word] = quoted.replace('""', '"') if quoted is not None else plain
    return pairs, " ".join(rest)


def _known(pairs: dict[str, str], words: tuple[str, ...]) -> None:
    for word in pairs:
        if f"{word}:" not in words:
            raise UsageError(
                f"“{word}:” is not a filter here.", hint=f"There are {', '.join(words)} and plain text."
            )


def parse_run_query(line: str, now: datetime, base: RunFilter | None = None) -> RunFilter:
    """Read the filter line of the history.

    Args:
        base: Where the sorting comes from.

    Raises:
        UsageError: A word before a colon, a status or a time that nobody knows.
    """
    pairs, text = _tokens(line)
    _known(pairs, RUN_QUERY_WORDS)
    status = pairs.get("status", "")
    if status and status not in RUN_STATUSES:
        matching = [known for known in RUN_STATUSES if known.startswith(status)]
        if len(matching) != 1:
            raise UsageError(f"“{status}” is not a status.", hint=f"There are {', '.join(RUN_STATUSES)}.")
        status = matching[0]
    return replace(
        base or RunFilter(),
        who=pairs.get("who", ""),
        scope=pairs.get("scope", ""),
        status=status,
        since=parse_moment(pairs["since"], now) if pairs.get("since") else None,
        until=parse_moment(pairs["until"], now) if pairs.get("until") else None,
        text=text,
    )


def format_run_query(shown: RunFilter) -> str:
    """Write a filter as the line that gives it."""
    pairs = (
        ("who", shown.who),
        ("scope", shown.scope),
        ("status", shown.status),
        ("since", iso_time(shown.since) or ""),
        ("until", iso_time(shown.until) or ""),
    )
    words = [f"{word}:{quoted(value)}" for word, value in pairs if value]
    return " ".join([*words, shown.text] if shown.text else words)


def format_result_query(shown: ResultFilter) -> str:
    """Write a filter of results as the line that gives it."""
    words = {"custom": "edited", "skipped": "rejected"}
    state = "failed" if shown.failed_only else words.get(shown.decision, shown.decision)
    pairs = (("is", state), ("confidence", shown.confidence), ("table", shown.table))
    written = [f"{word}:{quoted(value)}" for word, value in pairs if value]
    return " ".join([*written, shown.text] if shown.text else written)


def quoted(value: str) -> str:
    """Write a value as it stands behind a word and its colon."""
    return value if value and not re.search(r'[\s"]', value) else '"' + value.replace('"', '""') + '"'


def parse_result_query(line: str) -> ResultFilter:
    """Read the filter line of a run's results: `is:pending confidence:low table:sales.customer text`.

    Raises:
        UsageError: A word before a colon, or a decision, that nobody knows.
    """
    pairs, text = _tokens(line)
    _known(pairs, RESULT_QUERY_WORDS)
    wanted = pairs.get("is", "")
    failed_only = wanted == "failed"
    if wanted and not failed_only and wanted not in _IS:
        raise UsageError(f"“{wanted}” is not a state.", hint=f"There are {', '.join(_IS)} and failed.")
    return ResultFilter(
        decision=_IS.get(wanted, ""),
        confidence=pairs.get("confidence", ""),
        table=pairs.get("table", ""),
        text=text,
        failed_only=failed_only,
    )


def parse_audit_query(line: str, now: datetime) -> AuditFilter:
    """Read the filter line of the audit trail: `actor:alice action:revoke target:bob since:7d`.

    A text without a word before it is the target.

    Raises:
        UsageError: A word before a colon, or a time, that nobody knows.
    """
    pairs, text = _tokens(line)
    _known(pairs, AUDIT_QUERY_WORDS)
    return AuditFilter(
        actor=pairs.get("actor", ""),
        action=pairs.get("action", ""),
        target=pairs.get("target", "") or text,
        since=parse_moment(pairs["since"], now) if pairs.get("since") else None,
        until=parse_moment(pairs["until"], now) if pairs.get("until") else None,
    )


def format_audit_query(shown: AuditFilter) -> str:
    """Write a filter of the audit trail as the line that gives it."""
    pairs = (
        ("actor", shown.actor),
        ("action", shown.action),
        ("target", shown.target),
        ("since", iso_time(shown.since) or ""),
        ("until", iso_time(shown.until) or ""),
    )
    return " ".join(f"{word}:{quoted(value)}" for word, value in pairs if value)
