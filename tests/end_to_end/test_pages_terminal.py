"""Two people at two terminals, one page: both texts are there afterwards, whatever happens in between."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.shell import Shell, profile_options
from tests.end_to_end.terminal import Terminal
from tests.servers import HostServer

BODY = "# Customers\n\nThe number never changes.\n\nOrders belong to a customer.\n"
SAVE, FIND, ESCAPE = "\x13", "\x06", "\x1b"


@pytest.fixture
def team(postgres_host: HostServer, tmp_path: Path) -> tuple[Shell, Shell]:
    """Alice, whose store it is and who wrote a page, and bob, a writer in it."""
    alice = Shell(tmp_path / "alice", user="alice@acme.com")
    bob = Shell(tmp_path / "bob", user="bob@acme.com")
    schema = ["--schema", postgres_host.schema] if postgres_host.schema else []
    for shell in (alice, bob):
        shell.done("add-db-profile", "team", *profile_options(postgres_host))
        shell.done("history-store", "enable", "--profile", "team", *schema, "--yes")
    alice.done("admin", "promote", "bob@acme.com", "--role", "writer", "--yes")
    file = tmp_path / "page.md"
    file.write_text(BODY)
    alice.done("pages", "new", "--title", "Customer 360", "--file", str(file))
    return alice, bob


def begin_editing(terminal: Terminal) -> None:
    """Go to the pages and edit the only one."""
    open_draft(terminal)
    terminal.expect("Edit  from v")


def open_draft(terminal: Terminal) -> None:
    """Go to the pages and open the editor, or the merge that was under way in it."""
    terminal.expect("alice@acme.com|bob@acme.com")
    terminal.send("2")
    terminal.expect("Customer 360")
    terminal.send("e")


def replace_words(terminal: Terminal, old: str, new: str) -> None:
    """Find words in the editor and put others in their place."""
    terminal.send(FIND)
    terminal.expect("tab to replace")
    terminal.send(f"{old}\r")
    terminal.expect("1 of 1")
    terminal.send("\t")
    terminal.expect("enter replaces")
    terminal.send(f"{new}\r")
    terminal.expect("not saved")
    terminal.send(ESCAPE)


def page_of(shell: Shell) -> Any:
    """The page as the store has it."""
    return shell.done("pages", "show", "customer-360", "--json").json


def test_alice_saves_bob_saves_bob_merges_and_both_texts_are_there(team: tuple[Shell, Shell]) -> None:
    """Bob's save is refused, shown beside alice's, decided by one key and stored."""
    alice, bob = team
    with Terminal(alice) as one, Terminal(bob) as other:
        begin_editing(one)
        begin_editing(other)
        replace_words(one, "never changes", "may change")
        replace_words(other, "never changes", "stays for ever")
        one.send(SAVE)
        one.expect("Version 2")
        other.expect(r"alice@acme.com saved v2")
        other.send(SAVE)
        other.expect("1 of 1 open")
        other.expect("2 alice@acme.com, v2")
        other.send("3")
        other.expect("all 1 decided")
        other.send(SAVE)
        other.expect("version 3")
    page = page_of(alice)
    assert page["version"] == 3
    assert page["markdown_body"] == BODY.replace(
        "The number never changes.", "The number stays for ever.\nThe number may change."
    )


def test_a_killed_editor_and_a_killed_merge_go_on_where_they_were(
    team: tuple[Shell, Shell], tmp_path: Path
) -> None:
    """What was typed, and what was decided, survives kill -9."""
    alice, bob = team
    with Terminal(bob) as terminal:
        begin_editing(terminal)
        replace_words(terminal, "never changes", "stays for ever")
        terminal.expect("not saved, kept here")
        terminal.signal(signal.SIGKILL)
        assert terminal.wait() < 0
    file = tmp_path / "theirs.md"
    file.write_text(BODY.replace("never changes", "may change"))
    alice.done("pages", "edit", "customer-360", "--file", str(file), "--version", "1")
    with Terminal(bob) as terminal:
        begin_editing(terminal)
        terminal.expect("Your draft is back")
        terminal.send(SAVE)
        terminal.expect("1 of 1 open")
        terminal.send("3")
        terminal.expect("all 1 decided")
        drafts = bob.home / "drafts" / "pages"
        while not any("both" in path.read_text() for path in drafts.glob("*.merge")):
            terminal.expect("all 1 decided")
        terminal.signal(signal.SIGKILL)
        assert terminal.wait() < 0
    with Terminal(bob) as terminal:
        open_draft(terminal)
        terminal.expect("all 1 decided")
        terminal.send(SAVE)
        terminal.expect("version 3")
    body = page_of(alice)["markdown_body"]
    assert "stays for ever" in body
    assert "may change" in body
    assert not list((bob.home / "drafts" / "pages").glob("*.json"))
