"""The review's screen as far as it decides: one key a decision, kept before the next key is taken."""

from __future__ import annotations

import asyncio
from asyncio import to_thread

from textual import work

from amx_tui.domain.decisions import DecisionValues, taking
from amx_tui.domain.errors import AmxError
from amx_tui.domain.notices import Notice
from amx_tui.domain.results import decision_word
from amx_tui.drafts.texts import TextDraft
from amx_tui.services.review.saving import Saved
from amx_tui.ui.screens.dialogs.text import TextDialog
from amx_tui.ui.screens.review.conflict import ConflictChoice, ConflictDialog
from amx_tui.ui.screens.review.reading import ReadingScreen
from amx_tui.ui.widgets.bars import Bar, Piece

__all__ = ["DecidingScreen"]

ROLE_WAIT = 5.0
"""Seconds that a key waits at most for the store to say who the member is in it."""


class DecidingScreen(ReadingScreen):
    """A review in which decisions are made, taken back, and defended."""

    def __init__(self, reference: str, line: str = "") -> None:
        super().__init__(reference, line)
        self._said_problem = ""
        self._role_known = asyncio.Event()

    def on_mount(self) -> None:
        """Begin with nothing said."""
        self.query_one("#review-said", Bar).display = False

    def show_bars(self) -> None:
        """Draw the bars for the state as it is now, and let go of keys that wait for the role."""
        if self._has_role():
            self._role_known.set()
        super().show_bars()

    def _has_role(self) -> bool:
        workspace = self.amx.session.workspace
        if workspace is None:
            return False
        state = workspace.state
        return state.member is not None or state.is_read_only or not state.is_open

    async def role_known(self) -> None:
        """Wait a moment for the role, where a quick key comes before it: that is no fault of the reviewer's."""
        if self.session is None or self._has_role():
            return
        self._role_known.clear()
        self.tell("Asking the store what your role is…", look="")
        try:
            await asyncio.wait_for(self._role_known.wait(), ROLE_WAIT)
        except TimeoutError:
            # The key itself says that the role is not known.
            pass
        finally:
            self.query_one("#review-said", Bar).display = False

    def reason_against_deciding(self) -> str:
        """Say why nothing can be decided on the asset that is shown; empty if it can."""
        reason = self.workspace.reviews.reason_against()
        if reason:
            return reason
        if self.row is None:
            return "There is no asset to decide on here."
        if self.card_of_now() is None:
            return "This asset is still being read."
        return ""

    # ---- one decision ------------------------------------------------------------------------------

    async def decide(
        self, result_id: str, values: DecisionValues, said: str, *, draft: TextDraft | None = None
    ) -> None:
        """Decide, show the next asset, and let no further key in before the decision is on the disk."""
        session = self.session
        if session is None:
            return
        name = self.name_of(result_id)
        if result_id in session.review.conflicts:
            session.review.restate(result_id, values)
            self.ask_conflict(result_id)
            return
        try:
            session.decide(result_id, values)
        except AmxError as error:
            self.amx.report_error(error, what=f"Deciding on {name}")
            return
        self.passed.discard(result_id)
        if self.at == result_id:
            self.go_on()
        else:
            self.draw(keeps_place=True)
        problem = session.saver.problem
        self.tell(f"{said} {name}.", hint="kept here; r tries to store it" if problem else "u takes it back")
        await self.sync()
        await self.texts_there()
        if draft is not None:
            await self.run_use_case(to_thread(draft.drop), what="Dropping the draft")

    async def sync(self) -> None:
        """Wait until what was decided is on the disk."""
        session = self.session
        if session is not None:
            await self.run_use_case(to_thread(session.syncing()), what="Keeping the decision")

    async def pick(self, number: int) -> None:
        """Accept an alternative by its number."""
        await self.role_known()
        reason, card = self.reason_against_deciding(), self.card_of_now()
        if reason or card is None:
            self.amx.say(reason, title="Not decided", severity="warning")
            return
        alternatives = card.result.alternatives
        if number > len(alternatives):
            count = len(alternatives)
            self.amx.say(
                f"There {'is 1 alternative' if count == 1 else f'are {count} alternatives'} here;"
                f" alt+{number} goes to another screen.",
                severity="warning",
            )
            return
        values = DecisionValues("accepted", alternatives[number - 1].text)
        await self.decide(card.row.result_id, values, f"Accepted {number} for" if number > 1 else "Accepted")

    @work(exclusive=True, group="review.ask", exit_on_error=False)
    async def action_edit(self) -> None:
        """Edit the description and take that."""
        card, session = self.card_of_now(), self.session
        if card is None or session is None:
            return
        result_id = card.row.result_id
        text = session.description_of(card.row)
        draft = TextDraft(self.workspace.home, f"{session.place}\0{result_id}")
        dialog = TextDialog(
            f"Description of {card.result.target_qname}",
            text,
            typed=await to_thread(draft.read),
            keep=draft.keep,
        )

        async def answered(edited: str | None) -> None:
            if edited is None:
                await self.run_use_case(to_thread(draft.drop), what="Dropping the draft")
            else:
                # Kept until the decision is on the disk, whatever happens to it.
                await self.run_use_case(to_thread(draft.keep, edited), what="Keeping the draft")
                await self.decide(result_id, taking(card.result, edited.strip()), "Edited", draft=draft)

        self.app.push_screen(dialog, answered)

    def action_reject(self) -> None:
        """Ask for a reason, which may be left empty, and reject."""
        from amx_tui.ui.screens.line.screen import LineScreen, Question

        row = self.row
        if row is None:
            return
        result_id = row.result_id

        async def answered(reason: str | None) -> None:
            if reason is not None:
                await self.reject(result_id, reason.strip())

        question = Question(
            "reason: ", hint=f"Rejects {row.name}; enter rejects, with or without a reason, esc leaves"
        )
        self.app.push_screen(LineScreen(question), answered)

    async def reject(self, result_id: str, reason: str = "") -> None:
        """Reject a result."""
        await self.decide(result_id, DecisionValues("skipped", "", reason), "Rejected")

    # ---- and back again ----------------------------------------------------------------------------

    async def action_undo(self) -> None:
        """Take the last step back, and go where it was made."""
        if self.session is not None:
            step, count = self.session.undo()
            await self._show_step(step.place, count, len(step.decided), "Undone")

    async def action_redo(self) -> None:
        """Do again what was undone."""
        if self.session is not None:
            step, count = self.session.redo()
            await self._show_step(step.place, count, len(step.decided), "Decided again")

    async def _show_step(self, place: str, count: int, wanted: int, what: str) -> None:
        if place and self.session is not None and self.session.review.row_of(place) is not None:
            self.go(place)
        else:
            self.draw()
        left = f" {wanted - count:,} that others have changed since are left." if count < wanted else ""
        one = self.name_of(place) if count == 1 else f"{count:,} decisions"
        self.tell(f"{what}: {one}.{left}")
        await self.sync()

    def name_of(self, result_id: str) -> str:
        """The qualified name of a result's asset."""
        row = self.session.review.row_of(result_id) if self.session else None
        return row.name if row is not None else "the result"

    # ---- behind the screen -------------------------------------------------------------------------

    def saved(self, saved: Saved) -> None:
        """Show what was stored, what somebody else had decided meanwhile, and what keeps the rest from being stored."""
        if not self.is_open or self.session is None:
            return
        problem = saved.problem
        if problem is not None and str(problem) != self._said_problem:
            self._said_problem = str(problem)
            self.amx.report_error(problem, what="Storing decisions", quietly=True)
            self.tell(f"Kept here, not stored: {problem.message}", look="warning", hint="r tries again")
        elif problem is None and self._said_problem:
            self._said_problem = ""
            self.tell(
                "The store answers again; all decisions are on their way."
                if self.session.saver.unsaved
                else "The store answers again; all decisions are stored."
            )
        asked = [conflict for conflict in saved.conflicts if not conflict.is_bulk]
        if asked:
            first = asked[0]
            who = first.theirs.evaluated_by if first.theirs else ""
            name = self.name_of(first.result_id)
            more = f" and {len(asked) - 1:,} more" if len(asked) > 1 else ""
            said = f"{name}{more}: {who or 'somebody else'} decided meanwhile."
            self.amx.log_message("409 Conflict", said, "warning")
            self.tell(f"409 Conflict: {said}", look="warning", hint="C shows both")
            self.draw(keeps_place=True)
        elif not self.at or saved.conflicts:
            self.draw(keeps_place=True)
        else:
            self.draw_bars()

    def others_changed(self, notices: tuple[Notice, ...]) -> None:
        """Read again what colleagues decided, or may have."""
        session = self.session
        if session is None:
            return
        named = {
            each.row_id for each in notices if each.kind == "result" and session.review.row_of(each.row_id)
        }
        if any(each.kind == "results" and each.row_id in {"", session.run_id} for each in notices):
            named |= {row.result_id for row in session.around(self._place(), self.shown)}
        if named:
            self._freshen(sorted(named))

    @work(group="review.freshen", exit_on_error=False, description="Reading what others decided")
    async def _freshen(self, result_ids: list[str]) -> None:
        session, seen = self.session, self.at
        if session is None:
            return
        theirs = await self.run_use_case(session.freshen(result_ids, seen=seen), what="Reading again")
        if theirs is not None and self.at == seen and seen not in self.outdated:
            self.outdated.add(seen)
            who = theirs.evaluated_by or "Somebody else"
            word = decision_word(theirs.evaluation)
            said = f"{who} has just decided {self.name_of(seen)}: {word}."
            self.tell(said, look="warning", hint="s passes on; another key leads to the choice")
        self.draw(keeps_place=True)

    def tell(self, message: str, *, look: str = "success", hint: str = "") -> None:
        """Say what was done on a line of its own: a toast for each of many keys would cover the texts."""
        bar = self.query_one("#review-said", Bar)
        bar.display = True
        sign = {"success": "✓ ", "warning": "⚠ ", "": ""}[look]
        right: tuple[Piece, ...] = ((hint, "muted"),) if hint else ()
        bar.show(((sign, look), (message, look if look != "success" else "")), right)

    # ---- conflicts ---------------------------------------------------------------------------------

    def action_conflicts(self) -> None:
        """Show both decisions of the asset that is shown, else of the first conflict, then of the others."""
        session = self.session
        if session is not None and session.conflicts:
            ids = list(session.review.conflicts)
            self.ask_conflict(self.at if self.at in ids else ids[0])

    def ask_conflict(self, result_id: str) -> None:
        """Let one conflict be settled."""
        session = self.session
        if session is None:
            return
        ids = list(session.review.conflicts)
        conflict = session.review.conflicts[result_id]
        number = (ids.index(result_id) + 1, len(ids))

        async def answered(choice: ConflictChoice | None) -> None:
            if choice is not None:
                await self._settle(result_id, choice, ids)

        self.app.push_screen(
            ConflictDialog(self.name_of(result_id), conflict, self.amx.now(), number), answered
        )

    async def _settle(self, result_id: str, choice: ConflictChoice, ids: list[str]) -> None:
        session = self.session
        if session is None or result_id not in session.review.conflicts:
            return
        try:
            if choice == "theirs":
                session.keep_theirs(result_id)
            else:
                session.take_mine(result_id)
        except AmxError as error:
            self.amx.report_error(error, what="Settling the conflict")
            return
        name = self.name_of(result_id)
        self.tell(f"Kept theirs for {name}." if choice == "theirs" else f"Took mine for {name}.")
        self.draw()
        await self.sync()
        following = [each for each in ids[ids.index(result_id) + 1 :] if each in session.review.conflicts]
        if following:
            self.ask_conflict(following[0])
