"""Name and place of a row."""

from typing import Any

import pytest

from spiegelstad.context.rules.placing import LOCATION, NAMES, NOWHERE, Place, name_of, place_of


def located(geometry: Any, dataset: str = "") -> Any:
    return {LOCATION: {dataset: {"type": "GeoProperty", "value": geometry}}}


@pytest.mark.parametrize(
    ("geometry", "place"),
    [
        ({"type": "Point", "coordinates": [3, 51.5]}, Place(3, 51.5, (3, 51.5, 3, 51.5))),
        ({"type": "LineString", "coordinates": [[3, 51], [4, 50]]}, Place(None, None, (3, 50, 4, 51))),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 2], [0, 0]]]}, Place(None, None, (0, 0, 1, 2))),
        (
            {
                "type": "GeometryCollection",
                "geometries": [{"type": "Point", "coordinates": [5, 6, 7]}, {"type": "Point", "coordinates": [1, 9]}],
            },
            Place(None, None, (1, 6, 5, 9)),
        ),
    ],
)
def test_place_is_the_box_round_the_location(geometry: Any, place: Place) -> None:
    assert place_of(located(geometry)) == place
    assert place_of(located(geometry, "urn:dataset:1")) == place


def test_entity_without_location_stands_nowhere() -> None:
    assert place_of({}) == NOWHERE
    assert place_of({LOCATION: {"": {"type": "Relationship", "object": "urn:x:1"}}}) == NOWHERE


@pytest.mark.parametrize(
    ("instance", "name"),
    [
        ({"type": "Property", "value": "Reep"}, "Reep"),
        ({"type": "Property", "value": 7}, ""),
        ({"type": "LanguageProperty", "languageMap": {"en": "Quay", "nl": "Kaai"}}, "Kaai"),
        ({"type": "LanguageProperty", "languageMap": {"fr": "Quai"}}, "Quai"),
    ],
)
def test_name_is_the_text_of_what_names_it(instance: Any, name: str) -> None:
    assert name_of({NAMES[1]: {"": instance}}) == name
    assert name_of({NAMES[1]: {"": instance}, NAMES[0]: {"": {"type": "Property", "value": "first"}}}) == "first"
