"""The SPARQL of a reason: the path from one place to the other, with all that lies between left open."""

from __future__ import annotations

from cityrights.connections import Hop, Reason
from cityrights.describe.ask import term_text
from cityrights.describe.terms import Iri
from cityrights.namespaces import CR, DCTERMS, SKOS


def path_query(a: str, b: str, reason: Reason) -> str:
    """Return the query that finds every way by which a reason of this kind joins the places with these IRIs.

    The places and what they share stand in it; what each has, such as a practice, is left open.
    """
    names = {a: term_text(Iri(a)), b: term_text(Iri(b))}
    if reason.thing:
        names[reason.thing] = term_text(Iri(reason.thing))
    if reason.kind == "source":
        lines = [_sourced("ours", a, reason.thing), _sourced("theirs", b, reason.thing)]
        return _whole(lines)
    lines = _lines(reason.ours[0].hops, names, "ours")
    if reason.theirs:
        own = {held: names[held] for held in (a, b, reason.thing)}
        lines += _lines(reason.theirs[0].hops, own, "theirs")
    return _whole(lines)


def _lines(hops: tuple[Hop, ...], names: dict[str, str], side: str) -> list[str]:
    lines = []
    for hop in hops:
        for end in (hop.subject, hop.object):
            if end not in names:
                used = sum(name.startswith(f"?{side}") for name in names.values())
                names[end] = f"?{side}{used + 1 if used else ''}"
        lines.append(f"  {names[hop.subject]} {_predicate(hop.predicate)} {names[hop.object]} .")
    return lines


def _sourced(side: str, place: str, source: str) -> str:
    return (
        f"  ?{side} cr:place {term_text(Iri(place))} .\n"
        f"  ?{side}Claim cr:about ?{side} ; cr:source {term_text(Iri(source))} ."
    )


def _predicate(iri: str) -> str:
    for prefix, base in _PREFIXES.items():
        if iri.startswith(base):
            return f"{prefix}:{iri[len(base) :]}"
    return term_text(Iri(iri))


_PREFIXES = {"cr": CR, "skos": SKOS, "dcterms": DCTERMS}


def _whole(lines: list[str]) -> str:
    body = "\n".join(dict.fromkeys(lines))
    head = "".join(f"PREFIX {prefix}: <{base}>\n" for prefix, base in _PREFIXES.items() if f"{prefix}:" in body)
    return f"{head}SELECT DISTINCT * WHERE {{\n{body}\n}}\n" if "?" in body else f"{head}ASK {{\n{body}\n}}\n"
