"""How a draft stands to what is stored: the version it started from, whether that is the newest, who else is at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from amx_tui.domain.pages import Page, PageVersion
from amx_tui.domain.text import one_line
from amx_tui.domain.times import short_relative_time
from amx_tui.drafts.pages import PageDraft
from amx_tui.ui.widgets.bars import Piece

__all__ = ["Standing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the page in the store while it is edited."""

    version: int = 0
    """The newest one; 0 where the page is new, or nothing was read yet."""
    who: str = ""
    saved_at: datetime | None = None
    is_deleted: bool = False
    is_unreachable: bool = False

    @classmethod
    def of_page(cls, page: Page) -> Standing:
        """What a page that was read says."""
        return cls(page.version, page.updated_by, page.updated_at, page.is_deleted)

    @classmethod
    def of_version(cls, version: PageVersion) -> Standing:
        """What a page's newest version says."""
        return cls(version.version, version.saved_by, version.saved_at, version.status == "deleted")

    def is_behind(self, draft: PageDraft) -> bool:
        """Whether somebody saved since the draft was begun."""
        return not draft.is_new and self.version > draft.base_version

    def pieces(self, draft: PageDraft, now: datetime, also_here: Sequence[str] = ()) -> tuple[Piece, ...]:
        """Say it on one line.

        Args:
            also_here: Who else has the page open.
        """
        people = ", ".join(one_line(who, 20) for who in also_here)
        return (*self._version_pieces(draft, now), (f"  ◆ also here: {people}" if people else "", "accent"))

    def _version_pieces(self, draft: PageDraft, now: datetime) -> tuple[Piece, ...]:
        if draft.is_new:
            return (("not in the store yet", "muted"),)
        started: Piece = (f"from v{draft.base_version}", "")
        if self.is_unreachable:
            return (started, ("  ⚠ the store does not answer; what you type is kept here", "warning"))
        if self.is_behind(draft):
            who = one_line(self.who, 30) or "somebody"
            age = short_relative_time(self.saved_at, now)
            did = "deleted it" if self.is_deleted else f"saved v{self.version}"
            return (started, (f"  ⚠ {who} {did} {age}; saving merges", "warning"))
        return (started, (", the newest", "success") if self.version else ("", ""))
