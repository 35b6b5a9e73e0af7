"""What a viewer may not do, on every screen: the key is greyed, says why, names the admins, and writes nothing."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import amx_tui.ui
from amx_tui.domain.members import Role
from amx_tui.services.workspace import Workspace
from amx_tui.ui.commands import Command, Performer
from amx_tui.ui.screens.apply.screen import ApplyScreen
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.compare.screen import CompareScreen
from amx_tui.ui.screens.editor import saving
from amx_tui.ui.screens.editor.screen import EditorScreen
from amx_tui.ui.screens.help.screen import HelpScreen
from amx_tui.ui.screens.members.screen import MembersScreen
from amx_tui.ui.screens.merge import finishing
from amx_tui.ui.screens.merge.screen import MergeScreen
from amx_tui.ui.screens.pages.reader import PageScreen
from amx_tui.ui.screens.pages.screen import PagesScreen
from amx_tui.ui.screens.pages.versions import VersionsScreen
from amx_tui.ui.screens.report.health import HealthScreen
from amx_tui.ui.screens.review.screen import ReviewScreen
from amx_tui.ui.widgets.bars import KeyBar
from tests.servers import SqliteHost
from tests.services.applying import accepted, described
from tests.services.applying import record as record_decided
from tests.ui.comparing import record_pair
from tests.ui.reviewing import set_role
from tests.ui.seat import BOB, LARGE, Seat, load_home, take_seat
from tests.ui.stores import make_store, write_config
from tests.ui.writing import BODY, edit_current, save_elsewhere, write_page

_PAGES = {"edit", "new", "rename", "publish", "delete", "undo", "attach"}
TAKES: dict[str, set[str]] = {
    "ApplyScreen": {"write", "undo"},
    "CompareScreen": {"take_1", "take_2", "edit", "take_all", "undo", "redo"},
    "EditorScreen": {"save", "save_note", "outside"},
    "HealthScreen": {"mend", "undo"},
    "MembersScreen": {"promote", "demote", "revoke", "claim"},
    "MergeScreen": {"save", "overwrite"},
    "PageScreen": _PAGES - {"new"},
    "PagesScreen": _PAGES,
    "ReviewScreen": {"accept", "enter", "edit", "reject", "reject_at_once", "undo", "redo", "strategy"},
    "VersionsScreen": {"restore"},
}
"""The verbs of each screen that a viewer may not do."""
FREE = """
    add again all all_mine all_ours all_theirs apply audit audit_of back base blame both bottom command compare
    complete conflicts connect contents copy copy_cure copy_name deleted diff disable discard doctor down drafts
    dump earlier edit export facts filter filter_state find fold fold_all go grants hash health help history
    inspect log loose members merge mine next next_table only_conflict only_diff only_differences only_failed
    only_left only_left_only only_missing only_neither only_right_only only_same only_unchanged only_write open
    ours pages plan preview previous previous_table profile profiles quit redo refresh reload remove rendered
    retry reversed review rows save search sessions show_base skip sort status store suspend tab tab_back table
    test theirs theme top unchoose undo up verify versions words
"""
"""Verbs that look, or change only what is on this machine: profiles, drafts, choices that are not stored yet."""
ALLOWED_UNDER_THIS_NAME = {
    "ProfileForm": {"save"},
    "ProfilesScreen": {"edit"},
    "MergeScreen": {"edit", "undo", "redo"},
}
"""Where a verb that takes a role elsewhere changes something on this machine only."""


def performers() -> Iterator[type[Performer]]:
    """Every screen and widget of the program that has commands of its own."""
    for module in pkgutil.walk_packages(amx_tui.ui.__path__, f"{amx_tui.ui.__name__}."):
        importlib.import_module(module.name)

    def below(kind: type[Performer]) -> Iterator[type[Performer]]:
        for each in kind.__subclasses__():
            yield each
            yield from below(each)

    for kind in dict.fromkeys(below(Performer)):
        if kind.__module__.startswith("amx_tui.") and "VERBS" in kind.__dict__:
            yield kind


def test_every_command_is_known_to_be_free_or_to_take_a_role() -> None:
    """A new command has to be sorted in here, and is tried as a viewer if it writes."""
    role_verbs = set.union(*TAKES.values())
    for kind in performers():
        taking = TAKES.get(kind.__name__, set())
        verbs = {command.verb for command in kind.VERBS}
        assert taking <= verbs, f"{kind.__name__} has no {taking - verbs}"
        unknown = verbs - taking - set(FREE.split())
        assert not unknown, f"{kind.__name__}: say of {sorted(unknown)} whether a viewer may"
        allowed = ALLOWED_UNDER_THIS_NAME.get(kind.__name__, set())
        doubtful = (verbs & role_verbs) - taking - allowed
        assert not doubtful, f"{kind.__name__}: {sorted(doubtful)} take a role elsewhere"
    assert TAKES.keys() <= {kind.__name__ for kind in performers()}


# ---- as a viewer ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    """A shared store with runs to compare, review and apply, a page, and bob, who is no admin."""

    host: SqliteHost
    lead: Path
    home: Path
    older: str
    newer: str
    decided: str
    page_id: str

    async def make_bob(self, role: Role) -> None:
        """Give bob a role."""
        workspace = await _opened(self.home)
        try:
            await set_role(workspace, role)
        finally:
            await workspace.close()

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """All that is stored, but who is here."""
        names = self.host.sync_execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        kept = {name for (name,) in names} - {"_amx_sessions", "_amx_users"}
        found = {name: self.host.sync_execute(f'SELECT * FROM "{name}"') for name in sorted(kept)}
        roles = "SELECT username, hostname, role, revoked_at FROM _amx_users ORDER BY 1, 2"
        return {**found, "members": self.host.sync_execute(roles)}


async def _opened(home: Path) -> Workspace:
    workspace = load_home(home, BOB)
    await workspace.connect()
    await workspace.register()
    return workspace


@pytest.fixture
async def world(sqlite_host: SqliteHost, tmp_path: Path) -> World:
    """Alice is the only admin; bob, a writer by now, has written a page and drafted a decided run."""
    lead = tmp_path / "lead"
    await make_store(lead, sqlite_host)
    older, newer = await record_pair(lead)
    home = write_config(tmp_path / "bob", sqlite_host)
    workspace = await _opened(home)
    try:
        await set_role(workspace, "writer")
        await described(workspace, SqliteHost(tmp_path / "dwh.db"), "c_first")
        decided = await record_decided(workspace, accepted("main.customer.c_first", "Given name."))
    finally:
        await workspace.close()
    page = await write_page(home)
    await save_elsewhere(home, page.page_id, lambda body: body.replace("never", "hardly ever"))
    return World(sqlite_host, lead, home, older, newer, decided, page.page_id)


Way = Callable[[Seat, World], Awaitable[BaseScreen]]


async def to_apply(seat: Seat, world: World) -> BaseScreen:
    """What would be written of a decided run."""
    seat.app.open_apply(world.decided)
    screen = await seat.shows(ApplyScreen)
    await seat.until(lambda: screen.plan is not None, "the plan")
    return screen


async def to_compare(seat: Seat, world: World) -> BaseScreen:
    """Two runs side by side, at a difference."""
    seat.app.open_comparison((world.older, world.newer))
    screen = await seat.shows(CompareScreen)
    await seat.until(lambda: screen.comparison is not None, "the comparison")
    await seat.press("n")
    return screen


async def to_editor(seat: Seat, world: World) -> BaseScreen:
    """A page with words that are not saved; its writer is demoted meanwhile."""
    screen = await edit_current(seat)
    screen.area.put(f"{BODY}\nMore.\n")
    demote(seat)
    await seat.until(lambda: screen.area.read_only, "the lock")
    return screen


async def to_merge(seat: Seat, world: World) -> BaseScreen:
    """A save that met another one; its writer is demoted meanwhile."""
    screen = await edit_current(seat)
    screen.area.put(BODY.replace("never changes", "stays for ever"))
    await save_elsewhere(
        world.home, world.page_id, lambda body: body.replace("hardly ever changes", "may change")
    )
    await seat.press("ctrl+s")
    merge = await seat.shows(MergeScreen)
    demote(seat)
    return merge


async def to_health(seat: Seat, world: World) -> BaseScreen:
    """The health of the store's rows."""
    await seat.command("doctor --store")
    return await seat.shows(HealthScreen)


async def to_members(seat: Seat, world: World) -> BaseScreen:
    """The members."""
    await seat.press("5")
    screen = await seat.shows(MembersScreen)
    await seat.until(lambda: bool(screen.members.rows), "members")
    return screen


async def to_pages(seat: Seat, world: World) -> BaseScreen:
    """The list of pages."""
    await seat.press("2")
    screen = await seat.shows(PagesScreen)
    await seat.until(lambda: bool(screen.pages.rows), "pages")
    return screen


async def to_page(seat: Seat, world: World) -> BaseScreen:
    """One page."""
    await to_pages(seat, world)
    await seat.press("enter")
    return await seat.shows(PageScreen)


async def to_versions(seat: Seat, world: World) -> BaseScreen:
    """Its versions."""
    await to_pages(seat, world)
    await seat.press("v")
    screen = await seat.shows(VersionsScreen)
    await seat.until(lambda: bool(screen.versions.rows), "versions")
    return screen


async def to_review(seat: Seat, world: World) -> BaseScreen:
    """An undecided run, one by one."""
    seat.app.open_review(world.newer)
    screen = await seat.shows(ReviewScreen)
    await seat.sees("All that is sold.")
    return screen


WAYS: dict[type[BaseScreen], Way] = {
    ApplyScreen: to_apply,
    CompareScreen: to_compare,
    EditorScreen: to_editor,
    HealthScreen: to_health,
    MembersScreen: to_members,
    MergeScreen: to_merge,
    PageScreen: to_page,
    PagesScreen: to_pages,
    ReviewScreen: to_review,
    VersionsScreen: to_versions,
}
_BEGUN_AS_WRITER = (EditorScreen, MergeScreen)


def demote(seat: Seat) -> None:
    """Let the program learn that its member is a viewer now."""
    workspace = seat.app.workspace
    member = workspace.state.member
    assert member is not None
    workspace.learn_member(replace(member, role="viewer"))
    seat.app.session.show_state()


def denied(seat: Seat) -> set[str]:
    """The commands that the footer greys."""
    (bar,) = seat.app.screen.query(KeyBar)
    return {hint.command_id for hint in bar._hints if hint.is_denied}


async def test_every_screen_that_takes_a_role_is_tried() -> None:
    """No screen of the table is left out below."""
    assert {kind.__name__ for kind in WAYS} == TAKES.keys()


@pytest.mark.parametrize("kind", WAYS, ids=lambda kind: kind.__name__)
async def test_each_key_that_takes_a_role_says_so_and_names_the_admins(
    world: World, kind: type[BaseScreen], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pressed, it says what it takes and whom to ask; footer and help grey it; the store stays as it was."""
    monkeypatch.setattr(saving, "WATCH", 3600.0)
    monkeypatch.setattr(finishing, "WATCH", 3600.0)
    if kind not in _BEGUN_AS_WRITER:
        await world.make_bob("viewer")
    async with take_seat(world.home, BOB, size=LARGE) as seat:
        await seat.until(lambda: bool(seat.app.workspace.known_members), "the names of the admins")
        screen = await WAYS[kind](seat, world)
        await seat.until(lambda: "(viewer)" in seat.status, "the role")
        before = world.rows()
        taking = [command for command in kind.VERBS if command.verb in TAKES[kind.__name__]]
        for command in taking:
            await refuses(seat, screen, command)
        footer = {command.id for command in taking if command.footer}
        assert footer & {hint.command_id for hint in screen.query_one(KeyBar)._hints} <= denied(seat)
        assert world.rows() == before
        await seat.press("f1")
        await seat.shows(HelpScreen)
        await seat.enter_text(taking[0].id)
        await seat.sees("not now: You are a viewer;")


async def refuses(seat: Seat, screen: BaseScreen, command: Command) -> None:
    """Press a command's key and read what it says."""
    seat.app.clear_notifications()
    await seat.press(command.keys.partition(",")[0])
    assert seat.app.screen is screen, f"{command.id} opened something"
    said = " ".join(seat.toasts.split())
    assert "You are a viewer; " in said, command.id
    assert "takes a writer or an admin." in said or "takes an admin." in said, command.id
    assert "Ask alice@acme.com to promote you." in said, command.id
