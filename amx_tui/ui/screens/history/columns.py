"""The columns of the run list, as the AMX documentation prints them, and the status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amx_tui.domain.runs import Run, status_sign
from amx_tui.domain.times import relative_time, short_relative_time
from amx_tui.ui.widgets.row_list import Column

if TYPE_CHECKING:
    from amx_tui.ui.app import AmxApp

__all__ = ["run_columns", "shown_id"]

_TONES = {"failed": "error", "cancelled": "muted", "running": "accent", "success": "success"}


def shown_id(run: Run) -> str:
    """A run's id in a list: ours in full; of a UUID its beginning, with amx-cli's own number where it has one."""
    if run.local_name:
        return f"{run.run_id[:8]} {run.local_name}"
    return run.run_id


def run_columns(app: AmxApp) -> tuple[Column[Run], ...]:
    """Wide and narrow forms; which of them are shown is up to the list's width."""

    def status_tone(run: Run) -> str:
        return _TONES.get(run.status, "warning")

    return (
        Column("run_id", shown_id, 24),
        Column("who", lambda run: run.created_by, 22, from_width=110),
        Column("who", lambda run: run.created_by, 14, from_width=66, below_width=110),
        Column("who", lambda run: run.created_by, below_width=66),
        Column(
            "when",
            lambda run: relative_time(run.started_at, app.now()),
            14,
            from_width=100,
            tone=lambda run: "muted",
        ),
        Column(
            "when",
            lambda run: short_relative_time(run.started_at, app.now()),
            10,
            from_width=66,
            below_width=100,
            tone=lambda run: "muted",
        ),
        Column("scope", lambda run: run.scope.summary, from_width=66),
        Column("ok", lambda run: str(run.ok_count), 5, align="right"),
        Column(
            "fail",
            lambda run: str(run.fail_count),
            4,
            align="right",
            tone=lambda run: "error" if run.fail_count else "muted",
        ),
        Column("", lambda run: status_sign(run.status), 1, tone=status_tone, below_width=90),
        Column(
            "status",
            lambda run: f"{status_sign(run.status)} {run.status}",
            18,
            tone=status_tone,
            from_width=90,
        ),
    )
