"""`add-db-profile` and `edit-db-profile`: options where they were given, questions for the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from amx_tui.domain.errors import UsageError
from amx_tui.domain.report import Paragraph, Report
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.text import one_line
from amx_tui.services.commands.asking import Dialogue, Question
from amx_tui.services.commands.session import require_config
from amx_tui.services.grammar import Invocation
from amx_tui.services.grammar.parsing import nearest
from amx_tui.services.workspace import Workspace

if TYPE_CHECKING:
    from amx_tui.config.kinds import Backend, Field
    from amx_tui.config.model import Profile

__all__ = ["add_profile", "edit_profile", "find_backend"]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_ON_THE_COMMAND_LINE = (
    "⚠ {field} stood on the command line, where others on this machine can read it; "
    "--password-stdin and --password-env keep it out."
)


async def add_profile(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Add a profile.

    Raises:
        UsageError: A value is missing or cannot be used, and nobody is there to be asked.
        ConfigError: The name is taken, or `config.yml` cannot be written.
    """
    require_config(workspace)
    kind = await _pickfind_backend(workspace, invocation, dialogue)
    name = invocation.argument
    if not name:
        question = Question("text", "Profile name", default="" if workspace.config.profiles else "default")
        name = await dialogue.text(question, otherwise="Name it: add-db-profile NAME --backend B.")
    if not name:
        raise UsageError("A profile needs a name.", hint="Name it: add-db-profile NAME --backend B.")
    values, notes = _given(workspace, kind, invocation, dialogue)
    if dialogue.is_interactive:
        await _ask_fields(kind, values, {}, dialogue, all_fields=not invocation.has("set"))
    return await _save(workspace, name, kind, values, notes, is_new=True)


async def edit_profile(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Change a profile; without options every field is asked for, with what it holds as the default.

    Raises:
        NotFoundError: There is no such profile.
        UsageError: A value cannot be used, or nothing was named to change and nobody is there to be asked.
        ConfigError: `config.yml` cannot be written.
    """
    require_config(workspace)
    profile = workspace.profiles.get(invocation.argument)
    kind = find_backend(workspace, invocation.text("backend") or profile.backend)
    values, notes = _given(workspace, kind, invocation, dialogue)
    for key in invocation.many("unset"):
        _check_field(kind, key)
        values[key] = None
    if not values and not invocation.has("backend"):
        if not dialogue.is_interactive:
            raise UsageError("Nothing was named to change.", hint="Add --set KEY=VALUE or --unset KEY.")
        await _ask_fields(kind, values, _current(profile), dialogue, all_fields=True)
    return await _save(workspace, profile.name, kind, values, notes, is_new=False)


async def _pickfind_backend(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Backend:
    """The backend that was named, or asked for."""
    kinds = workspace.profiles.backends()
    name = invocation.text("backend")
    if not name:
        width = max(len(kind.name) for kind in kinds)
        question = Question(
            "choice",
            "Backend",
            choices=tuple(kind.name for kind in kinds),
            labels=tuple(f"{kind.name:<{width}}  {kind.title}" for kind in kinds),
        )
        hint = f"Add --backend, one of: {', '.join(kind.name for kind in kinds)}."
        name = await dialogue.text(question, otherwise=hint)
    return find_backend(workspace, name)


def find_backend(workspace: Workspace, name: str) -> Backend:
    """Return the backend of that name.

    Raises:
        UsageError: There is none; the hint names the nearest.
    """
    kinds = {kind.name: kind for kind in workspace.profiles.backends()}
    if name in kinds:
        return kinds[name]
    meant = nearest(name, list(kinds)) if name else ""
    hint = f"Did you mean {meant}? " if meant else ""
    raise UsageError(
        f"There is no backend `{one_line(name, 60)}`.", hint=f"{hint}Backends are {', '.join(kinds)}."
    )


def _given(
    workspace: Workspace, kind: Backend, invocation: Invocation, dialogue: Dialogue
) -> tuple[dict[str, object], list[str]]:
    """The values that the options give, and what to know about them."""
    values: dict[str, object] = {}
    notes: list[str] = []
    for assignment in invocation.many("set"):
        key, equals, value = assignment.partition("=")
        if not equals:
            raise UsageError(f"--set takes KEY=VALUE, not `{one_line(assignment, 60)}`.",
                             hint="For example --set host=db.example.com.")  # fmt: skip
        _check_field(kind, key)
        values[key] = value
        if key in kind.secret_fields and not value.startswith(("env:", "keyring:")):
            notes.append(_ON_THE_COMMAND_LINE.format(field=key))
    variable = invocation.text("password-env")
    if invocation.has("password-env") and not _VARIABLE.match(variable):
        raise UsageError(f"`{one_line(variable, 60)}` is no name of an environment variable.",
                         hint="Name the variable, not the password: --password-env PGPASSWORD.")  # fmt: skip
    if variable or invocation.flag("password-stdin"):
        if not kind.secret_fields:
            raise UsageError(f"A {kind.title} profile has no password.", hint="Leave the option out.")
        if not variable and not dialogue.password:
            raise UsageError(
                "There was no password on standard input.", hint="echo … | amx-tui … --password-stdin"
            )
        values[kind.secret_fields[0]] = f"env:{variable}" if variable else dialogue.password
        if variable and not workspace.environ.get(variable):
            notes.append(f"⚠ {variable} is not set in this shell.")
    return values, notes


def _check_field(kind: Backend, key: str) -> None:
    if kind.field(key) is None:
        names = [field.name for field in kind.fields]
        meant = nearest(key, names)
        hint = f"Did you mean {meant}? " if meant else ""
        raise UsageError(
            f"A {kind.title} profile has no field `{one_line(key, 60)}`.",
            hint=f"{hint}Fields are {', '.join(names)}.",
        )


def _current(profile: Profile) -> dict[str, str]:
    """What the fields of a profile hold, as a question shows it; secrets stay out."""
    secret = set(profile.kind.secret_fields) if profile.kind else set()
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in profile.values.items()
        if name not in secret and value is not None
    }


async def _ask_fields(
    kind: Backend,
    values: dict[str, object],
    current: Mapping[str, str],
    dialogue: Dialogue,
    *,
    all_fields: bool,
) -> None:
    """Ask for fields that were not given: for all, or only for those that cannot be left out."""
    for field in kind.fields:
        if field.name in values:
            continue
        must = field.required and field.default is None and field.name not in current
        if all_fields or must:
            answer = await _ask_field(field, current, dialogue, is_edit=bool(current))
            if answer or field.name in current:
                values[field.name] = answer


async def _ask_field(field: Field, current: Mapping[str, str], dialogue: Dialogue, *, is_edit: bool) -> str:
    """Ask for one field until the answer can be used."""
    default = current.get(field.name, "" if field.default is None or is_edit else _text(field.default))
    kept = "empty keeps it" if is_edit and field.kind == "secret" else ""
    help_ = ", ".join(part for part in (field.help, "|".join(field.choices), kept) if part)
    while True:
        question = Question(
            "secret" if field.kind == "secret" else "text", field.label, default=default, help=help_
        )
        answer = await dialogue.text(question, otherwise=f"Add --set {field.name}=….")
        if not answer and field.kind == "secret" and is_edit:
            return ""
        problem = field.problem(field.clean(answer))
        if not problem:
            return answer
        help_ = problem


def _text(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def _save(
    workspace: Workspace,
    name: str,
    kind: Backend,
    values: dict[str, object],
    notes: list[str],
    *,
    is_new: bool,
) -> Report:
    if is_new:
        values = {**kind.defaults(), **values}
    is_taken = is_new and name in workspace.config.profiles
    problems = {} if is_taken else workspace.profiles.validate(kind.name, values, name="" if is_new else name)
    for key, problem in problems.items():
        how = "--password-env NAME or --password-stdin" if key in kind.secret_fields else f"--set {key}=…"
        raise UsageError(problem, hint=f"Add {how}.")
    saved = await workspace.profiles.save(name, kind.name, values, is_new=is_new)
    notes = [*notes, *saved.notes]
    done = "added" if is_new else "saved"
    shown = one_line(name, 60)
    lines = [f"✓ Profile {shown} is {done}: {kind.title}, {saved.profile.describe()}.", *notes]
    if not kind.driver_available():
        lines.append(f"⚠ Its driver is not installed: {kind.install_command}")
    lines.append(f"Test it with: amx-tui connect {shown}")
    data: JsonValue = {
        "name": name,
        "backend": kind.name,
        "values": _shown(saved.profile),
        "notes": cast("JsonValue", notes),
    }
    return Report("Profiles", (Paragraph("\n".join(lines)),), data)


def _shown(profile: Profile) -> JsonValue:
    """A profile's values, its secrets masked."""
    secret = set(profile.kind.secret_fields) if profile.kind else set()
    shown: dict[str, JsonValue] = {}
    for key, value in profile.values.items():
        is_plain = value is None or isinstance(value, bool | int | float)
        if key in secret:
            shown[key] = getattr(value, "shown", "***")
        else:
            shown[key] = cast("JsonValue", value) if is_plain else str(value)
    return shown
