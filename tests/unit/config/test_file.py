"""`config.yml` as the program reads and changes it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from amx_tui.config.file import load_config, remove_profile, save_keys, save_profile
from amx_tui.config.model import Config, Profile
from amx_tui.config.secrets import Secret
from amx_tui.domain.errors import ConfigError, NotFoundError

TEAM = """\
# The team's configuration; ask Alice before you change it.
schema_version: 3
active_db_profile: prod-pg   # the default

db_profiles:
  prod-pg:                 # same name for everybody
    backend: postgresql
    host: db-prod.eu-west-1.rds.amazonaws.com
    port: 5432
    user: analyst
    password: keyring:db_profiles/prod-pg/password
    database: analytics
    sslmode: require
    profiling_mode: sampled   # not ours
    team_key: hunter2

  # The old one.
  legacy:
    backend: oracle
    dsn: ORCL
    password: hunter2
  lake: {backend: duckdb, database: ~/lake.duckdb, read_only: yes}

history_store_enabled: true
history_store_profile: prod-pg
history_store_schema: AMX
history_store_profiles: [prod-pg, lake]
history_store_database: audit

llm_profiles:
  main: {provider: openai, api_key: sk-hunter2, max_tokens: 4096}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a configuration that holds `TEAM`."""
    path = tmp_path / "config.yml"
    path.write_text(TEAM)
    return path


def loaded(path: Path, text: str) -> Config:
    """Write a configuration and read it."""
    path.write_text(text)
    return load_config(path)


def test_a_new_user_gets_the_defaults(tmp_path: Path) -> None:
    """No file is no error: no profiles, no shared store, schema AMX."""
    config = load_config(tmp_path / "config.yml")
    assert (dict(config.profiles), config.history_store_enabled, config.history_store_schema) == (
        {},
        False,
        "AMX",
    )
    assert (config.fingerprint, config.host, config.is_shared, config.warnings) == (None, None, False, ())


@pytest.mark.parametrize(
    "text", ["", "\ufeff", "# nothing\n", "db_profiles:\nhistory_store_enabled:\n", "{}"]
)
def test_an_empty_file_gives_the_defaults(path: Path, text: str) -> None:
    """Keys without values count as not there."""
    config = loaded(path, text)
    assert (dict(config.profiles), config.history_store_enabled, config.history_store_schema) == (
        {},
        False,
        "AMX",
    )


def test_a_teams_file_is_read(path: Path) -> None:
    """Every key of ours arrives typed; those of amx-cli are kept."""
    config = load_config(path)
    assert list(config.profiles) == ["prod-pg", "legacy", "lake"]
    assert config.profile("prod-pg").values == {
        "host": "db-prod.eu-west-1.rds.amazonaws.com",
        "port": 5432,
        "user": "analyst",
        "password": Secret("keyring:db_profiles/prod-pg/password"),
        "database": "analytics",
        "sslmode": "require",
        "profiling_mode": "sampled",
        "team_key": "hunter2",
    }
    assert config.profile("lake").values == {"database": "~/lake.duckdb", "read_only": True}
    assert config.active_db_profile == config.history_store_profile == "prod-pg"
    assert config.history_store_profiles == ("prod-pg", "lake")
    assert (config.history_store_enabled, config.history_store_schema) == (True, "AMX")
    assert list(config.extra) == ["llm_profiles"]
    assert config.schema_version == 3


@pytest.mark.parametrize(
    ("listed", "active"),
    [
        ("[lake, prod]", "lake"),
        ("[gone, lake]", "lake"),
        ("[gone]", "prod"),
        ("[]", "prod"),
        ("lake", "prod"),
        ("[1]", "prod"),
    ],
)
def test_the_first_of_amx_clis_active_profiles_is_the_active_one(
    path: Path, listed: str, active: str
) -> None:
    """amx-cli keeps a list besides, and goes by that; what is no list, or names no profile, counts for nothing."""
    profiles = "".join(f"  {name}: {{backend: duckdb, database: x}}\n" for name in ("prod", "lake"))
    path.write_text(f"db_profiles:\n{profiles}active_db_profile: prod\nactive_db_profiles: {listed}\n")
    assert load_config(path).active_db_profile == active


def test_the_hosts_database_is_overridden(path: Path) -> None:
    """`history_store_database` goes before the profile's own database, and only for the host."""
    config = load_config(path)
    assert config.host is not None
    assert config.host.values["database"] == "audit"
    assert config.host.describe() == "db-prod…/audit"
    assert config.profile("prod-pg").describe() == "db-prod…/analytics"


def test_a_profile_of_another_programs_backend_is_kept_with_a_note(path: Path) -> None:
    """It is listed, says why it cannot be used, and keeps its values."""
    config = load_config(path)
    legacy = config.profile("legacy")
    assert legacy.note == "amx-tui does not connect to oracle; the profile is kept as it is."
    assert legacy.values["dsn"] == "ORCL"
    assert config.warnings == (f"Profile 'legacy': {legacy.note}",)
    with pytest.raises(ConfigError, match="does not connect to oracle"):
        legacy.require_backend()


def test_secrets_are_in_no_repr_and_in_nothing_that_is_shown(path: Path) -> None:
    """Also those in blocks of amx-cli and of unknown backends; references may be seen."""
    path.write_text(TEAM.replace("team_key", "team_token"))
    config = load_config(path)
    shown = config.shown()
    for text in (
        repr(config),
        repr(config.profiles),
        repr(dict(config.extra)),
        repr(config.document),
        repr(shown),
    ):
        assert "hunter2" not in text
    assert "keyring:db_profiles/prod-pg/password" in repr(shown)
    assert {secret.reveal() for secret in config.secrets()} == {"hunter2", "sk-hunter2"}
    assert repr(shown).count("4096") == 1


def test_profiles_are_shown_in_the_files_order(path: Path) -> None:
    """What is shown has the file's keys and no others."""
    assert list(load_config(path).shown()) == list(yaml.safe_load(TEAM))


def test_an_unknown_profile_is_answered_by_those_there_are(path: Path) -> None:
    """A typo in a name is a not-found error with a list."""
    with pytest.raises(NotFoundError, match="'prod'") as error:
        load_config(path).profile("prod")
    assert error.value.hint == "Profiles are prod-pg, legacy, lake."


@pytest.mark.parametrize(
    ("text", "key", "line", "problem"),
    [
        ("schema_version: 4\n", "schema_version", 1, "is 4; this program knows config.yml up to version 3."),
        ("schema_version: x\n", "schema_version", 1, "must be a whole number."),
        ("schema_version: true\n", "schema_version", 1, "must be a whole number."),
        ("db_profiles: 5\n", "db_profiles", 1, "must hold profiles by name."),
        ("db_profiles: [a]\n", "db_profiles", 1, "must hold profiles by name."),
        ("db_profiles:\n  p: x\n", "db_profiles.p", 2, "must hold the profile's keys and values."),
        ("db_profiles:\n  p:\n", "db_profiles.p", 2, "must hold the profile's keys and values."),
        ("db_profiles:\n  p: {host: h}\n", "db_profiles.p", 2, "has no backend."),
        ("db_profiles:\n  p: {backend: [x]}\n", "db_profiles.p.backend", 2, "must be text."),
        ("db_profiles:\n  ' ': {backend: x}\n", "db_profiles", 2, "holds a profile without a name."),
        (
            "db_profiles:\n  p:\n    backend: postgresql\n    port: abc\n",
            "db_profiles.p.port",
            4,
            "must be a whole number.",
        ),
        (
            "db_profiles:\n  p: {backend: mysql, ssl_disabled: 7}\n",
            "db_profiles.p.ssl_disabled",
            2,
            "must be true or false.",
        ),
        (
            "db_profiles:\n  p: {backend: mysql, host: [a]}\n",
            "db_profiles.p.host",
            2,
            "must be a single value.",
        ),
        ("a: 1\nhistory_store_enabled: perhaps\n", "history_store_enabled", 2, "must be true or false."),
        ("history_store_enabled: 1\n", "history_store_enabled", 1, "must be true or false."),
        ("history_store_schema: {a: 1}\n", "history_store_schema", 1, "must be text."),
        (
            'history_store_schema: "A\\e[2J"\n',
            "history_store_schema",
            1,
            "must not contain control characters or line breaks.",
        ),
        ("history_store_profile: [a]\n", "history_store_profile", 1, "must be text."),
        ("history_store_profiles: a\n", "history_store_profiles", 1, "must be a list of profile names."),
        ("history_store_profiles: [[a]]\n", "history_store_profiles", 1, "must be a list of profile names."),
    ],
)
def test_a_wrong_value_is_one_error_with_line_and_key(
    path: Path, text: str, key: str, line: int, problem: str
) -> None:
    """The message alone is enough to find the place."""
    with pytest.raises(ConfigError) as error:
        loaded(path, text)
    assert (error.value.key, error.value.line, error.value.path) == (key, line, path)
    assert error.value.message == f"config.yml, line {line}: {key} {problem}"
    assert path.read_text() == text


def test_a_wrong_secret_is_not_repeated(path: Path) -> None:
    """A password that is a list by mistake is named by its key alone."""
    with pytest.raises(ConfigError) as error:
        loaded(path, "db_profiles: {p: {backend: mysql, password: [hunter2]}}\n")
    assert "hunter2" not in error.value.message


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("active_db_profile: x\n", "active_db_profile names 'x', which is no profile."),
        ("history_store_profile: x\n", "history_store_profile names 'x', which is no profile."),
        (
            "history_store_enabled: true\n",
            "history_store_enabled is true, but no history_store_profile is named.",
        ),
        (
            "db_profiles: {p: {backend: sybase}}\n",
            "Profile 'p': amx-tui knows no backend 'sybase'; the profile is kept as it is.",
        ),
    ],
)
def test_what_is_odd_but_harmless_is_a_warning(path: Path, text: str, warning: str) -> None:
    """The program starts and says so."""
    assert loaded(path, text).warnings == (warning,)


def test_a_host_that_is_no_profile_is_not_found(path: Path) -> None:
    """A member's file that names the lead's profile, which is not here yet."""
    config = loaded(path, "history_store_enabled: true\nhistory_store_profile: prod-pg\n")
    with pytest.raises(NotFoundError, match="prod-pg"):
        _ = config.host


@pytest.mark.parametrize(
    ("written", "name"),
    [("2024", "2024"), ("no", "no"), ("1e5", "1e5"), ("2024-05-03", "2024-05-03"), ("007", "007")],
)
def test_text_is_what_stands_in_the_file(path: Path, written: str, name: str) -> None:
    """A database called 2024 or a password of digits is no number."""
    config = loaded(
        path,
        f"active_db_profile: {written}\n"
        f"db_profiles: {{p: {{backend: mysql, database: {written}, password: {written}}}}}\n",
    )
    assert config.profile("p").values["database"] == config.active_db_profile == name
    assert config.profile("p").values["password"] == Secret(name)


def test_profiles_may_share_values_by_anchors(path: Path) -> None:
    """Merge keys and aliases are followed."""
    config = loaded(
        path,
        "base: &base {backend: mysql, host: db, port: 3306}\n"
        "db_profiles:\n  a:\n    <<: *base\n    user: ann\n  b: *base\n",
    )
    assert config.profile("a").values == {"host": "db", "port": 3306, "user": "ann"}
    assert config.profile("b").backend == "mysql"


def test_keys_are_set_in_place(path: Path) -> None:
    """Changed values change, new keys are added, None removes; the rest is untouched."""
    config = save_keys(
        load_config(path),
        {
            "history_store_schema": "team",
            "history_store_database": None,
            "active_db_profile": "lake",
            "new": True,
        },
    )
    expected = TEAM.replace("history_store_schema: AMX", "history_store_schema: team")
    expected = expected.replace("history_store_database: audit\n", "")
    expected = expected.replace("active_db_profile: prod-pg ", "active_db_profile: lake ")
    assert path.read_text() == expected + "new: true\n"
    assert (config.history_store_schema, config.history_store_database) == ("team", None)
    assert config == load_config(path)


def test_a_profile_is_edited_field_by_field(path: Path) -> None:
    """Only the lines of changed fields change; other keys and comments of the profile stay."""
    config = load_config(path)
    old = config.profile("prod-pg")
    values = {**old.values, "port": "5433", "database": "", "sslrootcert": "~/ca.pem"}
    del values["team_key"]
    config = save_profile(config, Profile("prod-pg", "postgresql", values))
    expected = TEAM.replace("port: 5432", "port: 5433").replace("    database: analytics\n", "")
    expected = expected.replace(
        "    team_key: hunter2\n", "    team_key: hunter2\n    sslrootcert: ~/ca.pem\n"
    )
    assert path.read_text() == expected
    assert config.profile("prod-pg").values["port"] == 5433


def test_a_profile_in_one_line_stays_in_one_line(path: Path) -> None:
    """Flow mappings are edited as they are."""
    config = load_config(path)
    values = {"database": "/data/lake", "read_only": True, "motherduck_token": Secret("env:MD")}
    save_profile(config, Profile("lake", "duckdb", values))
    assert path.read_text() == TEAM.replace(
        "{backend: duckdb, database: ~/lake.duckdb, read_only: yes}",
        "{backend: duckdb, database: /data/lake, read_only: yes, motherduck_token: env:MD}",
    )


def test_changing_the_backend_removes_the_old_ones_fields(path: Path) -> None:
    """Fields that the new backend lacks go; keys that are no field stay."""
    config = load_config(path)
    config = save_profile(config, Profile("prod-pg", "sqlite", {"database": "~/x.db"}))
    assert config.profile("prod-pg").backend == "sqlite"
    assert set(config.profile("prod-pg").values) == {"database", "profiling_mode", "team_key"}
    assert "# same name for everybody" in path.read_text()


def test_a_new_profile_comes_behind_the_others(path: Path) -> None:
    """It is indented like its neighbours, and amx-cli can read it."""
    values = {"host": "db", "port": "3306", "user": "ann", "password": Secret("p: w"), "ssl_disabled": False}
    config = save_profile(load_config(path), Profile("dev", "mysql", values))
    block = "  dev:\n    backend: mysql\n    host: db\n    port: 3306\n    user: ann\n    password: 'p: w'\n"
    block += "    ssl_disabled: false\n"
    line = "  lake: {backend: duckdb, database: ~/lake.duckdb, read_only: yes}\n"
    assert path.read_text() == TEAM.replace(line, line + block)
    assert yaml.safe_load(path.read_text())["db_profiles"]["dev"]["password"] == "p: w"
    assert config.profile("dev").values["password"] == Secret("p: w")


def test_the_first_profile_makes_the_file(tmp_path: Path) -> None:
    """Home and file are made, readable for the user alone."""
    path = tmp_path / "home" / ".amx" / "config.yml"
    config = save_profile(load_config(path), Profile("local", "sqlite", {"database": "x.db"}))
    assert path.read_text() == "db_profiles:\n  local:\n    backend: sqlite\n    database: x.db\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert config.fingerprint is not None


def test_a_profile_is_removed_with_its_lines_alone(path: Path) -> None:
    """The comment above the next block and the blank lines stay."""
    config = remove_profile(load_config(path), "legacy")
    block = "  legacy:\n    backend: oracle\n    dsn: ORCL\n    password: hunter2\n"
    assert path.read_text() == TEAM.replace(block, "")
    with pytest.raises(NotFoundError):
        remove_profile(config, "legacy")


def test_removing_the_last_profile_leaves_an_empty_mapping(path: Path) -> None:
    """amx-cli finds a mapping there, as it expects."""
    config = loaded(path, "db_profiles: # ours\n  p:\n    backend: sqlite\n    database: x\na: 1\n")
    config = remove_profile(config, "p")
    assert path.read_text() == "db_profiles: {} # ours\na: 1\n"
    assert dict(config.profiles) == {}


@pytest.mark.parametrize("name", ["", " ", " a", "a ", "a\nb", "a\x1b", "a\u202eb", "x" * 121])
def test_a_name_that_cannot_be_used_is_refused(path: Path, name: str) -> None:
    """Nothing is written."""
    with pytest.raises(ConfigError, match="the profile's name"):
        save_profile(load_config(path), Profile(name, "sqlite", {"database": "x"}))
    assert path.read_text() == TEAM


@pytest.mark.parametrize(
    "name", ["a.b", "ä ö", "12", "yes", "a: b", "#x", "'q'", "{x}", "a/b", "-", "~", "null", "<<x"]
)
def test_any_other_name_can_be_used(path: Path, name: str) -> None:
    """Odd names are quoted; they come back, can be edited and removed."""
    config = save_profile(load_config(path), Profile(name, "sqlite", {"database": "x"}))
    config = save_profile(config, Profile(name, "sqlite", {"database": "y"}))
    assert config.profile(name).values == {"database": "y"}
    remove_profile(config, name)
    assert path.read_text() == TEAM


def test_saving_what_is_there_writes_nothing(path: Path) -> None:
    """No new file, no backup, not even another time stamp."""
    config = load_config(path)
    config = save_keys(config, {"history_store_schema": "AMX"})
    config = save_profile(config, config.profile("prod-pg"))
    assert config == load_config(path)
    assert path.read_text() == TEAM
    assert [each.name for each in path.parent.glob("config*")] == ["config.yml"]


def test_a_change_by_another_program_is_kept(path: Path) -> None:
    """The edit is made again on what is on disk now."""
    config = load_config(path)
    theirs = TEAM.replace("port: 5432", "port: 6000") + "added: by amx-cli\n"
    path.write_text(theirs)
    config = save_keys(config, {"history_store_schema": "team"})
    assert path.read_text() == theirs.replace("history_store_schema: AMX", "history_store_schema: team")
    assert config.profile("prod-pg").values["port"] == 6000


def test_a_change_of_the_same_value_by_another_program_is_not_overwritten(path: Path) -> None:
    """The second one is told to reload, and loses nothing."""
    config = load_config(path)
    theirs = TEAM.replace("port: 5432", "port: 6000")
    path.write_text(theirs)
    profile = Profile("prod-pg", "postgresql", {**config.profile("prod-pg").values, "port": 7000})
    with pytest.raises(ConfigError, match="was changed by another program meanwhile") as error:
        save_profile(config, profile)
    assert error.value.key == "db_profiles.prod-pg.port"
    assert path.read_text() == theirs
    with pytest.raises(ConfigError, match="meanwhile"):
        remove_profile(config, "prod-pg")
    assert save_profile(load_config(path), profile).profile("prod-pg").values["port"] == 7000


def test_a_profile_that_two_add_under_one_name_is_not_overwritten(path: Path) -> None:
    """The name is taken meanwhile."""
    config = load_config(path)
    save_profile(config, Profile("new", "sqlite", {"database": "theirs"}))
    with pytest.raises(ConfigError, match="meanwhile"):
        save_profile(config, Profile("new", "sqlite", {"database": "mine"}))
    assert load_config(path).profile("new").values["database"] == "theirs"


def test_a_file_that_was_broken_meanwhile_is_left_alone(path: Path) -> None:
    """Saving into a file somebody is editing waits until it is valid again."""
    config = load_config(path)
    path.write_text("a: [\n")
    with pytest.raises(ConfigError, match="is not valid YAML"):
        save_keys(config, {"history_store_schema": "x"})
    assert path.read_text() == "a: [\n"


def test_a_file_that_is_gone_is_not_made_anew(path: Path) -> None:
    """A home that is not mounted for a moment does not get a file with one key in it."""
    config = load_config(path)
    path.unlink()
    with pytest.raises(ConfigError, match="is gone since it was read"):
        save_keys(config, {"history_store_schema": "x"})
    assert not path.exists()


def test_secrets_of_a_profile_are_resolved(path: Path) -> None:
    """Each secret field that is given, from where it is kept."""
    config = loaded(path, "db_profiles: {p: {backend: duckdb, database: md:x, motherduck_token: env:MD}}\n")
    assert config.profile("p").resolve_secrets({"MD": "hunter2"}) == {"motherduck_token": Secret("hunter2")}
    with pytest.raises(ConfigError) as error:
        config.profile("p").resolve_secrets({})
    assert error.value.key == "db_profiles.p.motherduck_token"


def test_a_profiles_problems_are_named_by_field(path: Path) -> None:
    """A profile that can be read but not used says what is missing."""
    config = loaded(path, "db_profiles: {p: {backend: mysql, host: db, port: 0}}\n")
    assert set(config.profile("p").problems()) == {"port", "user"}
