"""The Profiles screen: the named database connections of config.yml."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, cast

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from amx_tui.domain.errors import AmxError
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.profiles.content import error_lines, outcome_content, profile_columns, profile_content
from amx_tui.ui.widgets.bars import KeyBar, Piece, StatusBar, TitleBar, row_pieces
from amx_tui.ui.widgets.busy_line import BusyLine
from amx_tui.ui.widgets.row_list import ListNote, RowList

if TYPE_CHECKING:
    from amx_tui.services.profiles import ProfileEntry, TestOutcome
    from amx_tui.services.workspace import Workspace

__all__ = ["ProfilesScreen"]

FACTS_FROM = 120


class ProfilesScreen(BaseScreen):
    """The profiles: which one is active, which one hosts the store, and whether they answer."""

    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "RowList"
    VERBS = (
        Command("profiles.connect", "c", "Make the profile the active one, and test it", footer="Connect"),
        Command("profiles.test", "t", "Test the connection: time and server version", footer="Test"),
        Command("profiles.add", "a", "Add a profile", footer="Add"),
        Command("profiles.edit", "e", "Edit the profile", footer="Edit"),
        Command("profiles.store", "s", "Set up or join the shared history store with it", footer="Share"),
        Command("profiles.inspect", "i", "Inspect: abilities, schemas and their tables"),
        Command("profiles.health", "h", "Look for faults of the store's rows, and mend them"),
        Command("profiles.remove", "d", "Remove the profile"),
        Command("profiles.copy", "y", "Copy the profile's name"),
        Command("profiles.copy_cure", "Y", "Copy the error of the test, and its cure"),
        Command("profiles.refresh", "r", "Read config.yml again, and forget the tests"),
        Command("profiles.back", "escape", "Stop the test", in_palette=False),
    )
    BINDINGS = bindings_of(VERBS)

    def __init__(self) -> None:
        super().__init__()
        self._outcomes: dict[str, TestOutcome] = {}
        self._testing = ""

    def compose(self) -> ComposeResult:
        """Status line, title, what is wrong with the file, list and facts, outcome, keys."""
        yield StatusBar()
        yield TitleBar()
        yield Static(id="banner")
        with Horizontal(id="body"):
            yield RowList(profile_columns(self._outcomes.get), key=_name, id="profiles")
            with VerticalScroll(id="facts-pane", can_focus=False):
                yield Static(id="facts")
        yield Static(id="outcome")
        yield BusyLine()
        yield KeyBar()

    @property
    def list(self) -> RowList[ProfileEntry]:
        """The list of profiles."""
        return cast("RowList[ProfileEntry]", self.query_one("#profiles", RowList))

    def on_mount(self) -> None:
        """Say that the file is being read; the rows follow when it is."""
        self.list.show_note(ListNote("Reading config.yml…"))
        self.show_bars()

    def on_resize(self, event: events.Resize) -> None:
        """Show the facts where there is room for them."""
        self.set_class(event.size.width >= FACTS_FROM, "-wide")

    # ---- showing -----------------------------------------------------------------------------------

    def show_bars(self) -> None:
        """Bring everything up to date with the configuration, which may have changed with the store."""
        if self.is_mounted and self.amx.session.workspace is not None:
            self._show_profiles(self.amx.session.workspace)
        super().show_bars()

    def _show_profiles(self, workspace: Workspace) -> None:
        entries = workspace.profiles.list()
        active = None if self.list.rows else workspace.config.active_db_profile
        self.list.show_rows(entries, cursor=active)
        error = workspace.config_error
        self.set_class(error is not None, "-broken")
        if error is not None:
            left_alone = Content.styled("r reads it again", "$foreground 60%")
            self.query_one("#banner", Static).update(Content("\n").join([*error_lines(error), left_alone]))
            note = ListNote(
                "No profiles can be shown.", ("Mend the file, then r reads it again.",), tone="error"
            )
            self.list.show_note(note)
        else:
            self.list.show_note(ListNote("No database profiles yet.", ("a adds one",)))
        self._show_current()

    @on(RowList.CursorMoved)
    def _show_current(self) -> None:
        """Show the facts of the profile under the cursor, and what trying it showed."""
        entry = self.list.current
        outcome = self._outcomes.get(entry.name) if entry is not None else None
        facts = self.query_one("#facts", Static)
        if entry is None:
            facts.update("")
        else:
            facts.update(profile_content(entry, self.workspace.profiles.get(entry.name), outcome))
        self.set_class(outcome is not None, "-tested")
        if outcome is not None:
            self.query_one("#outcome", Static).update(outcome_content(outcome))
        self._show_title()
        self.show_footer()

    def _show_title(self) -> None:
        count = len(self.list.rows)
        left: list[Piece] = [
            ("Profiles", "strong"),
            (f"  {count} profile{'' if count == 1 else 's'}", "muted"),
        ]
        if self.has_class("-broken"):
            left.append(("  ✗ config.yml cannot be used", "error"))
        self.query_one(TitleBar).show(tuple(left), row_pieces(self.list.position))

    # ---- commands ----------------------------------------------------------------------------------

    def reason_against(self, command: Command) -> str:
        """Most commands want a profile that can be used; those that save want a file that can."""
        if self.amx.session.workspace is None:
            return "config.yml is still being read."
        if command.verb in {"add", "edit", "remove", "connect"} and self.workspace.config_error is not None:
            return "config.yml cannot be used as it is; mend it, then r reads it again."
        entry = self.list.current
        if command.verb in {"add", "refresh", "back"}:
            return ""
        if entry is None:
            return "There is no profile under the cursor. a adds one."
        return self._reason_against_entry(command.verb, entry)

    def _reason_against_entry(self, verb: str, entry: ProfileEntry) -> str:
        profile = self.workspace.profiles.get(entry.name)
        if verb in {"connect", "test", "edit", "inspect", "store"} and profile.note:
            return profile.note
        if verb == "store" and not entry.can_host and profile.kind is not None:
            return f"{entry.name} cannot host the store: {profile.kind.host_refusal}"
        if verb == "remove" and entry.is_host:
            return f"{entry.name} hosts the shared history store. Disable that first: s, then d."
        if verb == "copy_cure":
            outcome = self._outcomes.get(entry.name)
            if outcome is None or outcome.error is None:
                return "Nothing is known to be wrong with it. t tests the connection."
        return ""

    @on(RowList.RowOpened)
    async def _opened(self) -> None:
        await self.action_perform("profiles.connect")

    def action_connect(self) -> None:
        """Make the profile the active one, and test it."""
        entry = self.list.current
        if entry is not None:
            self._test(entry.name, activate=True)

    def action_test(self) -> None:
        """Test the profile's connection."""
        entry = self.list.current
        if entry is not None:
            self._test(entry.name)

    @work(exclusive=True, group="profiles.test", exit_on_error=False)
    async def _test(self, name: str, *, activate: bool = False) -> None:
        """Try a connection; a profile is made active before, for it stays so if the host does not answer."""
        self._testing = name
        self._outcomes.pop(name, None)
        self._draw()
        try:
            with self.query_one(BusyLine).waiting(f"Testing {name}…"):
                if activate:
                    await self.workspace.profiles.set_active(name)
                    self.amx.log_message(f"{name} is the active profile.")
                outcome = await self.workspace.profiles.test(name)
        except AmxError as error:
            self.amx.report_error(error, what=f"Testing {name}")
        else:
            self._outcomes[name] = outcome
            if outcome.error is not None:
                self.amx.report_error(outcome.error, what=f"Testing {name}", quietly=True)
        self._testing = ""
        self._draw()

    def _draw(self) -> None:
        """Show the rows as they are now; nothing where the screen has gone meanwhile."""
        if self.is_mounted:
            self.list.redraw()
            self.show_bars()

    def action_back(self) -> None:
        """Stop the test."""
        if self._testing:
            name = self._testing
            self._testing = ""
            self.query_one(BusyLine).stop()
            self.workers.cancel_group(self, "profiles.test")
            self.amx.say(f"The test of {name} was stopped.", title="Stopped")

    def action_add(self) -> None:
        """Open an empty form."""
        from amx_tui.ui.screens.profiles.form import ProfileForm

        self.app.push_screen(ProfileForm.adding(self.workspace), self._saved)

    def action_edit(self) -> None:
        """Open the form of the profile."""
        from amx_tui.ui.screens.profiles.form import ProfileForm

        entry = self.list.current
        if entry is not None:
            self.app.push_screen(ProfileForm.editing(self.workspace, entry.name), self._saved)

    def _saved(self, name: str | None) -> None:
        """Go to the profile that was saved; what was known of its connection no longer holds."""
        if name is not None:
            self._outcomes.pop(name, None)
            self.show_bars()
            self.list.show_rows(self.list.rows, cursor=name)

    @work(exclusive=True, group="profiles.remove", exit_on_error=False)
    async def action_remove(self) -> None:
        """Remove the profile, once that is confirmed."""
        entry = self.list.current
        if entry is None:
            return
        details = f"{entry.title}  {entry.place}\nIts block goes out of config.yml; the database itself is left alone."
        question = ConfirmDialog(f"Remove the profile {entry.name}?", details=details, confirm="Remove")
        if not await self.app.push_screen_wait(question):
            return
        notes = await self.run_use_case(
            self.workspace.profiles.remove(entry.name), what=f"Removing {entry.name}"
        )
        if notes is not None:
            self._outcomes.pop(entry.name, None)
            self.amx.say("\n".join((f"Removed {entry.name}.", *notes)), title="Profiles")
            self.show_bars()

    def action_inspect(self) -> None:
        """Show what the database holds."""
        entry = self.list.current
        if entry is not None:
            self.amx.run_line(f"inspect {shlex.quote(entry.name)}")

    def action_store(self) -> None:
        """Set up or join the shared store with this profile."""
        from amx_tui.ui.screens.store.screen import StoreScreen

        entry = self.list.current
        if entry is not None:
            # The host's own steps are behind it: the status, and what can be done with the store, are not.
            self.app.push_screen(StoreScreen("" if entry.is_host else entry.name))

    def action_health(self) -> None:
        """Look for faults of the store's rows."""
        self.amx.action_health()

    def action_copy(self) -> None:
        """Copy the name."""
        entry = self.list.current
        if entry is not None:
            self.amx.copy(entry.name, what=entry.name)

    def action_copy_cure(self) -> None:
        """Copy the error with its cure."""
        entry = self.list.current
        outcome = self._outcomes.get(entry.name) if entry is not None else None
        if outcome is not None and outcome.error is not None:
            text = "\n".join(part for part in (outcome.error.message, outcome.error.hint) if part)
            self.amx.copy(text, what=outcome.error.title)

    @work(exclusive=True, group="profiles.refresh", exit_on_error=False)
    async def action_refresh(self) -> None:
        """Read the file again."""
        self._outcomes.clear()
        await self.amx.session.reload()
        self.show_bars()


def _name(entry: ProfileEntry) -> str:
    return entry.name
