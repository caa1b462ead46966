"""axe-core over a page: what it finds against WCAG 2.2 A and AA and against its best practices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from playwright.sync_api import Browser, Page

from tests.browser.scripts import idle
from tests.support import ROOT

#: Installed with the packages that the site's scripts are made of.
AXE = ROOT / "webapp" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

#: Every kind of page, in no language; a new one is added here, and ``test_accessibility`` looks at it.
PATHS = (
    "/", "/practices", "/practices?view=map", "/practices?theme=equality&country=spain", "/cities?view=table",
    "/institutions?status=all", "/themes", "/sources", "/search", "/search?q=food", "/search?q=The+Hague",
    "/page/practice/utrecht-plan-einstein", "/page/practice/jenin-ovf", "/page/city/utrecht", "/page/city/sao-paulo",
    "/page/country/spain", "/page/theme/housing", "/page/modality/normative",
    "/page/institution/terrassa-social-rights-observatory", "/page/instrument/torino-collaboration-pact",
    "/page/organisation/uclg", "/page/claim/twenty-practices/10", "/page/source/ohchr-consultation-2025",
    "/stories", "/stories/who-watches-over-rights", "/connections", "/connections?a=lyon&b=gren",
    "/connections/utrecht", "/connections/sao-paulo/grenoble", "/compare",
    "/compare?city=utrecht&city=lyon&city=terrassa", "/coverage", "/queries",
    "/queries/announced-or-underway", "/queries/councils?kind=theme:food",
    "/queries/cooperation-between-governments", "/queries/awards?version=000000000000-000000000000",
    "/sparql", "/sparql?query=SELECT%20*%20%7B%3Fs%20a%20%3Fo%7D%20LIMIT%203", "/asking", "/ask",
    "/ask?find=practice&where1=theme&value1=theme:equality&where2=place&how2=whose&show=place",
    "/ask?find=practice&where1=start&from1=x&where2=name", "/ask?find=claim&where1=subject",
    "/why", "/why?s=practice:utrecht-plan-einstein&p=country&o=netherlands",
    "/why?s=utrecht&p=country&o=country:france", "/rules/countries", "/about", "/api", "/download", "/releases",
    "/changes", "/ontology", "/shapes", "/corrections", "/conformance", "/accessibility", "/privacy",
    "/page/nothing/here",
)  # fmt: skip
#: Widths of windows in CSS px: 320 is one of 1280 at 400 % (WCAG 1.4.10), 640 one of 1280 at 200 % (WCAG 1.4.4).
WIDTHS = (320, 390, 640, 768, 1280, 1920)
#: Rules about what depends on the width of the window and on the words of a language; the others hold for a template.
OF_LAYOUT_AND_WORDS = (
    "target-size", "scrollable-region-focusable", "html-has-lang", "html-lang-valid", "valid-lang", "document-title",
    "empty-heading", "button-name", "link-name", "label", "select-name", "summary-name", "input-button-name",
)  # fmt: skip
#: What is repeated in a page beyond the first dozen breaks no rule that those do not break.
_REPEATED = ", ".join(
    f"main {each}" for each in (
        "tbody > tr:nth-child(n+9)", "article:nth-of-type(n+7)", "ul > li:nth-child(n+13)", "ol > li:nth-child(n+13)",
        "section > details:nth-of-type(n+7)",
    )
)  # fmt: skip

#: What a page has in the same colours twice: elements with the names, the classes and the styles of others that come
#: before, all the way up to the root, and with nothing in them that has not come before, either. What axe finds of one
#: it finds of all of them, and finding out what stands behind words is most of what it does. Nothing counts as alike
#: that does not stand in the flow of the page, since anything may lie behind it, nor what is left out anyway. ``seen``
#: are those that came before, by what they have in common, on this page or others.
_ALIKE = """(left, seen) => {
  const styles = ["color", "backgroundColor", "backgroundImage", "opacity", "fontSize", "fontWeight", "textShadow",
    "textDecorationLine", "display", "visibility", "float", "filter", "mixBlendMode", "clipPath"];
  const found = [];
  const number = text => {  // of 53 bits, by two of FNV-1a
    let [low, high] = [0x811c9dc5, 0x9747b28c];
    for (let at = 0; at < text.length; at++) {
      low = Math.imul(low ^ text.charCodeAt(at), 0x01000193);
      high = Math.imul(high ^ text.charCodeAt(at), 0x5bd1e995);
    }
    return (high >>> 11) * 4294967296 + (low >>> 0);
  };
  const saysWords = one => [...one.childNodes].some(each => each.nodeType === 3 && each.data.trim().length > 1);
  const isSeen = one => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const isNew = (one, above, isWithWords) => {  // it, or something in it; ``above`` it and beside it stand words
    if (left.includes(one)) return false;
    const style = getComputedStyle(one), own = styles.map(each => style[each]).join();
    if (!["static", "relative"].includes(style.position) || one.localName === "svg") return true;
    const key = number([above, one.localName, one.className, one.disabled, one.open, isWithWords, own].join("|"));
    const words = saysWords(one) && isSeen(one), says = words || one.matches("input, select, textarea");
    const isFirst = says && !seen.has(key);
    if (says) seen.add(key);
    const alike = [...one.children].filter(each => !isNew(each, key, words));
    if (isFirst || alike.length < one.children.length) { found.push(...alike); return true }
    return false;
  };
  isNew(document.body, "", false);
  return found;
}"""

#: By the names of rules, or by tags, of these all, those about colours or the others.
_RUN = """async ([tags, names, which, repeated, before]) => {
  const far = [];
  // Marks of a map lie where places do; the list beside it has the same links in full size (WCAG 2.5.8, equivalent).
  if (names.length) far.push(...document.querySelectorAll(".leaflet-marker-icon"));
  for (const each of document.querySelectorAll(repeated)) if (!far.some(one => one.contains(each))) far.push(each);
  const run = async (isOfColours, far) => {
    const isLeft = rule => rule.tags.includes("cat.color") !== isOfColours;
    const apart = names.length ? [] : axe.getRules().filter(isLeft);
    const rules = Object.fromEntries(apart.map(rule => [rule.ruleId, { enabled: false }]));
    const runOnly = names.length ? { type: "rule", values: names } : { type: "tag", values: tags };
    const where = far.length ? { include: document, exclude: far } : document;
    return (await axe.run(where, { runOnly, rules, resultTypes: ["violations"] })).violations;
  };
  const found = [], seen = new Set(before);
  if (names.length || which !== "colours") found.push(...await run(false, far));
  if (!names.length && which !== "others") {
    const alike = (ALIKE)(far, seen);
    found.push(...await run(true, [...alike, ...far.filter(each => !alike.some(one => one.contains(each)))]));
  }
  const told = found.map(({ id, help, nodes }) =>
    `${id}: ${help}: ${nodes
      .slice(0, 4)
      .map(node => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`)
      .join(" | ")}`
  );
  return [told, [...seen]];
}""".replace("ALIKE", _ALIKE)

#: A change of colours may take a moment.
_SETTLED = """async () => {
  const ending = document.getAnimations().filter(one => one.effect?.getComputedTiming().endTime !== Infinity);
  await Promise.all(ending.map(one => one.finished));
}"""


def _scheme(name: str) -> Literal["dark", "light"]:
    return "dark" if name == "dark" else "light"


def violations(
    browser: Browser,
    *addresses: str,
    schemes: Sequence[str] = ("light",),
    width: int = 1280,
    prepare: Callable[[Page], object] = lambda page: None,
) -> list[str]:
    """Open each address, ``prepare`` the page and return what axe finds there, one line for each rule that is broken.

    One load does for all colour ``schemes``, as it does for somebody whose system turns dark in the
    evening, and one window for all addresses; after the first only what depends on colours is looked at again.
    """
    context = browser.new_context(viewport={"width": width, "height": 900})
    try:
        page = context.new_page()
        return [line for address in addresses for line in _of(page, address, schemes, prepare)]
    finally:
        context.close()


def _of(page: Page, address: str, schemes: Sequence[str], prepare: Callable[[Page], object]) -> Iterable[str]:
    page.emulate_media(color_scheme=_scheme(schemes[0]))
    page.goto(address)
    idle(page)
    prepare(page)
    for number, scheme in enumerate(schemes):
        for line in broken(page, scheme, "colours" if number else "all"):
            yield f"{address}: {line} [{scheme}]"


def broken(
    page: Page, scheme: str, which: str = "all", names: Sequence[str] = (), seen: set[int] | None = None
) -> list[str]:
    """Return what axe finds in an open page in a colour scheme: by ``names`` of rules, or by which of them.

    ``which`` is "all", "colours" or "others"; colours are looked at where they are not as what was ``seen`` in this
    scheme before, to which they are added. The page's own policy lets no other script in; this one comes by the
    browser's own door, where it does not hold.
    """
    page.emulate_media(color_scheme=_scheme(scheme))
    page.evaluate(_SETTLED)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
        assert page.evaluate("axe.version")
    found: list[str]
    found, now = page.evaluate(_RUN, [list(TAGS), list(names), which, _REPEATED, sorted(seen or ())])
    if seen is not None:
        seen.update(now)
    return found
