"""`history compare`: runs side by side, in any format, written while they are being read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import TextIO

from amx_tui.domain.compare import CompareFilter, CompareStatus, Comparison
from amx_tui.export.comparison import (
    ComparisonWriter,
    ExportFormat,
    comparison_writer,
    format_of_path,
    pieces,
    write_comparison,
)
from amx_tui.export.files import write_atomically
from amx_tui.services.grammar import Invocation
from amx_tui.services.workspace import Workspace

__all__ = ["compare_filter", "compare_text", "export_format"]

_STATUSES: dict[str, frozenset[CompareStatus]] = {
    "same": frozenset({"same"}),
    "diff": frozenset({"diff"}),
    "added": frozenset({"left_only", "right_only"}),
    "missing": frozenset({"neither"}),
}


def compare_filter(invocation: Invocation) -> CompareFilter:
    """Which assets the command line asks for."""
    return CompareFilter(
        name=invocation.text("filter"),
        statuses=_STATUSES.get(invocation.text("status"), frozenset()),
        is_loose=invocation.flag("loose"),
    )


def export_format(invocation: Invocation) -> ExportFormat:
    """Which format: the one that is named, else the one that the file's name asks for, else the table."""
    if invocation.flag("json"):
        return "json"
    match invocation.text("format"):
        case "table" | "md" | "csv" | "json" | "html" as named:
            return named
        case _:
            return format_of_path(invocation.text("output")) or "table"


async def compare_text(
    workspace: Workspace, invocation: Invocation, now: datetime, remarks: list[str]
) -> AsyncIterator[str]:
    """Give the comparison in pieces; where it goes to a file, it is written there and nothing is given.

    Args:
        remarks: Gets what to know about the comparison, and what is no part of it.

    Raises:
        NotFoundError: No run, or more than one, has one of the references.
        ExportError: The file cannot be written.
    """
    comparison = await workspace.compare.open(invocation.positionals, compare_filter(invocation), limit=1)
    writer = comparison_writer(export_format(invocation), comparison, exported_at=now)
    remarks += comparison.warnings
    output = invocation.text("output")
    if output:
        remarks.append(await _write(workspace, comparison, writer, output))
        return
    async for piece in pieces(writer, workspace.compare.rows(comparison)):
        yield piece
    if not comparison.page.rows:
        remarks.append(_nothing(comparison))


async def _write(workspace: Workspace, comparison: Comparison, writer: ComparisonWriter, output: str) -> str:
    """Write the comparison to a file, and say so."""

    async def produce(stream: TextIO) -> None:
        await write_comparison(stream, writer, workspace.compare.rows(comparison))

    path = await write_atomically(output, produce)
    amount = comparison.counts.of(comparison.filter.statuses)
    return f"{amount:,} {'asset' if amount == 1 else 'assets'} written to {path}."


def _nothing(comparison: Comparison) -> str:
    if comparison.counts.total or not comparison.filter.is_empty:
        return "No asset matches."
    return "The runs have no results."
