"""Search for text in run ids, members, scopes and names of assets."""

from __future__ import annotations

from amx_tui.store.search_indexes import SearchObject, search_ddl

__all__ = ["SearchObject", "search_ddl"]
