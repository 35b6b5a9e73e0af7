"""Pages such as a team writes about its warehouse."""

from __future__ import annotations

__all__ = ["PAGES", "SENTENCES"]

SENTENCES = [
    "Rows older than two years are in the archive schema.",
    "Amounts are in the currency of the order, never converted.",
    "Ask the finance team before you join this table to the ledger.",
    "The source system sends a full copy on the first day of a month.",
    "Deleted customers keep their key, so that old orders still find them.",
    "A missing value means that the customer did not answer, not that we did not ask.",
]

_TABLE = """# sales.customer

One row for each customer that ever placed an order. Loaded by the nightly job from the order system,
which is the only place where a customer can be changed.

## Columns

| column | type | meaning |
| --- | --- | --- |
| `customer_id` | integer | key of the order system, never used twice |
| `first_name` | text | as typed by the customer |
| `last_name` | text | as typed by the customer |
| `email` | text | lower case, unique since 2021 |
| `created_at` | timestamp | first order, in UTC |

## Rules

- A customer is active if there is an order within the last 12 months.
- Test customers have an email that ends in `@example.com`; leave them out of every report.
- Names are personal data. Access needs the role `pii_reader`.

## Questions

Who owns the table?
: The sales data team, in the channel #sales-data.

Why are there customers without an order?
: Their only order was cancelled on the same day, see [orders](orders.md) for how that is stored.
"""

_RUNBOOK = """---
title: When the nightly load fails
status: draft
---

# When the nightly load fails

The load starts at 01:30 UTC and takes about 40 minutes. If it has not finished at 03:00, the person on duty gets a
message. Do the following steps in order, and write down what you see.

1. Open the scheduler and look at the last run of `load_sales`.
2. If the source system did not answer, wait for ten minutes and start the run again.
3. If a file is missing, ask the team of the order system; their number is on the first page.
4. Do not start two runs at the same time, since the second one would delete what the first has written.

## Check what is there

```sql
SELECT max(loaded_at), count(*)
FROM sales.orders
WHERE loaded_at > now() - interval '1 day';
```

The number of rows is usually between 90,000 and 120,000, and never zero.

## Tell people

Write to the channel of the sales team:

> The numbers of yesterday are late. We expect them at 10:00.

Then, when the load is done:

> The numbers of yesterday are complete.

- [ ] the run is green
- [ ] the dashboard shows yesterday
- [ ] the message is sent
"""

_GLOSSARY = """# Words that we use

Customer
: A person or a company that placed an order with us at least once.

Order
: What a customer bought at one time. An order has one or more items, and exactly one customer.

Net revenue
: The sum of all items of an order without tax, minus what was given back within 30 days.
  Shipping is not part of it. It is *not* the same as the net revenue of the finance team, who count by invoice date.

Active customer
: A customer with an order within the last 12 months, counted from the first day of the month.

## Changes

* 2024-03-01: *net revenue* is without shipping now.
* 2023-11-15: *active customer* counts from the first day of the month.
* 2023-01-01: first version, agreed by sales and finance.

## Open questions

1. Is a cancelled order an order?
2. Do we count a customer with two email addresses once or twice?
3. Which day counts for an order that was placed at midnight?
"""

_LONG = "\n".join(
    [
        "# All tables of the schema",
        "",
        *(
            line
            for number in range(40)
            for line in (
                f"## table_{number:02}",
                "",
                f"Holds the order items of source {number % 7}, one row for each item, loaded by the nightly job.",
                "Ask the data team before you use it in a report.",
                "",
                f"- key: `item_{number:02}_id`",
                f"- rows: about {number * 1_000 + 500:,}",
                "- owner: data team",
                "",
            )
        ),
    ]
)

PAGES = [_TABLE, _RUNBOOK, _GLOSSARY, _LONG]
