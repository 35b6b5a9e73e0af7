"""The hash by which two members see that they look at the same descriptions."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable

__all__ = ["descriptions_hash"]

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def descriptions_hash(pairs: Iterable[tuple[str, str | None]]) -> str:
    """Return the SHA-256, in hexadecimal, of a run's descriptions.

    What is hashed are the UTF-8 bytes of the JSON array of `[target_qname, description]` pairs, sorted by
    name in code-point order, without spaces, non-ASCII characters unescaped. A lone surrogate, which no UTF-8
    can hold, counts as U+FFFD.

    Args:
        pairs: One pair an asset, in any order; the description is None where there is none.
    """
    rows = sorted([name, description] for name, description in _one_each(pairs))
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(_LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text).encode()).hexdigest()


def _one_each(pairs: Iterable[tuple[str, str | None]]) -> Iterable[tuple[str, str | None]]:
    """Give the pairs, refusing a name that comes twice: the hash would depend on their order."""
    seen: dict[str, str | None] = {}
    for name, description in pairs:
        if name in seen:
            raise ValueError(f"two descriptions of {name}")
        seen[name] = description
    return seen.items()
