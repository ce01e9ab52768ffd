"""Every address of the program with arguments, and those who visit them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLResolver, get_resolver

from spiegelstad.accounts.models import User
from spiegelstad.base.clock import now
from tests.spec.cities import ABSENT, City

ACCOUNT = "accounts/"
_VERSION = "/data/source-{kind}/versions/1"
_MORE_VERSION = "/data/population-{kind}/versions/1"
_FILES = ("csv", "json", "parquet", "geojson")
_PLACES = "/ogc/collections/places-{kind}"
_MONTH = f"{now():%Y-%m}"
_TILE = "14/8358/5481"
_FROM = "from=2020-01-01&to=2020-01-20"

_ENTITY = "entities/urn:ngsi-ld:Counter:{kind}"
_SINCE = "timerel=after&timeAt=2020-01-01T00:00:00Z&timeproperty=modifiedAt"
_BATCHES = ("create", "upsert", "update", "merge", "delete", "query")

PATHS: dict[str, tuple[str, ...]] = {
    "": ("/", "/?indicator=inhabitants-{kind}&area_type=wijk", "/?indicator=inhabitants-{kind}&area_type=sector"),
    "indicators": ("/indicators", "/indicators?theme=population"),
    "indicators/<slug:slug>": (
        "/indicators/inhabitants-{kind}", "/indicators/sensor-{kind}", "/indicators/inhabitants-{kind}?area_type=wijk",
    ),
    "indicators/<slug:slug>.<str:extension>": (
        *(f"/indicators/inhabitants-{{kind}}.{name}" for name in _FILES), "/indicators/sensor-{kind}.json",
    ),
    "areas/<slug:area_type>/<str:code>": ("/areas/wijk/{area}", "/areas/municipality/M"),
    "explore": ("/explore", "/explore?indicator=inhabitants-{kind}&area_type=sector&area=W1A"),
    "explore.<str:extension>": tuple(
        f"/explore.{name}?indicator=inhabitants-{{kind}}&area_type=sector" for name in ("csv", "json", "parquet")
    ),
    "figures/<uuid:figure_id>": ("/figures/{figure}",),
    "figures/<uuid:figure_id>.json": ("/figures/{figure}.json",),
    "figures/<uuid:figure_id>.jsonld": ("/figures/{figure}.jsonld",),
    "map/<slug:kind>.geojson": ("/map/water.geojson", "/map/park.geojson"),
    "data": ("/data", "/data?q={kind}"),
    "data/showcase": ("/data/showcase", "/data/showcase?dataset=source-{kind}"),
    "data/<slug:slug>/questions": ("/data/source-{kind}/questions",),
    "data/<slug:slug>/versions/<int:number>/changes": (f"{_VERSION}/changes",),
    "desk/questions": ("/desk/questions",),
    "desk/questions/<uuid:question_id>": ("/desk/questions/{row}",),
    "desk/showcases/<uuid:showcase_id>": ("/desk/showcases/{row}",),
    "data/<slug:slug>": ("/data/source-{kind}", "/data/population-{kind}", "/data/source-{kind}?format=ttl"),
    "data/<slug:slug>/versions/<int:number>": (_VERSION, _MORE_VERSION, f"{_VERSION}?format=jsonld"),
    "data/<slug:slug>/versions/<int:number>/delete": (f"{_VERSION}/delete",),
    "data/<slug:slug>/versions/<int:number>.<str:extension>": tuple(
        f"{_MORE_VERSION}.{name}" for name in ("csv", "json", "parquet")
    ),
    "catalog": ("/catalog", "/catalog?format=ttl"),
    "catalog.<str:extension>": ("/catalog.ttl", "/catalog.jsonld", "/catalog.rdf"),
    "api/3/action/<str:name>": (
        "/api/3/action/package_list", "/api/3/action/package_search?q={kind}", "/api/3/action/organization_list",
        "/api/3/action/package_show?id=source-{kind}", "/api/3/action/current_package_list_with_resources",
        "/api/3/action/datastore_search?resource_id=population-{kind}", "/api/3/action/tag_list",
        "/api/3/action/resource_show?id=population-{kind}.csv", "/api/3/action/resource_search?query=format:CSV",
    ),
    "api/action/<str:name>": ("/api/action/group_show?id=population&include_datasets=true",),
    "api/datasets": ("/api/datasets",),
    "api/datasets/<slug:slug>": ("/api/datasets/source-{kind}", "/api/datasets/population-{kind}"),
    "api/datasets/<slug:slug>/versions/<int:number>.<str:extension>": tuple(
        f"/api/datasets/population-{{kind}}/versions/1.{name}" for name in ("csv", "json", "parquet")
    ),
    "register": ("/register", "/register?access=closed", "/register?q={kind}"),
    "register/processing": ("/register/processing",),
    "register/processing.json": ("/register/processing.json",),
    "register/quality": ("/register/quality",),
    "register/quality/target": ("/register/quality/target",),
    "register/uses": ("/register/uses",),
    "register/uses/<uuid:showcase_id>/settle": ("/register/uses/{row}/settle",),
    "register/datasets/<slug:slug>": ("/register/datasets/source-{kind}", "/register/datasets/population-{kind}"),
    **{
        f"register/datasets/<slug:slug>/{act}": (f"/register/datasets/population-{{kind}}/{act}",)
        for act in ("uses.csv", "status", "withdraw", "hold", "target")
    },
    "register.<str:extension>": ("/register.csv", "/register.json?access=closed"),
    "ogc": ("/ogc", "/ogc?f=html"),
    "ogc/": ("/ogc/",),
    "ogc/conformance": ("/ogc/conformance", "/ogc/conformance?f=html"),
    "ogc/api": ("/ogc/api", "/ogc/api?f=html"),
    "ogc/collections": ("/ogc/collections", "/ogc/collections?f=html"),
    "ogc/collections/<slug:slug>": (f"{_PLACES}", f"{_PLACES}?f=html", "/ogc/collections/catalogue"),
    "ogc/collections/<slug:slug>/queryables": (f"{_PLACES}/queryables", f"{_PLACES}/queryables?f=html"),
    "ogc/collections/<slug:slug>/items": (
        f"{_PLACES}/items", f"{_PLACES}/items?f=html&limit=1", "/ogc/collections/catalogue/items?q={kind}",
    ),
    "ogc/collections/<slug:slug>/items/<path:feature_id>": (
        f"{_PLACES}/items/0", "/ogc/collections/catalogue/items/population-{kind}",
    ),
    "ogc/collections/<slug:slug>/tiles": (f"{_PLACES}/tiles", f"{_PLACES}/tiles?f=html"),
    "ogc/collections/<slug:slug>/tiles/WebMercatorQuad": (f"{_PLACES}/tiles/WebMercatorQuad",),
    "ogc/collections/<slug:slug>/tiles/WebMercatorQuad/tilejson": (f"{_PLACES}/tiles/WebMercatorQuad/tilejson",),
    "ogc/collections/<slug:slug>/tiles/WebMercatorQuad/<int:z>/<int:y>/<int:x>": (
        f"{_PLACES}/tiles/WebMercatorQuad/0/0/0",
    ),
    "ogc/tileMatrixSets": ("/ogc/tileMatrixSets",),
    "ogc/tileMatrixSets/WebMercatorQuad": ("/ogc/tileMatrixSets/WebMercatorQuad",),
    "streams": ("/streams",),
    **{
        f"streams/{kind}/<str:name>{route}": (f"/streams/{kind}/{name}{path}",)
        for kind, name in (("datasets", "population-{kind}"), ("types", "Counter"))
        for route, path in {
            "": "",
            "/time": "/time",
            "/time/<slug:branch>": f"/time/{_MONTH}-1",
            "/time/<slug:branch>/<int:number>": f"/time/{_MONTH}-1/1",
            "/place": "/place",
            "/place/nowhere": "/place/nowhere",
            "/place/nowhere/<int:number>": "/place/nowhere/2",
            "/place/<int:zoom>/<int:x>/<int:y>": f"/place/{_TILE}",
            "/place/<int:zoom>/<int:x>/<int:y>/<int:number>": f"/place/{_TILE}/2",
        }.items()
    },
    "access": ("/access",),
    "access/data/<slug:slug>": ("/access/data/asked-{kind}",),
    **{f"access/data/<slug:slug>/{way}": (f"/access/data/asked-{{kind}}/{way}",)
       for way in ("request", "counts", "noisy", "offer")},
    "access/mine": ("/access/mine",),
    "access/inbox": ("/access/inbox",),
    "access/requests/<uuid:request_id>": ("/access/requests/{request}",),
    "access/agreements/<uuid:agreement_id>": ("/access/agreements/{agreement}",),
    "access/keys": ("/access/keys",),
    "access/keys/<uuid:key_id>": ("/access/keys/{lent}",),
    "access/uploads": ("/access/uploads",),
    "access/uploads/<uuid:upload_id>": ("/access/uploads/{upload}",),
    "api/access/data": ("/api/access/data",),
    "api/access/data/<slug:slug>": ("/api/access/data/asked-{kind}",),
    "api/access/data/<slug:slug>/counts": ("/api/access/data/asked-{kind}/counts?group_by=district",),
    "api/access/data/<slug:slug>/noisy": ("/api/access/data/asked-{kind}/noisy",),
    "api/access/agreement": ("/api/access/agreement",),
    "desk": ("/desk", "/desk?show=waiting"),
    "desk/<slug:slug>": ("/desk/source-{kind}",),
    "desk/<slug:slug>/run": ("/desk/source-{kind}/run",),
    "desk/<slug:slug>/replay": ("/desk/source-{kind}/replay",),
    "desk/<slug:slug>/rows/<uuid:row_id>": ("/desk/source-{kind}/rows/{row}",),
    "harvest": ("/harvest",),
    "harvest/<slug:slug>": ("/harvest/catalogue-{kind}", "/harvest/catalogue-{kind}?show=quarantine"),
    "harvest/<slug:slug>/run": ("/harvest/catalogue-{kind}/run",),
    "harvest/<slug:slug>/report.csv": ("/harvest/catalogue-{kind}/report.csv",),
    "api/observations": ("/api/observations",),
    "api/lorawan/<slug:slug>": ("/api/lorawan/source-{kind}",),
    "api/latest": ("/api/latest", "/api/latest?property=count-{kind}", "/api/latest?type=Counter"),
    "api/series": ("/api/series", "/api/series?property=count-{kind}&bbox=3,50,4,52"),
    "api/series/<path:key>/<resolution:resolution>": tuple(
        f"/api/series/count-{{kind}}/{grain}" for grain in ("raw", "hourly", "daily")
    ),
    "sensors": ("/sensors", "/sensors?q=zebrastraat", "/sensors?q={kind}&kind=bicycles"),
    "sensors/new": ("/sensors/new",),
    "sensors/<slug:key>": ("/sensors/device-{kind}",),
    "sensors/<slug:key>/change": ("/sensors/device-{kind}/change",),
    "sensors/<slug:key>/active": ("/sensors/device-{kind}/active",),
    "sensorthings/v1.1": ("/sensorthings/v1.1",),
    "sensorthings/v1.1/": ("/sensorthings/v1.1/",),
    "sensorthings/v1.1/<path:path>": ("/sensorthings/v1.1/Things?$expand=Datastreams,Locations",),
    "ngsi-ld/v1/": ("/ngsi-ld/v1/",),
    **{
        f"ngsi-ld/v1/{route}": tuple(f"/ngsi-ld/v1/{path}" for path in paths)
        for route, paths in {
            r"^entities/?$": ("entities?type=Counter", "entities?type=Counter&q=note&options=keyValues&count=true"),
            r"^entities/(?P<entity_id>.+)$": (_ENTITY, f"{_ENTITY}?options=sysAttrs"),
            r"^entities/(?P<entity_id>.+?)/attrs/?$": (f"{_ENTITY}/attrs",),
            r"^entities/(?P<entity_id>.+?)/attrs/(?P<name>.+)$": (f"{_ENTITY}/attrs/note",),
            **{f"^entityOperations/{act}/?$": (f"entityOperations/{act}",) for act in _BATCHES},
            r"^entityMaps?/(?P<uri>[^/]+)/?$": ("entityMaps/urn:ngsi-ld:EntityMap:1",),
            r"^types/?$": ("types", "types?details=true"),
            r"^types/(?P<name>.+)$": ("types/Counter",),
            r"^attributes/?$": ("attributes", "attributes?details=true"),
            r"^attributes/(?P<name>.+)$": ("attributes/note",),
            r"^temporal/entities/?$": (f"temporal/entities?type=Counter&{_SINCE}",),
            r"^temporal/entities/(?P<entity_id>.+)$": (f"temporal/{_ENTITY}?timeproperty=modifiedAt",),
            r"^temporal/entities/(?P<entity_id>.+?)/attrs/?$": (f"temporal/{_ENTITY}/attrs",),
            r"^temporal/entities/(?P<entity_id>.+?)/attrs/(?P<name>.+)$": (f"temporal/{_ENTITY}/attrs/note",),
            (
                r"^temporal/entities/(?P<entity_id>.+?)/attrs/"
                r"(?P<name>(?=[^/]*[^/:]/)[^/]+|.+(?=/urn:[^/]+$))/(?P<instance_id>.+)$"
            ): (f"temporal/{_ENTITY}/attrs/note/urn:ngsi-ld:Instance:1",),
            r"^temporal/entityOperations/query/?$": ("temporal/entityOperations/query",),
            r"^subscriptions/?$": ("subscriptions",),
            r"^subscriptions/(?P<uri>.+?)/?$": ("subscriptions/urn:ngsi-ld:Subscription:{kind}",),
            r"^csourceRegistrations/?$": ("csourceRegistrations?type=Counter",),
            r"^csourceRegistrations/(?P<uri>.+?)/?$": ("csourceRegistrations/urn:ngsi-ld:ContextSource:{kind}",),
            r"^csourceSubscriptions/?$": ("csourceSubscriptions",),
            r"^csourceSubscriptions/(?P<uri>.+?)/?$": ("csourceSubscriptions/urn:ngsi-ld:Subscription:{kind}",),
            r"^sourceNotifications/(?P<token>[^/]+)/?$": ("sourceNotifications/{kind}",),
            r"^jsonldContexts/?$": ("jsonldContexts", "jsonldContexts?details=true"),
            r"^jsonldContexts/(?P<local_id>.+)$": ("jsonldContexts/{kind}",),
            r"^info/sourceIdentity/?$": ("info/sourceIdentity",),
            r"^openapi\.json$": ("openapi.json",),
        }.items()
    },
    "sparql": ("/sparql", "/sparql?query=SELECT+*+WHERE+{{GRAPH+?g+{{?s+?p+?o}}}}"),
    "id/<path:entity_id>": ("/id/urn:ngsi-ld:Counter:{kind}",),
    "region": ("/region",),
    "notifications": ("/notifications",),
    "notifications/<int:number>/again": ("/notifications/900000001/again",),
    "api/places/area-types": ("/api/places/area-types",),
    "api/places/areas/<slug:area_type>": ("/api/places/areas/wijk", "/api/places/areas/sector?crs=EPSG:31370"),
    "api/places/areas/<slug:area_type>/<str:code>": ("/api/places/areas/wijk/{area}",),
    "api/places/at": ("/api/places/at?lon=3.65&lat=51.05",),
    "api/places/addresses": ("/api/places/addresses?text=zebrastraat", "/api/places/addresses?text=kerkstraat"),
    "data/openapi.json": ("/data/openapi.json", "/data/openapi.json?dataset=population-{kind}"),
    "data/<slug:slug>/rows": (
        "/data/population-{kind}/rows", "/data/source-{kind}/rows?format=html",
        "/data/population-{kind}/rows?format=html",
        "/data/population-{kind}/rows?group=sector&aggregate=count&facets=sector&count=true",
    ),
    "data/<slug:slug>/rows.<str:extension>": tuple(
        f"/data/population-{{kind}}/rows.{name}" for name in (*_FILES, "xlsx")
    ),
    "data/<slug:slug>/rows/<path:key>": ("/data/population-{kind}/rows/1-0", "/data/source-{kind}/rows/1-0"),
    "data/<slug:slug>/versions/<int:number>/rows": (f"{_MORE_VERSION}/rows", f"{_VERSION}/rows?limit=all"),
    "data/<slug:slug>/versions/<int:number>/rows.<str:extension>": tuple(
        f"{_MORE_VERSION}/rows.{name}" for name in _FILES
    ),
    "keys": ("/keys",),
    "keys/<uuid:key_id>": ("/keys/{key}",),
    "language": ("/language",),
    "jobs": ("/jobs",),
    "jobs/<int:job_id>/again": ("/jobs/{job}/again",),
}  # fmt: skip

REGISTER = frozenset(route for route in PATHS if route.startswith("register") or route == "access/inbox")
"""Everyone may know that closed data exists: its title and why it is closed stand there, and nothing that it holds."""

MACHINES = ("/api/", "/ngsi-ld/", "/sensorthings/")
"""Addresses for machines, which have no session: those who ask there have a key, or are nobody."""

BEFORE_ALL = ("/health/live", "/health/ready", "/metrics")
"""Answered before a host, a session or a city is asked for, so without a route."""

ACCOUNT_PATHS = tuple(
    f"/accounts/{rest}"
    for rest in (
        "login/", "logout/", "inactive/", "signup/", "reauthenticate/", "email/", "confirm-email/", "password/change/",
        "password/set/", "password/reset/", "login/code/confirm/", "confirm-email/abc/", "password/reset/key/done/",
        "password/reset/key/1-set-password/", "password/reset/done/", "2fa/", "2fa/authenticate/",
        "2fa/reauthenticate/",
        "2fa/totp/activate/", "2fa/totp/deactivate/", "2fa/recovery-codes/", "2fa/recovery-codes/generate/",
        "2fa/recovery-codes/download/", "2fa/webauthn/", "2fa/webauthn/add/", "2fa/webauthn/reauthenticate/",
        "2fa/webauthn/keys/1/remove/", "2fa/webauthn/keys/1/edit/", "2fa/webauthn/login/",
    )
)  # fmt: skip

POSTS: dict[str, dict[str, str]] = {
    "access/data/<slug:slug>/request": {"purpose": "To try."},
    "access/data/<slug:slug>/noisy": {"ask": "count:", "epsilon": "0.1"},
    "access/data/<slug:slug>/offer": {"takes_requests": "on"},
    "access/mine": {},
    "access/requests/<uuid:request_id>": {"act": "withdraw"},
    "access/agreements/<uuid:agreement_id>": {"act": "end", "reason": "Over."},
    "access/keys": {},
    "access/keys/<uuid:key_id>": {},
    "access/uploads": {},
    "access/uploads/<uuid:upload_id>": {"act": "publish"},
    "api/access/data/<slug:slug>/noisy": {},
    "data/<slug:slug>/versions/<int:number>/delete": {"reason": "No longer needed."},
    "data/<slug:slug>/questions": {"website": "as a machine fills it in"},  # anyone may ask: a person's is kept
    "data/showcase": {"website": "as a machine fills it in"},
    "desk/questions/<uuid:question_id>": {"public_text": "Is it so?", "answer": "It is."},
    "desk/showcases/<uuid:showcase_id>": {"show": "1"},
    "desk/<slug:slug>/run": {},
    "desk/<slug:slug>/replay": {},
    "harvest/<slug:slug>/run": {},
    "desk/<slug:slug>/rows/<uuid:row_id>": {"value-2": "3", "count": "3", "reason": "Counted again."},
    "api/3/action/<str:name>": {},
    "api/action/<str:name>": {},
    "sparql": {"query": "ASK {}"},
    "api/lorawan/<slug:slug>": {},
    "api/observations": {},
    "sensorthings/v1.1/<path:path>": {},
    **{route: {} for route in PATHS if route.startswith("ngsi-ld/")},
    "notifications/<int:number>/again": {},
    "sensors/new": {},
    "sensors/<slug:key>/change": {},
    "sensors/<slug:key>/active": {"active": "0"},
    "register/quality/target": {"theme": "mobility", "dimension": "validity", "per_cent": "90", "reason": "Wanted."},
    "register/uses/<uuid:showcase_id>/settle": {"note": "They shared it."},
    "register/datasets/<slug:slug>/status": {"status": "deprecated", "reason": "Old."},
    "register/datasets/<slug:slug>/withdraw": {"reason": "Not after all."},
    "register/datasets/<slug:slug>/hold": {"reason": "A case at court."},
    "register/datasets/<slug:slug>/target": {"dimension": "validity", "per_cent": "90", "reason": "Wanted."},
    "keys": {"name": "a key", "scopes": "data:read", "days": "3"},
    "keys/<uuid:key_id>": {"reason": "Lost."},
    "language": {"language": "en", "next": "/"},
    "jobs/<int:job_id>/again": {},
}

ASKED_BY_POST = {"api/3/action/<str:name>", "api/action/<str:name>", "sparql"}
"""Where POST only asks."""

EVERYONES = {"access/mine", "access/keys", "access/uploads"}
"""Forms that everyone who is signed in may send, about themselves."""

NOWHERE = {
    **{name: value.replace("-8000-", "-8001-") for name, value in ABSENT.items()},
    "kind": "nothing",
    "figure": "01890000-0000-7000-8000-000000000001",
    "row": "01890000-0000-7000-8000-000000000002",
    "key": "01890000-0000-7000-8000-000000000003",
    "job": "900000001",
    "area": "W-nothing",
}


def routes() -> list[str]:
    """Return every route of the program, those of rooms first."""
    return sorted(_walk(get_resolver(), ""), key=lambda route: (route.startswith(ACCOUNT), route))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, route)
        else:
            yield route


def addresses(*things: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (route, path) of every address of rooms, about each of the things with these names; none twice."""
    for route, templates in PATHS.items():
        for path in dict.fromkeys(template.format(**names) for template in templates for names in things):
            yield route, path


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser or a program, at the host of a city."""

    name: str
    client: Client

    @property
    def is_machine(self) -> bool:
        """Whether it brings an API key, which counts under /api/ only."""
        return "HTTP_AUTHORIZATION" in self.client.defaults

    def get(self, path: str) -> Answer:
        """Read an address."""
        return answer_of(self.client.get(path))

    def post(self, path: str, data: Any = None, **more: Any) -> Answer:
        """Send a form."""
        return answer_of(self.client.post(path, data or {}, **more))


def visitor(city: City, who: str, at: City | None = None, **options: Any) -> Visitor:
    """Let somebody of `city` (a role, `anonymous`, or the name of a key) visit it, or the host of another city."""
    headers = {"host": (at or city).host}
    if who in city.keys:
        headers["authorization"] = f"Bearer {city.keys[who]}"
    client = Client(headers=headers, raise_request_exception=False, **options)
    if who in city.people:
        client.force_login(User.objects.get(pk=city.people[who].id.removeprefix("person:")))
    return Visitor(f"{who} of {city.id} at {(at or city).id}", client)


@dataclass(frozen=True)
class Answer:
    """An answer with everything in it as text, headers included, whatever its format."""

    status: int
    text: str
    headers: dict[str, str]
    cookies: tuple[str, ...]

    def same_as(self, names: dict[str, str]) -> str:
        """Return the text without what was asked and without what differs every time, to be compared."""
        text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|"http_date": "[^"]*"|X-Request-ID: \w+', "", self.text)
        for name, value in sorted(names.items(), key=lambda pair: -len(pair[1])):
            text = text.replace(value, f"<{name}>")
        return re.sub(r"Content-Length: \d+", "", text)


def answer_of(response: HttpResponseBase) -> Answer:
    """Read an answer whole, Parquet too."""
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    kind = response.headers.get("Content-Type", "")
    if "parquet" in kind and response.status_code == 200:
        table = pq.read_table(io.BytesIO(body))
        text = f"{table.schema}{table.schema.metadata}{table.to_pylist()}"
    else:
        text = body.decode("utf-8", "replace")
    headers = dict(response.headers)
    told = "\n".join(f"{name}: {value}" for name, value in headers.items())
    return Answer(response.status_code, f"{told}\n\n{text}", headers, tuple(response.cookies))
