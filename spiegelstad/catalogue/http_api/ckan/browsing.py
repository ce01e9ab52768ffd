"""Actions about the site, its organisations (departments), groups (themes), tags (keywords) and licences."""

from typing import Any

from spiegelstad.catalogue import queries
from spiegelstad.catalogue.formats import ckan
from spiegelstad.catalogue.http_api.ckan.asking import Asked
from spiegelstad.catalogue.queries import NoSuchDataset
from spiegelstad.catalogue.vocabulary import LICENCES, Theme

_API = "2.11"
"""The version of CKAN whose reading actions these are."""
_MAX_DATASETS = 1_000


class NoSuchOrganization(NoSuchDataset):
    """There is no such organisation or group."""


def site_read(_asked: Asked) -> bool:
    """Return that the site may be read."""
    return True


def status_show(asked: Asked) -> dict[str, Any]:
    """Return what site this is."""
    title = asked.organization(asked.city.id)["title"]
    return {"ckan_version": _API, "site_url": asked.host.rstrip("/"), "site_title": title, "site_description": "",
            "error_emails_to": None, "locale_default": "nl", "extensions": ["datastore"]}  # fmt: skip


def organization_list(asked: Asked) -> list[Any]:
    """Return the organisations that have datasets. Arguments: all_fields, limit, offset."""
    counts: dict[str, int] = {}
    for slug, count in queries.count_by(asked.actor, "department").items():
        name = asked.organization(slug)["name"]
        counts[name] = counts.get(name, 0) + count
    shown = [{**asked.organization(slug), "package_count": count} for slug, count in sorted(counts.items())]
    return _listed(asked, shown)


def organization_show(asked: Asked) -> dict[str, Any]:
    """Return one organisation. Arguments: id, include_datasets."""
    slug = asked.arguments.required("id")
    if slug not in asked.departments:
        raise NoSuchOrganization(f"There is no organisation {slug!r}.")
    department = "" if slug == asked.city.id else slug
    return {**asked.organization(slug), **_of(asked, department=department), "users": [], "groups": [], "tags": []}


def group_list(asked: Asked) -> list[Any]:
    """Return the themes that have datasets. Arguments: all_fields, limit, offset."""
    counts = sorted(queries.count_by(asked.actor, "theme").items())
    return _listed(asked, [_group(asked, theme) | {"package_count": count} for theme, count in counts])


def group_show(asked: Asked) -> dict[str, Any]:
    """Return one theme. Arguments: id, include_datasets."""
    theme = asked.arguments.required("id")
    if theme not in set(Theme):
        raise NoSuchOrganization(f"There is no group {theme!r}.")
    return {**_group(asked, theme), **_of(asked, theme=theme), "users": [], "groups": [], "tags": []}


def tag_list(asked: Asked) -> list[Any]:
    """Return the keywords that are used. Arguments: query (part of a word), all_fields, limit, offset."""
    query = asked.arguments.text("query").casefold()
    words = [word for word in queries.keywords(asked.actor) if query in word.casefold()]
    return _listed(asked, [ckan.tag(word) for word in words])


def license_list(_asked: Asked) -> list[dict[str, Any]]:
    """Return the licences we know."""
    return [ckan.licence(uri) for uri in LICENCES]


def _group(asked: Asked, theme: str) -> dict[str, Any]:
    return {**ckan.group(theme, asked.language), "type": "group", "is_organization": False, "state": "active"}


def _listed(asked: Asked, shown: list[dict[str, Any]]) -> list[Any]:
    offset, limit = asked.arguments.number("offset", 0, 10**9), asked.arguments.number("limit", 10**9, 10**9)
    part = shown[offset : offset + limit]
    return part if asked.arguments.flag("all_fields", False) else [one["name"] for one in part]


def _of(asked: Asked, **filters: str) -> dict[str, Any]:
    count, found = queries.datasets_of(asked.actor, _MAX_DATASETS, **filters)
    shown = asked.packages(found) if asked.arguments.flag("include_datasets", False) else []
    return {"package_count": count, **({"packages": shown} if shown else {})}
