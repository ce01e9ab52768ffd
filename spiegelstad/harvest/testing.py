"""Builders of harvest sources and of small catalogues, for tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from spiegelstad.accounts.public import Actor
from spiegelstad.harvest import actions, models
from spiegelstad.harvest.definition import HarvestDefinition, canonical
from spiegelstad.harvest.vocabulary import RecordState

PREFIXES = (
    "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> . "
    "@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .\n"
)
LICENCE = "https://data.vlaanderen.be/id/licentie/modellicentie-gratis-hergebruik/v1.0"


def definition(
    slug: str = "buren", address: str = "https://data.buren.example/catalog", **changes: Any
) -> dict[str, Any]:
    """Return a harvest source of mobiliteit; `changes` replace keys, and None removes one."""
    whole: dict[str, Any] = {
        "harvest": slug,
        "title": {"nl": "Data van de buren", "en": "Data of the neighbours"},
        "kind": "dcat",
        "address": address,
        "department": "mobiliteit",
        "theme": "places",
    }
    return {key: value for key, value in {**whole, **changes}.items() if value is not None}


def write_definitions(folder: Path, *definitions: Mapping[str, Any]) -> Path:
    """Write these harvest sources below a city's folder, in the place of those that were there."""
    below = folder / "harvest"
    below.mkdir(parents=True, exist_ok=True)
    for old in below.glob("*.yaml"):
        old.unlink()
    for one in definitions:
        text = yaml.safe_dump(dict(one), sort_keys=False, allow_unicode=True)
        (below / f"{one['harvest']}.yaml").write_text(text, encoding="utf-8")
    return folder


def make_source(tenant_id: str, folder: Path, *definitions: Mapping[str, Any]) -> Actor:
    """Take over these harvest sources; return the actor who did. `folder` needs no city.yaml."""
    by = Actor.system(tenant_id, "testing")
    actions.sync_sources(by=by, folder=write_definitions(folder, *definitions))
    return by


def turtle(base: str, names: Iterable[str], more: str = "") -> bytes:
    """Return a small catalogue in Turtle: a dataset for each name, with one file; `more`: statements to add."""
    datasets = [
        f'<{base}/id/{name}> a dcat:Dataset ; dct:title "Set {name}"@nl ; dct:description "Over {name}."@nl ; '
        f'dct:publisher [ a foaf:Agent ; foaf:name "Stad Buren"@nl ] ; '
        f"dcat:theme <http://publications.europa.eu/resource/authority/data-theme/TRAN> ; "
        f"dcat:distribution [ a dcat:Distribution ; dcat:accessURL <{base}/files/{name}.csv> ; "
        f"dct:license <{LICENCE}> ; "
        f"dct:format <http://publications.europa.eu/resource/authority/file-type/CSV> ] ."
        for name in names
    ]
    return (PREFIXES + "\n".join(datasets) + more).encode()


def make_harvested(tenant_id: str, titles: Mapping[str, str]) -> None:
    """Make harvest sources with a record that waits in quarantine, without reading anything: slug → what is written."""
    for slug, title in titles.items():
        whole = HarvestDefinition.model_validate(definition(slug, title={"nl": title}))
        source = models.Source.objects.create(
            tenant_id=tenant_id, slug=slug, title={"nl": title}, kind=whole.kind.value, department=whole.department,
            definition=canonical(whole), definition_hash="0" * 64,
        )  # fmt: skip
        finding = {"property": "title", "wrong": "missing", "done": "quarantined", "value": title, "result": ""}
        models.Record.objects.create(
            tenant_id=tenant_id, source=source, key=f"https://data.buren.example/{title}", title=title,
            state=RecordState.QUARANTINED.value, findings=[finding],
        )  # fmt: skip
