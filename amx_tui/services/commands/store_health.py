"""`doctor --store`: the faults of the store's rows, what each costs, and their mending on a yes."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from amx_tui.domain.faults import Cell, Fault, Repair, shown_subjects
from amx_tui.domain.report import Block, Facts, Paragraph, Report
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.text import one_line
from amx_tui.domain.times import exact_time, iso_time
from amx_tui.services.commands.asking import Dialogue
from amx_tui.services.commands.session import open_for_reading
from amx_tui.services.doctor.health import MENDING, Examination, Mended
from amx_tui.services.grammar import Invocation
from amx_tui.services.rights import refusal
from amx_tui.services.workspace import Workspace

__all__ = ["store_health"]

_TITLE = "Store health"
_PLANNED = 200
"""Rows of a plan that are listed unasked."""
_ROWS_OF = {"runs": "run", "results": "result"}


async def store_health(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Look for faults of the store; mend them, or take a mending back, where that is asked for.

    Raises:
        UsageError: Nobody is there to agree.
        RoleError: The member is no admin, and mending was asked for.
        AmxError: The store cannot be opened, or does not answer.
    """
    await open_for_reading(workspace)
    undo = invocation.text("undo")
    if undo:
        return await _undo(workspace, Path(undo), invocation, dialogue)
    found = await workspace.health.examine(dialogue.on_progress)
    is_full = invocation.flag("full")
    blocks = _found(found, is_full=is_full)
    if not invocation.flag("mend") and not invocation.flag("dry-run"):
        return Report(_TITLE, blocks, _data(found))
    if not found.repairs:
        return Report(_TITLE, (*blocks, Paragraph("There is nothing to mend.")), _data(found))
    if invocation.flag("dry-run"):
        data = _data(found) | {"plan": [_repair_data(repair) for repair in found.repairs]}
        return Report(f"{_TITLE}: dry run", (_plan(found.repairs, is_full=is_full),), data)
    await _require_admin(workspace)
    if dialogue.show is not None:
        dialogue.show(blocks)
    deeds = tuple(f"· {fault.kind}: {fault.mending}" for fault in found.faults if fault.mending)
    question = "\n".join((f"Mend {_rows(len(found.repairs))} of {found.store}?", *deeds))
    if not invocation.flag("yes") and not await dialogue.confirm(
        question, otherwise="Look with --dry-run, then add --yes."
    ):
        return Report(_TITLE, (Paragraph("Nothing was changed."),), _data(found), exit_status=1)
    mended = await workspace.health.mend(found)
    data = _data(found) | {"mended": len(mended.made), "left": mended.left, "undo": str(mended.undo)}
    return Report(f"{_TITLE}: mending", _mended(mended, deeds), data)


async def _undo(workspace: Workspace, path: Path, invocation: Invocation, dialogue: Dialogue) -> Report:
    await _require_admin(workspace)
    entry = await workspace.health.read_undo(path)
    if not invocation.flag("yes") and not await dialogue.confirm(
        f"Take back the mending of {_rows(len(entry.file.repairs))} of {entry.file.store}?\n{entry.path.name}",
        otherwise="Add --yes.",
    ):
        return Report(_TITLE, (Paragraph("Nothing was changed."),), {"changed": 0}, exit_status=1)
    taken = await workspace.health.undo(entry)
    data: JsonValue = {"changed": len(taken.made), "left": taken.left, "undo": str(path)}
    return Report(f"{_TITLE}: taking back", _taken_back(taken), data)


async def _require_admin(workspace: Workspace) -> None:
    error = await refusal(workspace, "administer", doing=MENDING)
    if error is not None:
        raise error


def _found(found: Examination, *, is_full: bool) -> tuple[Block, ...]:
    if not found.faults:
        return (Paragraph(f"✓ Nothing is wrong with the rows of {found.store}."),)
    count = len(found.repairs)
    verdict = f"⚠ {len(found.faults)} kinds of fault" if len(found.faults) != 1 else "⚠ 1 kind of fault"
    offer = (
        f"; {_rows(count)} can be mended: doctor --store --mend"
        if count
        else "; none can be mended from here"
    )
    facts = (_facts(fault, is_full=is_full) for fault in found.faults)
    is_cut = not is_full and any(fault.subjects != shown_subjects(fault.subjects) for fault in found.faults)
    rest = (Paragraph("Every row is listed by doctor --store --full."),) if is_cut else ()
    return (Paragraph(f"{verdict} in {found.store}{offer}."), *facts, *rest)


def _facts(fault: Fault, *, is_full: bool) -> Facts:
    rows = [("cost", fault.message)]
    shown = fault.subjects if is_full else shown_subjects(fault.subjects)
    rows += [("rows" if not place else "", subject) for place, subject in enumerate(shown)]
    rows += [(label, text) for label, text in (("mending", fault.mending), ("cure", fault.hint)) if text]
    return Facts(tuple(rows), title=f"⚠ {fault.kind}")


def _plan(repairs: Sequence[Repair], *, is_full: bool) -> Block:
    shown = repairs if is_full else repairs[:_PLANNED]
    lines = [f"{_rows(len(repairs))} would be changed; nothing is yet:", *map(_planned, shown)]
    if len(shown) < len(repairs):
        lines.append(f"and {len(repairs) - len(shown):,} more: --full shows all")
    return Paragraph("\n".join(lines))


def _planned(repair: Repair) -> str:
    changes = (f"{name} {_cell(repair.before[name])} → {_cell(repair.after[name])}" for name in repair.after)
    return f"{_ROWS_OF[repair.table]} {one_line(repair.row_id, 60)}: {', '.join(changes)}"


def _cell(value: Cell) -> str:
    if value is None or value == "":
        return "(empty)"
    return exact_time(value) if isinstance(value, datetime) else one_line(str(value), 80)


def _mended(mended: Mended, deeds: Sequence[str]) -> tuple[Block, ...]:
    if not mended.made:
        return (Paragraph("– Nothing was mended: all of these rows were changed meanwhile. Look again."),)
    blocks: list[Block] = [Paragraph("\n".join((f"✓ {_rows(len(mended.made))} mended.", *deeds)))]
    if mended.left:
        blocks.append(Paragraph(f"⚠ {_rows(mended.left)} had been changed meanwhile, and left as found."))
    blocks.append(Paragraph(f"To take it back: doctor --store --undo {shlex.quote(str(mended.undo))}"))
    return tuple(blocks)


def _taken_back(taken: Mended) -> tuple[Block, ...]:
    if not taken.made:
        return (Paragraph("– Nothing was changed: none of these rows is as the mending left it."),)
    blocks: list[Block] = [Paragraph(f"✓ {_rows(len(taken.made))} as before.")]
    if taken.left:
        blocks.append(Paragraph(f"⚠ {_rows(taken.left)} had been changed meanwhile, and left as found."))
    return tuple(blocks)


def _data(found: Examination) -> dict[str, JsonValue]:
    faults: list[JsonValue] = [
        {
            "kind": fault.kind,
            "message": fault.message,
            "hint": fault.hint,
            "subjects": list(fault.subjects),
            "mending": fault.mending,
            "repairs": len(fault.repairs),
        }
        for fault in found.faults
    ]
    return {
        "store": found.store,
        "faults": faults,
        "repairs": len(found.repairs),
        "mended": None,
        "left": None,
        "undo": None,
    }


def _repair_data(repair: Repair) -> JsonValue:
    return {
        "table": repair.table,
        "row_id": repair.row_id,
        "before": _cells(repair.before),
        "after": _cells(repair.after),
    }


def _cells(values: Mapping[str, Cell]) -> JsonValue:
    return {name: iso_time(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
