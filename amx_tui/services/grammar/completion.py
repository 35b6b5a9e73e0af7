"""What would fit at the cursor of a typed line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from amx_tui.services.grammar.model import Completion, Option, Sources, Token, Verb
from amx_tui.services.grammar.parsing import command_start, tokenize
from amx_tui.services.grammar.verbs import GROUPS, IMPLIED, VERBS, find_verb

__all__ = ["complete"]

_MOST = 200
"""More completions than this help nobody."""


def complete(line: str, cursor: int, sources: Sources) -> list[Completion]:
    """List what could stand at `cursor`, best first.

    Args:
        line: The line as typed, with or without a leading `/` or `:`.
        cursor: Where in it the cursor is; what stands behind it is left as it is.
        sources: Where the names of runs, members, profiles and the like come from; asked only when needed.
    """
    cursor = min(cursor, len(line))
    typed = line[:cursor]
    offset = command_start(typed)
    tokens = tokenize(typed[offset:])
    end = cursor - offset
    word = tokens.pop() if tokens and tokens[-1].end == end else Token("", end, end)
    start = word.start + offset
    return [
        Completion(_quoted(text), start, cursor, help_)
        for text, help_ in _limited(_candidates(tokens, word.text, sources), word.text)
    ]


def _candidates(before: list[Token], word: str, sources: Sources) -> Iterator[tuple[str, str]]:
    """The words that fit behind `before`, with what they are; not yet narrowed down to those that match."""
    words = [token.text for token in before]
    if words[:1] == ["help"]:
        words = words[1:]
    if not words:
        yield from _first_words()
        if not before:
            yield "help", "Say what a command does."
        return
    if words[0] in GROUPS and len(words) == 1:
        yield from ((verb.path[1], verb.summary) for verb in VERBS if verb.path[0] == words[0])
        if words[0] not in IMPLIED or not word.startswith("-"):
            return
    length = 2 if words[0] in GROUPS and len(words) > 1 and find_verb((words[0], words[1])) else 1
    verb = find_verb(tuple(words[:length])) or find_verb(IMPLIED.get(words[0], ()))
    if verb and before[0].text != "help":
        yield from _behind(verb, words[length:], word, sources)


def _first_words() -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for verb in VERBS:
        first = verb.path[0]
        if first not in seen:
            seen.add(first)
            yield first, GROUPS.get(first, verb.summary)


def _behind(verb: Verb, words: list[str], word: str, sources: Sources) -> Iterator[tuple[str, str]]:
    """What fits behind a verb: an option's value, an argument, or an option that was not given yet."""
    awaiting: Option | None = None
    given: set[str] = set()
    positionals = 0
    for earlier in words:
        if awaiting:
            awaiting = None
        elif earlier.startswith("-"):
            option = verb.option(earlier.partition("=")[0])
            given.add(option.name if option else earlier)
            awaiting = option if option and option.kind != "flag" and "=" not in earlier else None
        else:
            positionals += 1
    name, equals, _ = word.partition("=")
    inline = verb.option(name) if equals else None
    if awaiting or inline:
        option = awaiting or inline
        prefix = f"{name}=" if inline and not awaiting else ""
        if option:
            yield from ((prefix + value, "") for value in _values(option.choices, option.source, sources))
        return
    takes_more = bool(verb.arguments) and verb.arguments[-1].is_repeatable
    if not word.startswith("-") and (positionals < len(verb.arguments) or takes_more):
        argument = verb.arguments[min(positionals, len(verb.arguments) - 1)]
        yield from ((value, argument.name) for value in _values((), argument.source, sources))
    for option in verb.options:
        if option.name not in given or option.is_repeatable:
            yield option.name, option.help


def _values(choices: tuple[str, ...], source: str, sources: Sources) -> Iterable[str]:
    if choices:
        return choices
    return sources[source]() if source in sources else ()


def _limited(candidates: Iterator[tuple[str, str]], word: str) -> list[tuple[str, str]]:
    """Those that begin with the word, then those that have it inside; each once, the first two hundred."""
    low = word.lower()
    first: dict[str, str] = {}
    second: dict[str, str] = {}
    for text, help_ in candidates:
        if text.lower().startswith(low):
            first.setdefault(text, help_)
        elif len(low) > 1 and low in text.lower():
            second.setdefault(text, help_)
        if len(first) >= _MOST:
            break
    return [*first.items(), *second.items()][:_MOST]


def _quoted(text: str) -> str:
    """The text as a line needs it: in quotes where it has blanks, quotes or backslashes."""
    if text and not any(character.isspace() or character in "'\"\\" for character in text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"
