"""`doctor --store`: the faults of the store's rows, what each costs, and their mending on a yes."""

from __future__ import annotations

from pathlib import Path

from amx_tui.domain.errors import RoleError
from amx_tui.domain.faults import Fault, shown_subjects
from amx_tui.domain.report import Block, Facts, Paragraph, Report
from amx_tui.domain.runs import JsonValue
from amx_tui.services.commands.asking import Dialogue
from amx_tui.services.commands.session import open_for_reading
from amx_tui.services.doctor.health import Examination, Mended
from amx_tui.services.grammar import Invocation
from amx_tui.services.workspace import Workspace

__all__ = ["store_health"]

_TITLE = "Store health"


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
    found = await workspace.health.examine()
    blocks = _found(found)
    if not invocation.flag("mend") and not invocation.flag("dry-run"):
        return Report(_TITLE, blocks, _data(found, None))
    if not found.repairs:
        return Report(_TITLE, (*blocks, Paragraph("There is nothing to mend.")), _data(found, None))
    if invocation.flag("dry-run"):
        return Report(_TITLE, (*blocks, _plan(found)), _data(found, None))
    _require_admin(workspace)
    if dialogue.show is not None:
        dialogue.show(blocks)
        blocks = ()
    deeds = (f"· {fault.mending}" for fault in found.faults if fault.mending)
    question = "\n".join((f"Mend {_rows(len(found.repairs))} of {found.store}?", *deeds))
    if not invocation.flag("yes") and not await dialogue.confirm(
        question, otherwise="Look with --dry-run, then add --yes."
    ):
        return Report(_TITLE, (*blocks, Paragraph("Nothing was changed.")), _data(found, None), exit_status=1)
    mended = await workspace.health.mend(found)
    return Report(_TITLE, (*blocks, *_mended(mended, "mended")), _data(found, mended))


async def _undo(workspace: Workspace, path: Path, invocation: Invocation, dialogue: Dialogue) -> Report:
    _require_admin(workspace)
    if not invocation.flag("yes") and not await dialogue.confirm(
        f"Take back what {path.name} says was mended?", otherwise="Add --yes."
    ):
        return Report(_TITLE, (Paragraph("Nothing was changed."),), {"changed": 0}, exit_status=1)
    taken = await workspace.health.undo(path)
    data: JsonValue = {"changed": len(taken.made), "left": taken.left, "undo": str(path)}
    return Report(_TITLE, _mended(taken, "as before"), data)


def _require_admin(workspace: Workspace) -> None:
    reason = workspace.health.reason_against_mending()
    if reason:
        raise RoleError(reason)


def _found(found: Examination) -> tuple[Block, ...]:
    if not found.faults:
        return (Paragraph(f"✓ Nothing is wrong with the rows of {found.store}."),)
    count = len(found.repairs)
    verdict = f"⚠ {len(found.faults)} kinds of fault" if len(found.faults) != 1 else "⚠ 1 kind of fault"
    offer = f"; {_rows(count)} can be mended: doctor --store --mend" if count else ""
    return (Paragraph(f"{verdict} in {found.store}{offer}."), *map(_facts, found.faults))


def _facts(fault: Fault) -> Facts:
    rows = [("cost", fault.message)]
    rows += [
        ("rows" if not place else "", subject) for place, subject in enumerate(shown_subjects(fault.subjects))
    ]
    rows += [(label, text) for label, text in (("mending", fault.mending), ("cure", fault.hint)) if text]
    return Facts(tuple(rows), title=f"⚠ {fault.kind}")


def _plan(found: Examination) -> Block:
    lines = [
        f"{repair.table} {repair.row_id}: "
        + ", ".join(f"{name} {repair.before[name]} → {repair.after[name]}" for name in repair.after)
        for repair in found.repairs
    ]
    return Paragraph("\n".join(("Would be changed:", *lines)))


def _mended(mended: Mended, word: str) -> tuple[Block, ...]:
    blocks: list[Block] = [Paragraph(f"✓ {_rows(len(mended.made))} {word}.")]
    if mended.left:
        blocks.append(Paragraph(f"⚠ {_rows(mended.left)} had been changed meanwhile, and left as found."))
    if word == "mended":
        blocks.append(Paragraph(f"To take it back: doctor --store --undo {mended.undo}"))
    return tuple(blocks)


def _data(found: Examination, mended: Mended | None) -> JsonValue:
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
        "mended": None if mended is None else len(mended.made),
        "left": None if mended is None else mended.left,
        "undo": None if mended is None else str(mended.undo),
    }


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
