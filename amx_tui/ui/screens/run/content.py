"""The texts beside the results: one result in full, and the facts of the run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from textual.content import Content

from amx_tui.domain.applications import Application, application_word
from amx_tui.domain.results import UNREADABLE, Result, decision_word
from amx_tui.domain.run_facts import Fact, detail_facts
from amx_tui.domain.runs import JsonValue, RunDetail
from amx_tui.domain.text import visible
from amx_tui.domain.times import exact_time, relative_time
from amx_tui.ui.widgets.facts import fact_lines

__all__ = ["result_content", "run_content"]

LABEL_CELLS = 13
MOST_LABEL_CELLS = 22


def result_content(
    result: Result, now: datetime, width: int, applications: Sequence[Application] = ()
) -> Content:
    """A result in full: the description in force, all alternatives, who decided and applied it, the reasoning.

    Args:
        applications: What was written of it into the database, or meant to be.
    """
    lines = [Content.styled(visible(result.target_qname), "bold $accent")]
    kind = " · ".join(
        part
        for part in (
            result.asset_kind,
            result.confidence and f"{result.confidence} confidence",
            result.source,
        )
        if part
    )
    lines.append(Content.styled(visible(kind), "$foreground 60%"))
    if result.is_superseded:
        lines.append(
            Content.styled(
                f"⚠ replaced by a later run, {relative_time(result.superseded_at, now)}", "$text-warning"
            )
        )
    lines.extend((Content(""), *_in_force(result)))
    if result.alternatives:
        lines.extend((Content(""), Content.styled("Alternatives", "bold $primary")))
        for number, alternative in enumerate(result.alternatives, 1):
            is_chosen = alternative.text == result.chosen_description
            score = f"  ({alternative.score:.3f})" if alternative.score is not None else ""
            lines.append(
                Content.assemble(
                    (f"{number} ", "bold $accent"),
                    ("✓ " if is_chosen else "", "$text-success"),
                    visible(alternative.text),
                    (score, "$foreground 60%"),
                )
            )
    lines.extend(_facts("Decision", _decision_facts(result), width))
    lines.extend(_facts("Applications", _application_facts(applications), width))
    lines.extend(_facts("Draft", _draft_facts(result), width))
    if result.reasoning:
        lines.extend(
            (Content(""), Content.styled("Reasoning", "bold $primary"), Content(visible(result.reasoning)))
        )
    return Content("\n").join(lines)


def _in_force(result: Result) -> Iterable[Content]:
    if result.description is not None:
        yield Content.styled(visible(result.description) or "(empty)", "bold")
    elif result.evaluation == "skipped":
        yield Content.styled("✗ rejected: no description in force", "$text-error")
    elif result.unreadable:
        yield Content.styled(
            f"⚠ {UNREADABLE}: what the store holds is no list of alternatives", "$text-error"
        )
        yield Content(visible(result.unreadable))
    else:
        yield Content.styled("⚠ nothing was drafted", "$text-error")
        if result.error_text:
            yield Content(visible(result.error_text))


def _decision_facts(result: Result) -> Iterable[Fact]:
    yield "decision", decision_word(result.evaluation)
    if result.evaluated_at is not None or result.evaluated_by:
        yield (
            "decided",
            " ".join(
                part
                for part in (
                    result.evaluated_by and f"by {result.evaluated_by}",
                    exact_time(result.evaluated_at),
                )
                if part
            ),
        )
    if result.rejection_reason:
        yield "reason", result.rejection_reason
    if result.applied_status or result.applied_at is not None:
        yield (
            "applied",
            " ".join(
                part
                for part in (
                    result.applied_status,
                    result.applied_by and f"by {result.applied_by}",
                    exact_time(result.applied_at),
                )
                if part
            ),
        )
    if result.previous_comment is not None:
        yield "before it", result.previous_comment or "(no comment)"
    if result.version is not None:
        yield "version", str(result.version)


def _application_facts(applications: Sequence[Application]) -> Iterable[Fact]:
    """Every attempt to write it, the newest first: what became of it, who, when, and what was there before."""
    for each in reversed(applications):
        when = exact_time(each.finished_at or each.intended_at)
        yield application_word(each), f"by {each.who} {when}"
        if each.error_text:
            yield "", each.error_text
        elif each.intent.old_comment:
            yield "", f"before: {each.intent.old_comment}"


def _draft_facts(result: Result) -> Iterable[Fact]:
    yield "drafted", exact_time(result.saved_at)
    yield "model", result.model_version
    if result.logprob_score is not None:
        yield "score", f"{result.logprob_score:.3f}"
    if result.seen_comment is not None:
        yield "comment then", result.seen_comment or "(no comment)"
    yield "result", result.result_id


def run_content(detail: RunDetail, width: int) -> Content:
    """The facts of a run, what looks wrong about it, its settings, tokens and metrics."""
    run = detail.run
    lines = [Content.styled(visible(run.run_id), "bold $accent")]
    lines.extend(Content.styled(f"⚠ {visible(note)}", "$text-warning") for note in detail.notes)
    lines.extend(_facts("Run", detail_facts(detail), width))
    scope = ((line.partition(":")[0], line.partition(": ")[2]) for line in run.scope.lines())
    lines.extend(_facts("Scope", scope, width))
    for title, value in (
        ("Settings", detail.settings),
        ("Tokens", detail.tokens),
        ("Metrics", detail.metrics),
    ):
        lines.extend(_facts(title, _json_facts(value), width))
    if run.error_text:
        lines.extend(
            (Content(""), Content.styled("Error", "bold $text-error"), Content(visible(run.error_text)))
        )
    return Content("\n").join(lines)


def _facts(title: str, facts: Iterable[Fact], width: int) -> Iterable[Content]:
    shown = [(label, value) for label, value in facts if value]
    if shown:
        yield Content("")
        yield Content.styled(title, "bold $primary")
        cells = min(MOST_LABEL_CELLS, max(LABEL_CELLS, *(len(label) for label, _ in shown)))
        for label, value in shown:
            yield from fact_lines(label, value, cells, width)


def _json_facts(value: JsonValue) -> Iterable[Fact]:
    """A JSON object as labels and values; deeper levels stay JSON."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key), item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
    elif value is not None:
        yield "value", json.dumps(value, ensure_ascii=False)
