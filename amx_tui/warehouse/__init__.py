"""The described databases: what their catalogues say, and the comments of their schemas, tables and columns."""

from __future__ import annotations

from amx_tui.warehouse.warehouse import Warehouse

__all__ = ["Warehouse"]
