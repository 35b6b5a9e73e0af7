"""Reading command lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.errors import UsageError
from amx_tui.services.grammar import VERBS, Invocation, help_text, parse, parse_line, usage_line


def test_words_become_path_options_and_positionals() -> None:
    """A verb with an argument, a flag and a value is read in any order of its options."""
    read = parse(["history", "show", "--full", "run_1", "--table=sales.customer"])
    assert read == Invocation(("history", "show"), {"full": True, "table": "sales.customer"}, ("run_1",))
    assert (read.name, read.argument, read.flag("full"), read.flag("hash")) == (
        "history show",
        "run_1",
        True,
        False,
    )


@pytest.mark.parametrize("line", ["/history list", ":history list", "> /history list", "  history   list "])
def test_a_line_pasted_from_the_documentation_is_read(line: str) -> None:
    """The prompt's sign, the slash and the colon are taken off."""
    assert parse_line(line).path == ("history", "list")


def test_quotes_and_backslashes_work_as_in_a_shell() -> None:
    """Names with blanks and quotes can be typed."""
    read = parse_line("""history list --scope '"my schema".t' --text "a \\"b\\"" --who bob\\ b""")
    assert read.options == {"scope": '"my schema".t', "text": 'a "b"', "who": "bob b"}


def test_a_groups_word_alone_means_its_default() -> None:
    """`/history-store`, `/pages` and `/admin` stand alone in the AMX documentation; options may follow."""
    assert parse(["history-store"]).path == ("history-store", "status")
    assert parse(["history-store", "--json"]).flag("json")
    assert parse(["/pages"]).path == ("pages", "list")
    assert parse(["/admin"]).path == ("admin", "members")


def test_the_slash_of_the_documentation_is_taken_in_a_shell_too() -> None:
    """`amx-tui /history list`, and its help."""
    assert parse(["/history", "list", "--limit", "3"]).path == ("history", "list")
    assert parse(["/history", "--help"]).path == ("help", "history")


def test_numbers_are_read_and_all_is_no_number() -> None:
    """`--limit` takes a number or `all`."""
    assert parse(["history", "list", "--limit", "7"]).number("limit") == 7
    everything = parse(["history", "list", "--limit=all"])
    assert (everything.number("limit"), everything.text("limit")) == (None, "all")


def test_repeatable_options_keep_their_order() -> None:
    """`--set` may be given often, with `=` inside its values."""
    read = parse(["add-db-profile", "x", "--set", "host=a", "--set=password=p=q"])
    assert read.many("set") == ("host=a", "password=p=q")


def test_a_value_may_begin_with_a_dash_unless_it_is_an_option() -> None:
    """`--text -x` is a value; `--text --json` has forgotten its value."""
    assert parse(["history", "list", "--text", "-x"]).text("text") == "-x"
    with pytest.raises(UsageError, match="--text needs a value"):
        parse(["history", "list", "--text", "--json"])


def test_behind_two_dashes_everything_is_an_argument() -> None:
    """A profile may be called `--help`."""
    assert parse(["connect", "--", "--help"]).positionals == ("--help",)


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("histroy list", "no command `histroy`", "Did you mean `history`?"),
        ("history lst", "no `history lst`", "Did you mean `history list`?"),
        ("history x", "no `history x`", "There is list, show, compare or review."),
        ("analyze", "`analyze` needs a second word: review.", "analyze review"),
        ("/run sales", "`run` is a command of AMX itself", "Type it in AMX"),
        ("/analyze run", "`analyze run` is a command of AMX itself", "history list"),
        ("history list --limt 4", "no option --limt", "Did you mean --limit?"),
        ("history list --limit 0", "whole number from 1 or `all`, not `0`", "--limit N"),
        ("history list --limit", "--limit needs a value", "--limit N"),
        ("history list --status sucess", "does not take `sucess`", "Did you mean success?"),
        ("history list --json=yes", "--json takes no value", "--help"),
        ("history list --after a --before b", "exclude each other", "--help"),
        ("history show", "needs RUN", "run id"),
        ("history show a b", "does not know what to do with `b`", "--help"),
        ("history show ''", "empty argument", "--help"),
        ("history list 'x", "quote is not closed", "backslash"),
        ("", "no command", "history list"),
        ("--json history list", "no option --json here", "behind the verb"),
        ("compare a b", "no command `compare`", ""),
    ],
)
def test_what_does_not_fit_is_refused_with_the_nearest_thing_that_would(
    line: str, message: str, hint: str
) -> None:
    """Every refusal names the word and what to do."""
    with pytest.raises(UsageError) as refused:
        parse_line(line)
    assert message in str(refused.value)
    assert hint in refused.value.hint
    assert refused.value.exit_status == 2


@pytest.mark.parametrize(
    ("line", "topic"),
    [
        ("help", ()),
        ("--help", ()),
        ("-h", ()),
        ("history --help", ("history",)),
        ("help history list", ("history", "list")),
        ("history show run_1 --help", ("history", "show")),
        ("history-store enable --profile --help", ("history-store", "enable")),
        ("doctor -h", ("doctor",)),
    ],
)
def test_help_can_be_asked_for_anywhere(line: str, topic: tuple[str, ...]) -> None:
    """Help wins over everything that is missing or wrong on the line."""
    assert parse_line(line).path == ("help", *topic)


def test_every_verb_has_a_help_page_that_names_all_its_options() -> None:
    """The overview lists every verb, and each page every option with its text."""
    overview = help_text()
    for verb in VERBS:
        assert f"  {verb.name} " in overview
        page = help_text(verb.path)
        assert page.startswith(verb.summary)
        assert f"Usage: amx-tui {verb.name}" in page
        for option in verb.options:
            assert option.name in page
            assert option.name in usage_line(verb)
        assert max(map(len, page.splitlines())) <= 110


def test_a_groups_help_lists_its_verbs() -> None:
    """`history --help` names what may follow."""
    assert "history list" in help_text(("history",))
    assert "history show" in help_text(("history",))


@given(st.text(max_size=60))
def test_any_line_is_read_or_refused_politely(line: str) -> None:
    """No line breaks the parser."""
    try:
        path = parse_line(line).path
    except UsageError:
        return
    assert path[0] == "help" or any(verb.path == path for verb in VERBS)


@given(st.lists(st.text(min_size=1, max_size=12).filter(lambda text: text != "--"), max_size=3))
def test_values_survive_quoting(values: list[str]) -> None:
    """What is quoted as a shell would quote it comes back unchanged."""
    quoted = ["'" + value.replace("'", "'\\''") + "'" for value in values]
    line = "add-db-profile " + " ".join(f"--set {value}" for value in quoted)
    options = {"--backend", "--set", "--password-env", "--password-stdin", "--json", "--help", "-h"}
    if not any(value.partition("=")[0] in options for value in values):
        assert parse_line(line).many("set") == tuple(values)
