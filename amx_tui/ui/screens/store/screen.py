"""The shared history store: where it is now, and the steps that make or join one."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from amx_tui.domain.errors import AmxError
from amx_tui.domain.report import Report
from amx_tui.services.store_plans import DEFAULT_SCHEMA, Candidate, StorePlan
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.report.content import plain_text, report_content
from amx_tui.ui.screens.store.content import (
    candidate_columns,
    candidate_note,
    failure_content,
    failure_text,
    outcome_content,
    plan_content,
    progress_content,
    status_text,
)
from amx_tui.ui.screens.store.steps import (
    STEPS,
    VERBS,
    HostList,
    Step,
    StepPane,
    empty_note,
    footer_of,
    question_of,
    reason_of,
    title_of,
)
from amx_tui.ui.widgets.bars import KeyBar, KeyHint, StatusBar, TitleBar
from amx_tui.ui.widgets.busy_line import BusyLine
from amx_tui.ui.widgets.row_list import ListNote, RowList

if TYPE_CHECKING:
    from amx_tui.services.workspace import StoreState

__all__ = ["StoreScreen"]

LOW_BELOW = 20
PANE_MARGIN = 5
"""Cells beside the pane's text: its padding and its scroll bar."""
_HELP = (
    "The name is taken to the letter: AMX and amx are two schemas. Take the name that your team uses; "
    "a schema that the DBA made beforehand is used as it is."
)


class StoreScreen(BaseScreen):
    """Says where the history is kept; makes a shared store, joins one, or goes back to the local one.

    Args:
        profile: The host; picked from a list where it is empty.
        schema: The schema; asked for where it is empty.
        joins_amx_cli: Whether only a store that amx-cli made is wanted, which is joined and never made.
    """

    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = ""
    HOLDS_WORK = True
    VERBS = VERBS
    BINDINGS = bindings_of(VERBS)

    @dataclass
    class Progressed(Message):
        """A statement is about to run."""

        number: int
        count: int
        purpose: str

    def __init__(self, profile: str = "", schema: str = "", *, joins_amx_cli: bool = False) -> None:
        super().__init__()
        self._profile = profile
        self._schema = schema
        self._joins_amx_cli = joins_amx_cli
        self._step: Step = "choose"
        self._plan: StorePlan | None = None
        self._error: AmxError | None = None
        self._outcome: Report | None = None
        self._status: Report | None = None

    def compose(self) -> ComposeResult:
        """Status line, title, what is said, the pane of the step, keys."""
        yield StatusBar()
        yield TitleBar(id="store-title")
        yield Static(id="store-text", markup=False)
        yield HostList(candidate_columns(), key=lambda candidate: candidate.name, id="candidates")
        with Vertical(id="schema-box"):
            with Horizontal(id="schema-row"):
                yield Static("Schema name for the AMX tables", id="schema-label", markup=False)
                yield Input(self._schema or DEFAULT_SCHEMA, compact=True, id="schema")
            yield Static(_HELP, id="schema-help", markup=False)
        with StepPane(id="pane"):
            yield Static(id="pane-text")
        yield Static(id="note", markup=False)
        yield Static(id="progress")
        yield BusyLine()
        yield KeyBar()

    @property
    def busy(self) -> BusyLine:
        """What is waited for."""
        return self.query_one(BusyLine)

    @property
    def list(self) -> RowList[Candidate]:
        """The hosts to pick from."""
        return self.query_one(HostList)

    def on_mount(self) -> None:
        """Begin with the first step that has not been answered."""
        self._show_status()
        if self._profile and self._schema and self.amx.session.workspace is not None:
            self._look()
        elif self._profile and self.amx.session.workspace is not None:
            self._choose(self._profile)
        else:
            self._go("choose")

    def store_changed(self, state: StoreState) -> None:
        """Say what is so now."""
        super().store_changed(state)
        self._show_status()

    # ---- steps -------------------------------------------------------------------------------------

    def _go(self, step: Step) -> None:
        """Show a step."""
        self._step = step
        for each in STEPS:
            self.set_class(each == step, f"-{each}")
        self.query_one("#store-text", Static).update(self._heading())
        self.query_one("#store-text").display = bool(self._heading())
        focus = {"choose": "#candidates", "schema": "#schema"}.get(step, "#pane")
        self.query_one(focus).focus()
        self._show_title()
        self.show_footer()

    def _heading(self) -> str:
        if self._step == "choose" and self._status is not None:
            return status_text(self._status)
        return self._plan.headline if self._plan is not None and self._step in {"plan", "running"} else ""

    def _show_title(self) -> None:
        left, right = title_of(
            self._step, self._profile, self._schema, self._plan, joins_amx_cli=self._joins_amx_cli
        )
        self.query_one("#store-title", TitleBar).show(left, right)

    @work(exclusive=True, group="store.status", exit_on_error=False)
    async def _show_status(self) -> None:
        """Read where the history is kept, and what could host it."""
        workspace = self.amx.session.workspace
        if workspace is None:
            self.list.show_note(ListNote("Reading config.yml…"))
            return
        self._status = await self.run_use_case(
            workspace.history_store.status(), what="Reading the configuration"
        )
        candidates = workspace.history_store.candidates()
        host = next((candidate.name for candidate in candidates if candidate.is_host), None)
        wanted = self._profile or host or workspace.config.active_db_profile
        self.list.show_rows(candidates, cursor=self.list.current_key if self.list.rows else wanted)
        self.list.show_note(empty_note(workspace.config_error))
        if self._step == "choose":
            self._go("choose")

    def _choose(self, name: str) -> None:
        """Take a host, or say why it cannot be one."""
        candidates = self.workspace.history_store.candidates()
        candidate = next((each for each in candidates if each.name == name), None)
        self._profile = name
        if candidate is not None and candidate.refusal:
            self.amx.say(candidate.refusal, title=f"{candidate.name} cannot host", severity="warning")
            self._go("choose")
        elif candidate is None or candidate.install_command:
            # Looking at it fails at once, and says what is missing where it can be copied.
            self._look()
        elif self._has_schemas(name):
            self._go("schema")
        else:
            self._schema = ""
            self._look()

    def _has_schemas(self, name: str) -> bool:
        kind = self.workspace.profiles.get(name).kind
        return kind is not None and kind.abilities.has_schemas

    @work(exclusive=True, group="store.look", exit_on_error=False)
    async def _look(self) -> None:
        """Look at what is there, and plan what is missing."""
        self._plan = None
        self.query_one("#pane-text", Static).update("")
        self._go("plan")
        try:
            with self.busy.waiting(f"Looking at what is there in {self._profile}…"):
                plan = await self._planned()
        except AmxError as error:
            self._fail(error, f"Looking at {self._profile}")
        else:
            self._plan, self._schema = plan, plan.schema
            self._go("plan")
            self._show_plan()
            self.query_one("#pane").scroll_home(animate=False)

    async def _planned(self) -> StorePlan:
        steps = self.workspace.history_store
        look = steps.plan_amx_cli if self._joins_amx_cli else steps.plan
        return await look(self._profile, self._schema or DEFAULT_SCHEMA)

    def _show_plan(self) -> None:
        """Draw the statements in the width that there is."""
        if self._plan is not None and self._step in {"plan", "running"}:
            text = plan_content(self._plan, self.size.width - PANE_MARGIN)
            self.query_one("#pane-text", Static).update(text)

    def on_resize(self, event: events.Resize) -> None:
        """Fold the statements anew; in a low terminal the list matters more than the words above it."""
        self.set_class(event.size.height < LOW_BELOW, "-low")
        self._show_plan()

    @on(RowList.CursorMoved)
    def _show_note(self) -> None:
        """Say in full what the row under the cursor has no room for."""
        candidate = self.list.current
        note = candidate_note(candidate) if candidate is not None else ""
        self.query_one("#note", Static).update(f"{self.list.current_key}: {note}" if note else "")

    @work(exclusive=True, group="store.enable", exit_on_error=False)
    async def _enable(self, plan: StorePlan) -> None:
        """Ask, run exactly the statements, and point the configuration at the store."""
        if not await self.app.push_screen_wait(question_of(plan)):
            return
        self.query_one("#progress", Static).update("")
        self._go("running")
        try:
            with self.busy.waiting(f"Setting up the store in {plan.place}…"):
                report = await self.workspace.history_store.enable(plan, on_progress=self._tell)
        except AmxError as error:
            self._fail(error, f"Setting up the store in {plan.place}")
        else:
            self._finish(report, plan)

    def _tell(self, number: int, count: int, purpose: str) -> None:
        """Told of a statement, perhaps from a driver's thread."""
        self.post_message(self.Progressed(number, count, purpose))

    @on(Progressed)
    def _progressed(self, message: Progressed) -> None:
        if self._step == "running":
            progress = progress_content(message.number, message.count, message.purpose)
            self.query_one("#progress", Static).update(progress)

    def _finish(self, report: Report, plan: StorePlan | None) -> None:
        """Show what was done; the app opens the store that is configured now."""
        self._outcome = report
        self.query_one("#pane-text", Static).update(outcome_content(report, plan))
        self.query_one("#pane").scroll_home(animate=False)
        self._go("done")
        self.amx.log_message("History store", report_content(report).plain)
        self.amx.retry_store()

    def _fail(self, error: AmxError, what: str) -> None:
        """Show an error in place of the statements."""
        self._error = error
        self.amx.report_error(error, what=what, quietly=True)
        self.query_one("#pane-text", Static).update(failure_content(error, what))
        self.query_one("#pane").scroll_home(animate=False)
        self._go("failed")

    # ---- commands ----------------------------------------------------------------------------------

    def show_footer(self) -> None:
        """Draw the keys of this step."""
        commands = {command.verb: command for command in self.VERBS}
        workspace = self.amx.session.workspace
        is_enabled = workspace is not None and workspace.config.history_store_enabled
        labels = footer_of(self._step, self._plan, has_hosts=bool(self.list.rows), is_enabled=is_enabled)
        shown = [(commands[verb], label) for verb, label in labels]
        hints = [
            KeyHint(command.id, self.amx.key_of(command), label, bool(self.reason_against(command)))
            for command, label in shown
        ]
        self.query_one(KeyBar).show_keys((*hints, KeyHint("app.help", "?", "Help")))

    def reason_against(self, command: Command) -> str:
        """Say what a command waits for."""
        workspace = self.amx.session.workspace
        if workspace is None:
            return "" if command.verb == "back" else "config.yml is still being read."
        return reason_of(
            command.verb,
            self._step,
            is_busy=self.busy.is_waiting,
            is_enabled=workspace.config.history_store_enabled,
            has_current=self.list.current is not None,
        )

    @on(RowList.RowOpened)
    @on(Input.Submitted)
    async def _go_on(self) -> None:
        await self.action_perform("store.next")

    def action_next(self) -> None:
        """Take the step that is shown."""
        if self._step == "choose" and self.list.current is not None:
            self._choose(self.list.current.name)
        elif self._step == "schema":
            self._schema = self.query_one("#schema", Input).value.strip() or DEFAULT_SCHEMA
            self._look()
        elif self._step == "plan" and self._plan is not None:
            self._enable(self._plan)
        elif self._step == "done":
            self.app.pop_screen()
            self.amx.action_history()

    def action_back(self) -> None:
        """Stop what runs; else one step back."""
        if self.busy.is_waiting:
            self._stop()
        elif self._step == "choose":
            self.app.pop_screen()
        elif self._step in {"plan", "failed"} and self._schema:
            self._go("schema")
        else:
            self._profile = ""
            self._show_status()
            self._go("choose")

    def _stop(self) -> None:
        """Stop looking, or stop between two statements; what is there then is looked at anew."""
        was_running = self._step == "running"
        self.busy.stop()
        self.workers.cancel_group(self, "store.look")
        self.workers.cancel_group(self, "store.enable")
        if was_running:
            self.amx.say("Stopped. This is what is missing now.", title="History store", severity="warning")
            self._look()
        else:
            self._go("schema" if self._schema else "choose")

    def action_refresh(self) -> None:
        """Look again."""
        if self._step in {"plan", "failed"}:
            self._look()
        else:
            self._show_status()

    def action_copy(self) -> None:
        """Copy what the pane shows."""
        if self._step == "plan" and self._plan is not None:
            self.amx.copy(self._plan.script or self._plan.headline, what=self._plan.headline)
        elif self._step == "failed" and self._error is not None:
            self.amx.copy(failure_text(self._error), what="the error, with what to do about it")
        elif self._step == "done" and self._outcome is not None:
            self.amx.copy(plain_text(self._outcome), what=self._outcome.title)

    def action_verify(self) -> None:
        """Verify the store that is configured."""
        self.amx.run_line("history-store verify")

    def action_health(self) -> None:
        """Look for faults of the store's rows."""
        self.amx.action_health()

    def action_grants(self) -> None:
        """Show the GRANTs."""
        self.amx.run_line(f"history-store grants{self._of_current()}")

    def action_dump(self) -> None:
        """Show the statements that make the store, without looking at any database."""
        self.amx.run_line(f"history-store dump-ddl{self._of_current()}")

    def _of_current(self) -> str:
        """The options that name the profile and the schema in question."""
        current = self.list.current if self._step == "choose" else None
        profile = current.name if current is not None else self._profile
        words = [f" --profile {shlex.quote(profile)}"] if profile else []
        if self._schema:
            words.append(f" --schema {shlex.quote(self._schema)}")
        return "".join(words)

    @work(exclusive=True, group="store.disable", exit_on_error=False)
    async def action_disable(self) -> None:
        """Go back to the local history, once that is confirmed."""
        config = self.workspace.config
        question = f"Disable the shared history store on this machine ({config.history_store_profile})?"
        details = "Only config.yml is changed. The shared tables and everything in them stay as they are."
        if await self.app.push_screen_wait(ConfirmDialog(question, details=details, confirm="Disable")):
            report = await self.run_use_case(
                self.workspace.history_store.disable(), what="Disabling the store"
            )
            if report is not None:
                self._finish(report, None)

    def action_add(self) -> None:
        """Add a profile."""
        from amx_tui.ui.screens.profiles.form import ProfileForm

        self.app.push_screen(ProfileForm.adding(self.workspace), lambda _: self.action_refresh())
