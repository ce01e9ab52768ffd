"""The how-to "use the API", followed: every question in it is asked, and each answer is what it says."""

import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import Request

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client

from spiegelstad.catalogue.public import Column
from spiegelstad.catalogue.testing import make_dataset, make_version

pytestmark = pytest.mark.django_db
GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "how-to" / "use-the-api.md").read_text(encoding="utf-8")
HOST = "http://localhost:8000"
COLUMNS = (
    Column("address", "VARCHAR", role="identifier"), Column("street", "VARCHAR"), Column("postcode", "VARCHAR"),
    Column("dwellings", "BIGINT", "C62"),
)  # fmt: skip


@pytest.fixture
def addresses(tenant: str) -> Client:
    """Publish some addresses as the demo city has them."""
    numbers = range(1, 1501)
    table = pa.table({
        "address": [f"AD{number:07}" for number in numbers], "street": ["Kerkstraat", "Molenweg"] * 750,
        "postcode": ["0500", "0500", "0510"] * 500, "dwellings": [number % 4 for number in numbers],
    })  # fmt: skip
    make_dataset(tenant, "addresses", COLUMNS)
    make_version(tenant, "addresses", table, columns=COLUMNS)
    return Client(headers={"host": "localhost:8000", "accept": "*/*"})


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)\n```", GUIDE, re.S)


def _body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_every_curl_of_the_guide_is_answered(addresses: Client) -> None:
    asked = [url for block in _blocks("bash") for url in re.findall(rf'{HOST}([^"\s]+)', block)]
    asked += re.findall(rf'read.csv\("{HOST}([^"]+)"\)', GUIDE)
    answers = {path: (found.status_code, _body(found)) for path in asked for found in [addresses.get(path)]}
    assert len(answers) >= 10 and all(body for _, body in answers.values())
    wrong = [path for path, (status, _) in answers.items() if status != 200]
    assert wrong == ["/data/addresses/rows?dwellings__ge=many"]
    first = json.loads(answers["/data/addresses/rows?postcode__eq=0500&dwellings__ge=2&limit=3"][1])
    told, problem = (json.loads(block) for block in _blocks("json"))
    assert told.keys() == first.keys() and len(first["rows"]) == 3
    assert json.loads(answers[wrong[0]][1]) == problem
    assert pq.read_table(BytesIO(answers["/data/addresses/rows.parquet"][1])).num_rows == 1500


def test_python_of_the_guide_reads_all_pages(addresses: Client, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(url: str | Request) -> BytesIO:
        assert isinstance(url, str) and url.startswith(HOST)
        return BytesIO(_body(addresses.get(url.removeprefix(HOST))))

    monkeypatch.setattr("urllib.request.urlopen", opened)
    exec(compile(_blocks("python")[0], "use-the-api.md", "exec"), {})  # the guide's own words
    assert capsys.readouterr().out == "1500 rows\n"


def test_guide_names_every_operator_and_parameter() -> None:
    from spiegelstad.catalogue.public import OPERATORS
    from spiegelstad.tabular.rules import PARAMETERS

    assert [name for name in OPERATORS if f"`{name}`" not in GUIDE] == []
    assert [name for name in PARAMETERS if f"`{name}" not in GUIDE and f"{name}=" not in GUIDE] == []
