"""Templates of pages: how they are compiled, so that a page of many small parts costs little, and kept.

A page calls some hundred macros and asks for some thousand attributes. Jinja reaches each through functions that allow
for what no template here does; here they are compiled to what Python does itself (docs/decisions/0069).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import platformdirs
from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined, Template, nodes
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame, MacroRef
from jinja2.environment import TemplateModule
from jinja2.utils import missing
from markupsafe import Markup, escape

#: What is raised over a file that is not whole (pickle's documentation) or cannot be read.
_SPOILT = (OSError, UnpicklingError, EOFError, AttributeError, ImportError, IndexError, TypeError, ValueError)
#: Under which name what is rendered knows the templates that it has imported from.
_IMPORTED: Final = "_imported"


class _Compiled(FileSystemBytecodeCache):
    """Compiled templates, kept from one start to the next; a disk that is full or only read keeps nobody from them."""

    def get_source_checksum(self, source: str) -> str:
        """Return a digest of all that a compiled template depends on: its text, the compiler, and how that is told."""
        return super().get_source_checksum(f"{version('jinja2')} {Path(__file__).read_text('utf-8')} {source}")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read what is kept of a template, where that is of its present text."""
        try:
            super().load_bytecode(bucket)
        except _SPOILT:
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template that was compiled."""
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)


def _compiled() -> _Compiled | None:
    """Return where compiled templates are kept: in this user's own folder, for they run; None where there is none."""
    folder = Path(platformdirs.user_cache_dir("cityrights")) / "templates"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = folder.stat()
    except OSError:
        return None
    return _Compiled(str(folder)) if about.st_uid == os.geteuid() and not about.st_mode & 0o022 else None


class _Lean(CodeGenerator):
    """Compiles attributes, calls, macros and what is put out to plain Python, a third of a page's time in templates.

    ``one`` and ``other`` hold what was just computed: no expression lies between where one is set and where it is read.
    No function of a template takes Jinja's context (``pass_context``).
    """

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802
        """Ask the object itself; only for what has no such attribute ask the environment, as Jinja does."""
        self.write("(other if (other := getattr((one := ")
        self.visit(node.node, frame)
        self.write(f"), {node.attr!r}, missing)) is not missing else environment.getattr(one, {node.attr!r}))")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802
        """Call a function as it is, without a look for the marks of those that take a context."""
        self.visit(node.node, frame)
        self.write("(")
        for each in (*node.args, *node.kwargs):
            self.visit(each, frame)
            self.write(", ")
        for stars, rest in (("*", node.dyn_args), ("**", node.dyn_kwargs)):
            if rest is not None:
                self.write(stars)
                self.visit(rest, frame)
                self.write(", ")
        self.write("caller=caller)" if forward_caller else ")")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        """Make a macro that only has named parameters a function."""
        if macro_ref.accesses_kwargs or macro_ref.accesses_varargs or macro_ref.accesses_caller:
            super().macro_def(macro_ref, frame)
        else:
            names = tuple(each.name for each in macro_ref.node.args)
            self.write(f"environment.macro(macro, {getattr(macro_ref.node, 'name', '')!r}, {names!r})")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write("(one if type(one := (")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write(")) is Markup else environment.escaped(one))")


class _Template(Template):
    def make_module(
        self,
        vars: dict[str, Any] | None = None,  # noqa: A002
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,  # noqa: A002
    ) -> TemplateModule:
        """Return the macros of a template; those that import it for the same page share them."""
        imported: dict[_Template, TemplateModule] | None = (vars or {}).get(_IMPORTED)
        if imported is None:
            return super().make_module(vars, shared, locals)
        if self not in imported:
            imported[self] = super().make_module(vars, shared, locals)
        return imported[self]


class _Environment(Environment):
    code_generator_class = _Lean
    template_class = _Template

    @staticmethod
    def escaped(value: object) -> str:
        """Return what is put out: most texts have nothing to escape, and need not become another object."""
        if type(value) is str and not ("&" in value or "<" in value or ">" in value or '"' in value or "'" in value):
            return value
        return escape(value)

    @staticmethod
    def macro(body: Callable[..., str], name: str, names: Sequence[str]) -> Callable[..., Markup]:
        """Return a macro with these parameters; it raises TypeError for others."""
        most = len(names)

        def called(*given: Any, **named: Any) -> Markup:
            if named or len(given) != most:
                given = (*given, *(named.pop(each, missing) for each in names[len(given) :]))
                if named or len(given) > most:
                    raise TypeError(f"the macro {name} has the parameters {', '.join(names)}, and no others or more")
            return str.__new__(Markup, body(*given))

        return called


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the environment of the site's templates."""
    made = _Environment(
        loader=PackageLoader("cityrights_web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=_compiled(),
    )
    made.filters["attr"] = (
        getattr  # Jinja's own first looks how the attribute is defined, which takes ten times as long
    )
    return made


def render(template: str, **context: object) -> str:
    """Render ``templates/<template>``."""
    return environment().get_template(template).render({**context, _IMPORTED: {}})


def warm() -> Iterator[None]:
    """Read one template after the other, each at a step, and compile it where that was not kept: no reader waits."""
    for name in environment().list_templates():
        environment().get_template(name)
        yield
