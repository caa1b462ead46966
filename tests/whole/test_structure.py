"""The house keeps its rooms: imports go one way, modules stay small, one module speaks to the store's query engine."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "webapp").rglob("*.py")])
#: Rooms of the engine, lowest first. A room imports from lower rooms and from itself.
ORDER = (
    (
        *("addresses", "errors", "idle", "likeness", "namespaces", "naming", "ranges", "rdfxml", "resources", "told"),
        *("translations", "_words", "words"),
    ),
    ("faults", "reading", "graphs", "lexer", "canonical"),
    ("snapshot",),
    ("integrity",),
    ("connections",),
    ("engine", "search"),
    ("library", "ledger", "validate", "authoring", "describe", "evidence", "api", "coverage"),
    ("catalogue", "overviews", "pointers"),
    ("builder",),
    ("build", "assistants"),
    ("cli",),
)
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def _room(path: Path) -> str:
    return path.relative_to(ROOT / "src" / "cityrights").parts[0].removesuffix(".py")


def test_every_folder_of_tests_is_a_package_so_that_modules_may_have_one_name() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    assert len(folders) > 15
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_tests_can_be_collected_where_nothing_is_bundled() -> None:
    """What stands outside of functions runs when tests are collected, which a fresh clone does before it bundles."""
    early = []
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            outside = [node] if not isinstance(node, ast.FunctionDef | ast.ClassDef) else node.decorator_list
            calls = (call for part in outside for call in ast.walk(part) if isinstance(call, ast.Call))
            early += [str(path) for call in calls if getattr(call.func, "id", "") in ("bundles", "assets")]
    assert early == []


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) > 60


def test_no_module_is_over_four_hundred_lines() -> None:
    lines = {str(path.relative_to(ROOT)): path.read_text("utf-8").count("\n") for path in MODULES}
    assert {path: count for path, count in lines.items() if count > 400} == {}


def test_the_engine_never_imports_the_web() -> None:
    for path in MODULES:
        if "cityrights_web" in path.parts or path.name == "serve.py":
            continue
        assert not any(name.split(".")[0] in ("cityrights_web", "flask", "granian") for name in _imports(path)), path


def test_imports_inside_the_engine_go_one_way() -> None:
    wrong = []
    for path in MODULES:
        if "cityrights_web" in path.parts or (path.name == "__init__.py" and path.parent.name == "cityrights"):
            continue
        own = LEVEL[_room(path)]
        for name in _imports(path):
            parts = name.split(".")
            if parts[0] == "cityrights" and len(parts) > 1 and LEVEL[parts[1]] > own:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_the_web_does_not_speak_to_the_store_itself() -> None:
    for path in MODULES:
        if "cityrights_web" in path.parts:
            assert "pyoxigraph" not in _imports(path), path
