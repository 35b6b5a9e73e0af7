"""Qualified names are written in one way and read back without loss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.names import is_at_or_below, join_name, quote_part, split_name

PARTS = st.lists(st.text(min_size=1), min_size=1, max_size=4)
AWKWARD_PARTS = st.lists(st.text('ab."$_1 é', min_size=1, max_size=6), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("part", "written"),
    [
        ("customer", "customer"),
        ("_x$1", "_x$1"),
        ("Customer", "Customer"),
        ("1st", '"1st"'),
        ("order items", '"order items"'),
        ('a"b', '"a""b"'),
        ("a.b", '"a.b"'),
        ("größe", '"größe"'),
        ("line\n", '"line\n"'),
    ],
)
def test_a_part_is_quoted_only_where_it_has_to_be(part: str, written: str) -> None:
    """Plain ASCII identifiers stay as they are; anything else is quoted, quotes doubled."""
    assert quote_part(part) == written


def test_absent_parts_are_left_out() -> None:
    """A table's own row has no column part."""
    assert join_name(["sales", "customer", None]) == "sales.customer"
    assert join_name(["sales", "", ""]) == "sales"


@given(PARTS | AWKWARD_PARTS)
def test_a_written_name_reads_back_to_its_parts(parts: list[str]) -> None:
    """Whatever a database allows as a name survives the round trip."""
    assert split_name(join_name(parts)) == tuple(parts)


@given(PARTS | AWKWARD_PARTS, PARTS | AWKWARD_PARTS)
def test_two_assets_never_share_a_written_name(one: list[str], other: list[str]) -> None:
    """The written name identifies an asset."""
    assert (join_name(one) == join_name(other)) == (one == other)


@given(st.text())
def test_anything_typed_can_be_split(text: str) -> None:
    """A half-typed name is read, never refused, and gives no empty part."""
    assert all(split_name(text))


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("", ()),
        ("sales..customer", ("sales", "customer")),
        ('"order items', ("order items",)),
        ('sales."a""b".c', ("sales", 'a"b', "c")),
        ('sales.cu"st', ("sales", 'cu"st')),
    ],
)
def test_names_as_people_type_them(typed: str, parts: tuple[str, ...]) -> None:
    """Doubled dots, open quotes and quotes in the middle have one reading each."""
    assert split_name(typed) == parts


def test_an_asset_lies_below_its_table_but_not_below_a_namesake() -> None:
    """`sales.customer2` begins like `sales.customer` and is another table."""
    assert is_at_or_below("sales.customer.c_id", "sales.customer")
    assert is_at_or_below("sales.customer", "sales.customer")
    assert is_at_or_below('"sales".customer', "sales")
    assert not is_at_or_below("sales.customer2", "sales.customer")
    assert not is_at_or_below("sales", "sales.customer")


@given(PARTS, st.integers(0, 4))
def test_every_name_lies_below_each_of_its_beginnings(parts: list[str], length: int) -> None:
    """A name is at or below any prefix of its own parts."""
    assert is_at_or_below(join_name(parts), join_name(parts[:length]))
