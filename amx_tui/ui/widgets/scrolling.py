"""The keys by which texts are scrolled."""

from __future__ import annotations

from textual.binding import Binding, BindingType

__all__ = ["SCROLL_BINDINGS", "WHEEL_LINES"]

WHEEL_LINES = 3
SCROLL_BINDINGS: list[BindingType] = [
    Binding("j,down", "scroll_lines(1)", "Down", show=False, id="text.down"),
    Binding("k,up", "scroll_lines(-1)", "Up", show=False, id="text.up"),
    Binding("ctrl+d", "scroll_pages(0.5)", "Half a page down", show=False, id="text.half_down"),
    Binding("ctrl+u", "scroll_pages(-0.5)", "Half a page up", show=False, id="text.half_up"),
    Binding("pagedown,space,ctrl+f", "scroll_pages(1.0)", "A page down", show=False, id="text.page_down"),
    Binding("pageup,ctrl+b", "scroll_pages(-1.0)", "A page up", show=False, id="text.page_up"),
    Binding("g,home", "go_start", "To the beginning", show=False, id="text.start"),
    Binding("G,end", "go_end", "To the end", show=False, id="text.end"),
]
