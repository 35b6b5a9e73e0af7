"""The texts of the store's steps: the statements to agree to, what came of them, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from textual.content import Content

from amx_tui.domain.errors import AmxError
from amx_tui.domain.report import Paragraph, Report
from amx_tui.domain.text import one_line, visible
from amx_tui.services.store_plans import Candidate, StorePlan
from amx_tui.ui.screens.report.content import report_content
from amx_tui.ui.widgets.row_list import Column

__all__ = [
    "candidate_columns",
    "candidate_note",
    "failure_content",
    "failure_text",
    "outcome_content",
    "plan_content",
    "progress_content",
    "status_text",
]

PROGRESS_CELLS = 24
SQL_INDENT = 5
NARROWEST_SQL = 24


def candidate_columns() -> tuple[Column[Candidate], ...]:
    """The hosts to pick from; those that cannot be one are grey, and say why."""

    def tone(candidate: Candidate) -> str:
        return "" if candidate.can_host else "muted"

    def note_tone(candidate: Candidate) -> str:
        if candidate.is_host:
            return "success"
        return "warning" if candidate.can_host else "muted"

    return (
        Column("profile", lambda candidate: candidate.name, 18, tone=tone),
        Column("backend", lambda candidate: candidate.backend, 11, tone=tone),
        Column("where", lambda candidate: candidate.description or "–", 34, tone=tone, from_width=110),
        Column(
            "where",
            lambda candidate: candidate.description or "–",
            20,
            tone=tone,
            from_width=76,
            below_width=110,
        ),
        Column("", candidate_note, tone=note_tone),
    )


def candidate_note(candidate: Candidate) -> str:
    """What is to be known of a host before it is picked: a refusal, a missing driver, that it is the host."""
    if candidate.refusal:
        return f"✗ {candidate.refusal}"
    if candidate.install_command:
        return f"⚠ driver missing: {candidate.install_command}"
    return "● the host now" if candidate.is_host else ""


def status_text(report: Report) -> str:
    """The running text of a status, without its table."""
    return "\n\n".join(visible(block.text) for block in report.blocks if isinstance(block, Paragraph))


def plan_content(plan: StorePlan, width: int) -> Content:
    """The statements with what each is for; where nothing is to be made, what happens instead.

    Args:
        plan: What will be run.
        width: Cells; longer lines of SQL go on below, further in than they began.
    """
    body = _statements(plan, width) if plan.statements else _joining(plan)
    return Content("\n").join([*_notes(plan), *body])


def _notes(plan: StorePlan) -> Iterator[Content]:
    for note in plan.notes:
        yield Content.styled(f"⚠ {visible(note)}", "$text-warning")
    if plan.notes:
        yield Content("")


def _statements(plan: StorePlan, width: int) -> Iterator[Content]:
    yield Content.styled("About to add:" if plan.is_there else "About to create:", "bold $primary")
    purposes = (*plan.purposes, *("" for _ in plan.statements[len(plan.purposes) :]))
    for number, (sql, purpose) in enumerate(zip(plan.statements, purposes, strict=True), 1):
        yield Content("")
        yield Content.assemble((f"{number:>3}  ", "$foreground 60%"), (visible(purpose), "bold"))
        for line in f"{visible(sql)};".splitlines():
            yield from (Content(piece) for piece in _folded(line, width))


def _folded(line: str, width: int) -> Iterator[str]:
    """Fold a line of SQL, further in than it began, so that its indentation still shows what belongs together."""
    indent = " " * (SQL_INDENT + len(line) - len(line.lstrip(" ")))
    text = line.lstrip(" ")
    room = max(NARROWEST_SQL, width - len(indent) - 4)
    pieces = wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]
    yield indent + pieces[0]
    yield from (f"{indent}    {piece}" for piece in pieces[1:])


def progress_content(number: int, count: int, purpose: str) -> Content:
    """How far the statements have got."""
    done = PROGRESS_CELLS * number // max(1, count)
    return Content.assemble(
        ("━" * done, "$accent"),
        ("─" * (PROGRESS_CELLS - done), "$foreground 40%"),
        (f"  statement {number} of {count}  ", "bold"),
        (one_line(purpose), "$foreground 60%"),
    )


def _joining(plan: StorePlan) -> Iterator[Content]:
    yield Content.styled("Only config.yml on this machine is changed. It will say:", "bold $primary")
    yield Content("")
    yield from (Content(f"     {line}") for line in _config_lines(plan))


def _config_lines(plan: StorePlan) -> Iterator[str]:
    yield "history_store_enabled: true"
    yield f"history_store_profile: {visible(plan.profile)}"
    if plan.schema:
        yield f"history_store_schema: {visible(plan.schema)}"


def outcome_content(report: Report, plan: StorePlan | None) -> Content:
    """What was done, and what comes next."""
    lines = [report_content(report)]
    if plan is not None:
        lines.extend((Content(""), Content.styled("config.yml now says", "bold $primary")))
        lines.extend(Content(f"     {line}") for line in _config_lines(plan))
        lines.extend((Content(""), _keys(("v", "verifies tables, columns, indexes and rights"))))
    lines.append(_keys(("enter", "goes to the history"), ("esc", "goes back to the list")))
    return Content("\n").join(lines)


def _keys(*keys: tuple[str, str]) -> Content:
    pieces: list[Content] = []
    for key, does in keys:
        pieces.append(Content.assemble((key, "bold $accent"), (f" {does}", "$foreground 60%")))
    return Content("   ").join(pieces)


def failure_content(error: AmxError, what: str) -> Content:
    """What went wrong, what to do about it, and the keys that do so."""
    lines = [
        Content.styled(f"✗ {error.title}", "bold $text-error"),
        Content.styled(visible(what), "$foreground 60%"),
        Content(""),
        Content(visible(error.message)),
    ]
    if error.hint:
        lines.extend((Content(""), Content.styled(visible(error.hint), "$text-accent")))
    lines.extend((Content(""), _keys(("r", "tries again"), ("y", "copies this"), ("esc", "goes back"))))
    return Content("\n").join(lines)


def failure_text(error: AmxError) -> str:
    """An error for the clipboard: where there is a cure, that is what one pastes to the DBA."""
    return "\n".join(part for part in (error.message, error.hint) if part)
