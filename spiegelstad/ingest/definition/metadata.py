"""What a source says about its dataset for those who look for data (DCAT-AP)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from spiegelstad.catalogue.public import Frequency, HvdCategory
from spiegelstad.ingest.definition.columns import Part, address


class Contact(Part):
    """The service that answers questions; never a person."""

    name: str = Field(min_length=1, max_length=200, description="name of the service")
    email: str = Field("", pattern=r"^$|^[^@\s]+@[^@\s]+$", description="its e-mail address")
    url: Annotated[str, AfterValidator(address)] | Literal[""] = Field("", description="its page")


class Metadata(Part):
    """Keys of a source that describe its dataset; all may be left out."""

    keywords: dict[str, list[Annotated[str, Field(min_length=1, max_length=80)]]] = Field(
        default_factory=dict, description="words to find it by, by language"
    )
    hvd_category: HvdCategory | Literal[""] = Field(
        "", description="category of high-value datasets, by the code in its URI"
    )
    frequency: Frequency | Literal[""] = Field(
        "", description="how often it is renewed, by the EU's code (`DAILY`, `CONT` …)"
    )
    contact: Contact | None = Field(None, description="who answers questions about it")
    conforms_to: list[Annotated[str, AfterValidator(address)]] = Field(
        default_factory=list, max_length=20, description="URIs of the standards it keeps"
    )
    authoritative: bool = Field(False, description="it is the source that others follow")
    legal_basis: str = Field("", max_length=1_000, description="why the city may hold it")
    review_on: dt.date | None = Field(None, description="day on which its classification is looked at again")
    processing: str = Field("", description="its entry in the processing register; required for personal data")
    draft: bool = Field(False, description="a new dataset is only for its stewards until they publish it")
