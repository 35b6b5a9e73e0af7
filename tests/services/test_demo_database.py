"""The demo's described database: real files that agree with the story, and something to decide about."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from amx_tui.config.file import load_config
from amx_tui.domain.assets import AssetName
from amx_tui.domain.recording import NewResult
from amx_tui.services.demo.home import make_demo
from amx_tui.services.demo.story import BY_HAND, DROPPED
from amx_tui.services.demo.team import make_team
from amx_tui.services.described import open_warehouse

NOW = datetime(2026, 5, 3, 15, 50, tzinfo=UTC)


def name_of(result: NewResult) -> AssetName:
    """What a result describes."""
    return AssetName(result.schema_name, result.table_name, result.column_name)


async def test_the_newest_decided_run_has_every_case_of_applying(tmp_path: Path) -> None:
    """New comments, changed ones, unchanged ones, some that were changed by hand, and a column that is gone."""
    home = tmp_path / "demo"
    await make_demo(home, now=NOW, hostname="laptop")
    team = make_team(NOW, hostname="laptop")
    run = [demo for demo in team.runs if demo.run.status == "ready_for_review"][-1]
    warehouse = await open_warehouse(load_config(home / "config.yml").profile(run.run.db_profile), {})
    chosen = [result for result in run.results if result.evaluation in {"accepted", "custom"}]
    try:
        assert warehouse.backend_name == run.run.db_backend
        facts = await warehouse.facts([name_of(result) for result in run.results])
    finally:
        await warehouse.close()
    cases: Counter[str] = Counter()
    for result in chosen:
        found = facts.get(name_of(result))
        if found is None:
            cases["gone"] += 1
        elif found.comment == result.chosen_description:
            cases["unchanged"] += 1
        else:
            cases["to write" if found.comment == result.seen_comment else "conflict"] += 1
    assert cases["to write"] > 20
    assert cases["unchanged"] > 5
    assert cases["conflict"] >= 3
    assert cases["gone"] == len(DROPPED)
    missing = {name_of(result).qname for result in run.results} - {name.qname for name in facts}
    assert missing == DROPPED
    assert {name: facts[name].comment for name in facts if name.qname in BY_HAND} == {
        name: BY_HAND[name.qname] for name in facts if name.qname in BY_HAND
    }
    assert facts[AssetName("sales", "orders", "o_customer_sk")].references == "sales.customer.c_customer_sk"
    assert facts[AssetName("sales", "v_customer_summary")].kind == "view"
