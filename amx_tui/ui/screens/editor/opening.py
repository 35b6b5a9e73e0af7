"""Ways into the editor: a page, a new page, a draft that was left behind."""

from __future__ import annotations

from asyncio import to_thread
from typing import TYPE_CHECKING

from amx_tui.domain.errors import AmxError
from amx_tui.domain.text import one_line
from amx_tui.domain.times import relative_time
from amx_tui.drafts.pages import DraftLock, PageDraft, PageDrafts
from amx_tui.services.page_merge import PageMerge
from amx_tui.ui.screens.dialogs.choice import ChoiceDialog

if TYPE_CHECKING:
    from textual.widget import AwaitMount

    from amx_tui.domain.pages import Page
    from amx_tui.ui.app import AmxApp

__all__ = ["begin_page", "choose_draft", "open_editor"]

MOST_OFFERED = 9
_OPENING = "editor.open"


def open_editor(app: AmxApp, page_id: str) -> None:
    """Edit a page: what was typed before and never saved, or the page as it is stored now."""
    app.run_worker(_open(app, page_id), group=_OPENING, exclusive=True, exit_on_error=False)


def begin_page(app: AmxApp, title: str = "") -> None:
    """Write a new page."""
    profile = app.workspace.config.active_db_profile or ""
    draft = app.workspace.pages.drafts.begin_new(title, db_profile=profile)
    _show(app, draft, None, None)


def choose_draft(app: AmxApp) -> None:
    """Go on with a draft of those that this machine has, living ones first."""
    app.run_worker(_choose(app), group=_OPENING, exclusive=True, exit_on_error=False)


async def _open(app: AmxApp, page_id: str) -> None:
    async with app.holding_keys("Opening the page…", group=_OPENING):
        await _open_editor(app, page_id)


async def _open_editor(app: AmxApp, page_id: str) -> None:
    drafts = app.workspace.pages.drafts
    page: Page | None = None
    try:
        draft, lock = await to_thread(_left_behind, drafts, page_id)
    except AmxError as error:
        app.report_error(error, what="Opening the draft")
        return
    try:
        page = await app.workspace.pages.get(page_id)
    except AmxError as error:
        app.report_error(error, what="Reading the page", quietly=draft is not None)
        if draft is None:
            return
    if draft is None and page is not None:
        draft = drafts.begin(page)
    elif draft is not None:
        age = relative_time(draft.changed_at, app.now())
        app.say(f"Typed {age}, and not saved yet.", title="Your draft is back")
    if draft is not None:
        await _show(app, draft, lock, page, await to_thread(_merge_beside, drafts, draft))


def _left_behind(drafts: PageDrafts, page_id: str) -> tuple[PageDraft | None, DraftLock | None]:
    """The newest draft of a page that no other window has open; blocking."""
    for draft in drafts.of_page(page_id):
        lock = drafts.lock(draft)
        if lock is not None:
            return draft, lock
    return None, None


def _merge_beside(drafts: PageDrafts, draft: PageDraft) -> PageMerge | None:
    """The merge that lies beside a draft, where one was begun; blocking."""
    document = drafts.read_merge(draft.draft_id)
    try:
        return None if document is None else PageMerge.read(document, draft)
    except AmxError:
        # The draft itself is whole; saving it begins the merge anew.
        return None


def _show(
    app: AmxApp, draft: PageDraft, lock: DraftLock | None, page: Page | None, merge: PageMerge | None = None
) -> AwaitMount:
    """Put the editor in front; its text takes keys once that is awaited."""
    from amx_tui.ui.screens.editor.screen import EditorScreen

    return app.push_screen(EditorScreen(draft, lock, page=page, merge=merge))


async def _choose(app: AmxApp) -> None:
    drafts = app.workspace.pages.drafts
    living, gone = await to_thread(drafts.all), await to_thread(drafts.discarded)
    offered = [*living, *gone][:MOST_OFFERED]
    if not offered:
        app.say("Everything that was typed here is saved.")
        return

    def words(draft: PageDraft) -> str:
        title = one_line(draft.title, 40) or "a page without a title"
        what = (
            "thrown away"
            if draft.discarded_at
            else f"from v{draft.base_version}"
            if draft.base_version
            else "new"
        )
        return f"{title}  {what}, {relative_time(draft.changed_at, app.now())}"

    dialog = ChoiceDialog(
        "Go on with which text?",
        [words(draft) for draft in offered],
        details="What is thrown away comes back.",
    )
    index = await app.push_screen_wait(dialog)
    if index is None:
        return
    draft = offered[index]
    try:
        if draft.discarded_at:
            draft = await to_thread(drafts.recover, draft)
        lock = await to_thread(drafts.lock, draft)
        if lock is None:
            app.say("Another window has this draft open.", severity="warning")
            return
        merge = await to_thread(_merge_beside, drafts, draft)
        page = None if draft.is_new else await app.workspace.pages.get(draft.page_id)
    except AmxError as error:
        app.report_error(error, what="Opening the draft")
        return
    _show(app, draft, lock, page, merge)
