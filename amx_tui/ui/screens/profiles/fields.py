"""The fields of a profile's form: shown, read, and checked one by one as they are left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from textual import events, on
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Input

from amx_tui.domain.text import one_line
from amx_tui.ui.screens.profiles.content import secret_state
from amx_tui.ui.screens.profiles.rows import (
    FormRow,
    Place,
    SecretState,
    dress_secret,
    place_key,
    rows_of,
    secret_problem,
    secret_remark,
    value_of,
)
from amx_tui.ui.widgets.choice_line import ChoiceLine

if TYPE_CHECKING:
    from amx_tui.config.kinds import Backend, Field
    from amx_tui.config.model import Profile
    from amx_tui.services.profiles import SecretPlace
    from amx_tui.services.workspace import Workspace

__all__ = ["NAME", "ProfileFields"]

NAME = "profile name"
"""The key of the row with the profile's name; no field of a backend has a blank in it."""
NARROW_BELOW = 76
NARROW_LABEL = 22


class ProfileFields(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The rows of a profile's form. The arrow keys go from field to field, so they do not scroll.

    Args:
        workspace: Where the profile is; what its backend says of the values is asked there.
        profile: The profile that is edited; None for a new one.
        name: What a new one is to be called.
    """

    BINDINGS = [
        # Ahead of the fields: a slow line delivers a value and the key behind it at once, and what follows is
        # for the next field.
        Binding("tab,down", "app.focus_next", "Next field", show=False, priority=True),
        Binding("shift+tab,up", "app.focus_previous", "Field before", show=False, priority=True),
        Binding("enter", "go_on", "Next field; behind the last one, save", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    ProfileFields { height: auto; scrollbar-size-vertical: 1; }
    """

    @dataclass
    class Entered(Message):
        """A field has the focus."""

        help: str

    class Finished(Message):
        """Enter was pressed in the last field."""

    def __init__(
        self, workspace: Workspace, profile: Profile | None, name: str, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._workspace = workspace
        self._profile = profile
        self._first_name = name
        self._kind: Backend | None = None
        self._rows: dict[str, FormRow] = {}
        self._secrets: dict[str, SecretState] = {}
        self._before: dict[str, str] = {}

    async def fill(self, kind: Backend, keyring_problem: str) -> None:
        """Make the rows of a backend, with what the profile has or the backend's defaults, and go to the first."""
        self._kind = kind
        self._rows = {row.key: row for row in self._make_rows(kind, keyring_problem)}
        await self.remove_children()
        await self.mount(*self._rows.values())
        self._before = self._texts()
        self.fit(self.app.size.width)
        next(iter(self._rows.values())).editor.focus()

    def _make_rows(self, kind: Backend, keyring_problem: str) -> Iterator[FormRow]:
        if self._profile is None:
            editor = Input(
                self._first_name, compact=True, select_on_focus=False, placeholder="such as prod-pg"
            )
            help = "What you call it; the key of its block in config.yml."
            yield FormRow(NAME, "Profile name", editor, help=help, is_required=True)
        values = kind.defaults() if self._profile is None else self._profile.values
        self._secrets = {
            field.name: secret_state(self._profile, field.name, keyring_problem)
            for field in kind.fields
            if field.kind == "secret"
        }
        for field in kind.fields:
            yield from rows_of(field, values.get(field.name), self._secrets.get(field.name))

    def fit(self, width: int) -> None:
        """Give the labels the room that the longest one wants, or less in a narrow terminal."""
        is_narrow = width < NARROW_BELOW
        wanted = max((row.label_cells for row in self._rows.values()), default=0)
        cells = min(wanted, NARROW_LABEL) if is_narrow else wanted
        for row in self._rows.values():
            row.give_label(cells, is_narrow=is_narrow)

    # ---- reading -----------------------------------------------------------------------------------

    def _texts(self) -> dict[str, str]:
        return {key: row.text for key, row in self._rows.items()}

    @property
    def is_changed(self) -> bool:
        """Whether anything differs from what the form began with."""
        return self._texts() != self._before

    @property
    def profile_name(self) -> str:
        """What the profile is called, or is to be."""
        return self._profile.name if self._profile is not None else self._rows[NAME].text.strip()

    @property
    def secrets_in(self) -> SecretPlace:
        """Where a typed secret is to be kept."""
        places = {self._rows[place_key(field)].text for field in self._secrets}
        return "file" if "file" in places else "keyring"

    def values(self) -> dict[str, object]:
        """The values as `Profiles.save` takes them."""
        kind = self._kind
        return {field.name: value_of(field, self._rows) for field in kind.fields} if kind is not None else {}

    def draft(self) -> Profile:
        """The profile as it is typed; a new one takes nothing from one that happens to be called so.

        Raises:
            NotFoundError: The form has not been filled.
        """
        name = self._profile.name if self._profile is not None else ""
        return self._workspace.profiles.draft(name, self._kind.name if self._kind else "", self.values())

    # ---- checking ----------------------------------------------------------------------------------

    def find_problems(self) -> bool:
        """Show all problems and go to the first; say whether there are any."""
        problems = self._problems()
        for key, row in self._rows.items():
            row.show_problem(problems.get(key, ""))
        first = next((row for key, row in self._rows.items() if key in problems), None)
        if first is not None:
            first.editor.focus()
        return first is not None

    def show_problem(self, key: str, problem: str) -> bool:
        """Show a problem below its field and go there; say whether there is such a field."""
        row = self._rows.get(key)
        if row is not None:
            row.show_problem(problem)
            row.editor.focus()
        return row is not None

    def _problems(self) -> dict[str, str]:
        """What is wrong, by the key of the row."""
        problems = self.draft().problems()
        for name, state in self._secrets.items():
            problem = secret_problem(self._field(name), self._rows, state)
            if problem:
                problems[name] = problem
        problem = self._name_problem() if self._profile is None else ""
        return {NAME: problem, **problems} if problem else problems

    def _name_problem(self) -> str:
        name = self.profile_name
        if not name:
            return "The profile needs a name."
        if name in self._workspace.config.profiles:
            return f"There is a profile called {one_line(name, 60)} already."
        return ""

    def _field(self, key: str) -> Field:
        """The field that a row belongs to; a secret has two rows."""
        name = key.partition(" ")[0]
        field = self._kind.field(name) if self._kind is not None else None
        if field is None:
            raise KeyError(key)
        return field

    def _check(self, row: FormRow) -> None:
        """Say what is wrong with the field of a row, or odd about it."""
        if row.key == NAME:
            row.show_problem(self._name_problem())
            return
        field = self._field(row.key)
        target = self._rows[field.name]
        problem = self._problems().get(field.name, "")
        target.show_problem(problem)
        if not problem and field.kind == "secret":
            target.show_remark(secret_remark(field, self._rows, self._workspace.environ))

    # ---- what happens in the rows ------------------------------------------------------------------

    def _row_of(self, widget: object) -> FormRow | None:
        return next((row for row in self._rows.values() if row.editor is widget), None)

    @on(events.DescendantFocus)
    def _entered(self, event: events.DescendantFocus) -> None:
        row = self._row_of(event.widget)
        if row is not None:
            row.add_class("-entered")
            self.post_message(self.Entered(row.help))

    @on(events.DescendantBlur)
    def _left(self, event: events.DescendantBlur) -> None:
        row = self._row_of(event.widget)
        if row is not None:
            row.remove_class("-entered")
        if row is not None and self.screen.is_active:
            self._check(row)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        row = self._row_of(event.input)
        if row is not None and row.has_problem:
            self._check(row)

    @on(ChoiceLine.Changed)
    def _chosen(self, event: ChoiceLine.Changed) -> None:
        row = self._row_of(event.choice_line)
        if row is None or row.key not in {place_key(name) for name in self._secrets}:
            return
        field = self._field(row.key)
        dress_secret(self._rows[field.name], cast("Place", event.value), self._secrets[field.name])
        self._rows[field.name].show_problem("")

    def action_go_on(self) -> None:
        """To the next field; behind the last one the form is finished."""
        row = self._row_of(self.screen.focused)
        if row is not None and row is list(self._rows.values())[-1]:
            # Behind the keys that the field has not worked off yet.
            row.editor.call_later(self.post_message, self.Finished())
        else:
            self.screen.focus_next()
