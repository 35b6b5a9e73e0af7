"""The verbs that change documentation pages; each is refused where somebody else was faster."""

from __future__ import annotations

import asyncio
from pathlib import Path

from amx_tui.domain.errors import StaleVersionError, UsageError
from amx_tui.domain.names import split_name
from amx_tui.domain.pages import NewPage, Page, PageChange
from amx_tui.domain.report import Paragraph, Report
from amx_tui.domain.text import one_line
from amx_tui.services.commands.asking import Dialogue
from amx_tui.services.commands.page_documents import page_row
from amx_tui.services.commands.session import open_for_reading
from amx_tui.services.grammar import Invocation
from amx_tui.services.workspace import Workspace

__all__ = ["attach", "edit", "new", "rename", "restore", "set_status"]


async def new(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Make a page.

    Raises:
        UsageError: There is no title, or the file cannot be read.
        RoleError: The member may not edit.
    """
    title = invocation.text("title")
    if not title.strip():
        raise UsageError("A page needs a title.", hint="Add --title T.")
    body = await _text(invocation.text("file")) if invocation.has("file") else ""
    await open_for_reading(workspace)
    profile = invocation.text("profile") or workspace.config.active_db_profile or ""
    made = NewPage(
        title,
        body,
        "published" if invocation.flag("publish") else "draft",
        invocation.text("note"),
        profile,
        assets=tuple(workspace.pages.asset(profile, name) for name in invocation.many("asset")),
    )
    page = await workspace.pages.create(made)
    return _done(page, f"{one_line(page.title, 80)} is there as {page.slug}, version 1.")


async def edit(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Save a page's next version.

    Raises:
        UsageError: File or version are missing, or the file cannot be read.
        StaleVersionError: The stored version is another one; carries the `Page` as it is now.
        RoleError: The member may not edit.
    """
    expected = invocation.number("version")
    if expected is None or not (invocation.has("file") or invocation.has("title")):
        raise UsageError(
            "What is saved, and the version that it is based on, must both be named.",
            hint="pages edit PAGE --file F --version N; pages show names the version.",
        )
    body = await _text(invocation.text("file")) if invocation.has("file") else None
    page = await _page(workspace, invocation)
    title = invocation.text("title") if invocation.has("title") else None
    change = PageChange.of(page, title=title, body=body, note=invocation.text("note"))
    saved = await workspace.pages.save(change)
    return _done(saved, f"{one_line(saved.title, 80)} is saved as version {saved.version}.")


async def rename(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Give a page another title."""
    page = await _page(workspace, invocation)
    renamed = await workspace.pages.rename(page, invocation.positionals[1])
    return _done(renamed, f"{one_line(page.title, 80)} is called {one_line(renamed.title, 80)} now.")


async def set_status(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Publish a page, make it a draft again, or delete it."""
    page = await _page(workspace, invocation)
    pages = workspace.pages
    match invocation.path[1]:
        case "publish":
            change, said = pages.publish, "is published."
        case "unpublish":
            change, said = pages.unpublish, "is a draft again."
        case _:
            change, said = pages.delete, f"is deleted. pages restore {page.slug} takes it back."
    return _done(await change(page), f"{one_line(page.title, 80)} {said}")


async def restore(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Take a deletion back, or make an old version the newest one.

    Raises:
        UsageError: The page is not deleted, and no version was named.
    """
    page = await _page(workspace, invocation)
    number = invocation.number("to")
    if number is None:
        restored = await workspace.pages.undelete(page)
        return _done(restored, f"{one_line(page.title, 80)} is there again, as {restored.status}.")
    restored = await workspace.pages.restore(page, number)
    return _done(
        restored, f"Version {number} of {one_line(page.title, 80)} is version {restored.version} now."
    )


async def attach(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Say that a page is about assets, or (`detach`) that it is not any more.

    Raises:
        UsageError: No asset was named, or one that cannot be attached.
    """
    names = invocation.many("asset")
    if not names:
        raise UsageError("No asset was named.", hint="Add --asset sales.customer.")
    await open_for_reading(workspace)
    page = await workspace.pages.get(invocation.argument)
    pages = workspace.pages
    if invocation.path[1] == "attach":
        changed = await pages.attach(page, assets=[pages.asset(page.db_profile, name) for name in names])
    else:
        unwanted = {split_name(name.strip()) for name in names}
        gone = [each for each in page.assets if split_name(each.name) in unwanted]
        changed = await pages.detach(page, assets=gone)
    about = ", ".join(asset.name for asset in changed.assets) or "no asset"
    return _done(changed, f"{one_line(page.title, 80)} is about {about}.")


async def _page(workspace: Workspace, invocation: Invocation) -> Page:
    """Read the page that was named.

    Raises:
        StaleVersionError: It has another version than the one that was said to be its.
    """
    await open_for_reading(workspace)
    page = await workspace.pages.get(invocation.argument)
    expected = invocation.number("version")
    if expected is not None and expected != page.version:
        raise StaleVersionError(
            f"{one_line(page.title, 80)} has version {page.version}, saved by {page.updated_by or 'somebody'};"
            f" not version {expected}.",
            current=page,
            expected=expected,
            hint="Nothing was saved. The page as it is now was printed: put both texts together, and save that.",
        )
    return page


async def _text(name: str) -> str:
    """Read a text file as it is, line ends included."""

    def read() -> str:
        return Path(name).expanduser().read_bytes().decode("utf-8")

    try:
        return await asyncio.to_thread(read)
    except OSError as error:
        raise UsageError(f"{one_line(name, 200)} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{one_line(name, 200)} is not valid UTF-8.") from error


def _done(page: Page, said: str) -> Report:
    return Report(page.slug, (Paragraph(f"✓ {said}"),), page_row(page))
