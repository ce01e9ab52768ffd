"""The sources of the demo city and of Ghent describe their data as DCAT-AP wants; the demo's contacts are invented."""

from pathlib import Path

import pytest

from spiegelstad.ingest.definition.folder import read_definitions

ROOT = Path(__file__).resolve().parents[3] / "sources"


@pytest.mark.parametrize("city", ["demo", "gent"])
def test_sources_are_described(city: str) -> None:
    sources = [file.definition for file in read_definitions(ROOT / city).sources]
    assert len(sources) >= 20
    for source in sources:
        assert set(source.keywords) == {"nl", "en"}, source.source
        assert source.frequency, source.source
        assert source.legal_basis, source.source
        assert source.contact is not None, source.source
        if city == "demo":
            assert "(verzonnen)" in source.contact.name, source.source
            assert source.contact.email.endswith("@spiegelstad.example"), source.source
        if source.classification != "public":
            assert source.review_on is not None, source.source
