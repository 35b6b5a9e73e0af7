"""One comparison in every format, as it was looked at; `python -m tests.unit.export.test_golden` writes it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from amx_tui.export.comparison import EXPORT_FORMATS, ExportFormat
from tests.unit.export.comparisons import ALICE, BOB, CAROL, NASTY, comparison, exported, row

GOLDEN = Path(__file__).parent / "golden"

PIVOT = [
    row("sales", "customer", "a", "Given name of the customer", "Given name of the customer", "First name"),
    row("sales", "customer", "b", "Given name", "given  name", None, is_loose=True),
    row("sales", "customer", "c", None, "Only bob", None),
    row("sales", "orders", "d", None, None, None),
]


def drawn(export_format: ExportFormat) -> dict[str, str]:
    """The name and the text of each golden file of a format."""
    return {
        f"pair.{export_format}": exported(
            export_format, NASTY, comparison(NASTY, warnings=("The runs are of <different> profiles.",))
        ),
        f"pivot.{export_format}": exported(export_format, PIVOT, comparison(PIVOT, (ALICE, BOB, CAROL))),
    }


@pytest.mark.parametrize("export_format", EXPORT_FORMATS)
def test_an_export_looks_as_it_did(export_format: ExportFormat) -> None:
    """A change of the look is a decision, not an accident."""
    for name, text in drawn(export_format).items():
        assert text == (GOLDEN / name).read_bytes().decode()


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for each in EXPORT_FORMATS:
        for file, content in drawn(each).items():
            (GOLDEN / file).write_bytes(content.encode())
