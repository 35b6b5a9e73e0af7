"""Two programs on one row: whoever comes second is told, whichever of them that is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from amx_tui.domain.decisions import DecisionBasis, DecisionChange, DecisionValues
from amx_tui.domain.errors import StaleVersionError
from amx_tui.domain.members import Member
from amx_tui.domain.pages import Page, PageChange
from amx_tui.domain.results import Result
from amx_tui.services.workspace import Workspace
from tests.end_to_end.shell import Shell
from tests.interop.client import RealClient, RealClientError
from tests.interop.filling import ALICE, BOB, CARLA
from tests.interop.ours import CUSTOMER_PAGE, at_work, home_of, promote, rows_of, run_of
from tests.servers import PostgresHost
from tests.ui.reviewing import reviewed, saved, shown
from tests.ui.seat import take_seat

pytestmark = [pytest.mark.interop, pytest.mark.postgresql]

Start = Callable[..., RealClient]


async def test_amx_cli_saves_while_our_page_is_open(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """Ours is refused with its text; taken together it is saved on top, and what it replaces is kept."""
    promote(team, BOB)
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        async with at_work(tmp_path, team, BOB) as workspace:
            page = await workspace.pages.get(CUSTOMER_PAGE)
            _save_theirs(alice, page.page_id, "Theirs.\n", page.version)
            with pytest.raises(StaleVersionError) as refused:
                await workspace.pages.save(PageChange.of(page, body="Ours.\n"))
            current = refused.value.current
            assert isinstance(current, Page)
            # amx-cli keeps no name of whoever saves; ours says nobody's, its own would say the maker's.
            assert (current.body, current.version, current.updated_by) == ("Theirs.\n", 2, "")
            both = PageChange.of(page, body="Theirs.\nOurs.\n").on_top_of(current)
            assert (await workspace.pages.save(both)).version == 3
        (stored,) = [each for each in alice("shared.list_documentation_pages") if each["id"] == page.page_id]
        assert (stored["markdown_body"], stored["version"]) == ("Theirs.\nOurs.\n", 3)
        kept = rows_of(team, "documentation_page_versions", "version_no")
        # amx-cli kept nothing of the text that it replaced; ours keeps what it replaces itself.
        assert [row["markdown_body"] for row in kept if row["page_id"] == page.page_id] == [
            "Theirs.\n",
            "Theirs.\nOurs.\n",
        ]


async def test_a_refused_save_of_the_shell_prints_what_amx_cli_wrote(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """Exit status 3, with the row as it is."""
    async with at_work(tmp_path, team, BOB):
        pass
    home = home_of(tmp_path, team, BOB)
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        (page,) = [each for each in alice("shared.list_documentation_pages") if each["slug"] == CUSTOMER_PAGE]
        _save_theirs(alice, page["id"], "Theirs.\n", 1)
    text = tmp_path / "ours.md"
    text.write_text("Ours.\n", encoding="utf-8")
    team.sync_execute(
        'INSERT INTO "AMX"._amx_users (id, username, hostname, role, first_seen_at, last_seen_at)'
        " VALUES ('me', 'shell', %s, 'writer', now(), now())",
        [_our_hostname()],
    )
    done = Shell(home, user="shell").run(
        "pages", "edit", CUSTOMER_PAGE, "--file", str(text), "--version", "1"
    )
    assert done.status == 3, done.err
    assert (done.json["markdown_body"], done.json["version"]) == ("Theirs.\n", 2)


async def test_we_save_while_its_update_is_prepared(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """Its UPDATE then changes nothing and it raises its stale-version error, which names the maker of the page."""
    promote(team, BOB)
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        async with at_work(tmp_path, team, BOB) as workspace:
            page = await workspace.pages.get(CUSTOMER_PAGE)
            alice.prepare(
                "shared.update_documentation_page_body",
                page.page_id,
                markdown_body="Theirs.\n",
                expected_version=page.version,
            )
            await workspace.pages.save(PageChange.of(page, body="Ours.\n"))
            with pytest.raises(RealClientError) as refused:
                alice.go_on()
        assert refused.value.kind == "StaleVersionError"
        actual = refused.value.actual
        assert actual is not None
        assert (actual["version"], actual["current_value"]["markdown_body"]) == (2, "Ours.\n")
        assert actual["updated_by"] == "alice"  # who made the page; bob saved last
        assert rows_of(team, "documentation_page_versions", "version_no")[-1]["saved_by"] == "bob"
        # Forced, it goes over ours; what was there stays in the versions, and ours sees a new one.
        alice(
            "shared.update_documentation_page_body",
            page.page_id,
            markdown_body="Forced.\n",
            expected_version=1,
            force_overwrite=True,
        )
        async with at_work(tmp_path, team, BOB) as workspace:
            forced = await workspace.pages.get(CUSTOMER_PAGE)
            assert (forced.body, forced.version) == ("Forced.\n", 3)
            versions = await workspace.pages.versions(forced.page_id, with_bodies=True)
            assert "Ours.\n" in {each.body for each in versions}


async def test_amx_cli_decides_while_our_review_is_open(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """The reviewer is shown both decisions, by keys; nothing is overwritten unasked."""
    promote(team, BOB)
    mine = run_of(team, ALICE, "ready_for_review")
    async with at_work(tmp_path, team, BOB) as workspace:
        home, identity = workspace.home, workspace.identity
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        pending = alice("shared.get_run_results", mine, unevaluated_only=True)
        async with take_seat(home, identity) as seat:
            await reviewed(seat, mine)
            await seat.until(lambda: shown(seat) == "sales.customer.c_mail", "the undecided asset")
            alice(
                "shared.record_evaluation",
                pending[0]["id"],
                chosen_description="Where mail goes.",
                evaluation="custom",
            )
            await seat.press("a")
            await saved(seat)
            await seat.sees("409 Conflict", "somebody else decided")
            await seat.press("C")
            await seat.sees("[-Where mail goes].", "[+The e-mail address].")
        (stored,) = [each for each in alice("shared.get_run_results", mine) if each["id"] == pending[0]["id"]]
        assert (stored["evaluation"], stored["chosen_description"]) == ("custom", "Where mail goes.")


async def test_a_decision_of_amx_cli_that_was_prepared_goes_over_ours_and_is_seen(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """Its results have no version, and its UPDATE asks for none; our next one is refused, and knows it was not us."""
    promote(team, BOB)
    mine = run_of(team, ALICE, "ready_for_review")
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        async with at_work(tmp_path, team, BOB) as workspace:
            result = await _pending(workspace, mine)
            alice.prepare(
                "shared.record_evaluation",
                result.result_id,
                chosen_description="Theirs.",
                evaluation="custom",
            )
            decided = await workspace.decisions.decide(
                DecisionChange(DecisionBasis.of(result), DecisionValues("accepted", "The e-mail address."))
            )
            alice.go_on()
            with pytest.raises(StaleVersionError) as refused:
                await workspace.decisions.decide(
                    DecisionChange(decided.after, DecisionValues("skipped", "", "no"))
                )
            current = refused.value.current
            assert isinstance(current, Result)
            assert (current.evaluation, current.chosen_description) == ("custom", "Theirs.")
            assert await workspace.store.decisions.deciders([current]) == {}


async def test_amx_cli_changes_a_member_while_ours_is_open(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """An admin's change that is based on another role or revocation is refused with the member as it is."""
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        async with at_work(tmp_path, team, ALICE) as workspace:
            carla = await workspace.members.find("carla")
            ids = {each["username"]: each["id"] for each in alice("admin.list_members")}
            alice("admin.promote_to_admin", actor_user_id=ids["alice"], target_user_id=ids["carla"])
            with pytest.raises(StaleVersionError) as refused:
                await workspace.members.set_role(carla, "writer")
            current = refused.value.current
            assert isinstance(current, Member)
            assert current.role == "admin"
            alice("admin.demote_admin", actor_user_id=ids["alice"], target_user_id=ids["alice"])
            with pytest.raises(Exception, match="alice"):
                await workspace.members.set_role(current, "writer")
        assert alice("admin.current_role", username="carla", hostname=CARLA[1]) == "admin"


def _save_theirs(alice: RealClient, page_id: str, body: str, expected: int) -> None:
    alice("shared.update_documentation_page_body", page_id, markdown_body=body, expected_version=expected)


async def _pending(workspace: Workspace, run_id: str) -> Result:
    page = await workspace.store.results.page(run_id, limit=100)
    (found,) = [each for each in page.results if each.target_qname == "sales.customer.c_mail"]
    return await workspace.store.results.get(found.result_id)


def _our_hostname() -> str:
    import socket

    return socket.gethostname()
