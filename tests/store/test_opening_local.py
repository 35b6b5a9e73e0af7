"""The local store: made on first use, for this user alone, never in a file of amx-cli's."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from amx_tui.domain.errors import StoreError
from amx_tui.domain.identity import Identity
from amx_tui.store.opening import open_local_store

ALICE = Identity("alice", "lead-laptop")


async def test_it_is_made_on_first_use_and_found_again(amx_home: Path) -> None:
    """The folder and the file appear, and what was stored is there the next time."""
    store = await open_local_store(amx_home)
    member = await store.members.register(ALICE, "1")
    await store.close()
    again = await open_local_store(amx_home)
    assert again.info.path == amx_home / "history.db"
    assert (again.info.is_local, again.info.is_read_only, again.info.note) == (True, False, "")
    assert await again.members.get(ALICE) == member
    await again.close()


async def test_nobody_else_on_the_machine_can_read_it(amx_home: Path) -> None:
    """Folder and file are open to this user alone."""
    store = await open_local_store(amx_home)
    await store.close()
    assert stat.S_IMODE(amx_home.stat().st_mode) == 0o700
    assert stat.S_IMODE((amx_home / "history.db").stat().st_mode) == 0o600


async def test_two_programs_that_start_at_once_share_one_store(amx_home: Path) -> None:
    """Both open, and the file holds one store."""
    stores = await asyncio.gather(*(open_local_store(amx_home) for _ in range(4)))
    await asyncio.gather(*(store.members.register(ALICE, "1") for store in stores))
    assert len(await stores[0].members.list()) == 1
    for store in stores:
        await store.close()


async def test_everybody_in_it_is_admin(amx_home: Path) -> None:
    """Whoever changes AMX_USER stays master of their own machine's history."""
    store = await open_local_store(amx_home)
    for username in ("alice", "alice@acme.com"):
        member = await store.members.register(Identity(username, "lead-laptop"), "1")
        assert member.role == "admin"
    await store.close()


async def test_a_file_of_amx_cli_stays_untouched(amx_home: Path) -> None:
    """Ours lies beside it, and the note names both."""
    amx_home.mkdir()
    theirs = amx_home / "history.db"
    with closing(sqlite3.connect(theirs)) as connection:
        connection.execute("CREATE TABLE analysis_runs (id INTEGER PRIMARY KEY)")
    before = theirs.read_bytes()
    store = await open_local_store(amx_home)
    await store.members.register(ALICE, "1")
    await store.close()
    assert theirs.read_bytes() == before
    assert store.info.path == amx_home / "amx-tui.db"
    assert str(theirs) in store.info.note
    assert str(store.info.path) in store.info.note


async def test_a_file_that_is_no_database_is_named_and_left(amx_home: Path) -> None:
    """The error says what is wrong, and not a byte is changed."""
    amx_home.mkdir()
    (amx_home / "history.db").write_bytes(b"dear diary, " * 500)
    with pytest.raises(StoreError, match=r"history\.db is no SQLite database") as caught:
        await open_local_store(amx_home)
    assert caught.value.hint
    assert (amx_home / "history.db").read_bytes() == b"dear diary, " * 500


async def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file where the folder should be is an error with a hint."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        await open_local_store(tmp_path / "file" / ".amx")
    assert "AMX_HOME" in caught.value.hint


async def test_a_newer_local_store_opens_read_only(amx_home: Path) -> None:
    """An older program does not write into what a newer one made."""
    await (await open_local_store(amx_home)).close()
    with closing(sqlite3.connect(amx_home / "history.db", isolation_level=None)) as connection:
        connection.execute("UPDATE _amx_schema_meta SET schema_version = 2")
    store = await open_local_store(amx_home)
    assert store.info.is_read_only
    assert "version 2" in store.info.read_only_reason
    await store.close()


async def test_odd_characters_in_the_path_are_no_syntax(tmp_path: Path) -> None:
    """Spaces, percent signs and question marks are part of the name."""
    home = tmp_path / "50% of a #home?mode=ro & more"
    store = await open_local_store(home)
    await store.close()
    assert (home / "history.db").stat().st_size > 0
