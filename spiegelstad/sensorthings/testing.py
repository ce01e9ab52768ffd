"""A client of the binding and a weather station, for tests and benchmarks."""

from dataclasses import dataclass
from typing import Any

import orjson
from django.test import Client

ROOT = "/sensorthings/v1.1"


@dataclass
class Api:
    """Speaks to the binding of a city; `key` is empty for who is not known."""

    key: str
    host: str = "localhost"

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """Send a request and return the answer."""
        headers = {"Host": self.host, **({"Authorization": f"Bearer {self.key}"} if self.key else {})}
        address = path if path.startswith("http") else ROOT + path
        if method == "GET":
            return Client().get(address, params or None, headers=headers)
        return Client().generic(method, address, _json(body), content_type="application/json", headers=headers)

    def get(self, path: str, **params: Any) -> Any:
        """Return the JSON of a GET that succeeds; `filter=` stands for `$filter=`."""
        answer = self.call("GET", path, **{f"${name}": value for name, value in params.items()})
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, path: str, body: Any) -> Any:
        """Return the JSON of what a POST made."""
        answer = self.call("POST", path, body)
        assert answer.status_code == 201, answer.content
        return answer.json()


def _json(body: Any) -> bytes:
    return b"" if body is None else orjson.dumps(body)


PLACE: dict[str, Any] = {
    "name": "Korenmarkt",
    "description": "The square",
    "encodingType": "application/geo+json",
    "location": {"type": "Point", "coordinates": [3.7219, 51.0543]},
}
STREAM: dict[str, Any] = {
    "name": "Air temperature",
    "description": "Of the square",
    "unitOfMeasurement": {"name": "degree Celsius", "symbol": "°C", "definition": "ucum:Cel"},
    "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
    "Sensor": {
        "name": "DHT22",
        "description": "A thermometer",
        "encodingType": "application/pdf",
        "metadata": "https://example.org/dht22.pdf",
    },
    "ObservedProperty": {"name": "airTemperature", "definition": "http://example.org/temp", "description": "How warm"},
}
THING: dict[str, Any] = {
    "name": "Weather station",
    "description": "On the roof",
    "properties": {"owner": "City", "height": 12, "tags": ["a", "b"]},
    "Locations": [PLACE],
    "Datastreams": [STREAM],
}
