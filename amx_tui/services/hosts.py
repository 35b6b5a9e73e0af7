"""Which profiles could host the shared store, and where the history is kept now; nothing is connected to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from amx_tui.domain.report import Block, Grid, Paragraph, Report
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.text import one_line
from amx_tui.services.store_plans import Candidate, history_tables

if TYPE_CHECKING:
    from amx_tui.config.model import Config, Profile

__all__ = ["list_candidates", "place_of", "status_report", "where_text"]


def list_candidates(config: Config) -> tuple[Candidate, ...]:
    """List the profiles as hosts, in the order of `config.yml`."""
    host = config.history_store_profile if config.is_shared else None
    return tuple(_candidate(profile, is_host=name == host) for name, profile in config.profiles.items())


def status_report(config: Config, local_file: Path, layout: str = "") -> Report:
    """Say where the history is kept, and what could host it.

    Args:
        layout: Whose tables the open store has; empty where none is open.
    """
    candidates = list_candidates(config)
    blocks: list[Block] = [Paragraph(where_text(config, local_file, layout))]
    if not config.is_shared:
        blocks.append(
            Paragraph(
                "To share the history, pick a DB profile that will host its tables.\n"
                "Recommended: a 'sandbox' / 'metadata' database that all team members can reach."
            )
        )
    blocks.append(_candidate_grid(candidates))
    data: JsonValue = {
        "history_store_enabled": config.history_store_enabled,
        "history_store_profile": config.history_store_profile,
        "history_store_schema": config.history_store_schema,
        "history_store_database": config.history_store_database,
        "local_file": str(local_file),
        "candidates": [_candidate_data(candidate) for candidate in candidates],
    }
    return Report("History store", tuple(blocks), data)


def where_text(config: Config, local_file: Path, layout: str = "") -> str:
    """Say where the history is kept, in the words of the AMX documentation."""
    if not config.is_shared:
        return f"History store currently: disabled (per-user local file at {_short(local_file)})."
    name = one_line(config.history_store_profile or "", 60)
    profile = config.profiles.get(config.history_store_profile or "")
    if profile is None:
        return f"History store currently: enabled, but there is no profile {name}."
    host = config.as_host(profile)
    schema = config.history_store_schema if host.kind and host.kind.abilities.has_schemas else ""
    tables = history_tables(schema, layout)
    return f"History store currently: enabled: {tables} in {place_of(host)} (profile {name})."


def place_of(host: Profile) -> str:
    """Name the host's database: `db-prod…/analytics`."""
    return host.describe() or one_line(host.name, 60)


def _candidate(profile: Profile, *, is_host: bool) -> Candidate:
    backend = profile.kind
    if backend is None:
        return Candidate(profile.name, profile.backend, "", refusal=profile.note, is_host=is_host)
    return Candidate(
        profile.name,
        backend.name,
        profile.describe(),
        refusal="" if backend.can_host else backend.host_refusal,
        install_command="" if backend.driver_available() else backend.install_command,
        is_host=is_host,
    )


def _candidate_grid(candidates: tuple[Candidate, ...]) -> Grid:
    rows = tuple(
        (
            f"[{number}]",
            one_line(each.name, 60),
            f"({one_line(each.backend, 40)})",
            each.description,
            "the host now" if each.is_host else each.refusal or _driver_note(each),
        )
        for number, each in enumerate(candidates, 1)
    )
    return Grid(
        ("", "profile", "backend", "place", ""),
        rows,
        empty="There are no DB profiles yet: amx-tui add-db-profile adds one.",
    )


def _driver_note(candidate: Candidate) -> str:
    return f"driver missing: {candidate.install_command}" if candidate.install_command else ""


def _candidate_data(candidate: Candidate) -> JsonValue:
    return {
        "name": candidate.name,
        "backend": candidate.backend,
        "description": candidate.description,
        "can_host": candidate.can_host,
        "refusal": candidate.refusal,
        "install_command": candidate.install_command,
        "is_host": candidate.is_host,
    }


def _short(path: Path) -> str:
    """Write a path as the documentation does: with ~ for the home folder."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)
