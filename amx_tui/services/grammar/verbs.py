"""The grammar itself: every verb that the shell and the app's command line understand."""

from __future__ import annotations

from amx_tui.domain.results import DECISIONS
from amx_tui.domain.review.strategy import STRATEGIES
from amx_tui.domain.runs import RUN_STATUSES
from amx_tui.services.grammar.admin_verbs import ADMIN_VERBS
from amx_tui.services.grammar.apply_verb import APPLY
from amx_tui.services.grammar.model import JSON, Argument, Option, Verb
from amx_tui.services.grammar.page_verbs import PAGE_VERBS

__all__ = ["DEFAULT_LIMIT", "DRAFTING", "GROUPS", "IMPLIED", "VERBS", "find_verb"]

DEFAULT_LIMIT = 40
"""Rows of `history list` where no limit is given."""

_PROFILE = Argument("PROFILE", "The name of a database profile.", source="profiles")
_ACTIVE_PROFILE = Argument(
    "PROFILE", "The name of a database profile; the active one if left out.", False, "profiles"
)
_RUN = Argument("RUN", "A run id, the beginning of one, or amx-cli's #7@host.", source="runs")
_OTHER_RUN = Argument("RUN", "The run to compare it with.", source="runs")
_MORE_RUNS = Argument("RUN", "More runs, held against the first.", False, "runs", is_repeatable=True)
_PROFILE_OPTION = Option(
    "--profile", "The profile whose database hosts the store.", value="P", source="profiles"
)
_SCHEMA = Option("--schema", "The schema of the AMX tables, in its exact case (default: AMX).", value="S")
_YES = Option("--yes", "Do not ask.", kind="flag")
_BACKEND = Option("--backend", "The kind of database.", value="B", source="backends")
_LIMIT = Option("--limit", f"How many runs (default: {DEFAULT_LIMIT}); `all` for every one.", "count", "N")

_FORM: tuple[Option, ...] = (
    _BACKEND,
    Option("--set", "Set a field of the profile; may be repeated.", value="KEY=VALUE", is_repeatable=True),
    Option(
        "--password-env",
        "Read the password from this environment variable.",
        value="NAME",
    ),
    Option("--password-stdin", "Read the password from the first line of standard input.", kind="flag"),
)
_FORM_DETAILS = (
    "Fields that are missing are asked for when this is run in a terminal; passwords are typed unseen\n"
    "and kept in the keyring of the operating system where there is one.\n\n"
    "  amx-tui {verb} prod-pg {backend}--set host=db.example.com --password-env PGPASSWORD"
)

_PROFILES: tuple[Verb, ...] = (
    Verb(("db-profiles",), "List the database profiles.", options=(JSON,)),
    Verb(
        ("add-db-profile",),
        "Add a database profile.",
        (Argument("NAME", "What the profile is called; asked for if left out.", False),),
        (*_FORM, JSON),
        _FORM_DETAILS.format(verb="add-db-profile", backend="--backend postgresql "),
        (("--password-env", "--password-stdin"),),
    ),
    Verb(
        ("edit-db-profile",),
        "Change a database profile.",
        (_PROFILE,),
        (
            *_FORM,
            Option("--unset", "Remove a field; may be repeated.", value="KEY", is_repeatable=True),
            JSON,
        ),
        _FORM_DETAILS.format(verb="edit-db-profile", backend=""),
        (("--password-env", "--password-stdin"),),
    ),
    Verb(("remove-db-profile",), "Remove a database profile from config.yml.", (_PROFILE,), (_YES, JSON)),
    Verb(
        ("connect",),
        "Test a profile's connection and make it the active one.",
        (_ACTIVE_PROFILE,),
        (JSON,),
    ),
    Verb(
        ("inspect",),
        "Show a profile's backend, abilities, schemas and their tables.",
        (_ACTIVE_PROFILE,),
        (JSON,),
    ),
)

_HISTORY_STORE: tuple[Verb, ...] = (
    Verb(
        ("history-store", "status"), "Say where the history is kept, and what could host it.", options=(JSON,)
    ),
    Verb(
        ("history-store", "enable"),
        "Share the history: make the AMX tables, or join those that a teammate made.",
        options=(
            _PROFILE_OPTION,
            _SCHEMA,
            Option(
                "--layout",
                "Whose tables: our own, which are made, or amx-cli's, which are only joined.",
                value="L",
                choices=("document", "amx-cli"),
            ),
            _YES,
            JSON,
        ),
        details=(
            "The statements are shown before anything runs, and exactly those are run. Where the tables\n"
            "are there already, only config.yml is changed.\n\n"
            "  amx-tui history-store enable --profile prod-pg --schema AMX --yes"
        ),
    ),
    Verb(
        ("history-store", "disable"),
        "Go back to the local history on this machine; the shared tables stay as they are.",
        options=(JSON,),
    ),
    Verb(
        ("history-store", "dump-ddl"),
        "Print the statements that make the AMX tables; needs no connection.",
        options=(_PROFILE_OPTION, _BACKEND, _SCHEMA, JSON),
        conflicts=(("--profile", "--backend"),),
    ),
    Verb(
        ("history-store", "grants"),
        "Print the GRANTs by which the database itself enforces the three roles.",
        options=(_PROFILE_OPTION, _BACKEND, _SCHEMA, JSON),
        conflicts=(("--profile", "--backend"),),
    ),
    Verb(
        ("history-store", "verify"),
        "Check tables, columns and indexes, and prove the rights to SELECT, INSERT and UPDATE.",
        options=(_PROFILE_OPTION, _SCHEMA, JSON),
    ),
)

_HISTORY: tuple[Verb, ...] = (
    Verb(
        ("history", "list"),
        "List the team's runs, newest first.",
        options=(
            _LIMIT,
            Option(
                "--who", "Only this member's runs; * stands for any letters.", value="W", source="members"
            ),
            Option("--scope", "Only runs over this schema or table.", value="S", source="scopes"),
            Option("--status", "Only runs in this status.", value="S", choices=RUN_STATUSES),
            Option("--since", "Only runs started then or later: 2h, 7d, yesterday, 2026-05-03.", value="T"),
            Option("--until", "Only runs started before then.", value="T"),
            Option("--text", "Only runs with this text in ids, members or names of their assets.", value="T"),
            Option(
                "--sort", "The order of the list (default: started).", value="K", choices=("started", "who")
            ),
            Option("--after", "The page behind this run.", value="RUN", source="runs"),
            Option("--before", "The page in front of this run.", value="RUN", source="runs"),
            JSON,
        ),
        details="  amx-tui history list --who bob@acme.com --since 7d",
        conflicts=(("--after", "--before"),),
    ),
    Verb(
        ("history", "show"),
        "Show a run: its facts, settings, tokens and results.",
        (_RUN,),
        (
            Option("--hash", "Print only the SHA-256 of the run's descriptions.", kind="flag"),
            Option("--table", "Only this schema, table or column.", value="QNAME", source="tables"),
            Option("--status", "Only results with this decision.", value="D", choices=DECISIONS),
            Option(
                "--full", "Every description in full, with all alternatives and the reasoning.", kind="flag"
            ),
            JSON,
        ),
        conflicts=(("--hash", "--table"), ("--hash", "--status"), ("--hash", "--full")),
    ),
    Verb(
        ("history", "compare"),
        "Compare what two runs, or more, say about the same assets.",
        (_RUN, _OTHER_RUN, _MORE_RUNS),
        (
            Option(
                "--filter",
                "Only this schema, table or column and all below it; * stands for any letters.",
                value="QNAME",
                source="tables",
            ),
            Option(
                "--status",
                "Only assets that are the same, differ, are described by one side, or by none.",
                value="S",
                choices=("same", "diff", "added", "missing"),
            ),
            Option("--loose", "Take what differs in white space and letter case for the same.", kind="flag"),
            Option(
                "--format",
                "How it is written (default: table, or what the file's name says).",
                value="F",
                choices=("table", "md", "csv", "json", "html"),
            ),
            Option("--output", "Write it to this file, whole or not at all.", value="FILE"),
            JSON,
        ),
        details=(
            "  amx-tui history compare run_2026-05-03_15-44-002 run_2026-05-03_11-08-001 --filter sales.customer\n\n"
            "The first run is the baseline. What is compared is the description in force: the chosen one, none\n"
            "where it was rejected, else the first draft."
        ),
        conflicts=(("--json", "--format"),),
    ),
)

_REVIEW_OPTIONS = (
    Option("--strategy", "How to decide (default: one-by-one, in the app).", value="S", choices=STRATEGIES),
    Option("--table", "Only this schema, table or column and all below it.", value="QNAME", source="tables"),
    Option("--dry-run", "Only say what would be decided.", kind="flag"),
    _YES,
    JSON,
)
_REVIEW_DETAILS = (
    "  amx-tui history review run_2026-05-03_15-44-002 --strategy accept-all-high --yes\n\n"
    "A strategy decides what is undecided, and nothing else. What somebody else decides meanwhile is left\n"
    "and listed, with exit status 3."
)
_REVIEWS: tuple[Verb, ...] = (
    Verb(
        ("history", "review"),
        "Decide on a run's descriptions: one by one, or all by a strategy.",
        (_RUN,),
        _REVIEW_OPTIONS,
        _REVIEW_DETAILS,
    ),
    Verb(("analyze", "review"), "The same as history review.", (_RUN,), _REVIEW_OPTIONS, _REVIEW_DETAILS),
)

VERBS: tuple[Verb, ...] = (
    *_PROFILES,
    *_HISTORY_STORE,
    *_HISTORY,
    APPLY,
    *PAGE_VERBS,
    *_REVIEWS,
    *ADMIN_VERBS,
    Verb(("config", "show"), "Show the configuration in force, without its secrets.", options=(JSON,)),
    Verb(("config", "path"), "Print where config.yml is.", options=(JSON,)),
    Verb(("config", "reload"), "Read config.yml again and say what it holds.", options=(JSON,)),
    Verb(
        ("doctor",),
        "Look for the usual faults and name their cure.",
        options=(
            Option("--offline", "Check only what needs no connection.", kind="flag"),
            Option(
                "--store", "Look for faults of the store's rows instead, and what each costs.", kind="flag"
            ),
            Option("--mend", "With --store: mend what can be mended, after a yes.", kind="flag"),
            Option("--dry-run", "With --store: only show what mending would change.", kind="flag"),
            Option("--undo", "With --store: take back the mending that this file is of.", value="FILE"),
            Option("--full", "With --store: list every row, not the first few of each fault.", kind="flag"),
            _YES,
            JSON,
        ),
        details="  amx-tui doctor --store --mend\n\nMending deletes nothing, and takes an admin.",
        conflicts=(
            ("--offline", "--store"),
            ("--mend", "--dry-run"),
            ("--mend", "--undo"),
            ("--dry-run", "--undo"),
        ),
    ),
    Verb(
        ("demo",),
        "Open a made-up team in a throw-away store.",
        options=(
            Option("--keep", "Keep the demo in this folder, as an AMX home.", value="DIR"),
            Option("--no-open", "Only make it.", kind="flag"),
            JSON,
        ),
        details="  amx-tui demo --keep ~/amx-demo      AMX_HOME=~/amx-demo amx-tui opens it again",
    ),
)
"""Every verb, in the order of the help."""

GROUPS: dict[str, str] = {
    "history-store": "Where the team's history is kept.",
    "history": "The team's runs.",
    "pages": "Documentation pages, written together.",
    "analyze": "What amx-cli calls working on a run.",
    "admin": "Members, their roles, and the audit trail.",
    "config": "The configuration of this machine.",
}
"""Words that are followed by a second one."""

IMPLIED: dict[str, tuple[str, ...]] = {
    "history-store": ("history-store", "status"),
    "history": ("history", "list"),
    "pages": ("pages", "list"),
    "admin": ("admin", "members"),
    "config": ("config", "show"),
}
"""What a group's word means alone: the AMX documentation writes `/history-store`, `/pages` and `/admin`."""

DRAFTING = frozenset({"run", "ask", "sync", "profiling", "analyze run", "lineage", "catalog"})
"""Commands of the AMX documentation that are AMX's own: they draft, ask and collect, and amx-tui has none of it."""


def find_verb(path: tuple[str, ...]) -> Verb | None:
    """The verb of exactly these words, if there is one."""
    return next((verb for verb in VERBS if verb.path == path), None)
