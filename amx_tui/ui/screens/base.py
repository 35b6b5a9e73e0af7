"""What every screen has: the bars, its commands, and one way to run a use-case."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual import on
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.worker import Worker

from amx_tui.domain.errors import AmxError
from amx_tui.domain.text import one_line
from amx_tui.ui.commands import Command, Performer
from amx_tui.ui.widgets.bars import HintBar, KeyBar, KeyHint, Piece, StatusBar

if TYPE_CHECKING:
    from amx_tui.domain.notices import Notice
    from amx_tui.services.workspace import StoreState, Workspace
    from amx_tui.ui.app import AmxApp

__all__ = ["BaseScreen", "status_pieces"]

Answer = TypeVar("Answer")
FOOTER_KEYS = 5
_NAMED = 3
"""Colleagues who are here whom the status line names."""


class BaseScreen(Performer, Screen[None]):
    """A screen with a status line on top and its keys at the bottom.

    Subclasses compose their own widgets between the two bars, list their commands in `VERBS`, and get
    `action_perform` bound to each.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "Next pane", show=False, id="pane.next"),
        Binding("shift+tab", "app.focus_previous", "Previous pane", show=False, id="pane.previous"),
    ]

    HOLDS_WORK: ClassVar[bool] = False
    """Whether something may be unfinished in it, so that only esc leaves it, which knows what to do about that."""

    @property
    def amx(self) -> AmxApp:
        """The app, as what it is."""
        return cast("AmxApp", self.app)

    @property
    def workspace(self) -> Workspace:
        """What the screen works on; there once the app has loaded it, which is before any store state is known."""
        return self.amx.workspace

    @property
    def opens(self) -> str:
        """What the screen has open, as colleagues are told it: `run <id>`, `page <id>`; empty for a list."""
        return ""

    @property
    def watched_runs(self) -> tuple[str, ...]:
        """The ids of the runs whose results the screen shows."""
        return ()

    def on_screen_resume(self) -> None:
        """Bring the bars up to date when the screen comes to the front."""
        self.show_bars()

    async def finish(self) -> None:
        """Bring to an end what must not be cut off, before the screen is taken away with the store that it is of."""

    async def keeps_typed(self) -> bool:
        """Say whether nothing that was typed here is lost where the program ends now."""
        return True

    def others_changed(self, notices: tuple[Notice, ...]) -> None:
        """Somebody else has changed the store: screens that show it read it again, with the cursor where it is."""

    def show_bars(self) -> None:
        """Draw the status line and the footer for the state as it is now."""
        if self.is_mounted:
            left, right = status_pieces(self.amx)
            for status in self.query(StatusBar):
                status.show(left, right)
            self.show_footer()

    def show_footer(self) -> None:
        """Draw the footer: the first five commands that have a label, greyed where something is against them."""
        shown = [command for command in self.VERBS if command.footer][:FOOTER_KEYS]
        hints = [
            KeyHint(
                command.id,
                self.amx.key_of(command),
                self.label_of(command),
                bool(self.reason_against(command)),
            )
            for command in shown
        ]
        hints += [
            KeyHint(command.id, self.amx.key_of(command), "Help")
            for command in self.amx.VERBS
            if command.id == "app.help"
        ]
        for bar in self.query(KeyBar):
            bar.show_keys(tuple(hints))

    def label_of(self, command: Command) -> str:
        """What the footer calls a command now."""
        return command.footer

    def store_changed(self, state: StoreState) -> None:
        """The app has another store, or knows more about it: screens that show its rows read them again."""
        self.show_bars()

    @on(HintBar.Pressed)
    async def _press_key(self, message: HintBar.Pressed) -> None:
        if message.command_id.startswith("app."):
            await self.amx.action_perform(message.command_id)
        else:
            await self.action_perform(message.command_id)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say what ended a piece of this screen's work."""
        self.amx.on_worker_state_changed(event)

    async def run_use_case(self, work: Awaitable[Answer], *, what: str) -> Answer | None:
        """Await a use-case; an error goes to the message log and to a toast, and the answer is then None.

        Args:
            what: What was being done, for the log: "Reading the runs".
        """
        try:
            return await work
        except AmxError as error:
            self.amx.report_error(error, what=what)
            return None


def status_pieces(app: AmxApp) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The status line: store and liveness on the left, member and role on the right."""
    view = app.store_view
    sign, look, word = {
        "connecting": ("◌", "muted", "connecting…"),
        "local": ("●", "success", "local"),
        "shared": ("●", "success", "shared"),
        "offline": ("⚠", "warning", "offline"),
        "failed": ("✗", "error", "no store"),
    }[view.kind]
    if app.is_host_away:
        sign, look, word = "⚠", "warning", "no answer"
    left: list[Piece] = [("AMX ", "accent"), (f" {sign} {word} ", look)]
    if view.is_read_only:
        left.append((" read-only ", "warning"))
    left.append((f" {view.label}", "strong"))
    right: list[Piece] = [*_presence(app), (view.who, "strong")]
    if view.role:
        right.append((f" ({view.role})", "muted"))
    return tuple(left), tuple(right)


def _presence(app: AmxApp) -> list[Piece]:
    """Who else is here: the first names, and how many more."""
    names = list(dict.fromkeys(one_line(each.username.partition("@")[0], 16) for each in app.others))
    if not names:
        return []
    more = f" +{len(names) - _NAMED}" if len(names) > _NAMED else ""
    return [("◆ ", "success"), (f"{', '.join(names[:_NAMED])}{more}   ", "muted")]
