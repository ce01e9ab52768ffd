"""`/sensorthings/v1.1`: one view for the whole binding, which reads the address and calls one act or query."""

from typing import Any
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.http import HttpResponse

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.busy import says_when_busy
from spiegelstad.base.clock import now
from spiegelstad.sensorthings import http_writing as writing
from spiegelstad.sensorthings.errors import InvalidAddress, InvalidOption, NotServed
from spiegelstad.sensorthings.formats.rendering import data_array
from spiegelstad.sensorthings.http_requests import allowing, answer, root_of
from spiegelstad.sensorthings.queries.reading import Answer, Reader, next_link
from spiegelstad.sensorthings.queries.scope import Scope, guarded
from spiegelstad.sensorthings.rules.addresses import Address, read_address
from spiegelstad.sensorthings.rules.expressions import ID
from spiegelstad.sensorthings.rules.model import SETS
from spiegelstad.sensorthings.rules.options import OF_SETS, SELF, Options, read_options
from spiegelstad.sensorthings.vocabulary import CONFORMANCE, CREATE_BY_MQTT, RECEIVE_UPDATES


@says_when_busy
def service(request: CityRequest, path: str = "") -> HttpResponse:
    """Answer any address under the service root."""
    path = path.strip("/")
    if not path:
        return allowing(request, {"GET": lambda: _service_root(request)})
    if path == "CreateObservations":
        return allowing(request, {"POST": lambda: writing.create_observations(request)})
    if path == "$batch":
        raise NotServed("Requests in a batch are not offered here.", remedy="Send each by itself.")
    address = read_address(path)
    methods = {"GET": lambda: _read(request, address)}
    if not address.asked and not address.ending:
        methods |= writing.methods(request, address)
    return allowing(request, methods)


def _service_root(request: CityRequest) -> HttpResponse:
    root = root_of(request)
    sets = [{"name": name, "url": f"{root}/{name}"} for name in SETS]
    extensions = _over_mqtt(request.tenant.id)
    conformance = [*CONFORMANCE, *extensions]
    return answer(request, {"value": sets, "serverSettings": {"conformance": conformance, **extensions}})


def _over_mqtt(tenant_id: str) -> dict[str, Any]:
    """Return what a city does over MQTT, and at which broker."""
    address = settings.PUBLISH_MQTT.get(tenant_id, "")
    classes = [RECEIVE_UPDATES] if address else []
    classes += [CREATE_BY_MQTT] if address and tenant_id in settings.PUBLISH_MQTT_KEYS else []
    url = urlsplit(address)
    return {one: {"endpoints": [f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}"]} for one in classes}


def _read(request: CityRequest, address: Address) -> HttpResponse:
    given = dict(request.GET.lists())
    options = read_options(given, address.type)
    if not address.is_set and (wrong := sorted(OF_SETS & set(options.raw))):
        raise InvalidOption(f"{wrong[0]} is asked of a set, and this is one entity.")
    scope = Scope(request.actor, now())
    if _is_cheap(address, options):
        return _answer_of(request, address, options, scope)
    with guarded():
        return _answer_of(request, address, options, scope)


def _is_cheap(address: Address, options: Options) -> bool:
    """Whether an index gives the answer, however much there is: such a read needs no guard, which is a round trip."""
    if options.filter or options.order or options.expand or options.count or options.skip:
        return False
    return address.ending != "$count" and not any(step.type.name == "FeatureOfInterest" for step in address.steps[:-1])


def _answer_of(request: CityRequest, address: Address, options: Options, scope: Scope) -> HttpResponse:
    reader = Reader(scope, root_of(request))
    if address.ending == "$ref":
        options = Options(**{**_fields(options), "select": frozenset({SELF}), "expand": {}})
    if address.ending == "$count":
        return HttpResponse(str(reader.count(address, options)), content_type="text/plain")
    if address.is_set:
        return answer(request, _page(request, reader.page(address, options), options))
    if address.asked:
        return _property(request, reader, address)
    return answer(request, reader.one(address, options)[1])


def _fields(options: Options) -> dict[str, Any]:
    return {name: getattr(options, name) for name in Options.__dataclass_fields__}


def _page(request: CityRequest, found: Answer, options: Options) -> dict[str, Any]:
    body: dict[str, Any] = {} if found.count is None else {"@iot.count": found.count}
    if found.more and options.top:
        body["@iot.nextLink"] = next_link(request.build_absolute_uri(request.path), options)
    documents = [item for _, item in found.items]
    body["value"] = data_array(root_of(request), found.items, options) if options.data_array else documents
    return body


def _property(request: CityRequest, reader: Reader, address: Address) -> HttpResponse:
    name = ID if address.asked == "id" else address.asked
    _, found = reader.one(address, Options(top=1, select=frozenset({name})))
    value = found[name]
    for step in address.inside:
        value = _inside(value, step)
    if value is None:
        return HttpResponse(status=204)
    if address.ending == "$value":
        return _raw(value)
    return answer(request, {address.inside[-1] if address.inside else address.asked: value})


def _inside(value: Any, step: str) -> Any:
    held = orjson.loads(orjson.dumps(value))
    if not isinstance(held, dict) or step not in held:
        raise InvalidAddress(f"There is no {step[:40]!r} in it.")
    return held[step]


def _raw(value: Any) -> HttpResponse:
    held = orjson.loads(orjson.dumps(value))
    if isinstance(held, dict | list):
        return HttpResponse(orjson.dumps(held), content_type="application/json")
    text = held if isinstance(held, str) else orjson.dumps(held).decode()
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
