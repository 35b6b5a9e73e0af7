"""Results of the demo's runs: what was drafted, decided and applied, drawn from a fixed seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid5

from amx_tui.domain.names import join_name
from amx_tui.domain.recording import NewResult
from amx_tui.domain.results import Alternative, DecisionState
from amx_tui.services.demo.dictionary import Asset, assets_of
from amx_tui.services.demo.reasoning import FAILURES, REJECTIONS, reasoning_for
from amx_tui.services.demo.story import Chapter, Person, Review

__all__ = ["Draft", "draft_results"]

_NAMESPACE = UUID("6ed33ffd-5d3c-5a0c-9d0b-6f4d1a0a7c11")
_SHARES: dict[Review, float] = {"all": 1.0, "most": 0.8, "high": 1.0, "some": 0.4, "none": 0.0}
_MOST_ALTERNATIVES = 3
_LOCKED = "database is locked"


@dataclass(frozen=True, slots=True)
class Draft:
    """What the results of one run need to know about it."""

    chapter: Chapter
    started_at: datetime
    ended_at: datetime
    """When the last result was saved."""
    now: datetime
    """Nothing was decided or applied later than this."""


def draft_results(draft: Draft, comments: dict[str, str]) -> list[NewResult]:
    """Draft, decide and apply one run.

    Args:
        draft: The run.
        comments: The comments in the warehouse by qualified name; what the run applies is added.
    """
    chapter = draft.chapter
    random = Random(f"{chapter.when}/{chapter.person.username}")
    assets = [asset for schema, tables in chapter.scope.items() for asset in assets_of(schema, tables)]
    reached = assets[: max(1, round(len(assets) * chapter.progress))]
    moments = _moments(draft.started_at, draft.ended_at, len(reached))
    found: list[NewResult] = []
    for asset, moment in zip(reached, moments, strict=True):
        found += _drafted(draft, asset, moment, comments.get(asset.name, ""), random)
    return [_applied(draft, result, comments, random) for result in _decided(draft, found, random)]


def _moments(start: datetime, end: datetime, count: int) -> Iterator[datetime]:
    """Moments evenly spread over a run, behind a first tenth in which the schema was read."""
    first = start + (end - start) / 10
    return (first + (end - first) * (number + 1) / count for number in range(count))


def _drafted(
    draft: Draft, asset: Asset, moment: datetime, comment: str, random: Random
) -> Iterator[NewResult]:
    """The result for one asset; now and then a failed attempt and the one that replaced it."""
    person = draft.chapter.person
    is_odd = asset.column.startswith("x_")
    failed = random.random() < person.failure_rate or (is_odd and person.voice > 0)
    confidence, score = _confidence(asset, random)
    alternatives = () if failed else _alternatives(asset, person, confidence, random)
    result = NewResult(
        result_id=str(uuid5(_NAMESPACE, f"{draft.chapter.when}/{person.username}/{asset.name}")),
        schema_name=asset.schema,
        table_name=asset.table,
        column_name=asset.column,
        asset_kind=asset.kind,
        saved_at=moment,
        source=random.choice(("combined", "combined", "db_profile", "codebase")),
        confidence="low" if failed else confidence,
        logprob_score=None if failed or person.llm[0] == "ollama" else score,
        reasoning="" if failed else reasoning_for(asset, confidence, random),
        model_version=person.llm[2],
        alternatives=alternatives,
        seen_comment=comment,
        error_text=random.choice(FAILURES) if failed else "",
    )
    if not failed and not is_odd and random.random() < 0.006:
        yield _first_attempt(result, random)
    yield result


def _first_attempt(result: NewResult, random: Random) -> NewResult:
    """A failed attempt that `result`, saved later in the same run, replaced."""
    saved_at = result.saved_at
    return replace(
        result,
        result_id=str(uuid5(_NAMESPACE, f"{result.result_id}/first attempt")),
        saved_at=saved_at - timedelta(seconds=2) if saved_at else None,
        confidence="low",
        logprob_score=None,
        reasoning="",
        alternatives=(),
        error_text=random.choice(FAILURES[:2]),
        superseded_at=saved_at,
    )


def _confidence(asset: Asset, random: Random) -> tuple[str, float]:
    """How sure the model was, in words and as a mean log probability."""
    if asset.column.startswith("x_"):
        return "low", -round(random.uniform(0.7, 1.4), 4)
    value = random.random()
    if value < 0.62:
        return "high", -round(random.uniform(0.03, 0.25), 4)
    if value < 0.9:
        return "medium", -round(random.uniform(0.26, 0.6), 4)
    return "low", -round(random.uniform(0.61, 1.3), 4)


def _alternatives(asset: Asset, person: Person, confidence: str, random: Random) -> tuple[Alternative, ...]:
    """The asset's phrases, this person's own way first; a sure model offers fewer."""
    turn = person.voice % len(asset.phrases)
    ordered = list(dict.fromkeys([*asset.phrases[turn:], *asset.phrases[:turn]]))
    count = random.choice((1, 2)) if confidence == "high" else _MOST_ALTERNATIVES
    return tuple(Alternative(text) for text in ordered[:count])


def _decided(draft: Draft, results: Sequence[NewResult], random: Random) -> Iterator[NewResult]:
    """Let the reviewer decide about the first part of the results, in their order."""
    chapter = draft.chapter
    reviewer = chapter.reviewer or chapter.person
    until = round(len(results) * _SHARES[chapter.review])
    start = draft.ended_at + timedelta(minutes=random.randrange(2, 25))
    for number, result in enumerate(results):
        moment = start + timedelta(seconds=number * random.randrange(4, 12))
        is_open = number >= until or not result.alternatives or moment >= draft.now
        if is_open or (chapter.review == "high" and result.confidence != "high"):
            yield result
        else:
            yield _decide(result, chapter, reviewer.username, moment, random)


def _decide(result: NewResult, chapter: Chapter, who: str, moment: datetime, random: Random) -> NewResult:
    """Accept, edit or reject one result."""
    texts = [alternative.text for alternative in result.alternatives]
    value = random.random()
    state: DecisionState = "accepted"
    chosen, reason = texts[0], ""
    if chapter.strategy == "reject-all" or (chapter.strategy == "one-by-one" and value > 0.93):
        state, chosen, reason = "skipped", "", random.choice(REJECTIONS)
    elif chapter.strategy == "one-by-one" and value > 0.8:
        state, chosen = "custom", _edited(texts[0], random)
    elif chapter.strategy == "one-by-one" and value > 0.72:
        chosen = texts[-1]
    return replace(
        result,
        evaluation=state,
        chosen_description=chosen,
        evaluated_at=moment,
        evaluated_by=who,
        rejection_reason=reason,
    )


def _edited(text: str, random: Random) -> str:
    """The text as a careful reviewer leaves it: something added, or the second half dropped."""
    head, _, tail = text.partition("; ")
    if tail:
        return f"{head}." if random.random() < 0.5 else f"{head} ({tail.rstrip('.')})."
    addition = random.choice(
        ("Maintained by the data office.", "Do not use in new reports.", "Part of the public data contract.",
         "Empty in rows from before the 2021 migration.", "Checked with the domain owner.")
    )  # fmt: skip
    return f"{text} {addition}"


def _applied(draft: Draft, result: NewResult, comments: dict[str, str], random: Random) -> NewResult:
    """Write the description to the warehouse, where the story has it applied."""
    chapter = draft.chapter
    decided, who = result.evaluated_at, (chapter.reviewer or chapter.person).username
    if not decided or not result.chosen_description or random.random() >= chapter.applied:
        return result
    moment = min(decided + timedelta(minutes=20), draft.now)
    name = join_name([result.schema_name, result.table_name, result.column_name])
    previous = comments.get(name, "")
    if random.random() < 0.01:
        return replace(result, applied_by=who, applied_status="failed", error_text=_LOCKED)
    comments[name] = result.chosen_description
    return replace(
        result,
        applied_at=moment,
        applied_by=who,
        applied_status="applied",
        previous_comment=previous,
    )
