"""Settling differences where they are seen: one at a time, all that are shown, and back again."""

from __future__ import annotations

from asyncio import Lock, Task, create_task, gather, shield, to_thread
from collections.abc import Awaitable, Coroutine, Hashable, Sequence
from typing import Any

from textual import work

from amx_tui.domain.compare import AssetKey, CompareCursor, CompareFilter, CompareRow, Comparison
from amx_tui.domain.errors import AmxError
from amx_tui.drafts.texts import TextDraft
from amx_tui.export.wording import filter_text
from amx_tui.services.compare import Settled
from amx_tui.ui.screens.compare.reading import ComparisonScreen
from amx_tui.ui.screens.dialogs.choice import ChoiceDialog
from amx_tui.ui.screens.dialogs.text import TextDialog
from amx_tui.ui.widgets.bars import Bar

__all__ = ["SettlingScreen"]


class SettlingScreen(ComparisonScreen):
    """A comparison in which decisions are made.

    They are stored one after the other in the order of the keys, behind the screen, which has moved on already; a
    decision that is under way is stored although the screen is left.
    """

    def __init__(self, references: Sequence[str], wanted: CompareFilter | None = None) -> None:
        super().__init__(references, wanted)
        self._order = Lock()
        self._steps: set[Task[None]] = set()
        self._done: list[AssetKey | None] = []
        """What was settled here, the last one at the end; None stands for many at once."""
        self._undone: list[AssetKey | None] = []

    def _in_turn(self, step: Coroutine[Any, Any, None]) -> None:
        """Do something after all that was asked for before; leaving the screen does not stop it."""

        async def do() -> None:
            async with self._order:
                await step

        task = create_task(do())
        for tasks in (self._steps, self.amx.session.storing):
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        self._watch(task)

    @work(group="compare.settle", exit_on_error=False, description="Settling")
    async def _watch(self, task: Task[None]) -> None:
        """Let what ends a step unforeseen be said."""
        await shield(task)

    @property
    def is_open(self) -> bool:
        """Whether the screen has not been left."""
        return any(screen is self for screen in self.amx.screens_of_kind(SettlingScreen))

    # ---- one difference ------------------------------------------------------------------------------

    def reason_against_settling(self) -> str:
        """Say why the difference under the cursor cannot be settled; empty if it can."""
        comparison, row = self.comparison, self.current_row
        if comparison is None or row is None:
            return "There is no asset under the cursor."
        return self.workspace.compare.reason_against_settling(comparison, row)

    def take(self, side: int) -> None:
        """Take a side's description for the asset under the cursor, and go to the next difference."""
        comparison, row = self.comparison, self.current_row
        if comparison is None:
            return
        if side >= len(comparison.sides):
            self.amx.say(
                f"There are {len(comparison.sides)} sides here; alt+{side + 1} goes to another screen.",
                severity="warning",
            )
            return
        reason = self.reason_against_settling()
        if not reason and row is not None and row.cells[side].description is None:
            reason = f"{comparison.sides[side].name} has no description to take."
        if reason or row is None:
            self.amx.say(reason, title="Not settled", severity="warning")
            return
        self._settle(comparison, row, side=side)

    def _settle(
        self,
        comparison: Comparison,
        row: CompareRow,
        *,
        side: int | None = None,
        text: str | None = None,
        draft: TextDraft | None = None,
    ) -> None:
        """Go on to the next difference, and settle this one behind it."""
        self.go_to_difference(1, quietly=True)
        self._in_turn(self._settle_one(comparison, row, side, text, draft, self.lines.current_key))

    async def _settle_one(
        self,
        comparison: Comparison,
        row: CompareRow,
        side: int | None,
        text: str | None,
        draft: TextDraft | None,
        gone_to: Hashable | None,
    ) -> None:
        settling = self.workspace.compare.settle(comparison, row, side=side, text=text)
        settled = await self._outcome(settling, f"Settling {row.target_qname}")
        if settled is None:
            if draft is not None:
                self.amx.say("What you typed is kept: e on it goes on with that.", title=row.target_qname)
        else:
            whose = "the edited text" if side is None else comparison.sides[side].name
            self._say_done(f"Took {whose} for {row.target_qname}. u takes it back.", title="Settled")
            self._done.append(row.key)
            self._undone.clear()
            if draft is not None:
                await self.run_use_case(to_thread(draft.drop), what="Dropping the draft")
        await self._freshen(row.key)
        # Nobody has acted on the next one yet, so that going back to what was refused takes no key by surprise.
        if settled is None and self.is_open and len(self._steps) == 1 and self.lines.current_key == gone_to:
            self.lines.go_to(row.key)

    async def _outcome(self, work: Awaitable[Settled], what: str) -> Settled | None:
        """Await a settling; None where it was refused, which is said."""
        try:
            return await work
        except AmxError as error:
            self.amx.report_error(error, what=what)
            return None

    async def _freshen(self, key: AssetKey, *, goes_there: bool = False) -> None:
        """Read an asset and the counts again; where it is not in memory it is gone to all the same."""
        comparison = self.comparison
        if comparison is None or not self.is_open:
            return
        compare = self.workspace.compare
        reading = gather(compare.row(comparison, key), compare.counts(comparison))
        read = await self.run_use_case(reading, what="Reading what is stored now")
        if read is None or not self.is_open:
            return
        row, counts = read
        self.show_counts(counts)
        if row is not None:
            self.lines.replace_row(row)
        if goes_there and any(isinstance(line, CompareRow) and line.key == key for line in self.lines.rows):
            self.lines.go_to(key)
        elif goes_there:
            self.folded_tables.discard(key[:2])
            self.jump(CompareCursor(*key))
        self.redraw_current()

    def go_to_difference(self, step: int, *, quietly: bool = False) -> None:
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

        async def answered(edited: str | None) -> None:
            if edited is None:
                await self.run_use_case(to_thread(draft.drop), what="Dropping the draft")
            else:
                # Kept until the store has it, whatever happens to the saving.
                await self.run_use_case(to_thread(draft.keep, edited), what="Keeping the draft")
                self._settle(comparison, row, text=edited.strip(), draft=draft)

        self.app.push_screen(dialog, answered)

    # ---- all that are shown, and back again ----------------------------------------------------------

    @work(exclusive=True, group="compare.ask", exit_on_error=False)
    async def action_take_all(self) -> None:
        """Take one side's descriptions for all differences shown, after asking once."""
        comparison = self.comparison
        if comparison is None:
            return
        compare = self.workspace.compare
        sides = range(len(comparison.sides))
        counting = gather(*(compare.settle_preview(comparison, side) for side in sides))
        counts = await self.run_use_case(counting, what="Counting")
        if counts is None:
            return
        if not any(counts):
            self.amx.say("There is no difference here that is not settled already.", severity="warning")
            return
        shown = filter_text(comparison)
        dialog = ChoiceDialog(
            f"Take whose descriptions for all differences{f' shown ({shown})' if shown else ''}?",
            [
                f"{side.name}  {_decisions(count)}{'' if count else ' to take'}"
                for side, count in zip(comparison.sides, counts, strict=True)
            ],
            details=f"They become decisions of the newer run, {comparison.sides[comparison.newer].name}. "
            "u takes them all back.",
            denied=[side for side in sides if not counts[side]],
        )

        def answered(side: int | None) -> None:
            if side is not None:
                self._in_turn(self._settle_all(comparison, side))

        self.app.push_screen(dialog, answered)

    async def _settle_all(self, comparison: Comparison, side: int) -> None:
        settled = await self._outcome(self.workspace.compare.settle_all(comparison, side), "Settling")
        if settled is not None and settled.count:
            self._done.append(None)
            self._undone.clear()
        self._say_count(settled, "Settled", hint=" u takes them back.")
        self._read_all()

    def action_undo(self) -> None:
        """Take the last settling back."""
        self._in_turn(self._undo())

    async def _undo(self) -> None:
        settled = await self._outcome(self.workspace.compare.undo(), "Taking back")
        if settled is None:
            return
        key = self._done.pop() if self._done else None
        self._undone.append(key)
        self._say_count(settled, "Taken back")
        await self._show_where(key)

    def action_redo(self) -> None:
        """Settle again what was taken back."""
        self._in_turn(self._redo())

    async def _redo(self) -> None:
        settled = await self._outcome(self.workspace.compare.redo(), "Settling again")
        if settled is None:
            return
        key = self._undone.pop() if self._undone else None
        self._done.append(key)
        self._say_count(settled, "Settled again")
        await self._show_where(key)

    async def _show_where(self, key: AssetKey | None) -> None:
        if key is None:
            self._read_all()
        else:
            await self._freshen(key, goes_there=True)

    def _read_all(self) -> None:
        if self.is_open:
            self.read()

    def _say_count(self, settled: Settled | None, title: str, *, hint: str = "") -> None:
        if settled is None:
            return
        message = f"{_decisions(settled.count)}.{hint if settled.count else ''}"
        if settled.stale:
            left = f"{len(settled.stale):,} changed by others meanwhile and left as it is."
            self.amx.say(f"{message} {left}", title=title, severity="warning")
        else:
            self._say_done(message, title=title)

    def _say_done(self, message: str, *, title: str) -> None:
        """Say what was done on a line of its own: a toast for each of many keys would cover the texts."""
        if self not in self.amx.screen_stack:
            self.amx.say(message, title=title)
            return
        self.amx.log_message(title, message)
        bar = self.query_one("#settled", Bar)
        bar.display = True
        bar.show((("✓ ", "success"), (f"{title}: ", "strong"), (message, "")))


def _decisions(count: int) -> str:
    return f"{count:,} decision{'' if count == 1 else 's'}" if count else "nothing"
