"""The `pages` verbs in a shell: made, edited, refused with exit 3 and the page as it is now, exported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell in an empty home."""
    return Shell(tmp_path / "amx", user="alice@acme.com")


def test_a_page_is_made_edited_and_read(shell: Shell, tmp_path: Path) -> None:
    """The text goes in and comes out to the letter, line ends included."""
    text = tmp_path / "page.md"
    text.write_bytes(b"# Kunden\r\n\r\nno end")
    made = shell.done(
        "pages", "new", "--title", "Customer 360", "--file", str(text), "--asset", "sales.customer", "--json"
    ).json
    assert (made["slug"], made["version"], made["created_by"]) == ("customer-360", 1, "alice@acme.com")
    assert made["markdown_body"] == "# Kunden\r\n\r\nno end"
    assert made["assets"] == [{"asset_kind": "table", "asset_ref": "sales.customer", "included": True}]
    text.write_text("# Kunden\n\nTwo.\n")
    said = shell.done("pages", "edit", "cust", "--file", str(text), "--version", "1", "--note", "shorter").out
    assert said == "✓ Customer 360 is saved as version 2.\n"
    (listed,) = shell.done("pages", "list", "--json").json
    assert (listed["id"], listed["version"], listed["updated_by"]) == (made["id"], 2, "alice@acme.com")
    versions = shell.done("pages", "versions", "customer-360", "--json").json
    assert [(each["version_no"], each["note"]) for each in versions] == [(2, "shorter"), (1, None)]
    assert "+Two." in shell.done("pages", "diff", "customer-360").out
    old = shell.done("pages", "show", "customer-360", "--version", "1", "--json").json
    assert old["markdown_body"] == "# Kunden\r\n\r\nno end"


def test_a_stale_edit_exits_3_and_prints_the_page_as_it_is_now(shell: Shell, tmp_path: Path) -> None:
    """As JSON on stdout with or without --json; what happened goes to stderr, and nothing is saved."""
    text = tmp_path / "page.md"
    text.write_text("Mine.\n")
    shell.done("pages", "new", "--title", "Sales")
    (tmp_path / "theirs.md").write_text("Theirs.\n")
    shell.done("pages", "edit", "sales", "--file", str(tmp_path / "theirs.md"), "--version", "1")
    for more in ((), ("--json",)):
        refused = shell.run("pages", "edit", "sales", "--file", str(text), "--version", "1", *more)
        assert refused.status == 3
        current = json.loads(refused.out)
        assert (current["markdown_body"], current["version"]) == ("Theirs.\n", 2)
        assert "version 2" in refused.err
    assert shell.done("pages", "show", "sales", "--json").json["version"] == 2
    assert shell.run("pages", "delete", "sales", "--version", "1").status == 3
    assert shell.run("pages", "edit", "sales", "--file", str(text)).status == 2
    assert (
        shell.run("pages", "edit", "sales", "--file", str(tmp_path / "none.md"), "--version", "2").status == 2
    )
    assert shell.run("pages", "show", "nothing").status == 1


def test_a_page_is_deleted_taken_back_and_exported(shell: Shell, tmp_path: Path) -> None:
    """Markdown with front matter, HTML without scripts, whole in a file."""
    text = tmp_path / "page.md"
    text.write_text("# Hi\n<script>alert(1)</script>\n")
    shell.done("pages", "new", "--title", "Sales", "--file", str(text), "--publish")
    shell.done("pages", "delete", "sales")
    assert shell.done("pages", "list", "--json").json == []
    assert [page["status"] for page in shell.done("pages", "list", "--status", "deleted", "--json").json] == [
        "deleted"
    ]
    assert shell.done("pages", "restore", "sales", "--json").json["status"] == "published"
    out = shell.done("pages", "export", "sales").out
    assert out.startswith('---\ntitle: "Sales"\n')
    target = tmp_path / "sales.html"
    shell.done("pages", "export", "sales", "--output", str(target))
    assert "&lt;script&gt;" in target.read_text()
    assert "<script>" not in target.read_text()
