"""Pages as documents of their own: front matter that YAML reads, and HTML in which nothing is active."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
import yaml

from amx_tui.domain.pages import Page, PageAsset, PageSource
from amx_tui.export.page import page_html, page_markdown

NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)


def page(body: str, title: str = "Customer 360") -> Page:
    """A page with a text."""
    return Page(
        "page-1",
        title,
        "customer-360",
        body,
        "published",
        4,
        NOON,
        "bob",
        NOON,
        "alice",
        db_profile="prod-pg",
        assets=(
            PageAsset("db_column", "prod-pg/amx/sales/customer.c id"),
            PageAsset("table", "sales.orders"),
        ),
        sources=(PageSource("upload", "/x/spec.pdf", "spec.pdf"),),
    )


class Elements(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data


def test_front_matter_is_yaml_and_the_text_stays_to_the_letter() -> None:
    """Whatever is in a title; what is empty is left out."""
    body = "# Hi\r\n\r\n---\nno end"
    title = '"quoted": - [x] # \x1b]0;evil\x07 ä\n---\n\u2028'
    text = page_markdown(page(body, title))
    _, front, rest = text.split("---\n", 2)
    values = yaml.safe_load(front)
    assert values["title"] == title
    assert (values["version"], values["status"], values["updated_by"]) == (4, "published", "alice")
    assert values["assets"] == ['sales.customer."c id"', "sales.orders"]
    assert values["sources"] == ["spec.pdf"]
    assert rest == f"\n{body}"
    assert "\x1b" not in front
    assert "\x07" not in front


ACTIVE = """
<script>alert(1)</script> <img src=x onerror=alert(1)> <iframe src="https://a.example"></iframe>
<a href="javascript:alert(1)">x</a> <!-- <b> --> <svg/onload=alert(1)> &lt;script&gt;

[one](javascript:alert(1)) [two](JaVaScRiPt:alert(1)) [three](&#106;avascript:alert(1)) [four](vbscript:x)
[five](data:text/html,<script>alert(1)</script>) [six]( java\tscript:alert(1)) [seven](file:///etc/passwd)
![eight](https://tracker.example/pixel.png) ![nine](javascript:alert(1)) <javascript:alert(1)>

[ten]: javascript:alert(1)
[ten] [![eleven](https://tracker.example/x.png)](https://fine.example/)

```html"><script>alert(1)</script>
<script>alert(1)</script>
```
"""


def test_nothing_in_a_text_becomes_active() -> None:
    """No scripts, no handlers, no pictures that are fetched, no links but to the web and to mail."""
    parsed = Elements(page_html(page(ACTIVE, "<script>alert(1)</script>")))
    tags = {tag for tag, _ in parsed.found}
    assert not tags & {"script", "img", "iframe", "svg", "object", "embed", "form", "link", "base"}
    for tag, attributes in parsed.found:
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        if "href" in attributes:
            assert (attributes["href"] or "").startswith(("https:", "http:", "mailto:")), attributes
            assert "noopener" in (attributes["rel"] or "")
    assert "<script>alert(1)</script>" in parsed.text
    assert "https://tracker.example/pixel.png" in parsed.text


def test_markdown_is_rendered_and_facts_are_there() -> None:
    """Headings, tables, code and harmless links; title, version, who and when above them."""
    body = (
        "# Head\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n`code` ~~gone~~ [x](https://a.example) [y](other.md)\n"
    )
    document = page_html(page(body))
    assert "<table>" in document
    assert "<code>code</code>" in document
    assert "<s>gone</s>" in document
    assert 'href="https://a.example"' in document
    assert 'href="other.md"' in document
    for fact in ("Customer 360", "version 4", "alice", "2026-05-03 12:00:00 UTC", "sales.orders"):
        assert fact in document
    assert "default-src 'none'" in document
    assert "unsafe-inline" not in document


@pytest.mark.parametrize("body", ["", "\x00\x1b[31m\u202e", "[" * 2000, "> " * 200 + "x", "\ud800"])
def test_odd_texts_are_written(body: str) -> None:
    """Empty, with controls, deeply nested, and not even Unicode."""
    assert "</html>" in page_html(page(body))
    assert page_markdown(page(body)).endswith(body)
