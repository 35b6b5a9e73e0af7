"""The commands that work on every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import App
from textual.binding import Binding, BindingType

from amx_tui.ui.commands import Command, Performer, bindings_of

if TYPE_CHECKING:
    from amx_tui.ui.app import AmxApp

__all__ = ["GlobalCommands"]

_HABITS = {
    "space": "Nothing is marked here: space marks runs in the history.",
    "n,N": "There is nothing to step through here: n and N go from match to match, and over differences.",
    "y,Y": "There is nothing to copy here.",
    "E": "There is nothing to export here: E writes a comparison or a page to a file.",
    "u": "There is nothing to undo here.",
    "ctrl+r": "There is nothing to redo here.",
}
"""Keys that mean the same on every screen that has a use for them; the others say that they have none."""


class GlobalCommands(Performer, App[None]):
    """Going from screen to screen, help, the command line; the modules behind them load when they are asked for."""

    VERBS = (
        Command("app.history", "1,alt+1", "Go to the history of runs"),
        Command("app.pages", "2,alt+2", "Go to the documentation pages"),
        Command("app.members", "5,alt+5", "Go to the members"),
        Command("app.profiles", "6,alt+6", "Go to the database profiles"),
        Command("app.command", "colon", "Open the command line"),
        Command("app.help", "question_mark,f1", "Show the keys of this screen"),
        Command("app.log", "L", "Show the messages so far"),
        Command("app.theme", "", "Choose the theme (colours)"),
        Command("app.store", "", "Set up or join a shared history store"),
        Command("app.doctor", "", "Look for the usual faults"),
        Command("app.health", "", "Look for faults of the store's rows, and mend them"),
        Command("app.reload", "", "Read config.yml again"),
        Command("app.suspend", "ctrl+z", "Go back to the shell for a while; fg continues"),
        Command("app.quit", "q", "Quit"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of(VERBS),
        *(Binding(keys, f"say_no_use('{keys}')", show=False) for keys in _HABITS),
    ]

    @property
    def _amx(self) -> AmxApp:
        return cast("AmxApp", self)

    def action_history(self) -> None:
        """Go to the history."""
        self.go_to("history")

    def action_pages(self) -> None:
        """Go to the pages."""
        self.go_to("pages")

    def action_members(self) -> None:
        """Go to the members."""
        self.go_to("members")

    def action_profiles(self) -> None:
        """Go to the profiles."""
        self.go_to("profiles")

    def go_to(self, mode: str) -> None:
        """Go to a list: to another one as it was left, from what lies on this one back to it."""
        if self.current_mode == mode:
            self.uncover()
        else:
            self.switch_mode(mode)

    def uncover(self) -> None:
        """Take off what lies on a list, but for what is not finished."""
        from amx_tui.ui.screens.base import BaseScreen

        while len(self.screen_stack) > 1 and isinstance(self.screen, BaseScreen):
            if self.screen.HOLDS_WORK:
                self._amx.say("Something unfinished is open here: esc leaves it.", severity="warning")
                return
            self.pop_screen()

    def action_command(self) -> None:
        """Open the command line."""
        from amx_tui.ui.line_input import ask_command

        ask_command(self._amx)

    def action_help(self) -> None:
        """Show the keys of this screen."""
        from amx_tui.ui.screens.help.screen import HelpScreen

        self.push_screen(HelpScreen(self.screen, self._amx))

    def action_log(self) -> None:
        """Show the messages so far."""
        from amx_tui.ui.screens.log.screen import LogScreen

        self.push_screen(LogScreen(self._amx.messages))

    def action_theme(self) -> None:
        """Choose the colours."""
        from amx_tui.ui.appearance import choose_theme

        choose_theme(self._amx)

    def action_store(self) -> None:
        """Set up or join a shared history store."""
        self.run_line("history-store")

    def action_help_quit(self) -> None:
        """Answer ctrl+c, by which people leave other programs."""
        quit_ = next(command for command in self.VERBS if command.id == "app.quit")
        self.notify(f"{self._amx.key_of(quit_)} quits.", title="Do you want to quit?", markup=False)

    def action_suspend(self) -> None:
        """Go back to the shell for a while; where none can bring the program back, say so."""
        from amx_tui.ui.terminal import has_job_control

        if has_job_control():
            self.action_suspend_process()
        else:
            self._amx.say(
                "The program was not started from a shell that could continue it.", severity="warning"
            )

    def on_driver_signal_resume(self) -> None:
        """Draw everything: the shell has written over it."""
        self.refresh(layout=True)

    async def action_quit(self) -> None:
        """Quit; where decisions are on this machine alone, after a moment for them, or a question."""
        from amx_tui.ui.screens.base import BaseScreen

        workspace = self._amx.session.workspace
        if not all([await screen.keeps_typed() for screen in self._amx.screens_of_kind(BaseScreen)]):
            from amx_tui.ui.leaving import lost_text_question

            self.push_screen(lost_text_question("Quit"), lambda is_meant: self.exit() if is_meant else None)
        elif workspace is not None and workspace.unsaved_decisions:
            from amx_tui.ui.leaving import leave

            leave(self._amx, workspace)
        else:
            self.exit()

    def action_doctor(self) -> None:
        """Look for the usual faults."""
        self.run_line("doctor")

    def action_health(self) -> None:
        """Look for faults of the store's rows."""
        self.run_line("doctor --store")

    def action_reload(self) -> None:
        """Read config.yml again."""
        self.run_line("config reload")

    def action_say_no_use(self, keys: str) -> None:
        """Answer a key of the house that this screen has no use for."""
        self.notify(_HABITS[keys], timeout=3, markup=False)

    def run_line(self, line: str) -> None:
        """Do what a command line says."""
        from amx_tui.ui.line_input import run_line

        run_line(self._amx, line)
