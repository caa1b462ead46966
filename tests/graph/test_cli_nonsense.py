"""Nonsense on the command line: each option of each command is told in a sentence, with exit code 1 or 2."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cityrights.cli import COMMANDS, Lazy, group, main
from cityrights.home import home
from cityrights.pipeline import build
from tests.servers import FIXTURE, free_port

#: What each command is given that needs something, so that the nonsense of one option is reached.
NEEDS = {
    "query": ["ASK { ?s ?p ?o }"],
    "describe": ["practice/museum"],
    "connect": ["utrecht", "gwangju"],
    "neighbours": ["utrecht"],
    "export": ["cityrights.nq"],
    "search": ["museum"],
    "serve": ["--port", "{port}"],
    "mcp": ["--http", "--port", "{port}"],
    "watch": ["--once"],
    "validate": ["binary.ttl"],
    "push": ["http://127.0.0.1:9/sparql"],
    "source add": ["new", "--title", "New", "--file", "{text}"],
    "claim new": [
        *("nothing", "--lines", "1", "--anchor", "a", "--text", "A.", "--subject", "practice:museum"),
        *("--file", "data/sources/nothing/a.trig"),
    ],
}
NUMBERS = ("", "0", "-1", "nan", "9" * 40)
TEXTS = ("", "<a>\nb", "é" * 300)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small house in a folder to work in, whose server only pretends to serve, and which is published unchecked."""
    house = tmp_path / "house"
    for name in ("ontology", "data", "queries/construct", "queries/explore"):
        (house / name).mkdir(parents=True)
    for name in ("pages", "index", "checks"):
        shutil.copytree(home() / "queries" / name, house / "queries" / name)
    shutil.copytree(home() / "ontology", house / "ontology", dirs_exist_ok=True)
    (house / "pyproject.toml").touch()
    (house / "data" / "fixture.trig").write_bytes(FIXTURE.read_bytes())
    for name, value in (("HOME", house), ("SNAPSHOTS", tmp_path / "snapshots")):
        monkeypatch.setenv(f"CITYRIGHTS_{name}", str(value))
    work = tmp_path / "work"
    work.mkdir()
    (work / "text").write_text("A line.\n", "utf-8")
    (work / "binary.ttl").write_bytes(bytes(range(256)))
    monkeypatch.chdir(work)
    build(house, tmp_path / "snapshots", current=True)
    monkeypatch.setattr("cityrights_web.cli.run", lambda *_given, **_options: None)
    monkeypatch.setattr("cityrights_web.cli._aside", lambda *_arguments: 0)
    monkeypatch.setattr("cityrights.publishing._lacking", lambda *_given: (None, ()))
    monkeypatch.setattr("cityrights.mcp.server.StrictServer.run", lambda *_given, **_options: None)
    monkeypatch.setattr("cityrights.mcp.server.over_http", lambda *_given, **_options: None)
    return work


def commands() -> Iterator[tuple[list[str], click.Command]]:
    """Yield every command with the words that call it."""
    context = click.Context(group)
    assert isinstance(group, Lazy)
    for name in COMMANDS:
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from (([name, each], held) for each, held in command.commands.items())
        elif command is not None:
            yield [name], command


def nonsense(parameter: click.Parameter) -> Iterator[str]:
    """Yield values that are none for a parameter, and some that are."""
    kind = parameter.type
    if isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
        yield from NUMBERS
    elif isinstance(kind, click.Path | click.File):
        yield from ("", "no/such/file", "text/below", ".", "binary.ttl", "x" * 5000)
    elif isinstance(kind, click.Choice):
        yield from ("", "no such choice")
    elif not getattr(parameter, "is_flag", False):
        yield from TEXTS


def test_nonsense_is_told_in_a_sentence(
    nowhere: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong: list[str] = []
    held = {"{text}": str(nowhere / "text"), "{port}": str(free_port())}

    def call(arguments: list[str]) -> None:
        monkeypatch.setattr("sys.argv", ["cityrights", *arguments])
        try:
            main()
            code: object = 0
        except SystemExit as ended:
            code = ended.code
        except Exception as error:  # noqa: BLE001 - each is one that nobody has foreseen
            code = repr(error)
        said = capfd.readouterr().err
        if code not in (None, 0, 1, 2) or "Traceback" in said or (code in (1, 2) and not said.strip()):
            wrong.append(f"{[each[:40] for each in arguments]}: {code} {said[-300:]}")

    for words, command in commands():
        needed = [held.get(each, each) for each in NEEDS.get(" ".join(words), [])]
        for parameter in command.params:
            for value in nonsense(parameter):
                if isinstance(parameter, click.Option):
                    call([*words, *needed, f"{parameter.opts[0]}={value}"])
                else:
                    call([*words, value, *needed[1:]])
    assert not wrong, "\n".join(wrong)
