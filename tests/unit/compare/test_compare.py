"""Comparing in memory: statuses, words, filters and counts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.compare import (
    COMPARE_STATUSES,
    DIFFERENCES,
    CompareCell,
    CompareFilter,
    ComparePage,
    CompareRow,
    CompareStatus,
    Comparison,
    matches_name,
    status_of,
    status_sign,
)
from amx_tui.domain.compare_memory import compare_in_memory, count_rows
from amx_tui.domain.results import Alternative, DecisionState, Result
from amx_tui.domain.sides import make_sides
from tests.unit.compare.test_sides import NOW, run

EARLY, LATE = datetime(2026, 5, 3, tzinfo=UTC), datetime(2026, 5, 4, tzinfo=UTC)


def result(
    name: str, *texts: str, evaluation: DecisionState = "pending", chosen: str | None = None, **more: object
) -> Result:
    """Give a result for `schema.table.column`."""
    schema, table, column, *_ = (*name.split("."), "", "")
    facts: dict[str, object] = {
        "result_id": f"{name}-{texts}",
        "run_id": "run",
        "target_qname": name,
        "schema_name": schema,
        "table_name": table,
        "column_name": column,
        "asset_kind": "column",
        "saved_at": EARLY,
        "source": "",
        "confidence": "high",
        "logprob_score": None,
        "reasoning": "",
        "model_version": "",
        "alternatives": tuple(map(Alternative, texts)),
        "evaluation": evaluation,
        "chosen_description": chosen,
        "evaluated_at": None,
        "evaluated_by": "",
        "rejection_reason": "",
        "applied_at": None,
        "applied_by": "",
        "applied_status": "",
        "seen_comment": None,
        "previous_comment": None,
        "error_text": "",
        "superseded_at": None,
        "version": 1,
    }
    return Result(**{**facts, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("descriptions", "status"),
    [
        (("a", "a"), "same"),
        (("a", "b"), "diff"),
        (("a", "A"), "diff"),
        (("a", "a "), "diff"),
        (("a", None), "left_only"),
        (("a", ""), "left_only"),
        ((None, "a"), "right_only"),
        (("", None), "neither"),
        (("a", "a", "a"), "same"),
        (("a", "a", None), "diff"),
        (("a", None, None), "left_only"),
        ((None, "a", "b"), "right_only"),
        ((None, None, None), "neither"),
    ],
)
def test_every_way_in_which_descriptions_stand(
    descriptions: tuple[str | None, ...], status: CompareStatus
) -> None:
    """An empty description is none; several sides are held against the first."""
    assert status_of(descriptions) == status


def test_white_space_and_case_may_be_overlooked() -> None:
    """Only where it is asked for."""
    assert status_of(("Given  Name", "given name")) == "diff"
    assert status_of(("Given  Name", "given name"), is_loose=True) == "same"


def test_what_is_in_force_is_compared() -> None:
    """The chosen one if decided, none if rejected, else the first alternative."""
    left = [
        result("s.t.a", "draft", evaluation="custom", chosen="edited"),
        result("s.t.b", "draft", evaluation="skipped", chosen=""),
        result("s.t.c", "draft", "second"),
    ]
    right = [result("s.t.a", "edited"), result("s.t.b", "draft"), result("s.t.c", "second", "draft")]
    rows = compare_in_memory((left, right))
    assert [(row.target_qname, row.status) for row in rows] == [
        ("s.t.a", "same"),
        ("s.t.b", "right_only"),
        ("s.t.c", "diff"),
    ]


def test_the_newest_result_of_an_asset_counts() -> None:
    """A superseded one never does; of one moment the greater id."""
    side = [
        result("s.t.a", "old"),
        result("s.t.a", "new", saved_at=LATE),
        result("s.t.a", "replaced", saved_at=LATE, superseded_at=LATE, result_id="z"),
        result("s.t.b", "untimed", saved_at=None, result_id="z"),
        result("s.t.b", "timed", result_id="a"),
    ]
    rows = compare_in_memory((side, []))
    assert [row.cells[0].description for row in rows] == ["new", "timed"]


def _row(status: CompareStatus, *descriptions: str | None) -> CompareRow:
    cells = tuple(CompareCell(description=text) for text in descriptions)
    return CompareRow("s", "t", "c", "s.t.c", cells, status)


def test_statuses_are_worded_as_in_the_documentation() -> None:
    """`alice added` names whoever described it; several are listed."""
    sides = make_sides([run("alice"), run("bob"), run("carol")], NOW)

    def words(row: CompareRow, count: int) -> str:
        page = ComparePage((), False, False)
        return Comparison(sides[:count], CompareFilter(), count_rows(()), page, 0).word(row)

    assert words(_row("same", "a", "a"), 2) == "same"
    assert words(_row("diff", "a", "b"), 2) == "diff"
    assert words(_row("left_only", "a", None), 2) == "alice added"
    assert words(_row("right_only", None, "b"), 2) == "bob added"
    assert words(_row("neither", None, None), 2) == "both missing"
    assert words(_row("right_only", None, "b", "c"), 3) == "bob, carol added"
    assert words(_row("neither", None, None, None), 3) == "all missing"
    assert len({status_sign(status) for status in COMPARE_STATUSES}) == 4


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("", 6),
        ("sales", 4),
        ("sales.customer", 3),
        ("sales.customer.c_email", 1),
        ("Sales", 1),
        ("sales.customer.c_email.more", 0),
        ("sal", 0),
        ("*cust*", 3),
        ("c_*", 2),
        ("*", 6),
        ("sales.*", 3),
        ("sales.*.c_*", 2),
        ("*.*.c_email", 1),
        ("SALES.*", 3),
        ('"a.b"', 1),
        ("a.b", 0),
        ("**e*l", 1),
    ],
)
def test_a_filters_name_takes_an_asset_and_all_below_it(name: str, taken: int) -> None:
    """To the letter, or as a pattern; part by part where it has a dot, else any part."""
    keys = [
        ("sales", "", ""),
        ("sales", "customer", ""),
        ("sales", "customer", "c_email"),
        ("sales", "customer", "c_phone"),
        ("Sales", "", ""),
        ("a.b", "", ""),
    ]
    assert sum(matches_name(key, name) for key in keys) == taken


def test_counts_are_per_table_and_per_status() -> None:
    """What is loosely the same is counted among the same, and by itself."""
    left = [result("s.t", "a"), result("s.t.b", "A b"), result("s.u.c", "x"), result("s.u.d")]
    right = [result("s.t", "a"), result("s.t.b", "a  B"), result("s.u.c", "y"), result("s.u.d")]
    counts = count_rows(compare_in_memory((left, right), CompareFilter(is_loose=True)))
    assert [(table.qname, table.same, table.loose, table.diff, table.neither) for table in counts.tables] == [
        ("s.t", 2, 1, 0, 0),
        ("s.u", 0, 0, 1, 1),
    ]
    assert (counts.total, counts.differences, counts.loose) == (4, 1, 1)
    assert counts.of({"same", "neither"}) == 3
    assert counts.tables[0].of() == counts.tables[0].total == 2


_texts = st.one_of(st.none(), st.sampled_from(["", "a", "A", "a ", "b"]))


@given(st.lists(_texts, min_size=2, max_size=4), st.booleans())
def test_a_status_holds_for_the_sides_it_speaks_of(texts: list[str | None], is_loose: bool) -> None:
    """Differences are what a swap of the last two sides leaves one, and what is the same loosely stays so."""
    status = status_of(texts, is_loose=is_loose)
    swapped = status_of([*texts[:1], *reversed(texts[1:])], is_loose=is_loose)
    assert status == swapped
    assert (status in DIFFERENCES) == (status not in {"same", "neither"})
    if status == "same":
        assert status_of(texts, is_loose=True) == "same"
