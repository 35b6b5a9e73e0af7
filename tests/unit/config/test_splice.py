"""Edits of a YAML text: the edited entry changes, every byte around it stays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from amx_tui.config.render import Plain, render_inline
from amx_tui.config.secrets import Secret
from amx_tui.config.splice import Drop, Put, apply_edits
from amx_tui.domain.errors import ConfigError

PATH = Path("config.yml")


def put(text: str, path: str, value: Plain) -> str:
    """Set the value at a dotted path."""
    return apply_edits(PATH, text, [Put(tuple(path.split(".")), value)])


def drop(text: str, path: str) -> str:
    """Remove the entry at a dotted path."""
    return apply_edits(PATH, text, [Drop(tuple(path.split(".")))])


@pytest.mark.parametrize(
    ("text", "path", "value", "edited"),
    [
        ("a: 1\nb: 2 # two\nc: 3\n", "b", 5, "a: 1\nb: 5 # two\nc: 3\n"),
        ("a: 1\r\nb: 2\r\n", "a", "x", "a: x\r\nb: 2\r\n"),
        ("a: 1", "a", 2, "a: 2"),
        ("a: 1", "b", 2, "a: 1\nb: 2"),
        ("a: 1\r\nb: 2", "c", 3, "a: 1\r\nb: 2\r\nc: 3"),
        ("a:\nb: 2\n", "a", 1, "a: 1\nb: 2\n"),
        ("a:   # soon\nb: 2\n", "a", 1, "a: 1   # soon\nb: 2\n"),
        ("a:\tx\nb: 2\n", "a", 1, "a:\t1\nb: 2\n"),
        ("a: 'it''s' # q\n", "a", "o", "a: o # q\n"),
        ("a: one\n  two\nb: 1\n", "a", "x", "a: x\nb: 1\n"),
        ("a: |\n  one\n  two\n\nb: 1\n", "a", "x", "a: x\n\nb: 1\n"),
        ("a: |+\n  one\n\n", "b", 1, "a: |+\n  one\n\nb: 1\n"),
        ("a: 1\nb: |\n  one", "c", 1, "a: 1\nc: 1\nb: |\n  one"),
        ("a: [1,\n  2] # l\nb: 1\n", "a", "x", "a: x # l\nb: 1\n"),
        ("a:\n  - 1\n  - 2\n# c\nb: 1\n", "a", "x", "a: x\n# c\nb: 1\n"),
        ("'a': 1\n\"b\": 2\n", "b", 3, "'a': 1\n\"b\": 3\n"),
        ("{a: 1, b: 2}\n", "b", 3, "{a: 1, b: 3}\n"),
        ("{a: 1}\n", "b", {"c": "x, y"}, "{a: 1, b: {c: 'x, y'}}\n"),
        ("{a: 1, # c\n}\n", "b", 2, "{a: 1, b: 2, # c\n}\n"),
        ("{}", "b", 2, "{b: 2}"),
        ('{"a": 1}\n', "b.c", True, '{"a": 1, b: {c: true}}\n'),
        ("", "a", 1, "a: 1\n"),
        ("# only words", "a", 1, "# only words\na: 1\n"),
        ("---\n", "a", 1, "---\na: 1\n"),
        ("~\n", "a.b", 1, "a:\n  b: 1\n"),
        ("%YAML 1.1\n---\na: 1\n...\n", "b", 2, "%YAML 1.1\n---\na: 1\nb: 2\n...\n"),
        ("a: 1\n\n# end of file\n", "b", 2, "a: 1\nb: 2\n\n# end of file\n"),
        ("p:\n    x:\n        k: 1\n", "p.y", {"k": 2}, "p:\n    x:\n        k: 1\n    y:\n        k: 2\n"),
        ("p:\n  x:\n    k: 1 # c\n    # more\n\n  # of y\n", "p.x.l", 2,
         "p:\n  x:\n    k: 1 # c\n    l: 2\n    # more\n\n  # of y\n"),
        ("p:\n  x:\n    k: 1\n    # more of x\n\n# rest\n", "p.y", {"k": 2},
         "p:\n  x:\n    k: 1\n    # more of x\n  y:\n    k: 2\n\n# rest\n"),
        ("p: # all\nq: 1\n", "p.x.k", 1, "p: # all\n  x:\n    k: 1\nq: 1\n"),
        ("p: {} # none\n", "p.x", {"k": 1}, "p:  # none\n  x:\n    k: 1\n"),
        ("p: {}\n", "p.x", {"k": 1}, "p:\n  x:\n    k: 1\n"),
        ("p: ~", "p.x", {"k": 1}, "p:\n  x:\n    k: 1"),
        ("p:\n  x: {k: 1}\n", "p.x.l", "é", "p:\n  x: {k: 1, l: 'é'}\n"),
        ("b: &b {k: 1}\np:\n  <<: *b\n  l: 2\n", "p.k", 3, "b: &b {k: 1}\np:\n  <<: *b\n  l: 2\n  k: 3\n"),
        ("s: &s AMX\nt: *s\n", "t", "x", "s: &s AMX\nt: x\n"),
        ("2024:\n  k: 1\n", "2024.k", 2, "2024:\n  k: 2\n"),
        ("a: 1\u2028b: 2\n", "b", 3, "a: 1\u2028b: 3\n"),
        ("a: 1\u2028b: 2\r\n", "c", 3, "a: 1\u2028b: 2\r\nc: 3\r\n"),
    ],
)  # fmt: skip
def test_setting_a_value(text: str, path: str, value: Plain, edited: str) -> None:
    """The value is exchanged or added in the place and style where a person would do it."""
    assert put(text, path, value) == edited


@pytest.mark.parametrize(
    ("text", "path", "edited"),
    [
        ("a: 1\nb: 2 # two\nc: 3\n", "b", "a: 1\nc: 3\n"),
        ("a: 1\n", "a", ""),
        ("a: 1 # c\n# end", "a", "# end"),
        ("a: 1\nb: 2", "b", "a: 1\n"),
        ("a: 1\n", "b", "a: 1\n"),
        ("a: 1\n", "b.c", "a: 1\n"),
        ("# top\n\n# of a\na: 1\n\n# of b\nb: 2\n", "a", "# top\n\n# of a\n\n# of b\nb: 2\n"),
        ("p:\n  x:\n    k: 1\n    # old: 2\n\n    # more\n  # of y\n  y:\n    k: 1\n", "p.x",
         "p:\n  # of y\n  y:\n    k: 1\n"),
        ("p: # all\n  # of x\n  x:\n    k: 1\nq: 1\n", "p.x", "p: {} # all\n  # of x\nq: 1\n"),
        ("p:\r\n  x:\r\n    k: 1\r\n    l: 2\r\n", "p.x.l", "p:\r\n  x:\r\n    k: 1\r\n"),
        ("a: |\n  x\n\n  y\nb: 1\n", "a", "b: 1\n"),
        ("a:\n- 1\n- 2\nb: 1\n", "a", "b: 1\n"),
        ("{a: 1, b: 2, c: 3}\n", "b", "{a: 1, c: 3}\n"),
        ("{a: 1, b: 2}\n", "b", "{a: 1}\n"),
        ("{a: 1, b: 2}\n", "a", "{b: 2}\n"),
        ("{a: 1}\n", "a", "{}\n"),
        ("{a: 1, # one\n b: 2}\n", "b", "{a: 1, # one\n }\n"),
        ("{a: 1, # one\n b: 2, # two\n c: 3}\n", "b", "{a: 1, # one\n # two\n c: 3}\n"),
        ("p: {x: {k: 1}}\n", "p.x", "p: {}\n"),
        ("p:\n  x: ~\n", "p.x.k", "p:\n  x: ~\n"),
    ],
)  # fmt: skip
def test_removing_an_entry(text: str, path: str, edited: str) -> None:
    """The entry goes with the comments inside it; those around it stay."""
    assert drop(text, path) == edited


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        ("p: &p {k: 1}\nx: *p\n", Put(("x", "k"), 2)),
        ("s: &s AMX\nt: *s\n", Put(("s",), "x")),
        ("b: &b {k: 1}\np:\n  <<: *b\n", Put(("b", "k"), 3)),
        ("b: &b {k: 1}\np:\n  <<: *b\n", Drop(("p", "k"))),
        ("p: &p\n  k: 1\n", Drop(("p", "k"))),
        ("p: &p {k: 1}\nx: *p\n", Drop(("p",))),
        ("? a\n: 1\nb: 2\n", Drop(("a",))),
        ("? a\n: 1\n", Put(("b",), 2)),
        ("a: 1\n", Put(("a", "b"), 2)),
        ("a: *x\n", Put(("b",), 2)),
        ("a: 1\n", Put(("a",), "\ud800")),
    ],
)
def test_what_cannot_be_edited_safely_is_refused(text: str, edit: Put | Drop) -> None:
    """Anchors, aliases and explicit keys in the way are left to the person with an editor."""
    with pytest.raises(ConfigError) as error:
        apply_edits(PATH, text, [edit])
    assert error.value.path == PATH


def test_a_secret_is_written_in_the_clear_only_into_the_text() -> None:
    """The file needs the secret; the edit's repr does not show it."""
    edit = Put(("a",), Secret("hunter2"))
    assert apply_edits(PATH, "", [edit]) == "a: hunter2\n"
    assert "hunter2" not in repr(edit)


ODD = [
    "yes", "no", "null", "~", "12", "1e3", "0o7", "2024-05-03", "1:30", "a: b", "a #b", "- a", "", " ", "a ", "'", '"',
    "&a", "*a", "!a", "%a", "@a", "`a", "|", ">", "{", "a,b", "[", "]", "? a", ":", "a:", ":a", "---", "...", "=", "<<",
    "keyring:db_profiles/p/password", "env:X", "~/x", "C:\\x", "a\nb", "a\tb", "\x85", "\u2028", "\ufeff", "🙂", "\x1b",
    "a" * 2000, "-1", "+1", ".5", ".", "0x1f", "1_000", "on", "_", "a\\nb", "\x7f", "\u202e", "x" + " y" * 100,
]  # fmt: skip
SCALARS = (
    st.sampled_from(ODD)
    | st.text(max_size=20)
    | st.text(st.characters(codec="utf-8"), max_size=10)
    | st.integers()
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.none()
)
PLAIN: st.SearchStrategy[Plain] = SCALARS | st.dictionaries(
    st.sampled_from(ODD) | st.text("ab", min_size=1), SCALARS, max_size=3
)


@given(PLAIN, st.sampled_from(["{}", "", "x: {y: z, v: w}\n", "x:\n  y: z\n"]))
def test_whatever_is_written_is_read_back_by_yaml(value: Plain, text: str) -> None:
    """Texts that look like numbers, comments, tags or nothing come back as they were, in block and flow."""
    for path in (("new",), ("x", "new")):
        data = yaml.safe_load(apply_edits(PATH, text, [Put(path, value)]))
        for key in path:
            data = data[key]
        assert data == value
        assert type(data) is type(value)


@given(SCALARS)
def test_a_value_is_one_line(value: Plain) -> None:
    """A value never spills into the next line, whatever it holds."""
    assert len(render_inline(value).splitlines()) <= 1


@dataclass
class Piece:
    """A part of a generated file: text between entries, or an entry with its path."""

    text: str
    path: tuple[str, ...] = ()


COMMENTS = st.lists(st.sampled_from(["", "# note", "#", "# a: 1", "#! {[", " ", "# é 🙂"]), max_size=2)
INLINE = st.sampled_from([
    "1", "x y", "'it''s'", '"a\\tb: c"', "[1, 2]", "{k: v, l: {m: n}}", "", "~", "true", "&anchor word", "!!str 12",
    "a # c", "{}   # none", "'#' # c", "x:y",
])  # fmt: skip
BLOCKS = st.sampled_from(
    [
        "|\n{i}  text\n{i}\n{i}  # text\n",
        ">-\n{i}  folded\n{i}  more\n",
        "\n{i}- one\n{i}- two # c\n",
        "# c\n{i}  k: 1\n{i}  l: 2\n",
    ]
)


@st.composite
def files(draw: st.DrawFn) -> tuple[list[Piece], str, bool]:
    """Draw a messy but valid file: its pieces in order, its line end, and whether it ends with one."""
    pieces: list[Piece] = []
    names = draw(st.permutations(["alpha", "beta", "'quo ted'", "delta", "db_profiles", "12"]))
    anchors = 0

    def gap(indent: str) -> None:
        pieces.extend(Piece(indent + line + "\n" if line.strip() else line + "\n") for line in draw(COMMENTS))

    def entry(indent: str, name: str, path: tuple[str, ...]) -> None:
        nonlocal anchors
        anchors += 1
        bare = (*path, name.strip("'"))
        if draw(st.booleans()):
            value = draw(INLINE).replace("anchor", f"anchor{anchors}")
            pieces.append(Piece(f"{indent}{name}: {value}\n", bare))
        else:
            pieces.append(Piece(f"{indent}{name}: {draw(BLOCKS).format(i=indent)}", bare))

    for name in names[: draw(st.integers(1, 6))]:
        gap("")
        if name != "db_profiles":
            entry("", name, ())
            continue
        pieces.append(Piece("db_profiles: # of the team\n"))
        for profile in ("one", "two"):
            gap("  ")
            pieces.append(Piece(f"  {profile}:\n"))
            for key in ("backend", "host", "password"):
                gap("    ")
                entry("    ", key, ("db_profiles", profile))
    gap("")
    return pieces, draw(st.sampled_from(["\n", "\r\n"])), draw(st.booleans())


def assembled(pieces: list[Piece], newline: str, ends: bool) -> str:
    """Put the pieces together."""
    text = "".join(piece.text for piece in pieces)
    return (text if ends else text.removesuffix("\n")).replace("\n", newline)


def value_at(text: str, path: tuple[str, ...]) -> object:
    """Read a value as amx-cli does."""
    data = yaml.load(text, Loader=yaml.CSafeLoader)
    for key in path:
        data = data.get(key, data.get(int(key)) if key.isdigit() else None)
    return data


@settings(max_examples=300, deadline=None)
@given(files(), st.data(), SCALARS.filter(lambda value: value is not None))
def test_bytes_around_a_changed_value_stay(
    file: tuple[list[Piece], str, bool], data: st.DataObject, value: Plain
) -> None:
    """Everything before and behind the entry is there byte for byte, and the new value is read back."""
    pieces, newline, ends = file
    number = data.draw(st.sampled_from([index for index, piece in enumerate(pieces) if piece.path]))
    text = assembled(pieces, newline, ends)
    before = "".join(piece.text for piece in pieces[:number]).replace("\n", newline)
    behind = text[len(before) + len(pieces[number].text.replace("\n", newline)) :]
    edited = apply_edits(PATH, text, [Put(pieces[number].path, value)])
    assert edited.startswith(before)
    assert edited.endswith(behind)
    assert value_at(edited, pieces[number].path) == value


@settings(max_examples=200, deadline=None)
@given(files(), st.data())
def test_bytes_around_a_removed_entry_stay(file: tuple[list[Piece], str, bool], data: st.DataObject) -> None:
    """What is removed lies inside the entry, its line end and the comments further in than its key."""
    pieces, newline, ends = file
    number = data.draw(st.sampled_from([index for index, piece in enumerate(pieces) if piece.path]))
    path = pieces[number].path
    text = assembled(pieces, newline, ends)
    before = "".join(piece.text for piece in pieces[:number]).replace("\n", newline)
    edited = apply_edits(PATH, text, [Drop(path)])
    assert edited.startswith(before)
    behind = text[len(before) + len(pieces[number].text.replace("\n", newline)) :]
    left = edited[len(before) :]
    assert behind.endswith(left)
    removed = behind[: len(behind) - len(left)]
    assert all(line.lstrip().startswith("#") or not line.strip() for line in removed.splitlines())
    if path[:-1]:
        assert path[-1] not in (value_at(edited, path[:-1]) or {})  # type: ignore[operator]  # it is a mapping
    else:
        assert value_at(edited, ()) is None or value_at(edited, path) is None


@settings(max_examples=200, deadline=None)
@given(files(), SCALARS.filter(lambda value: value is not None), st.sampled_from([(), ("db_profiles",)]))
def test_bytes_around_an_added_entry_stay(
    file: tuple[list[Piece], str, bool], value: Plain, parent: tuple[str, ...]
) -> None:
    """A new key is one insertion into the text."""
    text = assembled(*file)
    path = (*parent, "new", "inner")
    edited = apply_edits(PATH, text, [Put(path, value)])
    assert value_at(edited, path) == value
    start = next((index for index, (a, b) in enumerate(zip(text, edited, strict=False)) if a != b), len(text))
    assert edited.endswith(text[start:])
    assert apply_edits(PATH, edited, [Put(path, value)]) == edited
