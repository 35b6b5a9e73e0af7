"""Described databases for tests: a warehouse over a host, and names and texts that break what is careless."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from amx_tui.config.model import Profile
from amx_tui.config.secrets import Secret
from amx_tui.domain.assets import AssetName, CommentChange
from amx_tui.services.described import open_warehouse
from amx_tui.warehouse import Warehouse
from tests.servers import HostServer

TEXTS = {
    "plain": "One row per customer.",
    "quotes": """It's "quoted" `twice` ''here'' and ''' there.""",
    "backslashes": "C:\\new\\table \\' \\\\ ends with \\",
    "percent": "100 % of %s, %(name)s, %% and %",
    "colons": "at 12:30 :name ::text :1",
    "semicolons": "a; DROP TABLE customer; -- no\n/* nor this */",
    "dollars": "$$ $1 $tag$ it $tag$ {braces} {0}",
    "scripts": "Kundë 客户 ﷽ e\u0301 \u202eright to left",
    "lines": "first\nsecond\r\nthird\rfourth\ttabbed  ",
    "question marks": "is it ? or ?? or @name or #hash",
}
"""Texts that must arrive unchanged."""


@asynccontextmanager
async def warehouse_of(host: HostServer, **values: object) -> AsyncIterator[Warehouse]:
    """The host as a described database."""
    given = {**host.values, **values}
    if "password" in given:
        given["password"] = Secret(str(given["password"]))
    warehouse = await open_warehouse(Profile("described", host.backend, given), {})
    try:
        yield warehouse
    finally:
        await warehouse.close()


def change(*parts: str, comment: str = "") -> CommentChange:
    """A comment for the schema, table or column of that name."""
    return CommentChange(AssetName(*parts), "", comment)
