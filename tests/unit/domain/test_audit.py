"""Sentences of the audit trail: whatever stands in a row, one line that says who did what."""

from __future__ import annotations

from typing import Any

import pytest

from amx_tui.domain.audit import AUDIT_ACTIONS, AuditEvent, audit_sentence

EVIL = "[b]x\x1b[2J\n\u202e'; DROP TABLE y; --"


def event(
    action: str, *, target: str = "bob", resource: str = "", details: Any = None, who: str = "anna"
) -> AuditEvent:
    """A row of the trail."""
    host = "bob-mac" if target else ""
    return AuditEvent("id", None, who, "anna-laptop", action, "id-2", target, host, resource, details)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (event("grant_role"), "anna: grant role, bob on bob-mac."),
        (event("vacuum", target="", resource="results"), "anna: vacuum, results."),
        (event("", target="", resource="", who=""), "Somebody: something, member id-2."),
        (event("promote_writer"), "anna promoted bob on bob-mac to writer."),
        (event("promote_admin", details={"new_role": "admin"}), "anna promoted bob on bob-mac to admin."),
        (event("apply", target="", resource="run_1"), "anna applied descriptions of run_1."),
        (event("bulk_decision", target="", resource="run_1"), "anna decided results of run_1 at once."),
        (event("forced_overwrite", target="", resource="pages:1"), "anna overwrote pages:1."),
        (
            event(
                "forced_overwrite",
                target="",
                resource="p:1",
                details={"before": {"title": "A", "version": 3}},
            ),
            "anna overwrote version 3 of “A”.",
        ),
        (event("store_mend", details={"count": 1}), "anna mended 1 row of the store."),
        (
            event("user_join", details={"revoked": True}),
            "anna joined from anna-laptop, revoked as everywhere else.",
        ),
    ],
)
def test_what_is_not_known_is_left_out(row: AuditEvent, sentence: str) -> None:
    """Rows of other programs and of later ones are told as well as they can be."""
    assert audit_sentence(row) == sentence


@pytest.mark.parametrize("action", [*AUDIT_ACTIONS, EVIL])
@pytest.mark.parametrize(
    "details",
    [
        None,
        [],
        "text",
        7,
        {"count": "many", "strategy": 3, "version": "x", "before": 1, "title": 2, "role": {}, "old_role": []},
        dict.fromkeys(("strategy", "place", "title", "old_role", "new_role", "role", "overwritten_by"), EVIL),
    ],
)
def test_a_sentence_is_one_line_of_plain_text_whatever_the_row_holds(action: str, details: Any) -> None:
    """Foreign text is data: no control character, no line break; details of the wrong kind are passed over."""
    for target, resource in ((EVIL, ""), ("", EVIL), ("", "")):
        sentence = audit_sentence(event(action, target=target, resource=resource, details=details, who=EVIL))
        assert sentence.isprintable(), ascii(sentence)
        assert sentence.endswith(".")
