"""Reading YAML files: whatever is wrong is one error with file, line and key."""

from __future__ import annotations

import contextlib
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.config.document import MAX_BYTES, Document, parse, plain, read_document
from amx_tui.domain.errors import ConfigError

PATH = Path("config.yml")


def values_of(text: str) -> object:
    """Read a YAML text into Python values."""
    return plain(PATH, parse(PATH, text))


def read(tmp_path: Path, data: bytes) -> Document:
    """Write a file and read it."""
    path = tmp_path / "config.yml"
    path.write_bytes(data)
    return read_document(path)


def values_in(tmp_path: Path, data: bytes) -> object:
    """Write a file and read it into Python values."""
    document = read(tmp_path, data)
    return plain(document.path, document.root)


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 9)
)
MERGE_BOMB = "a0: &a0 {k: 1}\n" + "".join(
    f"a{level}: &a{level}\n  <<: [{', '.join([f'*a{level - 1}'] * 10)}]\n  k{level}: 1\n"
    for level in range(1, 40)
)

BROKEN = [
    (b"a: 1\n\x00\x01\x02", 2, "holds the character U+0000"),
    (b"\x7fELF\x02\x01\x01", 1, "holds the character U+007F"),
    (b"a: \x1b[2J\n", 1, "holds the character U+001B"),
    (b"a: 1\nb: \xff\xfe\n", 2, "is not UTF-8 text"),
    ("a: 1\n".encode("utf-16"), 1, "is not UTF-8 text"),
    (b"a: 1\nb: [1, 2\n", 3, "is not valid YAML"),
    (b"a: 1\n\tb: 2\n", 2, "is not valid YAML"),
    (b"a: 'x\n", 2, "is not valid YAML"),
    (b"a: 1\nb: @x\n", 2, "is not valid YAML"),
    (b"a: 1\n---\nb: 2\n", 2, "holds more than one YAML document"),
    (b"- a\n", 1, "must hold keys and values at the top"),
    (b"# x\njust words\n", 2, "must hold keys and values at the top"),
    (b"a: 1\nb: 2\na: 3\n", 3, "a stands twice, first in line 1"),
    (b"x:\n  a: 1\n  'a': 2\n", 3, "a stands twice, first in line 2"),
    (b"a: &a\n  b: *a\n", 2, "has *a inside itself"),
    (b"a: &a [[*a]]\n", 1, "has *a inside itself"),
    (b"a: 1\nb: *nothing\n", 2, "refers to *nothing, which is not there"),
    (b"? [a]\n: 1\n", 1, "a key must be a plain word"),
    (b"a: !!python/object/apply:os.system [id]\n", 1, "holds a YAML tag that is not supported"),
    (b"x:\n  a: !secret y\n", 2, "x.a has a value that cannot be read"),
    (b"x:\n  a: 2024-99-99\n", 2, "x.a has a value that cannot be read"),
    (b"x: [1, 2024-02-30]\n", 1, "x[1] has a value that cannot be read"),
    (b"a: " + b"9" * 5000 + b"\n", 1, "a has a value that cannot be read"),
    (b"a: 1\n<<: 5\n", 2, "<< must name a mapping"),
    (b"a: " + b"[" * 200 + b"]" * 200 + b"\n", 1, "is nested deeper than 100 levels"),
    (BOMB.encode(), None, "its aliases multiply into too many values"),
    (b"a: [" + b"1," * 200_001 + b"]\n", None, "holds more than 200,000 values"),
    (b"#" * (MAX_BYTES + 1), None, "is larger than 5 MB"),
]


@pytest.mark.parametrize(("data", "line", "problem"), BROKEN, ids=[problem for _, _, problem in BROKEN])
def test_a_broken_file_is_one_clear_error(
    tmp_path: Path, data: bytes, line: int | None, problem: str
) -> None:
    """Message, line and path say where to look; the file is left as it is."""
    with pytest.raises(ConfigError) as error:
        values_in(tmp_path, data)
    assert problem in error.value.message
    assert error.value.path == tmp_path / "config.yml"
    assert "\n" not in error.value.message
    assert len(error.value.message) < 300
    if line is not None:
        assert error.value.line == line
        assert error.value.message.startswith(f"config.yml, line {line}:")
    assert "left as it is" in error.value.hint
    assert (tmp_path / "config.yml").read_bytes() == data


def test_what_stands_in_a_broken_file_is_not_repeated(tmp_path: Path) -> None:
    """A password beside the mistake does not get into the message."""
    with pytest.raises(ConfigError) as error:
        read(tmp_path, b"db_profiles:\n  p:\n    password: hunter2: x\n")
    assert "hunter2" not in f"{error.value} {error.value.hint}"
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"# only words\n", b"---\n", b"~\n", b"\xef\xbb\xbf", b"null"]
)
def test_a_file_without_content_is_empty(tmp_path: Path, data: bytes) -> None:
    """Nothing, comments, or null are no error."""
    document = read(tmp_path, data)
    assert not plain(document.path, document.root)


def test_a_missing_file_is_empty(tmp_path: Path) -> None:
    """A new user has no file yet."""
    document = read_document(tmp_path / "nowhere" / "config.yml")
    assert (document.root, document.fingerprint) == (None, None)


def test_a_folder_in_its_place_is_an_error(tmp_path: Path) -> None:
    """What cannot be opened is named with the system's reason."""
    with pytest.raises(ConfigError, match=r"cannot be read \(Is a directory\)"):
        read_document(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: 0x1f\nc: 1_000\nd: 1.5\ne: yes\nf: ~\ng: 'x'\nh: \"y\\n\"\ni: on\n",
        "a: [1, {b: c}, [d]]\nb: {x: 1, y}\n",
        "a: &x\n  k: 1\n  l: 2\nb: *x\nc:\n  <<: *x\n  l: 3\nd:\n  <<: [{k: 4}, *x]\n",
        "a: |\n  two\n  lines\nb: >-\n  one\n  line\n\nc: |+\n  kept\n\n",
        "a: !!str 12\nb: ! 12\nc: !!int '7'\nd: !!map {x: 1}\ne: !!seq [1]\n",
        "a: 2024-05-03\nb: 2024-05-03 15:44:00Z\n",
        "ключ: значение 🙂\r\nb: 1\r\n",
        "a: .inf\nb: 1e3\nc: 190:20:30\n",
    ],
)
def test_values_are_what_amx_cli_reads(text: str) -> None:
    """Both programs see the same values in one file."""
    assert values_of(text) == yaml.safe_load(text)


def test_a_value_of_a_date_is_a_date() -> None:
    """Values of blocks we do not know keep their type."""
    assert values_of("a: 2024-05-03\n") == {"a": date(2024, 5, 3)}


def test_merging_many_times_stays_quick() -> None:
    """Forty levels of ten-fold merges are 10^40 merges when each is made anew."""
    read = values_of(MERGE_BOMB)
    assert isinstance(read, dict)
    assert len(read["a39"]) == 40


KEYS = st.text("abcdefg", min_size=1, max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, max_size=5), st.booleans())
def test_whatever_yaml_writes_is_read_back(data: dict[str, object], flow: bool) -> None:
    """Files written by PyYAML, as amx-cli does, are read as it reads them itself.

    Which is what was written, but for a text with the line break U+0085, that PyYAML folds into a blank.
    """
    text = yaml.safe_dump(data, allow_unicode=True, default_flow_style=flow)
    assert (values_of(text) or {}) == yaml.safe_load(text)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40))
def test_any_text_is_read_or_refused_by_one_error(text: str) -> None:
    """No input leads to anything but values or a ConfigError."""
    with contextlib.suppress(ConfigError):
        assert values_of(text) is None or isinstance(values_of(text), dict)
