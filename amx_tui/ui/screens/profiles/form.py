"""The form of a database profile: made from what its backend asks for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from amx_tui.domain.errors import AmxError, ConfigError, DriverMissingError
from amx_tui.domain.text import one_line
from amx_tui.services.profiles import TestOutcome
from amx_tui.ui.commands import Command, Performer, bindings_of
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.profiles.content import copyable, kind_columns, outcome_content
from amx_tui.ui.screens.profiles.fields import NAME, ProfileFields
from amx_tui.ui.widgets.bars import KeyBar, KeyHint
from amx_tui.ui.widgets.busy_line import BusyLine
from amx_tui.ui.widgets.row_list import RowList

if TYPE_CHECKING:
    from amx_tui.config.kinds import Backend
    from amx_tui.config.model import Profile
    from amx_tui.services.workspace import Workspace
    from amx_tui.ui.app import AmxApp

__all__ = ["ProfileForm"]

LOW_BELOW = 20
"""Lines below which the frame is given up."""


class ProfileForm(Performer, ModalScreen[str | None]):
    """Adds or edits a profile; dismissed with its name once it is saved, else with None."""

    CSS_PATH = "form.tcss"
    AUTO_FOCUS = ""
    VERBS = (
        Command("form.save", "f2,ctrl+s", "Save the profile", footer="Save"),
        Command(
            "form.test", "ctrl+t", "Test the connection with what is typed, without saving", footer="Test"
        ),
        Command(
            "form.copy",
            "ctrl+y",
            "Copy the install command, or what is wrong and its cure",
            footer="Copy fix",
        ),
        Command("form.back", "escape", "Stop the test, or one step back", footer="Back"),
        Command("form.help", "f1", "Show these keys", footer="Help"),
    )
    BINDINGS: ClassVar[list[Any]] = [*bindings_of(VERBS)]

    def __init__(
        self, workspace: Workspace, *, profile: Profile | None, kind: Backend | None, profile_name: str = ""
    ) -> None:
        super().__init__()
        self._workspace = workspace
        self._profile = profile
        self._kind = kind
        self._can_choose = kind is None
        self._first_name = profile_name
        self._error: AmxError | None = None
        self._keyring_problem = ""
        self._is_saving = False

    @classmethod
    def adding(cls, workspace: Workspace, name: str = "", backend: str = "") -> ProfileForm:
        """Make the form of a new profile.

        Args:
            workspace: Where it is saved.
            name: What it is to be called.
            backend: The kind of database; chosen from a list where it is empty.

        Raises:
            NotFoundError: There is no such backend.
            ConfigError: `config.yml` cannot be used.
        """
        _require_config(workspace)
        kind = workspace.profiles.draft("", backend, {}).require_backend() if backend else None
        return cls(workspace, profile=None, kind=kind, profile_name=name)

    @classmethod
    def editing(cls, workspace: Workspace, name: str) -> ProfileForm:
        """Make the form of a profile that there is.

        Raises:
            NotFoundError: There is none of that name.
            ConfigError: `config.yml` cannot be used, or the profile is of a kind that we do not connect to.
        """
        _require_config(workspace)
        profile = workspace.profiles.get(name)
        return cls(workspace, profile=profile, kind=profile.require_backend())

    @property
    def amx(self) -> AmxApp:
        """The app, as what it is."""
        return cast("AmxApp", self.app)

    @property
    def busy(self) -> BusyLine:
        """What is waited for."""
        return self.query_one(BusyLine)

    @property
    def fields(self) -> ProfileFields:
        """The rows of the form."""
        return self.query_one(ProfileFields)

    @property
    def kinds(self) -> RowList[Backend]:
        """The list of backends."""
        return cast("RowList[Backend]", self.query_one("#kinds", RowList))

    def compose(self) -> ComposeResult:
        """The kinds of database, then the form of the one that was chosen."""
        with Vertical(id="form-box"):
            yield Static(id="form-title")
            yield Static(id="form-notice", markup=False)
            yield RowList(kind_columns(), key=lambda kind: kind.name, id="kinds")
            yield ProfileFields(self._workspace, self._profile, self._first_name)
            yield Static(id="form-help", markup=False)
            yield Static(id="form-outcome")
            yield BusyLine()
        yield KeyBar()

    async def on_mount(self) -> None:
        """Begin with the kind of database, or with the fields where that is known."""
        self.kinds.show_rows(self._workspace.profiles.backends())
        self._keyring_problem = await asyncio.to_thread(self._workspace.profiles.keyring_problem)
        if self._kind is None:
            self._choose_kind()
        else:
            await self._fill(self._kind)

    def on_resize(self, event: events.Resize) -> None:
        """Give up the frame and wide labels where there is no room for them."""
        self.set_class(event.size.height < LOW_BELOW, "-low")
        self.fields.fit(event.size.width)

    # ---- the two steps -----------------------------------------------------------------------------

    def _choose_kind(self) -> None:
        self._show_step("-choosing")
        self._show_title("Add a profile", "Which kind of database?")
        self.kinds.focus()
        self._show_keys()

    @on(RowList.RowOpened)
    async def _kind_chosen(self) -> None:
        if self.kinds.current is not None:
            await self._fill(self.kinds.current)

    async def _fill(self, kind: Backend) -> None:
        """Show the fields of a backend."""
        self._kind = kind
        self._show_step("-filling")
        self._show_title(f"Edit {self._profile.name}" if self._profile else "Add a profile", kind.title)
        is_missing = not kind.driver_available()
        self.set_class(is_missing, "-notice")
        notice = (
            f"⚠ The driver is not installed. Connecting needs:  {kind.install_command}" if is_missing else ""
        )
        self.query_one("#form-notice", Static).update(notice)
        self._show_error(None)
        await self.fields.fill(kind, self._keyring_problem)
        self._show_keys()

    def _show_step(self, step: str) -> None:
        self.remove_class("-choosing", "-filling", "-notice", "-tried")
        self.add_class(step)

    def _show_title(self, title: str, kind: str) -> None:
        words = Content.assemble(one_line(title), (f"  {one_line(kind)}", "not bold $foreground 60%"))
        self.query_one("#form-title", Static).update(words)

    def _show_keys(self) -> None:
        hints = [
            KeyHint(command.id, self.amx.key_of(command), command.footer, bool(self.reason_against(command)))
            for command in self.VERBS
        ]
        self.query_one(KeyBar).show_keys(tuple(hints))

    @on(KeyBar.Pressed)
    async def _press_key(self, message: KeyBar.Pressed) -> None:
        await self.action_perform(message.command_id)

    @on(ProfileFields.Entered)
    def _show_help(self, message: ProfileFields.Entered) -> None:
        self.query_one("#form-help", Static).update(message.help)

    # ---- commands ----------------------------------------------------------------------------------

    @property
    def _is_filling(self) -> bool:
        return self.has_class("-filling")

    def reason_against(self, command: Command) -> str:
        """Saving and testing want a kind of database, and one thing at a time."""
        if command.verb in {"save", "test"} and not self._is_filling:
            return "Choose the kind of database first, with enter."
        if self._is_saving and command.verb in {"save", "test", "back"}:
            return "The profile is being saved."
        if self.busy.is_waiting and command.verb in {"save", "test"}:
            return "Wait until this is done, or stop it with esc."
        if command.verb == "copy" and not self._cure():
            return "There is nothing to copy: no driver is missing, and nothing failed."
        return ""

    def _cure(self) -> str:
        """What is worth copying: the command that installs the driver, else an error with its cure."""
        if isinstance(self._error, DriverMissingError):
            return self._error.hint
        if self._error is not None:
            return copyable(self._error)
        if self._kind is not None and self._is_filling and not self._kind.driver_available():
            return self._kind.install_command
        return ""

    @work(exclusive=True, group="form", exit_on_error=False)
    async def action_test(self) -> None:
        """Try what is typed, without saving it."""
        if self.fields.find_problems():
            return
        draft = self.fields.draft()
        with self.busy.waiting(f"Connecting to {draft.describe() or draft.backend}…"):
            self._show_error(None)
            outcome = await self._workspace.profiles.test(draft)
        self._show_outcome(outcome)

    def _show_outcome(self, outcome: TestOutcome) -> None:
        self._error = outcome.error
        self.query_one("#form-outcome", Static).update(outcome_content(outcome))
        self.add_class("-tried")
        self._show_keys()

    def _show_error(self, error: AmxError | None) -> None:
        """Show why something failed, or nothing."""
        if error is not None:
            self._show_outcome(TestOutcome(False, 0.0, error=error))
        else:
            self._error = None
            self.remove_class("-tried")
            self._show_keys()

    @on(ProfileFields.Finished)
    @work(exclusive=True, group="form", exit_on_error=False)
    async def action_save(self) -> None:
        """Save the profile, and leave."""
        kind, fields = self._kind, self.fields
        if kind is None or fields.find_problems():
            return
        name = fields.profile_name
        self._is_saving = True
        work = self._workspace.profiles.save(
            name, kind.name, fields.values(), is_new=self._profile is None, secrets_in=fields.secrets_in
        )
        try:
            with self.busy.waiting(f"Saving {name}…", hint="the OS keyring may ask you"):
                saved = await work
        except ConfigError as error:
            key = NAME if error.key == "db_profiles" else error.key or ""
            if not fields.show_problem(key, error.message):
                self._show_error(error)
        else:
            self.amx.say("\n".join((f"Saved {name}.", *saved.notes)), title="Profiles")
            self.dismiss(name)
            if self._workspace.config.is_shared and self._workspace.config.history_store_profile == name:
                self.amx.retry_store()
        finally:
            self._is_saving = False

    def action_copy(self) -> None:
        """Copy the cure."""
        self.amx.copy(self._cure(), what=one_line(self._cure(), 200))

    def action_back(self) -> None:
        """Stop the test; else leave, and ask only where something would be lost."""
        if self.busy.is_waiting:
            self.busy.stop()
            self.workers.cancel_group(self, "form")
            self.amx.say("The test was stopped.", title="Stopped")
        elif self._is_filling and self._can_choose and not self.fields.is_changed:
            self._choose_kind()
        elif not self._is_filling or not self.fields.is_changed:
            self._leave(True)
        else:
            what = f"the changes to {self._profile.name}" if self._profile else "the new profile"
            question = f"Discard {what}?"
            self.app.push_screen(ConfirmDialog(question, confirm="Discard"), self._leave)

    def _leave(self, is_sure: bool | None) -> None:
        if is_sure:
            self.dismiss(None)

    def action_help(self) -> None:
        """Show the keys."""
        from amx_tui.ui.screens.help.screen import HelpScreen

        self.app.push_screen(HelpScreen(cast("Screen[object]", self), self.amx))


def _require_config(workspace: Workspace) -> None:
    if workspace.config_error is not None:
        raise workspace.config_error
