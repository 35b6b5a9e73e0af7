"""Comments arrive as they were written, whatever is in them and whatever they are on."""

from __future__ import annotations

import pytest

from amx_tui.domain.assets import AssetName
from tests.servers import HostServer
from tests.warehouse.described import TEXTS, change, warehouse_of

NAMES = [
    "select",
    "Upper Case",
    "qu\"o`te'd",
    "dot.ted",
    "ünï 客户",
    "per%cent :colon",
    "back\\slash",
    "c; --",
    "{0}",
]


def schema_of(host: HostServer) -> str:
    """Return the schema in which a host's described tables lie."""
    return {"sqlite": "main", "postgresql": "public"}.get(host.backend, str(host.values["database"]))


def quoted(host: HostServer, name: str) -> str:
    """Quote a name as the host does, for statements of the test's own."""
    if host.backend == "mysql":
        return "`" + name.replace("`", "``") + "`"
    return '"' + name.replace('"', '""') + '"'


def made(host: HostServer, table: str, *columns: str) -> None:
    """Make a table of whole numbers."""
    listed = ", ".join(f"{quoted(host, column)} INT" for column in columns)
    host.sync_execute(f"CREATE TABLE {quoted(host, table)} ({listed})")


async def test_any_text_arrives_unchanged(host: HostServer) -> None:
    """Quotes, backslashes, percent signs, semicolons, dollar tags, emoji and line ends are only text."""
    made(host, "texts", *[f"c{number}" for number in range(len(TEXTS))])
    schema = schema_of(host)
    changes = [
        change(schema, "texts", f"c{number}", comment=text) for number, text in enumerate(TEXTS.values())
    ]
    async with warehouse_of(host) as warehouse:
        outcomes = await warehouse.write(changes)
        assert [outcome.is_written for outcome in outcomes] == [True] * len(changes), outcomes
        facts = await warehouse.facts([each.name for each in changes])
    assert {name: fact.comment for name, fact in facts.items()} == {
        each.name: each.comment for each in changes
    }


async def test_any_name_is_found_and_written(host: HostServer) -> None:
    """Quotes, dots, capitals, reserved words and other scripts in names of tables and columns are only names."""
    schema = schema_of(host)
    changes = []
    for table in NAMES:
        made(host, table, *NAMES)
        changes.append(change(schema, table, comment=f"the table {table}"))
        changes += [change(schema, table, column, comment=f"{column} of {table}") for column in NAMES]
    async with warehouse_of(host) as warehouse:
        outcomes = await warehouse.write(changes)
        assert [outcome.name for outcome in outcomes if not outcome.is_written] == []
        facts = await warehouse.facts([each.name for each in changes])
    assert {name: fact.comment for name, fact in facts.items()} == {
        each.name: each.comment for each in changes
    }
    assert facts[AssetName(schema, "dot.ted", "select")].kind == "column"


async def test_a_long_text_arrives_or_is_refused_with_its_limit(host: HostServer) -> None:
    """100 kB are no trouble where the database can hold them; where not, the limit is named and nothing cut."""
    made(host, "t", "a", "b")
    schema = schema_of(host)
    long = "long text, 客户, 'quoted' " * 4500
    async with warehouse_of(host) as warehouse:
        column, other = await warehouse.write(
            [change(schema, "t", "a", comment=long), change(schema, "t", "b", comment="short")]
        )
        facts = await warehouse.facts([AssetName(schema, "t", "a"), AssetName(schema, "t", "b")])
    assert other.is_written
    assert facts[AssetName(schema, "t", "b")].comment == "short"
    if host.backend == "mysql":
        assert not column.is_written
        assert "1,024" in column.error_text
    else:
        assert column.is_written
        assert facts[AssetName(schema, "t", "a")].comment == long


async def test_what_no_database_holds_becomes_a_replacement_character(host: HostServer) -> None:
    """A NUL or half a surrogate pair must not make the write fail, nor everything after it."""
    made(host, "t", "a", "b")
    schema = schema_of(host)
    changes = [change(schema, "t", "a", comment="a\x00b\ud800c"), change(schema, "t", "b", comment="after")]
    async with warehouse_of(host) as warehouse:
        outcomes = await warehouse.write(changes)
        facts = await warehouse.facts([each.name for each in changes])
    assert all(outcome.is_written for outcome in outcomes)
    assert facts[changes[0].name].comment == "a\ufffdb\ufffdc"
    assert facts[changes[1].name].comment == "after"


async def test_the_previous_comment_is_told_and_an_empty_one_removes_it(host: HostServer) -> None:
    """Undoing an application needs what was there right before, and no comment is a state to return to."""
    made(host, "t", "a")
    schema = schema_of(host)
    async with warehouse_of(host) as warehouse:
        previous = []
        for text in ("first", "second", "", ""):
            (outcome,) = await warehouse.write([change(schema, "t", "a", comment=text)])
            assert outcome.is_written
            previous.append(outcome.previous_comment)
        facts = await warehouse.facts([AssetName(schema, "t", "a")])
    assert previous == ["", "first", "second", ""]
    assert facts[AssetName(schema, "t", "a")].comment == ""


async def test_two_comments_for_one_asset_are_written_in_their_order(host: HostServer) -> None:
    """Each has an outcome of its own, and the later one stays."""
    made(host, "t", "a")
    schema = schema_of(host)
    async with warehouse_of(host) as warehouse:
        outcomes = await warehouse.write(
            [change(schema, "t", "a", comment="first"), change(schema, "t", "a", comment="second")]
        )
    assert [outcome.previous_comment for outcome in outcomes] == ["", "first"]


async def test_a_comment_that_is_no_longer_the_expected_one_stays(host: HostServer) -> None:
    """What a colleague wrote meanwhile is not overwritten, and is told; the rest is written."""
    made(host, "t", "a", "b", "c")
    schema = schema_of(host)
    a, b, c = (AssetName(schema, "t", name) for name in "abc")
    async with warehouse_of(host) as warehouse:
        await warehouse.write(
            [change(schema, "t", "a", comment="by hand"), change(schema, "t", "c", comment="new c")]
        )
        outcomes = await warehouse.write(
            [change(schema, "t", name, comment=f"new {name}") for name in "abc"],
            expected={a: "", b: "", c: "old"},
        )
        facts = await warehouse.facts([a, b, c])
    assert [(outcome.is_written, outcome.is_changed) for outcome in outcomes] == [
        (False, True),
        (True, False),
        (True, False),  # what was to be written is there already
    ]
    assert outcomes[0].previous_comment == "by hand"
    assert [facts[name].comment for name in (a, b, c)] == ["by hand", "new b", "new c"]


async def test_a_dropped_column_does_not_stop_the_rest(host: HostServer) -> None:
    """It is told as missing, in its place among the outcomes."""
    made(host, "t", "a", "b", "c")
    host.sync_execute(f"ALTER TABLE {quoted(host, 't')} DROP COLUMN {quoted(host, 'b')}")
    schema = schema_of(host)
    changes = [change(schema, "t", name, comment=f"new {name}") for name in "abc"]
    changes += [change(schema, "gone", comment="x"), change("no such schema", "t", comment="x")]
    async with warehouse_of(host) as warehouse:
        outcomes = await warehouse.write(changes)
        facts = await warehouse.facts([each.name for each in changes])
    assert [outcome.is_written for outcome in outcomes] == [True, False, True, False, False]
    assert [outcome.is_missing for outcome in outcomes] == [False, True, False, True, True]
    assert "column" in outcomes[1].error_text
    assert sorted(name.column_name for name in facts) == ["a", "c"]


async def test_emoji_arrive_or_are_refused_by_name(host: HostServer) -> None:
    """MySQL and MariaDB keep comments in three bytes a character; there the text is refused, and not mangled."""
    made(host, "t", "a", "b")
    schema = schema_of(host)
    changes = [change(schema, "t", "a", comment="a 👩‍👧 b"), change(schema, "t", "b", comment="plain")]
    async with warehouse_of(host) as warehouse:
        emoji, plain = await warehouse.write(changes)
        facts = await warehouse.facts([changes[0].name])
    assert plain.is_written
    if host.backend == "mysql":
        assert not emoji.is_written
        assert "U+1F469" in emoji.error_text
        assert facts[changes[0].name].comment == ""
    else:
        assert emoji.is_written
        assert facts[changes[0].name].comment == "a 👩‍👧 b"


@pytest.mark.parametrize("spelled", [("T", "A"), ("t", "A")])
async def test_names_match_as_the_backend_folds_them(host: HostServer, spelled: tuple[str, str]) -> None:
    """A run may have written names as they were typed, without quotes."""
    made(host, "t", "a")
    schema = schema_of(host)
    if host.backend == "mysql" and spelled[0] == "T":
        pytest.skip("table names keep their case there, depending on the server")
    name = AssetName(schema, *spelled)
    async with warehouse_of(host) as warehouse:
        facts = await warehouse.facts([name])
        (outcome,) = await warehouse.write([change(schema, *spelled, comment="found")])
        after = await warehouse.facts([AssetName(schema, "t", "a")])
    assert facts[name].name == AssetName(schema, "t", "a")
    assert outcome.is_written
    assert outcome.name == name
    assert after[AssetName(schema, "t", "a")].comment == "found"
