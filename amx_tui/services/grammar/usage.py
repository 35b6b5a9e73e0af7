"""The grammar as text: usage lines and help pages."""

from __future__ import annotations

from amx_tui.services.grammar.model import Option, Verb
from amx_tui.services.grammar.verbs import GROUPS, VERBS, find_verb

__all__ = ["help_text", "usage_line"]

_WIDTH = 100

_OVERVIEW = """\
amx-tui: the history that a team shares in AMX, in the terminal.

  amx-tui                 open the program
  amx-tui COMMAND ...     run one command; the same ones work behind `:` in the program

{commands}

  --help, -h              this text; behind a command, that command's own
  --version               the version

Exit status: 0 done, 1 failed, 2 usage, 3 conflict, 4 not permitted.
AMX_HOME names the AMX home (default: ~/.amx), AMX_USER who you are, NO_COLOR switches colours off."""


def usage_line(verb: Verb) -> str:
    """The verb with its arguments and options on one line: `history show RUN [--hash] …`."""
    options = [f"[{option.usage}]{'…' if option.is_repeatable else ''}" for option in verb.options]
    return " ".join([verb.name, *(argument.usage for argument in verb.arguments), *options])


def help_text(path: tuple[str, ...] = ()) -> str:
    """The help page of a verb, of a group of verbs, or of everything."""
    verb = find_verb(path)
    if verb:
        return _verb_page(verb)
    if path:
        rows = [(verb.name, verb.summary) for verb in VERBS if verb.path[0] == path[0]]
        return f"{GROUPS[path[0]]}\n\n{_columns(rows)}\n\n`amx-tui {path[0]} COMMAND --help` says more."
    return _OVERVIEW.format(commands=_columns([(verb.name, verb.summary) for verb in VERBS]))


def _verb_page(verb: Verb) -> str:
    arguments = [(argument.name, argument.help) for argument in verb.arguments]
    options = [_option_row(option) for option in verb.options]
    parts = [verb.summary, f"Usage: {_wrapped('amx-tui ' + usage_line(verb))}"]
    if arguments or options:
        parts.append(_columns([*arguments, *options, ("--help", "This text.")]))
    if verb.details:
        parts.append(verb.details)
    return "\n\n".join(parts)


def _option_row(option: Option) -> tuple[str, str]:
    if option.choices:
        return option.name, f"{option.help} One of: {', '.join(option.choices)}."
    return option.usage, option.help


def _columns(rows: list[tuple[str, str]]) -> str:
    from textwrap import wrap

    width = max(len(name) for name, _ in rows) + 2
    lines: list[str] = []
    for name, text in rows:
        first, *others = wrap(text, _WIDTH - width - 2) or [""]
        lines.append(f"  {name.ljust(width)}{first}".rstrip())
        lines += [" " * (width + 2) + line for line in others]
    return "\n".join(lines)


def _wrapped(usage: str) -> str:
    """Break a usage line between its options, never inside one."""
    lines, current = [], ""
    for part in usage.replace(" [", "\0[").split("\0"):
        if current and len(current) + len(part) + 1 > _WIDTH - 7:
            lines.append(current)
            current = "    " + part
        else:
            current = f"{current} {part}" if current else part
    return "\n       ".join([*lines, current])
