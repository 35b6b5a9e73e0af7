"""Reading command lines: from the words of a shell, or from one typed line."""

from __future__ import annotations

from collections.abc import Sequence

from amx_tui.domain.errors import UsageError
from amx_tui.domain.text import one_line
from amx_tui.services.grammar.model import Invocation, Option, Token, Verb
from amx_tui.services.grammar.verbs import DRAFTING, GROUPS, IMPLIED, VERBS, find_verb

__all__ = ["command_start", "nearest", "parse", "parse_line", "tokenize"]

_OptionValue = str | int | bool | tuple[str, ...]


def parse(words: Sequence[str]) -> Invocation:
    """Read the words of a command line.

    `--help` (or `-h`, or a leading `help`) anywhere gives an invocation whose path begins with `help`,
    followed by the words of the verb it was asked about. The first word may have the `/` of the AMX documentation.

    Raises:
        UsageError: The words do not fit; the hint holds the nearest thing that would.
    """
    if words and words[0].startswith("/"):
        words = [words[0][1:], *words[1:]]
    before_end = words[: words.index("--")] if "--" in words else words
    if words and (words[0] == "help" or "--help" in before_end or "-h" in before_end):
        return Invocation(("help", *_help_topic([word for word in before_end if not word.startswith("-")])))
    verb, rest = _split_verb(words)
    return _read(verb, rest)


def parse_line(line: str) -> Invocation:
    """Read a line as people type it in the app, or paste it from the AMX documentation.

    Raises:
        UsageError: The line does not fit, or a quote is not closed.
    """
    tokens = tokenize(line[command_start(line) :])
    if tokens and tokens[-1].is_open:
        raise UsageError("A quote is not closed.", hint="Close it, or put a backslash in front of it.")
    if not tokens:
        raise UsageError("There is no command.", hint="Try `history list`, or `help`.")
    return parse([token.text for token in tokens])


def command_start(line: str) -> int:
    """Where the command begins in a typed line: behind a pasted prompt's `>`, and one `/` or `:`."""
    start = len(line) - len(line.lstrip())
    if line[start : start + 1] == ">":
        start += 1
        start += len(line[start:]) - len(line[start:].lstrip())
    return start + 1 if line[start : start + 1] in {"/", ":"} else start


def tokenize(line: str) -> list[Token]:
    """Split a line into words: at blanks, with '…', "…" and backslashes as a shell has them."""
    tokens: list[Token] = []
    position = 0
    while position < len(line):
        if line[position].isspace():
            position += 1
            continue
        token = _token_at(line, position)
        tokens.append(token)
        position = token.end
    return tokens


def _token_at(line: str, start: int) -> Token:
    characters: list[str] = []
    quote = ""
    position = start
    while position < len(line):
        character = line[position]
        if quote == "" and character.isspace():
            break
        if character == quote:
            quote = ""
        elif quote == "" and character in "'\"":
            quote = character
        elif character == "\\" and quote != "'" and position + 1 < len(line):
            position += 1
            characters.append(line[position])
        else:
            characters.append(character)
        position += 1
    return Token("".join(characters), start, position, is_open=quote != "")


def nearest(word: str, known: Sequence[str]) -> str:
    """The known word that `word` was probably meant to be, or empty."""
    starting = [name for name in known if len(word) > 1 and name.startswith(word)]
    if len(starting) == 1:
        return starting[0]
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, known, n=1, cutoff=0.6)), "")


def _help_topic(words: Sequence[str]) -> tuple[str, ...]:
    """The verb or group that help was asked about: the longest beginning of `words` that is one."""
    asked = tuple(words[1:] if words and words[0] == "help" else words)
    for length in (2, 1):
        if find_verb(asked[:length]) or (length == 1 and asked[:1] and asked[0] in GROUPS):
            return asked[:length]
    if asked:
        _unknown_verb(asked[0])
    return ()


def _split_verb(words: Sequence[str]) -> tuple[Verb, Sequence[str]]:
    """Find the verb that the words begin with."""
    if not words:
        raise UsageError("There is no command.", hint="Try `history list`, or `help`.")
    first = words[0]
    if first not in GROUPS:
        verb = find_verb((first,))
        return (verb, words[1:]) if verb else _unknown_verb(first)
    second = words[1] if len(words) > 1 else ""
    verb = find_verb((first, second))
    if verb:
        return verb, words[2:]
    if first in IMPLIED and (not second or second.startswith("-")):
        implied = find_verb(IMPLIED[first])
        if implied:
            return implied, words[1:]
    below = [verb.path[1] for verb in VERBS if verb.path[0] == first]
    listed = " or ".join(filter(None, (", ".join(below[:-1]), below[-1])))
    if not second or second.startswith("-"):
        raise UsageError(f"`{first}` needs a second word: {listed}.", hint=f"Try `{first} {below[0]}`.")
    _refuse_drafting(f"{first} {second}")
    meant = nearest(second, below)
    hint = f"Did you mean `{first} {meant}`?" if meant else f"There is {listed}."
    raise UsageError(f"There is no `{first} {one_line(second, 60)}`.", hint=hint)


def _refuse_drafting(words: str) -> None:
    if words in DRAFTING:
        raise UsageError(
            f"`{words}` is a command of AMX itself, not of amx-tui.",
            hint="Type it in AMX. What its runs drafted is here then: `history list`.",
        )


def _unknown_verb(word: str) -> tuple[Verb, Sequence[str]]:
    _refuse_drafting(word)
    known = [*GROUPS, *(verb.path[0] for verb in VERBS if len(verb.path) == 1)]
    meant = nearest(word, known)
    if word.startswith("-"):
        raise UsageError(
            f"There is no option {one_line(word, 60)} here.",
            hint="Options stand behind the verb; see --help.",
        )
    hint = f"Did you mean `{meant}`?" if meant else "`--help` lists the commands."
    raise UsageError(f"There is no command `{one_line(word, 60)}`.", hint=hint)


def _read(verb: Verb, words: Sequence[str]) -> Invocation:
    """Read what stands behind the verb."""
    options: dict[str, _OptionValue] = {}
    positionals: list[str] = []
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word == "--":
            positionals += queue
            break
        if word.startswith("-") and word != "-":
            _take_option(verb, word, queue, options)
        else:
            positionals.append(word)
    _check_count(verb, positionals)
    for one, other in verb.conflicts:
        if one[2:] in options and other[2:] in options:
            raise UsageError(f"{one} and {other} exclude each other.", hint=f"See `{verb.name} --help`.")
    return Invocation(verb.path, options, tuple(positionals))


def _take_option(verb: Verb, word: str, queue: list[str], options: dict[str, _OptionValue]) -> None:
    """Read one option, taking its value from `queue` where it does not stand behind a `=`."""
    name, equals, inline = word.partition("=")
    option = verb.option(name)
    if option is None:
        meant = nearest(name, [known.name for known in verb.options])
        hint = f"Did you mean {meant}?" if meant else f"See `{verb.name} --help`."
        raise UsageError(f"`{verb.name}` has no option {one_line(name, 60)}.", hint=hint)
    key = option.name[2:]
    if option.kind == "flag":
        if equals:
            raise UsageError(f"{option.name} takes no value.", hint=f"See `{verb.name} --help`.")
        options[key] = True
        return
    if not equals and (not queue or verb.option(queue[0].partition("=")[0]) is not None):
        raise UsageError(f"{option.name} needs a value.", hint=f"Usage: {option.usage}")
    value = _checked(option, inline if equals else queue.pop(0))
    if option.is_repeatable:
        earlier = options.get(key, ())
        options[key] = (*(earlier if isinstance(earlier, tuple) else ()), str(value))
    else:
        options[key] = value


def _checked(option: Option, text: str) -> str | int:
    """The value of an option, found to be one that it takes."""
    if option.choices:
        if text in option.choices:
            return text
        meant = nearest(text, option.choices)
        one_of = ", ".join(option.choices)
        hint = f"Did you mean {meant}? It takes one of: {one_of}." if meant else f"It takes one of: {one_of}."
        raise UsageError(f"{option.name} does not take `{one_line(text, 60)}`.", hint=hint)
    if option.kind == "text" or (option.kind == "count" and text == "all"):
        return text
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        also = " or `all`" if option.kind == "count" else ""
        raise UsageError(
            f"{option.name} takes a whole number from 1{also}, not `{one_line(text, 60)}`.",
            hint=f"Usage: {option.usage}",
        )
    return int(text)


def _check_count(verb: Verb, positionals: Sequence[str]) -> None:
    """Check that there are as many positionals as the verb has arguments."""
    required = [argument for argument in verb.arguments if argument.is_required]
    if len(positionals) < len(required):
        missing = required[len(positionals)]
        raise UsageError(f"`{verb.name}` needs {missing.name}.", hint=missing.help)
    if any(not text for text in positionals):
        raise UsageError(f"`{verb.name}` got an empty argument.", hint=f"See `{verb.name} --help`.")
    takes_more = bool(verb.arguments) and verb.arguments[-1].is_repeatable
    if len(positionals) > len(verb.arguments) and not takes_more:
        extra = one_line(positionals[len(verb.arguments)], 60)
        raise UsageError(
            f"`{verb.name}` does not know what to do with `{extra}`.", hint=f"See `{verb.name} --help`."
        )
