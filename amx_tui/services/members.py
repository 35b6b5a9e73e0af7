"""Members and their roles, the audit trail, and who connected when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from amx_tui.domain.audit import AuditCursor, AuditEvent, AuditFilter, AuditPage, SessionEvent, SessionPage
from amx_tui.domain.errors import NotFoundError, UsageError
from amx_tui.domain.members import Member, Role, may
from amx_tui.domain.membership import MemberChange, active_admins, is_last_admin, member_name
from amx_tui.domain.text import one_line
from amx_tui.services.rights import reason_against

if TYPE_CHECKING:
    from amx_tui.services.workspace import Workspace

__all__ = ["CHANGING", "Members"]

CHANGING = "changing members"
"""What a refusal calls it."""

_NO_FILTER = AuditFilter()
_STREAMED = 500


class Members:
    """The members of the store that the workspace has open.

    Every method that reads raises `StoreError` where the store does not answer, or where none is open.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    # ---- Reading -------------------------------------------------------------------------------------------

    async def list(self) -> tuple[Member, ...]:
        """Read all members by name and host, in one round trip."""
        members = await self._workspace.store.members.list()
        self._workspace.known_members = members
        return members

    async def find(self, who: str) -> Member:
        """Find a member by `user@host`, split at the last @, or by a username that is one member only.

        Raises:
            NotFoundError: Nobody is called so.
            UsageError: Several are; the hint lists them.
        """
        members = await self.list()
        name, _, host = who.rpartition("@")
        exact = [each for each in members if name and (each.username, each.hostname) == (name, host)]
        found = exact or [each for each in members if each.username == who]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(
                f"{one_line(who, 80)} is {len(found)} members.",
                hint=f"Say which: {', '.join(member_name(each) for each in found[:6])}.",
            )
        close = [each for each in members if who and each.username.partition("@")[0] == who.partition("@")[0]]
        hint = f"There is {', '.join(member_name(each) for each in close[:6])}." if close else ""
        raise NotFoundError(
            f"There is no member {one_line(who, 80)}.", hint=hint or "admin members lists them all."
        )

    async def audit(
        self, filter: AuditFilter = _NO_FILTER, *, cursor: AuditCursor | None = None, limit: int = 60
    ) -> AuditPage:
        """Read a page of the audit trail, newest first."""
        return await self._workspace.store.audit.page(filter, cursor=cursor, limit=limit)

    async def sessions(
        self, who: str = "", *, cursor: AuditCursor | None = None, limit: int = 60
    ) -> SessionPage:
        """Read a page of the session events, newest first."""
        return await self._workspace.store.audit.sessions(who, cursor=cursor, limit=limit)

    async def all_audit(
        self, filter: AuditFilter = _NO_FILTER, *, limit: int | None = None
    ) -> AsyncIterator[AuditEvent]:
        """Give the audit trail event by event, newest first, a page in memory at a time.

        Args:
            limit: Events at most; None is all.
        """
        cursor: AuditCursor | None = None
        left = limit
        while left is None or left > 0:
            page = await self.audit(
                filter, cursor=cursor, limit=_STREAMED if left is None else min(left, _STREAMED)
            )
            for event in page.events:
                yield event
            if not page.has_after:
                return
            left = None if left is None else left - len(page.events)
            cursor = self.cursor_of(page.events[-1])

    @staticmethod
    def cursor_of(event: AuditEvent | SessionEvent) -> AuditCursor:
        """Return the cursor that stands on an event, for the page behind it."""
        from amx_tui.store.audit import cursor_of

        return cursor_of(event)

    # ---- Changing ------------------------------------------------------------------------------------------

    def reason_against(self, change: MemberChange | None = None) -> str:
        """Say why a change cannot be made, as far as is known without asking the store; empty if it can.

        Args:
            change: The change; without one only what holds for every change is said.
        """
        if reason := self._reason_without_team():
            return reason
        reason = reason_against(self._workspace, "administer", doing=CHANGING)
        if reason or change is None:
            return reason
        if change.is_empty:
            return f"{member_name(change.basis)} is that already."
        if change.takes_an_admin_away() and is_last_admin(change.basis, self._workspace.known_members):
            return f"{member_name(change.basis)} is the last active admin; promote somebody else first."
        return ""

    def reason_against_claiming(self) -> str:
        """Say why this member cannot claim the store; empty if it can."""
        state = self._workspace.state
        if reason := self._reason_without_team():
            return reason
        if may(state.member, "administer"):
            return "You are an admin already."
        if active_admins(self._workspace.known_members):
            return reason_against(self._workspace, "administer", doing=CHANGING)
        if state.member is None or not state.member.is_active:
            return reason_against(self._workspace, "administer", doing="claiming the store")
        return ""

    def _reason_without_team(self) -> str:
        match self._workspace.state.kind:
            case "local":
                return "The local history has one user: you, its admin."
            case "offline":
                return "The shared store is out of reach; r tries it again."
        return ""

    async def change(self, change: MemberChange) -> Member:
        """Change a member, if it is still as it was when it was read.

        Raises:
            StaleVersionError: Somebody else was first; carries the `Member` as it is now.
            RoleError: We may not, or the member is the last active admin.
            NotFoundError: There is no such member any more.
            UsageError: It would change nothing, or the store is local.
            StoreError: The store is read-only, or does not answer.
        """
        workspace = self._workspace
        changed = await workspace.store.membership.change(change, identity=workspace.identity)
        self._learn(changed)
        return changed

    async def set_role(self, member: Member, role: Role) -> Member:
        """Promote or demote a member; see `change`."""
        return await self.change(MemberChange(member, role=role))

    async def revoke(self, member: Member) -> Member:
        """Shut a member out; see `change`."""
        return await self.change(MemberChange(member, is_revoked=True))

    async def restore(self, member: Member) -> Member:
        """Let a revoked member in again; see `change`."""
        return await self.change(MemberChange(member, is_revoked=False))

    async def claim(self) -> Member:
        """Become admin of a store that has no active admin.

        Raises:
            RoleError: The store has one, whom to ask, or we are no active member.
            StoreError: The store is read-only, or does not answer.
        """
        workspace = self._workspace
        claimed = await workspace.store.membership.claim(identity=workspace.identity)
        self._learn(claimed)
        return claimed

    def _learn(self, changed: Member) -> None:
        """Take over what a change has left, our own role among it."""
        workspace = self._workspace
        workspace.known_members = tuple(
            changed if each.member_id == changed.member_id else each for each in workspace.known_members
        )
        workspace.learn_member(changed)
