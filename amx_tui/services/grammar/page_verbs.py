"""The verbs over documentation pages."""

from __future__ import annotations

from amx_tui.services.grammar.model import JSON, Argument, Option, Verb

__all__ = ["PAGE_VERBS"]

_PAGE = Argument("PAGE", "A page's slug or id, or the beginning of one.", source="pages")
_VERSION = Option(
    "--version", "The version that this is based on; refused where another one is stored.", "number", "N"
)
_NOTE = Option("--note", "What to say about the save.", value="X")
_ASSET = Option(
    "--asset",
    "A schema, table or column by its qualified name; may be repeated.",
    value="QNAME",
    source="tables",
    is_repeatable=True,
)

PAGE_VERBS: tuple[Verb, ...] = (
    Verb(
        ("pages", "list"),
        "List the team's pages, saved last first.",
        options=(
            Option("--limit", "How many pages (default: 40); `all` for every one.", "count", "N"),
            Option(
                "--status",
                "Only pages in this status (default: all but deleted ones).",
                value="S",
                choices=("draft", "published", "deleted", "all"),
            ),
            Option("--text", "Only pages with this in title or text, in any case.", value="T"),
            Option("--who", "Only pages that this member made or saved last.", value="W", source="members"),
            Option(
                "--sort", "The order of the list (default: updated).", value="K", choices=("updated", "title")
            ),
            JSON,
        ),
    ),
    Verb(
        ("pages", "show"),
        "Show a page.",
        (_PAGE,),
        (Option("--version", "This version instead of the newest.", "number", "N"), JSON),
    ),
    Verb(
        ("pages", "new"),
        "Make a page.",
        options=(
            Option("--title", "Its title.", value="T"),
            Option("--file", "Its text, Markdown in UTF-8.", value="FILE"),
            Option("--publish", "Publish it; else it is a draft.", kind="flag"),
            Option(
                "--profile", "The profile of the database that it is about.", value="P", source="profiles"
            ),
            _ASSET,
            _NOTE,
            JSON,
        ),
        details='  amx-tui pages new --title "Customer 360" --file customer.md',
    ),
    Verb(
        ("pages", "edit"),
        "Save a page's next version, if nobody else did meanwhile.",
        (_PAGE,),
        (
            Option("--file", "The new text, Markdown in UTF-8.", value="FILE"),
            _VERSION,
            Option("--title", "Another title.", value="T"),
            _NOTE,
            JSON,
        ),
        details=(
            "  amx-tui pages edit customer-360 --file customer.md --version 4\n\n"
            "Where the stored version is another one (409), nothing is saved, the page as it is now is printed\n"
            "as JSON, and the exit status is 3."
        ),
    ),
    Verb(
        ("pages", "rename"),
        "Give a page another title; its slug stays.",
        (_PAGE, Argument("TITLE", "The new title.")),
        (_VERSION, JSON),
    ),
    Verb(("pages", "publish"), "Publish a draft.", (_PAGE,), (_VERSION, JSON)),
    Verb(("pages", "unpublish"), "Make a published page a draft again.", (_PAGE,), (_VERSION, JSON)),
    Verb(
        ("pages", "attach"),
        "Say that a page is about assets.",
        (_PAGE,),
        (_ASSET, JSON),
    ),
    Verb(("pages", "detach"), "Say that a page is not about assets any more.", (_PAGE,), (_ASSET, JSON)),
    Verb(("pages", "versions"), "List every saved state of a page, the newest first.", (_PAGE,), (JSON,)),
    Verb(("pages", "blame"), "Show who wrote which line of a page, and when.", (_PAGE,), (JSON,)),
    Verb(
        ("pages", "diff"),
        "Show what differs between two versions of a page.",
        (
            _PAGE,
            Argument("FROM", "A version's number; the one before TO if left out.", False),
            Argument("TO", "A version's number; the newest if left out.", False),
        ),
        (JSON,),
    ),
    Verb(
        ("pages", "restore"),
        "Take a deletion back, or make an old version the newest one.",
        (_PAGE,),
        (
            Option("--to", "The version to restore; without it a deletion is taken back.", "number", "N"),
            _VERSION,
            JSON,
        ),
    ),
    Verb(
        ("pages", "export"),
        "Write a page as Markdown with front matter, or as HTML without anything active.",
        (_PAGE,),
        (
            Option(
                "--format",
                "How it is written (default: md, or what the file's name says).",
                value="F",
                choices=("md", "html"),
            ),
            Option("--output", "Write it to this file, whole or not at all.", value="FILE"),
            JSON,
        ),
    ),
    Verb(
        ("pages", "delete"),
        "Delete a page; `pages restore` takes it back.",
        (_PAGE,),
        (_VERSION, JSON),
    ),
)
