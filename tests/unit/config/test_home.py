"""Where the AMX home is."""

from __future__ import annotations

from pathlib import Path

import pytest

from amx_tui.config.home import amx_home


@pytest.mark.parametrize(
    ("environ", "home"),
    [
        ({"HOME": "/u"}, "/u/.amx"),
        ({"HOME": "/u", "AMX_CONFIG_DIR": "/b"}, "/b"),
        ({"HOME": "/u", "AMX_CONFIG_DIR": "/b", "AMX_HOME": "/a"}, "/a"),
        ({"HOME": "/u", "AMX_HOME": "", "AMX_CONFIG_DIR": " "}, "/u/.amx"),
        ({"HOME": "/u", "AMX_HOME": "~/x/y"}, "/u/x/y"),
        ({"HOME": "/u", "AMX_HOME": "~"}, "/u"),
        ({"HOME": "/u", "AMX_HOME": "~nobody-of-that-name/x"}, str(Path.cwd() / "~nobody-of-that-name/x")),
        ({"HOME": "/u", "AMX_HOME": "rel"}, str(Path.cwd() / "rel")),
    ],
)
def test_home_of_an_environment(environ: dict[str, str], home: str) -> None:
    """AMX_HOME wins over AMX_CONFIG_DIR, which wins over ~/.amx; blank ones count as not set."""
    assert amx_home(environ) == Path(home)
