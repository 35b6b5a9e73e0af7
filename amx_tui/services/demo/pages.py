"""The demo's documentation pages: what the team wrote, version by version, and a draft that fell behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from amx_tui.domain.pages import Page, PageAsset, PageSource, PageVersion, slug_of
from amx_tui.services.demo.story import ALICE, BOB, CAROL, Person

__all__ = ["DRAFTED", "DemoPage", "drafted_text", "make_pages"]

_NAMESPACE = UUID("5b0f6d0e-7f0c-5a53-8f7b-2f3f5a0c9d11")


@dataclass(frozen=True, slots=True)
class _Edit:
    """One save of a page: who, how many hours ago, and which text became which."""

    person: Person
    hours: float
    note: str = ""
    before: str = ""
    after: str = ""
    status: str = ""
    """What the page became; as before where it is empty."""


@dataclass(frozen=True, slots=True)
class _Story:
    """A page and its edits, the first of which made it."""

    title: str
    first: str
    edits: tuple[_Edit, ...]
    assets: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class DemoPage:
    """A page with all its versions, oldest first."""

    page: Page
    versions: tuple[PageVersion, ...]


_CUSTOMER = """\
# Customer 360

Everything that we know about a customer, and which table says it.

## Where to start

`sales.customer` has one row a person or company, guests included. Join by `c_customer_sk`; it is never reused.

| question | table | column |
| --- | --- | --- |
| Who is it? | `sales.customer` | `c_first_name`, `c_last_name` |
| Where do they live? | `sales.customer_address` | `ca_city`, `ca_country` |
| What did they buy? | `sales.orders` | `o_customer_sk` |

## Pitfalls

- `c_email` is lower-cased on save, so compare it lower-cased.
- Guests have no `x_legacy_status`.

## Open points

- Who owns the birth dates?
"""
_ORDERS = """\
# Order lifecycle

An order is placed, paid, shipped, and now and then returned.

1. **placed**: a row in `sales.orders`, its lines in `sales.order_items`.
2. **paid**: `finance.payment` refers to the order.
3. **shipped**: one row a parcel in `sales.shipment`.
4. **returned**: `sales.return_request`, then `finance.refund`.

## Status

`o_status` is set by the shop. It is *not* changed when a parcel arrives.

```sql
SELECT o_status, count(*) FROM sales.orders GROUP BY 1 ORDER BY 2 DESC;
```

## Totals

`o_total_price` is gross, in the currency of the shop.
"""
_MONTH = """\
# Month-end close

What finance checks in the first three days of a month.

- [ ] Every `finance.payment` of the month has a `finance.ledger_entry`.
- [ ] Debits and credits add up to zero for each account.
- [ ] `finance.exchange_rate` holds a rate for each working day.

Questions go to the controlling team.
"""
_PRODUCTS = """\
# Product master data

`catalog.product` is what we sell, `catalog.product_variant` what lies on a shelf.

## Prices

`catalog.price` holds today's price; `catalog.price_history` every earlier one.

> Prices are net. The gross price is made in the shop, by the customer's country.
"""
_GLOSSARY = """\
# Glossary

**Active customer**: an order in the last 365 days.

**Basket**: the lines of one order.
"""
_IDEAS = """\
# Ideas for the old wiki

- Move the supplier list.
- Delete this page.
"""

_STORIES: tuple[_Story, ...] = (
    _Story(
        "Customer 360",
        _CUSTOMER,
        (
            _Edit(ALICE, 38 * 24, "begun"),
            _Edit(
                BOB,
                30 * 24,
                "loyalty",
                "| What did they buy? |",
                "| Are they loyal? | `sales.loyalty_account` | `la_points` |\n| What did they buy? |",
            ),
            _Edit(
                CAROL,
                25 * 24,
                "guests explained",
                "- Guests have no `x_legacy_status`.",
                "- Guests have an empty `x_legacy_status`; they count as customers only from their second order on.",
            ),
            _Edit(
                ALICE,
                9 * 24,
                "answered",
                "- Who owns the birth dates?",
                "- Birth dates belong to the loyalty team.",
                "published",
            ),
            _Edit(
                BOB,
                26,
                "",
                "Join by `c_customer_sk`; it is never reused.",
                "Join by `c_customer_sk`, which is never reused.",
            ),
        ),
        ("sales.customer", "sales.customer_address", "sales.loyalty_account"),
        "crm-handbook.pdf",
    ),
    _Story(
        "Order lifecycle",
        _ORDERS,
        (
            _Edit(BOB, 33 * 24, "begun"),
            _Edit(
                ALICE,
                20 * 24,
                "totals",
                "in the currency of the shop.",
                "in the currency of the shop; see `finance.exchange_rate`.",
                "published",
            ),
            _Edit(
                CAROL,
                16 * 24,
                "returns",
                "then `finance.refund`.",
                "then `finance.refund` once the parcel is back.",
            ),
            _Edit(
                BOB,
                5,
                "status corrected after the shop's update",
                "It is *not* changed when a parcel arrives.",
                "Since the update of the shop it says *delivered* when the last parcel has arrived.",
            ),
        ),
        ("sales.orders", "sales.order_items", "sales.shipment", "sales.return_request"),
    ),
    _Story(
        "Month-end close",
        _MONTH,
        (
            _Edit(ALICE, 28 * 24, "begun"),
            _Edit(
                ALICE,
                24 * 24,
                "",
                "Questions go to the controlling team.",
                "Questions go to the controlling team, before noon.",
                "published",
            ),
        ),
        ("finance.payment", "finance.ledger_entry", "finance.exchange_rate"),
    ),
    _Story(
        "Product master data",
        _PRODUCTS,
        (
            _Edit(CAROL, 27 * 24, "begun"),
            _Edit(
                BOB,
                22 * 24,
                "prices are net",
                "every earlier one.",
                "every earlier one, with the day on which it ended.",
            ),
        ),
        ("catalog.product", "catalog.product_variant", "catalog.price"),
        "assortment-rules.docx",
    ),
    _Story("Glossary", _GLOSSARY, (_Edit(BOB, 3, "first two words"),), ()),
    _Story(
        "Ideas for the old wiki",
        _IDEAS,
        (_Edit(BOB, 21 * 24), _Edit(ALICE, 19 * 24, "deleted", status="deleted")),
        (),
    ),
)

DRAFTED = ("Order lifecycle", 3)
"""The page, and its version, that the draft of the one who opens the demo started from; it has been saved since."""


def drafted_text(body: str) -> str:
    """What the draft made of the version that it started from: one edit that collides, one that does not."""
    return body.replace(
        "It is *not* changed when a parcel arrives.",
        "It is *not* changed when a parcel arrives; ask `sales.shipment` for that.",
    ).replace("is gross, in the", "is gross (tax included), in the")


def make_pages(now: datetime, *, hostname: str) -> tuple[DemoPage, ...]:
    """Make the pages; the same moment and hostname give the same ones, to the letter."""
    return tuple(_page(story, now, hostname) for story in _STORIES)


def _page(story: _Story, now: datetime, hostname: str) -> DemoPage:
    page_id = str(uuid5(_NAMESPACE, story.title))
    body, status = story.first, "draft"
    versions: list[PageVersion] = []
    for number, edit in enumerate(story.edits, 1):
        body, status = body.replace(edit.before, edit.after, 1), edit.status or status
        versions.append(
            PageVersion(
                page_id,
                number,
                body,
                now - timedelta(hours=edit.hours, seconds=number * 17),
                edit.person.username,
                story.title,
                status,
                edit.note,
                str(uuid5(_NAMESPACE, f"{story.title}/{number}")),
            )
        )
    author, last = story.edits[0].person, versions[-1]
    made_at = versions[0].saved_at
    sources = (PageSource("upload", f"/uploads/{story.source}", story.source, made_at),)
    page = Page(
        page_id,
        story.title,
        slug_of(story.title),
        last.body,
        status,
        len(versions),
        made_at,
        author.username,
        last.saved_at,
        last.saved_by,
        hostname=author.hostname or hostname,
        client_version=author.client_version,
        db_profile="prod-pg",
        assets=tuple(PageAsset("table", name) for name in story.assets),
        sources=sources if story.source else (),
    )
    return DemoPage(page, tuple(versions))
