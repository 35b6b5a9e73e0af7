"""When two names seem to be one person's, and when not: namesakes, jump hosts, accounts of many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.members import Member
from amx_tui.domain.people import has_own_domain, machine_of, names_of_people


def member(name: str, host: str = "laptop") -> Member:
    """A viewer of that name on that machine."""
    return Member(f"{name} {host}", name, host, "viewer")


@pytest.mark.parametrize(
    ("members", "people"),
    [
        ([("alice", "pc"), ("Alice", "mac")], [("Alice", "alice")]),
        ([("alice", "pc"), ("alice@acme.com", "mac")], [("alice", "alice@acme.com")]),
        ([("asmith", "pc"), ("alice.smith@acme.com", "pc")], [("alice.smith@acme.com", "asmith")]),
        ([("asmith", "PC.local"), ("alice.smith@acme.com", "pc")], [("alice.smith@acme.com", "asmith")]),
        (
            [("alice", "pc"), ("ALICE", "pc"), ("alice@acme.com", "mac")],
            [("ALICE", "alice", "alice@acme.com")],
        ),
        ([("root", "pc"), ("root@acme.com", "pc")], [("root", "root@acme.com")]),
    ],
)
def test_spellings_of_one_name_are_one_person(
    members: list[tuple[str, str]], people: list[tuple[str, ...]]
) -> None:
    """Case, a domain or none, and on one machine the OS user and the address."""
    assert list(names_of_people(member(*each) for each in members)) == people


@pytest.mark.parametrize(
    "members",
    [
        [("alice", "pc"), ("alice", "mac"), ("bob", "pc")],
        [("alice@acme.com", "pc"), ("alice@partner.org", "mac")],
        [("alice@acme.com", "jump"), ("alice@partner.org", "jump")],
        [(name, "jump") for name in ("alice", "bob", "alice.smith", "asmith", "bsmith")],
        [("asmith", "jump"), ("alice.smith@acme.com", "jump"), ("anna.smith@acme.com", "jump")],
        [("alice", "pc"), ("alice@acme.com", "mac"), ("alice@partner.org", "mac")],
        [("asmith", "localhost"), ("alice.smith@acme.com", "localhost")],
        [("asmith", ""), ("alice.smith@acme.com", "")],
        [("root", "pc"), ("ROOT", "mac")],
        [("ubuntu", "vm-1"), ("ubuntu@acme.com", "vm-2")],
        [("@acme.com", "pc"), ("@ACME.com", "pc")],
        [("", "pc"), (" ", "pc")],
    ],
)
def test_others_are_not(members: list[tuple[str, str]]) -> None:
    """Namesakes, people who share a machine, accounts that every machine has, and who could be either of two."""
    assert names_of_people(member(*each) for each in members) == ()


_NAMES = st.sampled_from(
    [
        "alice",
        "Alice",
        "alice@acme.com",
        "alice@partner.org",
        "asmith",
        "alice.smith@acme.com",
        "bob",
        "root",
        "",
    ]
)
_MEMBERS = st.lists(st.builds(member, _NAMES, st.sampled_from(["pc", "PC.local", "jump", "localhost", ""])))


@given(_MEMBERS, st.randoms(use_true_random=False))
def test_what_is_found_does_not_depend_on_the_order(members: list[Member], random: object) -> None:
    """Groups of two names at least, no name in two of them, whoever comes first."""
    found = names_of_people(members)
    assert all(len(names) > 1 for names in found)
    every = [name for names in found for name in names]
    assert len(every) == len(set(every))
    assert set(every) <= {each.username for each in members}
    shuffled = list(members)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert names_of_people(shuffled) == found


@given(_MEMBERS)
def test_a_stranger_changes_nothing(members: list[Member]) -> None:
    """Somebody else's arrival makes nobody one person with anybody."""
    assert names_of_people([*members, member("zoe.young@elsewhere.net", "zoes")]) == names_of_people(members)


@pytest.mark.parametrize(
    ("host", "machine", "own"),
    [
        ("Mac.local", "mac", False),
        ("mac", "mac", False),
        ("mac.acme.com", "mac", True),
        ("mac.fritz.box", "mac", False),
        ("10.0.0.1", "10.0.0.1", True),
        ("", "", False),
    ],
)
def test_a_machine_is_known_without_its_network(host: str, machine: str, own: bool) -> None:
    """A laptop takes another domain in each network; an address has none, and is not cut."""
    assert (machine_of(host), has_own_domain(host)) == (machine, own)
