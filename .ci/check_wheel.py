"""Build the wheel, look into it, install it into an empty environment, and use the program there.

Run in the repository with any Python 3.11+ that has pip: `python3 .ci/check_wheel.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Check all; the first thing that is wrong ends it with exit status 1."""
    with tempfile.TemporaryDirectory(prefix="amx-tui-wheel-") as name:
        work = Path(name)
        wheel = build(work)
        check_content(wheel)
        check_program(install(wheel, work), work, version=wheel.name.split("-")[1])
    print(f"{wheel.name}: complete, installs alone, and runs")


def build(work: Path) -> Path:
    """Build the wheel and return its path."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--wheel-dir", str(work), str(ROOT)], check=True)
    (wheel,) = work.glob("amx_tui-*.whl")
    return wheel


def check_content(wheel: Path) -> None:
    """The wheel holds every module, style and theme of the repository, and nothing that is not ours."""
    held = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "amx_tui"
    files = {path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    wanted = {path.relative_to(ROOT).as_posix() for path in files}
    themes = {f"amx_tui/themes/{path.name}" for path in (ROOT / "themes").glob("*.y*ml")}
    if not themes:
        fail("there are no themes")
    if missing := sorted((wanted | themes) - held):
        fail(f"the wheel lacks {missing}")
    foreign = sorted(name for name in held if not name.startswith(("amx_tui/", "amx_tui-")))
    if foreign:
        fail(f"the wheel holds {foreign}, which would lie beside other packages")


def install(wheel: Path, work: Path) -> Path:
    """Install the wheel with nothing but what it depends on, and return the folder of its commands."""
    environment = work / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    python = environment / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, str(wheel)], check=True)
    return environment / "bin"


def check_program(commands: Path, work: Path, *, version: str) -> None:
    """The installed program says its version, makes the demo, and lists the demo's history."""
    home, demo = work / "home", work / "demo"
    home.mkdir()
    program = str(commands / "amx-tui")
    said = run([program, "--version"], home)
    if version not in said:
        fail(f"--version says {said!r}, and the wheel is {version}")
    run([program, "demo", "--no-open", "--keep", str(demo)], home)
    runs = json.loads(run([program, "history", "list", "--json"], home, AMX_HOME=str(demo)))
    if not runs or not all("run_id" in row for row in runs):
        fail(f"the demo's history is {runs!r}")
    if left := sorted(path.name for path in home.iterdir()):
        fail(f"the program left {left} in the home, though it was told another place")


def run(command: list[str], home: Path, **environment: str) -> str:
    """Run a command outside the repository, in an empty home, and return what it printed."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    done = subprocess.run(
        command,
        cwd=home,
        env=kept | {"HOME": str(home)} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        fail(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def fail(reason: str) -> None:
    """End with the reason."""
    sys.exit(f"wheel check: {reason}")


if __name__ == "__main__":
    main()
