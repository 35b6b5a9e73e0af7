"""The demo's pages as data."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import pairwise

from amx_tui.domain.merge import merge
from amx_tui.domain.merge.regions import Collision
from amx_tui.services.demo.dictionary import SCHEMAS, assets_of
from amx_tui.services.demo.pages import DRAFTED, drafted_text, make_pages

NOW = datetime(2026, 5, 3, 17, 30, tzinfo=UTC)
PAGES = make_pages(NOW, hostname="laptop")


def test_every_edit_changes_what_it_says_and_times_go_forward() -> None:
    """No version is the same as the one in front of it; the page is its last one."""
    for demo in PAGES:
        states = [(version.body, version.status) for version in demo.versions]
        assert all(before != after for before, after in pairwise(states)), demo.page.title
        moments = [version.saved_at for version in demo.versions if version.saved_at]
        assert moments == sorted(moments)
        assert moments[-1] < NOW
        last = demo.versions[-1]
        assert (demo.page.body, demo.page.version, demo.page.updated_by) == (
            last.body,
            last.version,
            last.saved_by,
        )


def test_three_people_wrote_them_in_every_status() -> None:
    """And the same moment gives the same pages."""
    assert len({version.saved_by for demo in PAGES for version in demo.versions}) == 3
    assert {demo.page.status for demo in PAGES} == {"draft", "published", "deleted"}
    assert make_pages(NOW, hostname="laptop") == PAGES


def test_what_they_name_is_in_the_demos_warehouse() -> None:
    """Tables in the texts and tables attached."""
    known = {asset.name for schema in SCHEMAS for asset in assets_of(schema, ())}
    for demo in PAGES:
        named = re.findall(r"`((?:sales|finance|catalog)\.\w+)`", demo.page.body)
        assert {*named, *(asset.ref for asset in demo.page.assets)} <= known


def test_the_draft_fell_behind_and_its_merge_is_worth_a_look() -> None:
    """One place collides with what was saved since, another one does not."""
    title, number = DRAFTED
    page = next(demo for demo in PAGES if demo.page.title == title)
    old = page.versions[number - 1].body
    merged = merge(old, drafted_text(old), page.page.body)
    assert sum(isinstance(region, Collision) for region in merged.regions) == 1
    assert number < page.page.version
