"""How to go on with a dataset in other tools: ready lines of code, and its addresses in the standards."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from spiegelstad.catalogue.records import Dataset


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines for a tool."""

    tool: str
    text: str


@dataclass(frozen=True, slots=True)
class Way:
    """An address in a standard."""

    name: str
    words: str
    url: str


def snippets(dataset: Dataset, host: str, *, has_map: bool) -> list[Snippet]:
    """Return lines that read the current rows. `host`: the address of the city, without a slash at its end."""
    rows = f"{host}/data/{dataset.slug}/rows"
    found = [
        Snippet("Python", f'import pandas\n\nrows = pandas.read_csv("{rows}.csv")\nprint(rows.head())'),
        Snippet("R", f'rows <- read.csv("{rows}.csv")\nhead(rows)'),
        Snippet("curl", f'curl --fail --output {dataset.slug}.csv "{rows}.csv"'),
        Snippet("DuckDB", f"SELECT count(*) FROM '{rows}.parquet';"),  # noqa: S608  shown, never run
    ]
    if has_map:
        steps = _("Layer › Add Layer › Add WFS / OGC API – Features Layer › New. Name: what you like. URL:")
        more = _("Then choose the collection:")
        found.append(Snippet("QGIS", f"{steps}\n{host}/ogc\n{more} {dataset.slug}"))
    return found


def ways(dataset: Dataset, host: str, *, has_map: bool) -> list[Way]:
    """Return where the standards find the dataset; all of them show the same rows."""
    page = f"{host}/data/{dataset.slug}"
    found = [
        Way("REST, JSON", _("rows by conditions, in groups, page by page"), f"{page}/rows.json"),
        Way("OpenAPI", _("the description of that for programs"), f"{host}/data/openapi.json"),
        Way("DCAT-AP", _("this description as linked data"), f"{page}?format=ttl"),
        Way("CKAN", _("for tools that know CKAN"), f"{host}/api/3/action/package_show?id={dataset.slug}"),
        Way("LDES", _("every change as a stream"), f"{host}/streams/datasets/{dataset.slug}"),
        Way("SPARQL", _("questions to all linked data of the city"), f"{host}/sparql"),
    ]
    if has_map:
        found.insert(2, Way("OGC API", _("features and map tiles"), f"{host}/ogc/collections/{dataset.slug}"))
    return found


def ways_of_all() -> list[Way]:
    """Return where the standards find everything the city has, on its own host."""
    return [
        Way("OpenAPI", _("rows by conditions, in groups, page by page"), "/data/openapi.json"),
        Way("DCAT-AP", _("all descriptions as linked data"), "/catalog"),
        Way("OGC API", _("features and map tiles"), "/ogc"),
        Way("LDES", _("every change as a stream"), "/streams"),
        Way("SPARQL", _("questions to all linked data of the city"), "/sparql"),
        Way("CKAN", _("for tools that know CKAN"), "/api/3/action/package_list"),
    ]
