"""The filter of the run list: typed as a line, applied while it is typed, with its values offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work

from amx_tui.domain.errors import AmxError
from amx_tui.domain.runs import RUN_STATUSES, Run, RunFilter
from amx_tui.ui.screens.hashing import HashingScreen
from amx_tui.ui.widgets.row_list import RowList

if TYPE_CHECKING:
    from amx_tui.services.history import Suggestions

__all__ = ["FilteredRuns"]


class FilteredRuns(HashingScreen):
    """A screen with a list of runs under a filter."""

    def __init__(self) -> None:
        super().__init__()
        self.filter = RunFilter()
        self._suggestions: Suggestions | None = None

    @property
    def runs(self) -> RowList[Run]:
        """The list of runs."""
        return self.query_one("#runs", RowList)

    def show_filter(self, wanted: RunFilter) -> None:
        """Show the runs that a filter lets through; the subclass knows how."""
        raise NotImplementedError

    def action_filter(self) -> None:
        """Open the filter line."""
        from amx_tui.domain.query import RUN_QUERY_WORDS, format_run_query
        from amx_tui.ui.line_input import ask_line

        ask_line(
            self.amx,
            prompt="/",
            value=format_run_query(self.filter),
            words=RUN_QUERY_WORDS,
            hint="who:bob  scope:sales.customer  status:failed  since:7d  or any text",
            on_change=self._filter_typed,
            on_done=self._filter_typed,
            on_cancel=self.show_filter,
            cancel_value=self.filter,
            suggest=self._suggest,
        )
        if self._suggestions is None and self.amx.store_view.kind in {"local", "shared", "offline"}:
            self._read_suggestions()

    def _suggest(self, word: str) -> Sequence[str]:
        """The values that fit behind a word of the filter line."""
        known = self._suggestions
        if word == "who":
            return known.members if known else sorted({run.created_by for run in self.runs.rows})
        if word == "scope":
            return sorted({schema for run in self.runs.rows for schema, _ in run.scope.schemas})
        return {"status": RUN_STATUSES, "since": ("2h", "today", "yesterday", "7d", "30d")}.get(word, ())

    @work(exclusive=True, group="history.suggestions", exit_on_error=False)
    async def _read_suggestions(self) -> None:
        """Read which members and statuses there are."""
        self._suggestions = await self.run_use_case(
            self.workspace.history.suggestions(), what="Reading the members"
        )

    def _filter_typed(self, line: str) -> str:
        """Apply a filter line; the answer is what is wrong with it."""
        from amx_tui.domain.query import parse_run_query

        try:
            wanted = parse_run_query(line, self.amx.now(), self.filter)
        except AmxError as error:
            return f"{error.message} {error.hint}"
        self.show_filter(replace(wanted, who=self._completed(wanted.who)))
        return ""

    def _completed(self, who: str) -> str:
        """Read a name that is only begun as all names that begin so: the list follows the typing."""
        members = self._suggest("who")
        on_a_host = who.rpartition("@")[0]
        is_known = any(who in (member, member.partition("@")[0]) or on_a_host == member for member in members)
        return who if not who or "*" in who or is_known else f"{who}*"
