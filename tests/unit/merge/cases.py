"""Cases for the comparison with git: any three texts of few different lines, and pages that two people edit."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.unit.merge.git import Three
from tests.unit.merge.pages import PAGES, SENTENCES

__all__ = ["generated", "realistic"]


def generated(seed: int) -> Three:
    """Three texts whose lines repeat often, so that there are many ways to compare them."""
    random = Random(f"generated {seed}")
    words = random.choice([3, 6, 12, 40])
    end = random.choice(["\n", "\n", "\n", "\r\n"])

    def line() -> str:
        text = "" if random.random() < 0.25 else f"line {random.randrange(words)}"
        space = " " if random.random() < 0.05 else ""
        return text + space + ("\n" if random.random() < 0.05 else end)

    base = [line() for _ in range(random.choice([0, 1, 3, 6, 12, 25, 60]))]
    mine = _edited_lines(base, random, line)
    theirs = _edited_lines(base, random, line)
    if random.random() < 0.2:
        at = random.randrange(len(mine) + 1)
        theirs[at:at] = mine[at : at + random.choice([1, 2, 4])]
    return tuple(  # type: ignore[return-value]  # three
        _without_last_end("".join(lines)) if random.random() < 0.1 else "".join(lines)
        for lines in (base, mine, theirs)
    )


def _without_last_end(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")


def _edited_lines(base: list[str], random: Random, line: Callable[[], str]) -> list[str]:
    lines = list(base)
    for _ in range(random.choice([0, 1, 1, 2, 3, 5, 8])):
        at = random.randrange(len(lines) + 1)
        match random.randrange(4):
            case 0:
                lines[at:at] = [line() for _ in range(random.choice([1, 1, 2, 3]))]
            case 1:
                del lines[at : at + random.choice([1, 1, 2, 3])]
            case 2:
                lines[at : at + 1] = [line()]
            case _ if at < len(lines):
                moved = lines.pop(at)
                lines.insert(random.randrange(len(lines) + 1), moved)
    return lines


def realistic(seed: int) -> Three:
    """A page, and what two people made of it in an hour each."""
    random = Random(f"realistic {seed}")
    base = random.choice(PAGES)
    mine = _edited_page(base, random)
    theirs = _edited_page(base, random)
    if random.random() < 0.2:  # one had seen some of what the other wrote
        theirs = _edited_page(mine, random) if random.random() < 0.3 else theirs
    if random.random() < 0.1:
        mine = mine.replace("\n", "\r\n")
    if random.random() < 0.1:
        theirs = theirs.removesuffix("\n")
    return base, mine, theirs


def _edited_page(page: str, random: Random) -> str:
    lines = page.split("\n")
    for _ in range(random.choice([1, 2, 3, 5, 8, 12])):
        random.choice(_EDITS)(lines, random)
    return "\n".join(lines)


def _texts(lines: list[str]) -> list[int]:
    return [number for number, line in enumerate(lines) if len(line.split()) > 3] or [0]


def _reword(lines: list[str], random: Random) -> None:
    """Another word, somewhere in a sentence."""
    number = random.choice(_texts(lines))
    words = lines[number].split(" ")
    words[random.randrange(len(words))] = random.choice(
        ["each", "current", "daily", "**must**", "`id`", "42"]
    )
    lines[number] = " ".join(words)


def _add_words(lines: list[str], random: Random) -> None:
    """A few words more."""
    number = random.choice(_texts(lines))
    words = lines[number].split(" ")
    at = random.randrange(len(words) + 1)
    words[at:at] = random.choice(["as agreed in May", "(see below)", "not", "since version 2"]).split(" ")
    lines[number] = " ".join(words)


def _drop_words(lines: list[str], random: Random) -> None:
    """A few words less."""
    number = random.choice(_texts(lines))
    words = lines[number].split(" ")
    at = random.randrange(len(words))
    del words[at : at + random.choice([1, 1, 2, 3])]
    lines[number] = " ".join(words)


def _add_paragraph(lines: list[str], random: Random) -> None:
    """A paragraph, where one ends."""
    ends = [number for number, line in enumerate(lines) if not line] or [len(lines)]
    at = random.choice(ends)
    lines[at:at] = ["", *random.sample(SENTENCES, random.choice([1, 2, 3]))]


def _drop_paragraph(lines: list[str], random: Random) -> None:
    """A paragraph, a list or a table goes."""
    start = random.choice(_texts(lines))
    end = start
    while end < len(lines) and lines[end]:
        end += 1
    del lines[start : end + 1]


def _repeat_item(lines: list[str], random: Random) -> None:
    """An item or a row more, made from the one above."""
    items = [number for number, line in enumerate(lines) if line.startswith(("- ", "| ", "1. "))]
    if items:
        number = random.choice(items)
        words = lines[number].split(" ")
        words[min(1, len(words) - 1)] = random.choice(["region", "currency", "channel"])
        lines.insert(number + 1, " ".join(words))


def _move_section(lines: list[str], random: Random) -> None:
    """A section stands elsewhere."""
    heads = [number for number, line in enumerate(lines) if line.startswith("## ")]
    if len(heads) > 1:
        start, end = sorted(random.sample(heads, 2))
        section = lines[start:end]
        del lines[start:end]
        later = [number for number, line in enumerate(lines) if line.startswith("## ") and number >= start]
        at = random.choice([*later, len(lines)])
        lines[at:at] = section


def _rewrap(lines: list[str], random: Random) -> None:
    """A paragraph's lines are joined, or one is broken."""
    number = random.choice(_texts(lines))
    if number + 1 < len(lines) and lines[number + 1] and random.random() < 0.5:
        lines[number : number + 2] = [f"{lines[number]} {lines[number + 1]}"]
    else:
        words = lines[number].split(" ")
        half = len(words) // 2
        lines[number : number + 1] = [" ".join(words[:half]), " ".join(words[half:])]


def _rename(lines: list[str], random: Random) -> None:
    """A name is replaced wherever it stands."""
    old, new = random.choice([("customer", "client"), ("order", "purchase"), ("nightly", "hourly")])
    lines[:] = [line.replace(old, new) for line in lines]


def _trailing_blanks(lines: list[str], random: Random) -> None:
    """An editor takes blanks away, or leaves some."""
    number = random.randrange(len(lines))
    lines[number] = lines[number].rstrip() + random.choice(["", "  "])


_EDITS: list[Callable[[list[str], Random], None]] = [
    _reword,
    _reword,
    _add_words,
    _drop_words,
    _add_paragraph,
    _drop_paragraph,
    _repeat_item,
    _move_section,
    _rewrap,
    _rename,
    _trailing_blanks,
]
