"""A comment is part of a column's definition on MySQL and MariaDB: everything else of it stays as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.assets import AssetName, CommentChange
from amx_tui.warehouse.mysql_definitions import parse_columns, without_comments
from tests.servers import MysqlHost
from tests.warehouse.described import change, warehouse_of

BOTH = [
    "BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE",
    "INT(5) UNSIGNED ZEROFILL DEFAULT 7",
    "VARCHAR(60) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'it''s \\\\ \"q\" COMMENT ''x'''",
    "ENUM('a', 'b''c', 'ü', 'COMMENT', 'd,e') DEFAULT 'd,e'",
    "SET('x', 'y') NOT NULL DEFAULT 'x,y'",
    "TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
    "TIMESTAMP NULL DEFAULT NULL",
    "DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)",
    "DATETIME(3) NOT NULL DEFAULT '2020-01-01 10:00:00.125'",
    "DECIMAL(10,2) DEFAULT (1.5 + 2)",
    "DECIMAL(10,2) UNSIGNED NOT NULL DEFAULT 0.10",
    "FLOAT DEFAULT -1.5e3",
    "DOUBLE",
    "INT GENERATED ALWAYS AS (base + 1) VIRTUAL",
    "VARCHAR(90) GENERATED ALWAYS AS (concat(word, ', it''s (', base, ')')) VIRTUAL",
    "JSON DEFAULT (JSON_OBJECT('a', 1))",
    "JSON NOT NULL",
    "TEXT",
    "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
    "TEXT DEFAULT ('text')",
    "BIT(3) DEFAULT b'101'",
    "VARCHAR(36) DEFAULT (UUID())",
    "VARCHAR(5) DEFAULT ''",
    "VARCHAR(5) DEFAULT 'NULL'",
    "VARCHAR(50) DEFAULT 'two\\nlines\\tand ''quotes''; -- %s :x ?'",
    "CHAR(0) DEFAULT NULL",
    "YEAR DEFAULT 2020",
    "DATE NOT NULL DEFAULT '1999-12-31'",
    "TIME(2) DEFAULT '-12:00:00.50'",
    "BINARY(3) DEFAULT 'AB'",
    "VARBINARY(9) NOT NULL DEFAULT 'a,b'",
    "BLOB",
    "BOOLEAN NOT NULL DEFAULT TRUE",
    "POINT NOT NULL",
    "GEOMETRY",
    "INT NOT NULL",
    "NATIONAL VARCHAR(7)",
]
MARIADB = [
    "VARCHAR(10) INVISIBLE DEFAULT 'inv'",
    "POINT REF_SYSTEM_ID=4326 NOT NULL",
    "POLYGON REF_SYSTEM_ID=101",
    "INT DEFAULT 5 CHECK ({c} > 0 AND {c} <> 7)",
    "LONGTEXT CHECK (JSON_VALID({c}))",
    "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin CHECK (JSON_VALID({c}) AND {c} <> ')')",
    "INET6",
    "UUID DEFAULT UUID()",
    "TEXT COMPRESSED",
    "INT GENERATED ALWAYS AS (base + 2) STORED",
    "INT WITHOUT SYSTEM VERSIONING",
    "VARCHAR(8) DEFAULT CONCAT('a', 'b')",
    "INT DEFAULT (NEXT VALUE FOR numbers)",
]
MYSQL = [
    "VARCHAR(10) DEFAULT 'inv' INVISIBLE",
    "POINT NOT NULL SRID 4326",
    "INT GENERATED ALWAYS AS (base + 2) STORED",
    "DATETIME DEFAULT (CURRENT_TIMESTAMP + INTERVAL 1 DAY)",
    "VARCHAR(20) COLUMN_FORMAT FIXED",
]


def zoo_of(host: MysqlHost) -> list[str]:
    """Return the definitions that this server knows."""
    ((version,),) = host.sync_execute("SELECT VERSION()")
    return BOTH + (MARIADB if "MariaDB" in str(version) else MYSQL)


def catalogue(host: MysqlHost) -> list[dict[str, object]]:
    """Return every fact of information_schema about the columns, by a connection of the test's own."""
    names = [
        name
        for (name,) in host.sync_execute(
            "SELECT LOWER(column_name) FROM information_schema.columns WHERE table_schema = 'information_schema'"
            " AND table_name = 'COLUMNS' AND LOWER(column_name) NOT IN ('column_comment', 'privileges')"
        )
    ]
    rows = host.sync_execute(
        f"SELECT {', '.join(names)} FROM information_schema.columns"
        " WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position"
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def geometries(host: MysqlHost) -> list[tuple[object, ...]]:
    """Return the spatial reference systems, which no other part of the catalogue tells on MariaDB."""
    ((version,),) = host.sync_execute("SELECT VERSION()")
    if "MariaDB" not in str(version):
        return []
    return sorted(
        host.sync_execute(
            "SELECT f_table_name, f_geometry_column, srid FROM information_schema.geometry_columns"
            " WHERE f_table_schema = DATABASE()"
        )
    )


def created(host: MysqlHost, table: str) -> str:
    """Return how the server would make the table."""
    ((_, statement),) = host.sync_execute(f"SHOW CREATE TABLE {table}")
    return str(statement)


async def test_every_definition_stays_as_it_was(mysql_host: MysqlHost) -> None:
    """Types, defaults, expressions, constraints and positions; all at once, then removed."""
    host = mysql_host
    schema = str(host.values["database"])
    if "INT DEFAULT (NEXT VALUE FOR numbers)" in zoo_of(host):
        host.sync_execute("CREATE SEQUENCE numbers")
    columns = []
    for number, definition in enumerate(zoo_of(host)):
        columns.append(f"`c{number}` {definition.replace('{c}', f'`c{number}`')}")
    host.sync_execute(
        "CREATE TABLE zoo (base INT NOT NULL PRIMARY KEY, word VARCHAR(30) COMMENT 'old, it''s (''x'')',"
        f" {', '.join(columns)}, KEY word_key (word(5)) COMMENT 'a key, COMMENT ''y''')"
        " DEFAULT CHARSET = utf8mb4 COMMENT = 'the zoo'"
    )
    before, places, statement = catalogue(host), geometries(host), created(host, "zoo")
    assert geometries(host) == [] or any(row[2] for row in places)
    names = [AssetName(schema, "zoo", f"c{number}") for number in range(len(columns))]
    async with warehouse_of(host) as warehouse:
        every = [change(schema, "zoo", name.column_name, comment=f"COMMENT '{name.qname}'") for name in names]
        every += [change(schema, "zoo", comment="all"), change(schema, "zoo", "word", comment="said")]
        outcomes = await warehouse.write(every)
        assert [each for each in outcomes if not each.is_written or each.error_text] == []
        facts = await warehouse.facts([each.name for each in every])
        assert [facts[each.name].comment for each in every] == [each.comment for each in every]
        assert (catalogue(host), geometries(host)) == (before, places)
        back = [change(schema, "zoo", name.column_name) for name in names]
        back += [
            change(schema, "zoo", comment="the zoo"),
            change(schema, "zoo", "word", comment="old, it's ('x')"),
        ]
        assert all(outcome.is_written for outcome in await warehouse.write(back))
    assert (catalogue(host), geometries(host)) == (before, places)
    assert created(host, "zoo") == statement


async def test_keys_engines_partitions_and_versions_stay_as_they_were(mysql_host: MysqlHost) -> None:
    """Foreign keys, triggers, partitions and other engines are part of tables whose columns get comments."""
    host = mysql_host
    schema = str(host.values["database"])
    tables = {
        "parent": "(id INT NOT NULL PRIMARY KEY, a INT) ENGINE = InnoDB",
        "child": "(id INT, up INT NOT NULL, FOREIGN KEY (up) REFERENCES parent (id) ON DELETE CASCADE) ENGINE = InnoDB",
        "parted": "(id INT NOT NULL, a INT) PARTITION BY HASH (id) PARTITIONS 4",
        "flat": "(id INT NOT NULL DEFAULT 3, a VARCHAR(9)) ENGINE = MyISAM",
    }
    ((version,),) = host.sync_execute("SELECT VERSION()")
    if "MariaDB" in str(version):
        tables["versions"] = "(id INT) WITH SYSTEM VERSIONING"
    for table, definition in tables.items():
        host.sync_execute(f"CREATE TABLE {table} {definition}")
    before, statements = catalogue(host), {table: created(host, table) for table in tables}
    changes = [change(schema, table, "id", comment=f"key of {table}") for table in tables]
    changes += [change(schema, table, comment=f"about {table}") for table in tables]
    changes.append(change(schema, "child", "up", comment="leads up"))
    async with warehouse_of(host) as warehouse:
        outcomes = await warehouse.write(changes)
        assert [each for each in outcomes if not each.is_written or each.error_text] == []
        facts = await warehouse.facts([AssetName(schema, "child", "up")])
        assert facts[AssetName(schema, "child", "up")].references == f"{schema}.parent.id"
        assert catalogue(host) == before
        assert all(
            outcome.is_written for outcome in await warehouse.write([_emptied(each.name) for each in changes])
        )
    assert {table: created(host, table) for table in tables} == statements


def _emptied(name: AssetName) -> CommentChange:
    return change(name.schema_name, name.table_name, name.column_name)


async def test_a_large_table_is_not_rebuilt_for_a_comment(
    mysql_host: MysqlHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the server knows no other way, the table is left alone, and the statement is given to people."""
    host = mysql_host
    schema = str(host.values["database"])
    host.sync_execute("CREATE TABLE t (a INT, b LONGTEXT CHECK (b <> 'x'), c INT AS (a + 1) STORED, d INT)")
    ((version,),) = host.sync_execute("SELECT VERSION()")
    if "MariaDB" not in str(version):
        pytest.skip("MySQL changes comments of stored columns in place")
    monkeypatch.setattr("amx_tui.warehouse.mysql._REBUILD_BYTES", 0)
    before = created(host, "t")
    async with warehouse_of(host) as warehouse:
        stored, plain = await warehouse.write(
            [change(schema, "t", "c", comment="rebuilt?"), change(schema, "t", "d", comment="in place")]
        )
    assert plain.is_written
    assert not stored.is_written
    assert "rebuild" in stored.error_text
    assert "MODIFY COLUMN `c`" in stored.hint
    assert created(host, "t").replace(" COMMENT 'in place'", "") == before


async def test_views_and_schemas_say_whether_they_can_carry_comments(mysql_host: MysqlHost) -> None:
    """Views cannot; schemas can on MariaDB from 10.5 on."""
    host = mysql_host
    schema = str(host.values["database"])
    host.sync_execute("CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a FROM t")
    ((version,),) = host.sync_execute("SELECT VERSION()")
    async with warehouse_of(host) as warehouse:
        view, column, own = await warehouse.write(
            [
                change(schema, "v", comment="x"),
                change(schema, "v", "a", comment="x"),
                change(schema, comment="all of it; it's 'this'"),
            ]
        )
        facts = await warehouse.facts([AssetName(schema), AssetName(schema, "v")])
        assert warehouse.reason_against("view")
        assert bool(warehouse.reason_against("schema")) == ("MariaDB" not in str(version))
    assert (view.is_written, column.is_written) == (False, False)
    assert "views" in view.error_text
    assert "views" in column.error_text
    assert facts[AssetName(schema, "v")].kind == "view"
    if "MariaDB" in str(version):
        assert own.is_written
        assert facts[AssetName(schema)].comment == "all of it; it's 'this'"


IDENTIFIERS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=9)
LITERALS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
DEFINITIONS = st.sampled_from(
    [
        "int(11) DEFAULT 3",
        "enum('a,(','COMMENT','b''')",
        "varchar(9) DEFAULT 'it''s \\\\\\' COMMENT'",
        "text /*!1 X ' */",
    ]
)


def _name(text: str) -> str:
    return "`" + text.replace("`", "``") + "`"


def _text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


@given(
    st.dictionaries(
        IDENTIFIERS, st.tuples(DEFINITIONS, st.none() | LITERALS, st.booleans()), min_size=1, max_size=5
    ),
    IDENTIFIERS,
)
def test_comments_are_found_in_any_statement(
    columns: dict[str, tuple[str, str | None, bool]], table: str
) -> None:
    """Names, defaults and comments may hold what looks like the end of a definition, or like a comment."""
    lines, bare = [], []
    for name, (definition, comment, has_check) in columns.items():
        check = f" CHECK ({_name(name)} > ')' )" if has_check else ""
        said = "" if comment is None else f" COMMENT {_text(comment)}"
        lines.append(f"  {_name(name)} {definition}{said}{check}")
        bare.append(f"  {_name(name)} {definition}{check}")
    key = f"  KEY `k` ({_name(next(iter(columns)))})"
    statement = f"CREATE TABLE {_name(table)} (\n" + ",\n".join([*lines, key]) + "\n) ENGINE=InnoDB"
    parsed = parse_columns(statement)
    assert list(parsed) == list(columns)
    for line, (name, (definition, _, has_check)) in zip(bare, columns.items(), strict=True):
        check = f" CHECK ({_name(name)} > ')' )" if has_check else ""
        assert parsed[name].head + parsed[name].tail == line.strip()
        assert parsed[name].with_comment("'new'") == f"{_name(name)} {definition} COMMENT 'new'{check}"
    expected = f"CREATE TABLE {_name(table)} (\n" + ",\n".join([*bare, key]) + "\n) ENGINE=InnoDB"
    assert without_comments(statement) == expected
