"""Texts in the cells of a terminal."""

from __future__ import annotations

import pytest

from amx_tui.domain.cells import cell_width, pad, take_cells


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("plain", 5),
        ("日本", 4),
        ("ｆｕｌｌ", 8),
        ("ﾊﾝｶｸ", 4),
        ("e\u0301", 1),
        ("שָׁלוֹם", 4),
        ("نصّ", 2),
        ("\u1112\u1161\u11ab", 2),
        ("한", 2),
        ("zero\u200bwidth", 9),
        ("soft\u00adhyphen", 11),
        ("…", 1),
        ("😀", 2),
    ],
)
def test_a_text_takes_the_cells_that_terminals_give_it(text: str, width: int) -> None:
    """Wide signs take two, marks none, the pictures of control characters one."""
    assert cell_width(text) == width


def test_filling_goes_by_cells() -> None:
    """On either side; what is wider already stays."""
    assert (pad("日", 4), pad("日", 4, right=True), pad("日本", 3)) == ("日  ", "  日", "日本")


@pytest.mark.parametrize(
    ("text", "width", "taken"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "abc"),
        ("日本", 3, "日"),
        ("ae\u0301o", 2, "ae\u0301"),
        ("👩\u200d💻x", 2, "👩"),
        ("abc", 0, ""),
    ],
)
def test_a_beginning_never_parts_a_sign_from_its_marks(text: str, width: int, taken: str) -> None:
    """Nor half a wide sign, nor a joiner with nothing to join."""
    assert take_cells(text, width) == taken
