"""Which backend writes comments in which way."""

from __future__ import annotations

from amx_tui.warehouse.model import Comments

__all__ = ["comments_of"]


def comments_of(backend_name: str) -> Comments:
    """Return a backend's way with comments; imported here, for a program works with one of them at a time."""
    match backend_name:
        case "postgresql":
            from amx_tui.warehouse.postgresql import PostgresComments

            return PostgresComments()
        case "mysql":
            from amx_tui.warehouse.mysql import MysqlComments

            return MysqlComments()
        case "sqlite":
            from amx_tui.warehouse.sqlite import SqliteComments

            return SqliteComments()
        case _:
            from amx_tui.warehouse.unread import UnreadComments

            return UnreadComments(backend_name)
