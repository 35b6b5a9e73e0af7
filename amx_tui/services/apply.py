"""Applying a run: its descriptions become comments in the database that it described, and can be taken back."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from amx_tui import __version__
from amx_tui.domain.applications import Action, Application, Destination, standing
from amx_tui.domain.applying import (
    Choice,
    Description,
    LeftOut,
    PlannedComment,
    newest_of_each,
    plan_comments,
    plan_undo,
    split_decided,
    to_write,
)
from amx_tui.domain.assets import AssetFacts, AssetName
from amx_tui.domain.errors import (
    AmxError,
    ConfigError,
    PermissionDeniedError,
    ReadOnlyError,
    UnsupportedHostError,
)
from amx_tui.domain.names import is_at_or_below
from amx_tui.domain.results import Result
from amx_tui.domain.runs import RunDetail
from amx_tui.domain.text import one_line
from amx_tui.drafts.sessions import holding_session
from amx_tui.services.apply_batches import Batches, Progress
from amx_tui.services.apply_plans import ApplyPlan, ApplyReport, PlanBasis
from amx_tui.services.described import described_profile, open_warehouse
from amx_tui.services.rights import reason_against, refusal
from amx_tui.services.settling import is_abandoned, open_note, settled_note, settled_outcome

if TYPE_CHECKING:
    from amx_tui.config.model import Profile
    from amx_tui.services.workspace import Workspace
    from amx_tui.warehouse import Warehouse

__all__ = ["Apply"]

_MOST_SHOWN = 80
_DOING = "applying"
"""What a refusal calls it."""


class Apply:
    """The applying of runs from one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def reason_against(self) -> str:
        """Say why this member cannot write comments, as far as is known without asking; empty if it may."""
        return reason_against(self._workspace, "edit", doing=_DOING)

    async def applications(self, run_id: str) -> tuple[Application, ...]:
        """Read what was ever written, or meant to be, of a run."""
        return await self._workspace.store.applications.of_run(run_id)

    async def applications_of(self, result: Result) -> tuple[Application, ...]:
        """Read what was ever written, or meant to be, of one result."""
        return await self._workspace.store.applications.of_result(result.run_id, result.result_id)

    # ---- Planning ------------------------------------------------------------------------------------------

    async def plan(
        self, reference: str, *, profile: str = "", table: str = "", settle: bool = True
    ) -> ApplyPlan:
        """Hold what a run says against the database that it described.

        Intents that a program left open when it ended are settled first.

        Args:
            reference: The run; see `History.open`.
            profile: The profile of the described database; by default the one that the run names.
            table: A qualified name: only that asset and all below it.
            settle: Whether to settle what was left open; otherwise the plan only says so.

        Raises:
            NotFoundError: There is no such run, or no such profile.
            ConfigError: The profile here leads elsewhere, so `profile` must say which one it is.
            StoreError: The store or the described database does not answer.
        """
        return await self._plan(reference, "apply", profile, table, settle)

    async def plan_undo(
        self, reference: str, *, profile: str = "", table: str = "", settle: bool = True
    ) -> ApplyPlan:
        """Plan the way back of what was applied of a run.

        Args:
            reference: The run.
            profile: The profile of the database that was written to; by default the one that the run names.
            table: A qualified name: only that asset and all below it.
            settle: Whether to settle what was left open; otherwise the plan only says so.

        Raises:
            NotFoundError: There is no such run, or no such profile.
            ConfigError: The profile here leads elsewhere, so `profile` must say which one it is.
            StoreError: The store or the described database does not answer.
        """
        return await self._plan(reference, "undo", profile, table, settle)

    async def _plan(self, reference: str, action: Action, named: str, table: str, settle: bool) -> ApplyPlan:
        detail = await self._workspace.history.detail(reference)
        profile = await self._profile(detail, named)
        run_id = detail.run.run_id
        store = self._workspace.store.applications
        async with self._warehouse(profile) as warehouse:
            trail = await store.of_run(run_id)
            descriptions = newest_of_each(await store.descriptions(run_id))
            decided, left_out = split_decided(descriptions)
            names = {each.name for each in decided} if action == "apply" else set()
            names |= {each.intent.name for each in trail}
            facts = await warehouse.facts(names, only_comments=True)
            trail, notes = await self._settled(run_id, trail, warehouse, facts, settle=settle)
            # What went to another database says nothing about this one.
            here = [each for each in trail if each.destination.db_place == warehouse.place]
            items = plan_comments(decided, facts, here) if action == "apply" else plan_undo(here, facts)
            if not named:
                _require_any(detail, items, warehouse)
            if table:
                items = tuple(item for item in items if is_at_or_below(item.name.qname, table))
                left_out = LeftOut()
            if action == "undo":
                notes += _elsewhere(trail, warehouse)
                left_out = LeftOut()
            if warehouse.note:
                notes.append(warehouse.note)
            refusal = await self._refusal(warehouse)
            basis = self._basis(descriptions, trail)
            return ApplyPlan(
                detail, action, profile, warehouse.place, items, left_out, tuple(notes), refusal, basis
            )

    async def is_outdated(self, plan: ApplyPlan) -> bool:
        """Say whether somebody has decided or applied since a plan was made; the described database is not asked.

        Raises:
            StoreError: The store does not answer.
        """
        store = self._workspace.store.applications
        descriptions = newest_of_each(await store.descriptions(plan.run_id))
        return self._basis(descriptions, await store.of_run(plan.run_id)) != plan.basis

    def _basis(self, descriptions: Iterable[Description], trail: Iterable[Application]) -> PlanBasis:
        """What a plan rests on. Our own attempts are no news: their outcomes stand on the plan."""
        own = str(self._workspace.identity)
        decisions = {(each.result_id, each.evaluation, each.text) for each in descriptions}
        attempts = {(each.intent.application_id, each.status, "") for each in trail if each.who != own}
        return frozenset(decisions | attempts)

    async def _profile(self, detail: RunDetail, named: str) -> Profile:
        """Find the profile, and refuse one that leads elsewhere than earlier applications went."""
        places: Collection[str] = ()
        if not named and detail.run.db_profile:
            before = await self._workspace.store.applications.newest_of_profile(detail.run.db_profile)
            places = (before.db_place,) if before is not None else ()
        return described_profile(self._workspace.config, detail, named=named, places=places)

    @asynccontextmanager
    async def _warehouse(self, profile: Profile) -> AsyncIterator[Warehouse]:
        warehouse = await open_warehouse(profile, self._workspace.environ)
        try:
            yield warehouse
        finally:
            await warehouse.close()

    async def _settled(
        self,
        run_id: str,
        trail: tuple[Application, ...],
        warehouse: Warehouse,
        facts: Mapping[AssetName, AssetFacts],
        *,
        settle: bool,
    ) -> tuple[tuple[Application, ...], list[str]]:
        """Settle what was left open here, and say what stays open; the trail as it is then."""
        now = datetime.now(UTC)
        workspace = self._workspace
        is_open = [each for each in trail if each.status == "intended"]
        left = [each for each in is_open if is_abandoned(each, workspace.identity, workspace.home, now)]
        busy = [each for each in is_open if each not in left]
        here = [each for each in left if each.destination.db_place == warehouse.place]
        other = [each for each in left if each.destination.db_place != warehouse.place]
        notes = [open_note(busy, "being written right now")]
        elsewhere = one_line(other[0].destination.db_place, _MOST_SHOWN) if other else ""
        notes.append(open_note(other, f"left open in {elsewhere}, which the profile must name to settle"))
        if here and (not settle or self.reason_against()):
            notes.append(open_note(here, "left open by a program that ended; applying settles"))
        elif here:
            outcomes = [settled_outcome(each, facts) for each in here]
            store = workspace.store.applications
            settling = store.settle(
                outcomes, run_id=run_id, identity=workspace.identity, place=warehouse.place
            )
            settled = set(await settling)
            notes.append(settled_note(each for each in outcomes if each.application_id in settled))
            trail = await store.of_run(run_id)
        return trail, [note for note in notes if note]

    async def _refusal(self, warehouse: Warehouse) -> AmxError | None:
        """Why nothing can be written: the member's role, the database, or rights that the trail needs."""
        if (error := await refusal(self._workspace, "edit", doing=_DOING)) is not None:
            return error
        reason = warehouse.reason_against_writing()
        if reason:
            return UnsupportedHostError(reason)
        try:
            lacking = await self._workspace.store.applications.lacking_rights()
        except ReadOnlyError as error:
            return error
        return self._lacking(lacking) if lacking else None

    def _lacking(self, lacking: Mapping[str, Sequence[str]]) -> AmxError:
        """Say which GRANTs the audit trail needs."""
        from amx_tui.store.grants import role_grants

        host = self._workspace.config.host
        user = host.values.get("user") if host is not None else None
        named = {"user": user} if isinstance(user, str) and user else {}
        grants = role_grants(self._workspace.store.tables, "writer", wanted=lacking, **named)
        tables = ", ".join(lacking)
        return PermissionDeniedError(
            f"Your database user may not write the audit trail ({tables}), so no comment is written.",
            hint=f"Have the DBA run: {grants}",
        )

    # ---- Writing -------------------------------------------------------------------------------------------

    async def run(
        self,
        plan: ApplyPlan,
        choices: Mapping[str, Choice],
        *,
        only: Collection[str] | None = None,
        on_progress: Callable[[int, int, str], None] | None = None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> ApplyReport:
        """Write the comments of a plan, a batch at a time.

        Before each batch the comments are read once more, and its intents are stored; after it, its outcomes. A
        failure does not stop the rest; what stops all of it, such as a host that went away, is in the report.

        Args:
            plan: What `plan` or `plan_undo` returned.
            choices: What was chosen in conflicts, by the ids of the results; others are left alone.
            only: The ids of the results to be written, where it is not all of them: those that failed before.
            on_progress: Told how many of how many are done, and which one is next.
            is_cancelled: Asked between batches.

        Raises:
            AmxError: Nothing may be written at all; nothing was.
        """
        if plan.refusal is not None:
            raise plan.refusal
        if (error := await refusal(self._workspace, "edit", doing=_DOING)) is not None:
            raise error
        wanted = [item for item in to_write(plan.items, choices) if only is None or item.result_id in only]
        order = {item.result_id: number for number, item in enumerate(wanted)}

        def tell(done: int, following: PlannedComment) -> None:
            if on_progress is not None:
                on_progress(done, len(wanted), following.name.qname)

        progress = Progress()
        try:
            async with self._batches(plan) as batches:
                running = batches.run(wanted, on_batch=tell, is_cancelled=is_cancelled)
                progress = await _to_its_end(running)
        except AmxError as problem:
            progress.error = problem
        if wanted and len(progress.results) == len(wanted):
            tell(len(wanted), wanted[-1])
        return ApplyReport.of(
            sorted(progress.results, key=lambda result: order[result.result_id]),
            len(wanted),
            is_cancelled=progress.is_cancelled,
            error=progress.error,
        )

    @asynccontextmanager
    async def _batches(self, plan: ApplyPlan) -> AsyncIterator[Batches]:
        """What writes batches: the described database and the audit trail, open, under a session of their own."""
        workspace = self._workspace
        session_id = str(uuid.uuid4())
        destination = Destination(
            plan.profile.name, plan.profile.require_backend().name, plan.place, session_id
        )
        with holding_session(workspace.home, session_id):
            async with self._warehouse(plan.profile) as warehouse:
                yield Batches(
                    warehouse,
                    workspace.store.applications,
                    destination,
                    run_id=plan.run_id,
                    identity=workspace.identity,
                    client_version=__version__,
                )


async def _to_its_end(running: Coroutine[Any, Any, Progress]) -> Progress:
    """Let what was begun come to its end even where nobody waits any more, so that nothing of it stays open."""
    task = asyncio.create_task(running)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def _require_any(detail: RunDetail, items: Sequence[PlannedComment], warehouse: Warehouse) -> None:
    """Refuse a database that has nothing of what the run described: it is hardly the one."""
    if items and all(item.state == "missing" for item in items):
        raise ConfigError(
            f"None of the {len(items)} assets of run {detail.run.run_id} is in {warehouse.place}.",
            hint="Say with --profile which profile leads to the database that the run described.",
        )


def _elsewhere(trail: Sequence[Application], warehouse: Warehouse) -> list[str]:
    """Say what was written to other databases, which undoing here does not reach."""
    others: dict[str, list[Application]] = {}
    for each in trail:
        if each.destination.db_place != warehouse.place:
            others.setdefault(each.destination.db_place, []).append(each)
    counted = {place: len(standing(written)) for place, written in others.items()}
    return [
        f"{count} comment{'s' if count > 1 else ''} of this run stand in {one_line(place, _MOST_SHOWN)}, not here."
        for place, count in counted.items()
        if count
    ]
