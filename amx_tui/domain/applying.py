"""What applying a run would write, and why not: descriptions held against the comments that are there now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from amx_tui.domain.applications import Action, Application, standing
from amx_tui.domain.assets import AssetFacts, AssetName
from amx_tui.domain.results import DecisionState

__all__ = [
    "APPLY_STATES",
    "ApplyState",
    "Choice",
    "Description",
    "LeftOut",
    "PlanCounts",
    "PlannedComment",
    "count",
    "newest_of_each",
    "plan_comments",
    "plan_undo",
    "split_decided",
    "state_word",
    "to_write",
]

ApplyState = Literal["write", "conflict", "unchanged", "missing", "left"]
"""`write`: as the run saw it. `conflict`: another comment than that is there, so somebody must choose.
`unchanged`: the text is there already. `missing`: the asset is not. `left`: it is no longer what we wrote."""
APPLY_STATES: tuple[ApplyState, ...] = ("write", "conflict", "unchanged", "missing", "left")

Choice = Literal["ours", "theirs"]

_WORDS: dict[ApplyState, str] = {
    "write": "+ to write",
    "conflict": "⚠ conflict",
    "unchanged": "= unchanged",
    "missing": "✗ not there",
    "left": "– left alone",
}
_EVER = datetime(1, 1, 1, tzinfo=UTC)


def state_word(state: ApplyState) -> str:
    """A state as it is shown: a sign and a word."""
    return _WORDS[state]


@dataclass(frozen=True, slots=True)
class Description:
    """What a run says about one asset, and what was decided about it."""

    result_id: str
    name: AssetName
    asset_kind: str
    evaluation: DecisionState
    text: str
    """The chosen description; empty unless it was accepted or edited."""
    seen_comment: str | None
    """The comment that the run saw; None where that is not known."""
    saved_at: datetime | None = None
    decided_by: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many assets of a run have nothing to be written."""

    pending: int = 0
    """Not decided yet."""
    rejected: int = 0
    empty: int = 0
    """Decided, but on no text."""


@dataclass(frozen=True, slots=True)
class PlannedComment:
    """One asset of a plan: what its comment is now, and what it would become."""

    result_id: str
    name: AssetName
    kind: str
    new_comment: str
    comment: str
    """What is there now; empty where the asset is missing."""
    state: ApplyState
    reason: str = ""
    """Why it is in that state, where that does not explain itself."""
    action: Action = "apply"
    undoes_id: str = ""
    decided_by: str = ""


@dataclass(frozen=True, slots=True)
class PlanCounts:
    """How the assets of a plan divide."""

    write: int = 0
    conflict: int = 0
    unchanged: int = 0
    missing: int = 0
    left: int = 0
    open: int = 0
    """Conflicts in which nobody has chosen yet."""
    ours: int = 0
    """Conflicts in which ours is to be written."""

    @property
    def total(self) -> int:
        """All assets of the plan."""
        return self.write + self.conflict + self.unchanged + self.missing + self.left

    @property
    def to_write(self) -> int:
        """Comments that would be written now."""
        return self.write + self.ours


def newest_of_each(descriptions: Iterable[Description]) -> list[Description]:
    """Keep the newest of each asset, of two of one moment the one with the greater id, sorted by name.

    Args:
        descriptions: Of one run, without those that a later one replaced.
    """
    newest: dict[AssetName, Description] = {}
    for each in descriptions:
        known = newest.get(each.name)
        if known is None or _age(each) > _age(known):
            newest[each.name] = each
    return [newest[name] for name in sorted(newest)]


def _age(description: Description) -> tuple[datetime, str]:
    return description.saved_at or _EVER, description.result_id


def split_decided(descriptions: Iterable[Description]) -> tuple[list[Description], LeftOut]:
    """Part what can be written from what has nothing to be written."""
    decided: list[Description] = []
    pending = rejected = empty = 0
    for each in descriptions:
        if each.evaluation == "pending":
            pending += 1
        elif each.evaluation == "skipped":
            rejected += 1
        elif not each.text:
            empty += 1
        else:
            decided.append(each)
    return decided, LeftOut(pending, rejected, empty)


def plan_comments(
    decided: Iterable[Description],
    facts: Mapping[AssetName, AssetFacts],
    applications: Iterable[Application] = (),
) -> tuple[PlannedComment, ...]:
    """Hold descriptions against the database.

    A comment that this run's own application wrote, and that was not undone since, needs no choice: whoever decided
    anew on a result that was applied means to replace it.

    Args:
        decided: What is to be written, one an asset.
        facts: What the database says of the assets; one that is not in here is not there.
        applications: The run's own, in their order.
    """
    written = standing(applications)
    return tuple(
        _planned(each, facts.get(each.name), _last_comment(written.get(each.name))) for each in decided
    )


def _last_comment(written: Sequence[Application] | None) -> str | None:
    return written[-1].intent.new_comment if written else None


def _planned(description: Description, facts: AssetFacts | None, own: str | None) -> PlannedComment:
    state, reason = _state(description, facts, own)
    return PlannedComment(
        result_id=description.result_id,
        name=description.name,
        kind=facts.kind if facts is not None else description.asset_kind,
        new_comment=description.text,
        comment=facts.comment if facts is not None else "",
        state=state,
        reason=reason,
        decided_by=description.decided_by,
    )


def _state(description: Description, facts: AssetFacts | None, own: str | None) -> tuple[ApplyState, str]:
    if facts is None:
        return "missing", "The database has no such asset, or this user may not see it."
    if facts.comment == description.text:
        return "unchanged", ""
    if own is not None and facts.comment == own:
        return "write", ""
    if description.seen_comment is None:
        if not facts.comment:
            return "write", ""
        return "conflict", "Nobody knows whether the run saw this comment."
    if facts.comment == description.seen_comment:
        return "write", ""
    if not facts.comment:
        return "conflict", "The comment that the run saw was removed since."
    if not description.seen_comment:
        return "conflict", "There was no comment when the run drafted; somebody wrote this one since."
    return "conflict", "The comment was changed since the run drafted."


def plan_undo(
    applications: Sequence[Application], facts: Mapping[AssetName, AssetFacts]
) -> tuple[PlannedComment, ...]:
    """Plan the way back: each comment that is still what we wrote becomes what was there before the run's own.

    Args:
        applications: The run's own, in their order.
        facts: What the database says of their assets.
    """
    written = standing(applications)
    return tuple(_undone(name, written[name], facts.get(name)) for name in sorted(written))


def _undone(name: AssetName, written: Sequence[Application], facts: AssetFacts | None) -> PlannedComment:
    last = written[-1].intent
    before = _comment_before(written)
    state: ApplyState = "write"
    reason = ""
    if facts is None:
        state, reason = "missing", "The database has no such asset, or this user may not see it."
    elif facts.comment == before:
        state, reason = "unchanged", "What was there before is there again."
    elif facts.comment != last.new_comment:
        state, reason = "left", "It is no longer what was written; somebody changed it since."
    return PlannedComment(
        result_id=last.result_id,
        name=name,
        kind=facts.kind if facts is not None else last.asset_kind,
        new_comment=before,
        comment=facts.comment if facts is not None else "",
        state=state,
        reason=reason,
        action="undo",
        undoes_id=last.application_id,
        decided_by=written[-1].applied_by,
    )


def _comment_before(written: Sequence[Application]) -> str:
    """What was there before the run's own texts, as far back as each took the place of the one before."""
    before = written[-1].intent.old_comment
    for earlier in reversed(written[:-1]):
        if earlier.intent.new_comment != before:
            break
        before = earlier.intent.old_comment
    return before


def count(plan: Iterable[PlannedComment], choices: Mapping[str, Choice]) -> PlanCounts:
    """Count the assets of a plan by their states.

    Args:
        choices: What was chosen in conflicts, by the ids of the results.
    """
    by_state = dict.fromkeys(APPLY_STATES, 0)
    chosen: dict[Choice | None, int] = {"ours": 0, "theirs": 0, None: 0}
    for each in plan:
        by_state[each.state] += 1
        if each.state == "conflict":
            chosen[choices.get(each.result_id)] += 1
    return PlanCounts(
        by_state["write"],
        by_state["conflict"],
        by_state["unchanged"],
        by_state["missing"],
        by_state["left"],
        open=chosen[None],
        ours=chosen["ours"],
    )


def to_write(plan: Iterable[PlannedComment], choices: Mapping[str, Choice]) -> list[PlannedComment]:
    """Return what would be written: what needs no choice, and conflicts in which ours was chosen."""
    return [
        each
        for each in plan
        if each.state == "write" or (each.state == "conflict" and choices.get(each.result_id) == "ours")
    ]
