"""The least that Textual can show: an app with one empty table."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import DataTable


class Bare(App[None]):
    """One table with headings and no rows."""

    def compose(self) -> ComposeResult:
        """Give the table."""
        table: DataTable[str] = DataTable()
        table.add_columns("run_id", "who", "when", "scope", "ok", "fail")
        yield table


if __name__ == "__main__":
    Bare().run()
