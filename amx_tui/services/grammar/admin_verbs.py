"""The `admin` verbs of the grammar."""

from __future__ import annotations

from amx_tui.services.grammar.model import JSON, Argument, Option, Verb

__all__ = ["ADMIN_VERBS"]

_WHO = Argument(
    "WHO", "user@host, split at the last @, or a username that is one member only.", source="members"
)
_YES = Option("--yes", "Do not ask.", kind="flag")
_LIMIT = Option("--limit", "How many events (default: 40); `all` for every one.", "count", "N")

ADMIN_VERBS: tuple[Verb, ...] = (
    Verb(("admin", "members"), "List the members with their roles and machines.", options=(JSON,)),
    Verb(
        ("admin", "promote"),
        "Give a member a higher role.",
        (_WHO,),
        (
            Option("--role", "The new role (default: writer).", value="R", choices=("writer", "admin")),
            _YES,
            JSON,
        ),
        "  amx-tui admin promote bob@acme.com --role writer",
    ),
    Verb(
        ("admin", "demote"),
        "Give a member a lower role.",
        (_WHO,),
        (
            Option("--role", "The new role (default: viewer).", value="R", choices=("viewer", "writer")),
            _YES,
            JSON,
        ),
    ),
    Verb(
        ("admin", "revoke"),
        "Shut a member out of the shared store.",
        (_WHO,),
        (_YES, JSON),
        "The store is the program's own guard: whoever still has a database user must be stopped by the\n"
        "database (see `history-store grants`).",
    ),
    Verb(("admin", "restore"), "Let a revoked member in again.", (_WHO,), (_YES, JSON)),
    Verb(
        ("admin", "claim"),
        "Become admin of a store that has no active admin.",
        options=(_YES, JSON),
    ),
    Verb(
        ("admin", "audit"),
        "Tell who changed members, overwrote what, and decided or applied much at once.",
        options=(
            Option("--actor", "Only what this member did.", value="WHO", source="members"),
            Option("--action", "Only this action, such as promote_admin or revoke.", value="A"),
            Option("--target", "Only what was done to this member or row.", value="T", source="members"),
            Option("--since", "Only then or later: 2h, 7d, yesterday, 2026-05-03.", value="T"),
            Option("--until", "Only before then.", value="T"),
            _LIMIT,
            JSON,
        ),
    ),
    Verb(
        ("admin", "sessions"),
        "Tell who connected when, from which machine.",
        options=(
            Option("--who", "Only this member's sessions.", value="WHO", source="members"),
            _LIMIT,
            JSON,
        ),
    ),
)
"""What admins ask for; everybody may look."""
