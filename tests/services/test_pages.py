"""Pages as members use them: two of a team on one shared store, and one alone."""

from __future__ import annotations

import pytest

from amx_tui.domain.errors import NotFoundError, RoleError, StaleVersionError, UsageError
from amx_tui.domain.pages import NewPage, Page, PageAsset, PageChange
from amx_tui.services.workspace import Workspace
from tests.servers import SqliteHost
from tests.services.conftest import Machine

pytestmark = pytest.mark.parametrize("host", ["sqlite"], indirect=True)


async def _joined(machine: Machine, host: SqliteHost, lead: Workspace, *, role: str = "writer") -> Workspace:
    """The machine of bob, who has joined the lead's store, in a role."""
    bob = await machine("bob", host)
    await bob.history_store.enable(await bob.history_store.plan("prod", host.schema))
    await bob.connect()
    await bob.register()
    host.sync_execute("UPDATE _amx_users SET role = %s WHERE username = 'bob'", (role,))
    await bob.register()
    return bob


async def test_two_members_edit_one_page_and_both_texts_are_there(
    machine: Machine, host: SqliteHost, lead: Workspace
) -> None:
    """One saves, the other is refused with that text, and overwrites or merges by choice; nothing is gone."""
    await lead.connect()
    await lead.register()
    bob = await _joined(machine, host, lead)
    made = await lead.pages.create(NewPage("Customer 360", "One.\n"))
    theirs = await bob.pages.get("customer")
    await bob.pages.save(PageChange.of(theirs, body="One.\nBob's.\n"))
    mine = PageChange.of(made, body="Alice's.\nOne.\n")
    with pytest.raises(StaleVersionError) as refused:
        await lead.pages.save(mine)
    current = refused.value.current
    assert isinstance(current, Page)
    assert (current.body, current.updated_by) == ("One.\nBob's.\n", "bob")
    merged = await lead.pages.save(PageChange.of(current, body="Alice's.\nOne.\nBob's.\n"))
    assert (await bob.pages.get("customer")).body == "Alice's.\nOne.\nBob's.\n"
    forced = await bob.pages.overwrite(PageChange.of(theirs, body="Bob's alone.\n"), over=merged)
    assert (forced.version, forced.body) == (4, "Bob's alone.\n")
    kept, last = await lead.pages.version_pair(made.page_id, 3, 4)
    assert (kept.body, last.saved_by) == ("Alice's.\nOne.\nBob's.\n", "bob")
    with pytest.raises(StaleVersionError):
        await bob.pages.overwrite(PageChange.of(theirs, body="x"), over=merged)


async def test_a_viewer_reads_and_is_told_why_not_to_write(
    machine: Machine, host: SqliteHost, lead: Workspace
) -> None:
    """Before the key is pressed, and by the store itself."""
    await lead.connect()
    await lead.register()
    await lead.pages.create(NewPage("Customer 360", "One.\n"))
    bob = await _joined(machine, host, lead, role="viewer")
    page = await bob.pages.get("customer-360")
    assert "viewer" in bob.pages.reason_against()
    assert lead.pages.reason_against() == ""
    for attempt in (
        bob.pages.publish(page),
        bob.pages.delete(page),
        bob.pages.create(NewPage("Mine")),
        bob.pages.attach(page, assets=[PageAsset("table", "s.t")]),
    ):
        with pytest.raises(RoleError, match="viewer"):
            await attempt
    assert (await bob.pages.get("customer-360")).version == 1


async def test_a_page_is_renamed_published_deleted_and_taken_back(lead: Workspace) -> None:
    """Each is a version; a deletion gives back the status that the page had; an old text becomes the newest."""
    await lead.connect()
    await lead.register()
    pages = lead.pages
    page = await pages.create(NewPage("Sales", "One.\n"))
    page = await pages.rename(page, "Sales, all of it")
    assert (page.title, page.slug) == ("Sales, all of it", "sales")
    page = await pages.publish(page)
    with pytest.raises(UsageError, match="not deleted"):
        await pages.undelete(page)
    gone = await pages.delete(page)
    assert (await pages.list()).pages == ()
    assert (await pages.search("all of")).pages == ()
    back = await pages.undelete(gone)
    assert (back.status, back.version) == ("published", 5)
    page = await pages.save(PageChange.of(back, body="Two.\n"))
    restored = await pages.restore(page, 1)
    assert (restored.body, restored.title, restored.version) == ("One.\n", "Sales", 7)
    notes = [version.note for version in await pages.versions(page.page_id)]
    assert notes == ["version 1 restored", "", "taken back", "deleted", "published", "renamed", ""]
    with pytest.raises(NotFoundError, match="no version 9"):
        await pages.restore(restored, 9)
    for title in (" ", "x" * 513):
        with pytest.raises(UsageError):
            await pages.rename(restored, title)


async def test_assets_are_written_as_the_store_writes_them(lead: Workspace) -> None:
    """By kind and qualified name; what is no name is refused."""
    await lead.connect()
    assert lead.pages.asset("prod", "sales.customer.c_id") == PageAsset("column", "sales.customer.c_id")
    assert lead.pages.asset("prod", "sales") == PageAsset("schema", "sales")
    for odd in ("", "a.b.c.d"):
        with pytest.raises(UsageError):
            lead.pages.asset("prod", odd)


async def test_drafts_belong_to_member_and_store(lead: Workspace) -> None:
    """What is typed here is found again here, and not in another store."""
    await lead.connect()
    await lead.register()
    page = await lead.pages.create(NewPage("Sales", "One.\n"))
    kept = lead.pages.drafts.keep(lead.pages.drafts.begin(page))
    assert lead.pages.drafts.of_page(page.page_id) == (kept,)
    await lead.connect(prefer="local")
    assert lead.pages.drafts.of_page(page.page_id) == ()
