"""Pages: made, saved under optimistic concurrency, refused for who may not; both layouts, all backends."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from amx_tui.domain.errors import NotFoundError, ReadOnlyError, RoleError, StaleVersionError
from amx_tui.domain.identity import Identity
from amx_tui.domain.pages import NewPage, Page, PageAsset, PageChange, PageSource
from amx_tui.store.pages import PageRepository
from amx_tui.store.tables import Layout
from tests.servers import HostServer
from tests.store.paging import ALICE, BOB, CAROL, LAYOUTS, page_store

pytestmark = pytest.mark.parametrize("layout", LAYOUTS)

NASTY = (
    "Ä \U0001f600 line\r\nblank \t \n\n<script>alert(1)</script> 'x' \"y\" \\ %s :z $1 \u2028 e\u0301\nno end"
)


async def test_a_page_reads_back_as_it_was_made(host: HostServer, layout: Layout) -> None:
    """To the letter, with what is attached, its first version and who made it."""
    async with page_store(host, layout) as store:
        asset, source = PageAsset("table", "sales.customer"), PageSource("upload", "/x/spec.pdf", "spec.pdf")
        made = await store.make("Kunden — 360°", NASTY, note="begun", assets=(asset,), sources=(source,))
        read = await store.pages.get(made.page_id)
        assert read == made
        assert (read.title, read.body, read.status, read.version) == ("Kunden — 360°", NASTY, "draft", 1)
        assert (read.slug, read.created_by, read.updated_by) == ("kunden-360", "bob", "bob")
        assert read.assets == (asset,)
        assert [(each.kind, each.path, each.name) for each in read.sources] == [
            ("upload", "/x/spec.pdf", "spec.pdf")
        ]
        (version,) = await store.pages.versions(made.page_id, with_bodies=True)
        assert (version.version, version.body, version.saved_by, version.note) == (1, NASTY, "bob", "begun")


async def test_pages_of_one_title_get_slugs_of_their_own(host: HostServer, layout: Layout) -> None:
    """Even when they are made at once; and a page that is made twice is made once."""
    async with page_store(host, layout) as store:
        new = [NewPage("Sales") for _ in range(6)]
        made = await asyncio.gather(*(store.pages.create(each, identity=BOB) for each in new))
        assert len({page.slug for page in made}) == 6
        assert {page.slug for page in made} >= {"sales"}
        again = await store.pages.create(new[0], identity=BOB)
        assert again.page_id == new[0].page_id
        assert len(await store.rows(store.tables.pages)) == 6


async def test_a_save_is_the_next_version_with_who_when_and_note(host: HostServer, layout: Layout) -> None:
    """What the save answers is what is stored; the earlier state stays to be read."""
    async with page_store(host, layout) as store:
        page = await store.make()
        saved = await store.pages.save(
            PageChange.of(page, title="Customers", body=NASTY, status="published", note="reviewed"),
            identity=ALICE,
        )
        assert saved == await store.pages.get(page.page_id)
        assert (saved.title, saved.body, saved.status) == ("Customers", NASTY, "published")
        assert (saved.version, saved.updated_by, saved.created_by) == (2, ALICE.username, "bob")
        newest, first = await store.pages.versions(page.page_id, with_bodies=True)
        assert (newest.version, newest.body, newest.note) == (2, NASTY, "reviewed")
        assert (newest.saved_by, newest.saved_at) == (ALICE.username, saved.updated_at)
        assert (first.version, first.body) == (1, "One.\n")
        if layout == "document":
            assert (newest.title, newest.status, first.title) == ("Customers", "published", "Customer 360")


async def test_a_stale_save_is_refused_with_what_is_there_now(host: HostServer, layout: Layout) -> None:
    """Of two who began from the same version the second gets the first one's text, and nothing is written."""
    async with page_store(host, layout) as store:
        page = await store.make()
        await store.pages.save(PageChange.of(page, body="Alice's.\n"), identity=ALICE)
        with pytest.raises(StaleVersionError) as refused:
            await store.pages.save(PageChange.of(page, body="Bob's.\n"), identity=BOB)
        current = refused.value.current
        assert isinstance(current, Page)
        assert (current.body, current.version, current.updated_by) == ("Alice's.\n", 2, ALICE.username)
        assert refused.value.expected == 1
        assert await store.pages.get(page.page_id) == current
        assert len(await store.pages.versions(page.page_id)) == 2
        with pytest.raises(StaleVersionError):
            await store.pages.save(replace(PageChange.of(current, body="x"), expected=7), identity=BOB)


async def test_of_ten_at_once_one_wins(host: HostServer, layout: Layout) -> None:
    """Ten saves from the same version at the same moment: one is stored, nine are refused."""
    async with page_store(host, layout) as store:
        page = await store.make()
        saves = [
            store.pages.save(PageChange.of(page, body=f"text {number}"), identity=(ALICE, BOB)[number % 2])
            for number in range(10)
        ]
        outcomes = await asyncio.gather(*saves, return_exceptions=True)
        won = [outcome for outcome in outcomes if isinstance(outcome, Page)]
        assert len(won) == 1
        assert sum(isinstance(outcome, StaleVersionError) for outcome in outcomes) == 9
        assert await store.pages.get(page.page_id) == won[0]
        assert [version.version for version in await store.pages.versions(page.page_id)] == [2, 1]


async def test_the_same_save_sent_again_is_stored_once(host: HostServer, layout: Layout) -> None:
    """Whoever did not see the answer sends it again, and is told that it is there; even when others went on."""
    async with page_store(host, layout) as store:
        page = await store.make()
        change = PageChange.of(page, body="Bob's.\n")
        assert await store.pages.outcome(change, identity=BOB) is None
        saved = await store.pages.save(change, identity=BOB)
        assert await store.pages.save(change, identity=BOB) == saved
        assert await store.pages.outcome(change, identity=BOB) == saved
        later = await store.pages.save(PageChange.of(saved, body="Bob's.\nAlice's.\n"), identity=ALICE)
        assert await store.pages.save(change, identity=BOB) == later
        assert len(await store.pages.versions(page.page_id)) == 3
        other = PageChange.of(page, body="Another.\n")
        with pytest.raises(StaleVersionError):
            await store.pages.outcome(other, identity=BOB)


async def test_overwriting_keeps_theirs_and_says_so_in_the_audit_trail(
    host: HostServer, layout: Layout
) -> None:
    """The text that lost is a version; the trail names who overwrote whose version."""
    async with page_store(host, layout) as store:
        page = await store.make()
        theirs = await store.pages.save(PageChange.of(page, body="Alice's.\n"), identity=ALICE)
        mine = PageChange.of(page, body="Bob's.\n").on_top_of(theirs)
        saved = await store.pages.save(mine, identity=BOB, over=theirs)
        assert (saved.version, saved.body) == (3, "Bob's.\n")
        bodies = {
            each.version: each.body for each in await store.pages.versions(page.page_id, with_bodies=True)
        }
        assert bodies == {1: "One.\n", 2: "Alice's.\n", 3: "Bob's.\n"}
        (audit,) = await store.rows(store.tables.admin_audit)
        assert (audit["action"], audit["actor_username"]) == ("forced_overwrite", "bob")
        assert audit["target_resource"] == f"{store.tables.pages.name}:{page.page_id}"
        details = audit["details_json"]
        assert isinstance(details, dict)
        assert (details["overwritten_version"], details["overwritten_by"]) == (2, ALICE.username)
        refused = PageChange.of(page, body="Too late.\n").on_top_of(theirs)
        with pytest.raises(StaleVersionError):
            await store.pages.save(refused, identity=BOB, over=theirs)
        assert len(await store.rows(store.tables.admin_audit)) == 1


async def test_a_text_without_a_version_row_gets_one_before_it_is_replaced(
    host: HostServer, layout: Layout
) -> None:
    """As amx-cli saves: the version counts on, and the text is in no version row. It must not be lost."""
    async with page_store(host, layout) as store:
        page = await store.make()
        pages = store.tables.pages
        await store.execute(
            sa.update(pages)
            .where(pages.c.id == page.page_id)
            .values(markdown_body="By amx-cli.\n", version=2)
        )
        read = await store.pages.get(page.page_id)
        assert [each.version for each in await store.pages.versions(page.page_id)] == [2, 1]
        if layout == "amx_cli":
            assert read.updated_by == ""
        saved = await store.pages.save(PageChange.of(read, body="Ours.\n"), identity=BOB)
        versions = await store.pages.versions(page.page_id, with_bodies=True)
        assert [(each.version, each.body) for each in versions] == [
            (3, "Ours.\n"), (2, "By amx-cli.\n"), (1, "One.\n")
        ]  # fmt: skip
        assert versions[1].saved_at == read.updated_at
        assert saved.version == 3


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"role": "viewer"}, "viewer"),
        ({"role": "owner"}, "without a role"),
        ({"revoked_at": sa.func.current_timestamp()}, "revoked"),
    ],
)
async def test_who_may_not_edit_is_refused_and_nothing_changes(
    host: HostServer, layout: Layout, values: dict[str, object], said: str
) -> None:
    """A viewer, a role that nobody knows, a member who was revoked a moment ago: each is told why."""
    async with page_store(host, layout) as store:
        page = await store.make()
        await store.set_role(BOB, **values)
        attempts = (
            store.pages.save(PageChange.of(page, body="x"), identity=BOB),
            # A stale save of somebody who may not is refused for the role: it must not be told what is there.
            store.pages.save(replace(PageChange.of(page, body="x"), expected=9), identity=BOB),
            store.pages.create(NewPage("Other"), identity=BOB),
            store.pages.attach(page.page_id, assets=[PageAsset("table", "s.t")], identity=BOB),
            store.pages.detach(page.page_id, assets=[PageAsset("table", "s.t")], identity=BOB),
        )
        for attempt in attempts:
            with pytest.raises(RoleError, match=said):
                await attempt
        assert await store.pages.get(page.page_id) == page
        assert len(await store.rows(store.tables.page_versions)) == 1
        assert await store.rows(store.tables.page_assets) == []


async def test_unknown_members_and_read_only_stores_write_nothing(host: HostServer, layout: Layout) -> None:
    """Neither somebody who never registered, nor the same name on another machine."""
    async with page_store(host, layout) as store:
        page = await store.make()
        for identity in (
            Identity("mallory", "x"),
            Identity("bob", "other"),
            Identity("BOB", "bob-mac"),
            CAROL,
        ):
            with pytest.raises(RoleError):
                await store.pages.save(PageChange.of(page, body="x"), identity=identity)
        closed = PageRepository(store.database, store.tables, read_only_reason="It is newer.")
        for attempt in (
            closed.save(PageChange.of(page, body="x"), identity=BOB),
            closed.create(NewPage("x"), identity=BOB),
            closed.attach(page.page_id, identity=BOB),
        ):
            with pytest.raises(ReadOnlyError, match="newer"):
                await attempt
        assert await store.pages.get(page.page_id) == page


async def test_a_demotion_waits_for_no_save_and_no_save_slips_past_it(
    host: HostServer, layout: Layout
) -> None:
    """Saves and a demotion at once: every save that won came before it, none after it."""
    async with page_store(host, layout) as store:
        page = await store.make()

        async def keep_saving() -> int:
            current, count = page, 0
            while True:
                try:
                    current = await store.pages.save(PageChange.of(current, body=f"{count}"), identity=BOB)
                except RoleError:
                    return count
                count += 1
                if count == 3:
                    started.set()

        started = asyncio.Event()
        saving = asyncio.create_task(keep_saving())
        await started.wait()
        await store.set_role(BOB, role="viewer")
        at_demotion = (await store.pages.get(page.page_id)).version
        count = await saving
        assert (await store.pages.get(page.page_id)).version == count + 1 == at_demotion


async def test_attaching_makes_no_version_and_is_done_once(host: HostServer, layout: Layout) -> None:
    """Nobody's edit is in the way of an attachment, nor the other way round."""
    async with page_store(host, layout) as store:
        page = await store.make()
        table, column = PageAsset("table", "sales.customer"), PageAsset("column", "sales.customer.c_id")
        source = PageSource("upload", "/x", "x")
        attached = await store.pages.attach(page.page_id, assets=[table, column, table], identity=BOB)
        assert attached.assets == (table, column)
        attached = await store.pages.attach(page.page_id, assets=[table], sources=[source], identity=ALICE)
        assert (attached.assets, len(attached.sources), attached.version) == ((table, column), 1, 1)
        detached = await store.pages.detach(page.page_id, assets=[table], sources=[source], identity=BOB)
        assert (detached.assets, detached.sources) == ((column,), ())
        with pytest.raises(NotFoundError):
            await store.pages.attach("nothing", assets=[table], identity=BOB)


async def test_references_are_ids_slugs_and_beginnings(host: HostServer, layout: Layout) -> None:
    """What is ambiguous names its candidates; a deleted page is not in the way of a living one."""
    async with page_store(host, layout) as store:
        first, second = await store.make("Customer 360"), await store.make("Customer order 100%")
        assert await store.pages.resolve(first.page_id) == first.page_id
        assert await store.pages.resolve("customer-360") == first.page_id
        assert await store.pages.resolve("customer-o") == second.page_id
        assert await store.pages.resolve(second.page_id[:13]) == second.page_id
        for odd in ("nothing", "", "customer%", "x" * 3000, "größe\x00'"):
            with pytest.raises(NotFoundError):
                await store.pages.resolve(odd)
        with pytest.raises(NotFoundError) as several:
            await store.pages.resolve("customer")
        assert "customer-360" in several.value.hint
        await store.pages.save(PageChange.of(first, status="deleted"), identity=BOB)
        assert await store.pages.resolve("customer") == second.page_id
        with pytest.raises(NotFoundError):
            await store.pages.get("nothing")
        with pytest.raises(NotFoundError):
            await store.pages.save(replace(PageChange.of(first), page_id="nothing"), identity=BOB)
