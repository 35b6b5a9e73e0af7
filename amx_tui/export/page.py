"""A page as a document of its own: Markdown with front matter, or one HTML file with nothing active in it.

A page's text is other people's. In HTML its own tags are shown as the text that they are, links lead nowhere but to
web addresses, mail and places near the document, and pictures become words, so that opening a page tells nobody.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amx_tui.domain.pages import Page
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.text import one_line
from amx_tui.domain.times import exact_time, iso_time
from amx_tui.export.html_style import content_policy
from amx_tui.export.json_text import json_text

if TYPE_CHECKING:
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token

__all__ = ["page_html", "page_markdown"]

_SCHEMES = ("http:", "https:", "mailto:")

STYLE = """
:root { color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2128; --quiet: #59636e; --line: #d1d9e0; --head: #f6f8fa;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #0d1117; --ink: #e6edf3; --quiet: #9198a1; --line: #3d444d; --head: #151b23; }
}
body {
  margin: 0 auto; max-width: 50rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; overflow-wrap: anywhere;
}
header, footer { color: var(--quiet); font-size: .85em; }
header { border-bottom: 1px solid var(--line); margin-bottom: 1rem; }
header h1 { margin: 0; color: var(--ink); font-size: 1.5rem; }
footer { border-top: 1px solid var(--line); margin-top: 2rem; }
pre, code { background: var(--head); border-radius: .3rem; font: .9em/1.5 ui-monospace, monospace; }
code { padding: .1em .3em; }
pre { padding: .8rem; overflow-x: auto; }
pre code { padding: 0; }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; }
blockquote { margin: 0; padding-left: 1rem; border-left: .25rem solid var(--line); color: var(--quiet); }
"""


def page_markdown(page: Page) -> str:
    """Write a page as Markdown with front matter, whose values are JSON, which YAML reads too."""
    values: dict[str, JsonValue] = {
        "title": page.title,
        "slug": page.slug,
        "id": page.page_id,
        "status": page.status,
        "version": page.version,
        "created_by": page.created_by or None,
        "created_at": iso_time(page.created_at),
        "updated_by": page.updated_by or None,
        "updated_at": iso_time(page.updated_at),
        "db_profile": page.db_profile or None,
        "assets": [asset.name for asset in page.assets],
        "sources": [source.name or source.path for source in page.sources],
    }
    lines = (f"{name}: {json_text(value)}" for name, value in values.items() if value not in (None, []))
    return "\n".join(("---", *lines, "---", "", page.body))


def page_html(page: Page) -> str:
    """Write a page as one HTML file that needs nothing else and runs nothing."""
    title = html.escape(one_line(page.title))
    who = html.escape(one_line(page.updated_by)) or "somebody"
    facts = f"{html.escape(one_line(page.status))} · version {page.version} · {who} · {exact_time(page.updated_at)}"
    assets = ", ".join(html.escape(one_line(asset.name)) for asset in page.assets)
    about = f"<footer><p>About: {assets}</p></footer>\n" if assets else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{content_policy(STYLE)}">\n'
        f'<meta name="referrer" content="no-referrer">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<header><h1>{title}</h1><p>{facts}</p></header>\n<main>\n{_rendered(page.body)}</main>\n{about}"
        f"</body>\n</html>\n"
    )


def _rendered(body: str) -> str:
    """Render Markdown whose raw HTML stays text."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    markdown.validateLink = _is_harmless  # type: ignore[method-assign]  # made to be replaced
    markdown.add_render_rule("image", _picture)
    markdown.add_render_rule("link_open", _link)
    return str(markdown.render(body))


def _is_harmless(url: str) -> bool:
    """Whether a link leads to the web, to mail, or to a place near the document."""
    address = "".join(sign for sign in url if sign > " ").casefold()
    scheme, colon, _ = address.partition(":")
    has_scheme = bool(colon) and not any(sign in scheme for sign in "/?#")
    return not has_scheme or address.startswith(_SCHEMES)


def _link(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, environment: Any) -> str:
    tokens[index].attrSet("rel", "noopener noreferrer nofollow")
    return renderer.renderToken(tokens, index, options, environment)


def _picture(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, environment: Any
) -> str:
    """A picture as words: it would be fetched from wherever it lies, and may stand inside a link."""
    token = tokens[index]
    return html.escape(f"[{token.content or 'picture'}: {token.attrs.get('src', '')}]")
