"""The layout `amx_cli`: the tables that amx-cli 0.19 makes. They are read and written, never made or altered.

What is listed is what such a store holds (varchar lengths included); tables of amx-cli that this program
leaves alone are not.
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from amx_tui.store.tables.types import ColumnTypes

__all__ = ["RESULT_COLUMNS", "RUN_COLUMNS", "SCHEMA_VERSION", "build"]

SCHEMA_VERSION = 7
"""The schema version of amx-cli 0.19; a higher one is opened for reading only, and none is ever raised."""

RUN_COLUMNS = {"run_id": "id"}
RESULT_COLUMNS = {"result_id": "id", "applied_status": "db_applied_status"}
"""Canonical names of columns that are called otherwise here."""

# fmt: off
_TABLES: dict[str, tuple[str, str]] = {
    "runs": ("analysis_runs", """
        id varchar(36)!, started_at time!, ended_at time, duration_sec double, status varchar(40)!,
        command varchar(80)!, mode varchar(40), db_backend varchar(40), db_profile varchar(120),
        llm_provider varchar(40), llm_model varchar(120), scope_json json, metrics_json json,
        tokens_json json, results_json json, error_text text, selected_count integer!, planned_count
        integer!, processed_count integer!, applied_count integer!, review_strategy varchar(40),
        llm_profile varchar(120), doc_profile varchar(120), code_profile varchar(120), settings_json
        json, created_by varchar(120), hostname varchar(255), client_version varchar(40), local_id
        bigint
    """),
    "results": ("run_results", """
        id varchar(36)!, run_id varchar(36)!, saved_at time!, schema_name varchar(255)!, table_name
        varchar(255)!, column_name varchar(255), asset_kind varchar(40)!, source varchar(40)!,
        confidence varchar(20)!, logprob_score double, raw_logprob double, token_count integer,
        model_version varchar(120)!, reasoning text, alternatives_json json!, evaluated_at time,
        applied_at time, chosen_description text, evaluation varchar(40), catalog_status varchar(40)!,
        catalog_indexed_at time, db_applied_status varchar(40)!, effective_source_kind varchar(40)!,
        superseded_at time, rejection_reason text!, hostname varchar(255), local_id bigint
    """),
    "catalog": ("catalog_entities", """
        id varchar(36)!, db_profile varchar(120)!, db_backend varchar(40), database_name varchar(255)!,
        schema_name varchar(255)!, table_name varchar(255)!, column_name varchar(255)!, entity_kind
        varchar(20)!, asset_kind varchar(40), dtype varchar(255), nullable integer, pk_flag integer,
        fk_flag integer, row_count bigint, last_synced_at time, first_synced_at time, created_by
        varchar(120), hostname varchar(255), client_version varchar(40)
    """),
    "lineage_artifacts": ("lineage_artifacts", """
        id varchar(36)!, name varchar(512)!, db_profile varchar(120)!, anchor_entity_ref varchar(1024)!,
        depth_up integer, depth_down integer, format varchar(20), output_path text, edge_set_hash
        varchar(64), node_count integer, edge_count integer, generated_at time, extractors_used json,
        extractors_partial integer, canvas_meta json, created_by varchar(120)!, hostname varchar(255)!,
        client_version varchar(40)!, created_at time!, updated_at time!, local_id bigint!, version
        integer! = 1
    """),
    "lineage_nodes": ("lineage_artifact_nodes", """
        id varchar(36)!, artifact_id varchar(36)!, entity_ref varchar(1024)!, entity_kind varchar(40)!,
        db_profile varchar(120)!, x double, y double, width double, height double, z_index integer,
        display_label varchar(512), column_list_json json, logo_key varchar(120), custom_style_json
        json, created_by varchar(255)!, hostname varchar(255)!, client_version varchar(40)!, created_at
        time!, updated_at time!, local_id bigint!, version integer! = 1
    """),
    "lineage_edges": ("lineage_artifact_edges", """
        id varchar(36)!, artifact_id varchar(36)!, source_node_id varchar(36)!, target_node_id
        varchar(36)!, edge_kind varchar(40)!, join_type varchar(20), on_condition text, where_clause
        text, source_columns_json json, target_columns_json json, label varchar(512), style_json json,
        waypoints_json json, created_by varchar(255)!, hostname varchar(255)!, client_version
        varchar(40)!, created_at time!, updated_at time!, local_id bigint!, version integer! = 1
    """),
    "pages": ("documentation_pages", """
        id varchar(36)!, title varchar(512)!, slug varchar(512)!, markdown_body text!, rendered_html
        text, status varchar(40)!, created_at time!, updated_at time!, created_by varchar(120),
        generation_prompt text, model_used varchar(120), db_profile varchar(120), hostname varchar(255),
        client_version varchar(40), local_id bigint, version integer! = 1
    """),
    "page_sources": ("documentation_page_sources", """
        id integer!, page_id varchar(36)!, source_kind varchar(40)!, source_path varchar(1024)!,
        original_name varchar(512)!, created_at time!
    """),
    "page_assets": ("documentation_page_assets", """
        id integer!, page_id varchar(36)!, asset_kind varchar(40)!, asset_ref varchar(1024)!, included
        integer!
    """),
    "page_versions": ("documentation_page_versions", """
        page_id varchar(36)!, version_no integer!, markdown_body text!, saved_at time!, saved_by
        varchar(120), note text
    """),
    "users": ("_amx_users", """
        id varchar(36)!, username varchar(255)!, hostname varchar(255)!, display_name varchar(512),
        email varchar(255), role varchar(20)!, first_seen_at time!, last_seen_at time!, client_version
        varchar(40), created_by varchar(36), revoked_at time, revoked_by varchar(36)
    """),
    "admin_audit": ("_amx_admin_audit", """
        id varchar(36)!, event_at time!, actor_user_id varchar(36), actor_username varchar(255),
        actor_hostname varchar(255), action varchar(40)!, target_user_id varchar(36), target_resource
        varchar(1024), details_json json
    """),
    "sessions": ("_amx_session_events", """
        id varchar(36)!, event_at time!, user_id varchar(36), username varchar(255), hostname
        varchar(255), event_kind varchar(40)!, client_version varchar(40), os_platform varchar(40),
        db_profiles_seen json
    """),
    "schema_meta": ("schema_meta", """
        id integer!, schema_version integer!, created_at time!, created_by_client_version varchar(40)
    """),
    "app_events": ("app_events", """
        id varchar(36)!, created_at time!, event_type varchar(80)!, status varchar(40)!, command
        varchar(120)!, details_json json, created_by varchar(120), hostname varchar(255), client_version
        varchar(40)
    """),
}
"""By the name in `Tables`: the table's name, and its columns with their types (`!` is NOT NULL)."""
# fmt: on

_PRIMARY_KEYS = {"page_versions": {"page_id", "version_no"}}
_INDEXES: tuple[tuple[str, str, tuple[str, ...], bool], ...] = (
    ("runs", "ix_analysis_runs_started_at", ("started_at",), False),
    ("runs", "ix_analysis_runs_local_lookup", ("hostname", "local_id"), False),
    ("results", "ix_AMX_run_results_run_id", ("run_id",), False),
    ("users", "uq_amx_users_username_hostname", ("username", "hostname"), True),
    ("lineage_artifacts", "ix_lineage_artifacts_name_profile", ("name", "db_profile"), True),
    ("pages", "documentation_pages_slug_key", ("slug",), True),
)
"""The indexes that queries rely on."""

_COLUMN = re.compile(r"(\w+)\s+(\w+)(?:\((\d+)\))?(!?)(?:\s*=\s*(\w+))?")


def build(metadata: sa.MetaData, types: ColumnTypes) -> dict[str, sa.Table]:
    """Declare the tables in `metadata` and return them by their name in `Tables`."""
    tables: dict[str, sa.Table] = {}
    for attribute, (name, columns) in _TABLES.items():
        keys = _PRIMARY_KEYS.get(attribute, {"id"})
        declared = [_column(text, keys, types) for text in columns.split(",")]
        tables[attribute] = sa.Table(name, metadata, *declared)
    for attribute, name, columns_of_index, is_unique in _INDEXES:
        table = tables[attribute]
        sa.Index(name, *(table.c[column] for column in columns_of_index), unique=is_unique)
    return tables


def _column(text: str, keys: set[str], types: ColumnTypes) -> sa.Column[Any]:
    """Declare the column that `text` describes."""
    match = _COLUMN.fullmatch(text.strip())
    assert match is not None, text
    name, kind, length, is_required, default = match.groups()
    is_key = name in keys
    return sa.Column(
        name,
        _type(kind, length, types),
        primary_key=is_key,
        autoincrement="auto" if name == "id" else False,
        nullable=not is_required,
        server_default=default,
    )


def _type(kind: str, length: str | None, types: ColumnTypes) -> Any:
    match kind:
        case "varchar":
            return types.name(int(length or 255))
        case "text":
            return types.text()
        case "time":
            return types.time()
        case "json":
            return types.json()
        case "double":
            return sa.Double()
        case "bigint":
            return sa.BigInteger()
        case _:
            return sa.Integer()
