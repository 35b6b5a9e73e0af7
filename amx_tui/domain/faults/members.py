"""Faults of the member registry: nobody who administers, admins by accident, people and machines of many names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from amx_tui.domain.faults.model import Fault, StoreFacts
from amx_tui.domain.members import ROLES, Member
from amx_tui.domain.membership import active_admins, by_person, member_name
from amx_tui.domain.people import ACCOUNTS_OF_MANY, has_own_domain, machine_of, names_of_people, person_of
from amx_tui.domain.text import one_line

__all__ = ["accidental_admins", "no_admin", "several_machines", "several_names", "several_roles"]


def no_admin(facts: StoreFacts) -> Fault | None:
    """A store in which nobody may administer."""
    if not facts.members or active_admins(facts.members):
        return None
    someone = any(member.is_active and member.role is not None for member in facts.members)
    return Fault(
        "no active admin",
        "Nobody can promote, revoke or restore members, and newcomers stay viewers.",
        "Any active member may take it over: admin claim."
        if someone
        else "No member is active either: a newcomer joins, and may then take it over: admin claim.",
    )


def accidental_admins(facts: StoreFacts) -> Fault | None:
    """Admins who became it because several first connections were made at once; who was made one since is none."""
    first = [
        member
        for member in facts.members
        if member.member_id in facts.first_members and member.is_active and member.role == "admin"
    ]
    unasked = [member for member in first if member.member_id not in facts.made_admin]
    if len(unasked) < 2:
        return None
    return Fault(
        "accidental admins",
        f"{len(unasked)} members each joined as the first of all, at the same moment, and all became admins: any of "
        "them can revoke everybody else, and nobody chose them.",
        "Whoever is none by intention: admin demote WHO. Whoever is: demote and promote once, and it is on record.",
        tuple(member_name(member) for member in unasked),
    )


def several_names(facts: StoreFacts) -> Fault | None:
    """People who seem to be members under more than one name."""
    several = names_of_people(member for member in facts.members if member.is_active)
    if not several:
        return None
    people = "1 person is a member" if len(several) == 1 else f"{len(several)} people are members"
    return Fault(
        "one person, several names",
        f"It seems that {people} under more than one name: filters by who find a part of the work, and a "
        "revocation under one name leaves the other.",
        "Set AMX_USER to the same on each of that person's machines; an admin revokes the names that are left over.",
        tuple(", ".join(one_line(name, 60) for name in names) for names in several),
    )


def several_machines(facts: StoreFacts) -> Fault | None:
    """Machines that are known by more than one name, so that who works there is a member several times."""
    several: list[str] = []
    for name, members in _active_people(facts.members):
        machines: dict[str, list[str]] = defaultdict(list)
        for member in members:
            if machine_of(member.hostname):
                machines[machine_of(member.hostname)].append(member.hostname)
        several += [
            f"{one_line(name, 60)} on {', '.join(one_line(host, 60) for host in hosts)}"
            for hosts in machines.values()
            if len(hosts) > 1 and sum(map(has_own_domain, hosts)) < 2
        ]
    if not several:
        return None
    machines_are = "1 machine goes" if len(several) == 1 else f"{len(several)} machines go"
    return Fault(
        "one machine, several names",
        f"It seems that {machines_are} by more than one name, as laptops do that take another in each network: a "
        "role that was given under one name does not hold under the other.",
        "Give the machine a fixed host name; an admin revokes what is left over: admin revoke WHO.",
        tuple(several),
    )


def several_roles(facts: StoreFacts) -> Fault | None:
    """People whose role depends on the machine."""
    several: list[str] = []
    for name, members in _active_people(facts.members):
        if person_of(name) in ACCOUNTS_OF_MANY or len({member.role for member in members}) < 2:
            continue
        ranked = sorted(members, key=lambda each: ROLES.index(each.role) if each.role else -1, reverse=True)
        held = (f"{each.role or 'no role'} on {one_line(each.hostname, 60)}" for each in ranked)
        several.append(f"{one_line(name, 60)}: {', '.join(held)}")
    if not several:
        return None
    people = "1 person has" if len(several) == 1 else f"{len(several)} people have"
    return Fault(
        "one person, several roles",
        f"{people} another role on another machine, for a role is given to a name on a machine: on one they may do "
        "what is refused on the other.",
        "Where that is not meant: admin promote USER@HOST, or admin demote USER@HOST.",
        tuple(several),
    )


def _active_people(members: Iterable[Member]) -> tuple[tuple[str, tuple[Member, ...]], ...]:
    return by_person([member for member in members if member.is_active])
