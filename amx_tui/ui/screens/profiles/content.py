"""The texts about a profile: its row's marks, its facts, and what trying its connection showed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from textual.content import Content

from amx_tui.domain.errors import AmxError
from amx_tui.domain.text import visible
from amx_tui.services.profiles import ProfileEntry, TestOutcome
from amx_tui.ui.screens.profiles.rows import SecretState
from amx_tui.ui.widgets.row_list import Column

if TYPE_CHECKING:
    from amx_tui.config.kinds import Backend
    from amx_tui.config.model import Profile

__all__ = [
    "copyable",
    "error_lines",
    "kind_columns",
    "outcome_content",
    "profile_columns",
    "profile_content",
    "secret_state",
]

LABEL_CELLS = 12
VALUE_CELLS = 25


def profile_columns(outcome_of: Callable[[str], TestOutcome | None]) -> tuple[Column[ProfileEntry], ...]:
    """The columns of the list.

    Args:
        outcome_of: Gives what trying a profile showed, None where it was not tried.
    """

    def tested(entry: ProfileEntry) -> str:
        outcome = outcome_of(entry.name)
        if outcome is None:
            return ""
        return f"✓ {_time(outcome)}" if outcome.ok else "✗ failed"

    def tested_tone(entry: ProfileEntry) -> str:
        outcome = outcome_of(entry.name)
        return "" if outcome is None else "success" if outcome.ok else "error"

    return (
        Column("profile", lambda entry: entry.name, 20, from_width=100),
        Column("profile", lambda entry: entry.name, 16, below_width=100),
        Column("backend", lambda entry: entry.backend, 10, from_width=60, tone=lambda entry: "muted"),
        Column("where", lambda entry: entry.place or "–"),
        Column("", _mark, 22, tone=_mark_tone, from_width=100),
        Column("", _short_mark, 16, tone=_mark_tone, from_width=66, below_width=100),
        Column("", lambda entry: _mark(entry)[:1], 1, tone=_mark_tone, below_width=66),
        Column("tested", tested, 8, tone=tested_tone, from_width=50),
    )


def _time(outcome: TestOutcome) -> str:
    if outcome.milliseconds < 1000:
        return f"{outcome.milliseconds:.0f} ms"
    return f"{outcome.milliseconds / 1000:.1f} s"


def _mark(entry: ProfileEntry) -> str:
    if entry.problems:
        return "✗ cannot be used"
    if entry.install_command:
        return "⚠ driver missing"
    marks = [
        word for word, holds in (("active", entry.is_active), ("hosts the store", entry.is_host)) if holds
    ]
    if marks:
        return f"● {', '.join(marks)}"
    return "" if entry.can_host else "– cannot host"


def _short_mark(entry: ProfileEntry) -> str:
    return _mark(entry).replace("hosts the store", "host")


def _mark_tone(entry: ProfileEntry) -> str:
    if entry.problems:
        return "error"
    if entry.install_command:
        return "warning"
    return "success" if entry.is_active or entry.is_host else "muted"


def profile_content(entry: ProfileEntry, profile: Profile, outcome: TestOutcome | None) -> Content:
    """The facts of a profile; secrets only by where they are kept."""
    lines = [Content.styled(visible(entry.name), "bold $accent")]
    lines.append(Content.styled(visible(entry.title), "$foreground 60%"))
    lines.extend(_state_lines(entry, profile))
    if outcome is not None:
        lines.extend((Content(""), outcome_content(outcome)))
    lines.extend((Content(""), Content.styled("Connection", "bold $primary")))
    lines.extend(_fact(label, value) for label, value in _values(profile))
    return Content("\n").join(lines)


def _state_lines(entry: ProfileEntry, profile: Profile) -> Iterator[Content]:
    yield Content("")
    for problem in entry.problems:
        yield Content.styled(f"✗ {visible(problem)}", "$text-error")
    if entry.install_command:
        yield Content.styled("⚠ The driver is not installed.", "$text-warning")
        yield Content.styled(visible(entry.install_command), "$text-accent")
    if entry.is_active:
        yield Content.styled("● active", "$text-success")
    if entry.is_host:
        yield Content.styled("● hosts the shared history store", "$text-success")
    elif entry.can_host:
        yield Content.styled("○ can host the shared history store", "$foreground 60%")
    elif profile.kind is not None:
        yield Content.styled(
            f"– cannot host the store: {visible(profile.kind.host_refusal)}", "$foreground 60%"
        )


def _values(profile: Profile) -> Iterator[tuple[str, str]]:
    """The fields in the form's order, then how many other keys the file has for it."""
    known = {field.name: field for field in profile.kind.fields} if profile.kind else {}
    values: Mapping[str, object] = profile.values
    for name, field in known.items():
        value = values.get(name)
        if field.kind == "secret":
            yield field.label, secret_place(profile, name) or "–"
        elif value is not None:
            yield field.label, ("yes" if value else "no") if isinstance(value, bool) else str(value)
    others = sorted(name for name in values if name not in known)
    if others:
        yield "other keys", ", ".join(others)


def secret_place(profile: Profile, field: str) -> str:
    """Say where a secret is kept, without the secret; empty where the profile has none."""
    from amx_tui.config.secrets import Secret

    secret = profile.values.get(field)
    if not isinstance(secret, Secret) or not secret:
        return ""
    return {"keyring": "in the OS keyring", "env": secret.shown, "literal": "in config.yml"}[secret.kind]


def _fact(label: str, value: str) -> Content:
    """A label and its value; on a line of its own where it is long, so that it is not torn apart."""
    separator = "\n  " if len(value) > VALUE_CELLS or len(label) > LABEL_CELLS else ""
    return Content.assemble(
        (f"{visible(label):<{LABEL_CELLS}} ", "$foreground 60%"), separator + visible(value)
    )


def outcome_content(outcome: TestOutcome) -> Content:
    """What trying a connection showed."""
    if outcome.ok or outcome.error is None:
        return Content.assemble(
            (f"✓ answered in {_time(outcome)}", "bold $text-success"),
            (f"  {visible(outcome.server_version)}", ""),
        )
    return Content("\n").join(error_lines(outcome.error))


def error_lines(error: AmxError) -> Iterator[Content]:
    """An error in a few lines: what it is, what happened, what to do."""
    yield Content.styled(f"✗ {error.title}", "bold $text-error")
    yield Content(visible(error.message))
    if error.hint:
        yield Content.styled(visible(error.hint), "$text-accent")


def copyable(error: AmxError) -> str:
    """What one wants of an error on the clipboard: its words and its cure."""
    return "\n".join(part for part in (error.message, error.hint) if part)


def secret_state(profile: Profile | None, field: str, keyring_problem: str) -> SecretState:
    """What a form has to know of a secret that is there, which is never the secret itself."""
    from amx_tui.config.secrets import Secret

    secret = profile.values.get(field) if profile is not None else None
    if not isinstance(secret, Secret) or not secret:
        return SecretState(None, "", keyring_problem)
    if secret.kind == "env":
        return SecretState("env", secret.shown.removeprefix("env:").strip(), keyring_problem)
    return SecretState("keyring" if secret.kind == "keyring" else "file", "", keyring_problem)


_WORDS = {
    "postgresql": "the recommended host of a shared history",
    "mysql": "its databases are what others call schemas",
    "mssql": "Microsoft's server and Azure SQL",
    "snowflake": "the cloud warehouse",
    "bigquery": "Google's warehouse, by project",
    "databricks": "SQL warehouses and Unity Catalog",
    "redshift": "Amazon's warehouse",
    "clickhouse": "to describe only; cannot host the history",
    "duckdb": "to describe only; cannot host the history",
    "sqlite": "a file on this machine; needs no server",
}


def kind_columns() -> tuple[Column[Backend], ...]:
    """The columns of the list of backends."""
    return (
        Column("database", lambda kind: kind.title, 18),
        Column("", lambda kind: _WORDS.get(kind.name, ""), tone=lambda kind: "muted"),
        Column(
            "driver",
            lambda kind: "✓ installed" if kind.driver_available() else "– to install",
            12,
            tone=lambda kind: "success" if kind.driver_available() else "muted",
            from_width=60,
        ),
    )
