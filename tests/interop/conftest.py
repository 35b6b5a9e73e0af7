"""Fixtures of the tests that run beside the real amx-cli."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import embedded
from tests.interop.client import RealClient
from tests.interop.filling import fill
from tests.servers import PostgresHost, PostgresServer

_VERSION = "0.19.0"
_TEMPLATE = "interop_store"


@pytest.fixture(scope="session")
def amx_cli_python() -> Path:
    """Return the interpreter of amx-cli's environment, which $AMX_TEST_AMX_CLI names; skip where there is none."""
    named = os.environ.get("AMX_TEST_AMX_CLI", "")
    lacking = ""
    if not named:
        lacking = "no environment with amx-cli to test with: nox -s interop makes one"
    elif not Path(named).exists():
        lacking = f"$AMX_TEST_AMX_CLI: there is no {named}"
    if lacking:
        if "interop" in os.environ.get("AMX_TEST_REQUIRE", "").split(","):
            pytest.fail(f"{lacking} (AMX_TEST_REQUIRE asks for it)", pytrace=False)
        pytest.skip(lacking)
    asked = "from importlib.metadata import version; print(version('amx-cli'))"
    found = subprocess.run([named, "-c", asked], capture_output=True, text=True, check=False).stdout.strip()
    assert found == _VERSION, f"{named} has amx-cli {found or 'not at all'}"
    return Path(named)


@pytest.fixture(scope="session")
def start_client(amx_cli_python: Path) -> Callable[..., RealClient]:
    """Return `start_client(home, host, username, hostname)`, which starts amx-cli."""

    def start(home: Path, host: PostgresHost, username: str, hostname: str) -> RealClient:
        return RealClient(amx_cli_python, home, host, username, hostname)

    return start


@pytest.fixture(scope="session")
def _filled(
    postgres_server: PostgresServer,
    start_client: Callable[..., RealClient],
    _run_directory: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """Return the database that the real client has made and filled, once a run."""
    with embedded.run_lock(_run_directory, _TEMPLATE):
        made = _run_directory / f"{_TEMPLATE}.txt"
        if not made.exists():
            host = postgres_server.host()
            fill(start_client, host, tmp_path_factory.mktemp("interop"))
            made.write_text(str(host.values["database"]), encoding="utf-8")
        return made.read_text(encoding="utf-8")


@pytest.fixture
def team(_filled: str, postgres_server: PostgresServer) -> Iterator[PostgresHost]:
    """Return a database of this test with a store that the real client made and filled just now."""
    host = postgres_server.host(_filled)
    yield host
    host.close()
