"""The columns of the list of pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amx_tui.domain.pages import PageSummary, page_status_sign
from amx_tui.domain.times import relative_time, short_relative_time
from amx_tui.ui.widgets.row_list import Column

if TYPE_CHECKING:
    from amx_tui.ui.app import AmxApp

__all__ = ["page_columns", "status_words"]

_TONES = {"published": "success", "draft": "warning", "deleted": "error"}


def status_words(status: str) -> str:
    """A status with its sign."""
    return f"{page_status_sign(status)} {status}"


def page_columns(app: AmxApp) -> tuple[Column[PageSummary], ...]:
    """Wide and narrow forms; which of them are shown is up to the list's width."""

    def tone(page: PageSummary) -> str:
        return _TONES.get(page.status, "muted")

    def who(page: PageSummary) -> str:
        # Where amx-cli saved it, nobody knows who did; its maker it need not have been.
        return page.updated_by or "somebody"

    return (
        Column("title", lambda page: page.title),
        Column("", lambda page: page_status_sign(page.status), 1, tone=tone, below_width=66),
        Column("status", lambda page: status_words(page.status), 11, tone=tone, from_width=66),
        Column("ver", lambda page: f"v{page.version}", 4, align="right", tone=lambda page: "muted"),
        Column("who", who, 20, from_width=84),
        Column("who", who, 13, below_width=84),
        Column(
            "when", lambda page: relative_time(page.updated_at, app.now()), 14, from_width=84, tone=_muted
        ),
        Column(
            "when",
            lambda page: short_relative_time(page.updated_at, app.now()),
            10,
            from_width=50,
            below_width=84,
            tone=_muted,
        ),
        Column("profile", lambda page: page.db_profile, 12, from_width=100, tone=_muted),
    )


def _muted(page: PageSummary) -> str:
    return "muted"
