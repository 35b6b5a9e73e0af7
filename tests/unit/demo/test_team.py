"""The demo's team as data."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from amx_tui.domain.names import join_name
from amx_tui.domain.recording import NewResult
from amx_tui.services.demo.dictionary import SCHEMAS, assets_of, tables_of
from amx_tui.services.demo.team import DemoTeam, make_team

NOW = datetime(2026, 5, 3, 17, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def team() -> DemoTeam:
    """The team at a fixed moment."""
    return make_team(NOW, hostname="laptop")


def name_of(result: NewResult) -> str:
    """The qualified name of what a result describes."""
    return join_name([result.schema_name, result.table_name, result.column_name])


def test_the_warehouse_is_worth_looking_at() -> None:
    """Three schemas with a good two dozen tables, every asset described in at least two ways."""
    assets = [asset for schema in SCHEMAS for asset in assets_of(schema, ())]
    assert sum(len(tables_of(schema)) for schema in SCHEMAS) >= 25
    assert sum(1 for asset in assets if asset.kind == "column") >= 250
    assert all(len(asset.phrases) >= 2 for asset in assets)
    assert len({asset.name for asset in assets}) == len(assets)


def test_no_description_is_used_for_everything() -> None:
    """The texts are a dictionary, not a template: hardly any occurs in more than a few places."""
    texts = Counter(
        phrase for schema in SCHEMAS for asset in assets_of(schema, ()) for phrase in asset.phrases
    )
    assert texts.most_common(1)[0][1] <= 5
    assert sum(texts.values()) / len(texts) < 1.1


def test_the_same_moment_gives_the_same_team(team: DemoTeam) -> None:
    """Everything is drawn from fixed seeds, so that pictures of the demo can be compared."""
    assert make_team(NOW, hostname="laptop") == team


def test_the_team_has_an_admin_a_writer_and_a_viewer(team: DemoTeam) -> None:
    """Three people on three machines; the first is at this one."""
    assert [(member.username, member.hostname, member.role) for member in team.members] == [
        ("alice@acme.com", "laptop", "admin"),
        ("bob@acme.com", "bob-thinkpad", "writer"),
        ("carol@acme.com", "carol-mac", "viewer"),
    ]


def test_runs_have_every_outcome_and_spread_over_six_weeks(team: DemoTeam) -> None:
    """Some succeeded, failed, were cancelled, wait for review, were applied; one is running now."""
    runs = [demo.run for demo in team.runs]
    assert 30 <= len(runs) <= 40
    assert {run.status for run in runs} == {
        "running", "ready_for_review", "success", "failed", "cancelled", "applied_partial",
    }  # fmt: skip
    assert sum(run.status == "running" for run in runs) == 1
    assert timedelta(weeks=5) < NOW - runs[0].started_at < timedelta(weeks=7)
    assert [run.started_at for run in runs] == sorted(run.started_at for run in runs)
    assert all(run.error_text for run in runs if run.status == "failed")


def test_run_ids_count_each_members_runs_of_a_day(team: DemoTeam) -> None:
    """The ids are unique, and say when the run began."""
    ids = [demo.run.run_id for demo in team.runs]
    assert len(set(ids)) == len(ids)
    for demo in team.runs:
        assert demo.run.run_id.startswith(f"run_{demo.run.started_at:%Y-%m-%d_%H-%M}-")
    assert any(run_id.endswith("-002") for run_id in ids)


def test_nothing_happens_in_the_future(team: DemoTeam) -> None:
    """No run, decision or application is later than now."""
    for demo in team.runs:
        moments = [demo.run.started_at, demo.run.ended_at]
        for result in demo.results:
            moments += [result.saved_at, result.evaluated_at, result.applied_at, result.superseded_at]
        assert all(moment <= NOW for moment in moments if moment)


def test_two_members_described_the_customers_differently(team: DemoTeam) -> None:
    """The newest runs of alice and bob over sales.customer agree, differ, and leave one out, as in the manual."""
    newest: dict[str, dict[str, NewResult]] = {}
    for demo in team.runs:
        found = {name_of(result): result for result in demo.results if result.table_name == "customer"}
        if found:
            newest[demo.identity.username] = found
    alice, bob = newest["alice@acme.com"], newest["bob@acme.com"]
    first, last, legacy = (
        f"sales.customer.{name}" for name in ("c_first_name", "c_last_name", "x_legacy_status")
    )
    assert alice[first].alternatives[0] != bob[first].alternatives[0]
    assert alice[last].alternatives[0].text == bob[last].alternatives[0].text == "Surname of the customer."
    assert alice[legacy].alternatives
    assert not bob[legacy].alternatives


def test_results_are_decided_applied_pending_and_failed(team: DemoTeam) -> None:
    """Every state of a result occurs, each whole in itself."""
    results = [result for demo in team.runs for result in demo.results]
    states = Counter(result.evaluation for result in results)
    assert set(states) == {"pending", "accepted", "custom", "skipped"}
    assert len({result.result_id for result in results}) == len(results)
    for result in results:
        if result.evaluation == "pending":
            assert result.chosen_description is None
            assert result.evaluated_at is None
        elif result.evaluation == "skipped":
            assert result.chosen_description == ""
            assert result.rejection_reason
        else:
            assert result.chosen_description
            assert result.evaluated_by
        assert bool(result.alternatives) or bool(result.error_text)
    assert any(result.applied_status == "applied" and result.previous_comment for result in results)
    assert any(result.superseded_at for result in results)


def test_a_later_run_sees_what_an_earlier_one_applied(team: DemoTeam) -> None:
    """seen_comment is the comment that was in the database by then."""
    applied: dict[str, str] = {}
    seen = 0
    for demo in team.runs:
        for result in demo.results:
            if name_of(result) in applied:
                assert result.seen_comment == applied[name_of(result)]
                seen += 1
        for result in demo.results:
            if result.applied_at and result.chosen_description:
                applied[name_of(result)] = result.chosen_description
    assert seen > 100


def test_viewers_do_not_decide(team: DemoTeam) -> None:
    """The story keeps to the roles: carol drafts, others review."""
    assert "carol@acme.com" not in {
        result.evaluated_by for demo in team.runs for result in demo.results if result.evaluated_by
    }
    assert any(demo.identity.username == "carol@acme.com" for demo in team.runs)
