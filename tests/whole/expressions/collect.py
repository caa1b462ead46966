"""The regular expressions of the source code, taken out of it: what each is, and by which methods it meets a text."""

from __future__ import annotations

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.support import ROOT

_TREES = (ROOT / "src", ROOT / "webapp")
_PACKAGES = ("cityrights", "cityrights_web")
_METHODS = frozenset({"match", "fullmatch", "search", "split", "findall", "finditer", "sub", "subn", "scanner"})
#: Methods that look for one match; the others go on after it.
_ONCE = frozenset({"match", "fullmatch", "search"})
#: What a name that only a running function knows is taken for: a text that is escaped, or a name of a variable.
_LOCAL = "x"


@dataclass(frozen=True)
class Pattern:
    """A pattern at a place in the code, and how it meets a text: fullmatch, match, search, or findall (for all of it).

    ``where`` is the file and the line.
    """

    where: str
    source: str | bytes
    flags: int
    use: str

    def __str__(self) -> str:
        return f"{self.where}: re.{self.use}({self.source!r})"


def patterns() -> list[Pattern]:
    """Return the patterns of every module, each for each way in which it is used.

    Raises AssertionError where one cannot be told from the code: the message says how to write it.
    """
    read = [_Module(path, name) for path, name in _modules()]
    found = [pattern for module in read for pattern in module.patterns(read)]
    known = {(pattern.source, pattern.flags & ~re.DEBUG) for pattern in found}
    for module in read:
        for compiled in _compiled(vars(module.module).values()):
            assert (compiled.pattern, compiled.flags & ~re.DEBUG) in known, (
                f"{module.where}: {compiled!r} was made in a way that this test does not see; call re.compile with it"
            )
    return found


def _modules() -> Iterator[tuple[Path, str]]:
    for root, package in zip(_TREES, _PACKAGES, strict=True):
        for path in sorted((root / package).rglob("*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            if not name.endswith("__main__"):
                yield path, name


def _compiled(values: Any) -> Iterator[re.Pattern[Any]]:
    """Yield the compiled patterns among values, and in the containers among them."""
    for value in values:
        if isinstance(value, re.Pattern):
            yield value
        elif isinstance(value, dict):
            yield from _compiled(value.values())
        elif isinstance(value, list | tuple | set | frozenset):
            yield from _compiled(value)


class _Module:
    def __init__(self, path: Path, name: str) -> None:
        self.where, self.name = path.relative_to(ROOT).as_posix(), name
        self.tree = ast.parse(path.read_text("utf-8"))
        self.module: ModuleType = import_module(name)
        self._calls = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call) and _makes(node)]
        self._names: dict[int, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value in self._calls:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                self._names[id(node.value)] = ast.unparse(target)
        #: Name of a variable → methods that are called on it, and whether it is used in any other way.
        self.methods: defaultdict[str, set[str]] = defaultdict(set)
        self.passed: set[str] = set()
        called = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                called.add(id(node.value))
                if node.attr in _METHODS:
                    self.methods[node.value.id].add(node.attr)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in called:
                self.passed.add(node.id)
        for node in ast.walk(self.tree):
            assert not (isinstance(node, ast.ImportFrom) and node.module == "re"), f"{self.where}: write 'import re'"
            if isinstance(node, ast.Import):
                for alias in node.names:
                    assert alias.name not in ("re", "regex") or (alias.name == "re" and alias.asname is None), (
                        f"{self.where}: write 'import re', so that this test sees what is made with it"
                    )

    def patterns(self, everywhere: list[_Module]) -> Iterator[Pattern]:
        for call in self._calls:
            where = f"{self.where}:{call.lineno}"
            source = self._value(call.args[0], where)
            flags = 0
            method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            given = [keyword.value for keyword in call.keywords if keyword.arg == "flags"]
            for value in [*given, *(call.args[1:] if method == "compile" else [])]:
                flags |= int(self._value(value, where))
            flags = re.compile(source, flags).flags
            used = {method} if method != "compile" else self._used(call, everywhere)
            for use in sorted({one if one in _ONCE else "findall" for one in used}):
                yield Pattern(where, source, flags, use)

    def _used(self, call: ast.Call, everywhere: list[_Module]) -> set[str]:
        """Return the methods of a compiled pattern: of any, in its module, where it is handed on."""
        name = self._names.get(id(call), "")
        users = [self] if not name or name.startswith("_") else everywhere
        used = {method for module in users for method in module.methods[name]} if name else set()
        if not name or any(name in module.passed for module in users):
            mine = {*self._names.values(), "re"}
            used |= {method for other, methods in self.methods.items() if other not in mine for method in methods}
        return used or {"fullmatch", "findall"}

    def _value(self, node: ast.expr, where: str) -> Any:
        """Evaluate an expression with what its module knows."""
        names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
        unknown = names - vars(self.module).keys() - vars(builtins).keys()
        local = dict.fromkeys(unknown, _LOCAL)
        try:
            return eval(compile(ast.Expression(node), where, "eval"), vars(self.module), local)
        except Exception as error:
            raise AssertionError(f"{where}: this test cannot tell which pattern this is; name its parts") from error


def _makes(node: ast.Call) -> bool:
    """Say whether a call is of a function of re that takes a pattern."""
    return (
        isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in {*_METHODS, "compile"}
    )
