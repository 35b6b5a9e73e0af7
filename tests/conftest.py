"""Fixtures that every test may use: a clean machine, and the databases of `tests.servers`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from tests import embedded
from tests.proxy import DelayingProxy
from tests.servers import HostServer, MysqlHost, MysqlServer, PostgresHost, PostgresServer, SqliteHost

if TYPE_CHECKING:
    from tests.keyrings import MemoryKeyring

S = TypeVar("S", PostgresServer, MysqlServer)

AMX_CLI_STORE = Path(__file__).parent / "data" / "amx_cli_store.sql"
_RUN_DIRECTORY = pytest.StashKey[Path]()
_OWNER_PID = pytest.StashKey[int]()
_FOREIGN_PREFIXES = ("AMX_", "PG", "MYSQL_", "TEXTUAL", "XDG_")
_FOREIGN_NAMES = (
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "LINES",
    "EDITOR",
    "VISUAL",
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that the workers of this run share; the process that pytest was called as owns it."""
    given: dict[str, Any] | None = getattr(config, "workerinput", None)
    if given is None:
        config.stash[_RUN_DIRECTORY] = embedded.make_run_directory()
        config.stash[_OWNER_PID] = os.getpid()
    else:
        config.stash[_RUN_DIRECTORY] = Path(given["amx_run_directory"])
        config.stash[_OWNER_PID] = given["amx_owner_pid"]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker where the shared folder is."""
    node.workerinput["amx_run_directory"] = str(node.config.stash[_RUN_DIRECTORY])
    node.workerinput["amx_owner_pid"] = node.config.stash[_OWNER_PID]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the run started, after its last worker."""
    if _RUN_DIRECTORY in config.stash and not hasattr(config, "workerinput"):
        embedded.remove_run_directory(config.stash[_RUN_DIRECTORY])


@pytest.fixture(autouse=True)
def clean_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs as on a fresh machine: empty home, no settings from outside, no keyring, UTC."""
    for name in list(os.environ):
        foreign = name.startswith(_FOREIGN_PREFIXES) and not name.startswith("AMX_TEST_")
        if foreign or name in _FOREIGN_NAMES:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    for name, value in {
        "HOME": str(home),
        "AMX_HOME": str(home / ".amx"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }.items():
        monkeypatch.setenv(name, value)
    time.tzset()


@pytest.fixture
def amx_home() -> Path:
    """Return the AMX home of this test, which does not exist yet."""
    return Path(os.environ["AMX_HOME"])


@pytest.fixture
def memory_keyring() -> Iterator[MemoryKeyring]:
    """Give this process a working keyring that forgets after the test; `.passwords` shows its content."""
    import keyring

    from tests.keyrings import MemoryKeyring

    before = keyring.get_keyring()
    ours = MemoryKeyring()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


@pytest.fixture(scope="session")
def _run_directory(request: pytest.FixtureRequest) -> Path:
    return request.config.stash[_RUN_DIRECTORY]


@pytest.fixture(scope="session")
def _postgres_server(request: pytest.FixtureRequest, _run_directory: Path) -> Iterator[PostgresServer | str]:
    lacking = embedded.what_lacks()
    if lacking:
        yield f"no PostgreSQL to test with: {lacking}"
        return
    server = PostgresServer(embedded.shared_cluster(_run_directory, request.config.stash[_OWNER_PID]))
    yield server
    server.close()


@pytest.fixture(scope="session")
def _mysql_server() -> MysqlServer | str:
    return MysqlServer.find()


@pytest.fixture(scope="session")
def postgres_server(_postgres_server: PostgresServer | str) -> PostgresServer:
    """Return the run's embedded PostgreSQL, for tests that need several databases."""
    return _or_skip("postgresql", _postgres_server)


@pytest.fixture(scope="session")
def mysql_server(_mysql_server: MysqlServer | str) -> MysqlServer:
    """Return the MySQL or MariaDB of this machine, for tests that need several databases."""
    return _or_skip("mysql", _mysql_server)


@pytest.fixture
def sqlite_host(tmp_path: Path) -> SqliteHost:
    """Return a SQLite file of this test, which does not exist yet."""
    return SqliteHost(tmp_path / "host.db")


@pytest.fixture
def postgres_host(postgres_server: PostgresServer) -> Iterator[PostgresHost]:
    """Return an empty PostgreSQL database of this test."""
    host = postgres_server.host()
    yield host
    host.close()


@pytest.fixture
def mysql_host(mysql_server: MysqlServer) -> Iterator[MysqlHost]:
    """Return an empty MySQL or MariaDB database of this test."""
    host = mysql_server.host()
    yield host
    host.close()


@pytest.fixture
def amx_cli_store(postgres_server: PostgresServer, _run_directory: Path) -> Iterator[PostgresHost]:
    """Return a PostgreSQL database of this test with a store that amx-cli 0.19 made, in schema AMX."""
    with embedded.run_lock(_run_directory, "amx_cli_store"):
        template = postgres_server.template("amx_cli_store", AMX_CLI_STORE.read_text(encoding="utf-8"))
    host = postgres_server.host(template)
    yield host
    host.close()


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mysql),
    ]
)
def host(request: pytest.FixtureRequest) -> HostServer:
    """Return an empty database of this test, on each backend that can hold a shared store."""
    fixture = {"sqlite": "sqlite_host", "postgresql": "postgres_host", "mysql": "mysql_host"}[request.param]
    server = request.getfixturevalue(fixture)
    assert isinstance(server, HostServer)
    return server


@pytest.fixture
def open_proxy() -> Iterator[Callable[..., DelayingProxy]]:
    """Return `open_proxy(host.address, delay=0.05)`, which puts a `DelayingProxy` before a server."""
    opened: list[DelayingProxy] = []

    def start(target: tuple[str, int], *, delay: float = 0.0) -> DelayingProxy:
        opened.append(DelayingProxy(target, delay=delay))
        return opened[-1]

    yield start
    for proxy in opened:
        proxy.close()


def _or_skip(backend: str, found: S | str) -> S:
    """Skip where a server is lacking, or fail where $AMX_TEST_REQUIRE names its backend."""
    if isinstance(found, str):
        if backend in os.environ.get("AMX_TEST_REQUIRE", "").split(","):
            pytest.fail(f"{found} (AMX_TEST_REQUIRE asks for it)", pytrace=False)
        pytest.skip(found)
    return found
