"""The look of an exported page: light and dark, on screen and on paper."""

from __future__ import annotations

import base64
import hashlib

__all__ = ["CONTENT_POLICY", "STYLE", "content_policy"]

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2128; --quiet: #59636e; --line: #d1d9e0; --head: #f6f8fa;
  --gone: #ffebe9; --gone-ink: #82071e; --come: #dafbe1; --come-ink: #055d20; --warn: #fff8c5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0d1117; --ink: #e6edf3; --quiet: #9198a1; --line: #3d444d; --head: #151b23;
    --gone: #4a1a1d; --gone-ink: #ffc1ba; --come: #12381f; --come-ink: #a8f0b8; --warn: #3b2e0a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
h1 { margin: 0 0 1rem; font-size: 1.4rem; overflow-wrap: anywhere; }
p { margin: .5rem 0; }
.quiet, .when { color: var(--quiet); }
.when { font-weight: normal; font-size: .85em; }
.warning { padding: .4rem .8rem; border-left: .25rem solid currentColor; background: var(--warn); }
.sides { margin: 0 0 1rem; padding: 0; list-style: none; }
.counts { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; padding: 0; border: 0; }
.counts legend { float: left; padding: .2rem .4rem .2rem 0; font-weight: 600; }
.counts label, .counts span { padding: .2rem .7rem; border: 1px solid var(--line); border-radius: 1rem; }
.counts label { cursor: pointer; }
.counts label:hover { border-color: currentColor; }
.counts input { margin: 0 .4rem 0 0; }
table { border-collapse: separate; border-spacing: 0; width: 100%; table-layout: fixed; }
col.asset { width: 17rem; }
col.status { width: 9.5rem; }
.pivot col.side { width: 16rem; }
th, td {
  padding: .45rem .7rem; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top;
  overflow-wrap: anywhere;
}
thead th { position: sticky; top: 0; z-index: 1; background: var(--head); border-bottom: 2px solid var(--quiet); }
tbody th { font-weight: normal; }
tbody th[scope=rowgroup] { padding-top: 1.2rem; font-weight: 600; }
code { font-family: ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; font-size: .9em; }
td { white-space: pre-wrap; }
td.none { color: var(--quiet); font-style: italic; }
td.equal::before { content: "= "; }
td.nearly::before { content: "\\2248  "; }
td.equal, td.nearly { color: var(--quiet); }
td.status { white-space: normal; }
ins, del {
  position: relative; padding: 0 .12em; padding-inline-start: .95em; border-radius: .2em;
  box-decoration-break: clone; -webkit-box-decoration-break: clone;
}
ins { background: var(--come); color: var(--come-ink); text-decoration: underline; text-underline-offset: .18em; }
del { background: var(--gone); color: var(--gone-ink); text-decoration: line-through; }
ins::before { content: "+"; }
del::before { content: "\\2212"; }
ins::before, del::before { position: absolute; inset-inline-start: .15em; font-size: .8em; line-height: 1.8; }
body:has(#show-differences:checked) tr.row:is(.same, .neither),
body:has(#show-differences:checked) tbody:not(.has-diff, .has-left_only, .has-right_only),
body:has(#show-same:checked) :is(tr.row:not(.same), tbody:not(.has-same)),
body:has(#show-diff:checked) :is(tr.row:not(.diff), tbody:not(.has-diff)),
body:has(#show-left_only:checked) :is(tr.row:not(.left_only), tbody:not(.has-left_only)),
body:has(#show-right_only:checked) :is(tr.row:not(.right_only), tbody:not(.has-right_only)),
body:has(#show-neither:checked) :is(tr.row:not(.neither), tbody:not(.has-neither)) { display: none; }
@media print {
  :root {
    color-scheme: light;
    --paper: #fff; --ink: #000; --quiet: #444; --line: #999; --head: #fff;
    --gone: #fff; --gone-ink: #000; --come: #fff; --come-ink: #000; --warn: #fff;
  }
  body { padding: 0; font-size: 9.5pt; }
  thead { display: table-header-group; }
  thead th { position: static; }
  tr { break-inside: avoid; }
  tbody th[scope=rowgroup] { break-after: avoid; }
  .counts input { display: none; }
  ins { font-weight: 600; }
  col.asset { width: 26%; } col.status { width: 14%; } .pivot col.side { width: auto; }
}
"""


def content_policy(style: str) -> str:
    """What a browser may do for a page: apply this one style sheet, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


CONTENT_POLICY = content_policy(STYLE)
"""What a browser may do for the page of a comparison."""
