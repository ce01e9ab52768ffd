"""From the records of the catalogue to descriptions with addresses, which formats write."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from spiegelstad.accounts.public import Actor, Tenant, departments, tenant
from spiegelstad.base.localised import Localised, in_language
from spiegelstad.catalogue import models, queries
from spiegelstad.catalogue.description import CatalogDescription, Description, Measured, Origin, VersionDescription
from spiegelstad.catalogue.records import Dataset, Version, read_columns
from spiegelstad.catalogue.rules import Column, Contact, Distribution, geometry_of

_FILES = {
    "csv": ("CSV", "CSV", "text/csv"),
    "json": ("JSON", "JSON", "application/json"),
    "geojson": ("GeoJSON", "GEOJSON", "application/geo+json"),
    "parquet": ("Parquet", "PARQUET", "application/vnd.apache.parquet"),
    "xlsx": ("Excel", "XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
"""What a version is downloaded as: its name, its code in the EU's table of file types, its media type."""
_ALWAYS_CURRENT = frozenset({"csv", "geojson", "xlsx"})
"""What `…/rows` gives whole, at an address that stays; JSON comes in pages there, and Parquet is written anew."""

StatementsProvider = Callable[[str, Sequence[str]], Mapping[str, str]]
_providers: list[StatementsProvider] = []


def tell_statements(provider: StatementsProvider) -> None:
    """Let a higher room add to the descriptions of datasets that it read elsewhere; told once, at the start.

    `provider` gives, for a city and slugs, the statements of those that have more (N-Triples) by slug.
    """
    _providers[:] = [provider]


def describe_catalog(tenant_id: str, host: str) -> CatalogDescription:
    """Return a city's catalogue; `host` is the address of the site, with a slash at its end."""
    city: Tenant = tenant(tenant_id)
    left, bottom, right, top = city.bbox
    return CatalogDescription(host=host, name=city.name, bounds=(left, bottom, right, top), issued_at=city.created_at)


def describe(actor: Actor, found: Sequence[Dataset], host: str) -> list[Description]:
    """Return datasets as they are told to others; three queries, however many there are."""
    inputs = [id_ for dataset in found if dataset.current for id_ in dataset.current.lineage.inputs]
    known = queries.versions_by_id(actor, inputs) if inputs else {}
    names = departments(actor.tenant_id)
    elsewhere = [dataset.slug for dataset in found if dataset.uri]
    more = {slug: text for tell in _providers if elsewhere for slug, text in tell(actor.tenant_id, elsewhere).items()}
    told = [_description(dataset, host, known, names.get(dataset.department, {})) for dataset in found]
    return [replace(one, statements=more[one.slug]) if one.slug in more else one for one in told]


def formats_of(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Return the formats in which each of these datasets can be had, one for each way to get it; one query.

    Counting the ways of ten thousand datasets by describing them all takes seconds.
    """
    rows = models.Dataset.objects.filter(queries.readable(actor), id__in=ids)
    found = rows.values_list("id", "distributions", "current__columns")
    return {id_: [one["format"] for one in elsewhere] or _own_formats(columns) for id_, elsewhere, columns in found}


def _own_formats(columns: list[dict[str, Any]] | None) -> list[str]:
    """Return the formats of the files of a version with these columns; None: there is none."""
    if columns is None:
        return []
    return [_FILES[extension][1] for extension in _extensions(read_columns(columns))]


def describe_version(actor: Actor, version: Version, host: str) -> VersionDescription:
    """Return one version as it is told to others."""
    known = queries.versions_by_id(actor, version.lineage.inputs) if version.lineage.inputs else {}
    return _version(version, host, known)


def dataset_page(host: str, slug: str) -> str:
    """Return the address of a dataset."""
    return f"{host}data/{slug}"


def version_page(host: str, version: Version) -> str:
    """Return the address of a version."""
    return f"{dataset_page(host, version.slug)}/versions/{version.number}"


def _description(dataset: Dataset, host: str, known: Mapping[UUID, Version], department: Localised) -> Description:
    page = dataset_page(host, dataset.slug)
    current = None if dataset.current is None else _version(dataset.current, host, known)
    is_ours = not dataset.uri
    columns = dataset.current.columns if dataset.current else dataset.columns
    return Description(
        id=str(dataset.id),
        uri=dataset.uri or page,
        page=page,
        slug=dataset.slug,
        department=dataset.department,
        title=dataset.title,
        description=dataset.description,
        theme=dataset.theme,
        keywords=dataset.keywords,
        publisher=dataset.source.publisher,
        contact=dataset.contact if dataset.contact != Contact() else _department(department, page),
        classification=dataset.classification,
        licence_uri=dataset.licence_uri,
        hvd_category=dataset.hvd_category,
        frequency=dataset.frequency,
        landing_page=dataset.landing_page or page,
        conforms_to=dataset.conforms_to,
        is_authoritative=dataset.is_authoritative,
        legal_basis=dataset.legal_basis,
        source=dataset.source,
        status=dataset.status,
        replaced_by=dataset_page(host, dataset.replaced_by) if dataset.replaced_by else "",
        issued_at=dataset.created_at if is_ours else None,
        modified_at=current.published_at if current else None,
        record_issued_at=dataset.created_at,
        record_modified_at=dataset.changed_at,
        distributions=dataset.distributions or _current_files(dataset, page),
        is_tabular=current is not None,
        is_geographic=geometry_of(columns) is not None,
        current=current,
    )


def _department(name: Localised, page: str) -> Contact:
    """Return the department that answers for a dataset, where it names no service: people ask on the dataset's page."""
    return Contact(name=in_language(name, "nl"), url=page) if name else Contact()


def _version(version: Version, host: str, known: Mapping[UUID, Version]) -> VersionDescription:
    page = version_page(host, version)
    lineage, quality = version.lineage, version.quality
    inputs = tuple(version_page(host, known[id_]) for id_ in lineage.inputs if id_ in known)
    return VersionDescription(
        uri=page,
        number=version.number,
        published_at=version.published_at,
        rows=version.rows,
        coverage=version.coverage,
        quality=Measured(quality.score if quality.checks else None, quality.checks),
        origin=Origin(lineage.activity, lineage.run, inputs),
        distributions=_files(version, page, lambda _name: page),
    )


def _current_files(dataset: Dataset, page: str) -> tuple[Distribution, ...]:
    """Return the downloads of a dataset: of its current version, where it can be at an address that stays."""
    if dataset.current is None:
        return ()
    version = f"{page}/versions/{dataset.current.number}"
    return _files(dataset.current, page, lambda name: f"{page}/rows" if name in _ALWAYS_CURRENT else version)


def _files(version: Version, page: str, address: Callable[[str], str]) -> tuple[Distribution, ...]:
    """Return the downloads of a version. Only its Parquet file is kept, so only of that size and checksum are known."""
    return tuple(
        Distribution(
            access_url=page,
            title={"nl": f"Alle rijen als {name}", "en": f"All rows as {name}"},
            download_url=f"{address(extension)}.{extension}",
            format=code,
            media_type=media_type,
            licence_uri=version.licence_uri,
            byte_size=version.bytes if extension == "parquet" else None,
            sha256=version.content_hash if extension == "parquet" else "",
        )
        for extension in _extensions(version.columns)
        for name, code, media_type in [_FILES[extension]]
    )


def _extensions(columns: Sequence[Column]) -> list[str]:
    """Return in which forms rows with these columns can be downloaded."""
    has_place = geometry_of(columns) is not None
    return [extension for extension in _FILES if extension != "geojson" or has_place]
