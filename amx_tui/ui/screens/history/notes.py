"""What the history says where it has no runs to show, and which key comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amx_tui.domain.runs import RunFilter
from amx_tui.ui.widgets.row_list import ListNote

if TYPE_CHECKING:
    from amx_tui.ui.session import StoreView

__all__ = ["empty_note"]


def empty_note(view: StoreView, shown: RunFilter) -> ListNote:
    """Say why there is no run.

    Args:
        view: The store that was asked.
        shown: The filter that it was asked with.
    """
    if not shown.is_empty:
        return ListNote("No run matches this filter.", ("esc takes the filter away, / changes it",))
    if view.kind == "shared":
        return ListNote(
            "No runs yet.",
            ("The first /run or /analyze run of any member shows up here.", "r looks again"),
        )
    if view.kind == "offline":
        return ListNote(
            "The shared history is out of reach, and this machine's own has no runs.",
            (view.reason, "r tries the host again"),
        )
    return ListNote(
        "No runs yet in the local history.",
        (
            "6 adds a database profile; :history-store shares one history with your team.",
            view.hint or "`amx-tui demo` opens a made-up team to look at.",
            "r looks again",
        ),
    )
