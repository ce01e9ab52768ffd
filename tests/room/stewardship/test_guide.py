"""The guide "Keep the data register" is followed: its YAML is taken in, its request is counted."""

import re
import shlex
from pathlib import Path

import yaml

from spiegelstad.catalogue.testing import make_dataset, make_version
from spiegelstad.ingest import public as ingest
from spiegelstad.ingest.testing import definition, write_city
from spiegelstad.stewardship import models
from spiegelstad.stewardship.uses import tally

HERE = {"host": "localhost"}
GUIDE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "keep-the-data-register.md"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


def test_what_the_guide_says_to_write_makes_an_entry_whole(tenant, client, tmp_path):
    whole, closed, privacy, own = (yaml.safe_load(block) for block in blocks("yaml"))
    folder = write_city(
        tmp_path, definition("trees", **whole), definition("helped", **whole, **closed), definition("new", draft=True),
        definition("youth", **whole, **{**closed, "processing": "youth-work"}),
    )  # fmt: skip
    (folder / "processing.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    city = yaml.safe_load((folder / "city.yaml").read_text(encoding="utf-8"))
    (folder / "city.yaml").write_text(yaml.safe_dump({**city, **privacy}), encoding="utf-8")
    ingest.set_up_city(folder)
    found = client.get("/register.json?kind=dataset", headers=HERE).json()["entries"]
    lacks = {one["key"]: one["missing"] for one in found}
    assert lacks == {"trees": "", "helped": "", "youth": ""}, "and a draft is not there"
    page = client.get("/register/processing", headers=HERE).content.decode()
    assert "Stad Voorbeeld" in page and "Jeugdwerking" in page


def test_request_of_the_guide_is_counted(tenant, client):
    tally.flush()
    make_dataset(tenant, "trees")
    make_version(tenant, "trees")
    words = shlex.split(blocks("sh")[0])
    name, _, purpose = words[words.index("-H") + 1].partition(": ")
    path = words[-1].removeprefix("https://stad.example").replace("versions/3", "versions/1")
    assert client.get(path, headers={**HERE, name: purpose}).status_code == 200
    tally.flush()
    use = models.Use.objects.get()
    assert (use.way, use.purpose, use.times) == ("download", "research", 1)
