"""Actions about datasets and the ways to get them."""

import re
from typing import Any
from uuid import UUID

from spiegelstad.catalogue import describing, queries
from spiegelstad.catalogue.formats import ckan
from spiegelstad.catalogue.http_api.ckan.arguments import BadSearch, NotValid
from spiegelstad.catalogue.http_api.ckan.asking import Asked
from spiegelstad.catalogue.queries import NoSuchDataset
from spiegelstad.catalogue.search.finding import datasets_by_id, find, find_ids
from spiegelstad.catalogue.search.rules import Search, search_of
from spiegelstad.catalogue.vocabulary import LICENCES

MAX_ROWS = 1_000
_MAX_WITH_RESOURCES = 100
_MAX_START = 1_000_000
_FACETS = {
    "organization": "steward", "owner_org": "steward", "groups": "theme", "tags": "tag", "res_format": "format",
    "license_id": "licence", "frequency": "frequency", "hvd_category": "hvd",
}  # fmt: skip
"""CKAN's fields, and our facets."""
_AS_KEPT = {"res_format": str.upper, "tags": str.lower}
_ALWAYS = {("state", "active"), ("dataset_type", "dataset"), ("type", "dataset"), ("private", "false"), ("*", "*")}
_WORDS = {"title", "name", "notes", "text"}
_ORDERS = {
    "": "best", "score desc": "best", "relevance": "best", "metadata_modified desc": "renewed", "name asc": "title",
    "title asc": "title", "title_string asc": "title",
}  # fmt: skip
_TERM = re.compile(r"""\+?(?P<field>[\w*]+):(?:"(?P<quoted>[^"]*)"|\((?P<many>[^()]*)\)|(?P<one>[^\s"()]+))""")


def package_list(asked: Asked) -> list[str]:
    """Return the names of all datasets. Arguments: limit, offset."""
    return queries.slugs(asked.actor, *_range(asked, None))


def current_package_list_with_resources(asked: Asked) -> list[dict[str, Any]]:
    """Return datasets by name. Arguments: limit (at most 100), offset."""
    offset, limit = _range(asked, _MAX_WITH_RESOURCES)
    return asked.packages(queries.datasets_by_slug(asked.actor, queries.slugs(asked.actor, offset, limit)))


def package_show(asked: Asked) -> dict[str, Any]:
    """Return one dataset. Argument: id (its name or its id)."""
    found = queries.dataset_by_name_or_id(asked.actor, asked.arguments.required("id", "name_or_id"))
    return asked.packages([found])[0]


def package_search(asked: Asked) -> dict[str, Any]:
    """Return the datasets that are searched for. Arguments: q, fq, fq_list, rows, start, sort, facet, facet.field."""
    arguments = asked.arguments
    order = ", ".join(part.strip().lower() for part in arguments.text("sort").split(",")).split(", ")[0]
    if order not in _ORDERS:
        raise BadSearch(f"Cannot sort by {order!r}; there are: {', '.join(filter(None, _ORDERS))}")
    rows, start = arguments.number("rows", 10, MAX_ROWS), arguments.number("start", 0, _MAX_START)
    search = _search(asked, _ORDERS[order])
    found = find(asked.actor, search, asked.language, (start, rows))
    wanted = arguments.names("facet.field") if arguments.flag("facet", True) else []
    counts = {name: _counts(name, search, found.facets) for name in wanted if name in _FACETS}
    return {
        "count": found.total,
        "sort": order or "score desc",
        "results": asked.packages(found.datasets),
        "facets": counts,
        "search_facets": {
            name: {"title": name, "items": [_item(asked, name, value, count) for value, count in values.items()]}
            for name, values in counts.items()
        },
    }


def resource_show(asked: Asked) -> dict[str, Any]:
    """Return one way to get a dataset. Argument: id."""
    id_ = asked.arguments.required("id")
    told = asked.descriptions([queries.dataset(asked.actor, id_.rpartition(".")[0] or id_)])[0]
    for position, (key, way) in enumerate(ckan.resources_of(told)):
        if key == id_:
            return ckan.resource(told, key, way, position, asked.language)
    raise NoSuchDataset(f"There is no resource {id_!r}.")


def resource_search(asked: Asked) -> dict[str, Any]:
    """Return the ways to get data. Arguments: query (`format:…` or `name:…`, or a list of them), limit, offset."""
    given = asked.arguments.structure("query")
    terms = given if isinstance(given, list) else [given]
    pairs = [str(term).partition(":")[::2] for term in terms]
    if not given or len(pairs) > 10 or any(name not in {"format", "name"} or not value for name, value in pairs):
        raise NotValid("query", "Must be format:<format> or name:<words>")
    formats = {value.strip().upper() for name, value in pairs if name == "format"}
    chosen = {"format": tuple(sorted(formats))} if formats else {}
    words = " ".join(value for name, value in pairs if name == "name")
    offset, limit = asked.arguments.number("offset", 0, _MAX_START), asked.arguments.number("limit", 100, MAX_ROWS)
    ids = find_ids(asked.actor, Search(text=words, chosen=chosen, sort="title"), asked.language)
    known = describing.formats_of(asked.actor, ids)
    here: list[UUID] = []
    before, count = 0, 0
    for id_ in ids:
        number = sum(not formats or form.upper() in formats for form in known.get(id_, ()))
        if count + number <= offset:
            before += number
        elif number and count < offset + limit:
            here.append(id_)
        count += number
    shown = [
        ckan.resource(told, key, way, position, asked.language)
        for told in asked.descriptions(datasets_by_id(asked.actor, here))
        for position, (key, way) in enumerate(ckan.resources_of(told))
        if not formats or way.format.upper() in formats
    ]
    return {"count": count, "results": shown[offset - before :][:limit]}


def _range(asked: Asked, most: int | None) -> tuple[int, int | None]:
    limit = asked.arguments.number("limit", most or _MAX_START, most or _MAX_START)
    return asked.arguments.number("offset", 0, _MAX_START), limit


def _search(asked: Asked, sort: str) -> Search:
    """Read words and filters; a filter on a field we don't search by is refused, for leaving it out would lie."""
    arguments = asked.arguments
    words, chosen = _terms(arguments.text("q"), is_filter=False)
    for text in [arguments.text("fq"), *arguments.names("fq_list")]:
        _none, more = _terms(text, is_filter=True)
        chosen = {**chosen, **more}
    parameters: dict[str, list[str]] = {"q": [words], "sort": [sort], **{name: list(v) for name, v in chosen.items()}}
    return search_of(parameters)


def _terms(text: str, *, is_filter: bool) -> tuple[str, dict[str, tuple[str, ...]]]:
    chosen: dict[str, tuple[str, ...]] = {}
    words: list[str] = []
    for found in _TERM.finditer(text):
        field, value = found["field"], next(v for v in (found["quoted"], found["many"], found["one"]) if v is not None)
        if (field, value) in _ALWAYS:
            continue
        if field in _WORDS:
            words.append(value)
        elif field in _FACETS:
            values = re.split(r"\s+OR\s+", value) if found["many"] is not None else [value]
            as_kept = _AS_KEPT.get(field, str)
            chosen[_FACETS[field]] = tuple(as_kept(v.strip().strip('"')) for v in values)
        else:
            raise BadSearch(f"Cannot search by {field!r}; there are: {', '.join([*_FACETS, *sorted(_WORDS)])}")
    rest = re.sub(r"\bAND\b", " ", _TERM.sub(" ", text)).strip()
    if is_filter and rest:
        raise BadSearch(f"Cannot understand {rest[:100]!r} in fq")
    return " ".join([rest, *words]).strip(), chosen


def _counts(name: str, search: Search, facets: dict[str, list[tuple[str, int]]]) -> dict[str, int]:
    """Return the values within what was found: ours also tell of the values that a choice leaves out."""
    chosen = search.chosen.get(_FACETS[name])
    return {value: count for value, count in facets[_FACETS[name]] if count and (not chosen or value in chosen)}


def _item(asked: Asked, name: str, value: str, count: int) -> dict[str, Any]:
    shown = value
    if name in {"organization", "owner_org"}:
        shown = asked.organization(value)["title"]
    elif name == "groups":
        shown = ckan.group(value, asked.language)["title"]
    elif name == "license_id":
        shown = LICENCES.get(value, value)
    return {"name": value, "display_name": shown, "count": count}
