"""The program's own options: what is bad is a named warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from amx_tui.config.settings import Settings, load_settings, save_setting
from amx_tui.domain.errors import ConfigError


def settings_of(home: Path, text: str | bytes) -> Settings:
    """Write `amx-tui.yml` and read it."""
    home.mkdir(exist_ok=True, parents=True)
    (home / "amx-tui.yml").write_bytes(text.encode() if isinstance(text, str) else text)
    return load_settings(home)


@pytest.mark.parametrize("text", ["", "# nothing\n", "~\n", "theme:\nkeymap:\nlive:\n"])
def test_an_empty_file_gives_the_defaults(tmp_path: Path, text: str) -> None:
    """No file, an empty one and one without values are the same."""
    assert settings_of(tmp_path, text) == load_settings(tmp_path / "nowhere") == Settings()
    assert (Settings().theme, Settings().live) == ("amx-dark", True)


def test_options_are_read(tmp_path: Path) -> None:
    """Keys may be a list or one text."""
    read = settings_of(
        tmp_path,
        "theme: amx-light\nlive: false\nkeymap: {history.compare: 'c, ctrl+k', list.down: [j, down]}\n",
    )
    assert read == Settings("amx-light", {"history.compare": "c,ctrl+k", "list.down": "j,down"}, live=False)


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("theme: [a]\n", "amx-tui.yml: theme must be the name of a theme; amx-dark is used."),
        ("live: perhaps\n", "amx-tui.yml: live must be true or false; true is used."),
        (
            "colour: red\n",
            "amx-tui.yml: colour is no option of this program; options are theme, keymap, live.",
        ),
        (
            "keymap: c\n",
            "amx-tui.yml: keymap must hold keys by binding id, such as `history.compare: c`; it is not used.",
        ),
        (
            "keymap: {a.b: ctrl+j}\n",
            "amx-tui.yml: keymap.a.b cannot be ctrl+j, which terminals send for enter.",
        ),
        (
            "keymap: {a.b: ''}\n",
            "amx-tui.yml: keymap.a.b must be keys such as `c` or `ctrl+k`, separated by commas.",
        ),
        (
            'keymap: {a.b: "x y"}\n',
            "amx-tui.yml: keymap.a.b must be keys such as `c` or `ctrl+k`, separated by commas.",
        ),
    ],
)
def test_a_bad_option_is_a_warning_and_the_default_holds(tmp_path: Path, text: str, warning: str) -> None:
    """The warning names file and key; the program starts."""
    read = settings_of(tmp_path, text)
    assert read.warnings == (warning,)
    assert (read.theme, read.live, read.keymap) == ("amx-dark", True, {})


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (b"\x00\x01\x02", "line 1: holds the character U+0000"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"theme: [a\n", "is not valid YAML"),
        (b"- a\n", "must hold keys and values"),
        (b"a: &a [*a]\n", "inside itself"),
        (b"theme: a\ntheme: b\n", "line 2: theme stands twice"),
        (b"theme: 2024-99-99\n", "cannot be read"),
    ],
)
def test_a_broken_file_is_one_warning(tmp_path: Path, text: bytes, part: str) -> None:
    """A file that is no settings file at all leaves the defaults."""
    read = settings_of(tmp_path, text)
    assert len(read.warnings) == 1
    assert part in read.warnings[0]
    assert "defaults are used" in read.warnings[0]


def test_saving_an_option_keeps_the_rest(tmp_path: Path) -> None:
    """A theme chosen in the palette is written into the user's file, comments kept."""
    settings_of(tmp_path, "# mine\nlive: false # quiet\ntheme: amx-dark # nice\n")
    assert save_setting(tmp_path, "theme", "amx-light").theme == "amx-light"
    assert (tmp_path / "amx-tui.yml").read_text() == "# mine\nlive: false # quiet\ntheme: amx-light # nice\n"
    assert save_setting(tmp_path, "theme", None) == Settings(live=False)
    assert not list(tmp_path.glob("*.bak*"))


def test_saving_makes_the_home(tmp_path: Path) -> None:
    """The first option of a new user."""
    save_setting(tmp_path / "new" / "home", "live", value=False)
    assert (tmp_path / "new" / "home" / "amx-tui.yml").read_text() == "live: false\n"


def test_a_broken_file_is_not_overwritten(tmp_path: Path) -> None:
    """Saving into a file that cannot be read is refused and changes nothing."""
    settings_of(tmp_path, "theme: [a\n")
    with pytest.raises(ConfigError):
        save_setting(tmp_path, "theme", "amx-light")
    assert (tmp_path / "amx-tui.yml").read_text() == "theme: [a\n"
