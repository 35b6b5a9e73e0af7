"""The line stage against `git merge-file`: the same verdict, the same text where it is clean, nothing coarser.

There are no differences to list: git's conflicts are made of our collisions and the lines between them, which git
takes into a conflict where they are three or fewer. The whole proof is 10,000 generated cases
(`AMX_TEST_MERGES=10000`, as in CI); without the variable the first 1,000 are compared.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from amx_tui.domain.merge import Collision, merge
from tests.unit.merge.cases import generated, realistic
from tests.unit.merge.git import GitMerge, Three, collisions_lie_within, line_stage, merged_by_git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is the oracle")

GENERATED = int(os.environ.get("AMX_TEST_MERGES", "1000"))
AT_ONCE = 500


def differences(cases: list[Three], folder: Path) -> list[tuple[str, Three]]:
    """What git sees otherwise."""
    found: list[tuple[str, Three]] = []
    for three, git in zip(cases, merged_by_git(cases, folder), strict=True):
        is_clean, text, parts = line_stage(three)
        if is_clean != git.is_clean:
            found.append(("another verdict", three))
        elif is_clean and text != git.text:
            found.append(("another text", three))
        elif not is_clean and not collisions_lie_within(parts, git):
            found.append(("collisions that git does not have", three))
    return found


@pytest.mark.parametrize("start", range(0, GENERATED, AT_ONCE))
def test_any_lines_collide_where_they_do_for_git(tmp_path: Path, start: int) -> None:
    """Lines that repeat, blank ones, moved ones, all ends of lines and none."""
    cases = [generated(seed) for seed in range(start, min(start + AT_ONCE, GENERATED))]
    assert differences(cases, tmp_path) == []


def test_pages_collide_where_they_do_for_git(tmp_path: Path) -> None:
    """Two people edit a page for an hour each."""
    assert differences([realistic(seed) for seed in range(200)], tmp_path) == []


def test_the_cases_are_both_clean_and_not(tmp_path: Path) -> None:
    """A proof over cases of one kind would prove little."""
    for case in (generated, realistic):
        clean = sum(git.is_clean for git in merged_by_git([case(seed) for seed in range(100)], tmp_path))
        assert 20 < clean < 80


def test_a_merge_that_is_coarser_than_gits_is_seen() -> None:
    """The comparison itself can fail."""
    git = GitMerge(False, "a\n<<<<<<< mine\nb\nsame\nd\n=======\nc\nsame\ne\n>>>>>>> theirs\nf\n")
    assert collisions_lie_within(["a", (["b"], ["c"]), "same", (["d"], ["e"]), "f"], git)
    assert collisions_lie_within(["a", (["b", "same", "d"], ["c", "same", "e"]), "f"], git)
    assert not collisions_lie_within([(["a", "b"], ["a", "c"]), "same", (["d"], ["e"]), "f"], git)
    assert not collisions_lie_within(["a", (["b"], ["c"]), "same", (["d", "f"], ["e", "f"])], git)
    assert not collisions_lie_within(["a", (["b"], ["c"]), "same", (["d"], []), "f"], git)


def test_nothing_that_was_written_on_a_page_is_absent() -> None:
    """Both stages together: each word that a side added is in the merged text or in a collision."""
    merged_by_words = 0
    for seed in range(200):
        base, mine, theirs = realistic(seed)
        merged = merge(base, mine, theirs)
        there: Counter[str] = Counter()
        for region in merged.regions:
            if isinstance(region, Collision):
                there.update("".join(region.mine).split())
                there.update("".join(region.theirs).split())
            else:
                there.update(region.text.split())
        for side in (mine, theirs):
            assert not (Counter(side.split()) - Counter(base.split())) - there
        merged_by_words += bool(merged.within_line)
    assert merged_by_words > 50
