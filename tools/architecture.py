"""The structure of the code: which module imports which, in which room it stands; and the drawing in the docs of it.

``python -m tools.architecture`` (``make docs``) writes the parts of docs/architecture.md that are made from the code.
Every import statement counts, those within functions and those for types alone as well; and importing a module imports
the packages that it stands in.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "architecture.md"
#: Product → the folder of its package, and its name in the drawing; lowest first.
PRODUCTS: Final = {
    "sparqlgate": ("gate", "the gate: a SPARQL endpoint"),
    "cityrights": ("src", "the graph: make it, check it, read it"),
    "cityrights_web": ("webapp", "the site"),
}
#: Packages with rooms of their own in them: of other packages the drawing shows no more than the package.
_DEEPER: Final = ("cityrights.indexes",)


@dataclass(frozen=True)
class Module:
    """A module: its dotted name, its file and its text."""

    name: str
    path: Path
    text: str

    @property
    def product(self) -> str:
        """The package at the top: ``sparqlgate``, ``cityrights`` or ``cityrights_web``."""
        return self.name.partition(".")[0]

    @property
    def package(self) -> str:
        """The package in which it stands; a package stands in itself."""
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]

    @property
    def summary(self) -> str:
        """The first line of its docstring, without the full stop; empty where it has none."""
        return (ast.get_docstring(self.tree) or "").partition("\n")[0].rstrip(".")

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax."""
        return ast.parse(self.text)

    @cached_property
    def imports(self) -> frozenset[tuple[str, str]]:
        """Its import statements, wherever they stand: ``import a`` is ("a", ""), ``from a import b`` ("a", "b")."""
        found = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {(alias.name, "") for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name}: say from where, not how many packages above"
                found |= {(node.module or "", alias.name) for alias in node.names}
        return frozenset(found)

    def names(self, package: str) -> bool:
        """Say whether it imports a package, or anything in it."""
        return any(module == package or module.startswith(f"{package}.") for module, _ in self.imports)


@cache
def modules() -> Mapping[str, Module]:
    """Return every module of the three products by its name."""
    found = {}
    for package, (folder, _) in PRODUCTS.items():
        for path in sorted((ROOT / folder / package).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = Module(name, path, path.read_text("utf-8"))
    return found


def graph(among: Mapping[str, Module], *, around: bool = True) -> dict[str, set[str]]:
    """Return which of the modules each imports; ``around``, the packages around them too, which come first."""
    found: dict[str, set[str]] = {}
    for name, module in among.items():
        others = {f"{of}.{what}" if f"{of}.{what}" in among else of for of, what in module.imports}
        if around:
            others |= {above for other in others for above in _above(other)} - set(_above(name))
        found[name] = others & set(among) - {name}
    return found


def _above(name: str) -> list[str]:
    """Return the packages that a module stands in."""
    parts = name.split(".")
    return [".".join(parts[:depth]) for depth in range(1, len(parts))]


def circle(edges: Mapping[str, set[str]]) -> Sequence[str]:
    """Return the modules of a circle of imports in their order, the first one at both ends; none without one."""
    try:
        TopologicalSorter(edges).prepare()
    except ValueError as error:  # graphlib.CycleError, whose second argument is the circle
        return list(reversed(error.args[1]))
    return []


def rooms() -> dict[str, set[str]]:
    """Return which rooms each room imports from."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, others in _edges().items():
        found[_placed()[name]] |= {_placed()[other] for other in others} - {_placed()[name]}
    return dict(found)


def _edges() -> dict[str, set[str]]:
    """Return which modules each imports, but what the front of a product does, which only hands on what it has."""
    return graph(modules(), around=False) | {name: set() for name in PRODUCTS}


@cache
def _placed() -> Mapping[str, str]:
    """Return the room of each module: its package, and for what stands in no package of a product its ground or top.

    The top, ``product.*``, is what imports from the rooms.
    """
    edges = _edges()
    room = {name: _room(name) for name in edges}

    def rises(name: str) -> bool:
        own = (room[other] for other in edges[name] if other.partition(".")[0] == modules()[name].product)
        return room[name] in PRODUCTS and any(where != room[name] for where in own)

    while risen := [name for name in edges if rises(name)]:
        room |= {name: f"{room[name]}.*" for name in risen}
    return room


def _room(name: str) -> str:
    parts = modules()[name].package.split(".")
    return ".".join(parts[: 3 if ".".join(parts[:2]) in _DEEPER else 2])


def drawing() -> str:
    """Return the drawing of the rooms for Mermaid: an arrow for each import that no longer way tells already."""
    import networkx as nx  # an installer of tools need not have it

    edges = rooms()
    whole = nx.DiGraph((room, other) for room, others in edges.items() for other in others)
    folded = nx.condensation(whole)
    groups = {number: sorted(data["members"]) for number, data in folded.nodes(data=True)}
    arrows = {
        (room, other)
        for one, two in nx.transitive_reduction(folded).edges
        for room in groups[one]
        for other in groups[two]
        if other in edges[room]
    }
    arrows |= {(room, other) for group in groups.values() for room in group for other in group if other in edges[room]}
    lines = ["flowchart TB"]
    for product, (folder, title) in reversed(PRODUCTS.items()):
        lines.append(f'  subgraph {_id(product)}_["{folder}/{product}: {title}"]')
        own = [room for room in sorted(edges) if room.partition(".")[0] == product]
        lines += [f'    {_id(room)}["{_title(room)}"]' for room in own]
        lines.append("  end")
    lines += [f"  {_id(room)} --> {_id(other)}" for room, other in sorted(arrows)]
    return "\n".join(["```mermaid", *lines, "```"])


def _id(room: str) -> str:
    return room.replace(".", "_").replace("*", "top")


def _title(room: str) -> str:
    """Return what the drawing calls a room: its folder, or the modules at the top or on the ground of a product."""
    if room.removesuffix(".*") not in PRODUCTS:
        return f"{room.partition('.')[2].replace('.', '/')}/"
    return ", ".join(sorted(name.rpartition(".")[2] for name, at in _placed().items() if at == room != name))


def table() -> str:
    """Return the table of the rooms: what each is, as its package says."""
    lines = ["| room | what it is |", "|---|---|"]
    for room in sorted(rooms(), key=lambda room: (list(PRODUCTS).index(room.partition(".")[0]), room)):
        if room in modules() and room not in PRODUCTS:
            path = modules()[room].path.parent.relative_to(ROOT).as_posix()
            lines.append(f"| [`{path}/`](../{path}) | {modules()[room].summary} |")
    return "\n".join(lines)


#: Part of the page → what makes it; it stands between ``<!-- name -->`` and ``<!-- /name -->``.
PARTS: Final = {"drawing": drawing, "rooms": table}


def page(text: str) -> str:
    """Return the page with its parts made anew. Raises ValueError where a part has no place in it."""
    for name, make in PARTS.items():
        found = re.search(rf"(<!-- {name} -->\n).*?\n?(<!-- /{name} -->)", text, re.DOTALL)
        if found is None:
            raise ValueError(f"{PAGE} has no place for {name}: lines <!-- {name} --> and <!-- /{name} -->")
        text = f"{text[: found.end(1)]}{make()}\n{text[found.start(2) :]}"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
