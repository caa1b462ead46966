"""What an assistant can read beside asking: the data set described, the ontology, queries, the data of a thing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import orjson
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.server.mcpserver.resources import FunctionResource, ResourceSecurity

from cityrights import home
from cityrights.library.queries import LibraryQuery, with_prefixes
from cityrights.mcp.desk import Desk
from cityrights.resources.dataset import dataset_iri, licences_of
from cityrights.resources.document import document
from cityrights.vocabulary import expand
from sparqlgate.errors import QueryError

SCHEME: Final = "cityrights://"
_TURTLE: Final = "text/turtle"


def register(server: MCPServer[None], desk: Desk) -> None:
    """Add the resources."""

    def add(path: str, title: str, description: str, mime_type: str, read: Callable[[], str]) -> None:
        server.add_resource(
            FunctionResource.from_function(
                read, f"{SCHEME}{path}", name=path, title=title, description=description, mime_type=mime_type
            )
        )

    add(
        "dataset",
        "The data set",
        "Version, licence, counts, and how to cite it.",
        "application/json",
        partial(_dataset, desk),
    )
    add(
        "void",
        "Description of the data set (VoID, DCAT)",
        "Counts of classes and properties.",
        _TURTLE,
        partial(_void, desk),
    )
    add("ontology", "The ontology", "Classes and properties with labels and definitions.", _TURTLE, _ontology)
    for query in desk.questions.values():
        about = f"{query.questions['en']} Run it with the tool run_query."
        add(f"queries/{query.name}", query.titles["en"], about, "application/sparql-query", partial(_query, query))

    @server.resource(
        f"{SCHEME}id/{{kind}}/{{+slug}}",
        name="thing",
        title="The data about a thing",
        description="Its statements and what points to it, as Turtle: cityrights://id/city/grenoble.",
        mime_type=_TURTLE,
        security=ResourceSecurity(),
    )
    def thing(kind: str, slug: str) -> str:
        return _thing(desk, f"{kind}/{slug}")


def _dataset(desk: Desk) -> str:
    manifest = desk.graph.snapshot.manifest
    version = desk.graph.version
    built = str(manifest.get("built") or "")
    shown = {
        "dataset": dataset_iri(manifest),
        "version": version,
        "built": built or None,
        "licence": " ".join(licences_of(manifest)) or None,
        "triples": manifest.get("triples"),
        "graphs": manifest.get("graphs"),
        "cite": f"{desk.name} ({built[:4] or 'n.d.'}). Version {version[:12]} [Data set]. {dataset_iri(manifest)}",
    }
    return orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode() + "\n"


def _void(desk: Desk) -> str:
    path = desk.graph.snapshot.path / "void.ttl"
    if not path.is_file():
        raise ResourceError("this snapshot has no description of the data set")
    return path.read_text("utf-8")


def _ontology() -> str:
    return (home.home() / "ontology" / "cityrights.ttl").read_text("utf-8")


def _query(query: LibraryQuery) -> str:
    return with_prefixes(query.text)


def _thing(desk: Desk, key: str) -> str:
    try:
        found = document(desk.graph.engine, expand(key), _TURTLE)
    except ValueError as error:
        raise ResourceNotFoundError(str(error)) from error
    except QueryError as error:
        raise ResourceError(str(error)) from error
    if found is None:
        raise ResourceNotFoundError(f"the graph says nothing of {key}; find things with the tool search")
    body, more = found
    note = "# TRUNCATED: more points to this thing; ask for it with the tool sparql.\n" if more else ""
    return note + body.decode("utf-8")
