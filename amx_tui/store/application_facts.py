"""An application as it is stored in either layout, and read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amx_tui.domain.applications import Application, Destination, Intent, read_status
from amx_tui.domain.assets import AssetName
from amx_tui.store.rows import text_of

__all__ = ["destination_facts", "destination_of", "intent_row", "name_of", "read_application"]


def intent_row(intent: Intent) -> dict[str, str]:
    """What tells an intent from the others of its batch, as it is stored in either layout."""
    name = intent.name
    return {
        "application_id": intent.application_id,
        "result_id": intent.result_id,
        "run_id": intent.run_id,
        "target_qname": name.qname,
        "schema_name": name.schema_name,
        "table_name": name.table_name,
        "column_name": name.column_name,
        "asset_kind": intent.asset_kind,
        "action": intent.action,
        "undoes_id": intent.undoes_id,
        "old_comment": intent.old_comment,
        "new_comment": intent.new_comment,
    }


def destination_facts(destination: Destination) -> dict[str, str]:
    """What all intents of a batch have in common, as it is stored in either layout."""
    return {
        "db_profile": destination.db_profile,
        "db_backend": destination.db_backend,
        "db_place": destination.db_place,
        "session_id": destination.session_id,
    }


def read_application(facts: Mapping[Any, Any], row: Mapping[Any, Any]) -> Application:
    """An application from its facts, and from the row that says who, when, and what became of it."""

    def text(name: str) -> str:
        return text_of(facts.get(name))

    intent = Intent(
        application_id=text("application_id"),
        result_id=text("result_id"),
        run_id=text("run_id"),
        name=name_of(facts),
        asset_kind=text("asset_kind"),
        old_comment=text("old_comment"),
        new_comment=text("new_comment"),
        action="undo" if text("action") == "undo" else "apply",
        undoes_id=text("undoes_id"),
    )
    return Application(
        intent=intent,
        destination=destination_of(facts),
        applied_by=text_of(row["applied_by"]),
        hostname=text_of(row["hostname"]),
        intended_at=row["intended_at"],
        status=read_status(text_of(row["status"])),
        finished_at=row["finished_at"],
        error_text=text_of(row["error_text"]),
        client_version=text_of(row["client_version"]),
    )


def name_of(facts: Mapping[Any, Any]) -> AssetName:
    """The asset that stored facts name."""
    return AssetName(*(text_of(facts.get(part)) for part in ("schema_name", "table_name", "column_name")))


def destination_of(facts: Mapping[Any, Any]) -> Destination:
    """The destination that stored facts name."""
    return Destination(
        *(text_of(facts.get(name)) for name in ("db_profile", "db_backend", "db_place", "session_id"))
    )
