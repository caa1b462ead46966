"""Data blocks that no markup can leave: schema.org descriptions of pages as JSON-LD, and data for our scripts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from babel import Locale
from markupsafe import Markup

from cityrights.errors import CityrightsError
from cityrights.vocabulary import BASE, DATASET, ID, LICENSE
from cityrights_web.site import Site
from cityrights_web.urls import LANGUAGES, Urls

CONTEXT = "https://schema.org"
#: Who answers for the dataset, as its description in data/dataset.ttl names it.
_PUBLISHER: Final = {"@type": "Organization", "@id": BASE, "name": "cityrights"}
#: The file that describes the dataset and does not hold it.
DESCRIPTION: Final = "void.ttl"
#: Site path → what kind of page stands there (schema.org); any other is a WebPage, or a CollectionPage if it lists.
_PAGES: Final = {"/about": "AboutPage", "/search": "SearchResultsPage", "/corrections": "ContactPage"}

#: Where the governments are that the graph tells of (UN M49): Africa, the Americas, Asia, Europe.
_CONTINENTS: Final = ("002", "019", "142", "150")
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
    built = site.manifest.get("built")
    if built:
        data |= {
            "dateModified": str(built),
            "datePublished": site.release.date.isoformat() if site.release else str(built),
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
            "name": "cityrights",
            "url": BASE,
        },
        "spatialCoverage": [{"@type": "Place", "name": str(territories[code])} for code in _CONTINENTS],
    }
    with contextlib.suppress(CityrightsError):
        vocabulary = site.vocabulary
        measures = sorted(iri for iri in vocabulary.labels if iri.startswith(ID + "measure/"))
        said["variableMeasured"] = [
            {"@type": "PropertyValue", "name": vocabulary.label(iri, language).value, "propertyID": iri}
            for iri in measures
        ]
        said["keywords"] = [word.value for word in site.keywords if word.language == language]
    return said
