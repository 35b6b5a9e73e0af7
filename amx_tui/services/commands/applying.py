"""`apply`: a run's descriptions become comments, after it was shown what is written where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from amx_tui.domain.applications import Application
from amx_tui.domain.applying import Choice, PlanCounts, PlannedComment, count, state_word
from amx_tui.domain.errors import UsageError
from amx_tui.domain.report import Block, Facts, Grid, Paragraph, Report
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.text import one_line
from amx_tui.domain.times import iso_time
from amx_tui.services.apply_plans import ApplyPlan, ApplyReport, CommentResult, result_word
from amx_tui.services.commands.asking import Dialogue, Question
from amx_tui.services.commands.session import open_for_reading
from amx_tui.services.grammar import Invocation
from amx_tui.services.workspace import Workspace

__all__ = ["application_row", "apply"]

_TEXT_WIDTH = 60
_CONFLICT_STATUS = 3
_CHOICES = ("theirs", "ours", "all theirs", "all ours", "stop")
_LABELS = (
    "keep theirs",
    "write ours",
    "keep theirs in this and all that follow",
    "write ours in this and all that follow",
    "stop, and write nothing",
)


async def apply(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Write the comments of a run, or take them back.

    Raises:
        UsageError: Nobody is there to agree.
        AmxError: Nothing can be written; nothing was.
    """
    is_dry = invocation.flag("dry-run")
    await open_for_reading(workspace)
    make_plan = workspace.apply.plan_undo if invocation.flag("undo") else workspace.apply.plan
    plan = await make_plan(
        invocation.argument,
        profile=invocation.text("profile"),
        table=invocation.text("table"),
        settle=not is_dry,
    )
    choices = _given_choices(plan, invocation)
    counts = count(plan.items, choices)
    preview = _preview(plan, counts, choices, is_whole=is_dry)
    if dialogue.show is not None and not is_dry:
        dialogue.show(preview)
        preview = ()
    title = f"{'Undo' if plan.action == 'undo' else 'Apply'} {plan.run_id}"
    if is_dry:
        return Report(title, preview, _document(plan, choices, None, is_dry=True))
    if plan.refusal is not None:
        raise plan.refusal
    if counts.open and dialogue.is_interactive:
        asked = await _ask_choices(plan, choices, dialogue)
        if asked is None:
            return _unchanged(title, plan, choices, preview)
        choices = asked
        counts = count(plan.items, choices)
    if counts.open:
        said = _conflict_text(counts)
        document = _document(plan, choices, None)
        return Report(title, (*preview, Paragraph(said)), document, exit_status=_CONFLICT_STATUS)
    if not counts.to_write:
        nothing = Paragraph("There is nothing to write.")
        return Report(title, (*preview, nothing), _document(plan, choices, None))
    if not invocation.flag("yes"):
        if not dialogue.is_interactive:
            raise UsageError(
                "Nobody is there to agree to the writing.", hint="Look with --dry-run, then add --yes."
            )
        if not await dialogue.confirm(_question(plan, counts), otherwise="Add --yes."):
            return _unchanged(title, plan, choices, preview)
    report = await workspace.apply.run(plan, choices, on_progress=dialogue.on_progress)
    return Report(
        title,
        (*preview, *_outcome(plan, report)),
        _document(plan, choices, report),
        exit_status=_exit_status(report),
    )


def _given_choices(plan: ApplyPlan, invocation: Invocation) -> dict[str, Choice]:
    """What `--on-conflict` says, for every conflict."""
    given: dict[str, Choice] = {"skip": "theirs", "overwrite": "ours"}
    choice = given.get(invocation.text("on-conflict"))
    if choice is None:
        return {}
    return {item.result_id: choice for item in plan.items if item.state == "conflict"}


async def _ask_choices(
    plan: ApplyPlan, choices: Mapping[str, Choice], dialogue: Dialogue
) -> dict[str, Choice] | None:
    """Ask in each conflict whose text it shall be; None where it was stopped."""
    chosen = dict(choices)
    rest: Choice | None = None
    for item in plan.items:
        if item.state != "conflict" or item.result_id in chosen:
            continue
        if rest is not None:
            chosen[item.result_id] = rest
            continue
        if dialogue.show is not None:
            dialogue.show((_both(item),))
        question = Question("choice", "Whose", choices=_CHOICES, labels=_LABELS)
        answer = await dialogue.text(question, otherwise="Add --on-conflict skip or overwrite.")
        if answer not in _CHOICES[:4]:
            return None
        choice = cast("Choice", answer.removeprefix("all "))
        rest = choice if answer.startswith("all ") else None
        chosen[item.result_id] = choice
    return chosen


def _both(item: PlannedComment) -> Facts:
    rows = (("theirs", item.comment or "(none)"), ("ours", item.new_comment), ("why", item.reason))
    return Facts(rows, title=item.name.qname)


def _preview(
    plan: ApplyPlan, counts: PlanCounts, choices: Mapping[str, Choice], *, is_whole: bool
) -> tuple[Block, ...]:
    """Where it goes, how much it is, and what needs to be known first."""
    verb = "restored" if plan.action == "undo" else "written"
    rows = [
        ("run", plan.run_id),
        ("database", f"{plan.place} ({plan.backend_title}, profile {one_line(plan.profile.name, 60)})"),
        ("schemas", ", ".join(one_line(name, 60) for name in plan.schemas)),
        (f"to be {verb}", str(counts.to_write)),
        ("conflicts", f"{counts.conflict} ({counts.open} without a choice)" if counts.conflict else ""),
        ("unchanged", str(counts.unchanged or "")),
        ("not there", str(counts.missing or "")),
        ("left alone", str(counts.left or "")),
        ("not decided", str(plan.left_out.pending or "")),
        ("rejected", str(plan.left_out.rejected or "")),
        ("without text", str(plan.left_out.empty or "")),
    ]
    blocks: list[Block] = [Facts(tuple(row for row in rows if row[1]))]
    blocks += [Paragraph(f"⚠ {note}") for note in plan.notes]
    if plan.refusal is not None:
        blocks.append(Paragraph(f"✗ {plan.refusal.message} {plan.refusal.hint}".rstrip()))
    wanted = [item for item in plan.items if is_whole or item.state in {"conflict", "missing", "left"}]
    if wanted:
        blocks.append(_grid(wanted, choices))
    return tuple(blocks)


def _grid(items: Iterable[PlannedComment], choices: Mapping[str, Choice]) -> Grid:
    words = {"ours": " → ours", "theirs": " → theirs"}
    rows = tuple(
        (
            item.name.qname,
            state_word(item.state) + words.get(choices.get(item.result_id, ""), ""),
            one_line(item.comment, _TEXT_WIDTH) or "(none)",
            one_line(item.new_comment, _TEXT_WIDTH) or "(none)",
        )
        for item in items
    )
    return Grid(("asset", "state", "comment now", "would become"), rows)


def _conflict_text(counts: PlanCounts) -> str:
    one = counts.open == 1
    return (
        f"{counts.open} {'comment is' if one else 'comments are'} no longer what the run saw, so somebody must choose:"
        " nothing was written.\nAdd --on-conflict skip to keep theirs, or --on-conflict overwrite to write ours."
    )


def _question(plan: ApplyPlan, counts: PlanCounts) -> str:
    verb = "Restore" if plan.action == "undo" else "Write"
    noun = "comment" if counts.to_write == 1 else "comments"
    schemas = ", ".join(one_line(name, 60) for name in plan.schemas)
    where = f"{plan.place} ({schemas})" if schemas else plan.place
    return f"{verb} {counts.to_write} {noun} in {where}?"


def _unchanged(
    title: str, plan: ApplyPlan, choices: Mapping[str, Choice], preview: tuple[Block, ...]
) -> Report:
    blocks = (*preview, Paragraph("Nothing was written."))
    return Report(title, blocks, _document(plan, choices, None), exit_status=1)


def _outcome(plan: ApplyPlan, report: ApplyReport) -> tuple[Block, ...]:
    """What became of it."""
    said = [
        f"{number} {result_word(status, plan.action).partition(' ')[2]}"
        for status, number in report.counts.items()
        if number
    ]
    blocks: list[Block] = [Paragraph(f"{', '.join(said) or 'Nothing was written'}.")]
    if report.error is not None:
        left = report.planned - len(report.results)
        blocks.append(Paragraph(f"✗ Stopped, {left} not reached. {report.error.message} {report.error.hint}"))
    odd = [each for each in report.results if each.status not in {"written", "unchanged"}]
    if odd:
        rows = tuple(
            (each.name.qname, result_word(each.status), f"{each.text} {each.hint}".strip()) for each in odd
        )
        blocks.append(Grid(("asset", "outcome", "why"), rows))
    return tuple(blocks)


def _exit_status(report: ApplyReport) -> int:
    if report.error is not None:
        return report.error.exit_status
    if report.failures:
        return 1
    return _CONFLICT_STATUS if report.counts["changed"] else 0


def _document(
    plan: ApplyPlan, choices: Mapping[str, Choice], report: ApplyReport | None, *, is_dry: bool = False
) -> JsonValue:
    """The document of `--json`."""
    results = {result.result_id: result for result in report.results} if report is not None else {}
    counts = count(plan.items, choices)
    refusal, error = plan.refusal, report.error if report is not None else None
    return {
        "run_id": plan.run_id,
        "action": plan.action,
        "dry_run": is_dry,
        "db_profile": plan.profile.name,
        "db_backend": plan.profile.backend,
        "db_place": plan.place,
        "schemas": list(plan.schemas),
        "counts": {
            "to_write": counts.to_write,
            "conflicts": counts.conflict,
            "without_choice": counts.open,
            "unchanged": counts.unchanged,
            "missing": counts.missing,
            "left": counts.left,
            "pending": plan.left_out.pending,
            "rejected": plan.left_out.rejected,
            "without_text": plan.left_out.empty,
        },
        "notes": list(plan.notes),
        "refusal": f"{refusal.message} {refusal.hint}".strip() if refusal is not None else None,
        "error": f"{error.message} {error.hint}".strip() if error is not None else None,
        "comments": [
            _comment(item, choices.get(item.result_id), results.get(item.result_id)) for item in plan.items
        ],
    }


def _comment(item: PlannedComment, choice: Choice | None, result: CommentResult | None) -> JsonValue:
    return {
        "result_id": item.result_id,
        "target_qname": item.name.qname,
        "asset_kind": item.kind,
        "state": item.state,
        "reason": item.reason or None,
        "choice": choice,
        "old_comment": item.comment,
        "new_comment": item.new_comment,
        "status": result.status if result is not None else None,
        "error_text": (result.text or None) if result is not None else None,
        "hint": (result.hint or None) if result is not None else None,
    }


def application_row(application: Application) -> dict[str, JsonValue]:
    """An application as a JSON row, named like the columns of the store."""
    intent, destination = application.intent, application.destination
    return {
        "application_id": intent.application_id,
        "result_id": intent.result_id,
        "run_id": intent.run_id,
        "db_profile": destination.db_profile,
        "db_backend": destination.db_backend,
        "db_place": destination.db_place,
        "target_qname": intent.name.qname,
        "asset_kind": intent.asset_kind,
        "action": intent.action,
        "undoes_id": intent.undoes_id or None,
        "intended_at": iso_time(application.intended_at),
        "applied_by": application.applied_by,
        "hostname": application.hostname,
        "old_comment": intent.old_comment,
        "new_comment": intent.new_comment,
        "status": application.status,
        "finished_at": iso_time(application.finished_at),
        "error_text": application.error_text or None,
    }
