"""The hash by which two members compare what they see."""

from __future__ import annotations

import hashlib
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amx_tui.domain.digest import descriptions_hash

UNICODE = st.text(st.characters(exclude_categories=["Cs"]))
DESCRIPTIONS = st.dictionaries(UNICODE, st.none() | UNICODE)


@pytest.mark.parametrize(
    ("pairs", "digest"),
    [
        # printf '%s' '[]' | sha256sum
        ([], "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"),
        # jq -cj 'sort_by(.[0])' <<< '[["😀","3"],["é","2"],["a","1"],["B",null]]' | sha256sum
        (
            [("😀", "3"), ("é", "2"), ("a", "1"), ("B", None)],
            "fc3217bc33cbcb24736f44a0db3577312b9ba757637842adbefcde16def62c0e",
        ),
        # printf '%s' '[["sales.customer","Kunden – „alle“ 😀"],["sales.customer.c_first_name","Given name of
        # …\nsecond \"line\" \\ tab\t"],["sales.customer.c_id",null],["sales.zebra",""]]' | sha256sum
        (
            [
                ("sales.zebra", ""),
                ("sales.customer.c_id", None),
                ("sales.customer", "Kunden – „alle“ 😀"),
                ("sales.customer.c_first_name", 'Given name of …\nsecond "line" \\ tab\t'),
            ],
            "ede6427a28a88793133976f983ae1743940a261329042b6c4d63a9cfa0ec7456",
        ),
    ],
)
def test_the_hash_is_the_one_that_other_tools_compute(
    pairs: list[tuple[str, str | None]], digest: str
) -> None:
    """The shell's sha256sum over the JSON text gives the same digits."""
    assert descriptions_hash(pairs) == digest


@given(DESCRIPTIONS, st.randoms())
def test_the_order_of_the_rows_does_not_matter(
    descriptions: dict[str, str | None], order: random.Random
) -> None:
    """Two stores that return rows in different order agree."""
    pairs = list(descriptions.items())
    order.shuffle(pairs)
    text = json.dumps(
        [[name, descriptions[name]] for name in sorted(descriptions)],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    assert descriptions_hash(pairs) == hashlib.sha256(text.encode("utf-8")).hexdigest()


@given(DESCRIPTIONS.filter(bool), st.data())
def test_any_changed_description_changes_the_hash(
    descriptions: dict[str, str | None], data: st.DataObject
) -> None:
    """No description, an empty one and another one are three different things."""
    name = data.draw(st.sampled_from(sorted(descriptions)))
    other = data.draw((st.none() | UNICODE).filter(lambda text: text != descriptions[name]))
    changed = {**descriptions, name: other}
    assert descriptions_hash(changed.items()) != descriptions_hash(descriptions.items())


def test_a_lone_surrogate_counts_as_the_replacement_character() -> None:
    """A broken text can be hashed, and every client hashes it alike."""
    assert descriptions_hash([("a", "x\ud800")]) == descriptions_hash([("a", "x\N{REPLACEMENT CHARACTER}")])


def test_two_descriptions_of_one_asset_are_refused() -> None:
    """The hash would depend on which of them came first."""
    with pytest.raises(ValueError, match=r"sales\.customer"):
        descriptions_hash([("sales.customer", "one"), ("sales.customer", "two")])
