"""Google BigQuery, where a schema is a dataset and the database is the project."""

from __future__ import annotations

from amx_tui.backends.model import Abilities, Backend, Field, UrlShape

__all__ = ["BACKEND"]

BACKEND = Backend(
    name="bigquery",
    title="BigQuery",
    fields=(
        Field("project", "Project", required=True, is_bare=True),
        Field("dataset", "Dataset", is_bare=True),
        Field("location", "Location", is_bare=True, help="e.g. EU or europe-west1"),
        Field(
            "credentials_path",
            "Credentials file",
            "path",
            help="a service account's JSON file; else your login",
        ),
        Field(
            "impersonate_service_account",
            "Act as service account",
            help="name@project.iam.gserviceaccount.com",
        ),
    ),
    shape=UrlShape(
        "bigquery",
        host="project",
        port="",
        username="",
        password="",
        database="dataset",
        query={"location": "location", "credentials_path": "credentials_path"},
    ),
    driver_modules=("sqlalchemy_bigquery",),
    extra="bigquery",
    database_field="project",
    abilities=Abilities(),
)
