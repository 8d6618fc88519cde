"""axe-core on a page: what it says, at a cost that lets every page be asked for.

A page it has found nothing wrong with is not shown to it again as it stands. Of rows that
are built alike (same elements, classes and attributes, text or none) it is shown one, for
it looks at each element on its own; what ties elements together, ids and the references
to them, is looked at here on the whole page.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import Page

#: What WCAG 2.2 AA asks for, and what axe knows beyond it.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: What differs between two answers that are the same page: tokens, ids, digests, moments.
_MARKS = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4,}){1,}|[\d,.:]*\d|[\w-]{40,}", re.ASCII)
_HOW_SHOWN = """() => [
  innerWidth, innerHeight, matchMedia("(prefers-color-scheme: dark)").matches,
  matchMedia("print").matches, location.hash,
  [...document.querySelectorAll("input:checked")].map((one) => one.id + one.value),
  document.activeElement?.outerHTML.slice(0, 200),
  [...document.styleSheets].map((one) => one.href),
].join("|")"""
_REFERENCES = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id), known = new Set(ids);
  const wrong = ids.filter((one, at) => ids.indexOf(one) !== at).map((one) => `id twice: ${one}`);
  const names = ["for", "aria-labelledby", "aria-describedby", "aria-controls", "list"];
  for (const name of names)
    for (const at of document.querySelectorAll(`[${name}]`))
      for (const id of at.getAttribute(name).split(/\\s+/).filter(Boolean))
        if (!known.has(id)) wrong.push(`${name} leads nowhere: ${id}`);
  return wrong;
}"""
_SAYS = """async (options) => {
  const told = /^(type|role|class|scope|lang|open|checked|disabled|hidden)$|^aria-(?!label|desc)/;
  const built = (at) => at.nodeType === 3 ? (at.data.trim() && "t")
    : at.nodeType !== 1 ? "" : at.tagName + [...at.attributes].map((one) =>
      one.name + (told.test(one.name) ? "=" + one.value : one.value.trim() && "…")).sort()
      + "(" + [...at.childNodes].map(built).join("") + ")";
  const known = new Set(), alike = [];
  for (const one of document.querySelectorAll("main tr, main li, main .row")) {
    if (alike.at(-1)?.contains(one) || one.contains(document.activeElement)) continue;
    if (one.querySelector("iframe")) continue;
    const as = one.parentElement.tagName + one.parentElement.className + built(one);
    if (known.has(as)) alike.push(one); else known.add(as);
  }
  const places = alike.map((one) => [one, one.parentNode, one.nextSibling]);
  for (const one of alike) one.remove();
  try {
    const said = await axe.run(document, options);
    return said.violations.map((one) => one.id + ": " + one.nodes.map(
      (node) => node.target.join(" ") + " " + node.failureSummary).join(" | "));
  } finally {
    for (const [one, parent, next] of places.reverse()) parent.insertBefore(one, next);
  }
}"""
#: Pages in which nothing was found, by everything the answer depends on.
_clean: set[str] = set()


def says(page: Page, rules: Sequence[str] = (), but: Sequence[str] = ()) -> list[str]:
    """What axe has to say of the page as it stands.

    rules   only these; all by default
    but     rules to leave out
    """
    stands = (page.evaluate(_HOW_SHOWN), plainly(page.content()), rules, but)
    known = hashlib.sha256(repr(stands).encode()).hexdigest()
    if known in _clean:
        return []
    page.evaluate(f"() => {{ if (!window.axe) {{ {_axe()} }} }}")
    options = {
        "runOnly": {"type": "rule" if rules else "tag", "values": [*(rules or TAGS)]},
        "rules": {one: {"enabled": False} for one in but},
        "resultTypes": ["violations"],
        "preload": False,
    }
    said = [*page.evaluate(_REFERENCES), *page.evaluate(_SAYS, options)]
    if not said:
        _clean.add(known)
    return said


def plainly(content: str) -> str:
    """A page's text without what is new each time it is asked for."""
    return _MARKS.sub("*", content)


@cache
def _axe() -> str:
    found = find_spec("axe_playwright_python")
    assert found is not None and found.origin is not None
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")
