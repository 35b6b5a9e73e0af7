"""Noticing a change on disk."""

from __future__ import annotations

import os
from pathlib import Path

from amx_tui.config.watch import fingerprint


def test_every_way_of_changing_a_file_is_noticed(tmp_path: Path) -> None:
    """Another length, another time, another file in its place."""
    path = tmp_path / "config.yml"
    assert fingerprint(path) is None
    path.write_text("a: 1\n")
    seen = [fingerprint(path)]
    assert fingerprint(path) == seen[0]
    path.write_text("a: 12\n")
    seen.append(fingerprint(path))
    os.utime(path, ns=(1, 1))
    seen.append(fingerprint(path))
    other = tmp_path / "other"
    other.write_text("a: 12\n")
    os.utime(other, ns=(1, 1))
    other.replace(path)
    seen.append(fingerprint(path))
    assert len(set(seen)) == 4


def test_a_link_is_followed(tmp_path: Path) -> None:
    """A change of the file behind the link is a change; a link to nothing is no file."""
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert fingerprint(tmp_path / "link") is None
    (tmp_path / "real").write_text("x")
    assert fingerprint(tmp_path / "link") == fingerprint(tmp_path / "real")
