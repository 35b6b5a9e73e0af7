"""What teammates and models write is data: it is shown as it is, never obeyed, and no line loses its place."""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from amx_tui.ui.screens.log.screen import LogScreen
from amx_tui.ui.screens.run.screen import RunScreen
from tests.ui.conftest import NOW
from tests.ui.seat import LARGE, LOW, Seat, take_seat
from tests.ui.stores import drafted, record, recorded_run

SENDS = "\x1b[2J\x1b]0;gone\x07\x1b]52;c;aGVsbG8=\x07\x9b31m\x08\x7f"
"""Clears the screen, sets the title and the clipboard, where it is obeyed."""
MARKUP = "[bold red]x[/] [@click=app.quit]q[/] [/] [link=file:///etc]l[/link] $primary"
TURNS = "אבג \u202egnp.exe\u2069 مرحبا"
WIDE = "日本語の説明 👩‍👩‍👧 e\u0301 \u200bzero ﷽"
NASTY = (SENDS, MARKUP, TURNS, WIDE, "a\x00b", "tab\there\r\nnext\rline\u2028sep", "x" * 100_000)


def drawn(seat: Seat) -> Sequence[str]:
    """The text of each line of cells, checked: as wide as the screen, and nothing that a terminal would obey."""
    strips = seat.app.screen._compositor.render_strips()
    lines = []
    for strip in strips:
        text = "".join(segment.text for segment in strip)
        assert strip.cell_length == seat.app.size.width, text
        bad = [each for each in text if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"}]
        assert not bad, (bad, text)
        turned = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
        assert not turned & set(text), text
        lines.append(text)
    return lines


async def make_nasty(home: Path) -> str:
    """Record a run in which everything that is text is nasty; NULs come in as only SQLite lets them."""
    results = [drafted(f"sales.table{number}", f"first {text}", text) for number, text in enumerate(NASTY)]
    (run_id,) = await record(home, [recorded_run(NOW)], results)
    with closing(sqlite3.connect(home / "history.db")) as connection, connection:
        for number, text in enumerate(NASTY):
            connection.execute(
                "UPDATE amx_history_results SET reasoning = ?, table_name = ?, column_name = ?, target_qname = ?, "
                "source = ?, confidence = ?, seen_comment = ?, model_version = ?, rejection_reason = ?, "
                "evaluated_by = ?, error_text = ? WHERE run_id = ? AND table_name = ?",
                (text, *[text[:2000]] * 10, run_id, f"table{number}"),
            )
        nasty = " ".join(NASTY[:-1])
        connection.execute(
            "UPDATE amx_history_runs SET created_by = ?, hostname = ?, command = ?, llm_model = ?, status = ?, "
            "db_profile = ?, error_text = ?, scope_json = ?, settings_json = ?, tokens_json = ? WHERE run_id = ?",
            (
                *[nasty] * 6,
                nasty + NASTY[-1],
                json.dumps({nasty: [nasty]}),
                json.dumps({nasty: nasty, "deep": {nasty: [nasty]}}),
                "{this is no JSON",
                run_id,
            ),
        )
    return run_id


@pytest.mark.parametrize("size", [LARGE, LOW])
async def test_nasty_text_is_shown_and_not_obeyed(amx_home: Path, size: tuple[int, int]) -> None:
    """Control sequences, markup, NULs, wide and right-to-left text, 100 kB: each is drawn, in line, on every screen."""
    run_id = await make_nasty(amx_home)
    async with take_seat(amx_home, size=size) as seat:
        drawn(seat)
        await seat.press("enter")
        await seat.shows(RunScreen)
        for _ in NASTY:
            drawn(seat)
            await seat.press("enter")
            drawn(seat)
            await seat.press("G")
            drawn(seat)
            await seat.press("escape", "j")
        await seat.press("i")
        drawn(seat)
        await seat.press("G")
        drawn(seat)
        await seat.press("escape", "H")
        drawn(seat)
        await seat.press("escape")
        assert seat.run.run_id == run_id
        assert seat.app.is_running


async def test_control_characters_are_drawn_as_pictures(amx_home: Path) -> None:
    """ESC is ␛, NUL is ␀, a direction override its code point; brackets stay brackets."""
    await make_nasty(amx_home)
    async with take_seat(amx_home, size=(200, 60)) as seat:
        text = "\n".join(drawn(seat))
        assert "␛[2J␛]0;gone␇" in text
        assert "[bold red]x[/]" in text
        await seat.press("enter")
        text = "\n".join(drawn(seat))
        for shown in ("␛[2J␛]0;gone␇", MARKUP[:30], "‹202E›gnp.exe", "日本語の説明", "a␀b", "tab here next"):
            assert shown in text


async def test_columns_stay_in_line_beside_wide_characters(amx_home: Path) -> None:
    """Every row's column begins at the same cell, whatever stands in front of it."""
    await make_nasty(amx_home)
    async with take_seat(amx_home, size=LARGE) as seat:
        await seat.press("enter")
        await seat.shows(RunScreen)
        strips = seat.app.screen._compositor.render_strips()
        edges = set()
        for strip in strips[4:-1]:
            position = 0
            for segment in strip:
                if segment.text.startswith("▏"):
                    edges.add(position)
                position += segment.cell_length
        assert len(edges) == 1


async def test_unreadable_json_and_times_are_shown_as_unknown(demo_home: Path) -> None:
    """What a column cannot hold does not keep the run from being opened, nor the list from being read."""
    with closing(sqlite3.connect(demo_home / "history.db")) as connection, connection:
        connection.execute(
            "UPDATE amx_history_runs SET scope_json = '17', settings_json = '[1, {', tokens_json = '', "
            "metrics_json = '\"text\"', ended_at = 'noon' WHERE run_id = 'run_2026-05-03_13-43-002'"
        )
        connection.execute(
            "UPDATE amx_history_results SET alternatives_json = '{\"text\": 3}', saved_at = 'yesterday', "
            "evaluation = 'perhaps' WHERE run_id = 'run_2026-05-03_13-43-002' AND table_name = 'cart'"
        )
    async with take_seat(demo_home, size=LARGE) as seat:
        assert "(unreadable)" in seat.lines[4]
        await seat.press("j", "enter")
        await seat.shows(RunScreen)
        assert "▾ sales.cart" in seat.text
        assert "(unreadable)" in seat.text
        assert "nothing was drafted" not in seat.text
        await seat.filter("is:failed")
        await seat.sees("what the store holds is no", '{"text": 3}')
        await seat.press("escape", "i")
        await seat.sees("alice@acme.com on")
        drawn(seat)
        await seat.command("history show run_2026-05-03_13-43-002 --full --table sales.cart")
        await seat.sees("(unreadable)", '{"text": 3}')


async def test_nasty_words_on_the_command_line_are_shown_as_data(demo_home: Path) -> None:
    """What was typed or pasted comes back in messages, toasts and the log: never as markup or control sequences."""
    async with take_seat(demo_home) as seat:
        for line in (f"history show {MARKUP}", f"nosuch {SENDS} {TURNS}", 'history show "unclosed'):
            await seat.command(line)
            drawn(seat)
            await seat.press("escape")
        await seat.filter(f"{MARKUP} {TURNS} {SENDS}")
        drawn(seat)
        assert "filter" in seat.title
        await seat.press("L")
        await seat.shows(LogScreen)
        assert "[bold" in "\n".join(drawn(seat))
