"""The Apply screen's reading and showing: the plan, where it goes, its comments and their texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.widgets import Static

from amx_tui.domain.applications import Action
from amx_tui.domain.errors import AmxError, ConfigError, NotFoundError
from amx_tui.ui.commands import Command
from amx_tui.ui.screens.apply.columns import BESIDE_FROM, apply_columns, table_of
from amx_tui.ui.screens.apply.content import chips, place_content, progress_text, row_content
from amx_tui.ui.screens.apply.rows import APPLY_FILTERS, ApplyRow, PlanRows
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.widgets.bars import ChipBar, KeyBar, Piece, StatusBar, TitleBar, row_pieces
from amx_tui.ui.widgets.busy_line import BusyLine
from amx_tui.ui.widgets.row_list import ListNote, RowList
from amx_tui.ui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from amx_tui.domain.notices import Notice
    from amx_tui.services.workspace import StoreState

__all__ = ["ONLY_VERBS", "PlanScreen"]

ONLY_VERBS = (
    Command("apply.all", "", "Show all comments"),
    Command("apply.only_write", "", "Show only what can be written without a choice"),
    Command("apply.only_conflict", "", "Show only conflicts"),
    Command("apply.only_unchanged", "", "Show only what is there already"),
    Command("apply.only_missing", "", "Show only what the database does not have"),
    Command("apply.only_left", "", "Show only what is left alone"),
    Command("apply.only_failed", "", "Show only what was tried in vain"),
)
"""What a click on a count does."""

_CHANGED = "⚠ changed meanwhile, r looks again"
LOW_BELOW = 20
"""Lines of the terminal below which the texts stand behind the list."""


class PlanScreen(BaseScreen):
    """Shows what applying a run would write, and where.

    Args:
        reference: The run.
        profile: The profile of the described database; empty for the one that the run names.
        table: A qualified name: only that asset and all below it.
    """

    HOLDS_WORK = True

    def __init__(self, reference: str, *, profile: str = "", table: str = "") -> None:
        super().__init__()
        self._reference = reference
        self._profile = profile
        self._table = table
        self._action: Action = "apply"
        self.plan: PlanRows | None = None
        self.must_name_profile = False
        """Whether nothing can be planned until somebody says which profile it is."""
        self.is_writing = False
        self._is_behind = False
        """Whether somebody has decided or applied since the plan was made."""

    def compose(self) -> ComposeResult:
        """Status line, the run, where it goes, the counts, the comments, both texts of one, keys."""
        yield StatusBar()
        yield TitleBar(id="apply-title")
        yield Static(id="place", markup=False)
        yield ChipBar(id="chips")
        yield TitleBar(id="progress")
        yield BusyLine()
        yield RowList(apply_columns(), key=lambda row: row.item.result_id, group=table_of, id="lines")
        yield TextPane(id="detail")
        yield KeyBar()

    @property
    def lines(self) -> RowList[ApplyRow]:
        """The list of comments."""
        return self.query_one("#lines", RowList)

    def on_mount(self) -> None:
        """Begin to look at the database."""
        self.lines.show_note(ListNote("Looking at the database…", ("esc goes back",)))
        self.show_titles()
        if self.amx.store_view.kind != "connecting":
            self.read(self._action)

    def on_resize(self, event: events.Resize) -> None:
        """Put the texts behind the list where there is no room below it."""
        self.set_class(event.size.height < LOW_BELOW, "-low")
        self.show_titles()
        self.show_text()

    def store_changed(self, state: StoreState) -> None:
        """Plan anew in the store that is open now, unless something is being written."""
        super().store_changed(state)
        if state.is_open and not self.is_writing:
            self.read(self._action)

    @property
    def opens(self) -> str:
        """The run."""
        return f"run {self._reference}"

    @property
    def watched_runs(self) -> tuple[str, ...]:
        """The run, once it is planned."""
        return () if self.plan is None else (self.plan.plan.run_id,)

    def others_changed(self, notices: tuple[Notice, ...]) -> None:
        """Look whether somebody has decided or applied since, without asking the described database.

        The plan is not made anew under the fingers of somebody who chooses.
        """
        about = {"", *self.watched_runs}
        if self.plan is not None and any(
            each.kind == "result" or (each.kind in {"run", "results", "application"} and each.row_id in about)
            for each in notices
        ):
            self._look_again(self.plan)

    @work(exclusive=True, group="apply.watch", exit_on_error=False)
    async def _look_again(self, plan: PlanRows) -> None:
        try:
            is_outdated = await self.workspace.apply.is_outdated(plan.plan)
        except AmxError:
            # Whatever is asked for next says what is the matter.
            return
        if self.plan is plan:
            self._is_behind = is_outdated
            self.show_titles()

    # ---- reading -----------------------------------------------------------------------------------

    def read(self, action: Action = "apply") -> None:
        """Plan the applying, or the way back, from what is there now."""
        self._action = action
        self._read()

    @work(exclusive=True, group="apply.plan", exit_on_error=False)
    async def _read(self) -> None:
        with self.query_one(BusyLine).waiting("Looking at the database", hint="esc goes back"):
            plan = await self.make_plan(self._action)
        if plan is not None:
            self.show_plan(plan)

    async def make_plan(self, action: Action) -> PlanRows | None:
        """Plan, or say in the list why not."""
        apply = self.workspace.apply
        make = apply.plan_undo if action == "undo" else apply.plan
        try:
            plan = await make(self._reference, profile=self._profile, table=self._table)
        except AmxError as error:
            self.must_name_profile = isinstance(error, ConfigError | NotFoundError)
            self.amx.report_error(error, what=f"Planning {self._reference}", quietly=True)
            self.plan = None
            self.lines.show_rows(())
            next_key = "p picks the profile, " if self.must_name_profile else ""
            note = ListNote(
                error.message, (error.hint, f"{next_key}r tries again, esc goes back"), tone="error"
            )
            self.lines.show_note(note)
            self.show_all()
            return None
        self.must_name_profile = False
        return PlanRows(plan)

    def show_plan(self, plan: PlanRows) -> None:
        """Show another plan; choices and filters that still fit stay."""
        before = self.plan
        if before is not None and before.plan.action == plan.plan.action:
            plan.shown, plan.text = before.shown, before.text
            conflicts = {item.result_id for item in plan.plan.items if item.state == "conflict"}
            known = {item.result_id: item.comment for item in before.plan.items}
            comments = {item.result_id: item.comment for item in plan.plan.items}
            plan.choices = {
                result_id: choice
                for result_id, choice in before.choices.items()
                if result_id in conflicts and known.get(result_id) == comments[result_id]
            }
        self.plan, self._is_behind = plan, False
        self._reference = plan.plan.run_id
        self.show_rows()
        self.show_all()

    # ---- showing -----------------------------------------------------------------------------------

    def show_rows(self) -> None:
        """Show the comments that the filter lets through."""
        if self.plan is None:
            return
        rows = self.plan.rows
        self.lines.total = len(rows)
        self.lines.show_rows(rows)
        self.lines.show_note(self._empty_note(self.plan))

    def _empty_note(self, plan: PlanRows) -> ListNote:
        if plan.plan.items:
            return ListNote("No comment matches this filter.", ("esc takes the filter away",))
        if plan.plan.action == "undo":
            return ListNote(
                "Nothing of this run stands in this database.",
                ("There is nothing to take back.", "esc goes back"),
            )
        if plan.plan.left_out.pending:
            return ListNote(
                "Nothing of this run was decided yet.",
                ("What is accepted or edited in a review can be written.", "esc goes back"),
            )
        return ListNote("This run has nothing to be written.", ("esc goes back",))

    def show_all(self) -> None:
        """Draw everything around the list."""
        self.show_titles()
        self.show_text()
        self.show_footer()

    def show_titles(self) -> None:
        """Draw the run, where it goes, and the counts."""
        if not self.is_mounted:
            return
        verb = "Undo" if self._action == "undo" else "Apply"
        left: list[Piece] = [(f"{verb}  ", "strong"), (self._reference, "strong")]
        plan = self.plan
        if plan is not None:
            run = plan.plan.detail.run
            left += [(f"  {run.created_by}", ""), (f"  {run.scope.summary}", "muted")]
            if plan.text:
                left.append((f"   filter {plan.text}", "accent"))
        if self._table:
            left.append((f"   only {self._table}", "accent"))
        right = ((_CHANGED, "warning"),) if self._is_behind else row_pieces(self.lines.position)
        self.query_one("#apply-title", TitleBar).show(tuple(left), right)
        place = self.query_one("#place", Static)
        place.display = plan is not None
        if plan is not None:
            place.update(place_content(plan.plan, self.size.width))
            self.query_one("#chips", ChipBar).show_keys(chips(plan, self.size.width))
        self.query_one("#chips").display = plan is not None and bool(plan.plan.items)

    def show_text(self) -> None:
        """Draw both texts of the comment under the cursor."""
        row = self.lines.current
        is_beside = self.size.width >= BESIDE_FROM
        pane = self.query_one("#detail", TextPane)
        pane.display = row is not None and (not self.has_class("-low") or self.has_class("-reading"))
        if row is not None:
            pane.show(lambda width: row_content(row, width, is_beside=is_beside))

    def show_progress(self, done: int, total: int, name: str) -> None:
        """Draw how far the writing is."""
        stop: tuple[Piece, ...] = (("esc stops after this batch", "muted"),)
        self.query_one("#progress", TitleBar).show(progress_text(done, total, name), stop)

    @on(RowList.CursorMoved)
    def _cursor_moved(self) -> None:
        self.show_titles()
        self.show_text()
        self.show_footer()

    def action_all(self) -> None:
        """Show all comments."""
        self.show_only("")

    def action_only_write(self) -> None:
        """Show only what needs no choice."""
        self.show_only("write")

    def action_only_conflict(self) -> None:
        """Show only conflicts."""
        self.show_only("conflict")

    def action_only_unchanged(self) -> None:
        """Show only what is there already."""
        self.show_only("unchanged")

    def action_only_missing(self) -> None:
        """Show only what the database does not have."""
        self.show_only("missing")

    def action_only_left(self) -> None:
        """Show only what is left alone."""
        self.show_only("left")

    def action_only_failed(self) -> None:
        """Show only what was tried in vain."""
        self.show_only("failed")

    def show_only(self, name: str) -> None:
        """Show only comments in one state; a second time, or for anything else, all of them."""
        plan = self.plan
        if plan is not None:
            plan.shown = name if name in APPLY_FILTERS and name != plan.shown else ""
            self.show_rows()
            self.show_all()
