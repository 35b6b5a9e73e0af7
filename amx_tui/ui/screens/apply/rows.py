"""What the Apply screen lists: the comments of a plan, with what was chosen and what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from amx_tui.domain.applying import (
    APPLY_STATES,
    Choice,
    PlanCounts,
    PlannedComment,
    count,
    state_word,
)
from amx_tui.services.apply_plans import ApplyPlan, ApplyReport, CommentResult, after, result_word

__all__ = ["APPLY_FILTERS", "ApplyRow", "PlanRows"]

FAILED = "failed"
APPLY_FILTERS: tuple[str, ...] = (*APPLY_STATES, FAILED)
"""What the list can be narrowed down to; `failed` is what was tried in vain."""


@dataclass(frozen=True, slots=True)
class ApplyRow:
    """One comment."""

    item: PlannedComment
    choice: Choice | None = None
    result: CommentResult | None = None

    @property
    def needs_choice(self) -> bool:
        """Whether nobody has chosen yet in a conflict."""
        return self.item.state == "conflict" and self.choice is None

    @property
    def word(self) -> str:
        """What is to become of it, or has: a sign and a word."""
        if self.result is not None and self.result.status != "changed":
            return result_word(self.result.status, self.item.action)
        if self.item.state == "conflict" and self.choice is not None:
            return "✎ write ours" if self.choice == "ours" else "– keep theirs"
        if self.item.state == "write" and self.item.action == "undo":
            return "↶ to restore"
        return state_word(self.item.state)

    @property
    def tone(self) -> str:
        """The look of that word."""
        if self.result is not None and self.result.status != "changed":
            return {"written": "success", "unchanged": "muted"}.get(self.result.status, "error")
        if self.item.state == "conflict":
            return "accent" if self.choice else "warning"
        return {"write": "success", "missing": "error", "left": "warning"}.get(self.item.state, "muted")


@dataclass
class PlanRows:
    """A plan as it is worked on: choices, results, and which of its comments are shown."""

    plan: ApplyPlan
    choices: dict[str, Choice] = field(default_factory=dict)
    results: dict[str, CommentResult] = field(default_factory=dict)
    shown: str = ""
    """One of `APPLY_FILTERS`; empty for all."""
    text: str = ""
    """What must be in an asset's name."""

    @property
    def rows(self) -> list[ApplyRow]:
        """The comments that the filter lets through."""
        wanted = self.text.casefold()
        return [
            row
            for row in map(self.row, self.plan.items)
            if (not self.shown or self.shown == self._kind(row))
            and (not wanted or wanted in row.item.name.qname.casefold())
        ]

    def row(self, item: PlannedComment) -> ApplyRow:
        """The row of one comment."""
        return ApplyRow(item, self.choices.get(item.result_id), self.results.get(item.result_id))

    def _kind(self, row: ApplyRow) -> str:
        return FAILED if row.result is not None and row.result.is_failure else row.item.state

    @property
    def counts(self) -> PlanCounts:
        """How the comments divide."""
        return count(self.plan.items, self.choices)

    @property
    def by_filter(self) -> Counter[str]:
        """How many comments each filter shows."""
        return Counter(self._kind(self.row(item)) for item in self.plan.items)

    @property
    def failed(self) -> frozenset[str]:
        """The results whose comments were tried in vain."""
        return frozenset(each.result_id for each in self.results.values() if each.is_failure)

    def choose(self, result_ids: Iterable[str], choice: Choice) -> None:
        """Choose in conflicts."""
        self.choices.update(dict.fromkeys(result_ids, choice))

    def open_conflicts(self) -> list[PlannedComment]:
        """The conflicts in which nobody has chosen yet."""
        return [item for item in self.plan.items if self.row(item).needs_choice]

    def take(self, report: ApplyReport) -> None:
        """Keep what became of comments; a conflict that came up meanwhile needs a choice of its own."""
        self.plan = replace(self.plan, items=after(self.plan.items, report.results))
        for result in report.results:
            self.results[result.result_id] = result
            if result.status == "changed":
                self.choices.pop(result.result_id, None)

    def next_conflict(self, rows: Sequence[ApplyRow], current: str | None, step: int) -> str | None:
        """The id of the next conflict in a list, in front of or behind a row; None where there is none."""
        ids = [row.item.result_id for row in rows]
        here = ids.index(current) if current in ids else -1
        around = rows[here + 1 :] if step > 0 else rows[:here][::-1] if here >= 0 else ()
        return next((row.item.result_id for row in around if row.item.state == "conflict"), None)
