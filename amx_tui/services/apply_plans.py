"""What is known before a run is applied, and after: the plan, where it goes, and what became of each comment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from amx_tui.domain.applications import Action
from amx_tui.domain.applying import LeftOut, PlannedComment
from amx_tui.domain.assets import AssetName
from amx_tui.domain.errors import AmxError
from amx_tui.domain.runs import RunDetail

if TYPE_CHECKING:
    from amx_tui.config.model import Profile

__all__ = [
    "ApplyPlan",
    "ApplyReport",
    "CommentResult",
    "PlanBasis",
    "ResultStatus",
    "after",
    "result_word",
]

ResultStatus = Literal["written", "unchanged", "changed", "missing", "refused", "failed", "unknown"]

_WORDS: dict[ResultStatus, str] = {
    "written": "✓ written",
    "unchanged": "= unchanged",
    "changed": "⚠ changed meanwhile",
    "missing": "✗ not there",
    "refused": "– left alone",
    "failed": "✗ failed",
    "unknown": "? unknown",
}


def result_word(status: ResultStatus, action: Action = "apply") -> str:
    """What became of a comment as it is shown: a sign and a word."""
    if action == "undo" and status == "written":
        return "↶ restored"
    return _WORDS[status]


PlanBasis = frozenset[tuple[str, str, str]]
"""What a plan is made of: each decision, and each attempt of others, with the state that it is in."""


@dataclass(frozen=True, slots=True)
class ApplyPlan:
    """What applying a run, or undoing that, would write."""

    detail: RunDetail
    action: Action
    profile: Profile
    place: str
    """The database exactly: its host, port and name, or its file."""
    items: tuple[PlannedComment, ...]
    left_out: LeftOut = field(default_factory=LeftOut)
    notes: tuple[str, ...] = ()
    """What should be known before the first comment is written, each a sentence."""
    refusal: AmxError | None = None
    """Why nothing can be written; the plan can be looked at all the same."""
    basis: PlanBasis = frozenset()
    """What the store said when it was made; see `Apply.is_outdated`."""

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.detail.run.run_id

    @property
    def backend_title(self) -> str:
        """What kind of database is written to: `PostgreSQL`."""
        return self.profile.require_backend().title

    @property
    def schemas(self) -> tuple[str, ...]:
        """The schemas that have comments to be written, sorted."""
        touched = (item for item in self.items if item.state in {"write", "conflict"})
        return tuple(sorted({item.name.schema_name for item in touched if item.name.schema_name}))


@dataclass(frozen=True, slots=True)
class CommentResult:
    """What became of one comment."""

    result_id: str
    name: AssetName
    status: ResultStatus
    text: str = ""
    """Why, in a sentence; empty where it was written."""
    hint: str = ""
    comment: str = ""
    """What the database holds now, as far as is known."""

    @property
    def is_failure(self) -> bool:
        """Whether it was to be written and is not, for a reason that may go away."""
        return self.status in {"failed", "unknown", "missing", "refused"}


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """What became of a plan."""

    results: tuple[CommentResult, ...] = ()
    """In the order of the plan; comments that were not reached are not among them."""
    planned: int = 0
    """How many were to be written."""
    is_cancelled: bool = False
    error: AmxError | None = None
    """What stopped it before its end."""
    counts: Mapping[ResultStatus, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        results: Sequence[CommentResult],
        planned: int,
        *,
        is_cancelled: bool = False,
        error: AmxError | None = None,
    ) -> ApplyReport:
        """Count results."""
        counts: dict[ResultStatus, int] = dict.fromkeys(_WORDS, 0)
        for result in results:
            counts[result.status] += 1
        return cls(tuple(results), planned, is_cancelled, error, counts)

    @property
    def failures(self) -> int:
        """How many were to be written and are not."""
        return sum(1 for result in self.results if result.is_failure)


def after(items: Iterable[PlannedComment], results: Iterable[CommentResult]) -> tuple[PlannedComment, ...]:
    """Return the items of a plan as they stand after some of them were written."""
    by_id = {result.result_id: result for result in results}
    return tuple(_after(item, by_id.get(item.result_id)) for item in items)


def _after(item: PlannedComment, result: CommentResult | None) -> PlannedComment:
    if result is None:
        return item
    match result.status:
        case "written" | "unchanged":
            return replace(item, state="unchanged", comment=item.new_comment, reason="")
        case "changed":
            state: Literal["left", "conflict"] = "left" if item.action == "undo" else "conflict"
            return replace(item, state=state, comment=result.comment, reason=result.text)
        case "missing":
            return replace(item, state="missing", comment="", reason=result.text)
        case _:
            return item
