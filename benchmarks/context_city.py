"""The city of the measurements of the live context: entities made by SQL, subscriptions, and requests as bytes."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

CITY = "bench-context"
VOCABULARY = "https://uri.etsi.org/ngsi-ld/default-context/"
LOCATION = "https://uri.etsi.org/ngsi-ld/location"
TEMPERATURE = f"{VOCABULARY}temperature"
KINDS = ("Sensor", "Lamp")  # of every second entity
_FILL = """
WITH made AS (
    SELECT n, 'urn:ngsi-ld:Sensor:' || lpad(n::text, 8, '0') AS id,
        ARRAY[%(vocabulary)s || (ARRAY['Sensor', 'Lamp'])[1 + n %% 2]] AS types,
        3.6 + (n::bigint * 7919 %% 10007) / 50035.0 AS lon, 51.0 + (n::bigint * 104729 %% 10009) / 100090.0 AS lat,
        jsonb_build_object('createdAt', %(at)s, 'modifiedAt', %(at)s) AS times
    FROM generate_series(0, %(entities)s - 1) AS n
), entities AS (
    INSERT INTO context_entity (tenant_id, id, types, scopes, attributes, name, lon, lat, box, created_at, modified_at,
        classification, department)
    SELECT %(tenant)s, id, types, '{}', jsonb_build_object(
            %(location)s, jsonb_build_object('', times || jsonb_build_object('type', 'GeoProperty', 'value',
                jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(lon, lat)))),
            %(temperature)s, jsonb_build_object('', times || jsonb_build_object('type', 'Property',
                'value', n %% 1000 / 10.0, 'unitCode', 'CEL', 'observedAt', %(at)s)),
            %(vocabulary)s || 'owner', jsonb_build_object('', times || jsonb_build_object('type', 'Relationship',
                'object', 'urn:ngsi-ld:Owner:' || n %% 97)),
            %(vocabulary)s || 'street', jsonb_build_object('', times || jsonb_build_object('type', 'Property',
                'value', 'Street ' || n %% 5000))),
        '', lon, lat, box(point(lon, lat), point(lon, lat)), %(at)s, %(at)s, 'public', ''
    FROM made
)
INSERT INTO context_temporalentity (tenant_id, id, types, scopes, created_at, modified_at, classification, department)
SELECT %(tenant)s, id, types, '{}', %(at)s, %(at)s, 'public', '' FROM made
"""


def id_of(number: int) -> str:
    """Return the id of an entity that `fill` made."""
    return f"urn:ngsi-ld:Sensor:{number:08}"


def fill(entities: int) -> str:
    """Make the city, its entities and their histories' heads; return a key that may write."""
    from django.db import connection

    from spiegelstad.accounts.testing import make_key, make_tenant

    make_tenant(CITY)
    names = {"tenant": CITY, "vocabulary": VOCABULARY, "location": LOCATION, "temperature": TEMPERATURE}
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM context_entity WHERE tenant_id = %s)", [CITY])
        if not cursor.fetchone()[0]:
            cursor.execute(_FILL, {**names, "entities": entities, "at": "2026-01-01T00:00:00.000000Z"})
        cursor.execute("VACUUM ANALYZE context_entity, context_temporalentity")
    return make_key(CITY, ["context:write"], days=7)[0]


def subscribe(number: int, uri: str, **members: Any) -> None:
    """Make subscriptions, by the system; `members` say of what."""
    from spiegelstad.accounts.public import Actor
    from spiegelstad.context.actions.subscriptions import create_subscription
    from spiegelstad.context.rules.terms import CORE

    for _ in range(number):
        given = {"type": "Subscription", **members, "notification": {"endpoint": {"uri": uri}}}
        create_subscription(by=Actor.system(CITY, "bench"), given=given, context=CORE, context_url=CORE.url)


def documents(first: int, number: int, value: float) -> list[dict[str, Any]]:
    """Return new entities as a client sends them, or new states of them."""
    at = stamp()
    return [
        {
            "id": f"urn:ngsi-ld:Meter:{one:08}",
            "type": "Meter",
            "temperature": {"type": "Property", "value": value + one, "unitCode": "CEL", "observedAt": at},
            "street": {"type": "Property", "value": f"Street {one % 5000}"},
            "owner": {"type": "Relationship", "object": f"urn:ngsi-ld:Owner:{one % 97}"},
            "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3.7, 51 + one / 1e6]}},
        }
        for one in range(first, first + number)
    ]


def stamp() -> str:
    """Return the time as documents have it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def request(method: str, path: str, key: str, body: Any = None) -> bytes:
    """Return a request below /ngsi-ld/v1/ as it goes over the wire."""
    raw = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} /ngsi-ld/v1/{path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {key}"]
    lines += [f"NGSILD-Tenant: {CITY}", f"Content-Length: {len(raw)}"]
    lines += ["Content-Type: application/json"] if raw else []
    return "\r\n".join([*lines, "", ""]).encode() + raw


def update_requests(ids: Sequence[str], number: int, value: float, key: str) -> list[bytes]:
    """Return requests that give one attribute of each of these a new value, in turn."""
    found = []
    for turn in range(number):
        body = {"value": value + turn / 1000, "observedAt": stamp()}
        found.append(request("PATCH", f"entities/{ids[turn % len(ids)]}/attrs/temperature", key, body))
    return found


def statements_folder() -> Path:
    """Return where the room keeps its SQL."""
    import spiegelstad.context

    return Path(spiegelstad.context.__file__).parent
