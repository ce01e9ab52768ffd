"""The door of places: areas in time, points in areas, addresses, GeoJSON and coordinate systems."""

from spiegelstad.places.actions import (
    AreasChanged,
    InvalidAreas,
    UnknownAreaType,
    ensure_area_type,
    import_addresses,
    import_areas,
)
from spiegelstad.places.formats.addresses import InvalidAddresses
from spiegelstad.places.formats.crs import (
    UnknownCoordinateSystem,
    area_m2,
    coordinate_system,
    length_m,
    transform,
    transform_points,
)
from spiegelstad.places.formats.geojson import (
    GeoJSONTooLarge,
    InvalidGeoJSON,
    parse_features,
    read_features,
    write_features,
)
from spiegelstad.places.queries.addresses import search_addresses
from spiegelstad.places.queries.areas import (
    UnknownArea,
    area,
    area_types,
    areas,
    areas_at,
    areas_in_box,
    city_bbox,
    inside_city,
    locate,
)
from spiegelstad.places.queries.layers import Layer, areas_geojson, areas_layer
from spiegelstad.places.vocabulary import (
    MUNICIPALITY,
    AddressHit,
    Area,
    AreaIn,
    AreaType,
    CoordinateSystem,
    Feature,
    ImportResult,
)

__all__ = [
    "MUNICIPALITY",
    "AddressHit",
    "Area",
    "AreaIn",
    "AreaType",
    "AreasChanged",
    "CoordinateSystem",
    "Feature",
    "GeoJSONTooLarge",
    "ImportResult",
    "InvalidAddresses",
    "InvalidAreas",
    "InvalidGeoJSON",
    "Layer",
    "UnknownArea",
    "UnknownAreaType",
    "UnknownCoordinateSystem",
    "area",
    "area_m2",
    "area_types",
    "areas",
    "areas_at",
    "areas_geojson",
    "areas_in_box",
    "areas_layer",
    "city_bbox",
    "coordinate_system",
    "ensure_area_type",
    "import_addresses",
    "import_areas",
    "inside_city",
    "length_m",
    "locate",
    "parse_features",
    "read_features",
    "search_addresses",
    "transform",
    "transform_points",
    "write_features",
]
