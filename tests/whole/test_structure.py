"""The house keeps its rooms: who imports whom, who evaluates queries, how large modules are, what each is.

Each boundary is a rule: it gets the modules and yields what breaks it. Each has a decoy, a module that has to break it.
The boundary of the gate is in tests/gate/test_boundary.py.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping

import click
from tools.architecture import PRODUCTS, ROOT, Module, circle, graph, modules

from cityrights.cli import COMMANDS, group
from cityrights.cli.build import push
from sparqlgate.stores.push import BATCH, CONNECTIONS
from tests.support import HANG

Modules = Mapping[str, Module]

#: The ground floor of the site: all of it may import these, and they import no view.
GROUND = ("urls", "layout", "settings", "words", "site")
#: Where a store of the engine is opened or made, and what for: nowhere else can a query be evaluated.
EVALUATES = {
    "sparqlgate.pool": "queries of the service, in processes that can be killed",
    "sparqlgate.cli": "a file that is to be served",
    "sparqlgate.text.mending": "constants, of a store with nothing in it",
    "sparqlgate.text.membership": "constants, of a store with nothing in it",
    "cityrights.pipeline": "a snapshot while it is made",
    "cityrights.check": "files that somebody wrote, before they become a snapshot",
    "cityrights.indexes": "what is written beside a snapshot while it is made",
    "cityrights.resources.dataset": "what the build says of the data set",
    "cityrights.reuse": "a snapshot while it is made: what it is asked is noted",
    "cityrights.watching": "files while somebody edits them",
}
#: Who imports the engine's library at all, and what for. Nobody in the site does.
USES_THE_LIBRARY = {
    **EVALUATES,
    "sparqlgate.query": "parameters as terms",
    "sparqlgate.http.service": "what it can do, as RDF",
    "sparqlgate.text": "constants as terms",
    "sparqlgate.rdf": "files read and written",
    "sparqlgate.stores": "results read and written",
    "cityrights.resources": "documents about a thing",
    "cityrights.library": "parameters as terms",
    "cityrights.api": "parameters as terms",
    "cityrights.terms": "terms to and from the engine",
    "cityrights.territories": "places as quads",
    "cityrights.authoring": "claims as quads",
    "cityrights.importing": "rows as quads",
    "cityrights.versions": "dumps compared",
}
LONGEST = 600
#: As many as there are. Who needs one more looks first which noun it belongs to.
MOST_MODULES = 254


def _within(name: str, rooms: Mapping[str, str]) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def the_graph_does_not_import_the_site(found: Modules) -> Iterator[str]:
    for name, module in found.items():
        if module.product == "cityrights" and any(map(module.names, ("cityrights_web", "flask", "granian"))):
            yield name


def the_ground_floor_imports_no_view(found: Modules) -> Iterator[str]:
    for name in (f"cityrights_web.{ground}" for ground in GROUND):
        if name not in found or found[name].names("cityrights_web.views"):
            yield name


def a_store_is_opened_where_it_is_said(found: Modules) -> Iterator[str]:
    for name, module in found.items():
        if not _within(name, EVALUATES) and module.names("pyoxigraph") and _names_a_store(module):
            yield name


def _names_a_store(module: Module) -> bool:
    return ("pyoxigraph", "Store") in module.imports or any(
        isinstance(node, ast.Attribute)
        and node.attr == "Store"
        and isinstance(node.value, ast.Name)
        and node.value.id in ("ox", "pyoxigraph")
        for node in ast.walk(module.tree)
    )


def the_library_is_imported_where_it_is_said(found: Modules) -> Iterator[str]:
    for name, module in found.items():
        if module.names("pyoxigraph") and not _within(name, USES_THE_LIBRARY):
            yield name


def one_module_touches_the_kept_answers(found: Modules) -> Iterator[str]:
    """Yield who else looks into a cache of answers than the module in which ``get_or_run`` stands."""
    for name, module in found.items():
        if "answers" not in module.text and "cache" not in module.text:
            continue
        nodes = list(ast.walk(module.tree))
        if any(isinstance(node, ast.AsyncFunctionDef) and node.name == "get_or_run" for node in nodes):
            continue
        for node in nodes:
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            holder = node.func.value
            held = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", "")
            if node.func.attr in ("get", "put") and held in ("answers", "cache"):
                yield f"{name}, line {node.lineno}"


def imports_go_in_no_circle(found: Modules) -> Iterator[str]:
    if way := circle(graph(found)):
        yield " → ".join(way)


def no_module_is_too_long(found: Modules) -> Iterator[str]:
    for name, module in found.items():
        if (lines := module.text.count("\n")) > LONGEST:
            yield f"{name} has {lines} lines"


def every_module_says_what_it_is(found: Modules) -> Iterator[str]:
    said: dict[str, str] = {}
    for name, module in found.items():
        if len(module.summary) < 20:
            yield f"{name} says {module.summary!r}"
        if (other := said.setdefault(module.summary, name)) != name:
            yield f"{name} says the same as {other}"


#: Rule → a module that breaks it: its name, and its text.
RULES: Mapping[Callable[[Modules], Iterator[str]], tuple[str, str]] = {
    the_graph_does_not_import_the_site: ("cityrights.decoy", "def f():\n    import cityrights_web.server"),
    the_ground_floor_imports_no_view: ("cityrights_web.urls", "from cityrights_web.views import about"),
    a_store_is_opened_where_it_is_said: ("cityrights.api", "import pyoxigraph as ox\nox.Store().query('ASK {}')"),
    the_library_is_imported_where_it_is_said: ("cityrights_web.views.decoy", "import pyoxigraph as ox"),
    one_module_touches_the_kept_answers: ("cityrights_web.views.decoy", "known = site.answers.get(key)"),
    imports_go_in_no_circle: ("cityrights.vocabulary", "def f():\n    from cityrights.api import open"),
    no_module_is_too_long: ("cityrights.decoy", "\n" * (LONGEST + 1)),
    every_module_says_what_it_is: ("cityrights.decoy", "x = 1"),
}


def test_the_rules_of_the_house_hold_and_a_decoy_breaks_each() -> None:
    found = modules()
    assert {module.product for module in found.values()} == set(PRODUCTS)
    assert len(found) > 150
    wrong = {rule.__name__: breaches for rule in RULES if (breaches := list(rule(found)))}
    silent = []
    for rule, (name, text) in RULES.items():
        decoy = Module(name, ROOT / "decoy.py", text)
        if not any(name in breach for breach in rule({**found, name: decoy})):
            silent.append(rule.__name__)
    assert wrong == {}
    assert silent == []


def test_no_room_is_allowed_what_none_of_it_does() -> None:
    found = modules().items()
    opens = {name for name, module in found if module.names("pyoxigraph") and _names_a_store(module)}
    uses = {name for name, module in found if module.names("pyoxigraph")}
    assert [room for room in EVALUATES if not any(_within(name, {room: ""}) for name in opens)] == []
    assert [room for room in USES_THE_LIBRARY if not any(_within(name, {room: ""}) for name in uses)] == []


def test_there_are_no_more_modules_than_anybody_can_know() -> None:
    count = len(modules())
    assert count <= MOST_MODULES


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


#: Calls that give up after a while by themselves, and those that do where they are told how long.
_ASKS = frozenset(
    f"httpx.{name}"
    for name in ["get", "post", "put", "delete", "head", "options", "request", "stream", "Client", "AsyncClient"]
)
_WAITS = ("wait", "join", "result", "exception", "settimeout")
#: So many seconds are a pause, between two looks or until nothing has come, and no limit that a test would fall by.
_PAUSE = 0.5


def gives_up_early(text: str) -> Iterator[str]:
    """Yield the calls of a test that fall on a machine that is busy: they wait for less than ``tests.support.HANG``."""
    for call in ast.walk(ast.parse(text)):
        if not isinstance(call, ast.Call):
            continue
        name = ast.unparse(call.func)
        named = {keyword.arg: keyword.value for keyword in call.keywords}
        limits = [named["timeout"]] if "timeout" in named else []
        limits += call.args[:1] if name.rpartition(".")[2] in _WAITS else []
        numbers = [limit.value for limit in limits if isinstance(limit, ast.Constant)]
        short = any(isinstance(number, int | float) and _PAUSE < number < HANG for number in numbers)
        if short or (name in _ASKS and not named.keys() & {"timeout", "transport", None}):
            yield f"{call.lineno}: {name}"


def test_no_test_gives_up_before_what_it_waits_for_hangs() -> None:
    found = {
        str(path.relative_to(ROOT)): list(gives_up_early(path.read_text("utf-8")))
        for path in (ROOT / "tests").rglob("*.py")
    }
    assert len(found) > 200
    assert {name: calls for name, calls in found.items() if calls} == {}, "say timeout=HANG"
    decoys = (
        "httpx.get(url)\nhttpx.Client(base_url=url)\nthread.join(5)\nprocess.wait(timeout=60)\nrun(x, timeout=HANG)"
    )
    assert [line.partition(":")[0] for line in gives_up_early(decoys)] == ["1", "2", "3", "4"]
    assert list(gives_up_early("httpx.get(url, timeout=HANG)\nstop.wait(0.02)\n', '.join(names)")) == []


#: What takes long to import, and few need.
_HEAVY = ("httpx", "mcp", "networkx", "pandas", "pydantic", "pyshacl", "rdflib", "scipy")


def test_servers_and_commands_begin_without_what_few_need() -> None:
    """Each start would wait for it, that of ``cityrights --help`` for all of it."""
    commands = list(dict.fromkeys(module for module, _ in COMMANDS.values()))
    program = (
        "import importlib, sys\n"
        f"for name in ['cityrights_web.server', 'cityrights_web.flask_app', *{commands!r}]:\n"
        "    importlib.import_module(name)\n"
        f"    found = [heavy for heavy in {_HEAVY!r} if heavy in sys.modules]\n"
        "    assert not found, f'{name} imports {found}'\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = {option.name: option.default for option in push.params}
    assert (told["batch"], told["connections"]) == (BATCH, CONNECTIONS)


def test_the_list_of_commands_imports_none_of_them_and_says_what_they_say() -> None:
    program = (
        "import sys\n"
        "from cityrights.cli import COMMANDS, group\n"
        "group(['--help'], standalone_mode=False, terminal_width=200)\n"
        "print('imported:', *{module for module, _ in COMMANDS.values()} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    told = {line.split()[0]: " ".join(line.split()[1:]) for line in done.stdout.splitlines() if line.startswith("  ")}
    assert done.stdout.splitlines()[-1].strip() == "imported:"
    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        assert told[name] == command.get_short_help_str(200 - 6 - max(map(len, COMMANDS))), name
