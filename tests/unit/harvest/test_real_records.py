"""The ten real records of Flemish catalogues, and other real DCAT: what is in them, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiegelstad.harvest.formats import dcat, rdf
from spiegelstad.harvest.formats.reading import Habits
from spiegelstad.harvest.rules import Harvested

LICENCE = "https://data.vlaanderen.be/id/licentie/modellicentie-gratis-hergebruik/v1.0"


def no_context(url: str) -> bytes:
    raise AssertionError(f"{url} was asked for")


def read(path: Path) -> list[Harvested]:
    graph = rdf.read(path.read_bytes(), "", "https://catalogus.example/doc", no_context)
    return dcat.records(graph, Habits())


def told(record: Harvested) -> set[tuple[str, str, str]]:
    return {(one.property, one.wrong.value, one.done.value) for one in record.findings}


def test_ten_real_records(shared_data: Path) -> None:
    """Every one is understood: seven datasets and three services, each with a way to its data."""
    paths = sorted((shared_data / "catalogue/dcat-ap-vl-records").glob("*.xml"))
    found = {path.stem.split(".")[0]: read(path) for path in paths}
    assert len(found) == 10 and all(len(records) == 1 for records in found.values())
    one = {name: records[0] for name, records in found.items()}
    assert sum(record.is_service for record in one.values()) == 3
    for record in one.values():
        assert record.description is not None and record.description.distributions and record.description.uri
        assert all(finding.wrong and finding.done for finding in record.findings)
    air = one["evolutie-fijn-stof-in-de-lucht-vlaanderen"]
    assert air.description is not None and air.description.title == {"nl": "Evolutie fijn stof in de lucht"}
    assert (air.description.publisher, air.description.licence_uri, len(air.description.distributions)) == (
        "Vlaamse Milieumaatschappij", LICENCE, 9,
    )  # fmt: skip
    assert told(air) == {("contactPoint.url", "not-an-address", "understood")}  # www.vmm.be, without its scheme
    assert air.description.contact.url == "https://www.vmm.be"


def test_licence_as_a_text_is_told_and_understood(shared_data: Path) -> None:
    [counter] = read(shared_data / "catalogue/dcat-ap-vl-records/fietstelpaal-visserij-gent.dcat-ap3.xml")
    [line] = [one for one in counter.findings if one.property == "licence"]
    assert (line.wrong, line.done, line.value, line.result) == (
        "literal", "understood", "Modellicentie Gratis Hergebruik", LICENCE,
    )  # fmt: skip
    assert counter.description is not None and counter.description.licence_uri == LICENCE
    assert {one.licence_uri for one in counter.description.distributions} == {LICENCE}
    assert ("description", "html", "tags-removed") in told(counter) and ("publisher", "empty", "left-out") in told(
        counter
    )
    assert "<" not in counter.description.description["nl"]


def test_closed_service_and_empty_values(shared_data: Path) -> None:
    folder = shared_data / "catalogue/dcat-ap-vl-records"
    [service] = read(folder / "mobilidata-vlaanderen-service.xml")
    assert service.description is not None and not service.description.is_public
    [empty] = read(folder / "vl.dataset.open.nongeo.xml")
    assert told(empty) >= {
        ("distribution.accessURL", "empty", "left-out"),
        ("distribution", "missing", "default-used"),
        ("publisher", "many", "first-kept"),
        ("theme", "empty", "left-out"),
        ("licence", "missing", "left-out"),
    }
    assert empty.description is not None and empty.description.distributions[0].access_url == "http://landing.page"


@pytest.mark.parametrize(
    ("name", "count", "usable"),
    [("lblod-decide-dcat-catalog.ttl", 18, 16), ("dcat-example-real-dataset.ttl", 1, 1),
     ("dcat-example-real-dataservice.ttl", 1, 0)],
)  # fmt: skip
def test_other_real_catalogues(shared_data: Path, name: str, count: int, usable: int) -> None:
    found = read(shared_data / "catalogue" / name)
    assert (len(found), sum(record.description is not None for record in found)) == (count, usable)
    for record in found:  # what cannot be used says why
        assert record.description or any(one.done == "quarantined" for one in record.findings)


def test_misspelt_property_is_told(shared_data: Path) -> None:
    [service] = read(shared_data / "catalogue/dcat-example-real-dataset.ttl")
    assert ("endpointUrl", "misspelt", "understood") in told(service)
