"""As whom a kept demo is opened."""

from __future__ import annotations

import os
from collections.abc import Mapping

__all__ = ["demo_environment"]


def demo_environment(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Give the environment `AMX_USER` of the demo, where the AMX home is one and no user is set.

    So `AMX_HOME=DIR amx-tui` opens a kept demo as the member that it was made for. Costs one failed look at
    a file for every other home.
    """
    home = environ.get("AMX_HOME") or environ.get("AMX_CONFIG_DIR")
    if not home or environ.get("AMX_USER"):
        return environ
    try:
        with open(os.path.join(os.path.expanduser(home), "demo.json"), encoding="utf-8") as file:
            import json

            username = json.load(file)["amx_demo"]["username"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return environ
    return {**environ, "AMX_USER": str(username)}
