"""Builders of datasets and versions, for tests and the demo."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from spiegelstad.accounts.public import Actor
from spiegelstad.catalogue import actions, asking, models, showcasing, store
from spiegelstad.catalogue.formats.parquet import column_type
from spiegelstad.catalogue.records import Dataset, Version
from spiegelstad.catalogue.rules import Column, Coverage, DatasetIn, Lineage, Quality, RunInfo, SourceInfo
from spiegelstad.catalogue.vocabulary import Asked

LICENCE = "https://data.vlaanderen.be/id/licentie/modellicentie-gratis-hergebruik/v1.0"


def columns_of(table: pa.Table) -> tuple[Column, ...]:
    """Return the columns that describe a table, without units."""
    return tuple(Column(field.name, column_type(field.type)) for field in table.schema)


def make_dataset(
    tenant_id: str, slug: str = "bicycle-counts", columns: Sequence[Column] = (), **changes: Any
) -> Dataset:
    """Declare a public dataset of the department mobiliteit; `changes` are fields of `DatasetIn`."""
    fields: dict[str, Any] = {
        "slug": slug,
        "title": {"nl": f"Gegevens {slug}", "en": f"Data {slug}"},
        "description": {"nl": "Een dataset om te proberen.", "en": "A dataset to try things with."},
        "theme": "mobility",
        "department": "mobiliteit",
        "licence_uri": LICENCE,
        "source": SourceInfo("Tellers", "https://example.org/tellers", "Stad Voorbeeld"),
        "columns": tuple(columns) or (Column("place", "VARCHAR"), Column("count", "BIGINT", "C62")),
    }
    return actions.ensure_dataset(by=Actor.system(tenant_id, "testing"), dataset=DatasetIn(**{**fields, **changes}))


def make_version(
    tenant_id: str,
    slug: str = "bicycle-counts",
    table: pa.Table | None = None,
    *,
    columns: Sequence[Column] = (),
    run: RunInfo | None = None,
    inputs: Sequence[UUID] = (),
    quality: Quality | None = None,
    coverage: Coverage | None = None,
    activity: str = "ingest",
) -> Version:
    """Publish a table (default: two places with a count); the dataset must exist."""
    if table is None:
        table = pa.table({"place": ["Korenmarkt", "Coupure"], "count": [120, 340]})
    path = store.incoming_file()
    pq.write_table(table, path)
    return actions.publish_version(
        by=Actor.system(tenant_id, "testing"),
        slug=slug,
        parquet=path,
        columns=tuple(columns) or columns_of(table),
        lineage=Lineage(activity, run, tuple(inputs)),
        quality=quality,
        coverage=coverage,
    )


def make_question(tenant_id: str, slug: str, text: str, answer: str = "") -> UUID:
    """Let somebody ask about a dataset, and the steward answer in public when there is an `answer`; return its id."""
    by = Actor.system(tenant_id, "testing")
    asking.ask(by=by, slug=slug, kind=Asked.QUESTION, text=text, name="Roos Voorbeeld", email="roos@example.org")
    asked = models.Question.objects.filter(tenant_id=tenant_id, dataset__slug=slug).latest("asked_at").id
    if answer:
        asking.answer_question(by=by, question_id=asked, public_text=text, answer=answer)
    return asked


def make_showcase(tenant_id: str, slug: str, title: str) -> UUID:
    """Send in what was made of a dataset, and show it; return its id."""
    by = Actor.system(tenant_id, "testing")
    given = showcasing.ShowcaseIn(
        title=title, url="https://app.example/", description="Een kaart.", maker="Klas 5B", datasets=(slug,)
    )
    showcasing.send_showcase(by=by, showcase=given)
    sent = models.Showcase.objects.filter(tenant_id=tenant_id).latest("sent_at").id
    showcasing.decide_showcase(by=by, showcase_id=sent, is_shown=True)
    return sent
