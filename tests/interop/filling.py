"""What the real amx-cli puts into the store that the interop tests begin with: a team, and traces of its faults."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.interop.client import RealClient
from tests.servers import PostgresHost

__all__ = ["ALICE", "BOB", "CARLA", "EVE", "fill", "suggestion"]

ALICE = ("alice", "alice-laptop")
BOB = ("bob", "bob-thinkpad")
CARLA = ("carla", "carla-mac")
EVE = ("eve", "eve-new-laptop")

_SCOPE = {"sales": ["customer"]}


def suggestion(column: str | None, *alternatives: Any) -> dict[str, Any]:
    """What amx-cli's agent hands to its store for one asset."""
    return {
        "schema": "sales",
        "table": "customer",
        "column": column,
        "asset_kind": "column" if column else "table",
        "source": "profile",
        "confidence": "high",
        "logprob_score": 0.91,
        "token_count": 12,
        "model_version": "gpt-4o",
        "reasoning": f"The name {column or 'customer'} says so.",
        "alternatives": list(alternatives),
    }


def fill(start: Callable[..., RealClient], host: PostgresHost, homes: Path) -> None:
    """Let the real client make the store and fill it, member after member."""
    with ExitStack() as stack:

        def member(who: tuple[str, str]) -> RealClient:
            return stack.enter_context(start(homes / who[0], host, *who))

        alice, bob = member(ALICE), member(BOB)
        assert alice("here.who") == list(ALICE)  # the first one is admin
        assert bob("here.who") == list(BOB)
        carla = member(CARLA)
        carla("here.who")
        _fill_runs(alice, bob)
        _fill_pages(alice, bob)
        _fill_canvas(alice)
        carla("here.save_results_too_early", [suggestion("c_lost", "Nobody's")])
        eve = member(EVE)
        eve("here.pull")
        eve("here.upload")


def _run(client: RealClient, **more: Any) -> int:
    kwargs = {
        "command": "analyze.run",
        "mode": "chat",
        "db_backend": "postgresql",
        "db_profile": "team",
        "llm_provider": "openai",
        "llm_model": "gpt-4o",
        "scope": _SCOPE,
        "settings": {"language": "english"},
    }
    return int(client("store.create_run", **(kwargs | more)))


def _fill_runs(alice: RealClient, bob: RealClient) -> None:
    first = _run(alice)
    ids = alice(
        "store.save_run_results",
        first,
        [
            suggestion(None, "Customers, one row each.", "All customers."),
            suggestion("c_id", {"text": "Key of the customer.", "score": -0.1}, {"text": "Customer id."}),
            suggestion("c_name", "First and last name."),
            suggestion("c_mail", "The e-mail address."),
        ],
    )
    alice(
        "store.record_evaluation",
        ids[0],
        chosen_description="Customers, one row each.",
        evaluation="accepted",
    )
    alice("store.record_evaluation", ids[1], chosen_description="The key.", evaluation="custom")
    alice("store.record_evaluation", ids[2], chosen_description="", evaluation="skipped")
    alice("store.increment_run_processed", first, 4)
    alice(
        "store.finish_run",
        first,
        status="ready_for_review",
        metrics={"tables": 1},
        tokens={"total_tokens": 4242},
        results={"sales.customer": 4},
    )
    second = _run(bob)
    bob(
        "store.save_run_results",
        second,
        [suggestion(None, "One row per customer."), suggestion("c_id", "An id.")],
    )
    bob("store.finish_run", second, status="success", metrics={}, tokens={}, results={})
    _run(bob)  # running for ever
    _run(alice, command="search.ask", mode="chat")


def _fill_pages(alice: RealClient, bob: RealClient) -> None:
    for client, number, title in ((alice, 1, "Customer 360"), (bob, 2, "Orders")):
        client(
            "shared.create_documentation_page",
            page_id=f"00000000-0000-4000-8000-00000000000{number}",
            title=title,
            slug=title.casefold().replace(" ", "-"),
            markdown_body=f"# {title}\n\nFirst.\n",
            status="published",
            db_profile="team",
        )


def _fill_canvas(alice: RealClient) -> None:
    artifact = alice(
        "shared.create_lineage_artifact",
        local_id=1,
        name="Customers",
        db_profile="team",
        anchor_entity_ref="team|db|sales|customer",
        canvas_meta={"zoom": 1},
    )
    customer, orders = (
        alice(
            "shared.upsert_lineage_node",
            local_id=number,
            artifact_uuid=artifact,
            entity_ref=f"team|db|sales|{table}",
            entity_kind="table",
            db_profile="team",
            x=10.0 * number,
            y=5.0,
            width=20.0,
            height=4.0,
        )
        for number, table in enumerate(("customer", "orders"), 1)
    )
    alice(
        "shared.upsert_lineage_edge",
        local_id=1,
        artifact_uuid=artifact,
        source_node_uuid=customer,
        target_node_uuid=orders,
        edge_kind="fk",
        source_columns_json=["c_id"],
        target_columns_json=["customer_id"],
    )
    note = {"x": 1.0, "y": 2.0, "width": 30.0, "height": 5.0, "text": "Who owns orders?"}
    alice("shared.upsert_lineage_comment", local_id=1, artifact_uuid=artifact, **note)
