"""Descriptions in force and names, as expressions that compare to the byte on every backend.

PostgreSQL's collations may sort texts as equal that are not, MySQL's call `a` and `a ` the same whatever they are
named, and SQLite folds case where a column was declared so. What is compared here is bytes.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from amx_tui.domain.results import parse_alternatives
from amx_tui.domain.words import equal_but_for_space_and_case
from amx_tui.store.rows import text_of
from amx_tui.store.tables import Tables, load_json
from amx_tui.store.tables.types import storable

__all__ = [
    "LETTER_COLLATIONS",
    "NAMES",
    "alternatives_count",
    "as_text",
    "exact",
    "exact_value",
    "in_force",
    "prepare",
    "same_but_for_space_and_case",
    "stored_drafts",
]

NAMES = ("schema_name", "table_name", "column_name")

LETTER_COLLATIONS = ("pg_c_utf8", "und-x-icu", "C.utf8", "C.UTF-8", "en_US.utf8")
"""Collations of PostgreSQL that know the letters of all scripts, the best first."""

_ACCEPTED = ("accepted", "custom")
_SPACE = "".join(map(chr, (*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B),
                           0x2028, 0x2029, 0x202F, 0x205F, 0x3000)))  # fmt: skip
"""What Python calls white space."""


def exact(tables: Tables, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return a text that compares, sorts and groups by its bytes."""
    match tables.backend_name:
        case "mysql":
            return sa.cast(column, sa.BINARY)
        case "postgresql" if tables.layout != "document":
            return sa.collate(column, "C")
        case "sqlite" if tables.layout != "document":
            return sa.collate(column, "BINARY")
        case _:
            return column


def exact_value(tables: Tables, text: str) -> sa.ColumnElement[Any]:
    """Return a value to compare with what `exact` returns."""
    if tables.backend_name == "mysql":
        return sa.cast(sa.literal(storable(text), sa.Text), sa.BINARY)
    return sa.literal(storable(text), sa.Text)


def as_text(name: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return bytes of MySQL as the text that they are, which sorts as MySQL sorts names."""
    return sa.collate(sa.func.convert(name.op("USING")(sa.literal_column("utf8mb4"))), "utf8mb4_bin")


def in_force(tables: Tables) -> sa.ColumnElement[Any]:
    """Return a result's description in force, NULL where there is none or an empty one; on MySQL as bytes.

    `Result.description` says the same of a result that was read.
    """
    results = tables.results.c
    chosen = _filled(tables, results.chosen_description)
    draft = _filled(tables, _first_alternative(tables, results.alternatives_json))
    is_decided = results.evaluation.in_([_word(state) for state in _ACCEPTED])
    return sa.case((is_decided, chosen), (results.evaluation == _word("skipped"), sa.null()), else_=draft)


def _word(text: str) -> sa.ColumnElement[Any]:
    """A plain word as a part of a statement: a parameter of its own costs more than the word does."""
    return sa.literal_column(f"'{text}'", sa.Text)


def _filled(tables: Tables, text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    if tables.backend_name == "mysql":
        # As texts, blanks would equal nothing at all.
        text = sa.cast(text, sa.BINARY)
    return sa.func.nullif(text, sa.literal_column("''"))


def alternatives_count(tables: Tables) -> sa.ColumnElement[Any]:
    """Return how many alternatives a result has; `parse_alternatives` says what one is."""
    column = tables.results.c.alternatives_json
    if tables.backend_name == "sqlite":
        return sa.func.amx_alternatives(sa.type_coerce(column, sa.Text), type_=sa.Integer)
    element, text, _ = _elements(tables, column)
    counted = sa.select(sa.func.count(text)).select_from(element).scalar_subquery()
    if tables.backend_name == "postgresql" and tables.layout != "document":
        length = sa.case((_is_list(tables, column), sa.func.json_array_length(column)), else_=0)
        return sa.case((_is_odd(column), length), (_is_list(tables, column), counted), else_=0)
    return sa.case((_is_list(tables, column), counted), else_=0)


def stored_drafts(tables: Tables) -> sa.ColumnElement[Any]:
    """Return a result's alternatives as the text that is stored."""
    column = tables.results.c.alternatives_json
    return sa.type_coerce(column, sa.Text) if tables.backend_name == "sqlite" else sa.cast(column, sa.Text)


def _first_alternative(tables: Tables, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The text of the first alternative; what the shortest way cannot read goes the long one."""
    if tables.backend_name == "sqlite":
        return _first_sqlite(column)
    first = _element_at(tables, column, None)
    is_list = _is_list(tables, column)
    element, text, number = _elements(tables, column)
    others = (
        sa.select(text)
        .select_from(element)
        .where(text.is_not(None))
        .order_by(number)
        .limit(sa.literal_column("1"))
    )
    is_text = sa.and_(_kind(tables, first) == _TEXT_KINDS[tables.backend_name], is_list)
    found = sa.case((is_text, _text_at(tables, column)), (is_list, others.scalar_subquery()))
    if tables.backend_name != "postgresql" or tables.layout == "document":
        return found
    # A draft that is no text to PostgreSQL, which does not even look into such JSON, is compared as it is stored.
    stored = sa.cast(column, sa.Text)
    as_stored = sa.func.coalesce(sa.func.substring(stored, _FIRST), stored)
    return sa.case((_is_odd(column), as_stored), else_=found)


def _is_odd(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a `json` column of PostgreSQL holds what no text can, and its functions raise at."""
    stored = sa.cast(column, sa.Text)
    is_escaped = sa.func.strpos(stored, sa.literal_column(r"E'\\u'")) > 0
    has_no_text = sa.func.regexp_replace(stored, _PAIR, "", "g").op("~", is_comparison=True)(_NO_TEXT)
    return sa.case((is_escaped, has_no_text), else_=False)


_TEXT_KINDS = {"postgresql": _word("string"), "mysql": _word("STRING")}
# What `json` holds and no text of PostgreSQL can: NULs and halves of surrogate pairs. A backslash that is itself
# escaped begins neither.
_PAIR = r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_FIRST = r'^\s*\[\s*"((?:[^"\\]|\\.)*)"'
_NO_TEXT = r"\\u0000|\\u[dD][89a-fA-F]"


def _kind(tables: Tables, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    if tables.backend_name == "mysql":
        return sa.func.json_type(value)
    kind: sa.ColumnElement[Any] = getattr(sa.func, f"{_prefix(tables)}_typeof")(value)
    return kind


def _prefix(tables: Tables) -> str:
    return "jsonb" if tables.layout == "document" else "json"


def _is_list(tables: Tables, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    if tables.backend_name == "mysql":
        return sa.func.if_(sa.func.json_valid(column), sa.func.json_type(column), _word("")) == _word("ARRAY")
    return _kind(tables, column) == _word("array")


def _element_at(
    tables: Tables, column: sa.ColumnElement[Any], index: sa.ColumnElement[Any] | None
) -> sa.ColumnElement[Any]:
    """An element of a list; the first one where no index is given."""
    if tables.backend_name == "mysql":
        first: sa.ColumnElement[Any] = sa.literal_column("'$[0]'")
        return sa.func.json_extract(
            column, first if index is None else sa.func.concat(_word("$["), index, _word("]"))
        )
    return column.op("->", return_type=column.type)(sa.literal_column("0") if index is None else index)


def _text_at(tables: Tables, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The first element of a list, which is a text."""
    if tables.backend_name == "mysql":
        return _text_of_json(tables, _element_at(tables, column, None))
    return column.op("->>", return_type=sa.Text())(sa.literal_column("0"))


def _member_text(tables: Tables, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    if tables.backend_name == "mysql":
        return sa.func.json_extract(value, "$.text")
    return value.op("->", return_type=value.type)(sa.literal_column("'text'"))


def _text_of_json(tables: Tables, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    if tables.backend_name == "mysql":
        return sa.func.json_unquote(value, type_=sa.Text)
    return value.op("#>>", return_type=sa.Text())(sa.literal_column("'{}'"))


def _elements(tables: Tables, column: sa.ColumnElement[Any]) -> tuple[sa.FromClause, Any, Any]:
    """The elements of a list as rows: the text of the alternative that one is (or NULL), and its number."""
    rows: sa.TableValuedAlias
    if tables.backend_name == "mysql":
        unpacked = sa.func.json_table(column, sa.literal_column("'$[*]' COLUMNS (number FOR ORDINALITY)"))
        rows = unpacked.table_valued(sa.column("number", sa.Integer), name="element")
        value = _element_at(tables, column, rows.c.number - sa.literal_column("1"))
    else:
        unpacked = getattr(sa.func, f"{_prefix(tables)}_array_elements")(column)
        rows = unpacked.table_valued(
            sa.column("value", column.type), with_ordinality="number", name="element"
        ).render_derived()
        value = rows.c.value
    kind, below = _TEXT_KINDS[tables.backend_name], _member_text(tables, value)
    is_object = sa.func.lower(_kind(tables, value)) == _word("object")
    text = sa.case(
        (_kind(tables, value) == kind, _text_of_json(tables, value)),
        (sa.and_(is_object, _kind(tables, below) == kind), _text_of_json(tables, below)),
    )
    return rows, text, rows.c.number


# ---- SQLite ------------------------------------------------------------------------------------------------


def _first_sqlite(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    text = sa.type_coerce(column, sa.Text)
    first: sa.ColumnElement[str] = sa.literal_column("'$[0]'")
    is_text = sa.func.json_type(text, first) == _word("text")
    is_plain = sa.case((sa.func.json_valid(text) == sa.literal_column("1"), is_text), else_=sa.false())
    # SQLite makes texts that are no UTF-8 of half a surrogate pair, and cuts them at a NUL.
    is_escaped = text.op("GLOB", is_comparison=True)(sa.literal_column(r"'*\u*'"))
    return sa.case(
        (sa.and_(is_plain, sa.not_(is_escaped)), sa.func.json_extract(text, first, type_=sa.Text)),
        else_=sa.func.amx_first_alternative(text, type_=sa.Text),
    )


def _read_first(stored: object) -> str | None:
    alternatives = parse_alternatives(load_json(text_of(stored)))
    return storable(alternatives[0].text) if alternatives else None


def _read_count(stored: object) -> int:
    return len(parse_alternatives(load_json(text_of(stored))))


def _read_same(left: object, right: object) -> bool | None:
    if left is None or right is None:
        return None
    return equal_but_for_space_and_case(text_of(left), text_of(right))


_FUNCTIONS = (
    ("amx_first_alternative", 1, _read_first),
    ("amx_alternatives", 1, _read_count),
    ("amx_same_but_for_space_and_case", 2, _read_same),
)


def prepare(connection: sa.Connection, tables: Tables) -> None:
    """Give a connection what the expressions of this module need; to be called before the first of them."""
    if tables.backend_name != "sqlite" or connection.info.get("amx_comparisons"):
        return
    driver = connection.connection.dbapi_connection
    assert driver is not None
    for name, arguments, function in _FUNCTIONS:
        driver.create_function(name, arguments, function, deterministic=True)
    connection.info["amx_comparisons"] = True


# ---- Equal but for white space and letter case -------------------------------------------------------------


def same_but_for_space_and_case(
    tables: Tables, left: sa.ColumnElement[Any], right: sa.ColumnElement[Any], *, collation: str | None
) -> sa.ColumnElement[bool]:
    """Return whether two descriptions differ in nothing but white space and letter case, as the database knows it.

    Args:
        collation: PostgreSQL's collation that knows letters best; None is the database's own.
    """
    if tables.backend_name == "sqlite":
        return sa.func.amx_same_but_for_space_and_case(left, right) == 1
    return _folded(tables, left, collation) == _folded(tables, right, collation)


def _folded(tables: Tables, text: sa.ColumnElement[Any], collation: str | None) -> sa.ColumnElement[Any]:
    if tables.backend_name == "mysql":
        letters = sa.func.convert(text.op("USING")(sa.literal_column("utf8mb4")))
        return sa.cast(sa.func.lower(sa.func.regexp_replace(letters, f"[{_SPACE}]+", "")), sa.BINARY)
    bare = sa.func.translate(text, _SPACE, "")
    lower = sa.func.lower(sa.collate(bare, collation or "default"))
    return sa.collate(lower, "C")
