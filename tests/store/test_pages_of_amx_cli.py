"""The pages of a store that amx-cli 0.19 itself made: read, edited, and still as that client expects them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from amx_tui.domain.errors import RoleError, StaleVersionError
from amx_tui.domain.identity import Identity
from amx_tui.domain.pages import NewPage, PageAsset, PageChange, PageFilter, PageSource
from amx_tui.store.pages import PageRepository
from amx_tui.store.tables import build_tables
from tests.servers import PostgresHost
from tests.store.hosts import connected

pytestmark = pytest.mark.postgresql

ALICE = Identity("alice", "lead-laptop")


@pytest.fixture
async def pages(amx_cli_store: PostgresHost) -> AsyncIterator[PageRepository]:
    """Open the pages."""
    tables = build_tables("amx_cli", backend_name="postgresql", schema="AMX")
    async with connected(amx_cli_store) as database:
        yield PageRepository(database, tables)


def _row(host: PostgresHost, page_id: str) -> dict[str, Any]:
    """A page as amx-cli reads it."""
    names = (
        "title", "slug", "markdown_body", "rendered_html", "status", "version", "created_by", "hostname",
        "local_id", "client_version",
    )  # fmt: skip
    (row,) = host.sync_execute(
        f'SELECT {", ".join(names)} FROM "AMX".documentation_pages WHERE id = %s', (page_id,)
    )
    return dict(zip(names, row, strict=True))


def _versions(host: PostgresHost, page_id: str) -> list[tuple[Any, ...]]:
    return host.sync_execute(
        'SELECT version_no, markdown_body, saved_by FROM "AMX".documentation_page_versions'
        " WHERE page_id = %s ORDER BY version_no",
        (page_id,),
    )


async def test_its_pages_are_listed_and_read(amx_cli_store: PostgresHost, pages: PageRepository) -> None:
    """All of them, with who saved last as its version rows say, assets by their qualified names."""
    listed = await pages.page(PageFilter(status="all"), count=True)
    assert listed.total == len(listed.pages) == 5
    for summary in listed.pages:
        page = await pages.get(summary.page_id)
        row = _row(amx_cli_store, page.page_id)
        assert (page.title, page.body, page.version) == (row["title"], row["markdown_body"], row["version"])
        number, _, saved_by = _versions(amx_cli_store, page.page_id)[-1]
        assert number == page.version
        assert summary.updated_by == page.updated_by == saved_by
    page = await pages.get(await pages.resolve("customer-360"))
    assert {asset.name for asset in page.assets} >= {"sales.customer", "sales.customer.c_id", "doc:handbook"}
    assert [source.name for source in page.sources] == ["spec.pdf"]


async def test_a_page_edited_here_is_what_amx_cli_reads(
    amx_cli_store: PostgresHost, pages: PageRepository
) -> None:
    """Its row, its version and its version rows; what it had rendered of the old text is not left behind."""
    page_id = await pages.resolve("customer-360")
    amx_cli_store.sync_execute("UPDATE \"AMX\".documentation_pages SET rendered_html = '<p>old</p>'")
    page = await pages.get(page_id)
    saved = await pages.save(PageChange.of(page, body="# Ours\n", note="here"), identity=ALICE)
    row = _row(amx_cli_store, page_id)
    assert (row["markdown_body"], row["version"], row["rendered_html"]) == (
        "# Ours\n",
        page.version + 1,
        None,
    )
    assert _versions(amx_cli_store, page_id)[-1] == (saved.version, "# Ours\n", "alice")
    assert (row["slug"], row["created_by"], row["hostname"]) == ("customer-360", "alice", "lead-laptop")


async def test_a_save_of_amx_cli_without_a_version_row_is_kept_before_it_is_replaced(
    amx_cli_store: PostgresHost, pages: PageRepository
) -> None:
    """Its own optimistic update, to the letter; ours is then refused as stale, and keeps that text when it follows."""
    page_id = await pages.resolve("customer-360")
    ours = await pages.get(page_id)
    amx_cli_store.sync_execute(
        'UPDATE "AMX".documentation_pages SET markdown_body = %s, version = version + 1, updated_at = now()'
        " WHERE id = %s AND version = %s",
        ("By the real client.\n", page_id, ours.version),
    )
    with pytest.raises(StaleVersionError) as refused:
        await pages.save(PageChange.of(ours, body="Stale.\n"), identity=ALICE)
    current = refused.value.current
    change = PageChange.of(ours, body="Merged.\n").on_top_of(current)  # type: ignore[arg-type]
    saved = await pages.save(change, identity=ALICE)
    last_three = _versions(amx_cli_store, page_id)[-3:]
    assert [(number, body) for number, body, _ in last_three] == [
        (ours.version, ours.body), (ours.version + 1, "By the real client.\n"), (saved.version, "Merged.\n")
    ]  # fmt: skip
    assert last_three[1][2] is None


async def test_a_page_made_here_has_what_amx_cli_requires(
    amx_cli_store: PostgresHost, pages: PageRepository
) -> None:
    """Required columns, a slug of its own, numbers drawn by the database, and no local number that it could reach."""
    asset, source = PageAsset("db_table", "prod-pg/amx/hr/employee"), PageSource("upload", "/x", "x.pdf")
    new = NewPage("Customer 360", "# Mine\n", db_profile="prod-pg", assets=(asset,), sources=(source,))
    page = await pages.create(new, identity=ALICE, client_version="0.1.0")
    assert page.slug == "customer-360-2"
    row = _row(amx_cli_store, page.page_id)
    assert (row["local_id"], row["version"], row["client_version"]) == (None, 1, "0.1.0")
    assert _versions(amx_cli_store, page.page_id) == [(1, "# Mine\n", "alice")]
    assert (await pages.get(page.page_id)).assets[0].name == "hr.employee"
    stored = amx_cli_store.sync_execute(
        'SELECT id FROM "AMX".documentation_page_assets WHERE page_id = %s', (page.page_id,)
    )
    assert stored[0][0] > 15


async def test_who_is_no_writer_there_writes_nothing(
    amx_cli_store: PostgresHost, pages: PageRepository
) -> None:
    """Roles of that client's own members table count."""
    viewers = amx_cli_store.sync_execute(
        "SELECT username, hostname FROM \"AMX\"._amx_users WHERE role = 'viewer'"
    )
    page = await pages.get(await pages.resolve("customer-360"))
    assert viewers
    for username, hostname in viewers:
        with pytest.raises(RoleError):
            await pages.save(PageChange.of(page, body="x"), identity=Identity(username, hostname))
