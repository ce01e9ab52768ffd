"""Names of the OGC standards: what we conform to, relations of links, media types, coordinate systems."""

from dataclasses import dataclass

from spiegelstad.places.public import CoordinateSystem

RECORDS = "catalogue"
"""The collection of records: every dataset of the catalogue is one."""

JSON, GEOJSON, HTML = "application/json", "application/geo+json", "text/html"
SCHEMA, TILE = "application/schema+json", "application/vnd.mapbox-vector-tile"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
PROBLEM = "application/problem+json"

_SPEC = "http://www.opengis.net/spec"
CONFORMANCE = (
    f"{_SPEC}/ogcapi-common-1/1.0/conf/core",
    f"{_SPEC}/ogcapi-common-2/1.0/conf/collections",
    *(f"{_SPEC}/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "oas30", "html", "geojson")),
    f"{_SPEC}/ogcapi-features-2/1.0/conf/crs",
    *(
        f"{_SPEC}/ogcapi-features-3/1.0/conf/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"{_SPEC}/cql2/1.0/conf/{name}"
        for name in (
            "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators", "case-insensitive-comparison",
            "accent-insensitive-comparison", "basic-spatial-functions", "basic-spatial-functions-plus",
            "spatial-functions", "temporal-functions", "property-property", "arithmetic",
        )
    ),
    *(f"{_SPEC}/ogcapi-records-1/1.0/conf/{name}" for name in ("record-core", "searchable-catalog", "json", "html")),
    *(
        f"{_SPEC}/ogcapi-tiles-1/1.0/conf/{name}"
        for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt", "oas30")
    ),
)  # fmt: skip

QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
TILESETS = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
TILING_SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
TILING_SCHEMES = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
WEB_MERCATOR_QUAD = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@dataclass(frozen=True, slots=True)
class Crs:
    """A coordinate system by its URI: `north_first` where its authority puts latitude before longitude.

    ETRS89 (4258) is taken to be WGS84, as Lambert 2008 is: they differ less than a metre.
    """

    uri: str
    system: CoordinateSystem
    north_first: bool = False
    decimals: int = 3


SYSTEMS = {
    crs.uri: crs
    for crs in (
        Crs(CRS84, CoordinateSystem.WGS84, decimals=9),
        Crs(f"{_EPSG}4326", CoordinateSystem.WGS84, north_first=True, decimals=9),
        Crs(f"{_EPSG}4258", CoordinateSystem.WGS84, north_first=True, decimals=9),
        Crs(f"{_EPSG}3857", CoordinateSystem.WEB_MERCATOR),
        Crs(f"{_EPSG}31370", CoordinateSystem.LAMBERT_72),
        Crs(f"{_EPSG}3812", CoordinateSystem.LAMBERT_2008),
    )
}
