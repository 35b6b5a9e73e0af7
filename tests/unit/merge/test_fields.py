"""The merge of single values, and of what one side deleted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.merge import Deletion, FieldMerge, merge_fields

values = st.dictionaries(
    st.sampled_from(["title", "status"]), st.one_of(st.none(), st.sampled_from(["a", "b", "c"])), max_size=2
)


def merged(base: str | None, mine: str | None, theirs: str | None) -> FieldMerge:
    """One value's merge."""
    (field,) = merge_fields({"title": base}, {"title": mine}, {"title": theirs}).fields
    return field


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "value"),
    [
        ("a", "b", "a", "b"),
        ("a", "a", "b", "b"),
        ("a", "b", "b", "b"),
        ("a", None, "a", None),
        (None, None, "b", "b"),
    ],
)
def test_one_change_is_taken(
    base: str | None, mine: str | None, theirs: str | None, value: str | None
) -> None:
    """Whoever made it."""
    field = merged(base, mine, theirs)
    assert not field.is_collision
    assert field.value == value


@pytest.mark.parametrize(("mine", "theirs"), [("b", "c"), (None, "c"), ("b", None), ("b ", "b")])
def test_two_changes_collide(mine: str | None, theirs: str | None) -> None:
    """A single value is not merged by words."""
    assert merged("a", mine, theirs).is_collision


@given(values, values, values)
def test_sides_are_equal(
    base: dict[str, str | None], mine: dict[str, str | None], theirs: dict[str, str | None]
) -> None:
    """Exchanged sides collide in the same values, and agree on the others."""
    one, other = merge_fields(base, mine, theirs), merge_fields(base, theirs, mine)
    assert {field.name for field in one.collisions} == {field.name for field in other.collisions}
    assert {field.name: field.value for field in one.fields if not field.is_collision} == {
        field.name: field.value for field in other.fields if not field.is_collision
    }
    assert {field.name for field in one.fields} == {*base, *mine, *theirs}


def test_what_they_deleted_and_i_changed_has_to_be_decided() -> None:
    """It can be made anew, since the old one is gone."""
    found = merge_fields({"title": "a", "body": "x"}, {"title": "a", "body": "y"}, None)
    assert found.deletion == Deletion("theirs", ("body",))
    assert found.deletion.choices == ("keep", "delete", "restore-as-new")
    assert not found.is_deleted


def test_what_i_deleted_and_they_changed_has_to_be_decided() -> None:
    """It is still there, so that there is nothing to make anew."""
    found = merge_fields({"title": "a"}, None, {"title": "b"})
    assert found.deletion == Deletion("mine", ("title",))
    assert found.deletion.choices == ("keep", "delete")


@pytest.mark.parametrize(("mine", "theirs"), [(None, None), ({"title": "a"}, None), (None, {"title": "a"})])
def test_what_nobody_changed_is_deleted_by_one(
    mine: dict[str, str | None] | None, theirs: dict[str, str | None] | None
) -> None:
    """Nothing has to be decided."""
    found = merge_fields({"title": "a"}, mine, theirs)
    assert found.is_deleted
    assert found.deletion is None
    assert found.fields == ()
