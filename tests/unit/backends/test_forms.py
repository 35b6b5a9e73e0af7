"""What the form of each backend asks for, and what it says about bad input."""

from __future__ import annotations

import pytest

from amx_tui.backends import BACKENDS, KEPT_BACKENDS, Backend, find, get
from amx_tui.config.secrets import Secret
from amx_tui.domain.errors import DriverMissingError, NotFoundError, UnsupportedHostError

# Field names and * as amx-cli has them; sqlite is ours. PostgreSQL and MySQL may let users in without a password
# (.pgpass, a local socket, a certificate), so theirs may stay empty here.
AMX_CLI_FIELDS = {
    "postgresql": "host* port* user* password database sslmode sslrootcert",
    "mysql": "host* port* user* password database ssl_disabled ssl_ca",
    "mssql": "host* port* user* password* database driver encrypt trust_server_certificate",
    "redshift": "host* port* user* password* database cluster_identifier",
    "snowflake": "account* user* password* database warehouse role insecure_mode ocsp_fail_open",
    "bigquery": "project* dataset location credentials_path impersonate_service_account",
    "databricks": "host* http_path* access_token* catalog* database tls_trusted_ca_file tls_no_verify",
    "clickhouse": "host* port user password database secure ca_cert verify",
    "duckdb": "database* read_only motherduck_token",
    "sqlite": "database* attached",
}
GOOD: dict[str, object] = {"host": "db.example.com", "port": 5432, "user": "alice", "password": Secret("x")}
ALL = pytest.mark.parametrize("backend", BACKENDS.values(), ids=list(BACKENDS))


def test_every_backend_of_the_team_is_there() -> None:
    """Ten backends connect; three of amx-cli's are kept only."""
    assert set(BACKENDS) == set(AMX_CLI_FIELDS)
    assert {"oracle", "trino", "hive"} == KEPT_BACKENDS


@ALL
def test_fields_are_named_as_amx_cli_names_them(backend: Backend) -> None:
    """A profile made here can be read by amx-cli, and the other way round."""
    spelled = " ".join(item.name + "*" * item.required for item in backend.fields)
    assert spelled == AMX_CLI_FIELDS[backend.name]


@ALL
def test_fields_that_hide_are_the_passwords_and_tokens(backend: Backend) -> None:
    """Whatever grants access is a secret field."""
    hidden = {item.name for item in backend.fields if "password" in item.name or "token" in item.name}
    assert set(backend.secret_fields) == hidden


@ALL
def test_an_empty_form_names_every_required_field(backend: Backend) -> None:
    """Blank required fields are each answered by a sentence with the field's label."""
    problems = backend.validate({item.name: "  " for item in backend.fields if item.kind != "secret"})
    assert set(problems) == {item.name for item in backend.fields if item.required}
    for name, problem in problems.items():
        field = backend.field(name)
        assert field is not None
        assert problem == f"{field.label} is required."


@ALL
def test_defaults_are_values_that_pass(backend: Backend) -> None:
    """What the form starts with is never complained about."""
    assert not set(backend.validate(backend.defaults())) & set(backend.defaults())


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("port", "abc", "Port must be a whole number."),
        ("port", "54 32", "Port must be a whole number."),
        ("port", 0, "Port must be from 1 to 65535."),
        ("port", "65536", "Port must be from 1 to 65535."),
        ("port", "-1", "Port must be from 1 to 65535."),
        ("port", "9" * 5000, "Port must be a whole number."),
        ("port", "٣", "Port must be a whole number."),
        ("port", True, "Port must be a whole number."),
        ("host", "postgresql://db", "Host must be a bare name: no scheme, no user, no spaces."),
        ("host", "alice:pw@db", "Host must be a bare name: no scheme, no user, no spaces."),
        ("host", "my db", "Host must be a bare name: no scheme, no user, no spaces."),
        ("host", "db\x1b[2J", "Host must not contain control characters or line breaks."),
        ("host", ["db"], "Host must be text."),
        ("user", "a\nb", "User must not contain control characters or line breaks."),
        ("database", "a\x00b", "Database must not contain control characters or line breaks."),
        (
            "sslmode",
            "maybe",
            "TLS mode must be one of disable, allow, prefer, require, verify-ca, verify-full.",
        ),
        ("password", 7, "Password must be text."),
    ],
)
def test_a_bad_value_is_answered_by_a_sentence(field: str, value: object, sentence: str) -> None:
    """The form shows what is wrong beside the field it is about."""
    assert get("postgresql").validate({**GOOD, field: value}) == {field: sentence}


def test_a_boolean_field_takes_true_and_false_only() -> None:
    """Words for yes and no are understood, others are named."""
    mysql = get("mysql")
    assert mysql.validate({**GOOD, "ssl_disabled": "yes"}) == {}
    assert mysql.clean({"ssl_disabled": "No"}) == {"ssl_disabled": False}
    assert mysql.validate({**GOOD, "ssl_disabled": "perhaps"}) == {
        "ssl_disabled": "Without TLS must be true or false."
    }


def test_cleaning_types_what_a_form_gives_and_drops_what_is_blank() -> None:
    """A port typed as text becomes a number; blank fields vanish; keys of others stay."""
    cleaned = get("postgresql").clean(
        {"host": " db ", "port": "5433", "sslmode": "", "password": Secret(""), "profiling_mode": "full"}
    )
    assert cleaned == {"host": "db", "port": 5433, "profiling_mode": "full"}


def test_a_secret_keeps_its_spaces() -> None:
    """Spaces around a password belong to it."""
    assert get("postgresql").clean({"password": " x "}) == {"password": " x "}


@pytest.mark.parametrize("name", ["clickhouse", "duckdb"])
def test_a_backend_without_row_updates_refuses_to_host(name: str) -> None:
    """The refusal gives the reason, and a hint which backend to take."""
    backend = get(name)
    assert not backend.can_host
    with pytest.raises(UnsupportedHostError, match="no row-level UPDATE that concurrent members") as refusal:
        backend.require_host()
    assert "PostgreSQL" in refusal.value.hint


@pytest.mark.parametrize("name", sorted(set(BACKENDS) - {"clickhouse", "duckdb"}))
def test_every_other_backend_can_host(name: str) -> None:
    """No refusal where the documentation promises a host."""
    get(name).require_host()
    assert not get(name).host_refusal


def test_only_backends_with_tests_call_themselves_proven() -> None:
    """SQLite, PostgreSQL and MySQL are what our tests run against."""
    assert {name for name, each in BACKENDS.items() if each.abilities.is_proven} == {
        "sqlite",
        "postgresql",
        "mysql",
    }


def test_a_missing_driver_is_answered_by_the_install_command() -> None:
    """The hint can be pasted into the shell as it is."""
    backend = get("snowflake")
    assert backend.install_command == 'pip install "amx-tui[snowflake]"'
    if not backend.driver_available():
        with pytest.raises(DriverMissingError) as missing:
            backend.require_driver()
        assert missing.value.hint == backend.install_command


def test_drivers_that_are_installed_are_found() -> None:
    """The drivers of the proven backends are there when the tests are."""
    for name in ("sqlite", "postgresql", "mysql"):
        get(name).require_driver()


@pytest.mark.parametrize(("spelled", "name"), [("MariaDB", "mysql"), (" Postgres ", "postgresql")])
def test_usual_other_names_are_understood(spelled: str, name: str) -> None:
    """MariaDB is the mysql backend."""
    assert get(spelled).name == name


def test_an_unknown_backend_is_named_with_those_there_are() -> None:
    """A typo is answered by the list."""
    assert find("oracle") is None
    with pytest.raises(NotFoundError, match="'orakel'") as error:
        get("orakel")
    assert "postgresql, mysql" in error.value.hint


def test_a_known_error_number_has_a_hint() -> None:
    """SQLSTATEs and vendor numbers lead to the next step; unknown ones to nothing."""
    assert "history_store_schema" in get("postgresql").hint_for("42P01")
    assert "password" in get("mysql").hint_for(1045)
    assert get("mysql").hint_for("99999") == get("mysql").hint_for(None) == ""
