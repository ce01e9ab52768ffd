"""The reading part of CKAN's action API: `/api/3/action/<name>` (and `/api/action/<name>`), GET and POST."""

from collections.abc import Callable
from typing import Any

import orjson
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from spiegelstad.accounts.public import Actor, CityRequest, UnknownKey, who_asks
from spiegelstad.base.errors import NotFound, SpiegelstadError
from spiegelstad.catalogue.http_api.ckan import browsing, datastore, packages
from spiegelstad.catalogue.http_api.ckan.arguments import CkanError, NotAuthorized, NotUnderstood, read
from spiegelstad.catalogue.http_api.ckan.asking import Asked
from spiegelstad.catalogue.pages import words

Action = Callable[[Asked], Any]

ACTIONS: dict[str, Action] = {
    action.__name__: action
    for action in (
        browsing.group_list, browsing.group_show, browsing.license_list, browsing.organization_list,
        browsing.organization_show, browsing.site_read, browsing.status_show, browsing.tag_list,
        datastore.datastore_search, datastore.datastore_search_sql, packages.current_package_list_with_resources,
        packages.package_list, packages.package_search, packages.package_show, packages.resource_search,
        packages.resource_show,
    )
}  # fmt: skip


def help_show(asked: Asked) -> str:
    """Return what an action does. Argument: name."""
    name = asked.arguments.required("name")
    if name not in ACTIONS:
        raise NotFound(f"There is no action {name!r}.")
    return (ACTIONS[name].__doc__ or "").strip()


ACTIONS["help_show"] = help_show


@require_http_methods(["GET", "HEAD", "POST"])
def action(request: CityRequest, name: str) -> HttpResponse:
    """Answer one action in CKAN's form: `{"help", "success", "result"}`, or with `"error"`."""
    host = request.build_absolute_uri("/")
    told = {"help": f"{host}api/3/action/help_show?name={name}"}
    try:
        if name not in ACTIONS:
            raise NotUnderstood(f"Bad request - Action name not known: {name}")
        asked = Asked(_actor(request), host, words.language(), read(request))
        return _json({**told, "success": True, "result": ACTIONS[name](asked)})
    except NotUnderstood as error:
        return _json(error.detail, 400)
    except SpiegelstadError as error:
        return _json({**told, "success": False, "error": _told(error)}, _status(error))


def _actor(request: CityRequest) -> Actor:
    """Return who asks: CKAN's clients send a key bare, in a header of their own."""
    key = request.headers.get("X-CKAN-API-Key", "")
    return who_asks(f"Bearer {key}").actor if key else request.actor


def _told(error: SpiegelstadError) -> dict[str, Any]:
    if isinstance(error, CkanError):
        return {"__type": error.type, **({"message": error.detail} if error.detail else {}), **error.fields}
    if isinstance(error, NotFound):
        return {"__type": "Not Found Error", "message": f"Not found: {error.detail}"}
    if isinstance(error, UnknownKey):
        return {"__type": NotAuthorized.type, "message": f"Access denied: {error.detail}"}
    return {"__type": "Validation Error", "message": f"{error.detail} {error.remedy}".strip()}


def _status(error: SpiegelstadError) -> int:
    return NotAuthorized.status if isinstance(error, UnknownKey) else error.status


def _json(value: Any, status: int = 200) -> HttpResponse:
    response = HttpResponse(orjson.dumps(value), status=status, content_type="application/json; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response
