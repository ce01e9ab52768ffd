"""Words of OGC SensorThings 1.1 (OGC 18-088): requirement classes, kinds of observations, encodings."""

REQUIREMENTS = "http://www.opengis.net/spec/iot_sensing/1.1/req"
CONFORMANCE = [
    f"{REQUIREMENTS}/{part}"
    for part in (
        "datamodel",
        "resource-path/resource-path-to-entities",
        "request-data",
        "create-update-delete/create-entity",
        "create-update-delete/link-to-existing-entities",
        "create-update-delete/deep-insert",
        "create-update-delete/deep-insert-status-code",
        "create-update-delete/update-entity",
        "create-update-delete/update-entity-put",
        "create-update-delete/delete-entity",
        "create-update-delete/historical-location-auto-creation",
        "create-update-delete/historical-location-manipulation",
        "data-array/data-array",
    )
]
RECEIVE_UPDATES = f"{REQUIREMENTS}/receive-updates-via-mqtt/receive-updates"
CREATE_BY_MQTT = f"{REQUIREMENTS}/create-observations-via-mqtt/observations-creation"
OBSERVATION_TYPES = "http://www.opengis.net/def/observationType/OGC-OM/2.0/"
MEASUREMENT = f"{OBSERVATION_TYPES}OM_Measurement"
TRUTH = f"{OBSERVATION_TYPES}OM_TruthObservation"
GEOJSON = "application/geo+json"
GEOJSON_ENCODINGS = frozenset({GEOJSON, "application/vnd.geo+json", "application/geojson"})
