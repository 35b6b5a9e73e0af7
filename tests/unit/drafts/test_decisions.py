"""The journal of decisions: on disk before anything else, taken over after a death, gone when all is stored."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amx_tui.domain.decisions import DecisionBasis, DecisionChange, DecisionValues
from amx_tui.domain.errors import DraftError
from amx_tui.drafts import decisions
from amx_tui.drafts.decisions import DecisionJournal, JournalKey, find_leftovers

KEY = JournalKey("shared AMX in postgresql db:5432/x", "alice@lead", "run_2026-05-03_15-44-002")
AT = datetime(2026, 5, 3, 15, 44, 7, 123456, tzinfo=UTC)


def _change(number: int, text: str = "a text") -> DecisionChange:
    basis = DecisionBasis(f"result-{number}", 3, DecisionValues())
    return DecisionChange(basis, DecisionValues("custom", text), decided_at=AT + timedelta(seconds=number))


def _files(home: Path) -> list[Path]:
    return sorted(home.glob("drafts/*"))


def _die(journal: DecisionJournal) -> None:
    """Let go of the file as a killed process does: without a word."""
    os.close(journal._file)


@pytest.fixture
def open_journal(tmp_path: Path) -> Callable[..., DecisionJournal]:
    """Return what opens a journal in this test's home."""
    return lambda key=KEY: DecisionJournal(tmp_path, key)


texts = st.text(max_size=30) | st.just("\ud800 \x00 \n 🙂")
times = st.none() | st.datetimes(timezones=st.just(UTC))
values = st.builds(
    DecisionValues,
    st.sampled_from(("pending", "accepted", "custom", "skipped")),
    st.none() | texts,
    texts,
    texts,
    times,
)
changes = st.builds(
    DecisionChange,
    st.builds(DecisionBasis, texts, st.none() | st.integers(1, 9), values),
    values,
    st.booleans(),
    times,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(changes, min_size=1, max_size=5, unique_by=repr))
def test_what_a_dead_process_left_is_read_to_the_letter(
    open_journal: Callable[..., DecisionJournal], wanted: list[DecisionChange]
) -> None:
    """Any text, any moment, in the order of the decisions; afterwards there is one file again, and then none."""
    first = open_journal()
    first.append(wanted)
    _die(first)
    second = open_journal()
    entries = second.adopt()
    assert [entry.change for entry in entries] == wanted
    second.acknowledge([entry.number for entry in entries])
    second.close()
    assert open_journal().adopt() == ()


def test_a_journal_is_readable_by_its_owner_alone(
    tmp_path: Path, open_journal: Callable[..., DecisionJournal]
) -> None:
    """Descriptions are nobody else's business on a shared machine."""
    journal = open_journal()
    journal.append([_change(1)])
    (file,) = _files(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    journal.close()


def test_nothing_is_left_once_all_is_stored(
    tmp_path: Path, open_journal: Callable[..., DecisionJournal]
) -> None:
    """The file goes when the journal is closed, not earlier: the next decision would make it anew."""
    journal = open_journal()
    for number in range(3):
        (entry,) = journal.append([_change(number)])
        journal.syncing()()
        journal.acknowledge([entry.number])
    (file,) = _files(tmp_path)
    assert file.read_bytes().count(b"\n") == 1
    journal.close()
    assert _files(tmp_path) == []


@pytest.mark.parametrize("cut", [1, 2, 40])
def test_a_torn_last_line_costs_only_itself(
    tmp_path: Path, open_journal: Callable[..., DecisionJournal], cut: int
) -> None:
    """The key that it came from had not been answered yet."""
    journal = open_journal()
    journal.append([_change(1), _change(2)])
    (file,) = _files(tmp_path)
    _die(journal)
    file.write_bytes(file.read_bytes()[:-cut])
    assert [entry.change for entry in open_journal().adopt()] == [_change(1)]


def test_a_line_that_nobody_can_read_costs_only_itself(
    tmp_path: Path, open_journal: Callable[..., DecisionJournal]
) -> None:
    """Whatever a disk did to it."""
    journal = open_journal()
    journal.append([_change(1), _change(2), _change(3)])
    (file,) = _files(tmp_path)
    _die(journal)
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join((lines[0], lines[1], b'\x00\xff{"change": 7}\n', b"[]\n", lines[3])))
    assert [entry.change for entry in open_journal().adopt()] == [_change(1), _change(3)]


def test_what_is_stored_is_not_taken_over_again(open_journal: Callable[..., DecisionJournal]) -> None:
    """Numbers that were acknowledged before the process died are left out."""
    journal = open_journal()
    entries = journal.append([_change(number) for number in range(4)])
    journal.acknowledge([entries[0].number, entries[2].number])
    _die(journal)
    again = open_journal()
    assert [entry.change for entry in again.adopt()] == [_change(1), _change(3)]
    again.close()


def test_dying_while_taking_over_does_not_double_anything(
    tmp_path: Path, open_journal: Callable[..., DecisionJournal]
) -> None:
    """The new file was written, the old one not removed yet."""
    journal = open_journal()
    journal.append([_change(1), _change(2)])
    (old,) = _files(tmp_path)
    content = old.read_bytes()
    _die(journal)
    second = open_journal()
    second.adopt()
    old.write_bytes(content)
    _die(second)
    third = open_journal()
    assert [entry.change for entry in third.adopt()] == [_change(1), _change(2)]
    assert len(_files(tmp_path)) == 1


def test_a_living_process_keeps_its_own(tmp_path: Path, open_journal: Callable[..., DecisionJournal]) -> None:
    """Two terminals on one run write two files, and neither takes the other's."""
    first, second = open_journal(), open_journal()
    first.append([_change(1)])
    assert second.adopt() == ()
    assert find_leftovers(tmp_path, KEY.place, KEY.member) == ()
    second.append([_change(2)])
    assert len(_files(tmp_path)) == 2
    _die(first)
    assert [entry.change for entry in second.adopt()] == [_change(2), _change(1)]
    second.close()
    assert find_leftovers(tmp_path, KEY.place, KEY.member) == (KEY.run_id,)


@pytest.mark.parametrize("field", ["place", "member", "run_id"])
def test_journals_of_others_do_not_mix(
    tmp_path: Path, open_journal: Callable[..., DecisionJournal], field: str
) -> None:
    """Another store, another member or machine, another run: another journal."""
    journal = open_journal()
    journal.append([_change(1)])
    _die(journal)
    other = replace(KEY, **{field: "another"})
    assert open_journal(other).adopt() == ()
    found = find_leftovers(tmp_path, other.place, other.member)
    assert found == ((KEY.run_id,) if field == "run_id" else ())


def test_a_long_journal_is_written_anew_without_what_is_stored(
    tmp_path: Path, open_journal: Callable[..., DecisionJournal], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One decision in conflict must not make it grow for ever; nothing is lost on the way."""
    monkeypatch.setattr(decisions, "COMPACT_FROM", 10)
    journal = open_journal()
    (kept,) = journal.append([_change(0)])
    for number in range(1, 40):
        (entry,) = journal.append([_change(number)])
        journal.acknowledge([entry.number])
    (file,) = _files(tmp_path)
    assert file.read_bytes().count(b"\n") < 25
    _die(journal)
    assert [entry.change for entry in open_journal().adopt()] == [kept.change]


def test_a_home_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """With what to do; nothing counts as decided then."""
    (tmp_path / "drafts").write_text("a file in the way")
    journal = DecisionJournal(tmp_path, KEY)
    with pytest.raises(DraftError, match="cannot be kept"):
        journal.append([_change(1)])
    assert journal.entries == ()
