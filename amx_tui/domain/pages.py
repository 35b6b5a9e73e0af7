"""Documentation pages: what they hold, their saved versions, and how one is changed."""

from __future__ import annotations

import re
import unicodedata
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from amx_tui.domain.names import join_name
from amx_tui.domain.runs import Direction

__all__ = [
    "PAGE_STATUSES",
    "TITLE_LENGTH",
    "Direction",
    "NewPage",
    "Page",
    "PageAsset",
    "PageChange",
    "PageCursor",
    "PageFilter",
    "PagePage",
    "PageSort",
    "PageSource",
    "PageStatus",
    "PageSummary",
    "PageVersion",
    "new_id",
    "page_status_sign",
    "slug_of",
]

PageStatus = Literal["draft", "published", "deleted"]
PAGE_STATUSES: tuple[PageStatus, ...] = ("draft", "published", "deleted")
"""The values of `status` in both layouts; a deletion is one of them, so that it can be taken back."""

PageSort = Literal["updated", "title"]

TITLE_LENGTH = 512
"""Characters of the longest title that both layouts hold."""

_SIGNS = {"draft": "✎", "published": "✓", "deleted": "✗"}
_SLUG_LENGTH = 120
_NO_WORD = re.compile(r"[\W_]+")
_AMX_CLI_REF = re.compile(r"[^/]*/[^/]*/([^/]*)(?:/([^/.]*)(?:\.(.*))?)?\Z", re.DOTALL)


def new_id() -> str:
    """Draw a UUID for a page or for one save of it."""
    return str(uuid.uuid4())


def page_status_sign(status: str) -> str:
    """A sign for a status, so that its meaning is never colour alone."""
    return _SIGNS.get(status, "·")


def slug_of(title: str) -> str:
    """Write a title as an address does: `Customer 360°` is `customer-360`."""
    decomposed = unicodedata.normalize("NFKD", title)
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return _NO_WORD.sub("-", plain.casefold()).strip("-")[:_SLUG_LENGTH].rstrip("-") or "page"


@dataclass(frozen=True, slots=True)
class PageAsset:
    """An asset that a page is about."""

    kind: str
    """`schema`, `table` or `column`; amx-cli says `db_table`, `db_column`, and has kinds of its own."""
    ref: str
    """The qualified name; amx-cli writes `profile/database/schema/table.column`."""
    is_included: bool = True

    @property
    def name(self) -> str:
        """The asset's qualified name, whoever wrote the reference."""
        match = _AMX_CLI_REF.match(self.ref) if self.kind.startswith("db_") else None
        return self.ref if match is None else join_name([part for part in match.groups() if part])


@dataclass(frozen=True, slots=True)
class PageSource:
    """A file that a page was made from."""

    kind: str
    path: str
    name: str
    """What the file was called."""
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is stored."""

    page_id: str
    title: str
    slug: str
    body: str
    """Markdown, as somebody typed it: data, never markup of a screen."""
    status: str
    version: int
    """What a save names as `expected`."""
    created_at: datetime | None
    created_by: str
    updated_at: datetime | None
    updated_by: str
    """Who saved last; empty where the store does not say."""
    hostname: str = ""
    """The machine that the page was made on."""
    client_version: str = ""
    db_profile: str = ""
    generation_prompt: str = ""
    """What a language model was asked, where one drafted the page."""
    model_used: str = ""
    assets: tuple[PageAsset, ...] = ()
    sources: tuple[PageSource, ...] = ()

    @property
    def is_deleted(self) -> bool:
        """Whether the page was deleted, which can be taken back."""
        return self.status == "deleted"


@dataclass(frozen=True, slots=True)
class PageSummary:
    """A row of a list of pages."""

    page_id: str
    title: str
    slug: str
    status: str
    version: int
    updated_at: datetime | None
    updated_by: str
    created_by: str = ""
    db_profile: str = ""
    size: int = 0
    """Bytes of the text in UTF-8."""
    excerpt: str = ""
    """The text around the first place where a search found what was looked for; empty where that is the title."""


@dataclass(frozen=True, slots=True)
class PageVersion:
    """One saved state of a page."""

    page_id: str
    version: int
    body: str
    saved_at: datetime | None
    saved_by: str
    """Empty where nobody knows: amx-cli keeps no versions of its own saves."""
    title: str | None = None
    """None in a layout that keeps only texts."""
    status: str | None = None
    note: str = ""
    save_id: str = ""
    is_cut: bool = False
    """Whether the text was left out, as in a list."""


@dataclass(frozen=True, slots=True)
class PageFilter:
    """Which pages of the list are wanted, in which order."""

    status: PageStatus | Literal["", "all"] = ""
    """Empty for all but deleted ones."""
    text: str = ""
    """In title or text, in any case."""
    who: str = ""
    """Pages that this member made or saved last."""
    db_profile: str = ""
    sort: PageSort = "updated"
    descending: bool = True


@dataclass(frozen=True, slots=True)
class PageCursor:
    """Where a page of the list begins or ends: the sort key of a row, which is not part of it itself."""

    page_id: str
    title: str
    updated_at: datetime | None

    @classmethod
    def of(cls, page: PageSummary) -> PageCursor:
        """The cursor that stands on `page`."""
        return cls(page.page_id, page.title, page.updated_at)


@dataclass(frozen=True, slots=True)
class PagePage:
    """A stretch of the list of pages."""

    pages: tuple[PageSummary, ...]
    has_before: bool
    has_after: bool
    total: int | None = None
    """How many pages the filter lets through, where that was asked for."""


@dataclass(frozen=True, slots=True)
class PageChange:
    """A save: everything that the page's next version holds, and the version that it replaces."""

    page_id: str
    expected: int
    """The version that this is based on; the save is refused where another one is stored."""
    title: str
    body: str
    status: str
    note: str = ""
    save_id: str = field(default_factory=new_id)
    """Tells this save from all others, so that it can be looked for when a connection broke. A save that is sent
    again after an unknown outcome keeps it."""
    base: Page | None = field(default=None, compare=False, repr=False)
    """The page as it was read, where it is at hand: then a save that wins need not read what it did not change."""

    @classmethod
    def of(
        cls,
        page: Page,
        *,
        title: str | None = None,
        body: str | None = None,
        status: str | None = None,
        note: str = "",
    ) -> PageChange:
        """A change of `page` as it was read; what is None stays as it is."""
        return cls(
            page.page_id,
            page.version,
            page.title if title is None else title,
            page.body if body is None else body,
            page.status if status is None else status,
            note,
            base=page,
        )

    def on_top_of(self, page: Page) -> PageChange:
        """The same content as a save over `page`, which is another save."""
        return replace(self, expected=page.version, save_id=new_id(), base=page)


@dataclass(frozen=True, slots=True)
class NewPage:
    """A page to be made."""

    title: str
    body: str = ""
    status: str = "draft"
    note: str = ""
    db_profile: str = ""
    assets: tuple[PageAsset, ...] = ()
    sources: tuple[PageSource, ...] = ()
    page_id: str = field(default_factory=new_id)
    """Drawn by whoever makes it, so that it can be looked for when a connection broke."""
    save_id: str = field(default_factory=new_id)
