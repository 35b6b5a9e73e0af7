"""What was said on this machine before, so that advice that was read is not given at every start."""

from __future__ import annotations

import hashlib
from pathlib import Path

from amx_tui.drafts.atomic import write_atomically

__all__ = ["is_new"]

_FILE = "said"
_KEPT = 200


def is_new(home: Path, text: str) -> bool:
    """Whether `text` is said for the first time in this AMX home; it is not new from then on.

    Only a digest is kept. In a home that cannot be written everything stays new.
    """
    path = home / _FILE
    digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
    try:
        said = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        said = []
    if digest in said:
        return False
    try:
        write_atomically(path, ("\n".join([*said, digest][-_KEPT:]) + "\n").encode("ascii", "replace"))
    except OSError:
        # Then it is said again next time, which is better than not at all.
        return True
    return True
