"""Descriptions for programs: schema.org in pages, as blocks that no markup can leave, and the dataset's versions."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from babel import Locale
from markupsafe import Markup

from cityrights.errors import CityrightsError
from cityrights.instance import instance
from cityrights.terms import Iri, Literal
from cityrights.versions.archive import identity
from cityrights.versions.releases import Release, releases
from cityrights.vocabulary import BASE, DATASET, DCTERMS, LICENSE, PREFIXES, PUBLISHER, RDF, XSD
from cityrights_web.files import shown_name
from cityrights_web.site import Site
from cityrights_web.urls import LANGUAGES, Urls

CONTEXT = "https://schema.org"
#: Who answers for the dataset, as its description in data/dataset.ttl names it.
_WHOSE: Final = instance()
_PUBLISHER: Final = {
    "@type": "Organization",
    "@id": PUBLISHER,
    "name": _WHOSE.name if _WHOSE.is_shipped else next(iter(_WHOSE.publisher.names.values())),
}
#: The file that describes the dataset and does not hold it.
DESCRIPTION: Final = "void.ttl"
#: Site path → what kind of page stands there (schema.org); any other is a WebPage, or a CollectionPage if it lists.
_PAGES: Final = {"/about": "AboutPage", "/search": "SearchResultsPage", "/corrections": "ContactPage"}

#: Where the governments are that the graph tells of (UN M49): Africa, the Americas, Asia, Europe.
_PLACES: Final = ("002", "019", "142", "150")
#: What could end a script element or an HTML comment, and line ends that older readers of JSON stumble over.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def block(*data: Mapping[str, object]) -> Markup:
    """Return the script element that holds ``data``; every value in it stays a value."""
    body = [{"@context": CONTEXT, **item} for item in data]
    return Markup('<script type="application/ld+json">{}</script>').format(
        _escaped(body[0] if len(body) == 1 else body)
    )


def data_block(name: str, data: object) -> Markup:
    """Return the script element with the id ``name`` that holds ``data`` for a script of ours; nothing in it runs."""
    return Markup('<script type="application/json" id="{}">{}</script>').format(name, _escaped(data))


def _escaped(data: object) -> Markup:
    text = orjson.dumps(data).decode()
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return Markup(text)


def thing(
    iri: str,
    address: str,
    name: str,
    *,
    description: str = "",
    same_as: Iterable[str] = (),
    more: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Describe the thing ``iri`` whose page is at the absolute ``address``; ``more`` holds its @type and the rest."""
    data: dict[str, object] = {"@type": "Thing", "@id": iri, "url": address, "name": name}
    if description:
        data["description"] = description
    same = list(dict.fromkeys(same_as))
    if same:
        data["sameAs"] = same
    return {**data, **(more or {})}


def breadcrumbs(steps: Sequence[tuple[str, str]]) -> dict[str, object]:
    """Describe the way to a page: name and absolute address of each step, the start first."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": address}
            for place, (name, address) in enumerate(steps, 1)
        ],
    }


@dataclass(frozen=True, slots=True)
class Listed:
    """What a page lists: how many there are, and name and absolute address of those it shows, from number ``first``."""

    total: int
    items: Sequence[tuple[str, str]]
    first: int = 1


def _rights(site: Site, language: str, *, creator: bool) -> dict[str, object]:
    """Return licence, publisher and, for a dataset, creator: as far as the data say them where they are others'."""
    if site.is_shipped:
        return {"license": LICENSE, **({"creator": _PUBLISHER} if creator else {}), "publisher": _PUBLISHER}
    told = site.dataset_description
    said: dict[str, object] = {}
    licences = [one.iri or one.name(language) for one in told.licences]
    if licences:
        said["license"] = licences[0] if len(licences) == 1 else licences
    for role, who in (("creator", told.creators if creator else ()), ("publisher", told.publishers)):
        named = [{"@id": one.iri, "name": one.name(language)} for one in who]
        if named:
            kept = [{key: value for key, value in one.items() if value} for one in named]
            said[role] = kept[0] if len(kept) == 1 else kept
    return said


def website(site: Site, home: str, name: str, description: str, language: str, search: str) -> dict[str, object]:
    """Describe the site whose start page in ``language`` is at ``home``, and how it is searched."""
    return {
        "@type": "WebSite",
        "@id": f"{home}#site",
        "url": home,
        "name": name,
        **({"description": description} if description else {}),
        "inLanguage": language,
        **_rights(site, language, creator=False),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{search}?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }


def page(
    path: str, address: str, name: str, description: str, language: str, site: str, listed: Listed | None = None
) -> dict[str, object]:
    """Describe a page of the site with the identifier ``site``: its site path, its absolute address, what it shows."""
    kind = "CollectionPage" if listed is not None else _PAGES.get(path, "WebPage")
    data: dict[str, object] = {"@type": kind, "name": name, "description": description, "inLanguage": language}
    if address:
        data |= {"@id": address, "url": address, "isPartOf": {"@type": "WebSite", "@id": site}}
    if listed is not None:
        data["mainEntity"] = {
            "@type": "ItemList",
            "numberOfItems": listed.total,
            "itemListElement": [
                {"@type": "ListItem", "position": place, "name": item, "url": to}
                for place, (item, to) in enumerate(listed.items, listed.first)
            ],
        }
    return data


def dataset(site: Site, urls: Urls, host: str, name: str, description: str, language: str) -> dict[str, object]:
    """Describe the dataset with its dumps, as its DCAT does; ``host`` stands before addresses that have none."""

    def absolute(address: str) -> str:
        return address if "://" in address else host + address

    shipped, iri = site.is_shipped, site.dataset_description.iri or site.dataset_iri
    data: dict[str, object] = {
        "@type": "Dataset",
        "@id": iri,
        "url": absolute(urls.site("/download")),
        "identifier": f"{iri}?version={site.short}" if shipped else site.dataset_iri,
        "name": name,
        **({"description": description} if description else {}),
        **_rights(site, language, creator=True),
        "version": site.version,
        "isAccessibleForFree": True,
        **({"inLanguage": list(LANGUAGES)} if shipped else {}),
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": absolute(urls.plain(f"/download/{file}")),
                "encodingFormat": str(about.get("type", "")),
                "contentSize": f"{about.get('bytes', 0)} B",
                "sha256": str(about.get("sha256", "")),
            }
            for file, about in site.files.items()
            if file != DESCRIPTION
        ],
    }
    release = next((one for one in released() if one.version == site.version), None) if shipped else None
    if release is not None and release.doi:
        data["sameAs"] = release.doi_address
    built = site.manifest.get("built")
    if built:
        data |= {
            "dateModified": str(built),
            "datePublished": release.date.isoformat() if release else str(built),
        }
    return {**data, **(_found_by(site, language) if shipped else {})}


def _found_by(site: Site, language: str) -> dict[str, object]:
    """Return what search engines for data sets find this one by; less of it while the store is down.

    Which years it covers is not told: the documents date few of the practices.
    """
    territories = Locale.parse(language).territories
    said: dict[str, object] = {
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "@id": f"{DATASET}#catalogue",
            "name": _WHOSE.name_in(language),
            "url": BASE,
        },
    }
    if _WHOSE.is_shipped:
        said["spatialCoverage"] = [{"@type": "Place", "name": str(territories[code])} for code in _PLACES]
    with contextlib.suppress(CityrightsError):
        vocabulary = site.vocabulary
        measures = sorted(iri for iri in vocabulary.labels if iri.startswith(PREFIXES["measure"]))
        said["variableMeasured"] = [
            {"@type": "PropertyValue", "name": vocabulary.label(iri, language).value, "propertyID": iri}
            for iri in measures
        ]
        said["keywords"] = [word.value for word in site.keywords if word.language == language]
    return said


Triple = tuple[Iri, str, Iri | Literal]
SERIES: Final = Iri(f"{DATASET}/releases")
_DCAT: Final = PREFIXES["dcat"]
_ADMS: Final = "http://www.w3.org/ns/adms#"
_EU: Final = "http://publications.europa.eu/resource/authority/"
_THEMES: Final = tuple(Iri(f"{_EU}data-theme/{theme}") for theme in ("GOVE", "JUST", "SOCI"))
_CONTINENTS: Final = tuple(Iri(f"{_EU}continent/{name}") for name in ("AFRICA", "AMERICA", "ASIA", "EUROPE"))
_KEYWORDS: Final = (Literal("human rights", "en"), Literal("cities", "en"), Literal("local government", "en"))
log = logging.getLogger("cityrights.web")


def released() -> list[Release]:
    """Return the releases, the newest first; of records that are spoilt the log tells, and pages do without."""
    try:
        return releases()
    except CityrightsError as error:
        log.error("the releases cannot be told: %s", error)
        return []


def versions(site: Site, distributions: Iterable[Iri], at: str) -> Iterator[Triple]:
    """Describe the versions of the shipped dataset as DCAT 3 does (section 11): that which is served, and releases.

    ``distributions`` are those of the version that is served, ``at`` is the address of this service.
    """
    dataset, known = Iri(DATASET), released()
    here = next((one for one in known if one.version == site.version), None)
    served = Iri(f"{DATASET}?version={site.short}")
    now = site.edition.now[:12] if site.edition is not None and not site.edition.today else site.short
    yield dataset, f"{_DCAT}hasCurrentVersion", Iri(f"{DATASET}?version={now}")
    yield dataset, f"{_ADMS}status", _status("COMPLETED" if here else "DEVELOP")
    if here is None:
        told = f"The version that is served: {site.version}, which is no release."
        yield from _version(served, f"{_WHOSE.name}, version {site.short}", told, site.short, "DEVELOP")
        if known:
            yield served, f"{_DCAT}previousVersion", Iri(identity(known[0]))
    if known:  # a series has members
        yield dataset, f"{DCTERMS}issued", _day(known[-1])
        yield dataset, f"{_DCAT}inSeries", SERIES
        yield SERIES, f"{RDF}type", Iri(f"{_DCAT}DatasetSeries")
        yield from _described(SERIES, "Releases of cityrights", "The versions that have a name and are kept for good.")
        yield SERIES, f"{DCTERMS}accrualPeriodicity", Iri(f"{_EU}frequency/IRREG")
        yield SERIES, f"{_DCAT}first", Iri(identity(known[-1]))
        yield SERIES, f"{_DCAT}last", Iri(identity(known[0]))
        yield SERIES, f"{DCTERMS}issued", _day(known[-1])
        yield SERIES, f"{DCTERMS}modified", _day(known[0])
    for place, release in enumerate(known):
        yield from _release(release, known[place + 1] if place + 1 < len(known) else None)
        if release is not here:
            yield from _kept(release, at)
    for one in distributions:
        yield served, f"{_DCAT}distribution", one


def _described(subject: Iri, title: str, description: str) -> Iterator[Triple]:
    """Say of a version, or of the series of releases, what holds of all alike."""
    yield subject, f"{DCTERMS}title", Literal(title, "en")
    yield subject, f"{DCTERMS}description", Literal(description, "en")
    for name in ("publisher", "creator"):
        yield subject, f"{DCTERMS}{name}", Iri(PUBLISHER)
    yield subject, f"{DCTERMS}license", Iri(LICENSE)
    yield subject, f"{DCTERMS}accessRights", Iri(f"{_EU}access-right/PUBLIC")
    yield from ((subject, f"{_DCAT}theme", theme) for theme in _THEMES)
    if _WHOSE.is_shipped:
        yield from ((subject, f"{DCTERMS}spatial", place) for place in _CONTINENTS)
        yield from ((subject, f"{_DCAT}keyword", word) for word in _KEYWORDS)
    yield Iri(f"{DATASET}#catalogue"), f"{_DCAT}dataset", subject


def _version(subject: Iri, title: str, description: str, number: str, status: str) -> Iterator[Triple]:
    yield subject, f"{RDF}type", Iri(f"{_DCAT}Dataset")
    yield from _described(subject, title, description)
    yield Iri(DATASET), f"{_DCAT}hasVersion", subject
    yield subject, f"{_DCAT}version", Literal(number)
    yield subject, f"{_ADMS}status", _status(status)


def _release(release: Release, before: Release | None) -> Iterator[Triple]:
    subject = Iri(identity(release))
    told = f"Release {release.name} of the graph, of {release.date}: version {release.version}."
    yield from _version(subject, f"{_WHOSE.name} {release.name}", told, release.name, "COMPLETED")
    yield subject, f"{DCTERMS}issued", _day(release)
    yield subject, f"{_DCAT}inSeries", SERIES
    yield subject, f"{DCTERMS}identifier", Literal(release.doi_address or subject.value)
    for language, text in release.notes.items():
        yield subject, f"{_ADMS}versionNotes", Literal(text.strip(), language)
    if before is not None:
        yield subject, f"{_DCAT}previousVersion", Iri(identity(before))


def _kept(release: Release, at: str) -> Iterator[Triple]:
    """Describe the dump of a release that is not served, but kept: the one that its version is the digest of."""
    about, one = release.files.get("cityrights.nq"), Iri(f"{DATASET}/nquads?version={release.short}")
    if about is None:
        return
    iana = "https://www.iana.org/assignments/media-types/application/n-quads"
    yield Iri(identity(release)), f"{_DCAT}distribution", one
    yield one, f"{RDF}type", Iri(f"{_DCAT}Distribution")
    yield one, f"{DCTERMS}title", Literal(f"N-Quads of release {release.name}", "en")
    yield one, f"{DCTERMS}description", Literal(f"Every named graph of release {release.name} as one file.", "en")
    yield one, f"{DCTERMS}license", Iri(LICENSE)
    yield one, f"{DCTERMS}format", Iri(f"{_EU}file-type/RDF_N_QUADS")
    yield one, "http://data.europa.eu/r5r/availability", Iri(f"{_EU}planned-availability/STABLE")
    yield one, f"{_DCAT}accessURL", Iri(f"{at}/releases")
    yield one, f"{_DCAT}downloadURL", Iri(f"{at}/version/{release.short}/download/{shown_name('cityrights.nq')}")
    yield one, f"{_DCAT}mediaType", Iri(iana)
    yield one, f"{_DCAT}byteSize", Literal(str(about.bytes), datatype=f"{XSD}nonNegativeInteger")


def _day(release: Release) -> Literal:
    return Literal(release.date.isoformat(), datatype=f"{XSD}date")


def _status(name: str) -> Iri:
    return Iri(f"{_EU}dataset-status/{name}")
