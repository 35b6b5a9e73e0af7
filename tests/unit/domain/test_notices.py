"""Notices come over a channel where anybody may write: what is none of ours is dropped, what is shown is harmless."""

from __future__ import annotations

import json
from typing import Any

import pytest

from amx_tui.domain.notices import KINDS, PROCESS, Notice, notice_sentence, read_notice


def payload(**changed: Any) -> str:
    """A notice of another process as it travels, with some values changed."""
    return json.dumps(
        {"kind": "page", "id": "p-1", "version": 2, "who": "bob", "from": "0123456789abcdef", **changed}
    )


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_sent_is_what_is_read(kind: str) -> None:
    """Nothing is lost on the way, and one's own notices are told from those of others."""
    notice = Notice(kind, "run_2026-05-03_15-44-002", 7, "bob@acme.com")
    assert read_notice(notice.payload()) == notice
    assert notice.origin == PROCESS
    assert read_notice(payload()) == Notice("page", "p-1", 2, "bob", "0123456789abcdef")


def test_a_notice_without_a_sender_is_one_of_others() -> None:
    """Another program may leave the sender out; it is heard all the same."""
    value = json.loads(payload())
    del value["from"]
    notice = read_notice(json.dumps(value))
    assert notice is not None
    assert notice.origin == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "page",
        "{",
        "null",
        "[]",
        '"page"',
        "NaN",
        "[" * 1000,
        "\x00",
        "\ud800",
        payload()[:-1],
        payload() + payload(),
        payload(kind="users; DROP TABLE pages"),
        payload(kind=["page"]),
        payload(kind=None),
        payload(id=None),
        payload(id=5),
        payload(id="x" * 65),
        payload(id="p\n1"),
        payload(id="p-1\n"),
        payload(id="' OR 1=1"),
        payload(id="\x1b[2J"),
        payload(version="2"),
        payload(version=2.0),
        payload(version=True),
        payload(version=None),
        payload(version=-1),
        payload(version=2**63),
        payload(who=None),
        payload(who=["bob"]),
        payload(**{"from": "\x1b"}),
        payload(**{"from": 5}),
        payload(filler="x" * 2000),
        '{"kind": "page", "id": "p-1", "version": ' + "9" * 1500 + ', "who": "bob"}',
    ],
)
def test_what_is_no_notice_is_none(text: str) -> None:
    """Malformed, huge, of other types, with what no id of ours contains: dropped without a word."""
    assert read_notice(text) is None


@pytest.mark.parametrize("who", ["\x1b]0;owned\x07", "a\nb", "\u202eevil", "[bold]x[/]", "\ud800", "x" * 300])
def test_a_foreign_name_is_shown_on_one_line_without_control(who: str) -> None:
    """A name moves no cursor, breaks no line, turns no direction, and is not longer than a toast has room for."""
    notice = read_notice(payload(who=who))
    assert notice is not None
    assert len(notice.who) <= 60
    sentence = notice_sentence([notice])
    assert not any(ord(character) < 32 or character == "\u202e" for character in sentence)
    sentence.encode()


def test_the_longest_notice_of_ours_fits_and_is_read() -> None:
    """PostgreSQL takes 8,000 bytes, and the reader 2,000 characters: the longest name, escaped, is below both."""
    notice = Notice("results", "r" * 64, 2**31, "\U0001f600" * 255)
    assert len(notice.payload().encode()) < 8000
    assert read_notice(notice.payload()) is not None


def test_a_sentence_names_each_person_and_deed_once() -> None:
    """What many decide in a moment is one line."""
    notices = [
        Notice("result", "r-1", 2, "bob"),
        Notice("result", "r-2", 2, "bob"),
        Notice("page", "p-1", 2, "alice"),
        Notice("run", "run-1", 0, "carol"),
        Notice("run", "run-2", 0, "carol"),
        Notice("results", "", 0, "dave"),
        Notice("application", "run-1", 0, "bob"),
        Notice("member", "m-1", 2, "alice"),
        Notice("result", "r-3", 2, "eve"),
        Notice("page", "p-2", 2, ""),
    ]
    assert notice_sentence(notices) == (
        "bob decided on 2 descriptions; alice saved a page; carol recorded 2 runs; dave decided on descriptions; "
        "bob applied descriptions; alice changed a member; eve decided on a description; somebody saved a page"
    )
