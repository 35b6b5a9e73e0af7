"""The review's screen as far as it shows: opening the run, going from asset to asset, drawing them."""

from __future__ import annotations

import gc
from asyncio import Event, sleep, timeout
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import events, work
from textual.app import ComposeResult
from textual.content import Content

from amx_tui.domain.errors import AmxError
from amx_tui.domain.review.rows import ReviewFilter, ReviewRow
from amx_tui.domain.runs import status_sign
from amx_tui.domain.times import relative_time
from amx_tui.services.review.saving import Saved
from amx_tui.services.review.session import ReviewSession
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.review.bars import progress_pieces, saving_pieces
from amx_tui.ui.screens.review.content import (
    Card,
    card_lines,
    elsewhere_lines,
    reasoning_lines,
    waiting_lines,
)
from amx_tui.ui.screens.review.summary import summary_lines
from amx_tui.ui.widgets.bars import Bar, KeyBar, Piece, StatusBar, TitleBar
from amx_tui.ui.widgets.panes import Panes
from amx_tui.ui.widgets.text_canvas import TextCanvas

if TYPE_CHECKING:
    from amx_tui.services.workspace import StoreState

__all__ = ["ReadingScreen"]

WIDE_FROM = 120
FRAME = 1 / 250
"""Seconds between two paintings at least."""
AFTER_KEY = 0.03
"""Seconds that reading ahead leaves to the painting of what is there."""
PATIENCE = 2.0
"""Seconds that a key waits for the texts of the asset that the one before it has led to."""
LOW = 22
"""Lines of a screen below which the end of a review shows its keys before its numbers."""
LOOK_AHEAD = 10
"""Assets behind the cursor of which one without its texts has more of them read."""


class ReadingScreen(BaseScreen):
    """One asset of a run at a time; what is decided about it is the subclass'.

    Args:
        reference: The run.
        line: The filter as it would be typed.
    """

    def __init__(self, reference: str, line: str = "") -> None:
        super().__init__()
        self.reference = reference
        self.session: ReviewSession | None = None
        self.shown = ReviewFilter(line=line)
        self.at = ""
        """The id of the result that is shown; empty on the summary."""
        self.trail: list[str] = []
        """Where the reviewer was before, the last place at the end."""
        self.passed: set[str] = set()
        self.outdated: set[str] = set()
        """The ids of results that somebody else decided while they were looked at."""
        self._failure: AmxError | None = None
        self._is_reading_texts = False
        self._texts_came = Event()
        self._stop_listening: Callable[[], None] = lambda: None

    def compose(self) -> ComposeResult:
        """Status line, the run, the progress, the asset with what stands beside it, what was done last, keys."""
        yield StatusBar()
        yield TitleBar(id="review-title")
        yield TitleBar(id="review-progress")
        with Panes(id="review-body"):
            yield TextCanvas(id="card")
            yield TextCanvas(id="side")
        yield Bar(id="review-said")
        yield KeyBar()

    @property
    def card(self) -> TextCanvas:
        """The asset."""
        return self.query_one("#card", TextCanvas)

    @property
    def is_open(self) -> bool:
        """Whether the screen has not been left."""
        return self.is_mounted and any(screen is self for screen in self.amx.screens_of_kind(ReadingScreen))

    @property
    def opens(self) -> str:
        """The run."""
        return f"run {self.reference}"

    @property
    def watched_runs(self) -> tuple[str, ...]:
        """The run, once its whole id is known."""
        return () if self.session is None else (self.session.run_id,)

    @property
    def row(self) -> ReviewRow | None:
        """The row of the asset that is shown."""
        return self.session.review.row_of(self.at) if self.session and self.at else None

    def on_mount(self) -> None:
        """Open the review."""
        # Screens wait up to a sixtieth of a second to paint several changes at once; here each key is one change.
        self._update_timer._interval = FRAME
        self.draw()
        if self.amx.store_view.kind != "connecting":
            self.read()

    def on_unmount(self) -> None:
        """Listen no more; what is on its way to the store goes on."""
        self._stop_listening()

    def on_resize(self, event: events.Resize) -> None:
        """Show the side where there is room for it."""
        self.set_class(event.size.width >= WIDE_FROM, "-wide")
        self.draw()

    def store_changed(self, state: StoreState) -> None:
        """Open the review in the store that is open now; one of another store is not left standing."""
        super().store_changed(state)
        if state.is_open and (self.session is None or self.session.place != state.place):
            self.session, self.at = None, ""
            self.read()
        elif self.session is not None:
            self.session.saver.try_again()

    # ---- reading -----------------------------------------------------------------------------------

    @work(exclusive=True, group="review.open", exit_on_error=False, description="Opening the review")
    async def read(self) -> None:
        """Open the review, show the first undecided asset, then read the rest of the run."""
        self._failure = None
        try:
            session = await self.workspace.reviews.open(self.reference)
            self._stop_listening()
            self._stop_listening = session.listen(self.saved)
            self.session, self.reference = session, session.run_id
            if self.shown.line and self.shown.is_empty:
                self.shown = await session.filter(self.shown.line)
            self._take_up()
            await session.load()
            # As many objects as the run has results, none of them garbage: looking through them would hold up keys.
            gc.freeze()
        except AmxError as error:
            self._failure = error
            self.amx.report_error(error, what=f"Reviewing {self.reference}", quietly=self.session is None)
            self.draw()
            return
        if not self.at:
            self._take_up()
        self.draw()
        self.read_ahead()

    def _take_up(self) -> None:
        """Go to the first undecided asset, unless the one that was shown is there again."""
        review = self.session.review if self.session else None
        if review is None:
            return
        place = review.place_of(self.at) if self.at else None
        if place is None:
            place = review.first_undecided(self.shown)
        self.at = "" if place is None else review.rows[place].result_id
        self.draw()
        self.read_ahead()

    def read_ahead(self) -> None:
        """Have the texts read that the next keys lead to, unless that is being done or they are there."""
        session = self.session
        if session is None or self._is_reading_texts or not self.at:
            return
        wanted = session.around(self._place(), self.shown)
        if not all(session.texts.is_whole(row.result_id) for row in wanted[:LOOK_AHEAD]):
            self._is_reading_texts = True
            self._read_texts(session)
        elif session.facts.wants(wanted[:LOOK_AHEAD]):
            self._read_facts(session, wanted)

    async def texts_there(self) -> None:
        """Wait until what is shown can be decided on: keys that come faster than texts wait for them, for a while."""
        with suppress(TimeoutError):
            async with timeout(PATIENCE):
                while self.row is not None and self.card_of_now() is None and self._is_reading_texts:
                    self._texts_came.clear()
                    await self._texts_came.wait()

    @work(group="review.texts", exit_on_error=False, description="Reading the texts")
    async def _read_texts(self, session: ReviewSession) -> None:
        try:
            if self.card_of_now() is not None:
                await sleep(AFTER_KEY)
            wanted = session.around(self._place(), self.shown)
            await session.texts.read(wanted)
        except AmxError as error:
            self._failure = error
            self.amx.report_error(error, what="Reading the texts", quietly=True)
            self.draw()
            return
        finally:
            self._is_reading_texts = False
            self._texts_came.set()
        self._failure = None
        self.draw(keeps_place=True)
        if self.is_open:
            # The cursor may have gone far meanwhile.
            self.read_ahead()
            self._read_facts(session, wanted)

    @work(exclusive=True, group="review.facts", exit_on_error=False, description="Reading the database")
    async def _read_facts(self, session: ReviewSession, rows: list[ReviewRow]) -> None:
        """Read what the described database says now; the asset is shown before that."""
        before = session.facts.problem
        if await session.facts.read(rows):
            problem = session.facts.problem
            if problem is not None and before is None:
                self.amx.log_message(f"The described database: {problem.title}", problem.message, "warning")
            self.draw(keeps_place=True)

    def _place(self) -> int:
        place = self.session.review.place_of(self.at) if self.session else None
        return -1 if place is None else place

    # ---- going -------------------------------------------------------------------------------------

    def go(self, result_id: str, *, is_back: bool = False) -> None:
        """Show an asset, or the summary where that is empty."""
        if self.at and not is_back and result_id != self.at:
            self.trail.append(self.at)
            del self.trail[:-1000]
        if self.outdated and result_id not in self.outdated and self.session is not None:
            self.session.texts.drop(self.outdated)
            self.outdated.clear()
        self.at = result_id
        self.draw()
        self.read_ahead()

    def go_on(self) -> None:
        """Go to the next undecided asset, or to the summary behind the last one."""
        session = self.session
        if session is not None:
            place = session.review.next_place(self._place(), self.shown, is_undecided=True)
            self.go("" if place is None else session.review.rows[place].result_id)

    def go_step(self, step: int) -> None:
        """Go to the asset beside, decided or not."""
        session = self.session
        if session is None:
            return
        start = self._place() if self.at else len(session.review.rows)
        place = session.review.next_place(start, self.shown, step=step)
        if place is not None:
            self.go(session.review.rows[place].result_id)
        elif step > 0:
            self.go("")
        else:
            self.amx.say("This is the first asset.", severity="warning")

    # ---- drawing -----------------------------------------------------------------------------------

    def saved(self, saved: Saved) -> None:
        """Say what was stored behind the screen, or was not."""
        raise NotImplementedError

    def draw(self, *, keeps_place: bool = False) -> None:
        """Draw everything for the state as it is now."""
        if not self.is_open:
            return
        self.draw_bars()
        card = self.card_of_now()
        side = self.query_one("#side", TextCanvas)
        has_side = self.has_class("-wide")
        if card is None:
            self.card.show(self._stand_in, keeps_place=keeps_place)
            side.show(lambda width: ())
            return
        now = self.amx.now()
        self.card.show(lambda width: card_lines(card, now, width, has_side=has_side), keeps_place=keeps_place)
        if has_side:
            side.show(
                lambda width: [*elsewhere_lines(card, now, width)[1:], *reasoning_lines(card)],
                keeps_place=keeps_place,
            )

    def draw_bars(self) -> None:
        """Draw the lines around the asset."""
        session = self.session
        title = self.query_one("#review-title", TitleBar)
        if session is None:
            title.show(((f"Review {self.reference}", "strong"),))
            self.show_footer()
            return
        run = session.detail.run
        left: list[Piece] = [("Review ", "muted"), (run.run_id, "strong")]
        if self.shown.line:
            left.append((f"  filter {self.shown.line}", "accent"))
        left.append((f"  {run.created_by}  {relative_time(run.started_at, self.amx.now())}", ""))
        if self.size.width >= WIDE_FROM:
            left.append((f"  {status_sign(run.status)} {run.status}", "muted"))
        title.show(tuple(left), tuple(saving_pieces(session)))
        counts = session.review.counts
        pace = session.pace.text(counts.left)
        self.query_one("#review-progress", TitleBar).show(
            tuple(progress_pieces(counts, self.size.width)), ((pace, "muted"),) if pace else ()
        )
        self.show_footer()

    def card_of_now(self) -> Card | None:
        """The asset as it is to be shown; None where its texts are not there."""
        session, row = self.session, self.row
        texts = session.texts.get(row.result_id) if session and row else None
        basis = session.review.basis_of(row.result_id) if session and row else None
        if session is None or row is None or texts is None or basis is None:
            return None
        review = session.review
        table = review.table_of(row)
        return Card(
            row,
            texts.result,
            basis.values,
            texts.elsewhere,
            session.facts.get(row),
            session.facts.note(row),
            session.description_of(table) if table is not None else "",
            review.conflicts.get(row.result_id),
            session.detail.run.db_profile,
        )

    def reason_closed(self) -> str:
        """Say why there is no review on the screen."""
        if self._failure is not None:
            return "The review could not be opened; r tries again."
        return "The review is still being opened."

    def _stand_in(self, width: int) -> list[Content]:
        """What stands where no asset can be shown, and which key comes next."""
        session, row, failure = self.session, self.row, self._failure
        if failure is not None and (session is None or self.at):
            said = f"{failure.message} {failure.hint}".strip()
            if self.amx.store_view.kind == "offline":
                said = f"{said} This is the local history: the shared one is out of reach."
            name = row.name if row else ""
            return waiting_lines(name, said, "r tries again, esc goes back")
        if session is None:
            return waiting_lines("", "Opening the review…", "esc goes back")
        if row is not None:
            return waiting_lines(row.name, "Reading…", "s passes on, esc goes back")
        if not session.review.is_whole and failure is None:
            return waiting_lines("", "Reading the rest of the run…", "esc goes back")
        return summary_lines(session, self.shown, self.passed, is_low=self.size.height < LOW)
