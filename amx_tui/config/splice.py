"""Edits of a YAML text that leave every byte outside the edited entry as it is.

Each edit is a few replacements found from the places in the parsed tree. After each the text is parsed again
and compared with what was meant: a file that is written in a way we cannot edit is refused, never damaged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from amx_tui.config.document import Node, complain, parse, plain
from amx_tui.config.render import Plain, render_block, render_inline
from amx_tui.config.secrets import Secret
from amx_tui.domain.errors import ConfigError

__all__ = ["Drop", "Edit", "Put", "apply_edits"]

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_LINE_END = re.compile("\r\n|[\r\n]")
_SPACES = re.compile("[ \t]*")
_GAP = re.compile("[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Put:
    """Set the value at a path of keys; what is missing on the way is made."""

    path: tuple[str, ...]
    value: Plain


@dataclass(frozen=True, slots=True)
class Drop:
    """Remove the entry at a path of keys; nothing happens where there is none."""

    path: tuple[str, ...]


Edit = Put | Drop


@dataclass(frozen=True, slots=True)
class _Splice:
    start: int
    end: int
    text: str


class _NotEditableError(Exception):
    """The file is valid, but written in a way that this module does not edit."""


def apply_edits(path: Path, text: str, edits: Sequence[Edit]) -> str:
    """Return `text` with the edits made, one after the other.

    Args:
        path: The file that the text is from, for messages.

    Raises:
        ConfigError: The text is broken, or written so that the edit cannot be made by a program (an alias or
            anchor in the way, an explicit `? key`).
    """
    meant: object = _canonical(plain(path, parse(path, text)))
    for edit in edits:
        meant = _meant(meant, edit)
        try:
            changed = _apply(text, parse(path, text), edit)
            is_done = (_canonical(plain(path, parse(path, changed))) or {}) == meant
        except (_NotEditableError, ConfigError):
            is_done = False
        if not is_done:
            raise complain(
                path,
                "is written in a way that cannot be edited by a program.",
                key=".".join(edit.path),
                hint=f"Make the change in {path} with an editor; the file was left as it is.",
            )
        text = changed
    return text


def _canonical(value: object) -> object:
    """Make values comparable: types apart (1 and true are not the same), NaN equal to itself."""
    if isinstance(value, Mapping):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, Secret):
        value = value.reveal()
    return (type(value).__name__, repr(value)) if value is not None else None


def _meant(data: object, edit: Edit) -> dict[str, object]:
    """Return what the canonical data is to be after the edit."""
    base = dict(data) if isinstance(data, dict) else {}
    key, *rest = edit.path
    if rest:
        if isinstance(edit, Put) or isinstance(base.get(key), dict):
            inner = Put(tuple(rest), edit.value) if isinstance(edit, Put) else Drop(tuple(rest))
            base[key] = _meant(base.get(key), inner)
    elif isinstance(edit, Put):
        base[key] = _canonical(edit.value)
    else:
        base.pop(key, None)
    return base


def _apply(text: str, root: Node | None, edit: Edit) -> str:
    splices = _put(text, root, edit) if isinstance(edit, Put) else _drop(text, root, edit.path)
    for splice in sorted(splices, key=lambda splice: splice.start, reverse=True):
        text = text[: splice.start] + splice.text + text[splice.end :]
    return text


def _put(text: str, root: Node | None, edit: Put) -> list[_Splice]:
    if root is None or root.kind != "map":
        return _start(text, root, edit)
    node = root
    for depth, name in enumerate(edit.path):
        rest = edit.path[depth + 1 :]
        entry = _find(node, name)
        if entry is None:
            return _insert(text, node, name, _nested(rest, edit.value))
        key, value = entry
        if not rest:
            return _replace(text, node, key, value, edit.value)
        if value.kind == "map" and value.entries:
            node = value
        elif value.kind != "alias" and (value.is_null or value.kind == "map"):
            return _replace(text, node, key, value, _nested(rest, edit.value))
        else:
            raise _NotEditableError
    raise _NotEditableError


def _start(text: str, root: Node | None, edit: Put) -> list[_Splice]:
    """Write the first entry of a file that has none."""
    newline = _newline(text)
    rendered = render_block(
        edit.path[0], _nested(edit.path[1:], edit.value), indent="", step=2, newline=newline
    )
    if root is not None and root.end > root.start:
        return [_Splice(root.start, root.end, rendered.removesuffix(newline))]
    glue = newline if text and not _BREAK.match(text[-1]) else ""
    return [_Splice(len(text), len(text), glue + rendered)]


def _nested(path: Sequence[str], value: Plain) -> Plain:
    for name in reversed(path):
        value = {name: value}
    return value


def _find(node: Node, name: str) -> tuple[Node, Node] | None:
    return next((entry for entry in node.entries if entry[0].resolved.text == name), None)


def _insert(text: str, node: Node, name: str, value: Plain) -> list[_Splice]:
    """Add an entry behind the last one of a mapping."""
    if node.flow:
        rendered = f"{render_inline(name)}: {render_inline(value)}"
        if not node.entries:
            return [_Splice(node.end - 1, node.end - 1, rendered)]
        place = node.entries[-1][1].end
        return [_Splice(place, place, f", {rendered}")]
    first, last = node.entries[0], node.entries[-1]
    indent = _indent(text, first[0])
    newline = _newline(text)
    place = _entry_end(text, *last)
    glue = "" if place == 0 or _BREAK.match(text[place - 1]) else newline
    rendered = render_block(name, value, indent=indent, step=_step(text, node), newline=newline)
    if glue and _last_leaf(last[1]).style in {"|", ">"}:
        # A line end behind a text block would become part of the text.
        before = _line_start(text, last[0].start)
        return [_Splice(before, before, rendered)]
    if glue:
        # A file without a line end at its end keeps that habit.
        rendered = rendered.removesuffix(newline)
    return [_Splice(place, place, glue + rendered)]


def _replace(text: str, parent: Node, key: Node, value: Node, new: Plain) -> list[_Splice]:
    """Exchange the value of an entry."""
    if isinstance(new, Mapping) and new and not parent.flow:
        return _replace_by_block(text, parent, key, value, new)
    rendered = render_inline(new)
    if value.start == value.end:
        return [_Splice(value.start, value.end, f" {rendered}")]
    if value.kind in {"map", "list"} and not value.flow:
        return [_Splice(_colon(text, key) + 1, _content_end(text, value), f" {rendered}")]
    glue = "" if text[value.start - 1] != ":" else " "
    return [_Splice(value.start, _content_end(text, value), glue + rendered)]


def _replace_by_block(
    text: str, parent: Node, key: Node, value: Node, new: Mapping[str, Plain]
) -> list[_Splice]:
    """Put a block of keys where nothing or `{}` was; a comment on the key's line stays there."""
    if not value.is_null and value.kind != "map":
        raise _NotEditableError
    newline, step = _newline(text), _step(text, parent)
    indent = _indent(text, key) + " " * step
    lines = "".join(
        render_block(name, item, indent=indent, step=step, newline=newline) for name, item in new.items()
    )
    place = _line_end(text, value.end)
    start = value.start
    if not text[value.end : place].strip():
        # Nothing else stands on the line, so the space in front of `{}` would be left over at its end.
        start = _colon(text, key) + 1
    glue = "" if _BREAK.match(text[place - 1]) else newline
    if glue:
        lines = lines.removesuffix(newline)
    return [_Splice(start, value.end, ""), _Splice(place, place, glue + lines)]


def _drop(text: str, root: Node | None, path: tuple[str, ...]) -> list[_Splice]:
    if root is None or root.kind != "map":
        return []
    node, owner = root, None
    for name in path[:-1]:
        owner = _find(node, name)
        if owner is None or owner[1].is_null:
            return []
        if owner[1].kind != "map":
            raise _NotEditableError
        node = owner[1]
    entry = _find(node, path[-1])
    if entry is None:
        return []
    if node.flow:
        return _drop_from_flow(text, node, entry)
    _indent(text, entry[0])
    splices = [_Splice(_line_start(text, entry[0].start), _entry_end(text, *entry), "")]
    if len(node.entries) == 1 and owner is not None:
        if node.start != entry[0].start:
            raise _NotEditableError
        colon = _colon(text, owner[0]) + 1
        splices.append(_Splice(colon, colon, " {}"))
    return splices


def _drop_from_flow(text: str, node: Node, entry: tuple[Node, Node]) -> list[_Splice]:
    """Cut an entry out of `{a: 1, b: 2}` with the comma behind it, or, for the last, the one in front."""
    number = next(index for index, each in enumerate(node.entries) if each[0] is entry[0])
    start, end = entry[0].start, entry[1].end
    gap = cast("re.Match[str]", _GAP.match(text, end))
    if text[gap.end()] == ",":
        behind = cast("re.Match[str]", _SPACES.match(text, gap.end() + 1))
        return [_Splice(start, behind.end(), "")]
    if number:
        before = node.entries[number - 1][1].end
        if text[before:start].strip() == ",":
            return [_Splice(before, end, "")]
    return [_Splice(start, end, "")]


def _newline(text: str) -> str:
    match = _LINE_END.search(text)
    return match.group() if match else "\n"


def _line_start(text: str, place: int) -> int:
    return 1 + max(text.rfind(character, 0, place) for character in "\n\r\x85\u2028\u2029")


def _line_end(text: str, place: int) -> int:
    """Return where the line after the one at `place` starts."""
    match = _BREAK.search(text, place)
    return match.end() if match else len(text)


def _indent(text: str, key: Node) -> str:
    """Return what stands in front of a key on its line, which must be white space only."""
    indent = text[_line_start(text, key.start) : key.start]
    if indent.strip(" "):
        raise _NotEditableError
    return indent


def _step(text: str, node: Node) -> int:
    """Return by how many spaces the nested blocks of a mapping are further in; 2 where there is none."""
    for key, value in node.entries:
        if value.kind == "map" and not value.flow and value.entries:
            inner = value.entries[0][0]
            step = (inner.start - _line_start(text, inner.start)) - (key.start - _line_start(text, key.start))
            if step > 0:
                return step
    return 2


def _colon(text: str, key: Node) -> int:
    gap = cast("re.Match[str]", _SPACES.match(text, key.end))
    if text[gap.end() : gap.end() + 1] != ":":
        raise _NotEditableError
    return gap.end()


def _last_leaf(node: Node) -> Node:
    while node.kind in {"map", "list"} and not node.flow:
        node = node.entries[-1][1] if node.kind == "map" else node.items[-1]
    return node


def _content_end(text: str, node: Node) -> int:
    """Return where a node's own text ends; for a block, its last line's, without comments."""
    leaf = _last_leaf(node)
    if leaf.style in {"|", ">"}:
        return leaf.start + len(text[leaf.start : leaf.end].rstrip())
    return leaf.end


def _entry_end(text: str, key: Node, value: Node) -> int:
    """Return where the line after an entry starts: behind its comments that are further in than its key."""
    leaf = _last_leaf(value)
    if leaf.style in {"|", ">"}:
        # Blank lines at the end may belong to the text.
        at_start = leaf.end == _line_start(text, leaf.end)
        place = leaf.end if at_start else _line_end(text, leaf.end)
    else:
        place = _line_end(text, leaf.end)
    column = key.start - _line_start(text, key.start)
    ahead = place
    while ahead < len(text):
        spaces = cast("re.Match[str]", _SPACES.match(text, ahead))
        following = text[spaces.end() : spaces.end() + 1]
        ahead = _line_end(text, ahead)
        if following == "#" and spaces.end() - spaces.start() > column:
            place = ahead
        elif following and not _BREAK.match(following):
            break
    return place
