"""The database URL, connect arguments and screen name that a profile turns into."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import create_async_engine

from amx_tui.backends import BACKENDS, get
from amx_tui.config.secrets import Secret
from amx_tui.domain.errors import ConfigError
from tests.servers import HostServer

PASSWORD = "p@ss:w/rd %?#"
SERVER: dict[str, object] = {
    "host": "db",
    "port": 1234,
    "user": "ann",
    "password": Secret("env:X"),
    "database": "d",
}
VALUES: dict[str, dict[str, object]] = {
    "postgresql": SERVER,
    "mysql": SERVER,
    "mssql": {**SERVER, "encrypt": True, "trust_server_certificate": False},
    "redshift": SERVER,
    "snowflake": {
        "account": "xy1.eu.snowflakecomputing.com",
        "user": "ann",
        "password": Secret("env:X"),
        "database": "D",
        "role": "R",
    },
    "bigquery": {"project": "p", "dataset": "d", "location": "EU", "credentials_path": "/k.json"},
    "databricks": {
        "host": "dbc",
        "http_path": "/sql/1.0",
        "access_token": Secret("env:X"),
        "catalog": "c",
        "database": "s",
    },
    "clickhouse": {"host": "ch", "secure": True},
    "duckdb": {"database": "/tmp/x.duckdb", "read_only": True, "motherduck_token": Secret("env:X")},
    "sqlite": {"database": "/tmp/x.db"},
}
URLS = {
    "postgresql": "postgresql+psycopg://ann:***@db:1234/d",
    "mysql": "mysql+aiomysql://ann:***@db:1234/d",
    "mssql": (
        "mssql+pyodbc://ann:***@db:1234/d?Encrypt=yes&TrustServerCertificate=no"
        "&driver=ODBC+Driver+18+for+SQL+Server"
    ),
    "redshift": "redshift+redshift_connector://ann:***@db:1234/d",
    "snowflake": "snowflake://ann:***@xy1.eu/D?role=R",
    "bigquery": "bigquery://p/d?credentials_path=%2Fk.json&location=EU",
    "databricks": "databricks://token:***@dbc?catalog=c&http_path=%2Fsql%2F1.0&schema=s",
    "clickhouse": "clickhousedb://default@ch:8123/default",
    "duckdb": "duckdb:////tmp/x.duckdb",
    "sqlite": "sqlite+aiosqlite:////tmp/x.db",
}
SECRETS = {
    "password": Secret(PASSWORD),
    "access_token": Secret(PASSWORD),
    "motherduck_token": Secret(PASSWORD),
}


def url_of(name: str, **changes: object) -> URL:
    """Make the URL of a whole profile of this backend, some values changed."""
    backend = get(name)
    values = {**VALUES[name], **changes}
    return backend.url(values, {field: SECRETS[field] for field in backend.secret_fields if field in values})


@pytest.mark.parametrize("name", BACKENDS)
def test_url_of_a_profile(name: str) -> None:
    """Each backend's URL is what its SQLAlchemy dialect documents, and masks the password."""
    url = url_of(name)
    assert url.render_as_string(hide_password=True) == str(url) == URLS[name]
    assert PASSWORD not in repr(url)


@pytest.mark.parametrize("name", ["postgresql", "mysql", "mssql", "redshift", "snowflake", "databricks"])
def test_a_password_with_every_odd_character_survives(name: str) -> None:
    """The driver gets the password as it is, not as a part of a URL."""
    assert url_of(name).password == PASSWORD


async def test_the_url_reaches_a_real_server(host: HostServer) -> None:
    """URL and connect arguments of a profile open a connection on each proven backend."""
    backend = get(host.backend)
    secrets = {name: Secret(str(host.values[name])) for name in backend.secret_fields if name in host.values}
    engine = create_async_engine(
        backend.url(host.values, secrets), connect_args=backend.connect_args(host.values, secrets)
    )
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT 40 + 2"))).scalar() == 42
    await engine.dispose()


def test_missing_values_are_filled_by_the_defaults() -> None:
    """A hand-written profile without port and database still has a place to go."""
    url = get("postgresql").url({"host": "db", "user": "ann"}, {})
    assert (url.port, url.database, url.password) == (5432, "postgres", None)


def test_a_url_of_bad_values_is_an_error_that_names_the_field() -> None:
    """A profile with a port that is no number cannot be connected to."""
    with pytest.raises(ConfigError, match="Port must be") as error:
        get("postgresql").url({**SERVER, "port": "x"}, {})
    assert error.value.key == "port"


def test_postgresql_passes_tls_and_a_timeout() -> None:
    """TLS options of the profile reach libpq; those that are not set stay away from it."""
    arguments = get("postgresql").connect_args(
        {**SERVER, "sslmode": "verify-full", "sslrootcert": "~/ca"}, {}
    )
    assert arguments["sslmode"] == "verify-full"
    assert arguments["sslrootcert"] == str(Path.home() / "ca")
    assert arguments["connect_timeout"] == 10
    assert "sslmode" not in get("postgresql").connect_args(SERVER, {})


def test_mysql_over_a_socket_has_no_host_in_its_url() -> None:
    """A host that is a path is the local socket."""
    assert url_of("mysql", host="/run/my.sock").host is None
    assert get("mysql").connect_args({**SERVER, "host": "/run/my.sock"}, {})["unix_socket"] == "/run/my.sock"


def test_mysql_without_tls_gets_no_tls_settings() -> None:
    """`ssl_disabled` switches TLS off; otherwise it is used where the server offers it."""
    assert "ssl" not in get("mysql").connect_args({**SERVER, "ssl_disabled": True}, {})
    assert "ssl" in get("mysql").connect_args(SERVER, {})


def test_mysql_with_an_unreadable_certificate_says_which() -> None:
    """A wrong path under `ssl_ca` is named before any connection."""
    with pytest.raises(ConfigError, match="certificate file") as error:
        get("mysql").connect_args({**SERVER, "ssl_ca": "/nowhere/ca.pem"}, {})
    assert (error.value.key, error.value.path) == ("ssl_ca", Path("/nowhere/ca.pem"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("redshift", {"cluster_identifier": "team"}),
        ("snowflake", {"insecure_mode": True, "ocsp_fail_open": False}),
        ("databricks", {"_tls_no_verify": True, "_tls_trusted_ca_file": "/ca"}),
        ("clickhouse", {"secure": True, "ca_cert": "/ca", "verify": False}),
        ("duckdb", {"read_only": True, "config": {"motherduck_token": PASSWORD}}),
    ],
)
def test_options_that_no_url_can_say_go_to_the_driver(name: str, expected: dict[str, object]) -> None:
    """TLS and cluster options are given under the driver's own names."""
    extra: dict[str, object] = {
        "cluster_identifier": "team",
        "insecure_mode": True,
        "ocsp_fail_open": "false",
        "tls_no_verify": True,
        "tls_trusted_ca_file": "/ca",
        "ca_cert": "/ca",
        "verify": False,
    }
    own = {item.name for item in get(name).fields}
    values = {**VALUES[name], **{key: value for key, value in extra.items() if key in own}}
    arguments = get(name).connect_args(values, SECRETS)
    assert {key: arguments[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("name", "values", "short", "full"),
    [
        (
            "postgresql",
            {"host": "db-prod.eu-west-1.rds.amazonaws.com", "database": "analytics"},
            "db-prod…/analytics",
            "db-prod.eu-west-1.rds.amazonaws.com/analytics",
        ),
        ("postgresql", {"host": "db.example.com"}, "db.example.com/postgres", "db.example.com/postgres"),
        ("mysql", {"host": "10.20.30.40"}, "10.20.30.40", "10.20.30.40"),
        ("postgresql", {"host": "alice:hunter2@db", "database": "d"}, "db/d", "db/d"),
        ("postgresql", {"host": "db\x1b[2J", "database": "d"}, "db␛[2J/d", "db␛[2J/d"),
        ("snowflake", {"account": "xy12345.eu-west-1", "database": "DEV"}, *["xy12345.eu-west-1/DEV"] * 2),
        ("bigquery", {"project": "p", "dataset": "d"}, "p/d", "p/d"),
        ("databricks", {"host": "dbc", "catalog": "main"}, "dbc/main", "dbc/main"),
        ("sqlite", {"database": "~/team/history.db"}, "history.db", "~/team/history.db"),
        ("sqlite", {}, "", ""),
    ],
)
def test_a_place_is_named_for_screens(name: str, values: dict[str, object], short: str, full: str) -> None:
    """Host and database, short enough for a list, never a secret, never a control sequence."""
    assert get(name).describe(values) == short
    assert get(name).describe(values, full=True) == full


@pytest.mark.parametrize(
    ("name", "field"), [("postgresql", "database"), ("databricks", "catalog"), ("bigquery", "project")]
)
def test_the_stores_database_overrides_the_profiles(name: str, field: str) -> None:
    """`history_store_database` goes where the backend names its database; without it nothing changes."""
    backend = get(name)
    assert backend.with_database(VALUES[name], "team")[field] == "team"
    assert backend.with_database(VALUES[name], None) == VALUES[name]


def test_a_file_below_the_home_is_expanded() -> None:
    """`~` in a path is the user's home."""
    assert url_of("sqlite", database="~/h.db").database == str(Path.home() / "h.db")
