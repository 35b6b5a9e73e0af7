"""What the demo's team did in the last six weeks, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ALICE", "BOB", "BY_HAND", "CAROL", "DROPPED", "STORY", "Chapter", "Person"]

Review = Literal["all", "high", "most", "some", "none"]


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the demo's team."""

    username: str
    hostname: str
    """Empty for the one that the demo is opened as: it gets this machine's name."""
    display_name: str
    role: Literal["viewer", "writer", "admin"]
    joined: int
    """Days ago."""
    client_version: str
    voice: int
    """Which of an asset's phrases this person's model gives first."""
    failure_rate: float
    llm: tuple[str, str, str, str]
    """Provider, model, its exact version, and the name of the LLM profile."""
    cost_per_1000: float
    """Dollars for a thousand tokens."""


ALICE = Person("alice@acme.com", "", "Alice Brandt", "admin", 43, "0.1.0", 0, 0.02,
               ("openai", "gpt-4o", "gpt-4o-2024-11-20", "gpt4o"), 0.0042)  # fmt: skip
BOB = Person("bob@acme.com", "bob-thinkpad", "Bob Osei", "writer", 41, "0.1.0", 1, 0.015,
             ("anthropic", "claude-sonnet-4", "claude-sonnet-4-20250514", "sonnet"), 0.0054)  # fmt: skip
CAROL = Person("carol@acme.com", "carol-mac", "Carol Nguyen", "viewer", 39, "0.1.0", 2, 0.06,
               ("ollama", "llama3.1:8b", "llama3.1:8b", "local"), 0.0)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chapter:
    """One run of the story.

    `when` is a clock time some days ago (`"42 07:30"`) or a number of minutes ago (`"-125"`), so that the
    newest runs are always as fresh as the story wants them.
    """

    when: str
    person: Person
    scope: dict[str, tuple[str, ...]]
    """Schemas with their tables; a schema without tables is all of it."""
    minutes: float
    """How long the run took."""
    status: str = "success"
    review: Review = "none"
    reviewer: Person | None = None
    """Who decided; the run's own member where it is None."""
    applied: float = 0.0
    """Which share of the accepted descriptions was written to the database."""
    command: str = "analyze.run"
    mode: str = "chat"
    strategy: str = "one-by-one"
    error: str = ""
    progress: float = 1.0
    """Which share of the planned assets got a result before the run ended, or up to now."""


_LOST = "disk I/O error while reading samples of sales.shipment"
_QUOTA = "429 Too Many Requests: the tokens of this month are used up (limit 2,000,000)"

STORY: tuple[Chapter, ...] = (
    Chapter("42 06:05", ALICE, {"sales": (), "finance": (), "catalog": ()}, 74, "applied_partial", "high",
            applied=0.55, mode="batch", strategy="accept-all-high"),
    Chapter("41 08:12", BOB, {"sales": ("customer", "customer_address")}, 6, review="all", applied=1.0),
    Chapter("41 13:47", BOB, {"sales": ("orders",)}, 4, review="all", applied=1.0),
    Chapter("39 09:20", CAROL, {"catalog": ("product", "product_variant")}, 11, review="all", reviewer=ALICE,
            applied=0.6),
    Chapter("38 07:55", ALICE, {"finance": ("ledger_account", "ledger_entry")}, 5, review="all", applied=1.0),
    Chapter("37 14:31", BOB, {"sales": ("shipment", "return_request", "cart")}, 3, "failed", error=_LOST,
            progress=0.35),
    Chapter("37 14:52", BOB, {"sales": ("shipment", "return_request", "cart")}, 8, review="most", applied=0.5,
            command="rerun"),
    Chapter("35 10:08", CAROL, {"catalog": ("supplier",)}, 6, "ready_for_review"),
    Chapter("34 08:40", ALICE, {"finance": ("invoice", "invoice_line")}, 6, review="all", applied=1.0),
    Chapter("34 15:16", BOB, {"sales": ("promotion", "order_promotion")}, 5, review="all", applied=0.8),
    Chapter("32 09:33", CAROL, {"catalog": ("price", "price_history")}, 9, review="some", reviewer=BOB),
    Chapter("31 07:18", ALICE, {"finance": ("payment", "payout", "refund")}, 8, "applied_partial", "all",
            applied=0.4),
    Chapter("30 12:02", BOB, {"sales": ("order_items",)}, 3, review="all", applied=1.0),
    Chapter("28 08:26", ALICE, {"catalog": ("category", "product_category")}, 5, review="all", applied=1.0,
            strategy="accept-all"),
    Chapter("27 10:44", CAROL, {"catalog": ("stock_level", "warehouse")}, 10, review="most", reviewer=BOB,
            applied=0.5),
    Chapter("26 16:20", BOB, {"sales": ("loyalty_account",)}, 3, "cancelled", progress=0.5),
    Chapter("25 09:05", BOB, {"sales": ("loyalty_account",)}, 4, review="all", applied=1.0, command="rerun"),
    Chapter("24 07:49", ALICE, {"finance": ("tax_rate", "exchange_rate")}, 4, review="all", applied=1.0),
    Chapter("21 08:15", ALICE, {"sales": ("customer",)}, 3, review="most", command="generate.table"),
    Chapter("20 13:29", BOB, {"sales": ("v_customer_summary",)}, 2, review="all", applied=1.0),
    Chapter("19 11:11", CAROL, {"catalog": ("product",)}, 7, "failed", error=_QUOTA, progress=0.2),
    Chapter("18 09:52", CAROL, {"catalog": ("product",)}, 8, "ready_for_review", command="rerun"),
    Chapter("17 08:03", ALICE, {"finance": ()}, 21, "applied_partial", "high", applied=0.3, mode="batch",
            strategy="accept-all-high"),
    Chapter("14 14:10", BOB, {"sales": ("orders", "order_items"), "finance": ("invoice",)}, 7, review="all",
            applied=0.9),
    Chapter("13 10:37", CAROL, {"catalog": ("supplier", "stock_level")}, 12, review="some", reviewer=ALICE),
    Chapter("12 07:41", ALICE, {"finance": ("ledger_entry",)}, 3, review="all", strategy="reject-all"),
    Chapter("11 15:05", BOB, {"catalog": ("price",)}, 3, review="all", applied=1.0),
    Chapter("10 09:14", ALICE, {"sales": ("return_request",)}, 3, review="most"),
    Chapter("7 08:58", BOB, {"finance": ("payment", "refund")}, 5, "ready_for_review", "some"),
    Chapter("6 13:22", CAROL, {"catalog": ("category",)}, 5, "cancelled", progress=0.3),
    Chapter("5 09:47", BOB, {"sales": ("customer", "customer_address")}, 5, review="all", applied=0.5),
    Chapter("4 11:30", CAROL, {"catalog": ("product_variant", "warehouse")}, 9, "ready_for_review"),
    Chapter("3 08:20", ALICE, {"finance": ("invoice_line", "payout")}, 5, review="most", applied=0.3),
    Chapter("1 10:06", CAROL, {"catalog": ("price_history", "product_category")}, 8, "ready_for_review"),
    Chapter("-425", ALICE, {"sales": ("customer",)}, 3, review="all", applied=0.7, command="generate.table"),
    Chapter("-244", BOB, {"catalog": ()}, 16, "ready_for_review", "some", mode="batch"),
    Chapter("-126", ALICE, {"sales": ()}, 19, "ready_for_review", "some", mode="batch"),
    Chapter("-4", BOB, {"finance": ("payment", "payout")}, 0, "running", progress=0.4),
)  # fmt: skip
"""Every run, oldest first."""

BY_HAND = {
    "sales.customer.c_phone": "Phone. Support: see SUP-2214 before you use it for anything but deliveries.",
    "sales.orders": "Orders. EXPORTED TO THE TAX OFFICE, ask finance before changing anything!",
    "sales.orders.o_status": "OPEN, PAID, PACKED, SHIPPED, CANCELLED or RETURNED",
    "catalog.product.p_status": "DRAFT -> ACTIVE -> PHASEOUT -> ARCHIVED",
}
"""Comments that somebody wrote straight into the database, after the newest runs had read what was there."""

DROPPED = frozenset({"sales.customer.x_legacy_status"})
"""Columns that have gone from the database since."""
