"""The columns of the member list and of the trail, and the facts of one member."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from textual.content import Content

from amx_tui.domain.audit import AuditEvent, SessionEvent, audit_sentence
from amx_tui.domain.identity import Identity
from amx_tui.domain.members import PERMISSIONS, ROLES, Member
from amx_tui.domain.membership import member_name
from amx_tui.domain.text import one_line, visible
from amx_tui.domain.times import exact_time, relative_time, short_relative_time
from amx_tui.services.doctor.people import names_of_one_person
from amx_tui.ui.widgets.bars import Piece
from amx_tui.ui.widgets.facts import fact_lines
from amx_tui.ui.widgets.row_list import Column

if TYPE_CHECKING:
    from amx_tui.ui.app import AmxApp

__all__ = [
    "audit_columns",
    "count_pieces",
    "member_columns",
    "member_content",
    "role_word",
    "session_columns",
]

LABEL_CELLS = 12
ROOM_FOR_WORDS = 100
"""From this width on the counts are written with their words; the signs are those of the list below."""
_SIGNS = {"admin": "★", "writer": "✎", "viewer": "○"}
_TONES = {"admin": "accent", "writer": "success"}
_MAY = {
    "record_runs": "record own runs",
    "edit": "decide, apply, edit pages, lineage and catalog",
    "administer": "change members",
}


def role_word(member: Member) -> str:
    """A role as it is shown: a sign and a word; a revoked member's is crossed out."""
    if not member.is_active:
        return "✗ revoked"
    return f"{_SIGNS.get(member.role or '', '?')} {member.role or 'no role'}"


def count_pieces(members: Sequence[Member], width: int) -> list[Piece]:
    """How many people there are, on how many machines, in which roles; by signs alone where there is little room.

    Args:
        width: Cells of the line.
    """
    if not members:
        return []
    people = len({member.username for member in members})
    said = f"  {people} {'person' if people == 1 else 'people'}"
    if len(members) != people:
        said += f" on {len(members)} machines"
    pieces: list[Piece] = [(said, "muted")]
    roles = [member.role if member.is_active else "revoked" for member in members]
    for role in (*reversed(ROLES), "revoked"):
        count = roles.count(role)
        if count:
            sign = _SIGNS.get(role, "✗")
            word = role if count == 1 or role == "revoked" else f"{role}s"
            pieces.append((f"  {sign} {count}{f' {word}' if width >= ROOM_FOR_WORDS else ''}", "muted"))
    return pieces


def _role_tone(member: Member) -> str:
    if not member.is_active or member.role is None:
        return "error"
    return _TONES.get(member.role, "")


def member_columns(app: AmxApp) -> tuple[Column[Member], ...]:
    """Who, where from, what role, and when last; the same person's machines stand together."""

    def host(member: Member) -> str:
        own = app.session.workspace.state.member if app.session.workspace is not None else None
        is_own = own is not None and own.member_id == member.member_id
        return f"{member.hostname}{'  (you)' if is_own else ''}"

    return (
        Column("host", host),
        Column("role", role_word, 10, tone=_role_tone),
        Column(
            "last seen",
            lambda member: relative_time(member.last_seen_at, app.now()),
            15,
            tone=lambda member: "muted",
            from_width=76,
        ),
        Column(
            "last seen",
            lambda member: short_relative_time(member.last_seen_at, app.now()),
            11,
            tone=lambda member: "muted",
            below_width=76,
        ),
        Column(
            "first seen",
            lambda member: relative_time(member.first_seen_at, app.now()),
            15,
            tone=lambda member: "muted",
            from_width=90,
        ),
        Column(
            "version", lambda member: member.client_version, 9, tone=lambda member: "muted", from_width=66
        ),
    )


def _when_columns(app: AmxApp) -> tuple[Column[Any], ...]:
    """When it happened, exactly where there is room."""
    return (
        Column("when", lambda event: exact_time(event.event_at), 24, from_width=100, tone=_muted),
        Column(
            "when",
            lambda event: short_relative_time(event.event_at, app.now()),
            11,
            below_width=100,
            tone=_muted,
        ),
    )


def _muted(event: object) -> str:
    return "muted"


def audit_columns(app: AmxApp) -> tuple[Column[AuditEvent], ...]:
    """When, and what in a sentence."""
    return (*_when_columns(app), Column("what", audit_sentence))


def session_columns(app: AmxApp) -> tuple[Column[SessionEvent], ...]:
    """When, who, from where, with what."""
    return (
        *_when_columns(app),
        Column("who", lambda event: event.username),
        Column("host", lambda event: event.hostname, 22),
        Column("event", lambda event: event.event_kind.replace("_", " "), 11),
        Column("version", lambda event: event.client_version, 9, tone=_muted, from_width=76),
        Column("system", lambda event: event.os_platform, 8, tone=_muted, from_width=90),
    )


def member_content(
    member: Member, members: Sequence[Member], events: Sequence[AuditEvent] | None, width: int
) -> Content:
    """The facts of a member, the same person's other machines and names, and what happened to the member last.

    Args:
        members: All members of the store.
        events: The newest events about the member; None where they have not been read.
    """
    lines = [
        Content.styled(visible(member_name(member)), "bold $accent"),
        Content.styled(role_word(member), "bold" if member.is_active else "bold $text-error"),
        Content(""),
    ]
    for label, value in _facts(member):
        lines.extend(fact_lines(label, value, LABEL_CELLS, width))
    elsewhere = [
        f"{role_word(each)}  {one_line(each.hostname, 60)}"
        for each in members
        if each.username == member.username and each.member_id != member.member_id
    ]
    if elsewhere:
        lines += _section("The same name elsewhere", elsewhere, "Each machine has a role of its own.")
    names = names_of_one_person(Identity(member.username, member.hostname), members)
    if names:
        hint = "Where it is, set AMX_USER to one name on every machine."
        lines += _section("Perhaps the same person", [one_line(name, 80) for name in names], hint)
    if events:
        lines += [Content(""), Content.styled("What happened", "bold $primary")]
        for event in events:
            lines.append(Content.styled(exact_time(event.event_at), "$foreground 60%"))
            lines.append(Content(visible(audit_sentence(event))))
    return Content("\n").join(lines)


def _section(heading: str, rows: Iterable[str], hint: str) -> list[Content]:
    return [
        Content(""),
        Content.styled(heading, "bold $primary"),
        *(Content(visible(row)) for row in rows),
        Content.styled(hint, "$foreground 60%"),
    ]


def _facts(member: Member) -> Iterator[tuple[str, str]]:
    if member.display_name:
        yield "name", member.display_name
    yield "first seen", exact_time(member.first_seen_at)
    yield "last seen", exact_time(member.last_seen_at)
    yield "program", member.client_version and f"amx {member.client_version}"
    if member.revoked_at is not None:
        yield "revoked", exact_time(member.revoked_at)
    yield "may", ", ".join(_abilities(member)) or "nothing"


def _abilities(member: Member) -> Iterable[str]:
    if not member.is_active or member.role is None:
        return ()
    return ("read", *(words for action, words in _MAY.items() if action in PERMISSIONS[member.role]))
