"""What stands around a plan's list: where it goes, the counts, and both texts of one comment in full."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from amx_tui.domain.text import one_line, visible
from amx_tui.services.apply_plans import ApplyPlan
from amx_tui.ui.screens.apply.columns import NO_COMMENT
from amx_tui.ui.screens.apply.rows import ApplyRow, PlanRows
from amx_tui.ui.widgets.bars import KeyHint
from amx_tui.ui.widgets.facts import LABEL_LOOK
from amx_tui.ui.widgets.word_marks import beside, marked_text, woven_text, wrapped

__all__ = ["chips", "confirmation", "place_content", "progress_text", "row_content"]

MOST_NOTES = 2
BAR_CELLS = 20
GAP = 4
"""Cells around a count: a blank behind its sign, three behind its words."""
_CHIPS = (
    ("write", "+", "to write"),
    ("conflict", "⚠", "conflict"),
    ("unchanged", "=", "unchanged"),
    ("missing", "✗", "not there"),
    ("left", "–", "left alone"),
    ("failed", "✗", "failed"),
)


def place_content(plan: ApplyPlan, width: int) -> Content:
    """Which database is written to, in words that nobody overlooks; then what is to be known first."""
    verb = "Restores comments in" if plan.action == "undo" else "Writes comments into"
    schemas = ", ".join(one_line(name, 60) for name in plan.schemas)
    facts = f"{plan.backend_title} · profile {one_line(plan.profile.name, 60)}"
    place = visible(plan.place)
    room = width - len(verb) - GAP
    if len(place) > room > 0:
        # The end of a path tells more than its beginning; the question before writing has all of it.
        place = f"…{place[len(place) - room + 1 :]}"
    lines = [
        Content.assemble((f"{verb} ", "bold"), (place, "bold $accent")),
        Content.assemble((facts, LABEL_LOOK), (f" · schemas {schemas}" if schemas else "", "bold")),
    ]
    if plan.refusal is not None:
        said = f"✗ {plan.refusal.message} {plan.refusal.hint}".rstrip()
        lines.append(Content.styled(visible(said), "$text-error"))
    lines += [Content.styled(f"⚠ {visible(note)}", "$text-warning") for note in plan.notes[:MOST_NOTES]]
    return Content("\n").join(lines)


def chips(rows: PlanRows, width: int) -> tuple[KeyHint, ...]:
    """The counts, each of which can be clicked to see only those."""
    counted = rows.by_filter
    total = sum(counted.values())
    hints = [KeyHint("apply.all", "Σ", f"{total:,} comment{'' if total == 1 else 's'}", bool(rows.shown))]
    for name, sign, word in _CHIPS:
        number = counted[name]
        if not number:
            continue
        label = "to restore" if name == "write" and rows.plan.action == "undo" else word
        if name == "conflict":
            left = rows.counts.open
            label += ("" if number == 1 else "s") + (f" ({left} without a choice)" if left else "")
        if width < 90:
            label = label.partition(" (")[0]
        hints.append(KeyHint(f"apply.only_{name}", sign, f"{number:,} {label}", rows.shown not in {"", name}))
    out = rows.plan.left_out
    rest = [(out.pending, "undecided"), (out.rejected, "rejected"), (out.empty, "without text")]
    said = ", ".join(f"{number:,} {word}" for number, word in rest if number)
    taken = sum(len(hint.key) + len(hint.label) + GAP for hint in hints)
    if said and taken + len(said) + GAP <= width:
        hints.append(KeyHint("apply.all", "·", said, True))
    return tuple(hints)


def confirmation(rows: PlanRows, to_write: int) -> tuple[str, str]:
    """The question before anything is written, and what stands below it."""
    plan, counts = rows.plan, rows.counts
    noun = "comment" if to_write == 1 else "comments"
    verb = f"Restore {to_write:,} {noun} in" if plan.action == "undo" else f"Write {to_write:,} {noun} into"
    question = f"{verb} {plan.place}?"
    details = [
        f"Database   {plan.place}",
        f"Kind       {plan.backend_title}, profile {one_line(plan.profile.name, 60)}",
        f"Schemas    {', '.join(one_line(name, 60) for name in plan.schemas) or '–'}",
        f"Run        {plan.run_id}",
    ]
    if counts.conflict:
        kept = counts.conflict - counts.ours
        details.append(f"Conflicts  {counts.ours:,} written over, {kept:,} kept as they are")
    if counts.left:
        details.append(f"Left       {counts.left:,} that are no longer what was written")
    return question, "\n".join(details)


def progress_text(done: int, total: int, name: str) -> tuple[tuple[str, str], ...]:
    """How far the writing is, as the pieces of a bar."""
    filled = BAR_CELLS * done // total if total else 0
    return (
        ("▰" * filled + "▱" * (BAR_CELLS - filled), "accent"),
        (f" {done:,} of {total:,}  ", "strong"),
        (one_line(name, 60), "muted"),
    )


def row_content(row: ApplyRow, width: int, *, is_beside: bool) -> Content:
    """Both texts of one comment with their words marked, and why it is in its state."""
    return Content("\n").join(_lines(row, width, is_beside))


def _lines(row: ApplyRow, width: int, is_beside: bool) -> Iterator[Content]:
    item, result = row.item, row.result
    yield Content.assemble(
        (visible(item.name.qname), "bold $accent"), (f"  {item.kind}  {row.word}", LABEL_LOOK)
    )
    why = result.text if result is not None and result.text else item.reason
    if why:
        hint = f" {result.hint}" if result is not None and result.hint else ""
        yield from wrapped(Content.styled(f"⚠ {visible(why + hint)}", "$text-warning"), width)
    if item.state == "conflict":
        yield Content.assemble(
            ("1", "bold $accent"), " keeps theirs   ", ("2", "bold $accent"), " writes ours"
        )
    yield Content("")
    old, new = item.comment, item.new_comment
    if old == new:
        yield from wrapped(_plain(new), width)
    elif is_beside:
        heading = Content.styled("now", "bold $primary"), Content.styled("would become", "bold $primary")
        yield from beside(*heading, width)
        both = bool(old and new)
        left = marked_text(old, new, "removed") if both else _plain(old)
        right = marked_text(old, new, "added") if both else _plain(new)
        yield from beside(left, right, width)
    elif old and new:
        yield from wrapped(woven_text(old, new), width)
    else:
        yield from wrapped(Content.assemble(("now           ", LABEL_LOOK), _plain(old)), width)
        yield from wrapped(Content.assemble(("would become  ", LABEL_LOOK), _plain(new)), width)
    if item.decided_by:
        yield Content("")
        verb = "applied" if item.action == "undo" else "decided"
        yield Content.styled(f"{verb} by {visible(item.decided_by)}", LABEL_LOOK)


def _plain(text: str) -> Content:
    return Content(visible(text)) if text else Content.styled(NO_COMMENT, LABEL_LOOK)
