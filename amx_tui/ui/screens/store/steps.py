"""What belongs to each step of setting up the store: its keys, its list, its question."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, cast

from textual.binding import Binding
from textual.containers import VerticalScroll

from amx_tui.domain.errors import ConfigError
from amx_tui.services.store_plans import Candidate, StorePlan
from amx_tui.ui.commands import Command
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.widgets.bars import Piece
from amx_tui.ui.widgets.row_list import ListNote, RowList

__all__ = [
    "STEPS",
    "VERBS",
    "HostList",
    "Step",
    "StepPane",
    "empty_note",
    "footer_of",
    "question_of",
    "reason_of",
    "title_of",
]

Step = Literal["choose", "schema", "plan", "running", "done", "failed"]
STEPS: tuple[Step, ...] = ("choose", "schema", "plan", "running", "done", "failed")

VERBS = (
    Command("store.next", "enter", "Go on: choose, look, create"),
    Command("store.verify", "v", "Verify the store: tables, columns, indexes, rights"),
    Command("store.health", "h", "Look for faults of the store's rows, and mend them"),
    Command("store.disable", "d", "Go back to the local history; the shared tables stay"),
    Command("store.grants", "g", "Show the GRANTs that make the database enforce the roles"),
    Command("store.dump", "D", "Show the statements that make the store, for a DBA"),
    Command("store.copy", "y", "Copy what is shown: statements, outcome, error"),
    Command("store.refresh", "r", "Look again"),
    Command("store.add", "a", "Add a database profile"),
    Command("store.back", "escape", "Stop, or one step back"),
)

_FOOTERS: dict[Step, tuple[str, ...]] = {
    "choose": ("next", "grants", "dump", "back"),
    "schema": ("next", "back"),
    "plan": ("next", "copy", "dump", "back"),
    "running": ("back",),
    "done": ("next", "verify", "copy", "back"),
    "failed": ("refresh", "copy", "grants", "back"),
}
_LABELS = {
    "verify": "Verify",
    "disable": "Disable",
    "grants": "Grants",
    "dump": "Full DDL",
    "copy": "Copy",
    "refresh": "Try again",
    "add": "Add profile",
    "back": "Back",
}


class HostList(RowList[Candidate], inherit_bindings=False):
    """The list of hosts. It is short, and its screen has a better use for `g`."""

    BINDINGS = [
        replace(binding, key="home") if binding.id == "list.start" else binding
        for binding in cast("list[Binding]", RowList.BINDINGS)
    ]


class StepPane(VerticalScroll):
    """The statements, the outcome or the error of a step."""

    BINDINGS = [
        Binding("j", "scroll_down", "Scroll down", show=False),
        Binding("k", "scroll_up", "Scroll up", show=False),
        Binding("ctrl+d", "page_down", "Page down", show=False),
        Binding("ctrl+u", "page_up", "Page up", show=False),
    ]


def footer_of(
    step: Step, plan: StorePlan | None, *, has_hosts: bool, is_enabled: bool
) -> tuple[tuple[str, str], ...]:
    """The verbs of a step's footer, each with its label."""
    verbs = _FOOTERS[step]
    if step == "choose" and not has_hosts:
        verbs = ("add", "back")
    elif step == "choose" and is_enabled:
        verbs = ("next", "verify", "disable", "back")
    elif step == "plan" and plan is not None and plan.layout == "amx_cli":
        verbs = ("next", "copy", "back")  # those statements would make another store
    return tuple((verb, _next_label(step, plan) if verb == "next" else _LABELS[verb]) for verb in verbs)


def _next_label(step: Step, plan: StorePlan | None) -> str:
    if step == "plan" and plan is not None:
        return "Create" if plan.statements else "Join"
    return {"choose": "Choose", "done": "History"}.get(step, "Go on")


def title_of(
    step: Step, profile: str, schema: str, plan: StorePlan | None, *, joins_amx_cli: bool
) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """What the title bar says: the answers so far, and how much there is to run."""
    left: list[Piece] = [("Join amx-cli's history store" if joins_amx_cli else "History store", "strong")]
    if step != "choose":
        left.append((f"  › {profile}", "accent"))
    if step not in {"choose", "schema"} and schema:
        left.append((f"  › {schema}", "accent"))
    count = len(plan.statements) if plan is not None and step == "plan" else 0
    right: tuple[Piece, ...] = ((f"{count} statement{'' if count == 1 else 's'}", "muted"),) if count else ()
    return tuple(left), right


def reason_of(verb: str, step: Step, *, is_busy: bool, is_enabled: bool, has_current: bool) -> str:
    """Say why a verb cannot be done in a step; empty when it can."""
    match verb:
        case "next" | "verify" | "health" | "disable" | "grants" | "dump" | "refresh" | "add" if is_busy:
            return "Wait until this is done, or stop it with esc."
        case "next" if step == "choose" and not has_current:
            return "There is no profile to choose. a adds one."
        case "next" if step == "failed":
            return "That did not work. r tries it again, esc goes back."
        case "copy" if is_busy or step in {"choose", "schema", "running"}:
            return "There is nothing to copy yet."
        case "verify" | "disable" | "health" if not is_enabled:
            return "The shared history store is disabled; choose a profile to enable it."
    return ""


def question_of(plan: StorePlan) -> ConfirmDialog:
    """The last question before anything happens."""
    if not plan.statements:
        details = "Nothing is created or changed in the database."
        return ConfirmDialog(
            f"Use the history store {plan.tables} in {plan.place}?", details=details, confirm="Join"
        )
    count = len(plan.statements)
    what = f"{count} statement{'' if count == 1 else 's'}"
    return ConfirmDialog(f"Run the {what} shown, in {plan.place}?", details=plan.headline, confirm="Create")


def empty_note(error: ConfigError | None) -> ListNote:
    """What is said where there is no profile to pick."""
    if error is not None:
        return ListNote(
            error.message, (error.hint, "The file was left as it is. r looks again."), tone="error"
        )
    return ListNote("No database profiles yet.", ("a adds one; then it can host the store.",))
