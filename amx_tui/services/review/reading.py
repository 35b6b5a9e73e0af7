"""What a review shows of the asset under its cursor, read ahead of the cursor, and dropped behind it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amx_tui.domain.assets import AssetFacts, AssetName
from amx_tui.domain.errors import AmxError
from amx_tui.domain.results import Result
from amx_tui.domain.review.review import Review
from amx_tui.domain.review.rows import Elsewhere, ReviewRow
from amx_tui.domain.runs import RunDetail

if TYPE_CHECKING:
    from amx_tui.services.workspace import Workspace
    from amx_tui.warehouse import Warehouse

__all__ = ["KEPT", "AssetTexts", "DescribedFacts", "TextCache"]

KEPT = 400
"""Results whose texts are in memory at most, however long the run is."""


@dataclass(frozen=True, slots=True)
class AssetTexts:
    """All that is shown of one asset."""

    result: Result
    elsewhere: tuple[Elsewhere, ...] | None = None
    """What other runs wrote for it, the newest first; None where that was not read yet."""


class TextCache:
    """The texts of the results around the cursor.

    Args:
        workspace: Whose store.
        run_id: The run.
        review: Learns what was read.
    """

    def __init__(self, workspace: Workspace, run_id: str, review: Review) -> None:
        self._workspace = workspace
        self._run_id = run_id
        self._review = review
        self._texts: OrderedDict[str, AssetTexts] = OrderedDict()

    def get(self, result_id: str) -> AssetTexts | None:
        """What is there of a result; None where it was not read yet."""
        found = self._texts.get(result_id)
        if found is not None:
            self._texts.move_to_end(result_id)
        return found

    def put(self, results: Sequence[Result]) -> None:
        """Keep results that were read in full."""
        for result in results:
            before = self._texts.get(result.result_id)
            self._texts[result.result_id] = AssetTexts(result, before.elsewhere if before else None)
            self._texts.move_to_end(result.result_id)
        self._review.learn(results)
        self._trim()

    def drop(self, result_ids: Iterable[str]) -> None:
        """Let results be read again, when they are wanted next."""
        gone = [result_id for result_id in result_ids if self._texts.pop(result_id, None) is not None]
        self._review.forget(gone)

    def _trim(self) -> None:
        gone: list[str] = []
        while len(self._texts) > KEPT:
            gone.append(self._texts.popitem(last=False)[0])
        self._review.forget(gone)

    async def read(self, rows: Sequence[ReviewRow]) -> None:
        """Read the texts of rows that are not there yet, then what others wrote for them.

        Raises:
            StoreError: The store does not answer.
        """
        missing = [row for row in rows if row.result_id not in self._texts]
        unread = [row for row in rows if not self.is_whole(row.result_id)]
        reviews = self._workspace.store.reviews
        others = asyncio.ensure_future(reviews.elsewhere(self._run_id, unread))
        try:
            if missing:
                self.put(await reviews.texts([row.result_id for row in missing]))
            found = await others
        except BaseException:
            others.cancel()
            await asyncio.gather(others, return_exceptions=True)
            raise
        for row in unread:
            there = self._texts.get(row.result_id)
            if there is not None:
                wrote = found.get((row.schema_name, row.table_name, row.column_name), ())
                self._texts[row.result_id] = AssetTexts(there.result, wrote)

    def is_whole(self, result_id: str) -> bool:
        """Whether all that is shown of a result is there."""
        there = self._texts.get(result_id)
        return there is not None and there.elsewhere is not None


class DescribedFacts:
    """What the described database says of the assets: type, keys, and the comment that it holds now.

    Args:
        workspace: Whose profiles.
        detail: The run.
    """

    def __init__(self, workspace: Workspace, detail: RunDetail) -> None:
        self._workspace = workspace
        self._detail = detail
        self._warehouse: Warehouse | None = None
        self._facts: OrderedDict[AssetName, AssetFacts | None] = OrderedDict()
        self._reading = asyncio.Lock()
        self.problem: AmxError | None = None
        """Why the database cannot be asked; it is asked again after `retry`."""

    def get(self, row: ReviewRow) -> AssetFacts | None:
        """What is known of an asset; None where it was not read, or is not there."""
        return self._facts.get(_name(row))

    def wants(self, rows: Sequence[ReviewRow]) -> bool:
        """Whether there is something to ask the database for."""
        return self.problem is None and any(_name(row) not in self._facts for row in rows)

    def note(self, row: ReviewRow) -> str:
        """Why nothing is known of an asset; empty where it is known, or being read."""
        name = _name(row)
        if name in self._facts:
            return "" if self._facts[name] is not None else "the database has no such asset any more"
        return f"not read: {self.problem.message}" if self.problem is not None else ""

    def retry(self) -> None:
        """Ask again, although the database could not be asked before."""
        self.problem = None

    async def read(self, rows: Sequence[ReviewRow]) -> bool:
        """Read the facts of rows that are not known yet; say whether anything is known now that was not before.

        A database that cannot be asked costs nothing but its facts: `problem` says why.
        """
        async with self._reading:
            names = [name for name in map(_name, rows) if name not in self._facts]
            if not names or self.problem is not None:
                return False
            try:
                warehouse = self._warehouse or await self._open()
                found = await warehouse.facts(names)
            except AmxError as error:
                self.problem = error
                return True
            for name in names:
                self._facts[name] = found.get(name)
            while len(self._facts) > 4 * KEPT:
                self._facts.popitem(last=False)
            return True

    async def _open(self) -> Warehouse:
        from amx_tui.services.described import described_profile, open_warehouse

        profile = described_profile(self._workspace.config, self._detail)
        self._warehouse = await open_warehouse(profile, self._workspace.environ)
        return self._warehouse

    async def close(self) -> None:
        """Close the connections."""
        warehouse, self._warehouse = self._warehouse, None
        if warehouse is not None:
            await warehouse.close()


def _name(row: ReviewRow) -> AssetName:
    return AssetName(row.schema_name, row.table_name, row.column_name)
