"""What CI checks, one session each: `nox` runs all, `nox -s lint` one."""

from __future__ import annotations

from pathlib import Path

import nox

nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["tests", "interop", "lint", "types", "imports", "wheel"]

AMX_CLI = ("amx-cli==0.19.0", "sqlalchemy<2.1", "psycopg2-binary")


@nox.session
def tests(session: nox.Session) -> None:
    """The whole suite, in random order, on every core."""
    session.install("-e", ".[test]")
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session
def interop(session: nox.Session) -> None:
    """Side by side with the real amx-cli, which has an environment of its own."""
    session.install("-e", ".[test]")
    folder = Path(".nox", "amx-cli").absolute()
    python = folder / "bin" / "python"
    if not python.exists():
        session.run("python", "-m", "venv", "--without-pip", str(folder))
    session.run("python", "-m", "pip", "--python", str(python), "install", "--quiet", *AMX_CLI)
    session.run(
        "pytest",
        "-n",
        "auto",
        "tests/interop",
        *session.posargs,
        env={"AMX_TEST_AMX_CLI": str(python), "AMX_TEST_REQUIRE": "postgresql,interop"},
    )


@nox.session
def lint(session: nox.Session) -> None:
    """Style and the usual mistakes."""
    session.install("-e", ".[dev]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Every type, strictly."""
    session.install("-e", ".[dev]")
    session.run("mypy", "--strict")


@nox.session
def imports(session: nox.Session) -> None:
    """Import arrows point one way."""
    session.install("-e", ".[dev]")
    session.run("lint-imports")


@nox.session
def wheel(session: nox.Session) -> None:
    """The wheel, alone in an empty environment, is the whole program."""
    session.run("python", ".ci/check_wheel.py")
