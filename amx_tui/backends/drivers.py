"""Whether a driver is installed, found without importing it."""

from __future__ import annotations

from importlib.machinery import PathFinder
from importlib.util import find_spec

__all__ = ["is_importable"]


def is_importable(module: str) -> bool:
    """Say whether `module` could be imported.

    `find_spec` imports the parents of a dotted name (`snowflake.sqlalchemy`), which costs what we want to
    save, so the parts below the first are looked up on the paths of their parent.
    """
    top, *rest = module.split(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return False
    name = top
    for part in rest:
        if spec is None or spec.submodule_search_locations is None:
            return False
        name = f"{name}.{part}"
        spec = PathFinder.find_spec(name, list(spec.submodule_search_locations))
    return spec is not None
