"""Marks of two texts in one."""

from __future__ import annotations

from hypothesis import given

from amx_tui.domain.words import Span, difference
from amx_tui.export.marks import trimmed, unified
from tests.unit.export.comparisons import NASTY_TEXTS


@given(NASTY_TEXTS, NASTY_TEXTS)
def test_a_woven_text_holds_both_sides(left: str, right: str) -> None:
    """Without what came it is the first text, without what is gone the second."""
    pieces = list(unified(*difference(left, right)))
    assert "".join(text for text, mark in pieces if mark != "ins") == left
    assert "".join(text for text, mark in pieces if mark != "del") == right
    assert all(text for text, _ in pieces)


def test_what_is_gone_stands_before_what_came_for_it() -> None:
    """As people write corrections."""
    assert list(unified(*difference("Given name", "First name"))) == [
        ("Given", "del"),
        ("First", "ins"),
        (" name", ""),
    ]


def test_white_space_beside_a_changed_word_is_not_marked() -> None:
    """Unless it is all that changed."""
    assert list(trimmed([Span("a", False), Span(" b\n", True), Span("  ", True)])) == [
        Span("a", False),
        Span(" ", False),
        Span("b", True),
        Span("\n", False),
        Span("  ", True),
    ]
