"""Address import and search in the database."""

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from spiegelstad.governance.public import NotAllowed
from spiegelstad.places import public as places
from spiegelstad.places.testing import make_addresses

if TYPE_CHECKING:
    from tests.conftest import People

pytestmark = pytest.mark.django_db
ADDRESSES = [
    ("Veldstraat", "10", "9000"),
    ("Veldstraat", "12", "9000"),
    ("Veldstraat", "12A", "9000"),
    ("Veldstraat", "12", "9050"),
    ("Sint-Pietersnieuwstraat", "33", "9000"),
    ("Onze-Lieve-Vrouwstraat", "1", "9041"),
    ("Kortrijksesteenweg", "1144", "9051"),
    ("Beukelaarstraat", "4", "9050"),
    ("Korenmarkt", "7", "9000"),
    ("Korenlei", "24", "9000"),
]


@pytest.fixture
def city(tenant: str) -> str:
    make_addresses(tenant, ADDRESSES)
    return tenant


def first(people: "People", text: str) -> str:
    hits = places.search_addresses(people.nobody, text)
    return hits[0].label if hits else ""


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("Veldstraat 12", "Veldstraat 12, 9000 Gent"),
        ("veldstraat 12a", "Veldstraat 12A, 9000 Gent"),
        ("vledstraat 12", "Veldstraat 12, 9000 Gent"),
        ("Veldstrat 12, 9050", "Veldstraat 12, 9050 Gent"),
        ("veldst", "Veldstraat, 9000 Gent"),
        ("st pietersnieuwstr 33", "Sint-Pietersnieuwstraat 33, 9000 Gent"),
        ("sint pieters nieuwstraat 33 gent", "Sint-Pietersnieuwstraat 33, 9000 Gent"),
        ("OLV straat 1", "Onze-Lieve-Vrouwstraat 1, 9041 Gent"),
        ("Kortrijksestwg 1144", "Kortrijksesteenweg 1144, 9051 Gent"),
        ("beuckelaerstraat", "Beukelaarstraat, 9050 Gent"),
        ("gent korenmarkt", "Korenmarkt, 9000 Gent"),
        ("9000 Gent Korenmarkt 7", "Korenmarkt 7, 9000 Gent"),
        ("Korenmarkt 99", "Korenmarkt, 9000 Gent"),
        ("veldstraat 10 gent", "Veldstraat 10, 9000 Gent"),
        ("gent, onze lieve vrouwstraat 1", "Onze-Lieve-Vrouwstraat 1, 9041 Gent"),
        ("qqqqqq", ""),
        ("", ""),
    ],
)
def test_search_forgives(people: "People", city: str, typed: str, label: str) -> None:
    assert first(people, typed) == label


def test_search_gives_neighbouring_suffixes_and_keeps_to_the_limit(people: "People", city: str) -> None:
    hits = places.search_addresses(people.nobody, "veldstraat 12")
    assert [hit.label for hit in hits] == [
        "Veldstraat 12, 9000 Gent",
        "Veldstraat 12, 9050 Gent",
        "Veldstraat 12A, 9000 Gent",
    ]
    assert hits[0].score == hits[1].score == 1 > hits[2].score
    assert len(places.search_addresses(people.nobody, "veldstraat 12", limit=1)) == 1


def test_search_does_not_see_another_city(people: "People", city: str) -> None:
    assert places.search_addresses(people.foreigner, "Veldstraat 12") == []


def test_search_asks_two_queries(people: "People", city: str, django_assert_num_queries: "object") -> None:
    with django_assert_num_queries(2):  # type: ignore[operator]
        assert first(people, "veldstraat 12")


def test_addresses_import_repeated_changes_nothing_and_a_correction_one_row(city: str) -> None:
    assert make_addresses(city, ADDRESSES) == places.ImportResult(0, 0, 10)
    corrected = [*ADDRESSES[:-1], ("Korenlei", "25", "9000")]
    assert make_addresses(city, corrected) == places.ImportResult(0, 1, 9)


def test_addresses_complete_import_removes_the_rest_and_their_street(people: "People", city: str) -> None:
    table = pa.table(
        {
            "id": ["address-0"],
            "street": ["Veldstraat"],
            "house_number": ["10"],
            "postcode": ["9000"],
            "municipality": ["Gent"],
            "lon": [3.7],
            "lat": [51.05],
        }
    )
    result = places.import_addresses(by=people.steward, table=table, complete=True)
    assert result == places.ImportResult(0, 0, 1, 9)
    assert first(people, "korenmarkt") == ""
    assert first(people, "veldstraat") == "Veldstraat, 9000 Gent"


def test_addresses_import_is_refused_to_a_resident(people: "People") -> None:
    with pytest.raises(NotAllowed):
        places.import_addresses(by=people.resident, table=pa.table({"id": ["a"]}))


def test_addresses_import_names_everything_that_is_wrong(people: "People") -> None:
    table = pa.table(
        {
            "id": ["a", "a", None],
            "street": ["Veldstraat", "", "x" * 121],
            "house_number": ["1", "2", "3"],
            "postcode": ["9000", "9000", "9000"],
            "municipality": ["Gent", "Gent", "Gent"],
            "lon": [3.7, None, float("nan")],
            "lat": [51.0, 151.0, 51.0],
        }
    )
    with pytest.raises(places.InvalidAddresses) as caught:
        places.import_addresses(by=people.system, table=table)
    for words in ("1 rows have no id", "1 rows have no street", "street of more than", "2 rows have no usable lon",
                  "1 rows have no usable lat", "1 ids occur more than once"):  # fmt: skip
        assert words in caught.value.detail
    with pytest.raises(places.InvalidAddresses, match="Columns are missing: id"):
        places.import_addresses(by=people.system, table=pa.table({"street": ["a"]}))
