"""`admin`: members and their roles, the audit trail, and who connected when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import cast

from amx_tui.domain.audit import AuditEvent, AuditFilter, SessionEvent, audit_sentence
from amx_tui.domain.errors import StaleVersionError, UsageError
from amx_tui.domain.identity import Identity
from amx_tui.domain.members import Member, Role
from amx_tui.domain.membership import MemberChange, by_person, member_name
from amx_tui.domain.report import Block, Grid, Paragraph, Report
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.text import one_line
from amx_tui.domain.times import exact_time, iso_time, parse_moment, relative_time
from amx_tui.services.commands.asking import Dialogue, Question
from amx_tui.services.commands.session import open_for_reading
from amx_tui.services.doctor.people import names_of_one_person
from amx_tui.services.grammar import Invocation
from amx_tui.services.members import CHANGING
from amx_tui.services.rights import refusal
from amx_tui.services.workspace import Workspace

__all__ = ["audit", "audit_filter", "change", "claim", "member_row", "members", "sessions"]

_DEFAULT_LIMIT = 40


async def members(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """List the members, the same person on several machines together."""
    await open_for_reading(workspace)
    found = await workspace.members.list()
    now = datetime.now(UTC)
    rows = tuple(
        (
            one_line(member.username, 60) if is_first else "",
            one_line(member.hostname, 60),
            member.role or "?",
            relative_time(member.first_seen_at, now),
            relative_time(member.last_seen_at, now),
            one_line(member.client_version, 20),
            f"✗ revoked {relative_time(member.revoked_at, now)}" if member.revoked_at else "",
        )
        for _, machines in by_person(found)
        for is_first, member in ((member is machines[0], member) for member in machines)
    )
    headings = ("who", "host", "role", "first seen", "last seen", "version", "")
    blocks: list[Block] = [Grid(headings, rows, empty="Nobody has registered in this store yet.")]
    if any(len(machines) > 1 for _, machines in by_person(found)):
        blocks.append(
            Paragraph("A name on several machines is several members: each machine has a role of its own.")
        )
    blocks += (Paragraph(hint) for hint in _names_of_one_person(found))
    return Report("Members", tuple(blocks), [member_row(member) for member in found])


def _names_of_one_person(members: Sequence[Member]) -> Iterator[str]:
    """Hints at people who seem to be registered under several names."""
    seen: set[str] = set()
    for member in members:
        others = names_of_one_person(Identity(member.username, member.hostname), members)
        if others and member.username not in seen:
            seen.update((member.username, *others))
            names = " and ".join(one_line(name, 80) for name in (member.username, *others))
            yield f"{names} look like one person: where they are, set AMX_USER to one name on every machine."


async def change(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Promote, demote, revoke or restore a member.

    Raises:
        NotFoundError: There is no such member.
        UsageError: Several members are called so, it would change nothing, or nobody is there to agree.
        StaleVersionError: Somebody else changed the member meanwhile.
        RoleError: We may not, or the member is the last active admin.
    """
    await open_for_reading(workspace)
    member = await workspace.members.find(invocation.argument)
    if (refused := await refusal(workspace, "administer", doing=CHANGING)) is not None:
        raise refused
    wanted = _change(invocation, member)
    done = _words(wanted)[1]
    if wanted.is_empty:
        raise UsageError(f"{member_name(member)} is that already.")
    if not invocation.flag("yes") and not await _agrees(wanted, dialogue):
        return Report(
            invocation.name, (Paragraph("Nothing was changed."),), {"changed": False}, exit_status=1
        )
    try:
        changed = await workspace.members.change(wanted)
    except StaleVersionError as error:
        current = cast("Member", error.current)
        blocks = (
            Paragraph(f"✗ {error.title}: {error.message}"),
            Paragraph(f"Now: {_state(current)}. It was: {_state(member)}. {error.hint}"),
        )
        return Report(invocation.name, blocks, member_row(current), exit_status=error.exit_status)
    return Report(invocation.name, (Paragraph(f"✓ {done}"),), member_row(changed))


async def claim(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Become admin of a store without an active one.

    Raises:
        RoleError: The store has one, or we are no active member.
    """
    await open_for_reading(workspace)
    question = f"Become admin of {workspace.state.label}, if it has no active admin?"
    if not invocation.flag("yes") and not await dialogue.confirm(question, otherwise="Add --yes."):
        return Report(
            invocation.name, (Paragraph("Nothing was changed."),), {"changed": False}, exit_status=1
        )
    claimed = await workspace.members.claim()
    return Report(
        invocation.name, (Paragraph(f"✓ {member_name(claimed)} is admin now."),), member_row(claimed)
    )


async def audit(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Tell the audit trail, newest first.

    Raises:
        UsageError: A time cannot be read.
    """
    await open_for_reading(workspace)
    wanted = audit_filter(invocation, datetime.now(UTC))
    found = [event async for event in workspace.members.all_audit(wanted, limit=_limit(invocation))]
    grid = Grid(
        ("when", "what"),
        tuple((exact_time(event.event_at), audit_sentence(event)) for event in found),
        empty="Nothing happened yet." if wanted.is_empty else "No event matches.",
    )
    return Report("Audit trail", (grid,), [_audit_row(event) for event in found])


def audit_filter(invocation: Invocation, now: datetime) -> AuditFilter:
    """What an `admin audit` asks for.

    Raises:
        UsageError: A time cannot be read.
    """
    since, until = invocation.text("since"), invocation.text("until")
    return AuditFilter(
        actor=invocation.text("actor"),
        action=invocation.text("action"),
        target=invocation.text("target"),
        since=parse_moment(since, now) if since else None,
        until=parse_moment(until, now) if until else None,
    )


async def sessions(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Tell who connected when, newest first."""
    await open_for_reading(workspace)
    found: list[SessionEvent] = []
    limit = _limit(invocation)
    cursor = None
    while limit is None or len(found) < limit:
        page = await workspace.members.sessions(
            invocation.text("who"),
            cursor=cursor,
            limit=500 if limit is None else min(500, limit - len(found)),
        )
        found += page.events
        if not page.has_after:
            break
        cursor = workspace.members.cursor_of(found[-1])
    grid = Grid(
        ("when", "who", "host", "event", "version", "system"),
        tuple(
            (
                exact_time(event.event_at),
                one_line(event.username, 60),
                one_line(event.hostname, 60),
                one_line(event.event_kind, 20),
                one_line(event.client_version, 20),
                one_line(event.os_platform, 20),
            )
            for event in found
        ),
        empty="Nobody has connected yet.",
    )
    return Report("Sessions", (grid,), [_session_row(event) for event in found])


def _limit(invocation: Invocation) -> int | None:
    limit = invocation.number("limit")
    return None if invocation.has("limit") and limit is None else limit or _DEFAULT_LIMIT


def _change(invocation: Invocation, member: Member) -> MemberChange:
    """The change that a command line asks for.

    Raises:
        UsageError: A promotion would lower the role, or a demotion raise it.
    """
    verb = invocation.path[1]
    if verb in {"revoke", "restore"}:
        return MemberChange(member, is_revoked=verb == "revoke")
    role = cast("Role", invocation.text("role") or ("writer" if verb == "promote" else "viewer"))
    wanted = MemberChange(member, role=role)
    if not wanted.is_empty and member.role is not None and not wanted.action.startswith(verb):
        raise UsageError(
            f"{member_name(member)} is {member.role}; making that {role} is no {verb[:-1]}ion.",
            hint=f"Use admin {'demote' if verb == 'promote' else 'promote'} with --role {role}.",
        )
    return wanted


async def _agrees(wanted: MemberChange, dialogue: Dialogue) -> bool:
    """Ask for a yes, and before somebody is shut out for the name.

    Raises:
        UsageError: Nobody is there to answer.
    """
    question = _words(wanted)[0]
    if not wanted.is_revoked or not dialogue.is_interactive:
        return await dialogue.confirm(question, otherwise="Add --yes.")
    name = one_line(wanted.basis.username, 120)
    asked = Question("text", f"{question} Type {name} to confirm")
    return await dialogue.text(asked, otherwise="Add --yes.") == name


def _words(wanted: MemberChange) -> tuple[str, str]:
    """The question before a change, and what is said after it."""
    name = member_name(wanted.basis)
    if wanted.role is not None:
        before = wanted.basis.role or "a role that nobody knows"
        return f"Make {name} {wanted.role} (now {before})?", f"{name} is {wanted.role} now."
    if wanted.is_revoked:
        return f"Revoke {name}?", f"{name} is revoked."
    return f"Restore {name}?", f"{name} is restored."


def _state(member: Member) -> str:
    state = member.role or "a role that nobody knows"
    return state if member.is_active else f"{state}, revoked"


def member_row(member: Member) -> dict[str, JsonValue]:
    """A member as a document, keys as the store's columns."""
    return {
        "id": member.member_id,
        "username": member.username,
        "hostname": member.hostname,
        "display_name": member.display_name or None,
        "role": member.role,
        "first_seen_at": iso_time(member.first_seen_at),
        "last_seen_at": iso_time(member.last_seen_at),
        "client_version": member.client_version or None,
        "revoked_at": iso_time(member.revoked_at),
        "version": member.version,
    }


def _audit_row(event: AuditEvent) -> dict[str, JsonValue]:
    return {
        "id": event.event_id,
        "event_at": iso_time(event.event_at),
        "actor_username": event.actor_username,
        "actor_hostname": event.actor_hostname,
        "action": event.action,
        "target_user_id": event.target_user_id or None,
        "target_username": event.target_username or None,
        "target_hostname": event.target_hostname or None,
        "target_resource": event.target_resource or None,
        "details_json": cast("JsonValue", event.details),
    }


def _session_row(event: SessionEvent) -> dict[str, JsonValue]:
    return {
        "id": event.event_id,
        "event_at": iso_time(event.event_at),
        "username": event.username,
        "hostname": event.hostname,
        "event_kind": event.event_kind,
        "client_version": event.client_version or None,
        "os_platform": event.os_platform or None,
    }
