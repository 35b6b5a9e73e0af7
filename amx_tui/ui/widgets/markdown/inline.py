"""The inside of a paragraph: emphasis, code, links, pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amx_tui.domain.text import visible
from amx_tui.ui.widgets.markdown.wrapping import Piece, Pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

__all__ = ["inline_lines", "task_state"]

_OPENING = {"strong_open": "strong", "em_open": "em", "s_open": "struck", "link_open": "link"}
_TASKS = {"[ ] ": "☐", "[x] ": "☑", "[X] ": "☑"}


def task_state(token: Token) -> str:
    """The sign of a point of a list that is a task, done or not; empty where it is none."""
    return _TASKS.get(token.content[:4], "")


def inline_lines(token: Token, look: str = "", *, skipped: int = 0) -> list[Pieces]:
    """Read what is inside of a block as lines: more than one where it has hard breaks.

    Args:
        token: An `inline` token.
        look: The look of all of it.
        skipped: Characters at its beginning that are left out.
    """
    lines: list[list[Piece]] = [[]]
    looks = [look] if look else []
    links: list[tuple[str, int]] = []
    children: Sequence[Token] = token.children or ()
    for child in children:
        line = lines[-1]
        if child.type in _OPENING:
            looks.append(_OPENING[child.type])
            if child.type == "link_open":
                links.append((str(child.attrs.get("href", "")), len(line)))
        elif child.type.endswith("_close"):
            looks.pop()
            if child.type == "link_close":
                href, start = links.pop()
                line.extend(_target(href, "".join(text for text, _ in line[start:])))
        elif child.type == "softbreak":
            line.append((" ", " ".join(looks)))
        elif child.type == "hardbreak":
            lines.append([])
        elif child.type == "image":
            line.extend(_picture(child))
        else:
            text, skipped = child.content[skipped:], max(0, skipped - len(child.content))
            more = ["code"] if child.type == "code_inline" else []
            line.append((_flat(text), " ".join((*looks, *more))))
    return list(lines)


def _flat(text: str) -> str:
    return visible(text).replace("\n", " ").replace("\t", " ")


def _target(href: str, text: str) -> list[Piece]:
    """Where a link leads, as text: it is for people to read, never for the terminal to follow."""
    shown = _flat(href)
    return [] if shown.removeprefix("mailto:") == text or not shown else [(f" ‹{shown}›", "url")]


def _picture(token: Token) -> list[Piece]:
    words = _flat(token.content) or "picture"
    return [(f"[picture: {words}]", "em"), *_target(str(token.attrs.get("src", "")), "")]
