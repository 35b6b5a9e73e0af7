"""`python -m amx_tui` is `amx-tui`."""

from __future__ import annotations

import sys

from amx_tui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
