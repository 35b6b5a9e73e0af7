"""Scopes are read from whatever a store holds in `scope_json`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.scope import Scope

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("stored", "summary"),
    [
        ({"sales": []}, "sales"),
        ({"sales": ["customer"]}, "sales (1 t)"),
        ({"sales": ["customer", "orders"], "hr": ["absence"]}, "sales, hr (3 t)"),
        ({"sales": "all"}, "sales"),
        (["sales", "hr"], "sales, hr"),
        ({"order items": []}, '"order items"'),
        ({}, "–"),
        (None, "–"),
        ("sales", "(unreadable)"),
        (7, "(unreadable)"),
    ],
)
def test_the_summary_reads_as_the_documentation_prints_it(stored: object, summary: str) -> None:
    """A list shows the schemas and how many tables were named."""
    assert Scope.from_json(stored).summary == summary


@given(JSON)
def test_any_json_is_a_scope_or_unreadable(stored: object) -> None:
    """No stored value breaks the list, and nothing but texts becomes a name."""
    scope = Scope.from_json(stored)
    assert isinstance(scope.summary, str)
    assert all(isinstance(name, str) for schema, tables in scope.schemas for name in (schema, *tables))
    assert len(list(scope.lines())) == len(scope.schemas)


@given(st.dictionaries(st.text(), st.lists(st.text())))
def test_a_scope_reads_back_from_what_it_writes(stored: dict[str, list[str]]) -> None:
    """Writing a scope and reading it gives the same scope."""
    scope = Scope.from_json(stored)
    assert scope.to_json() == stored
    assert Scope.from_json(scope.to_json()) == scope


def test_the_full_scope_names_every_table() -> None:
    """A detail pane shows one line a schema; a schema without tables means all of it."""
    scope = Scope.from_json({"sales": ["customer", "order items"], "hr": []})
    assert list(scope.lines()) == ['sales: customer, "order items"', "hr: all tables"]
