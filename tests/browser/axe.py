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

#: Every kind of page; a new one is added here and is looked at in both colour schemes and on a telephone.
PATHS = (
    "/", "/practices", "/institutions?status=all", "/themes", "/sources", "/page/practice/utrecht-plan-einstein",
    "/fr/page/city/utrecht", "/es/page/theme/housing", "/page/claim/twenty-practices/10", "/sources/twenty-practices",
    "/sparql", "/sparql?query=SELECT%20*%20%7B%3Fs%20a%20%3Fo%7D%20LIMIT%203", "/about", "/download", "/ontology",
    "/queries", "/queries/institutions-of-a-kind", "/queries/announced-or-underway",
    "/queries/councils?kind=theme:food", "/queries/awards?version=000000000000-000000000000",
    "/fr/queries/cooperation-between-governments", "/api",
    "/asking", "/ask", "/ask?find=practice&where1=theme&value1=theme:equality&where2=place&how2=whose&show=place",
    "/fr/ask?find=practice&where1=start&from1=x&where2=name", "/ask?find=claim&where1=subject",
    "/connections", "/connections?theme=housing", "/connections/utrecht", "/connections/sao-paulo/grenoble",
    "/connections?a=lyon&b=gren", "/compare?city=utrecht",
    "/why?s=practice:utrecht-plan-einstein&p=country&o=netherlands", "/fr/why?s=utrecht&p=country&o=country:france",
    "/why", "/es/rules/countries", "/releases",
    "/page/nothing/here",
)  # fmt: skip

#: With ``again``, only what depends on colours: a colour scheme changes nothing else.
_RUN = """async ([tags, again]) => {
  const apart = axe.getRules().filter(rule => again && !rule.tags.includes("cat.color"));
  const rules = Object.fromEntries(apart.map(rule => [rule.ruleId, { enabled: false }]));
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags }, rules, resultTypes: ["violations"] });
  return found.violations.map(({ id, help, nodes }) =>
    `${id}: ${help}: ${nodes
      .slice(0, 4)
      .map(node => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`)
      .join(" | ")}`
  );
}"""

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
    evening, and one window for all addresses. The page's own policy lets no other script in, so it is set aside.
    """
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
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
    page.add_script_tag(path=AXE)
    assert page.evaluate("axe.version")
    for number, scheme in enumerate(schemes):
        page.emulate_media(color_scheme=_scheme(scheme))
        page.evaluate(_SETTLED)
        for line in page.evaluate(_RUN, [list(TAGS), number > 0]):
            yield f"{address}: {line} [{scheme}]"
