"""Comparisons to export, made in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import strategies as st

from amx_tui.domain.compare import (
    CompareCell,
    CompareFilter,
    ComparePage,
    CompareRow,
    Comparison,
    Side,
    status_of,
)
from amx_tui.domain.compare_memory import count_rows
from amx_tui.domain.names import join_name
from amx_tui.domain.runs import Run
from amx_tui.domain.scope import Scope
from amx_tui.domain.words import equal_but_for_space_and_case
from amx_tui.export.comparison import ExportFormat, comparison_writer

EXPORTED_AT = datetime(2026, 5, 3, 17, 50, tzinfo=UTC)

ALICE = ("alice", "alice (2 hr ago)", datetime(2026, 5, 3, 15, 44, 7, tzinfo=UTC))
BOB = ("bob", "bob (5 days ago)", datetime(2026, 4, 28, 11, 8, tzinfo=UTC))
CAROL = ("carol", "carol (1 wk ago)", datetime(2026, 4, 26, 9, 0, 0, 123456, tzinfo=UTC))

DOCUMENTED = [
    ("sales", "customer", "c_first_name", "Given name of customer", "First name of customer"),
    ("sales", "customer", "c_last_name", "Surname of individual", "Surname of individual"),
    ("sales", "customer", "x_legacy_status", "Legacy status flag from the old CRM", None),
]
"""What the example of the AMX documentation was made of, as far as it shows."""


def side(who: str, name: str, started_at: datetime) -> Side:
    """A run by one member."""
    run = Run(
        run_id=f"run_{started_at:%Y-%m-%d_%H-%M}-001",
        created_by=who,
        hostname=f"{who}-laptop",
        started_at=started_at,
        status="success",
        scope=Scope(),
        ok_count=1,
        fail_count=0,
        db_profile="prod-pg",
    )
    return Side(run, name, who, "postgresql")


def row(schema: str, table: str, column: str, *texts: str | None, is_loose: bool = False) -> CompareRow:
    """An asset with what each side says of it; of None a side has no result."""
    baseline = texts[0]
    given = [text for text in texts if text]
    cells = tuple(
        CompareCell(
            result_id=f"{column or table or schema}-{number}" if text else None,
            description=text,
            alternatives_count=2 if text else 0,
            confidence="high" if text else "",
            evaluation="accepted" if text and number == 0 else "pending",
            evaluated_by="alice" if text and number == 0 else "",
            evaluated_at=EXPORTED_AT if text and number == 0 else None,
            version=1 if text else None,
            is_same=text == baseline
            or bool(is_loose and text and baseline and equal_but_for_space_and_case(text, baseline)),
        )
        for number, text in enumerate(texts)
    )
    is_nearly = (
        len(given) == len(texts)
        and len(set(given)) > 1
        and all(equal_but_for_space_and_case(given[0], text) for text in given)
    )
    return CompareRow(
        schema,
        table,
        column,
        join_name((schema, table, column)),
        cells,
        status_of(texts, is_loose=is_loose),
        is_nearly,
    )


def comparison(
    rows: Sequence[CompareRow],
    sides: Sequence[tuple[str, str, datetime]] = (ALICE, BOB),
    *,
    wanted: CompareFilter | None = None,
    warnings: tuple[str, ...] = (),
) -> Comparison:
    """A comparison of which these are the rows."""
    return Comparison(
        tuple(side(*each) for each in sides),
        wanted or CompareFilter(),
        count_rows(rows),
        ComparePage((), False, False),
        newer=0,
        warnings=warnings,
    )


NASTY = [
    row("sales", "", "", "Everything that is sold", "Everything sold"),
    row(
        "sales",
        "customer",
        "",
        "One row per customer; see <b>CRM</b> & \"SAP\"\nSecond line | with a pipe",
        "One row a customer; see <b>CRM</b> & \"SAP\"\nSecond line | with `code` and a pipe",
    ),
    row("sales", "customer", "c_first_name", "Given name of the customer.", "First name of the customer."),
    row("sales", "customer", "c_last_name", "Surname of the customer", "Surname of the customer"),
    row("sales", "customer", "c_note", "Free text  as typed", "Free text as typed"),
    row("sales", "customer", "Größe", "=HYPERLINK(\"http://evil.example\",\"x\")", "- dash first\x1b[31m red"),
    row("sales", "customer", "x|y", "日本語の説明", "日本語の名前"),
    row("sales", "customer", "שם", "שם הלקוח הפרטי", "שם הלקוח"),
    row("sales", "customer", "x_legacy", "Legacy status flag from the old CRM", None),
    row("sales", "order.line", "o_id", None, "Number of the order"),
    row("sales", "order.line", "o_x", None, None),
    row("sales", "order.line", "o_y", "Key of the Order", "key of  the order", is_loose=True),
]  # fmt: skip


def exported(
    export_format: ExportFormat,
    rows: Sequence[CompareRow],
    of: Comparison | None = None,
) -> str:
    """The whole text of an export."""
    writer = comparison_writer(export_format, of or comparison(rows), exported_at=EXPORTED_AT)
    return writer.begin() + "".join(map(writer.row, rows)) + writer.end()


def _nasty_texts() -> st.SearchStrategy[str]:
    signs = st.one_of(
        st.sampled_from([*"|`*_~<>&\\[](){}#+-=@\"'.,;:!/$^%?", "\n", "\r\n", "\t", " ", "  ", "\r", "\xa0"]),
        st.sampled_from(["\x00", "\x1b[31m", "\x9b", "\u202e", "\u200f", "\u2028", "\ud800", "\ufeff", "\uffff"]),
        st.sampled_from(["שלום", "مرحبا", "日本語", "e\u0301", "👩\u200d💻", "ﬁ", "＝1+1", "www.x_y.de", "http://a_b/"]),
        st.sampled_from(["Given", "name", "of", "the", "customer", "customers", "1.", "<br>", "&amp;", "\\|", "---"]),
        st.characters(),
    )  # fmt: skip
    return st.lists(signs, max_size=25).map("".join)


NASTY_TEXTS = _nasty_texts()
"""Pipes, quotes, formulas, control characters, scripts of both directions, words that two texts share."""
