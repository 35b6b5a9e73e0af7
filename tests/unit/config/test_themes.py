"""Theme files: those that come with the program can be read by everybody, a bad one is a named warning."""

from __future__ import annotations

import math
from itertools import combinations
from pathlib import Path

import pytest
from textual.design import ColorSystem

from amx_tui.config.themes import COLOURS, ThemeSpec, load_theme, load_themes, packaged_folder

PACKAGED = load_themes(Path("/nowhere"))
TEXT = tuple(name for name in COLOURS if name not in {"background", "surface", "panel"})
GROUNDS = ("background", "surface", "panel")
ALL = pytest.mark.parametrize("spec", PACKAGED.loaded.values(), ids=list(PACKAGED.loaded))
GOOD = "".join(f"{name}: '#102030'\n" for name in COLOURS)


def linear(colour: str) -> tuple[float, float, float]:
    """Return red, green and blue of `#rrggbb` in linear light, from 0 to 1."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return red, green, blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2, from 1 to 21."""
    light, dark = sorted(
        (
            sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(each), strict=True))
            for each in (one, other)
        ),
        reverse=True,
    )
    return (light + 0.05) / (dark + 0.05)


# Machado, Oliveira and Fernandes 2009, severity 1.0.
BLINDNESS = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}


def lab(colour: tuple[float, ...]) -> tuple[float, float, float]:
    """Return a linear colour in OKLab, where distances are about what eyes see."""
    red, green, blue = (min(1.0, max(0.0, part)) for part in colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def seen_distance(one: str, other: str, blindness: str) -> float:
    """Return how far apart two colours are for somebody with that colour blindness (OKLab)."""
    points = [
        lab(tuple(sum(w * c for w, c in zip(row, linear(each), strict=True)) for row in BLINDNESS[blindness]))
        for each in (one, other)
    ]
    return math.dist(*points)


def test_four_themes_come_with_the_program() -> None:
    """Dark, light, high contrast and colour-blind safe, all of them valid."""
    assert set(PACKAGED.loaded) == {"amx-dark", "amx-light", "amx-high-contrast", "amx-colour-blind"}
    assert PACKAGED.failed == []
    assert [name for name, spec in PACKAGED.loaded.items() if not spec.is_dark] == ["amx-light"]


@ALL
def test_text_can_be_read_on_every_ground(spec: ThemeSpec) -> None:
    """Every colour that text has stands out by 4.5 to 1, in the high contrast theme by 7 to 1."""
    wanted = 7.0 if spec.name == "amx-high-contrast" else 4.5
    ratios = {
        (text, ground): contrast(spec.colours[text], spec.colours[ground])
        for text in TEXT
        for ground in GROUNDS
    }
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < wanted} == {}


@ALL
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("block-cursor-foreground", "block-cursor-background"),
        ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
        ("footer-key-foreground", "footer-background"),
        ("footer-description-foreground", "footer-background"),
        ("input-cursor-foreground", "input-cursor-background"),
    ],
)
def test_text_on_cursor_and_footer_can_be_read(spec: ThemeSpec, text: str, ground: str) -> None:
    """The highlighted row and the keys in the footer hold to the same ratios."""
    wanted = 7.0 if spec.name == "amx-high-contrast" else 4.5
    assert contrast(spec.variables[text], spec.variables[ground]) >= wanted


@ALL
def test_the_focused_border_is_seen(spec: ThemeSpec) -> None:
    """The border of the focused pane stands out by 3 to 1, and is not the one of the others."""
    assert contrast(spec.variables["border"], spec.colours["background"]) >= 3
    assert spec.variables["border"] != spec.variables["border-blurred"]


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_states_stay_apart_without_red_or_green(blindness: str) -> None:
    """In the colour-blind safe theme good, doubtful and bad are further apart than in the dark one."""
    safe, dark = PACKAGED.loaded["amx-colour-blind"], PACKAGED.loaded["amx-dark"]
    for one, other in combinations(("success", "warning", "error"), 2):
        assert seen_distance(safe.colours[one], safe.colours[other], blindness) > 0.2
    assert seen_distance(safe.colours["success"], safe.colours["error"], blindness) > seen_distance(
        dark.colours["success"], dark.colours["error"], blindness
    )


@ALL
def test_every_variable_is_one_of_the_toolkits(spec: ThemeSpec) -> None:
    """A misspelt variable would be ignored silently."""
    known = ColorSystem(spec.colours["primary"], dark=spec.is_dark).generate()
    assert set(spec.variables) <= set(known)


def write(home: Path, name: str, text: str | bytes) -> None:
    """Put a theme file into the AMX home."""
    (home / "themes").mkdir(parents=True, exist_ok=True)
    (home / "themes" / name).write_bytes(text.encode() if isinstance(text, str) else text)


def test_the_users_themes_are_added(tmp_path: Path) -> None:
    """A theme is called what it says, else as its file is."""
    write(
        tmp_path,
        "mine.yml",
        GOOD + "dark: false\nvariables: {border: '#FFaa00 40%', link-style: bold not underline}\n",
    )
    write(tmp_path, "other.yaml", "name: named\n" + GOOD)
    write(tmp_path, "notes.txt", "no theme")
    themes = load_themes(tmp_path)
    assert set(themes.loaded) == {*PACKAGED.loaded, "mine", "named"}
    assert themes.failed == []
    mine = themes.loaded["mine"]
    assert (mine.is_dark, mine.colours["primary"], mine.variables["border"]) == (
        False,
        "#102030",
        "#FFaa00 40%",
    )
    assert themes.loaded["named"].is_dark


def test_the_users_theme_wins_over_a_packaged_one(tmp_path: Path) -> None:
    """Whoever writes an amx-dark of their own wants that."""
    write(tmp_path, "amx-dark.yml", GOOD)
    assert load_themes(tmp_path).loaded["amx-dark"].colours["primary"] == "#102030"
    assert load_theme("amx-dark", tmp_path).loaded["amx-dark"].colours["primary"] == "#102030"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (GOOD.replace("primary: '#102030'\n", "", 1), "primary is missing."),
        (GOOD.replace("'#102030'", "red", 1), "primary must be a colour such as '#1e2430', in quotes."),
        (GOOD.replace("'#102030'", "#102030", 1), "primary must be a colour such as '#1e2430', in quotes."),
        (GOOD.replace("'#102030'", "102030", 1), "primary must be a colour"),
        (GOOD.replace("'#102030'", "'#102030x'", 1), "primary must be a colour"),
        (GOOD + "dark: 7\n", "dark must be true or false."),
        (GOOD + "name: [x]\n", "name must be letters, digits, - and _."),
        (GOOD + "name: '../x'\n", "name must be letters, digits, - and _."),
        (GOOD + "primry: '#102030'\n", "primry is no part of a theme."),
        (GOOD + "variables: [x]\n", "variables must hold names and values."),
        (GOOD + "variables: {border: blue}\n", "variables.border must be a colour"),
        (GOOD + "variables: {border: '#102030 400%'}\n", "variables.border must be a colour"),
        (GOOD + "variables: {link-style: '[red]'}\n", "variables.link-style must be a colour"),
        (GOOD + "variables: {'a;b': '#102030'}\n", "variables.a;b must be a colour"),
        ("", "primary is missing."),
        ("a: [\n", "bad.yml, line 2: is not valid YAML"),
        (b"\x00\xff", "is not UTF-8 text"),
    ],
)
def test_a_bad_theme_file_is_a_named_warning(tmp_path: Path, text: str | bytes, part: str) -> None:
    """The warning names the file and what is wrong; the other themes are there."""
    write(tmp_path, "bad.yml", text)
    themes = load_themes(tmp_path)
    assert set(themes.loaded) == set(PACKAGED.loaded)
    assert len(themes.failed) == 1
    assert themes.failed[0].startswith("Theme bad.yml: ")
    assert part in themes.failed[0]
    assert "\x1b" not in themes.failed[0]


def test_a_bad_theme_of_a_packaged_name_leaves_the_packaged_one(tmp_path: Path) -> None:
    """The screen keeps its colours, and the warning says whose file is bad."""
    write(tmp_path, "amx-dark.yml", "a: 1\n")
    assert load_themes(tmp_path).loaded["amx-dark"] == PACKAGED.loaded["amx-dark"]
    one = load_theme("amx-dark", tmp_path)
    assert one.loaded["amx-dark"] == PACKAGED.loaded["amx-dark"]
    assert len(one.failed) == 1


@pytest.mark.parametrize("name", ["nothing", "", "../amx-dark", "/etc/passwd", "x" * 100])
def test_a_theme_that_is_not_there_is_not_loaded(tmp_path: Path, name: str) -> None:
    """A name is never a path."""
    assert load_theme(name, tmp_path).loaded == {}


def test_one_theme_can_be_loaded_alone() -> None:
    """A quick start reads one file."""
    assert set(load_theme("amx-light", Path("/nowhere")).loaded) == {"amx-light"}


def test_the_packaged_folder_holds_the_files() -> None:
    """In a checkout it is the top-level one, in the wheel the package's own."""
    assert {path.stem for path in packaged_folder().glob("*.yml")} == set(PACKAGED.loaded)
