"""Settling differences where they are seen: one at a time, all that are shown, and back again."""

from __future__ import annotations

from asyncio import Lock, to_thread
from collections.abc import Awaitable, Sequence

from textual import work

from amx_tui.domain.compare import CompareFilter, CompareRow
from amx_tui.domain.errors import AmxError, StaleVersionError
from amx_tui.drafts.texts import TextDraft
from amx_tui.services.compare import Settled
from amx_tui.ui.screens.compare.reading import ComparisonScreen
from amx_tui.ui.screens.dialogs.choice import ChoiceDialog
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.dialogs.text import TextDialog

__all__ = ["SettlingScreen"]


class SettlingScreen(ComparisonScreen):
    """A comparison in which decisions are made.

    They are stored one after the other in the order of the keys, behind the screen.
    """

    def __init__(self, references: Sequence[str], wanted: CompareFilter | None = None) -> None:
        super().__init__(references, wanted)
        self._order = Lock()

    def reason_against_settling(self) -> str:
        """Say why the difference under the cursor cannot be settled; empty if it can."""
        comparison, row = self.comparison, self.current_row
        if comparison is None or row is None:
            return "There is no asset under the cursor."
        return self.workspace.compare.reason_against_settling(comparison, row)

    def take(self, side: int) -> None:
        """Take a side's description for the asset under the cursor, and go to the next difference."""
        comparison, row = self.comparison, self.current_row
        if comparison is None or row is None:
            return
        if side >= len(comparison.sides):
            self.amx.say(
                f"There are {len(comparison.sides)} sides here; alt+{side + 1} goes to another screen.",
                severity="warning",
            )
            return
        reason = self.reason_against_settling()
        if not reason and row.cells[side].description is None:
            reason = f"{comparison.sides[side].name} has no description to take."
        if reason:
            self.amx.say(reason, title="Not settled", severity="warning")
            return
        self._settle(row, side, None)

    @work(group="compare.settle", exit_on_error=False)
    async def _settle(
        self, row: CompareRow, side: int | None, text: str | None, draft: TextDraft | None = None
    ) -> None:
        comparison = self.comparison
        if comparison is None:
            return
        async with self._order:
            taking = self.workspace.compare.settle(comparison, row, side=side, text=text)
            settled = await self._settled(taking, row)
        if settled is not None:
            if draft is not None:
                await self.run_use_case(to_thread(draft.drop), what="Dropping the draft")
            whose = "the edited text" if side is None else comparison.sides[side].name
            self.amx.say(f"Took {whose} for {row.target_qname}. u takes it back.", title="Settled")
            self.go_to_difference(1)

    async def _settled(self, work: Awaitable[Settled], row: CompareRow | None) -> Settled | None:
        """Await a settling and show what became of it; a conflict shows the row as it is now."""
        try:
            settled = await work
        except StaleVersionError as error:
            self.amx.report_error(error, what="Settling")
            settled = None
        except AmxError as error:
            self.amx.report_error(error, what="Settling")
            return None
        await self._freshen(row)
        return settled

    async def _freshen(self, row: CompareRow | None) -> None:
        """Read the row again, or all that is shown, and the counts."""
        comparison = self.comparison
        if comparison is None:
            return
        if row is None:
            self.read()
            return
        self.forget(row.key)
        fresh = await self.run_use_case(
            self.workspace.compare.row(comparison, row.key), what="Reading the asset"
        )
        counts = await self.run_use_case(self.workspace.compare.counts(comparison), what="Counting")
        if counts is not None:
            self.show_counts(counts)
        if fresh is not None:
            self.lines.replace_row(fresh)
            self.redraw_current()

    def go_to_difference(self, step: int) -> None:
        """Go to the next difference; the subclass knows how."""
        raise NotImplementedError

    @work(exclusive=True, group="compare.ask", exit_on_error=False)
    async def action_edit(self) -> None:
        """Edit the description and take that."""
        row, comparison = self.current_row, self.comparison
        if row is None or comparison is None:
            return
        texts = await self.run_use_case(self.whole_texts(row), what="Reading the results")
        if texts is None:
            return
        order = (comparison.newer, *range(len(row.cells)))
        text = next((found for index in order if (found := texts[index])), "")
        draft = TextDraft(self.workspace.home, row.cells[comparison.newer].result_id or row.target_qname)
        dialog = TextDialog(
            f"Description of {row.target_qname}", text, typed=await to_thread(draft.read), keep=draft.keep
        )
        edited = await self.app.push_screen_wait(dialog)
        if edited is None or not edited.strip():
            await self.run_use_case(to_thread(draft.drop), what="Dropping the draft")
        else:
            # Kept until the store has it, whatever happens to the saving.
            await self.run_use_case(to_thread(draft.keep, edited), what="Keeping the draft")
            self._settle(row, None, edited.strip(), draft)

    @work(exclusive=True, group="compare.ask", exit_on_error=False)
    async def action_take_all(self) -> None:
        """Take one side's descriptions for all differences shown, after asking once."""
        comparison = self.comparison
        if comparison is None:
            return
        names = [f"{side.who}'s, {side.name}" for side in comparison.sides]
        side = await self.app.push_screen_wait(ChoiceDialog("Take all of whose descriptions?", names))
        if side is None:
            return
        counting = self.workspace.compare.settle_preview(comparison, side)
        count = await self.run_use_case(counting, what="Counting")
        if not count:
            if count is not None:
                self.amx.say("There is nothing to settle with that side here.", severity="warning")
            return
        below = f" below {self.filter.name}" if self.filter.name else ""
        question = (
            f"Take {comparison.sides[side].name} for {count:,} difference{'' if count == 1 else 's'}{below}?"
        )
        details = (
            f"They become the decisions of {comparison.sides[comparison.newer].name}. u takes them all back."
        )
        if await self.app.push_screen_wait(ConfirmDialog(question, details=details, confirm="Take all")):
            async with self._order:
                settled = await self._settled(self.workspace.compare.settle_all(comparison, side), None)
            self._say_count(settled, "Settled")

    @work(group="compare.settle", exit_on_error=False)
    async def action_undo(self) -> None:
        """Take the last settling back."""
        async with self._order:
            settled = await self._settled(self.workspace.compare.undo(), None)
        self._say_count(settled, "Undone")

    @work(group="compare.settle", exit_on_error=False)
    async def action_redo(self) -> None:
        """Settle again what was taken back."""
        async with self._order:
            settled = await self._settled(self.workspace.compare.redo(), None)
        self._say_count(settled, "Settled again")

    def _say_count(self, settled: Settled | None, title: str) -> None:
        if settled is None:
            return
        message = f"{settled.count:,} decision{'' if settled.count == 1 else 's'}."
        if settled.stale:
            message += f" {len(settled.stale):,} were changed by others meanwhile and left as they are."
        self.amx.say(message, title=title, severity="warning" if settled.stale else "information")
