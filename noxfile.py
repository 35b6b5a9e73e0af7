"""What CI checks, one session each: `nox` runs all, `nox -s lint` one."""

from __future__ import annotations

import nox

nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["tests", "lint", "types", "imports", "wheel"]


@nox.session
def tests(session: nox.Session) -> None:
    """The whole suite, in random order, on every core."""
    session.install("-e", ".[test]")
    session.run("pytest", "-n", "auto", *session.posargs)


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
