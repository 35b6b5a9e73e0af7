"""The rows of a profile's form: a label, a value to edit, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal, cast

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from amx_tui.domain.text import one_line, visible
from amx_tui.ui.widgets.choice_line import ChoiceLine, Option

if TYPE_CHECKING:
    from amx_tui.config.kinds import Field

__all__ = [
    "FormRow",
    "Place",
    "SecretState",
    "dress_secret",
    "place_key",
    "rows_of",
    "secret_problem",
    "secret_remark",
    "value_of",
]

Place = Literal["keyring", "env", "file", "none"]
"""Where a secret is kept; `none` where the profile has none."""
_PLACES: dict[Place, str] = {
    "keyring": "in the OS keyring",
    "env": "in an environment variable",
    "file": "in config.yml",
    "none": "nowhere: there is none",
}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class FormRow(Vertical):
    """One line of a form.

    Args:
        key: What the value is called.
        label: What stands in front of it.
        editor: Where the value is edited.
        help: What is said while the row has the focus.
        is_required: Whether the label says so.
    """

    DEFAULT_CSS = """
    FormRow {
        height: auto;
        & > Horizontal { height: auto; }
        & .form-label { height: auto; color: $text-muted; }
        & .form-label.-required { color: $foreground; }
        & Input { width: 1fr; background: $panel; }
        & > .form-problem { height: auto; display: none; color: $text-error; }
        &.-problem > .form-problem { display: block; }
        &.-remark > .form-problem { display: block; color: $text-warning; }
        &.-entered .form-label { color: $accent; text-style: bold; }
    }
    """

    def __init__(
        self, key: str, label: str, editor: Input | ChoiceLine, *, help: str = "", is_required: bool = False
    ) -> None:
        super().__init__()
        self.key = key
        self.help = help
        self.editor = editor
        self._label = label
        self._is_required = is_required

    def compose(self) -> ComposeResult:
        """Label and value, and below them room for what is wrong."""
        with Horizontal():
            label = Content.assemble(visible(self._label), (" *" if self._is_required else "", "$accent"))
            yield Static(label, classes="form-label -required" if self._is_required else "form-label")
            yield self.editor
        yield Static(classes="form-problem", markup=False)

    @property
    def label_cells(self) -> int:
        """How wide the label is, with what marks it as required and a gap behind it."""
        return cell_len(self._label) + 4

    def give_label(self, cells: int, *, is_narrow: bool) -> None:
        """Give the label so much room; what is wrong stands below the value, or below the label where it is narrow."""
        self.query_one(".form-label").styles.width = cells
        self.query_one(".form-problem").styles.margin = (0, 0, 0, 0 if is_narrow else cells)

    @property
    def text(self) -> str:
        """The value as it stands there."""
        return self.editor.value

    @property
    def has_problem(self) -> bool:
        """Whether something is wrong with the value."""
        return self.has_class("-problem")

    def show_problem(self, problem: str) -> None:
        """Say what is wrong with the value, or that nothing is."""
        self._say("✗ " + problem if problem else "", "-problem")

    def show_remark(self, remark: str) -> None:
        """Say what is odd about the value, which can be used all the same."""
        self._say("⚠ " + remark if remark else "", "-remark")

    def _say(self, text: str, look: str) -> None:
        self.remove_class("-problem", "-remark")
        self.set_class(bool(text), look)
        self.query_one(".form-problem", Static).update(one_line(text))


class SecretState:
    """What is known of a secret before it is edited.

    Args:
        place: Where it is kept now; None where there is none yet.
        reference: The variable's name, where it is kept in the environment.
        keyring_problem: Why the OS keyring cannot be used; empty where it can.
    """

    def __init__(self, place: Place | None, reference: str, keyring_problem: str) -> None:
        self.place = place
        self.reference = reference
        self.keyring_problem = keyring_problem

    @property
    def first_place(self) -> Place:
        """The place that the form begins with."""
        return self.place or ("file" if self.keyring_problem else "keyring")

    def options(self, *, is_required: bool) -> Iterator[Option]:
        """The places to choose from: those that there are on this machine."""
        for place, words in _PLACES.items():
            if place == "keyring" and self.keyring_problem and self.place != "keyring":
                continue
            if place != "none" or not is_required:
                yield place, words


def place_key(field: str) -> str:
    """The key of the row that says where a secret is kept."""
    return f"{field} kept"


def rows_of(field: Field, value: object, secret: SecretState | None) -> Iterator[FormRow]:
    """The rows of one field of a backend: one, or two for a secret.

    Args:
        value: What the profile has, None where it has nothing.
        secret: For a secret, what is known of it.
    """
    if secret is not None:
        yield from _secret_rows(field, secret)
    elif field.kind in {"bool", "choice"}:
        line = ChoiceLine(*_choice(field, value))
        yield FormRow(field.name, field.label, line, help=_help(field), is_required=field.required)
    else:
        shown = "" if value is None else str(value)
        hint = "" if field.default is None or field.required else f"default: {field.default}"
        editor = Input(shown, placeholder=hint, compact=True, select_on_focus=False)
        yield FormRow(field.name, field.label, editor, help=_help(field), is_required=field.required)


def _help(field: Field) -> str:
    default = f"Default: {field.default}" if field.default is not None and not field.required else ""
    return ". ".join(part for part in (field.help, default) if part)


def _choice(field: Field, value: object) -> tuple[list[Option], str]:
    """The options of a field and the one to begin with; no option is one where no default stands behind it."""
    options: list[Option] = [] if field.default is not None or field.required else [("", "not set")]
    if field.kind == "bool":
        options += [("yes", "yes"), ("no", "no")]
        chosen = field.default if value is None else value
        return options, "" if chosen is None else "yes" if chosen else "no"
    options += [(choice, choice) for choice in field.choices]
    return options, str(field.default or "" if value is None else value)


def _secret_rows(field: Field, secret: SecretState) -> Iterator[FormRow]:
    place = secret.first_place
    editor = Input(compact=True, select_on_focus=False)
    help = "Never shown. The next line says where it is kept."
    row = FormRow(field.name, field.label, editor, help=help, is_required=field.required)
    dress_secret(row, place, secret)
    yield row
    help = "← and → choose."
    if secret.keyring_problem:
        help += f" No OS keyring: {secret.keyring_problem} config.yml is readable for you alone."
    options = list(secret.options(is_required=field.required))
    yield FormRow(place_key(field.name), "  is kept", ChoiceLine(options, place), help=help)


def dress_secret(row: FormRow, place: Place, secret: SecretState) -> None:
    """Make the row of a secret fit the place: a variable's name is read, a password is not."""
    editor = cast(Input, row.editor)
    was_variable = not editor.password
    editor.password = place != "env"
    if was_variable != (place == "env"):
        # A name is no password, and the other way round.
        editor.value = ""
    if place == "env" and not editor.value:
        editor.value = secret.reference if secret.place == "env" else ""
    editor.disabled = place == "none"
    if place == "env":
        editor.placeholder = "name of the variable, as PGPASSWORD"
    elif place == "none":
        editor.placeholder = "none"
    else:
        editor.placeholder = "unchanged" if secret.place == place else "typed unseen"


def value_of(field: Field, rows: Mapping[str, FormRow]) -> object:
    """What the rows say of a field, as a profile is saved from it; None removes it."""
    text = rows[field.name].text
    if field.kind == "bool":
        return {"yes": True, "no": False}.get(text)
    if field.kind != "secret":
        return text
    match rows[place_key(field.name)].text:
        case "none":
            return None
        case "env":
            return f"env:{text.strip()}" if text.strip() else ""
    return text


def secret_problem(field: Field, rows: Mapping[str, FormRow], secret: SecretState) -> str:
    """Say what is wrong with a secret that the backend itself cannot know; empty when nothing is."""
    text, place = rows[field.name].text.strip(), rows[place_key(field.name)].text
    if place == "env" and not _VARIABLE.fullmatch(text):
        return "Write the variable's name: letters, digits and _ only."
    if not text and secret.place not in {None, place} and place != "none":
        return f"Type the {field.label.lower()} again to keep it {_PLACES[cast(Place, place)]}."
    return ""


def secret_remark(field: Field, rows: Mapping[str, FormRow], environ: Mapping[str, str]) -> str:
    """Say that a variable is not set here, which may be so on purpose."""
    text = rows[field.name].text.strip()
    if rows[place_key(field.name)].text == "env" and text and not environ.get(text):
        return f"{text} is not set here now; it has to be when amx-tui starts."
    return ""
