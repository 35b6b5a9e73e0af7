"""One person under several names: found by comparing members, so that AMX_USER can be set."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence

from amx_tui.domain.errors import ConfigError
from amx_tui.domain.identity import Identity
from amx_tui.domain.members import Member
from amx_tui.domain.people import ACCOUNTS_OF_MANY, are_namesakes, machine_of, person_of, spelled_alike
from amx_tui.domain.report import Check
from amx_tui.domain.text import one_line

__all__ = ["check_names", "names_of_one_person", "os_user"]

_SHOWN = 6


def names_of_one_person(identity: Identity, members: Iterable[Member], os_user: str = "") -> tuple[str, ...]:
    """List the other usernames under which whoever runs this program seems to be registered.

    A name counts where it is ours but for case and the part behind the @ (`alice` and `alice@acme.com`), or where
    it is the OS user's, unless many machines have an account of that name; an address of another domain is a
    namesake's. That it was registered from this host is
    no evidence, for many people may work on one (a jump host); but there, another spelling is (`asmith` and
    `alice.smith`).

    Args:
        identity: Who we are.
        members: The store's members.
        os_user: The OS user's name, which an earlier start without AMX_USER went by.
    """
    ours = {person_of(identity.username), person_of(os_user)} - {""}
    found: dict[str, None] = {}
    for member in members:
        if member.username == identity.username or not member.is_active:
            continue
        name = person_of(member.username)
        if machine_of(member.hostname) == machine_of(identity.hostname):
            is_us = name in ours or any(spelled_alike(name, each) for each in ours)
        else:
            is_us = name in ours - ACCOUNTS_OF_MANY and not are_namesakes(member.username, identity.username)
        if is_us:
            found[member.username] = None
    return tuple(found)


def check_names(identity: Identity, members: Sequence[Member], os_user: str = "") -> Check:
    """Check that whoever runs this program goes by one name."""
    others = names_of_one_person(identity, members, os_user)
    if not others:
        return Check("one name a person", "ok", f"You are {one_line(identity.username, 80)} everywhere.")
    shown = ", ".join(one_line(name, 80) for name in others[:_SHOWN])
    looks = "looks" if len(others) == 1 else "look"
    more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
    name = next((name for name in (identity.username, *others) if "@" in name), identity.username)
    return Check(
        "one name a person",
        "warning",
        f"You are {one_line(identity.username, 80)} here; {shown}{more} {looks} like you under another name.",
        hint=f"Where that is you, put this into the shell's start file of every machine: "
        f"export AMX_USER={shlex.quote(one_line(name, 80))}",
    )


def os_user(environ: Mapping[str, str]) -> str:
    """Return the name we would go by without AMX_USER; empty where the system has none that can be used."""
    from amx_tui.config.identity import current_identity

    try:
        return current_identity({key: value for key, value in environ.items() if key != "AMX_USER"}).username
    except ConfigError:
        return ""
