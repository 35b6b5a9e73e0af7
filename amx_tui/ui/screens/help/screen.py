"""All keys of the screen below, in three groups: its own, lists, everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static

from amx_tui.ui.commands import Performer, key_label
from amx_tui.ui.widgets.row_list import RowList

if TYPE_CHECKING:
    from amx_tui.ui.app import AmxApp

__all__ = ["HelpScreen"]

HelpRow = tuple[str, str, str, str]
"""Keys, what they do, why that cannot be done now (or nothing), and the id in a key map (or nothing)."""


class HelpScreen(ModalScreen[None]):
    """The keys of the screen that was in front, with a filter."""

    CSS_PATH = "screen.tcss"
    BINDINGS = [
        ("escape,f1", "dismiss", "Close"),
        ("down", "scroll(1)", "Down"),
        ("up", "scroll(-1)", "Up"),
        ("pagedown", "scroll(10)", "Page down"),
        ("pageup", "scroll(-10)", "Page up"),
    ]

    def __init__(self, screen: Screen[object], app: AmxApp) -> None:
        super().__init__()
        self._groups = list(_groups(screen, app))

    def compose(self) -> ComposeResult:
        """A filter and the keys."""
        with Vertical(classes="dialog"):
            yield Static(
                Content.assemble("Keys", ("   esc closes", "not bold $foreground 60%")),
                classes="dialog-title",
            )
            yield Input(placeholder="type to filter", compact=True, id="help-filter")
            with VerticalScroll(id="help-body", can_focus=False):
                yield Static(id="help-keys")

    def on_mount(self) -> None:
        """Show all keys."""
        self._show("")

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._show(event.value)

    @on(Input.Submitted)
    def _close(self) -> None:
        self.dismiss()

    def _show(self, wanted: str) -> None:
        words = wanted.lower().split()
        lines: list[Content] = []
        for title, rows in self._groups:
            matching = [
                row for row in rows if all(word in f"{row[0]} {row[1]} {row[3]}".lower() for word in words)
            ]
            if not matching:
                continue
            lines.append(Content.styled(title, "bold $primary"))
            for keys, does, reason, id_ in matching:
                line = Content.assemble(
                    (f"  {keys:<16}", "bold $accent"),
                    (does, "$foreground 60%" if reason else ""),
                    (f"  {id_}", "$foreground 40%"),
                )
                lines.append(line)
                if reason:
                    lines.append(Content.styled(f"  {'':<16}not now: {reason}", "$text-warning"))
            lines.append(Content(""))
        self.query_one("#help-keys", Static).update(
            Content("\n").join(lines)
            if lines
            else Content.styled(f"No key does “{wanted}”.", "$foreground 60%")
        )

    def action_scroll(self, lines: int) -> None:
        """Scroll the keys."""
        self.query_one("#help-body").scroll_relative(y=lines, animate=False)


def _groups(screen: Screen[object], app: AmxApp) -> Iterator[tuple[str, list[HelpRow]]]:
    if isinstance(screen, Performer):
        yield "This screen", list(_rows(screen, app))
    if screen.query(RowList):
        keys = app.user_keys
        yield (
            "Lists",
            [
                (
                    key_label(keys.get(binding.id or "", binding.key)),
                    binding.description,
                    "",
                    binding.id or "",
                )
                for binding in screen.query(RowList).first().BINDINGS
                if isinstance(binding, Binding)
            ],
        )
    yield (
        "Everywhere",
        [
            *_rows(app, app),
            ("^p", "Open the palette of all commands", "", ""),
            ("tab ⇧tab", "Next and previous pane", "", "pane.next"),
            ("esc", "One step back", "", ""),
        ],
    )


def _rows(performer: Performer, app: AmxApp) -> Iterator[HelpRow]:
    for command in performer.VERBS:
        keys = app.user_keys.get(command.id, command.keys)
        label = key_label(keys) if keys else "palette"
        yield label, command.title, performer.reason_against(command), command.id
