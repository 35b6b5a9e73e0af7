"""What a review shows of one asset: facts, alternatives, the decision, the reasoning, and what others wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from textual.content import Content
from textual.style import Style

from amx_tui.domain.assets import AssetFacts
from amx_tui.domain.decisions import DecisionValues
from amx_tui.domain.results import Result, decision_word
from amx_tui.domain.review.review import Conflict
from amx_tui.domain.review.rows import Elsewhere, ReviewRow
from amx_tui.domain.text import one_line, visible
from amx_tui.domain.times import relative_time

__all__ = ["ALTERNATIVE", "Card", "card_lines", "elsewhere_lines", "reasoning_lines", "waiting_lines"]

MUTED = "$foreground 60%"
HEADING = "bold $primary"
LABEL_CELLS = 10
ALTERNATIVE = "alternative"
"""What a cell of an alternative carries its number under, for clicks: Textual's own `@click` looks like a link."""
_DECISION_LOOKS = {
    "pending": "$text-muted",
    "accepted": "$text-success",
    "custom": "$text-accent",
    "skipped": "$text-error",
}


@dataclass(frozen=True, slots=True)
class Card:
    """An asset as it is shown."""

    row: ReviewRow
    result: Result
    values: DecisionValues
    """What is decided by now, stored or not."""
    elsewhere: tuple[Elsewhere, ...] | None = None
    facts: AssetFacts | None = None
    facts_note: str = ""
    """Why there are no facts."""
    table_description: str = ""
    """What the table of this column is described as."""
    conflict: Conflict | None = None
    my_profile: str = ""


def card_lines(card: Card, now: datetime, width: int, *, has_side: bool) -> list[Content]:
    """Draw an asset; what stands on the side, where there is one, is left out."""
    lines = [*_head(card, width)]
    lines += _comment(card, width)
    lines.append(Content(""))
    lines += _decision(card, now)
    lines += _alternatives(card, width)
    if not has_side:
        lines += reasoning_lines(card)
        lines += elsewhere_lines(card, now, width)
    return lines


def _head(card: Card, width: int) -> Iterator[Content]:
    facts = " · ".join(_facts(card))
    name = visible(card.result.target_qname)
    gap = width - len(name) - len(facts) - 1
    if gap >= 1:
        yield Content.assemble((name, "bold $accent"), " " * (gap + 1), (facts, MUTED))
    else:
        yield Content.styled(name, "bold $accent")
        yield Content.styled(facts, MUTED)
    if card.table_description:
        yield Content.styled(
            one_line(f"in {card.row.table_name}: {card.table_description}", max(20, width)), MUTED
        )
    if card.result.is_superseded:
        yield Content.styled("⚠ a later run has replaced this result", "$text-warning")


def _facts(card: Card) -> Iterator[str]:
    facts = card.facts
    yield one_line((facts.kind if facts else "") or card.row.asset_kind or "asset", 40)
    if facts is None:
        return
    if facts.dtype:
        yield one_line(facts.dtype, 40)
    if facts.is_nullable is not None and not facts.is_primary_key:
        yield "nullable" if facts.is_nullable else "not null"
    if facts.is_primary_key:
        yield "primary key"
    if facts.references:
        yield f"→ {one_line(facts.references, 60)}"


def _comment(card: Card, width: int) -> Iterator[Content]:
    """The comment in the database: now where that is known, else when the run drafted."""
    if card.facts is not None:
        label, comment, note = "now", card.facts.comment, ""
    elif card.result.seen_comment is not None:
        label, comment, note = "then", card.result.seen_comment, "the comment when this was drafted"
    else:
        label, comment, note = "now", None, ""
    note = "; ".join(part for part in (note, card.facts_note) if part)
    if comment is not None:
        shown = Content(visible(comment)) if comment else Content.styled("no comment in the database", MUTED)
        yield from _labelled(label, shown, width)
    if note:
        text = Content.styled(one_line(note, max(20, width - LABEL_CELLS)), MUTED)
        yield from _labelled("" if comment is not None else label, text, width)


def _labelled(label: str, text: Content, width: int) -> Iterator[Content]:
    room = max(12, width - LABEL_CELLS)
    rows = [row for line in text.split(allow_blank=True) for row in line.wrap(room)] or [Content("")]
    for number, row in enumerate(rows):
        yield Content.styled(f"{label if number == 0 else '':<{LABEL_CELLS}}", MUTED) + row


def _decision(card: Card, now: datetime) -> Iterator[Content]:
    conflict, values = card.conflict, card.values
    if conflict is not None:
        who = one_line(conflict.theirs.evaluated_by, 60) if conflict.theirs else ""
        yield Content.styled(
            f"⚠ 409 Conflict: {who or 'somebody else'} decided this meanwhile. C shows both.",
            "bold $text-warning",
        )
    pieces: list[Content | str | tuple[str, str]] = [
        (decision_word(values.evaluation), f"bold {_DECISION_LOOKS[values.evaluation]}")
    ]
    if values.evaluation != "pending":
        by = f" by {one_line(values.evaluated_by, 60)}" if values.evaluated_by else ""
        at = f", {relative_time(values.evaluated_at, now)}" if values.evaluated_at else ""
        pieces.append((f"{by}{at}", MUTED))
    if card.result.confidence:
        pieces.append(
            (f"   {one_line(card.result.confidence, 20)} confidence", _confidence_look(card.result))
        )
    if card.result.applied_status == "applied":
        pieces.append(("   → applied", MUTED))
    yield Content.assemble(*pieces)
    if values.rejection_reason:
        yield Content.styled(f"  reason: {visible(values.rejection_reason)}", MUTED)


def _confidence_look(result: Result) -> str:
    return {"high": "$text-success", "low": "$text-warning"}.get(result.confidence, MUTED)


def _alternatives(card: Card, width: int) -> Iterator[Content]:
    chosen = card.values.chosen_description if card.values.evaluation in ("accepted", "custom") else None
    drafts = [alternative.text for alternative in card.result.alternatives]
    if chosen is not None and chosen not in drafts:
        yield from _numbered("✎", "bold $text-accent", chosen, "bold", "", width)
    for number, alternative in enumerate(card.result.alternatives, 1):
        is_chosen = alternative.text == chosen
        score = f"  {alternative.score:.2f}" if alternative.score is not None else ""
        sign = "✓" if is_chosen else str(number) if number <= 9 else " "
        look = "bold $text-success" if is_chosen else "bold $accent"
        is_prime = number == 1 and chosen is None
        rows = _numbered(sign, look, alternative.text, "bold" if is_chosen or is_prime else "", score, width)
        click = Style.from_meta({ALTERNATIVE: number})
        yield from (row.stylize(click) for row in rows)
    if not card.result.alternatives:
        why = f": {one_line(card.result.error_text, 200)}" if card.result.error_text else ""
        yield Content.styled(f"⚠ Nothing was drafted{why}", "$text-warning")
        yield Content.styled("e writes a description, x rejects, s passes on", MUTED)


def _numbered(sign: str, look: str, text: str, text_look: str, score: str, width: int) -> Iterator[Content]:
    body = Content.styled(visible(text) or "(empty)", text_look) + Content.styled(score, MUTED)
    rows = [row for line in body.split(allow_blank=True) for row in line.wrap(max(12, width - 4))]
    for number, row in enumerate(rows):
        yield (Content.styled(f" {sign}  ", look) if number == 0 else Content("    ")) + row


def reasoning_lines(card: Card) -> list[Content]:
    """Draw why the model drafted it so."""
    if not card.result.reasoning:
        return []
    return [
        Content(""),
        Content.styled("Reasoning", HEADING),
        *(Content(line) for line in visible(card.result.reasoning).split("\n")),
    ]


def elsewhere_lines(card: Card, now: datetime, width: int) -> list[Content]:
    """Draw what other runs wrote for the asset."""
    if card.elsewhere is None:
        return [Content(""), Content.styled("Reading what other runs say…", MUTED)]
    if not card.elsewhere:
        return [Content(""), Content.styled("No other run describes it.", MUTED)]
    lines = [Content(""), Content.styled("In other runs", HEADING)]
    for other in card.elsewhere:
        lines += _elsewhere(card, other, now, width)
    return lines


def _elsewhere(card: Card, other: Elsewhere, now: datetime, width: int) -> Iterable[Content]:
    word = decision_word(other.evaluation)
    by = (
        f" by {one_line(other.evaluated_by, 40)}"
        if other.evaluated_by and other.evaluated_by != other.who
        else ""
    )
    applied = ", applied" if other.is_applied else ""
    place = ""
    if other.db_profile and card.my_profile and other.db_profile != card.my_profile:
        place = f" in {one_line(other.db_profile, 40)}"
    head = Content.assemble(
        (one_line(other.who, 40) or "somebody", "bold"),
        (f"  {relative_time(other.at, now)}{place}  ", MUTED),
        (word, _DECISION_LOOKS[other.evaluation]),
        (f"{by}{applied}", MUTED),
    )
    for number, row in enumerate(head.wrap(max(12, width - 2))):
        yield Content("  " if number else "") + row
    mine = {alternative.text: number for number, alternative in enumerate(card.result.alternatives, 1)}
    if other.description is None:
        text = Content.styled("no description", MUTED)
    elif other.description in mine:
        text = Content.styled(f"the same as {mine[other.description]}", MUTED)
    else:
        text = Content(visible(other.description))
    for line in text.split(allow_blank=True):
        for row in line.wrap(max(12, width - 2)):
            yield Content("  ") + row


def waiting_lines(name: str, said: str, hint: str = "") -> list[Content]:
    """Draw an asset whose texts are not there yet."""
    lines = [Content.styled(visible(name), "bold $accent")] if name else []
    lines += [Content(""), Content.styled(said, MUTED)]
    return [*lines, Content.styled(hint, MUTED)] if hint else lines
