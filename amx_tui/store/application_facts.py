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


def read_application(facts: Mapping[str, Any], row: Mapping[str, Any]) -> Application:
    """An application from its facts, and from the row that says who, when, and what became of it."""
    read = facts.get
    intent = Intent(
        application_id=text_of(read("application_id")),
        result_id=text_of(read("result_id")),
        run_id=text_of(read("run_id")),
        name=name_of(facts),
        asset_kind=text_of(read("asset_kind")),
        old_comment=text_of(read("old_comment")),
        new_comment=text_of(read("new_comment")),
        action="undo" if read("action") == "undo" else "apply",
        undoes_id=text_of(read("undoes_id")),
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


def name_of(facts: Mapping[str, Any]) -> AssetName:
    """The asset that stored facts name."""
    read = facts.get
    return AssetName(text_of(read("schema_name")), text_of(read("table_name")), text_of(read("column_name")))


def destination_of(facts: Mapping[str, Any]) -> Destination:
    """The destination that stored facts name."""
    read = facts.get
    return Destination(
        text_of(read("db_profile")),
        text_of(read("db_backend")),
        text_of(read("db_place")),
        text_of(read("session_id")),
    )
