"""The verbs that read documentation pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TextIO

from amx_tui.domain.cells import cell_width, pad
from amx_tui.domain.errors import NotFoundError, UsageError
from amx_tui.domain.pages import Page, PageCursor, PageFilter, PageSort, PageStatus, PageSummary, PageVersion
from amx_tui.domain.report import Code, Facts, Grid, Paragraph, Report
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.text import one_line
from amx_tui.domain.times import exact_time, relative_time
from amx_tui.services.commands.asking import Dialogue
from amx_tui.services.commands.page_documents import page_row, summary_row, version_row
from amx_tui.services.commands.session import open_for_reading
from amx_tui.services.grammar import DEFAULT_LIMIT, Invocation
from amx_tui.services.workspace import Workspace

__all__ = ["blame", "diff", "export", "list_pages", "page_filter", "show", "versions"]

_PAGE = 200
"""Rows that are read at once."""
_STATUSES: dict[str, PageStatus] = {"draft": "draft", "published": "published", "deleted": "deleted"}


def page_filter(invocation: Invocation) -> PageFilter:
    """What a `pages list` asks for."""
    sort: PageSort = "title" if invocation.text("sort") == "title" else "updated"
    status = invocation.text("status")
    return PageFilter(
        status="all" if status == "all" else _STATUSES.get(status, ""),
        text=invocation.text("text"),
        who=invocation.text("who"),
        sort=sort,
        descending=sort == "updated",
    )


async def list_pages(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """List pages."""
    await open_for_reading(workspace)
    wanted, now = page_filter(invocation), datetime.now(UTC)
    limit = invocation.number("limit")
    left = None if invocation.has("limit") and limit is None else limit or DEFAULT_LIMIT
    found: list[PageSummary] = []
    has_more, cursor = True, None
    while has_more and left != 0:
        page = await workspace.pages.list(wanted, cursor=cursor, limit=min(_PAGE, left or _PAGE))
        found += page.pages
        has_more = page.has_after
        left = None if left is None else left - len(page.pages)
        if page.pages:
            cursor = PageCursor.of(page.pages[-1])
    rows = tuple(
        (
            page.slug,
            one_line(page.title, 60),
            page.status,
            str(page.version),
            page.updated_by or "–",
            relative_time(page.updated_at, now),
            page.db_profile,
        )
        for page in found
    )
    headings = ("page", "title", "status", "version", "who", "when", "profile")
    empty = "No page fits." if wanted != PageFilter() else "There are no pages yet. pages new makes one."
    grid = Grid(headings, rows, frozenset({3}), empty=empty)
    more = (Paragraph("There are more; --limit all lists every one."),) if has_more else ()
    return Report("Pages", (grid, *more), [summary_row(page) for page in found])


async def show(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Show a page, or one of its versions.

    Raises:
        NotFoundError: There is no such page, or no such version.
    """
    await open_for_reading(workspace)
    page = await workspace.pages.get(invocation.argument)
    number = invocation.number("version")
    if number is not None and number != page.version:
        version = await workspace.pages.version(page.page_id, number)
        title = version.title if version.title is not None else page.title
        facts = Facts((("version", f"{number} of {page.version}"), *_saved(version)), one_line(title))
        return Report(page.slug, (facts, Code(version.body, "markdown")), version_row(version))
    return Report(page.slug, (page_facts(page), Code(page.body, "markdown")), page_row(page))


def page_facts(page: Page) -> Facts:
    """A page's facts."""
    rows = [
        ("page", page.slug),
        ("id", page.page_id),
        ("status", page.status),
        ("version", str(page.version)),
        ("saved", f"{exact_time(page.updated_at)} by {page.updated_by or 'somebody'}"),
        ("made", f"{exact_time(page.created_at)} by {page.created_by}"),
        ("profile", page.db_profile),
        ("assets", ", ".join(asset.name for asset in page.assets)),
        ("sources", ", ".join(source.name or source.path for source in page.sources)),
    ]
    return Facts(tuple((name, value) for name, value in rows if value), one_line(page.title))


async def versions(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """List the saved states of a page.

    Raises:
        NotFoundError: There is no such page.
    """
    await open_for_reading(workspace)
    page = await workspace.pages.get(invocation.argument)
    found = await workspace.pages.versions(page.page_id)
    now = datetime.now(UTC)
    rows = tuple(
        (
            str(version.version),
            version.saved_by or "–",
            relative_time(version.saved_at, now),
            version.status or "",
            one_line(version.note, 80),
        )
        for version in found
    )
    grid = Grid(("version", "who", "when", "status", "note"), rows, frozenset({0}), one_line(page.title))
    return Report(page.slug, (grid,), [version_row(version) for version in found])


async def blame(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Show who wrote which line of a page.

    Raises:
        NotFoundError: There is no such page.
    """
    await open_for_reading(workspace)
    page = await workspace.pages.get(invocation.argument)
    lines = await workspace.pages.blame(page.page_id)
    whom = [one_line(line.version.saved_by, 30) or "–" for line in lines]
    width = max(map(cell_width, whom), default=0)
    text = "\n".join(
        f"{line.version.version:>4}  {pad(who, width)}  {exact_time(line.version.saved_at)[:10]}  {line.text.rstrip()}"
        for who, line in zip(whom, lines, strict=True)
    )
    data: JsonValue = [{"line": line.text, **version_row(line.version)} for line in lines]
    return Report(page.slug, (Code(text),), data)


async def diff(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Show what differs between two versions of a page.

    Raises:
        NotFoundError: There is no such page, or no such version.
        UsageError: What was given is no version's number.
    """
    from difflib import unified_diff

    await open_for_reading(workspace)
    page = await workspace.pages.get(invocation.argument)
    numbers = [_number(word) for word in invocation.positionals[1:]]
    last = numbers[1] if len(numbers) > 1 else page.version
    first = numbers[0] if numbers else last - 1
    if first < 1:
        raise NotFoundError("There is no earlier version to compare with.", hint="pages versions lists them.")
    old, new = await workspace.pages.version_pair(page.page_id, first, last)
    lines = unified_diff(old.body.splitlines(), new.body.splitlines(), _name(old), _name(new), lineterm="")
    text = "\n".join(lines)
    if (old.title, old.status) != (new.title, new.status):
        text = f"title: {old.title} → {new.title}\nstatus: {old.status} → {new.status}\n{text}".rstrip()
    same = Paragraph(f"Versions {first} and {last} are the same.")
    data: JsonValue = {"id": page.page_id, "from": version_row(old), "to": version_row(new), "diff": text}
    return Report(page.slug, (Code(text, "diff") if text else same,), data)


def _number(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        raise UsageError(f"`{one_line(word, 40)}` is no version's number.", hint="pages versions lists them.")
    return int(word)


def _name(version: PageVersion) -> str:
    who = one_line(version.saved_by) or "somebody"
    return f"version {version.version} by {who}, {exact_time(version.saved_at)}"


def _saved(version: PageVersion) -> tuple[tuple[str, str], ...]:
    saved = ("saved", f"{exact_time(version.saved_at)} by {version.saved_by or 'somebody'}")
    return (saved, ("note", version.note)) if version.note else (saved,)


async def export(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Write a page as a document of its own.

    Raises:
        NotFoundError: There is no such page.
        ExportError: The file cannot be written.
    """
    from amx_tui.export.files import write_atomically

    await open_for_reading(workspace)
    page = await workspace.pages.get(invocation.argument)
    output = invocation.text("output")
    named = "html" if output.lower().endswith((".html", ".htm")) else "md"
    text = workspace.pages.export(page, invocation.text("format", named))
    if not output:
        return Report(page.slug, (Code(text.rstrip("\n")),), {"id": page.page_id, "text": text})

    async def produce(stream: TextIO) -> None:
        stream.write(text)

    target = await write_atomically(output, produce)
    said = Paragraph(f"✓ Version {page.version} of {one_line(page.title, 80)} is in {target}.")
    return Report(page.slug, (said,), {"id": page.page_id, "version": page.version, "path": str(target)})
