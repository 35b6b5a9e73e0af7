"""JSON that is safe to print: the one form of every JSON document of ours."""

from __future__ import annotations

import json
import math
import re

from amx_tui.domain.runs import JsonValue

__all__ = ["json_text"]

_UNSAFE = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def json_text(value: JsonValue, *, indent: int | None = None) -> str:
    """Write a JSON document: people's letters as they are, everything that a terminal might obey escaped.

    Numbers that JSON has no form for (NaN and the infinities) are null.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, indent=indent)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def _finite(value: JsonValue) -> JsonValue:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return value
