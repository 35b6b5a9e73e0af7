"""Texts, and what two people make of them."""

from __future__ import annotations

from hypothesis import strategies as st

_WORDS = [
    "alpha",
    "beta",
    "the",
    "of",
    "12",
    "**b**",
    "`c`",
    "é",
    "e\u0301",
    "名",
    ".",
    "- ",
    "|",
    "\x00",
    "\u2028",
]
_ENDS = ["\n", "\n", "\n", "\r\n", " \n", "\n\n"]

words = st.lists(st.sampled_from(_WORDS), max_size=6)
lines = st.builds(lambda found, end: " ".join(found) + end, words, st.sampled_from(_ENDS))
texts = st.one_of(
    st.builds(
        lambda found, last: "".join(found) + last, st.lists(lines, max_size=8), st.sampled_from(["", "end"])
    ),
    st.text(max_size=30),
    st.text("a\n\r ", max_size=12),
)


@st.composite
def edited(draw: st.DrawFn, text: str) -> str:
    """A text after a few edits of words and lines."""
    for _ in range(draw(st.integers(0, 4))):
        parts = text.split(" ") if draw(st.booleans()) else text.splitlines(keepends=True)
        glue = " " if " ".join(parts) == text else ""
        at = draw(st.integers(0, len(parts)))
        gone = draw(st.integers(0, 2))
        new = draw(st.lists(st.one_of(st.sampled_from(_WORDS), lines), max_size=2))
        text = glue.join([*parts[:at], *new, *parts[at + gone :]])
    return text


@st.composite
def versions(draw: st.DrawFn) -> tuple[str, str, str]:
    """A text, and what two people made of it."""
    base = draw(texts)
    sides = st.one_of(edited(base), texts)
    return base, draw(sides), draw(sides)
