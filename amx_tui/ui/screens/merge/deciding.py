"""Deciding a merge step by step; each is on disk before the next key is."""

from __future__ import annotations

from abc import abstractmethod
from asyncio import Lock, to_thread
from collections.abc import Callable
from typing import Literal

from textual import work

from amx_tui.domain.merge import Choice, FieldMerge
from amx_tui.domain.merge.decisions import FIELD_CHOICES
from amx_tui.services.page_merge import DELETION, PageMerge
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.dialogs.text import TextDialog

__all__ = ["DecidingScreen"]


class DecidingScreen(BaseScreen):
    """A screen with a merge, and the place in it that is looked at.

    Args:
        merge: What is to be decided.
    """

    HOLDS_WORK = True

    def __init__(self, merge: PageMerge) -> None:
        super().__init__()
        self.merge = merge
        self.stop: str | None = None
        self._order = Lock()

    @abstractmethod
    def redraw(self) -> None:
        """Show the place that is looked at, and the result."""

    def begin(self) -> None:
        """Look at the first thing that is open, else at the first that is worth a look."""
        stops = self.merge.stops
        self.stop = next(iter(self.merge.open_stops), stops[0] if stops else None)

    # ---- going from place to place -------------------------------------------------------------------

    def action_next(self) -> None:
        """Go to the next place."""
        self._step(1)

    def action_previous(self) -> None:
        """Go to the place before."""
        self._step(-1)

    def _step(self, step: int) -> None:
        stops = self.merge.stops
        if not stops:
            self.amx.say("Nothing collides.", severity="warning")
            return
        index = stops.index(self.stop) if self.stop in stops else -1
        self.stop = stops[(index + step) % len(stops)]
        self.redraw()

    def _go_on(self) -> None:
        """Go to the next thing that is open; stay where nothing is any more."""
        stops, left = self.merge.stops, self.merge.open_stops
        index = stops.index(self.stop) if self.stop in stops else -1
        behind = [stop for stop in (*stops[index + 1 :], *stops[: index + 1]) if stop in left]
        if behind:
            self.stop = behind[0]

    # ---- choices -------------------------------------------------------------------------------------

    def action_mine(self) -> None:
        """Take mine."""
        self._choose("mine")

    def action_theirs(self) -> None:
        """Take theirs."""
        self._choose("theirs")

    def action_both(self) -> None:
        """Take both, mine first."""
        self._choose("both")

    def action_reversed(self) -> None:
        """Take both, theirs first."""
        self._choose("both-reversed")

    def action_base(self) -> None:
        """Take what both started from."""
        self._choose("base")

    def _choose(self, choice: Choice, text: str | None = None) -> None:
        stop = self.stop
        if stop is None:
            self.amx.say("There is nothing to decide here.", severity="warning")
            return
        if stop == DELETION:
            if choice not in {"mine", "theirs", "both"}:
                self.amx.say(
                    "1 brings the page back, 2 leaves it deleted, 3 makes a new page.", severity="warning"
                )
                return
            self.merge.deletion = (
                "keep" if choice == "mine" else "delete" if choice == "theirs" else "restore-as-new"
            )
        elif isinstance(self.merge.session.about(stop), FieldMerge) and choice not in FIELD_CHOICES:
            self.amx.say("A title or a status is one or the other; e writes another one.", severity="warning")
            return
        else:
            self.merge.session.choose(stop, choice, text)
        self._go_on()
        self.stepped()

    def action_unchoose(self) -> None:
        """Leave this place open again; lines that were merged by words, merged."""
        if self.stop == DELETION:
            self.merge.deletion = None
        elif self.stop is not None:
            self.merge.session.unchoose(self.stop)
        self.stepped()

    def action_words(self) -> None:
        """Take lines apart that were merged by words, or merge them again."""
        within = {region.id for region in self.merge.session.merge.within_line}
        if self.stop not in within or self.stop is None:
            self.amx.say("These lines were not merged by words.", severity="warning")
            return
        if self.stop in self.merge.session.collision_ids:
            self.merge.session.close_within(self.stop)
        else:
            self.merge.session.open_within(self.stop)
        self.stepped()

    def action_all_mine(self) -> None:
        """Take mine for all that is open."""
        self._choose_rest("mine")

    def action_all_theirs(self) -> None:
        """Take theirs for all that is open."""
        self._choose_rest("theirs")

    def _choose_rest(self, side: Literal["mine", "theirs"]) -> None:
        count = len(self.merge.session.open_ids)
        self.merge.session.choose_rest(side)
        whose = "yours" if side == "mine" else "theirs"
        self.amx.say(f"{count} taken from {whose}. u takes that back.")
        self._go_on()
        self.stepped()

    def action_undo(self) -> None:
        """Take the last step back."""
        self._show_step(self.merge.session.undo())

    def action_redo(self) -> None:
        """Take the step again that was taken back."""
        self._show_step(self.merge.session.redo())

    def _show_step(self, names: tuple[str, ...]) -> None:
        if names and names[0] in self.merge.stops:
            self.stop = names[0]
        self.stepped()

    @work(exclusive=True, group="merge.edit", exit_on_error=False)
    async def action_edit(self) -> None:
        """Write what is to stand here."""
        stop = self.stop
        if stop is None or stop == DELETION:
            self.amx.say("There is no text to edit here.", severity="warning")
            return
        session = self.merge.session
        about = session.about(stop)
        text = session.text_of(stop)
        if isinstance(about, FieldMerge):
            title, ends = f"The {about.name} of the page", False
            text = text or about.mine or ""
        else:
            title = "What is to stand here"
            text = "".join((*about.mine, *about.theirs)) if text is None else text
            ends = any(lines and lines[-1].endswith("\n") for lines in (about.mine, about.theirs))
        edited = await self.app.push_screen_wait(TextDialog(title, text))
        if edited is None or self.stop != stop:
            return
        if isinstance(about, FieldMerge):
            edited = " ".join(edited.split())
        elif ends and not edited.endswith("\n"):
            edited += "\n"
        self._choose("edited", edited)

    # ---- disk ----------------------------------------------------------------------------------------

    def stepped(self) -> None:
        """Show a step, and put it on disk."""
        self.redraw()
        self.keep()

    @work(group="merge.keep", exit_on_error=False)
    async def keep(self) -> None:
        """Put the merge on disk, beside its draft."""
        drafts, document = self.workspace.pages.drafts, self.merge.document()
        await self.on_disk(drafts.keep_merge, self.merge.draft.draft_id, document)

    async def on_disk(self, action: Callable[..., object], *arguments: object) -> None:
        """Do something with the disk; one that is full or not ours is said, and keeps no text from the store."""
        async with self._order:
            await self.run_use_case(to_thread(action, *arguments), what="Keeping the merge")
