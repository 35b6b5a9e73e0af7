"""`history show`: one run, read by pages, so that a long one is printed while it is being read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime

from amx_tui.domain.applications import Application, application_word
from amx_tui.domain.names import is_at_or_below, join_name
from amx_tui.domain.report import Block, Facts, Grid, Paragraph
from amx_tui.domain.results import (
    DECISIONS,
    UNREADABLE,
    Result,
    ResultCounts,
    ResultCursor,
    ResultFilter,
    RunOpening,
    decision_word,
)
from amx_tui.domain.run_facts import detail_facts
from amx_tui.domain.runs import JsonValue, Run, RunDetail
from amx_tui.domain.text import one_line
from amx_tui.domain.times import exact_time, relative_time
from amx_tui.services.commands.applying import application_row
from amx_tui.services.commands.documents import json_text, result_row, run_detail_row
from amx_tui.services.grammar import Invocation
from amx_tui.services.workspace import Workspace

__all__ = ["digest", "show_blocks", "show_json"]

_PAGE = 500
"""Rows that are read at once: few round trips, and little memory."""
_TEXT_WIDTH = 100


def result_filter(invocation: Invocation) -> ResultFilter:
    """Which results a `history show` asks for."""
    wanted = invocation.text("status")
    decision = next((state for state in DECISIONS if state == wanted), None)
    return ResultFilter(decision=decision or "", table=invocation.text("table"))


async def _results(
    workspace: Workspace, opening: RunOpening, wanted: ResultFilter
) -> AsyncIterator[Sequence[Result]]:
    """All results that pass the filter, a page at a time, the opening's own first."""
    page = opening.page
    while True:
        yield page.results
        if not page.has_after or not page.results:
            return
        page = await workspace.history.results(
            opening.detail.run.run_id, wanted, cursor=ResultCursor.of(page.results[-1]), limit=_PAGE
        )


async def show_json(workspace: Workspace, invocation: Invocation) -> AsyncIterator[str]:
    """A run as one JSON document, in pieces."""
    wanted = result_filter(invocation)
    opening = await workspace.history.open(invocation.argument, result_filter=wanted, limit=_PAGE)
    yield json_text(run_detail_row(opening.detail))[:-1] + ', "results": ['
    separator = "\n"
    async for results in _results(workspace, opening, wanted):
        for result in results:
            yield separator + json_text(result_row(result))
            separator = ",\n"
    yield '\n], "applications": ['
    separator = "\n"
    for application in await _applications(workspace, invocation, opening):
        yield separator + json_text(application_row(application))
        separator = ",\n"
    yield "\n]}\n"


async def _applications(
    workspace: Workspace, invocation: Invocation, opening: RunOpening
) -> list[Application]:
    """What was ever written of a run, or of the table that is asked for."""
    table = invocation.text("table")
    found = await workspace.apply.applications(opening.detail.run.run_id)
    return [each for each in found if not table or is_at_or_below(each.intent.name.qname, table)]


async def digest(workspace: Workspace, invocation: Invocation) -> tuple[str, str]:
    """The run's id, and the SHA-256 of its descriptions."""
    run_id = (await workspace.history.detail(invocation.argument)).run.run_id
    return run_id, await workspace.history.hash(run_id)


async def show_blocks(workspace: Workspace, invocation: Invocation, now: datetime) -> AsyncIterator[Block]:
    """A run as people read it: its facts, then its results table by table."""
    wanted = result_filter(invocation)
    opening = await workspace.history.open(invocation.argument, result_filter=wanted, limit=_PAGE)
    for block in _facts(opening, now):
        yield block
    group: list[Result] = []
    is_empty = True
    async for results in _results(workspace, opening, wanted):
        for result in results:
            is_empty = False
            if invocation.flag("full"):
                yield _full_block(result)
                continue
            if group and _table_of(group[0]) != _table_of(result):
                yield _table_block(group)
                group = []
            group.append(result)
    if group:
        yield _table_block(group)
    if is_empty:
        yield Paragraph("This run has no results." if wanted.is_empty else "No result matches.")
    applications = await _applications(workspace, invocation, opening)
    if applications:
        yield _applications_block(applications)


def _facts(opening: RunOpening, now: datetime) -> Iterator[Block]:
    """What the store knows about the run itself."""
    detail = opening.detail
    run = detail.run
    rows = (
        ("run", run.run_id),
        *((label, _with_age(value, run, now) if label == "started" else value)
          for label, value in detail_facts(detail)),
        ("scope", "\n".join(run.scope.lines()) or run.scope.summary),
        ("decisions", _decisions(opening.counts)),
        ("error", run.error_text),
    )  # fmt: skip
    yield Facts(tuple(row for row in rows if row[1].strip()))
    for note in detail.notes:
        yield Paragraph(f"⚠ {note}")
    yield from _documents(detail)


def _with_age(moment: str, run: Run, now: datetime) -> str:
    return f"{moment} ({relative_time(run.started_at, now)})"


def _decisions(counts: ResultCounts) -> str:
    decided = f"{counts.accepted} accepted, {counts.custom} edited, {counts.skipped} rejected"
    return f"{counts.pending} pending, {decided}; {counts.applied} applied"


def _documents(detail: RunDetail) -> Iterator[Block]:
    """The run's JSON columns, a line a key."""
    for title, value in (
        ("Settings", detail.settings),
        ("Tokens", detail.tokens),
        ("Metrics", detail.metrics),
    ):
        if isinstance(value, dict) and value:
            yield Facts(tuple((key, _short(item)) for key, item in value.items()), title=title)
        elif value not in (None, {}, []):
            yield Facts(((title.lower(), _short(value)),), title=title)


def _short(value: JsonValue) -> str:
    return value if isinstance(value, str) else json_text(value)


def _applications_block(applications: Sequence[Application]) -> Grid:
    """What was written into the database, by whom, and what became of it, a line each."""
    rows = tuple(
        (
            exact_time(each.intended_at),
            each.who,
            each.intent.name.qname,
            application_word(each),
            one_line(each.error_text or each.intent.new_comment or "(no comment)", _TEXT_WIDTH),
        )
        for each in applications
    )
    return Grid(("when", "who", "asset", "outcome", "comment"), rows, title="Applications")


def _table_of(result: Result) -> tuple[str, str]:
    return result.schema_name, result.table_name


def _table_block(results: Sequence[Result]) -> Grid:
    """The results of one table (or of a schema itself), one line each."""
    first = results[0]
    rows = tuple(
        (
            result.column_name or f"({result.asset_kind})",
            decision_word(result.evaluation) + (" → applied" if result.applied_at else ""),
            result.confidence,
            one_line(_shown_text(result), _TEXT_WIDTH),
        )
        for result in results
    )
    title = join_name([first.schema_name, first.table_name]) or first.target_qname
    return Grid(("name", "decision", "confidence", "description"), rows, title=title)


def _shown_text(result: Result) -> str:
    """The description in force, or what stands in its place."""
    text = result.description
    if result.is_superseded:
        return f"(superseded) {text or result.error_text}".rstrip()
    if text:
        return text
    if result.unreadable and result.evaluation != "skipped":
        return f"{UNREADABLE} {result.unreadable}"
    if result.error_text:
        return f"(failed) {result.error_text}"
    return (
        f"(rejected) {result.rejection_reason}".rstrip()
        if result.evaluation == "skipped"
        else "(no description)"
    )


def _full_block(result: Result) -> Facts:
    """Everything about one result."""
    chosen = {"custom", "accepted"}
    decided = f"{decision_word(result.evaluation)} {_by(result.evaluated_by, result.evaluated_at)}".rstrip()
    applied = f"{result.applied_status} {_by(result.applied_by, result.applied_at)}".strip()
    score = "" if result.logprob_score is None else f" ({result.logprob_score:.4f})"
    rows = [
        ("kind", result.asset_kind),
        ("decision", decided),
        ("description", (result.chosen_description or "") if result.evaluation in chosen else ""),
        ("reason", result.rejection_reason),
        ("applied", applied),
        ("confidence", f"{result.confidence}{score}"),
        *((f"draft {number}", draft.text) for number, draft in enumerate(result.alternatives, 1)),
        (UNREADABLE, result.unreadable),
        ("reasoning", result.reasoning),
        ("error", result.error_text),
        ("comment then", result.seen_comment or ""),
        ("comment before", result.previous_comment or ""),
        ("superseded", exact_time(result.superseded_at)),
        ("model", " ".join(part for part in (result.model_version, result.source) if part)),
    ]
    return Facts(tuple(row for row in rows if row[1].strip()), title=result.target_qname)


def _by(who: str, moment: datetime | None) -> str:
    return " ".join(part for part in (f"by {who}" if who else "", exact_time(moment)) if part)
