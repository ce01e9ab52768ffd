"""Builders of closed datasets, offers and agreements, for tests and the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pyarrow as pa

from spiegelstad.accounts.public import Actor
from spiegelstad.broker import models, queries
from spiegelstad.broker.actions import keys, offering, requesting, uploading
from spiegelstad.broker.rules import noise, sheet
from spiegelstad.broker.rules.scope import Rows, Scope
from spiegelstad.catalogue.public import Dataset
from spiegelstad.catalogue.testing import columns_of, make_dataset, make_version

DISTRICTS = ("Dampoort", "Sluizeken", "Centrum", "Muide")
WORK = ("work", "school", "pension", "unemployed")


def people_table(count: int = 400) -> pa.Table:
    """Return rows of invented people: who, district, work, age and income; the same every time."""
    numbers = range(count)
    return pa.table(
        {
            "who": [f"p{number}" for number in numbers],
            "district": [DISTRICTS[number * 7 % 4] for number in numbers],
            "work": [WORK[0 if number % 5 < 3 else number // 5 % 4] for number in numbers],
            "age": [18 + number * 13 % 70 for number in numbers],
            "income": [float(1_000 + number * 37 % 3_000) for number in numbers],
        }
    )


def make_closed(
    tenant_id: str,
    slug: str = "incomes",
    table: pa.Table | None = None,
    classification: str = "confidential",
    **changes: Any,
) -> Dataset:
    """Make a dataset of the department mobiliteit that is not open, with a version."""
    table = people_table() if table is None else table
    dataset = make_dataset(
        tenant_id, slug, columns_of(table), classification=classification, classification_reason="Data of people.",
        processing="data-access" if classification == "personal" else "", **changes,
    )  # fmt: skip
    make_version(tenant_id, slug, table)
    return dataset


def make_upload(by: Actor, title: str = "Bomen in mijn straat") -> models.Upload:
    """Share two trees, handed in and waiting for a steward."""
    told = uploading.UploadIn(
        title, "Zelf geteld.", "green", "https://creativecommons.org/publicdomain/zero/1.0/", "bomen.csv",
        b"Soort;lon;lat\nEik;3,72;51,05\nLinde;3,73;51,04\n",
    )  # fmt: skip
    row = uploading.upload(by=by, given=told)
    return uploading.hand_in(by=by, upload_id=row.id, no_people=False)


def make_offer(by: Actor, slug: str = "incomes", **changes: Any) -> models.Offer:
    """Switch everything on for a closed dataset of `people_table`; `changes` are fields of `OfferIn`."""
    told: dict[str, Any] = {
        "takes_requests": True,
        "person_column": "who",
        "aggregates": sheet.Settings(("district", "work"), {"income": (0.0, 5_000.0)}, 10, 5, 50),
        "noisy": noise.Settings(
            ("district", "work"), {"income": (0.0, 5_000.0)}, {"district": DISTRICTS}, per_applicant=1.0, in_all=3.0
        ),
    }
    return offering.change_offer(by=by, slug=slug, offer=offering.OfferIn(**{**told, **changes}))


def make_offer_of(
    by: Actor, slug: str, *, person: str, columns: Sequence[str], sums: Mapping[str, tuple[float, float]],
    categories: Mapping[str, tuple[str, ...]],
) -> models.Offer:  # fmt: skip
    """Switch everything on for any closed dataset: `person` names the column that says whose a row is."""
    return make_offer(
        by,
        slug,
        person_column=person,
        aggregates=sheet.Settings(tuple(columns), sums),
        noisy=noise.Settings(tuple(categories), sums, categories),
    )


def make_request(  # noqa: PLR0917  called by keyword
    by: Actor, slug: str = "incomes", columns: Sequence[str] = ("district", "age"), rows: Rows | None = None,
    purpose: str = "Een studie over leeftijd in de wijken.", days: int = 90, legal_basis: str = "",
) -> models.Request:  # fmt: skip
    """Ask for two columns of a closed dataset, from today."""
    day = queries.today()
    scope = Scope(tuple(columns), rows or [])
    asked = requesting.RequestIn(scope, purpose, day, day + timedelta(days=days), legal_basis)
    return requesting.ask_access(by=by, slug=slug, asked=asked)


def make_agreement(by: Actor, steward: Actor, per_hour: int = 100, **asked: Any) -> tuple[models.Agreement, str]:
    """Ask, let the steward grant all of it, accept, and make a key; returns the agreement and the key."""
    request = make_request(by, **asked)
    granted = requesting.GrantIn(
        Scope(tuple(request.columns), request.rows), request.ends_on, "Alleen voor deze studie.", per_hour, 1_000
    )
    row = requesting.grant_request(by=steward, request_id=request.id, granted=granted, reason="Een goed doel.")
    requesting.accept_agreement(by=by, agreement_id=row.id)
    return row, keys.make_key(by=by, agreement_id=row.id)
