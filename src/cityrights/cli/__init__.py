"""The command line. Exit codes: 0 done, 1 something was found or went wrong, 2 the call itself was wrong."""

from __future__ import annotations

import ast
import gc
import os
import signal
import sys
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click

from cityrights.cli.console import exit_on_sigterm, notes
from cityrights.errors import CityrightsError, QueryError
from sparqlgate.errors import told

#: Command → (module, attribute). A command's module is imported when it is called, so that each starts fast; that of
#: ``serve`` belongs to the site, which the graph does without.
COMMANDS = {
    "build": ("cityrights.cli.build", "build"),
    "check": ("cityrights.cli.check", "check"),
    "claim": ("cityrights.cli.authoring", "claim"),
    "cite": ("cityrights.cli.read", "cite"),
    "city": ("cityrights.cli.authoring", "city"),
    "concept": ("cityrights.cli.authoring", "concept"),
    "connect": ("cityrights.cli.connect", "connect"),
    "coverage": ("cityrights.cli.check", "coverage_"),
    "describe": ("cityrights.cli.read", "describe"),
    "diff": ("cityrights.cli.versions", "diff"),
    "docs": ("cityrights.cli.authoring", "docs"),
    "export": ("cityrights.cli.read", "export"),
    "format": ("cityrights.cli.authoring", "format_"),
    "import": ("cityrights.cli.importing", "import_"),
    "map": ("cityrights.cli.importing", "map_"),
    "new": ("cityrights.cli.importing", "new"),
    "mcp": ("cityrights.cli.mcp", "mcp"),
    "neighbours": ("cityrights.cli.connect", "neighbours"),
    "patch": ("cityrights.cli.versions", "patch"),
    "publish": ("cityrights.cli.build", "publish"),
    "push": ("cityrights.cli.build", "push"),
    "query": ("cityrights.cli.read", "query"),
    "questions": ("cityrights.cli.read", "questions"),
    "release": ("cityrights.cli.versions", "release"),
    "search": ("cityrights.cli.read", "search"),
    "serve": ("cityrights_web.cli", "serve"),
    "source": ("cityrights.cli.authoring", "source"),
    "stats": ("cityrights.cli.read", "stats"),
    "status": ("cityrights.cli.build", "status"),
    "template": ("cityrights.cli.importing", "template"),
    "translations": ("cityrights.cli.authoring", "translations"),
    "validate": ("cityrights.cli.check", "validate"),
    "watch": ("cityrights.cli.build", "watch"),
    "why": ("cityrights.cli.read", "why"),
    "verify": ("cityrights.cli.build", "verify"),
}


class Lazy(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command called ``cmd_name``, None when there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        gc.disable()  # what is imported stays: looking for what does not takes a tenth of the time
        try:
            command = getattr(import_module(module), attribute)
        finally:
            gc.enable()
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called. Raises a usage error, with the nearest, for one that there is not."""
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            from cityrights.library.names import meant, nearest  # takes a while, and is needed for what is wrong alone

            ctx.fail(f"No such command {args[0]!r}{meant(nearest(args[0], COMMANDS)) or '.'}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the names of all commands, each with the first sentence of its docstring, and import none of them."""
        names = self.list_commands(ctx)
        limit = formatter.width - 6 - max(map(len, names))
        with formatter.section("Commands"):
            told = [click.Command(name, help=_docstring(name)).get_short_help_str(limit) for name in names]
            formatter.write_dl(list(zip(names, told, strict=True)))


def _docstring(command: str) -> str:
    """Return what a command says of itself, as it stands in its module: that is read, since importing takes longer."""
    module, attribute = COMMANDS[command]
    function = next(
        (one for one in _parsed(module).body if isinstance(one, ast.FunctionDef) and one.name == attribute), None
    )
    return (function and ast.get_docstring(function)) or ""


@lru_cache
def _parsed(module: str) -> ast.Module:
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return ast.parse(Path(spec.origin).read_bytes())


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cityrights", prog_name="cityrights")
def group() -> None:
    """Local human rights practices as a knowledge graph: build it, check it, ask it, serve it."""


def main() -> None:
    """Run the command line; an error raised on purpose is shown as one message, without a traceback."""
    # What NumPy and SciPy work on here is small: their threads would only wait for each other, and burn time meanwhile.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        with exit_on_sigterm(128 + signal.SIGTERM):
            group(standalone_mode=True)
    except CityrightsError as error:
        notes.print("error: ", style="red", end="")
        said = isinstance(error, QueryError) and error.kind != "internal"
        notes.print(error.detail if said else str(error), markup=False)
        if error.extra.get("excerpt"):
            notes.print(error.extra["excerpt"], markup=False)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:  # a full disk, a medium that is only read, a folder of somebody else
        notes.print("error: ", style="red", end="")
        notes.print(told(error), markup=False)
        sys.exit(1)
