"""Textual's own table with rows like those of the History screen; the bell rings as in `constant_rows`."""

from __future__ import annotations

import sys

from textual.app import App, ComposeResult
from textual.widgets import DataTable

ROWS = 2_000


class Table(App[None]):
    """Nothing but the table."""

    def compose(self) -> ComposeResult:
        """Give the table with its rows."""
        table: DataTable[str] = DataTable(cursor_type="row")
        table.add_columns("run_id", "who", "when", "scope", "ok", "fail", "status")
        for number in range(ROWS):
            cells = (f"run_2026-05-31_23-30-{number:03}", f"member{number % 20}@acme.com", "2 hours ago")
            table.add_row(*cells, "sales (1 t)", str(number % 97), str(number % 7), "✓ success")
        yield table

    def on_data_table_row_highlighted(self, message: DataTable.RowHighlighted) -> None:
        """Ring the bell at rows whose number divides by the first argument."""
        if message.cursor_row % int(sys.argv[1]) == 0:
            self.call_after_refresh(self.bell)


if __name__ == "__main__":
    Table().run()
