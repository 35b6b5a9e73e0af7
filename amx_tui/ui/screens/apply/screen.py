"""The Apply screen: look, choose, agree, write; and take it back."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType

from amx_tui.domain.applying import Choice
from amx_tui.domain.errors import AmxError
from amx_tui.services.apply_plans import ApplyReport, result_word
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.apply.content import confirmation
from amx_tui.ui.screens.apply.planning import ONLY_VERBS, PlanScreen
from amx_tui.ui.screens.apply.rows import APPLY_FILTERS, PlanRows
from amx_tui.ui.widgets.row_list import RowList
from amx_tui.ui.widgets.text_pane import TextPane

__all__ = ["ApplyScreen"]

_ON_ROW = frozenset({"open", "copy", "theirs", "ours"})
_CHOOSES = frozenset({"theirs", "ours", "all_theirs", "all_ours", "next", "previous"})


class ApplyScreen(PlanScreen):
    """What would be written where, what needs a choice, and what became of it."""

    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "RowList"
    VERBS = (
        Command("apply.write", "a", "Write the comments, after asking", footer="Write"),
        Command("apply.theirs", "1", "Keep the comment that is there", footer="Keep theirs"),
        Command("apply.ours", "2", "Write ours over it", footer="Write ours"),
        Command("apply.retry", "r", "Retry what failed, or look at the database again", footer="Retry"),
        Command("apply.undo", "u", "Take back what was written of this run", footer="Undo"),
        Command("apply.all_theirs", "T", "Keep theirs in all conflicts without a choice"),
        Command("apply.all_ours", "M", "Write ours in all conflicts without a choice"),
        Command("apply.next", "n", "To the next conflict"),
        Command("apply.previous", "N", "To the previous conflict"),
        Command("apply.filter_state", "s", "Show only one state, then the next"),
        *ONLY_VERBS,
        Command("apply.filter", "slash", "Filter by name"),
        Command("apply.open", "enter,o", "Show both texts in full"),
        Command("apply.profile", "p", "Pick the profile of the described database"),
        Command("apply.copy", "y", "Copy the asset's name"),
        Command("apply.next_table", "right_curly_bracket", "To the next table"),
        Command("apply.previous_table", "left_curly_bracket", "To the previous table"),
        Command("apply.back", "escape", "One step back; stops what is being written", in_palette=False),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(VERBS)

    def __init__(self, reference: str, *, profile: str = "", table: str = "", is_undo: bool = False) -> None:
        super().__init__(reference, profile=profile, table=table)
        self._action = "undo" if is_undo else "apply"
        self._is_stopping = False

    # ---- what can be done now ------------------------------------------------------------------------

    def reason_against(self, command: Command) -> str:
        """Writing wants a plan, the right, and a choice in each conflict."""
        verb, plan = command.verb, self.plan
        if verb == "back":
            return ""
        if self.is_writing:
            return "Comments are being written; esc stops after this batch."
        if verb in {"retry", "profile"}:
            return ""
        if plan is None:
            first = "p picks the profile of the database first." if self.must_name_profile else ""
            return first or "The database has not been looked at yet."
        if verb in _ON_ROW and self.lines.current is None:
            return "There is no comment under the cursor."
        if verb in {"write", "undo"} and (reason := self.workspace.apply.reason_against()):
            return reason
        if verb in {"write", "undo"} and plan.plan.refusal is not None:
            return f"{plan.plan.refusal.message} {plan.plan.refusal.hint}".rstrip()
        if verb in _CHOOSES:
            return self._reason_against_choosing(plan, verb)
        if verb == "write":
            return self._reason_against_writing(plan)
        return ""

    def _reason_against_choosing(self, plan: PlanRows, verb: str) -> str:
        if not plan.counts.conflict:
            return "There is no conflict to choose in."
        row = self.lines.current
        if verb in {"theirs", "ours"} and (row is None or row.item.state != "conflict"):
            return "This comment is no conflict; n goes to the next one."
        return ""

    def _reason_against_writing(self, plan: PlanRows) -> str:
        counts = plan.counts
        if counts.open:
            noun = "conflict needs a choice" if counts.open == 1 else "conflicts need a choice"
            return f"{counts.open:,} {noun} first: 1 keeps theirs, 2 writes ours, n goes to the next one."
        if not counts.to_write:
            return (
                "There is nothing to restore." if plan.plan.action == "undo" else "There is nothing to write."
            )
        return ""

    async def finish(self) -> None:
        """Let the batch end that is being written."""
        self._is_stopping = True
        await self.workers.wait_for_complete([worker for worker in self.workers if worker.node is self])

    # ---- choosing ------------------------------------------------------------------------------------

    def action_theirs(self) -> None:
        """Keep the comment that is there."""
        self._choose_here("theirs")

    def action_ours(self) -> None:
        """Write ours over it."""
        self._choose_here("ours")

    def _choose_here(self, choice: Choice) -> None:
        row, plan = self.lines.current, self.plan
        if row is None or plan is None:
            return
        plan.choose([row.item.result_id], choice)
        self.lines.replace_row(plan.row(row.item))
        following = plan.next_conflict(self.lines.rows, row.item.result_id, 1)
        if following is not None:
            self.lines.go_to(following)
        self.show_all()

    def action_all_theirs(self) -> None:
        """Keep theirs wherever nobody has chosen."""
        self._choose_all("theirs")

    def action_all_ours(self) -> None:
        """Write ours wherever nobody has chosen."""
        self._choose_all("ours")

    def _choose_all(self, choice: Choice) -> None:
        plan = self.plan
        if plan is None:
            return
        chosen = plan.open_conflicts()
        plan.choose((item.result_id for item in chosen), choice)
        self.show_rows()
        self.show_all()
        what = "keep theirs" if choice == "theirs" else "will be written over"
        self.amx.say(f"{len(chosen):,} conflict{'' if len(chosen) == 1 else 's'}: {what}.")

    def action_next(self) -> None:
        """Go to the next conflict."""
        self._go_to_conflict(1)

    def action_previous(self) -> None:
        """Go to the previous conflict."""
        self._go_to_conflict(-1)

    def _go_to_conflict(self, step: int) -> None:
        row, plan = self.lines.current, self.plan
        if plan is None:
            return
        key = plan.next_conflict(self.lines.rows, row.item.result_id if row is not None else None, step)
        if key is None:
            self.amx.say(f"There is no {'later' if step > 0 else 'earlier'} conflict.", severity="warning")
        else:
            self.lines.go_to(key)

    # ---- writing -------------------------------------------------------------------------------------

    def action_write(self) -> None:
        """Ask, then write."""
        plan = self.plan
        if plan is not None:
            self._ask(plan, plan.counts.to_write, lambda: self._start(plan))

    def action_retry(self) -> None:
        """Retry what failed, or look at the database again."""
        plan = self.plan
        if self.amx.store_view.kind in {"offline", "failed"}:
            self.amx.retry_store()
        elif plan is None or not plan.failed:
            self.read(self._action)
        else:
            self._ask(plan, len(plan.failed), lambda: self._retry(plan.failed))

    @work(exclusive=True, group="apply.run", exit_on_error=False)
    async def action_undo(self) -> None:
        """Look at what would be restored, ask once, and restore it."""
        self._action = "undo"
        plan = await self.make_plan("undo")
        if plan is None:
            return
        self.show_plan(plan)
        if plan.counts.to_write:
            self._ask(plan, plan.counts.to_write, lambda: self._start(plan), otherwise=self.read)
        else:
            self.amx.say("Nothing of this run can be taken back here.", severity="warning")

    def _ask(
        self,
        plan: PlanRows,
        number: int,
        then: Callable[[], object],
        *,
        otherwise: Callable[[], object] = lambda: None,
    ) -> None:
        """Ask before anything is written."""
        from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog

        question, details = confirmation(plan, number)
        word = "Restore" if plan.plan.action == "undo" else "Write"
        dialog = ConfirmDialog(question, details=details, confirm=word)

        def answered(agreed: bool | None) -> None:
            (then if agreed else otherwise)()

        self.app.push_screen(dialog, answered)

    @work(exclusive=True, group="apply.run", exit_on_error=False)
    async def _start(self, plan: PlanRows) -> None:
        await self._write(plan)

    @work(exclusive=True, group="apply.run", exit_on_error=False)
    async def _retry(self, failed: Collection[str]) -> None:
        """Look at the database again, and try once more what failed."""
        fresh = await self.make_plan(self._action)
        if fresh is not None:
            self.show_plan(fresh)
            await self._write(fresh, only=failed)

    async def _write(self, plan: PlanRows, *, only: Collection[str] | None = None) -> None:
        """Write, showing how far it is; whatever happens, what became of each comment is kept on its row."""
        self.is_writing, self._is_stopping = True, False
        progress = self.query_one("#progress")
        progress.add_class("-running")
        self.show_footer()
        try:
            report = await self.workspace.apply.run(
                plan.plan,
                plan.choices,
                only=only,
                on_progress=self.show_progress,
                is_cancelled=lambda: self._is_stopping,
            )
        except AmxError as error:
            self.amx.report_error(error, what="Writing comments")
            return
        finally:
            self.is_writing = False
            progress.remove_class("-running")
            self.show_footer()
        plan.take(report)
        self.show_rows()
        self.show_all()
        self._tell(plan, report)

    def _tell(self, plan: PlanRows, report: ApplyReport) -> None:
        """Say what became of it."""
        action = plan.plan.action
        said = [
            f"{number:,} {result_word(status, action).partition(' ')[2]}"
            for status, number in report.counts.items()
            if number
        ]
        text = f"{', '.join(said) or 'Nothing was written'}."
        left = report.planned - len(report.results)
        if report.error is not None:
            self.amx.report_error(report.error, what="Writing comments")
            self.amx.say(f"{text} {left:,} not reached; r tries again.", title="Stopped", severity="error")
        elif report.is_cancelled:
            self.amx.say(f"{text} {left:,} not reached; a goes on.", title="Stopped", severity="warning")
        elif report.failures or report.counts["changed"]:
            self.amx.say(f"{text} r retries what failed.", severity="warning")
        else:
            self.amx.say(f"{text} u takes it back." if action == "apply" else text)

    # ---- other commands ------------------------------------------------------------------------------

    @on(RowList.RowOpened)
    def action_open(self) -> None:
        """Show both texts in full."""
        pane = self.query_one("#detail", TextPane)
        self.add_class("-reading")
        self.show_text()
        pane.scroll_home(animate=False)
        pane.focus()

    def action_back(self) -> None:
        """One step back."""
        plan = self.plan
        if self.is_writing:
            self._is_stopping = True
            self.amx.say("Stopping after this batch.", severity="warning")
        elif self.has_class("-reading"):
            self.remove_class("-reading")
            self.show_text()
            self.lines.focus()
        elif plan is not None and (plan.shown or plan.text):
            plan.text = ""
            self.show_only("")
        else:
            self.app.pop_screen()

    def action_filter_state(self) -> None:
        """Show only the next state that there is, then all again."""
        plan = self.plan
        if plan is None:
            return
        there = ["", *(name for name in APPLY_FILTERS if plan.by_filter[name])]
        here = there.index(plan.shown) if plan.shown in there else 0
        self.show_only(there[(here + 1) % len(there)])

    def action_filter(self) -> None:
        """Open the filter line."""
        plan = self.plan
        if plan is None:
            return
        from amx_tui.ui.line_input import ask_line

        ask_line(
            self.amx,
            prompt="/",
            value=plan.text,
            words=(),
            hint="a part of the asset's name",
            on_change=self._filter_typed,
            on_done=self._filter_typed,
            on_cancel=self._filter_typed,
            cancel_value=plan.text,
            suggest=lambda word: (),
        )

    def _filter_typed(self, line: str) -> str:
        if self.plan is not None:
            self.plan.text = line.strip()
            self.show_rows()
            self.show_all()
        return ""

    def action_profile(self) -> None:
        """Pick the profile of the database that the run described."""
        from amx_tui.ui.screens.dialogs.choice import ChoiceDialog

        profiles = list(self.workspace.config.profiles.values())[:9]
        if not profiles:
            self.amx.say("There are no profiles yet; 6 adds one.", severity="warning")
            return

        def picked(answer: int | None) -> None:
            if answer is not None:
                self._profile = profiles[answer].name
                self.read(self._action)

        names = [f"{each.name}  {each.describe()}".rstrip() for each in profiles]
        question = "Which profile leads to the database that the run described?"
        self.app.push_screen(ChoiceDialog(question, names), picked)

    def action_copy(self) -> None:
        """Copy the asset's name."""
        row = self.lines.current
        if row is not None:
            self.amx.copy(row.item.name.qname, what=row.item.name.qname)

    def action_next_table(self) -> None:
        """To the first row of the next table."""
        self.lines.action_go_group(1)

    def action_previous_table(self) -> None:
        """To the first row of this table, or of the one before it."""
        self.lines.action_go_group(-1)
