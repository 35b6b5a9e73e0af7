"""A YAML file as a tree that knows where in the text each part stands.

The tree is built from parser events, not by composing nodes: an alias then keeps its own place (a composed
one has the place of its anchor, and an edit would hit that), and cycles and alias bombs are seen before
anything is built from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NoReturn, Protocol

import yaml

from amx_tui.config.watch import Fingerprint, fingerprint
from amx_tui.domain.errors import ConfigError
from amx_tui.domain.text import one_line

__all__ = [
    "Document",
    "Node",
    "complain",
    "parse",
    "plain",
    "read_document",
    "resolved_entries",
    "scalar_tag",
]

MAX_BYTES = 5_000_000
MAX_DEPTH = 100
MAX_NODES = 200_000
_MAP_TAGS = (None, "!", "tag:yaml.org,2002:map")
_LIST_TAGS = (None, "!", "tag:yaml.org,2002:seq")
# What YAML calls not printable; a file with it is no text file.
_BINARY = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


@dataclass(slots=True, eq=False)
class Node:
    """A scalar, mapping, list or alias, and where it stands (character offsets, end exclusive)."""

    kind: Literal["scalar", "map", "list", "alias"]
    start: int
    """An anchor or tag in front is part of the node."""
    end: int
    """For a block collection the next token's place; comments may lie between its content and that."""
    line: int
    """Counted from 1."""
    text: str = ""
    """A scalar's text without quotes; an alias' name."""
    style: str = ""
    """`'`, `"`, `|` or `>`; empty for a plain scalar."""
    tag: str | None = None
    implicit: tuple[bool, bool] = (True, False)
    flow: bool = False
    entries: list[tuple[Node, Node]] = field(default_factory=list)
    """A mapping's keys and values as they stand, merge keys unresolved."""
    items: list[Node] = field(default_factory=list)
    target: Node | None = None
    """What an alias stands for."""
    merged: dict[str, tuple[Node, Node]] | None = None
    """`resolved_entries`, remembered: merging lists of merged mappings anew each time could take forever."""

    @property
    def resolved(self) -> Node:
        """The node itself, or what it is an alias of."""
        return self.target if self.target is not None else self

    @property
    def is_null(self) -> bool:
        """Whether this is a plain scalar that means nothing: empty, `~` or `null`."""
        node = self.resolved
        return node.kind == "scalar" and not node.style and node.text in {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it was read."""

    path: Path
    text: str = field(repr=False)
    """Without the byte order mark; line ends as they are."""
    has_mark: bool
    """Whether the file starts with a UTF-8 byte order mark."""
    root: Node | None = field(repr=False)
    """The outermost mapping; None for a file without content."""
    fingerprint: Fingerprint | None
    """None when the file does not exist."""


def complain(
    path: Path, problem: str, *, line: int | None = None, key: str = "", hint: str = ""
) -> ConfigError:
    """Make the error for a file: its message names file, line and key."""
    place = path.name + (f", line {line}" if line else "")
    about = f" {one_line(key, 120)}" if key else ""
    return ConfigError(
        f"{place}:{about} {problem}",
        hint=hint or f"Edit {path} and reload; the file was left as it is.",
        path=path,
        line=line,
        key=key or None,
    )


def read_document(path: Path) -> Document:
    """Read and parse the file; one that does not exist is empty.

    Raises:
        ConfigError: It cannot be read, is too large, no text, no valid YAML, or not one mapping.
    """
    mark = fingerprint(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Document(path, "", False, None, None)
    except OSError as error:
        raise complain(path, f"cannot be read ({error.strerror or type(error).__name__}).") from error
    if len(data) > MAX_BYTES:
        raise complain(path, f"is larger than {MAX_BYTES // 1_000_000} MB, which no configuration is.")
    has_mark = data.startswith(b"\xef\xbb\xbf")
    text = _decode(path, data[3:] if has_mark else data)
    return Document(path, text, has_mark, parse(path, text), mark)


def _decode(path: Path, data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise complain(path, "is not UTF-8 text.", line=line) from None
    binary = _BINARY.search(text)
    if binary:
        line = text.count("\n", 0, binary.start()) + 1
        code = ord(binary.group())
        raise complain(path, f"holds the character U+{code:04X}, which no YAML text may hold.", line=line)
    return text


def parse(path: Path, text: str) -> Node | None:
    """Parse YAML text into the tree of its mapping; None when there is no content.

    Raises:
        ConfigError: No valid YAML, not one mapping, a key twice, a cycle, or too deep or too much.
    """
    try:
        root = _Builder(path).build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise complain(
            path,
            f"is not valid YAML: {error.problem or error.context}.",
            line=mark.line + 1 if mark else None,
        ) from None
    except yaml.YAMLError:
        raise complain(path, "is not valid YAML.") from None
    if root is None or (root.kind == "scalar" and root.is_null):
        return root
    if root.kind != "map":
        raise complain(path, "must hold keys and values at the top.", line=root.line)
    return root


class _Mark(Protocol):
    """A place as either of PyYAML's parsers gives it."""

    index: int
    line: int


def _place(mark: _Mark | None) -> tuple[int, int]:
    """Return offset and line (from 1) of a parser's mark."""
    return (mark.index, mark.line + 1) if mark else (0, 1)


class _Builder:
    """Builds the tree of one document, iteratively, so that deep nesting cannot exhaust the stack."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.anchors: dict[str, Node] = {}
        self.open: list[Node] = []
        self.pending_keys: list[Node | None] = []
        self.root: Node | None = None
        self.count = 0

    def build(self, text: str) -> Node | None:
        documents = 0
        for event in yaml.parse(text, Loader=_LOADER):
            start, line = _place(event.start_mark)
            end, _ = _place(event.end_mark)
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise complain(self.path, "holds more than one YAML document.", line=line)
            elif isinstance(event, yaml.NodeEvent):
                self._add(self._node(event, start, end, line), event.anchor)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.pending_keys.pop()
                closed = self.open.pop()
                closed.end = end
                if closed.kind == "map":
                    self._check_keys(closed)
        return self.root

    def _node(self, event: yaml.NodeEvent, start: int, end: int, line: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return Node("scalar", start, end, line, event.value, event.style or "", event.tag, event.implicit)
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            is_map = isinstance(event, yaml.MappingStartEvent)
            if event.tag not in (_MAP_TAGS if is_map else _LIST_TAGS):
                raise complain(self.path, "holds a YAML tag that is not supported.", line=line)
            return Node("map" if is_map else "list", start, end, line, flow=bool(event.flow_style))
        name = event.anchor or ""
        target = self.anchors.get(name)
        if target is None:
            raise complain(self.path, f"refers to *{one_line(name, 60)}, which is not there.", line=line)
        if target in self.open:
            raise complain(self.path, f"has *{one_line(name, 60)} inside itself.", line=line)
        return Node("alias", start, end, line, name, target=target)

    def _add(self, node: Node, anchor: str | None) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            raise complain(self.path, f"holds more than {MAX_NODES:,} values, which no configuration does.")
        if self.open:
            parent = self.open[-1]
            key = self.pending_keys[-1]
            if parent.kind == "list":
                parent.items.append(node)
            elif key is None:
                self.pending_keys[-1] = node
            else:
                parent.entries.append((key, node))
                self.pending_keys[-1] = None
        else:
            self.root = node
        if anchor and node.kind != "alias":
            self.anchors[anchor] = node
        if node.kind in {"map", "list"}:
            if len(self.open) >= MAX_DEPTH:
                raise complain(self.path, f"is nested deeper than {MAX_DEPTH} levels.", line=node.line)
            self.open.append(node)
            self.pending_keys.append(None)

    def _check_keys(self, node: Node) -> None:
        seen: dict[str, int] = {}
        for key, _value in node.entries:
            name = key.resolved
            if name.kind != "scalar":
                raise complain(self.path, "a key must be a plain word.", line=key.line)
            if name.text in seen:
                raise complain(
                    self.path, f"stands twice, first in line {seen[name.text]}.", line=key.line, key=name.text
                )
            seen[name.text] = key.line


def resolved_entries(path: Path, node: Node) -> dict[str, tuple[Node, Node]]:
    """Return a mapping's keys and values by key text, with merge keys (`<<`) followed; own keys win.

    Raises:
        ConfigError: A merge key does not name mappings.
    """
    node = node.resolved
    if node.merged is None:
        own: dict[str, tuple[Node, Node]] = {}
        inherited: dict[str, tuple[Node, Node]] = {}
        for key, value in node.entries:
            if key.resolved.text == "<<" and not key.resolved.style:
                for source in _merge_sources(path, value):
                    inherited = {**resolved_entries(path, source), **inherited}
            else:
                own[key.resolved.text] = (key, value)
        node.merged = {**inherited, **own}
    return node.merged


def _merge_sources(path: Path, value: Node) -> Iterator[Node]:
    source = value.resolved
    for part in source.items if source.kind == "list" else [source]:
        if part.resolved.kind != "map":
            raise complain(path, "must name a mapping.", line=value.line, key="<<")
        yield part.resolved


def plain(path: Path, node: Node | None) -> object:
    """Build Python values from a tree: dicts with text keys, lists, and scalars as YAML 1.1 reads them.

    Raises:
        ConfigError: A value that cannot be read, or aliases that multiply into too many values.
    """
    return None if node is None else _Values(path).build(node, "")


def scalar_tag(loader: yaml.SafeLoader, text: str, implicit: tuple[bool, bool]) -> str:
    """Return the tag that YAML 1.1 gives a scalar."""
    tag: str = loader.resolve(yaml.ScalarNode, text, implicit)  # type: ignore[no-untyped-call]  # as stubbed
    return tag


class _Values:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.budget = 2 * MAX_NODES
        self.scalars = yaml.SafeLoader("")

    def build(self, node: Node, key: str) -> object:
        self.budget -= 1
        if self.budget < 0:
            raise complain(self.path, "its aliases multiply into too many values.", line=node.line, key=key)
        node = node.resolved
        if node.kind == "map":
            return {
                name: self.build(value, f"{key}.{name}" if key else name)
                for name, (_key, value) in resolved_entries(self.path, node).items()
            }
        if node.kind == "list":
            return [self.build(item, f"{key}[{number}]") for number, item in enumerate(node.items)]
        return self._scalar(node, key)

    def _scalar(self, node: Node, key: str) -> object:
        if node.tag is None and (node.style or not node.implicit[0]):
            return node.text
        tag = node.tag
        if tag is None or tag == "!":
            tag = scalar_tag(self.scalars, node.text, node.implicit)
        try:
            return self.scalars.construct_object(yaml.ScalarNode(tag, node.text))
        except (yaml.YAMLError, ValueError, OverflowError, LookupError):
            self._refuse(node, key)

    def _refuse(self, node: Node, key: str) -> NoReturn:
        raise complain(self.path, "has a value that cannot be read.", line=node.line, key=key) from None
