"""Comments of MySQL and MariaDB: rights, tables that are held, and many columns."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pymysql
import pytest

from amx_tui.domain.assets import AssetName
from tests.servers import MysqlHost
from tests.warehouse.described import change, warehouse_of

pytestmark = pytest.mark.mysql


async def test_whoever_may_not_alter_is_told_the_grant(mysql_host: MysqlHost) -> None:
    """Reading is enough to look; the right to alter is what lacks, by its name; nothing secret is said."""
    host = mysql_host
    schema = str(host.values["database"])
    host.sync_execute("CREATE TABLE t (a INT); CREATE TABLE own (a INT)")
    guest = host.login(
        "GRANT SELECT ON `{database}`.* TO {user}",
        "GRANT ALTER, INSERT, CREATE ON `{database}`.own TO {user}",
    )
    async with warehouse_of(guest) as warehouse:
        denied, written = await warehouse.write(
            [change(schema, "t", "a", comment="x"), change(schema, "own", "a", comment="without LOCK TABLES")]
        )
    assert written.is_written, written
    assert not denied.is_written
    assert f"GRANT ALTER ON {schema}.t" in denied.hint
    assert str(guest.values["password"]) not in repr(denied)


async def test_a_table_that_somebody_holds_does_not_stop_the_others(
    mysql_host: MysqlHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a short wait it is told which one is held, and nothing is held back for others."""
    monkeypatch.setattr("amx_tui.warehouse.warehouse._LOCK_SECONDS", 1.0)
    host = mysql_host
    schema = str(host.values["database"])
    host.sync_execute("CREATE TABLE t (a INT, b INT); CREATE TABLE u (a INT)")
    changes = [
        change(schema, "t", "a", comment="x"),
        change(schema, "u", "a", comment="y"),
        change(schema, "t", "b", comment="z"),
    ]
    login: dict[str, Any] = dict(host.values)
    async with warehouse_of(host) as warehouse:
        with closing(pymysql.connect(**login)) as holder, holder.cursor() as cursor:
            cursor.execute("LOCK TABLES t READ")
            outcomes = await warehouse.write(changes)
        assert [outcome.is_written for outcome in outcomes] == [False, True, False]
        assert f"holds {schema}.t" in outcomes[0].error_text
        again = await warehouse.write(changes)
        host.sync_execute("INSERT INTO t VALUES (1, 2); DROP TABLE u")
    assert all(outcome.is_written for outcome in again)


async def test_many_columns_are_few_statements(mysql_host: MysqlHost) -> None:
    """A table is altered once for hundreds of columns, each comment where it belongs."""
    host = mysql_host
    schema = str(host.values["database"])
    columns = [f"c{number}" for number in range(900)]
    host.sync_execute(f"CREATE TABLE wide ({', '.join(f'{column} INT' for column in columns)})")
    changes = [change(schema, "wide", column, comment=f"the {column}") for column in columns]
    async with warehouse_of(host) as warehouse:
        outcomes = await warehouse.write(changes)
        facts = await warehouse.facts([each.name for each in changes])
    assert all(outcome.is_written for outcome in outcomes)
    assert [facts[AssetName(schema, "wide", column)].comment for column in columns] == [
        each.comment for each in changes
    ]
