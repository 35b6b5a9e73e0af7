"""Pages in a store that a home has open, written from other seats."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from amx_tui.domain.identity import Identity
from amx_tui.domain.pages import NewPage, Page, PageChange
from amx_tui.services.workspace import Workspace
from amx_tui.ui.screens.editor.screen import EditorScreen
from tests.ui.seat import BOB, Seat, load_home

__all__ = ["BODY", "edit_current", "open_elsewhere", "save_elsewhere", "stored", "write_page"]

BODY = """# Customers

All about **customers**.

The number never changes.

## Orders

Orders belong to a customer.
"""


@asynccontextmanager
async def open_elsewhere(home: Path, identity: Identity = BOB) -> AsyncIterator[Workspace]:
    """Open the store of a home, as somebody at another seat does."""
    workspace = load_home(home, identity)
    await workspace.connect()
    await workspace.register()
    try:
        yield workspace
    finally:
        await workspace.close()


async def write_page(
    home: Path,
    title: str = "Customer 360",
    body: str = BODY,
    *,
    status: str = "draft",
    identity: Identity = BOB,
) -> Page:
    """Make a page, as somebody at another seat does."""
    async with open_elsewhere(home, identity) as workspace:
        return await workspace.pages.create(NewPage(title, body, status, "first draft"))


async def save_elsewhere(
    home: Path,
    page_id: str,
    change: Callable[[str], str] = lambda body: body,
    *,
    title: str | None = None,
    status: str | None = None,
    identity: Identity = BOB,
) -> Page:
    """Save the newest version of a page, changed, as somebody at another seat does."""
    async with open_elsewhere(home, identity) as workspace:
        page = await workspace.pages.get(page_id)
        saved: Awaitable[Page] = workspace.pages.save(
            PageChange.of(page, title=title, body=change(page.body), status=status)
        )
        return await saved


async def stored(home: Path, page_id: str, identity: Identity = BOB) -> Page:
    """Read a page as it is stored."""
    async with open_elsewhere(home, identity) as workspace:
        return await workspace.pages.get(page_id)


async def edit_current(seat: Seat) -> EditorScreen:
    """Go to the pages, and edit the one under the cursor."""
    await seat.press("2")
    await seat.settled()
    await seat.press("e")
    return await seat.shows(EditorScreen)
