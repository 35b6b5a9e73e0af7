"""When two names in a store seem to be one person's. Names alone decide nothing: this says where to ask."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

from amx_tui.domain.members import Member

__all__ = [
    "ACCOUNTS_OF_MANY",
    "are_namesakes",
    "has_own_domain",
    "machine_of",
    "names_of_people",
    "person_of",
    "spelled_alike",
]

ACCOUNTS_OF_MANY = frozenset(
    {"admin", "app", "debian", "docker", "ec2-user", "root", "ubuntu", "user", "vagrant"}
)
"""Names that many machines have an account of, so that two machines with one tell nothing."""
_DOMAINS_OF_NETWORKS = frozenset({"box", "fritz", "home", "internal", "lan", "local", "localdomain"})
"""What a network adds to the name of any machine that is in it."""
_NO_MACHINES = frozenset({"", "localhost"})


def person_of(username: str) -> str:
    """The part of a username that spellings of one person share: without case, and what stands behind an @."""
    return username.partition("@")[0].casefold().strip()


def machine_of(hostname: str) -> str:
    """The part of a host's name that stays where its network changes: `mac` of `Mac.local`; an address is whole."""
    name, _, rest = hostname.casefold().strip().partition(".")
    return f"{name}.{rest}" if name.isdigit() else name


def has_own_domain(hostname: str) -> bool:
    """Whether a host's name is in a domain that tells it from others, unlike `mac.local`."""
    last = hostname.casefold().strip().rpartition(".")
    return bool(last[0]) and last[2] not in _DOMAINS_OF_NETWORKS


def are_namesakes(username: str, other: str) -> bool:
    """Whether two usernames are addresses of different domains, so that what stands before the @ tells nothing."""
    domain, other_domain = _domain(username), _domain(other)
    return bool(domain) and bool(other_domain) and domain != other_domain


def spelled_alike(name: str, other: str) -> bool:
    """Whether two names may be spellings of one, as `asmith` and `alice.smith` are, and `bsmith` is not."""
    words, others = _words(name), _words(other)
    if len(words) > 1 and len(others) > 1:
        return sorted(words) == sorted(others)
    return bool(_spellings(words) & _spellings(others))


def names_of_people(members: Iterable[Member]) -> tuple[tuple[str, ...], ...]:
    """Group the usernames that seem to be one person's, sorted; who has one name is left out.

    Names seem to be one person's where they differ in case, or where one of them has no domain (`alice` and
    `alice@acme.com`). On one machine, a name and an address that may be spelled from each other do too (`asmith` and
    `alice.smith@acme.com`): the OS user, and what AMX_USER was set to later. That names were used on one machine is no
    evidence by itself, for many people may work there (a jump host), and two addresses of different domains are
    two people (namesakes). A name that could belong to two people is given to neither.
    """
    machines: dict[str, set[str]] = defaultdict(set)
    for member in members:
        machines[member.username].add(machine_of(member.hostname))
    near: dict[str, set[str]] = {name: set() for name in machines}
    for one, other in _candidates(machines):
        if _seem_one(one, other, (machines[one] & machines[other]) - _NO_MACHINES):
            near[one].add(other)
            near[other].add(one)
    # Where not all who may be one are it pairwise, somebody in between could be either.
    sure = {name: others for name, others in near.items() if _all_near(others, near)}
    found: set[tuple[str, ...]] = set()
    for name, others in sure.items():
        group = {name, *(other for other in others if other in sure)}
        if len(group) > 1:
            found.add(tuple(sorted(group)))
    return tuple(sorted(found))


def _candidates(machines: dict[str, set[str]]) -> set[tuple[str, str]]:
    """The pairs worth a closer look: those that share a machine, or the name without its domain."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, hosts in machines.items():
        alike["person", person_of(name)].append(name)
        for host in hosts - _NO_MACHINES:
            alike["machine", host].append(name)
    return {pair for names in alike.values() for pair in combinations(sorted(names), 2)}


def _all_near(names: set[str], near: dict[str, set[str]]) -> bool:
    return all(other in near[one] for one, other in combinations(names, 2))


def _seem_one(one: str, other: str, shared_machines: set[str]) -> bool:
    person, other_person = person_of(one), person_of(other)
    if not person or not other_person or are_namesakes(one, other):
        return False
    if person != other_person:
        is_one_address = bool(_domain(one)) != bool(_domain(other))
        return bool(shared_machines) and is_one_address and spelled_alike(person, other_person)
    return bool(shared_machines) or person not in ACCOUNTS_OF_MANY


def _domain(username: str) -> str:
    return username.partition("@")[2].casefold().strip()


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^\w]|_", name) if word]


def _spellings(words: Sequence[str]) -> frozenset[str]:
    """The account names that are usual for a name; of several words, for the first and the last."""
    if len(words) < 2:
        return frozenset(words)
    first, last = words[0], words[-1]
    return frozenset(
        {first, last, first + last, last + first, first[0] + last, last + first[0], first + last[0]}
    )
