"""A conflict over a page: what is typed here, what somebody else saved meanwhile, and what a person decides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from amx_tui.domain.errors import DraftError
from amx_tui.domain.merge import DeletionChoice, FieldMerge, MergeSession
from amx_tui.domain.pages import NewPage, Page, PageChange, new_id
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.times import iso_time
from amx_tui.drafts.pages import PageDraft

__all__ = ["DELETION", "PageMerge", "Theirs"]

DELETION = "deletion"
"""The id of the question what becomes of a page that they deleted; all others are the session's."""


@dataclass(frozen=True, slots=True)
class Theirs:
    """The version that is stored now."""

    version: int
    who: str
    saved_at: str | None
    """ISO 8601."""
    status: str
    db_profile: str = ""

    @classmethod
    def of(cls, page: Page) -> Theirs:
        """What is to be said of a page that was read."""
        return cls(page.version, page.updated_by, iso_time(page.updated_at), page.status, page.db_profile)

    @property
    def is_deleted(self) -> bool:
        """Whether they deleted the page."""
        return self.status == "deleted"


class PageMerge:
    """A draft, the stored version that it collides with, and the decisions between them.

    Args:
        draft: What is typed here.
        theirs: The stored version.
        session: The merge of the two.
        deletion: What becomes of the page, where they deleted it and that is decided.
    """

    def __init__(
        self,
        draft: PageDraft,
        theirs: Theirs,
        session: MergeSession,
        deletion: DeletionChoice | None = None,
    ) -> None:
        self.draft = draft
        self.theirs = theirs
        self.session = session
        self.deletion = deletion

    @classmethod
    def begin(cls, draft: PageDraft, page: Page) -> PageMerge:
        """Merge a draft with the version that is stored now."""
        session = MergeSession(
            draft.base_body,
            draft.body,
            page.body,
            base_fields={"title": draft.base_title, "status": draft.base_status},
            mine_fields={"title": draft.title, "status": draft.status},
            theirs_fields=_fields(draft, page),
        )
        return cls(draft, Theirs.of(page), session)

    # ---- what is to be decided -----------------------------------------------------------------------

    @property
    def stops(self) -> tuple[str, ...]:
        """All that can be decided or is worth a look, from the page's beginning."""
        within = {region.id for region in self.session.merge.within_line}
        regions = (region.id for region in self.session.regions if hasattr(region, "id"))
        fields = (name for name in self.session.collision_ids if name.startswith("field:"))
        kept = set(self.session.collision_ids) | within
        first = (DELETION,) if self.theirs.is_deleted else ()
        return (*first, *fields, *(name for name in regions if name in kept))

    @property
    def open_stops(self) -> tuple[str, ...]:
        """What has to be decided before the page can be saved."""
        first = (DELETION,) if self.theirs.is_deleted and self.deletion is None else ()
        return first if self.deletion == "delete" else (*first, *self.session.open_ids)

    @property
    def collision_count(self) -> int:
        """How many things have to be decided, open or not."""
        return len(self.session.collision_ids) + self.theirs.is_deleted

    @property
    def merged_count(self) -> int:
        """How many places were merged within lines and are worth a look."""
        collisions = set(self.session.collision_ids)
        return sum(1 for region in self.session.merge.within_line if region.id not in collisions)

    def reason_against_saving(self) -> str:
        """Say what is still open; empty where nothing is."""
        left = self.open_stops
        if not left:
            return ""
        words = [self._word(name) for name in left[:3]]
        more = f" and {len(left) - 3} more" if len(left) > 3 else ""
        return f"Still open: {', '.join(words)}{more}. n goes there."

    def _word(self, name: str) -> str:
        if name == DELETION:
            return "what becomes of the deleted page"
        about = self.session.about(name)
        if isinstance(about, FieldMerge):
            return f"the {about.name}"
        return f"collision {self.number_of(name)} of {self.collision_count}"

    def number_of(self, name: str) -> int:
        """The number of a collision among all that has to be decided; 0 for what is merged already."""
        names = [stop for stop in self.stops if stop == DELETION or stop in self.session.collision_ids]
        return names.index(name) + 1 if name in names else 0

    # ---- theirs or mine moves ------------------------------------------------------------------------

    def rebase(self, page: Page) -> tuple[str, ...]:
        """Merge with a newer version of theirs; decisions stay.

        Returns:
            What is open and was not there before.
        """
        was_deleted = self.theirs.is_deleted
        self.theirs = Theirs.of(page)
        new = self.session.rebase(page.body, _fields(self.draft, page))
        if self.theirs.is_deleted and not was_deleted:
            return (DELETION, *new)
        if not self.theirs.is_deleted:
            self.deletion = None
        return new

    def retype(self, draft: PageDraft) -> None:
        """Go on with what was typed since; decisions about what is still the same stay."""
        self.draft = replace(draft, base_version=self.draft.base_version)
        document = json.loads(self.session.to_json())
        document["texts"][1] = draft.body
        document["fields"][1] = {"title": draft.title, "status": draft.status}
        self.session = MergeSession.from_json(json.dumps(document))

    # ---- what comes out ------------------------------------------------------------------------------

    def merged(self) -> PageDraft:
        """The draft as it will be saved, based on theirs.

        Raises:
            OpenCollisionsError: Something is undecided.
        """
        values = self.session.result_fields()
        return replace(
            self.draft,
            title=values.get("title") or self.draft.title,
            body=self.session.result(),
            status=values.get("status") or self.draft.status,
            base_version=self.theirs.version,
            base_title=self.session.theirs_fields.get("title") or "",
            base_body=self.session.theirs,
            base_status=self.theirs.status,
            save_id=new_id(),
        )

    def overwriting(self) -> PageDraft:
        """The draft as it is typed, based on theirs all the same."""
        return replace(
            self.draft,
            base_version=self.theirs.version,
            base_title=self.session.theirs_fields.get("title") or "",
            base_body=self.session.theirs,
            base_status=self.theirs.status,
            save_id=new_id(),
        )

    def as_new(self) -> PageDraft:
        """The draft as a page of its own, where theirs stays deleted."""
        merged = self.merged()
        return replace(merged, page_id=new_id(), base_version=0, status=self.draft.status)

    @staticmethod
    def saves(draft: PageDraft) -> PageChange | NewPage:
        """What is sent to the store for a draft."""
        return draft.new_page() if draft.is_new else draft.change()

    # ---- written down --------------------------------------------------------------------------------

    def document(self) -> JsonValue:
        """Write it down."""
        theirs = self.theirs
        return {
            "session": self.session.to_json(),
            "theirs": {
                "version": theirs.version,
                "who": theirs.who,
                "saved_at": theirs.saved_at,
                "status": theirs.status,
                "db_profile": theirs.db_profile,
            },
            "mine": {
                "base_version": self.draft.base_version,
                "title": self.draft.title,
                "status": self.draft.status,
            },
            "deletion": self.deletion,
        }

    @classmethod
    def read(cls, document: JsonValue, draft: PageDraft) -> PageMerge:
        """Read it back.

        Args:
            document: What `document` wrote.
            draft: The draft that it lies beside.

        Raises:
            DraftError: It cannot be read, or another version of the program wrote it.
        """
        try:
            if not isinstance(document, Mapping):
                raise TypeError("no merge")
            written: Mapping[str, Any] = document
            session = MergeSession.from_json(str(written["session"]))
            theirs = Theirs(**written["theirs"])
            mine = written["mine"]
            deletion = written["deletion"]
            if deletion is not None and deletion not in get_args(DeletionChoice):
                raise ValueError(deletion)
            # The draft may hold the merged text already, where the save was under way; the session knows mine.
            draft = replace(
                draft,
                title=str(mine["title"]),
                status=str(mine["status"]),
                body=session.mine,
                base_version=int(mine["base_version"]),
                base_title=session.base_fields.get("title") or "",
                base_status=session.base_fields.get("status") or "",
                base_body=session.base,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DraftError(
                "The merge that was begun cannot be read back.", hint="Start it anew."
            ) from error
        return cls(draft, theirs, session, deletion)


def _fields(draft: PageDraft, page: Page) -> dict[str, str | None]:
    # That the page was deleted is a question of its own, not a value that collides or wins silently.
    return {"title": page.title, "status": draft.base_status if page.is_deleted else page.status}
