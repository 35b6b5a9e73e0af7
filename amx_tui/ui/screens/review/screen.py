"""The Review screen: a run's descriptions, one asset at a time."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from amx_tui.domain.errors import AmxError
from amx_tui.domain.query import RESULT_QUERY_VALUES, RESULT_QUERY_WORDS
from amx_tui.domain.review.rows import ReviewFilter
from amx_tui.domain.review.strategy import BULK_STRATEGIES, Preview
from amx_tui.services.review.session import ReviewSession
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.dialogs.choice import ChoiceDialog
from amx_tui.ui.screens.review.content import ALTERNATIVE
from amx_tui.ui.screens.review.deciding import DecidingScreen
from amx_tui.ui.widgets.text_canvas import TextCanvas

__all__ = ["ReviewScreen"]

MOST_NAMES = 50
"""Names that going to an asset offers."""
_DECIDES = frozenset({"accept", "enter", "edit", "reject", "reject_at_once"})
_TAKES_ROLE = _DECIDES | {"undo", "redo", "strategy"}
_STRATEGY_WORDS = {
    "accept-all-high": "Accept high confidence",
    "accept-all": "Accept all",
    "reject-all": "Reject all",
}


class ReviewScreen(DecidingScreen):
    """What a run drafted, decided by one key an asset."""

    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "#card"
    VERBS = (
        Command("review.accept", "a", "Accept the first alternative (1-9: another one)", footer="Accept"),
        Command("review.edit", "e", "Edit the description and take that", footer="Edit"),
        Command("review.reject", "x", "Reject, with a reason or without", footer="Reject"),
        Command("review.skip", "s", "Pass on to the next undecided asset; stores nothing", footer="Pass"),
        Command("review.undo", "u", "Undo the last decision", footer="Undo"),
        Command("review.enter", "enter", "Accept; behind the last asset, to the first undecided one"),
        Command("review.redo", "ctrl+r", "Decide again what was undone"),
        Command("review.earlier", "b", "Back to where you were before"),
        Command("review.next", "n,right", "To the next asset, decided or not"),
        Command("review.previous", "N,left", "To the asset before, decided or not"),
        Command("review.strategy", "S", "Decide all the rest at once, by a strategy"),
        Command("review.filter", "slash", "Filter by decision, confidence, table and text"),
        Command("review.go", "ctrl+g", "Go to an asset by its name"),
        Command("review.conflicts", "C", "Settle what somebody else decided meanwhile"),
        Command("review.reject_at_once", "X", "Reject without a reason"),
        Command("review.copy", "y", "Copy the description"),
        Command("review.copy_name", "Y", "Copy the qualified name"),
        Command("review.refresh", "r", "Try to store again; read the run again"),
        Command("review.back", "escape", "One step back: the filter, then the history", in_palette=False),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of(VERBS),
        *(Binding(str(number), f"pick({number})", show=False) for number in range(1, 10)),
    ]

    def __init__(self, reference: str, line: str = "") -> None:
        super().__init__(reference, line)
        self._is_stopped = False
        self._is_deciding_all = False

    # ---- what can be done now ----------------------------------------------------------------------

    def reason_against(self, command: Command) -> str:
        """Deciding wants the right and a text; undoing something to undo."""
        verb = command.verb
        if verb in {"back", "refresh"}:
            return ""
        session = self.session
        if session is None:
            return self.reason_closed()
        if verb in _DECIDES and (self.at or verb not in {"accept", "enter"}):
            return self.reason_against_deciding()
        if verb in {"undo", "redo", "strategy"} and (reason := self.workspace.reviews.reason_against()):
            return reason
        if verb == "undo" and not session.review.can_undo:
            return "There is nothing to undo."
        if verb == "redo" and not session.review.can_redo:
            return "There is nothing to redo."
        if verb == "strategy":
            return self._reason_against_strategy(session)
        if verb == "go" and not session.review.is_whole:
            return "The run is still being read."
        if verb == "conflicts" and not session.conflicts:
            return "There is no conflict."
        if verb in {"copy", "copy_name", "skip"} and self.row is None:
            return "The last asset is behind you; b goes back to it."
        return ""

    def _reason_against_strategy(self, session: ReviewSession) -> str:
        if not session.review.is_whole:
            return "The run is still being read."
        return "Another strategy is still at work; esc stops it." if self._is_deciding_all else ""

    # ---- one decision ------------------------------------------------------------------------------

    async def action_perform(self, command_id: str) -> None:
        """Do a command; one that takes a role waits until the role is known."""
        if command_id.rpartition(".")[2] in _TAKES_ROLE:
            await self.role_known()
        await super().action_perform(command_id)

    async def action_accept(self) -> None:
        """Accept the first alternative; behind the last asset, apply what was decided."""
        if self.at:
            await self.pick(1)
        elif self.session is not None:
            self.amx.open_apply(self.session.run_id)

    async def action_enter(self) -> None:
        """Accept the first alternative; behind the last asset, go to the first undecided one, or apply."""
        session = self.session
        place = session.review.first_undecided(self.shown) if session and not self.at else None
        if session is not None and place is not None:
            self.go(session.review.rows[place].result_id)
        else:
            await self.action_accept()

    async def action_pick(self, number: int) -> None:
        """Accept an alternative by its number."""
        await self.pick(number)

    @on(TextCanvas.Clicked, "#card")
    async def _pick_clicked(self, event: TextCanvas.Clicked) -> None:
        number = event.meta.get(ALTERNATIVE)
        if number is not None:
            await self.pick(number)

    async def action_reject_at_once(self) -> None:
        """Reject without asking for a reason."""
        await self.reject(self.at)

    def action_skip(self) -> None:
        """Pass on; nothing is stored."""
        self.passed.add(self.at)
        self.go_on()

    # ---- going -------------------------------------------------------------------------------------

    def action_earlier(self) -> None:
        """Go back to where the reviewer was before."""
        session = self.session
        while self.trail and session is not None:
            before = self.trail.pop()
            if session.review.row_of(before) is not None and before != self.at:
                self.go(before, is_back=True)
                return
        self.go_step(-1)

    def action_next(self) -> None:
        """Go to the asset behind this one."""
        self.go_step(1)

    def action_previous(self) -> None:
        """Go to the asset before this one."""
        self.go_step(-1)

    def action_go(self) -> None:
        """Ask for a name and go there."""
        from amx_tui.ui.screens.line.screen import LineScreen, Question, Suggestion

        session = self.session
        if session is None:
            return

        def fitting(line: str, cursor: int) -> list[Suggestion]:
            typed = line.strip().casefold()
            names = session.review.names(lambda name: typed in name.casefold(), MOST_NAMES) if typed else []
            return [Suggestion(row.name, row.name) for row in names]

        def answered(line: str | None) -> None:
            typed = (line or "").strip()
            if not typed:
                return
            found = session.review.names(lambda name: name == typed, 1) or session.review.names(
                lambda name: typed.casefold() in name.casefold(), 1
            )
            if found:
                self.go(found[0].result_id)
            else:
                self.amx.say(f"No asset of this run is called {typed}.", severity="warning")

        hint = "a qualified name, or a part of one; tab completes"
        self.app.push_screen(LineScreen(Question("go to ", hint=hint, suggest=fitting)), answered)

    def action_filter(self) -> None:
        """Ask which assets are gone through."""
        from amx_tui.ui.line_input import ask_line

        ask_line(
            self.amx,
            prompt="/",
            value=self.shown.line,
            words=RESULT_QUERY_WORDS,
            hint="is:pending  confidence:low  table:sales.customer  or any text",
            on_change=lambda line: _problem_of(line),
            on_done=self._filter,
            on_cancel=lambda value: None,
            cancel_value="",
            suggest=lambda word: RESULT_QUERY_VALUES.get(word, ()),
        )

    def _filter(self, line: str) -> str:
        problem = _problem_of(line)
        if not problem:
            self.apply_filter(line)
        return problem

    @work(exclusive=True, group="review.filter", exit_on_error=False, description="Filtering")
    async def apply_filter(self, line: str) -> None:
        """Go through the assets that a filter shows, from the first undecided one."""
        session = self.session
        if session is None:
            return
        shown = (
            await self.run_use_case(session.filter(line), what="Filtering")
            if line.strip()
            else ReviewFilter()
        )
        if shown is None:
            return
        self.shown = shown
        row = self.row
        if row is None or not shown.lets_through(row, session.review.state_of(row)):
            place = session.review.first_undecided(shown)
            if place is None:
                place = session.review.next_place(-1, shown)
            self.go("" if place is None else session.review.rows[place].result_id)
        else:
            self.draw()

    def action_back(self) -> None:
        """One step back: a strategy at work, the filter, the screen."""
        if self._is_deciding_all:
            self._is_stopped = True
        elif self.shown.line:
            self.apply_filter("")
        else:
            self.app.pop_screen()

    def action_refresh(self) -> None:
        """Try at once what waits for the store, and read the run again."""
        if self.amx.store_view.kind in {"offline", "failed"}:
            self.amx.retry_store()
            return
        if self.session is not None:
            self.session.saver.try_again()
            self.session.facts.retry()
        if self.workspace.reviews.reason_against():
            self.amx.look_at_member()
        self.read()

    def action_copy(self) -> None:
        """Copy the description in force, else the first alternative."""
        card, session = self.card_of_now(), self.session
        text = session.description_of(card.row) if card and session else ""
        if text:
            self.amx.copy(text, what="the description")
        else:
            self.amx.say("There is no description to copy.", severity="warning")

    def action_copy_name(self) -> None:
        """Copy the qualified name."""
        if self.row is not None:
            self.amx.copy(self.row.name, what=self.row.name)

    # ---- all the rest ------------------------------------------------------------------------------

    def action_strategy(self) -> None:
        """Ask which strategy decides the rest, saying how many of what that is."""
        session, row = self.session, self.row
        if session is None:
            return
        scopes = [
            (self.shown, f"that the filter shows ({self.shown.line})" if self.shown.line else "of the run")
        ]
        if row is not None and row.table_name:
            table = row.table_qname
            scopes.append((ReviewFilter(table=table), f"of {table}"))
        previews: list[Preview] = []
        choices: list[str] = []
        for shown, where in scopes:
            for strategy in BULK_STRATEGIES:
                found = session.preview(strategy, shown)
                previews.append(found)
                choices.append(f"{_STRATEGY_WORDS[strategy]} {where}: {found.amounts}")
        if not any(found.rows for found in previews):
            self.amx.say("There is nothing left to decide here.", severity="warning")
            return

        def answered(choice: int | None) -> None:
            if choice is not None:
                self.decide_all(previews[choice])

        self.app.push_screen(
            ChoiceDialog(
                "Decide everything that is undecided?",
                choices,
                details="What is decided already stays. One u takes all of it back.",
                denied=[number for number, found in enumerate(previews) if not found.rows],
            ),
            answered,
        )

    @work(group="review.strategy", exit_on_error=False, description="Deciding the rest")
    async def decide_all(self, wanted: Preview) -> None:
        """Decide what was previewed; esc stops it, and one undo takes it back."""
        session = self.session
        if session is None:
            return
        self._is_stopped, self._is_deciding_all = False, True

        def progress(done: int, count: int) -> None:
            self.tell(f"Deciding {done:,} of {count:,}", hint="esc stops")
            self.draw_bars()

        count = 0
        try:
            count = await session.bulk(wanted, on_progress=progress, is_stopped=lambda: self._is_stopped)
        except AmxError as error:
            self.amx.report_error(error, what="Deciding the rest")
        finally:
            self._is_deciding_all = False
        if not self.is_open:
            return
        left = len(wanted.rows) - count
        others = (
            f" {left:,} {'was' if left == 1 else 'were'} left: stopped, or decided by others meanwhile."
            if left
            else ""
        )
        verb = "Rejected" if wanted.strategy == "reject-all" else "Accepted"
        self.tell(f"{verb} {count:,}.{others}", hint="u takes them back")
        place = session.review.first_undecided(self.shown)
        self.go("" if place is None else session.review.rows[place].result_id)


def _problem_of(line: str) -> str:
    """What is wrong with a filter line; empty where nothing is."""
    from amx_tui.domain.query import parse_result_query

    try:
        parse_result_query(line)
    except AmxError as error:
        return f"{error.message} {error.hint}"
    return ""
