"""The windowed list: what is drawn, how the cursor moves, when pages are asked for."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.events import Key, MouseScrollDown
from textual.geometry import Region

from amx_tui.ui.widgets import row_list
from amx_tui.ui.widgets.row_list import Column, ListNote, RowList
from amx_tui.ui.widgets.row_window import MOST_ROWS, RowWindow
from tests.ui.screen_text import screen_lines, screen_text


@dataclass(frozen=True)
class Item:
    number: int
    group: str = ""


class ListApp(App[None]):
    """A list of numbers of which pages are served from memory."""

    def __init__(self, total: int, *, groups: int = 0, page: int = 60) -> None:
        super().__init__()
        self.items = [Item(n, f"group {n // groups}" if groups else "") for n in range(total)]
        self.page = page
        self.asked: list[str] = []
        self.opened: list[int] = []
        self.moves: list[tuple[int, bool]] = []
        self.is_grouped = bool(groups)

    def compose(self) -> ComposeResult:
        yield RowList[Item](
            (
                Column("name", lambda item: f"item {item.number}"),
                Column("n", lambda item: str(item.number), 6, "right"),
            ),
            key=lambda item: item.number,
            group=(lambda item: item.group) if self.is_grouped else None,
            can_mark=True,
        )

    @property
    def rows(self) -> RowList[Item]:
        return self.query_one(RowList)

    def on_mount(self) -> None:
        self.rows.show_rows(self.items[: self.page], has_after=len(self.items) > self.page)
        self.rows.focus()

    def on_row_list_page_wanted(self, message: RowList.PageWanted) -> None:
        self.asked.append(message.edge)
        if message.edge == "end":
            self.rows.show_end(self.items[-self.page :], has_before=len(self.items) > self.page)
        elif message.edge == "start":
            self.rows.show_start(self.items[: self.page], has_after=len(self.items) > self.page)
        elif message.edge == "after":
            first = message.beside.number + 1
            self.rows.add_page(
                "after", self.items[first : first + self.page], has_more=first + self.page < len(self.items)
            )
        else:
            last = message.beside.number
            first = max(0, last - self.page)
            self.rows.add_page("before", self.items[first:last], has_more=first > 0)

    def on_row_list_cursor_moved(self, message: RowList.CursorMoved) -> None:
        current = message.row_list.current
        self.moves.append((-1 if current is None else current.number, message.is_passing))

    def on_row_list_row_opened(self, message: RowList.RowOpened) -> None:
        assert message.row_list.current is not None
        self.opened.append(message.row_list.current.number)


async def test_cursor_walks_through_pages_without_a_gap() -> None:
    """Holding j goes through every row although only some are in memory."""
    app = ListApp(2000)
    async with app.run_test(size=(40, 12)) as pilot:
        for expected in range(1, 900):
            app.rows.action_move(1)
            if expected % 40 == 0:
                await pilot.pause()
            assert app.rows.current == Item(expected)
        assert len(app.rows.rows) <= MOST_ROWS
        assert app.rows.position == 900


async def test_a_held_key_is_told_of_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few messages come while the cursor passes rows, and the last one says where it rests."""
    monkeypatch.setattr(row_list, "PAUSE", 0.2)
    app = ListApp(300)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        while app.rows.is_restless:
            await pilot.pause()
        app.moves.clear()
        for _ in range(40):
            app.post_message(Key("j", "j"))
        while app.rows.current != app.items[40] or app.rows.is_restless:
            await pilot.pause()
        await pilot.pause()
        assert app.moves[-1] == (40, False)
        assert any(is_passing for _, is_passing in app.moves)
        assert len(app.moves) < 20


@pytest.mark.parametrize("size", [(60, 20), (7, 4)])
async def test_kept_lines_look_as_textual_would_draw_them(size: tuple[int, int]) -> None:
    """Padding, cursor, marks, headings and the empty rest are the same cells, by either way of drawing."""
    app = ListApp(12, groups=5)
    async with app.run_test(size=size) as pilot:
        rows = app.rows
        rows.styles.padding = (0, 1)
        await pilot.press("j", "space", "j")
        region = Region(0, 0, *rows.size)
        kept = [strip.text for strip in rows.render_lines(region)]
        part = [strip.text for strip in rows.render_lines(Region(2, 1, 3, 2))]
        # With an opacity the list leaves the drawing to Textual.
        rows.styles.opacity = 0.999
        await pilot.pause()
        drawn = [strip.text for strip in rows.render_lines(region)]
        assert kept == drawn
        assert part == [line[2:5] for line in drawn[1:3]]


async def test_walking_back_reads_the_dropped_pages_again() -> None:
    """What scrolled out of memory comes back when the cursor returns to it."""
    app = ListApp(2000)
    async with app.run_test(size=(40, 12)) as pilot:
        for _ in range(30):
            app.rows.action_move(50)
            await pilot.pause()
        assert app.rows.rows[0].number > 0
        for _ in range(40):
            app.rows.action_move(-50)
            await pilot.pause()
        assert app.rows.current == Item(0)
        assert "before" in app.asked
        assert app.rows.position == 1


async def test_ends_are_reached_by_one_key() -> None:
    """G shows the last row of a list whose end was never loaded, g the first one again."""
    app = ListApp(5000)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("G")
        await pilot.pause()
        assert app.rows.current == Item(4999)
        assert "item 4999" in screen_lines(app)[-1]
        await pilot.press("g")
        await pilot.pause()
        assert app.rows.current == Item(0)
        assert "item 0" in screen_lines(app)[1]


async def test_refresh_keeps_the_cursor_on_its_row() -> None:
    """New rows in front move the row, and the cursor moves with it, on the same line of the screen."""
    app = ListApp(50)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press(*"jjjjj")
        before = next(line for line, text in enumerate(screen_lines(app)) if text.startswith("›"))
        app.rows.show_rows([Item(-3), Item(-2), Item(-1), *app.items])
        await pilot.pause()
        assert app.rows.current == Item(5)
        after = next(line for line, text in enumerate(screen_lines(app)) if text.startswith("›"))
        assert after == before
        app.rows.show_rows([item for item in app.items if item.number != 5])
        await pilot.pause()
        assert app.rows.current == Item(9)


async def test_marks_stay_with_their_rows() -> None:
    """Space marks and moves on; a mark is a sign, and a second space takes it away."""
    app = ListApp(10)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("space", "space")
        assert list(app.rows.marks) == [0, 1]
        assert sum("●" in line for line in screen_lines(app)) == 2
        await pilot.press("k", "space")
        assert list(app.rows.marks) == [0]


async def test_group_headings_stand_above_their_rows() -> None:
    """Each group has one heading, which scrolls with its rows and never takes the cursor."""
    app = ListApp(30, groups=10)
    async with app.run_test(size=(40, 20)) as pilot:
        lines = screen_lines(app)
        assert lines[1].startswith("▾ group 0")
        assert lines[12].startswith("▾ group 1")
        await pilot.press(*(["j"] * 10))
        assert app.rows.current == Item(10, "group 1")
        app.rows.action_go_group(1)
        assert app.rows.current == Item(20, "group 2")
        app.rows.action_go_group(-1)
        assert app.rows.current == Item(10, "group 1")


async def test_mouse_moves_opens_and_scrolls() -> None:
    """A click moves the cursor, a double click opens, the wheel scrolls."""
    app = ListApp(200)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.click(RowList, offset=(5, 4))
        assert app.rows.current == Item(3)
        await pilot.click(RowList, offset=(5, 6), times=2)
        assert app.opened == [5]
        await pilot._post_mouse_events([MouseScrollDown], RowList)
        await pilot.pause()
        assert "item 3" in screen_lines(app)[1]


async def test_foreign_text_is_data() -> None:
    """Markup, control sequences and newlines in a cell are shown, not obeyed, and no line gets longer."""
    app = ListApp(0)
    async with app.run_test(size=(60, 8)) as pilot:
        rows = app.query_one(RowList)
        rows._columns = (
            Column("text", lambda item: "[bold]x[/bold] \x1b[31mred\x07\nnext\t漢字" + "é" * 200),
        )
        rows._layout = []
        rows.show_rows([Item(1)])
        await pilot.pause()
        line = screen_lines(app)[1]
        assert "[bold]x[/bold] ␛[31mred␇ next 漢字" in line
        assert "\x1b" not in screen_text(app)


async def test_a_note_stands_where_rows_are_missing() -> None:
    """An empty list says what is the matter and which key comes next."""
    app = ListApp(0)
    async with app.run_test(size=(60, 10)) as pilot:
        app.rows.show_note(ListNote("Nothing here.", ("r looks again",)))
        await pilot.pause()
        assert "Nothing here." in screen_text(app)
        assert "r looks again" in screen_text(app)
        await pilot.press("j", "k", "G", "g", "space", "enter", "ctrl+d")
        assert app.opened == []


async def test_tiny_terminal_does_not_break() -> None:
    """A few cells are enough not to fail."""
    app = ListApp(30, groups=7)
    async with app.run_test(size=(6, 3)) as pilot:
        await pilot.press("j", "j", "G")
        await pilot.resize_terminal(200, 50)
        await pilot.pause()
        assert "item 29" in screen_text(app)


pages = st.lists(st.tuples(st.sampled_from(["append", "prepend"]), st.integers(1, 250)), max_size=12)


@given(pages)
def test_window_is_always_a_contiguous_stretch(steps: list[tuple[str, int]]) -> None:
    """Whatever pages come, the window holds consecutive rows, and says truly what lies around it."""
    total = 3000
    window: RowWindow[int] = RowWindow(lambda row: row)
    window.replace(range(1000, 1060), has_before=True, has_after=True)
    for side, size in steps:
        if side == "append":
            first = window.rows[-1] + 1
            window.append(range(first, min(total, first + size)), has_after=first + size < total)
        else:
            first = max(0, window.rows[0] - size)
            window.prepend(range(first, window.rows[0]), has_before=first > 0)
        assert list(window.rows) == list(range(window.rows[0], window.rows[-1] + 1))
        assert len(window) <= MOST_ROWS
        assert window.has_before == (window.rows[0] > 0)
        assert window.has_after == (window.rows[-1] < total - 1)
        assert window.ordinal in (None, window.rows[0])
