"""Whether everything in a store is what the real amx-cli reads and writes: types, words, JSON shapes, versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.interop.client import RealClient
from tests.interop.ours import rows_of
from tests.servers import PostgresHost

__all__ = ["canvas_rows", "misfits"]

_STATUSES = {"running", "ready_for_review", "success", "failed", "cancelled", "applied_partial"}
_ASSET_KINDS = {"database", "schema", "table", "view", "materialized_view", "column"}
_ACTIONS = {
    *("user_join", "promote_admin", "demote_admin", "revoke", "unrevoke", "admin_claim", "forced_overwrite"),
    # Ours: amx-cli lists any action, and has no word for these.
    *(
        "promote_writer",
        "demote_writer",
        "bulk_decision",
        "apply",
        "apply_undo",
        "store_mend",
        "store_mend_undo",
    ),
}
_WORDS: dict[str, set[str | None]] = {
    "analysis_runs.status": {*_STATUSES},
    "analysis_runs.mode": {None, "chat", "batch"},
    "analysis_runs.review_strategy": {None, "", "individual", "deferred", "auto-apply", "auto", "manual"},
    "run_results.evaluation": {None, "", "accepted", "custom", "skipped"},
    "run_results.confidence": {"high", "medium", "low"},
    "run_results.asset_kind": {*_ASSET_KINDS},
    "run_results.db_applied_status": {"", "applied", "failed"},
    "_amx_users.role": {"viewer", "writer", "admin"},
    "_amx_session_events.event_kind": {"first_seen", "connect"},
    "_amx_admin_audit.action": {*_ACTIONS},
    "app_events.event_type": {"review.decision", "apply.intent", "apply.outcome"},
}
"""By table and column, what amx-cli 0.19 knows; of what it lists whatever it says, what we add besides."""


def _is_scope(value: Any) -> bool:
    return isinstance(value, dict) and all(_are_texts(tables) for tables in value.values())


def _are_alternatives(value: Any) -> bool:
    return _are_texts(value) or (
        isinstance(value, list)
        and all(isinstance(each, dict) and isinstance(each.get("text"), str) for each in value)
    )


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_object(value: Any) -> bool:
    return value is None or isinstance(value, dict)


_SHAPES: Mapping[str, Callable[[Any], bool]] = {
    "analysis_runs.scope_json": _is_scope,
    "analysis_runs.settings_json": _is_object,
    "analysis_runs.metrics_json": _is_object,
    "analysis_runs.tokens_json": _is_object,
    "run_results.alternatives_json": _are_alternatives,
    "_amx_admin_audit.details_json": _is_object,
    "_amx_session_events.db_profiles_seen": _are_texts,
    "app_events.details_json": _is_object,
}
"""By table and column, what a JSON value has to look like to whoever reads it there."""


def misfits(team: PostgresHost, client: RealClient) -> list[str]:
    """Return what in the store the real client would stumble over; empty where there is nothing."""
    found = list(client("here.misfits"))
    tables: dict[str, list[dict[str, Any]]] = {}
    known = _WORDS | {name: set(words) for name, words in client("here.page_words").items()}
    for name, words in known.items():
        found += [f"{name} is {value!r}" for value in _values(team, name, tables) if value not in words]
    for name, is_shaped in _SHAPES.items():
        found += [f"{name} is {value!r}" for value in _values(team, name, tables) if not is_shaped(value)]
    found += _version_faults(team)
    found += _reference_faults(team)
    return found


def canvas_rows(team: PostgresHost) -> dict[str, list[dict[str, Any]]]:
    """Read all that a store holds of canvases."""
    names = ("lineage_artifacts", "lineage_artifact_nodes", "lineage_artifact_edges", "lineage_comments")
    return {name: rows_of(team, name) for name in names}


def _values(team: PostgresHost, name: str, tables: dict[str, list[dict[str, Any]]]) -> Iterable[Any]:
    table, _, column = name.partition(".")
    if table not in tables:
        tables[table] = rows_of(team, table, "1")
    return (row[column] for row in tables[table])


def _version_faults(team: PostgresHost) -> list[str]:
    """A page's versions count from 1 to its own, and the newest one that is kept says what the page says."""
    kept: dict[str, dict[int, str]] = {}
    for row in rows_of(team, "documentation_page_versions", "page_id"):
        kept.setdefault(row["page_id"], {})[row["version_no"]] = row["markdown_body"]
    found: list[str] = []
    for page in rows_of(team, "documentation_pages"):
        bodies, version = kept.get(page["id"], {}), page["version"]
        if not all(1 <= number <= version for number in bodies):
            found.append(f"{page['slug']} has version {version}, and keeps {sorted(bodies)}")
        if bodies.get(version, page["markdown_body"]) != page["markdown_body"]:
            found.append(f"{page['slug']} is not what its version {version} says")
    return found


def _reference_faults(team: PostgresHost) -> list[str]:
    """`profile/database/schema/table.column` is how amx-cli takes the name of an asset apart."""
    depth = {"db_profile": 1, "db_database": 2, "db_schema": 3, "db_table": 4, "db_column": 4}
    return [
        f"asset_ref is {row['asset_ref']!r} for a {row['asset_kind']}"
        for row in rows_of(team, "documentation_page_assets")
        if len(parts := row["asset_ref"].split("/")) != depth.get(row["asset_kind"], len(parts))
        or not all(parts)
        or ("." in parts[-1]) != (row["asset_kind"] == "db_column")
    ]
