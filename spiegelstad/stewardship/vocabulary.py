"""Words of stewardship: what stands in the register, dimensions of quality, purposes of use."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class EntryKind(StrEnum):
    """What stands in the data register."""

    DATASET = "dataset"
    SOURCE = "source"
    ENTITY_TYPE = "entity-type"
    SENSOR_TYPE = "sensor-type"


ENTRY_KINDS = {
    EntryKind.DATASET: _("dataset"),
    EntryKind.SOURCE: _("source"),
    EntryKind.ENTITY_TYPE: _("type of things"),
    EntryKind.SENSOR_TYPE: _("kind of sensor"),
}


class Origin(StrEnum):
    """Whether data is the original that others follow."""

    AUTHORITATIVE = "authoritative"
    COPY = "copy"
    DERIVED = "derived"
    UNKNOWN = ""


ORIGINS = {
    Origin.AUTHORITATIVE: _("authoritative: others follow it"),
    Origin.COPY: _("a copy of its source"),
    Origin.DERIVED: _("derived from other data"),
    Origin.UNKNOWN: _("not told"),
}

FIELDS = {
    "title": _("Title"),
    "department": _("Owner"),
    "steward": _("Steward"),
    "classification": _("Access"),
    "reason": _("Why it is not open"),
    "review_on": _("Looked at again on"),
    "legal_basis": _("Legal basis"),
    "retention": _("Kept for"),
    "origin": _("Authoritative or derived"),
    "systems": _("Comes from"),
    "frequency": _("Renewed"),
    "licence": _("Licence"),
    "processing": _("Processing register"),
}
"""Fields of an entry by name, as people read them."""


class Dimension(StrEnum):
    """What good data is (the first five as in ISO/IEC 25012), each measured as a share from 0 to 1."""

    COMPLETENESS = "completeness"
    VALIDITY = "validity"
    UNIQUENESS = "uniqueness"
    TIMELINESS = "timeliness"
    CONSISTENCY = "consistency"


DIMENSIONS = {
    Dimension.COMPLETENESS: _("completeness"),
    Dimension.VALIDITY: _("validity"),
    Dimension.UNIQUENESS: _("uniqueness"),
    Dimension.TIMELINESS: _("timeliness"),
    Dimension.CONSISTENCY: _("consistency"),
}

MEANINGS = {
    Dimension.COMPLETENESS: _("What must be filled in is filled in."),
    Dimension.VALIDITY: _("Values have the right type and form and lie within their limits."),
    Dimension.UNIQUENESS: _("Nothing stands there twice."),
    Dimension.TIMELINESS: _("The data is renewed as often as its steward promised."),
    Dimension.CONSISTENCY: _("Values agree with other data, such as areas and the bounds of the city."),
}

NEXT_STEPS = {
    Dimension.COMPLETENESS: _("Fill in what is missing at the source, or correct the rows at the desk."),
    Dimension.VALIDITY: _("Look at the rows in quarantine at the desk, and at the rule that most of them fail."),
    Dimension.UNIQUENESS: _("Remove the doubles at the source."),
    Dimension.TIMELINESS: _("Ask the publisher for newer data, or promise another frequency."),
    Dimension.CONSISTENCY: _("Compare the codes with the areas of the city, and the places with its bounds."),
}


class Way(StrEnum):
    """How data of a dataset was asked for."""

    PAGE = "page"
    DOWNLOAD = "download"
    API = "api"


WAYS = {Way.PAGE: _("page"), Way.DOWNLOAD: _("download"), Way.API: _("by a program")}


class Purpose(StrEnum):
    """What a reader says the data is for; a short list, so that nobody can be told apart by it."""

    CITY = "city"
    RESEARCH = "research"
    EDUCATION = "education"
    JOURNALISM = "journalism"
    BUSINESS = "business"
    APP = "app"
    PERSONAL = "personal"
    NOT_TOLD = "not-told"


PURPOSES = {
    Purpose.CITY: _("work of the city"),
    Purpose.RESEARCH: _("research"),
    Purpose.EDUCATION: _("education"),
    Purpose.JOURNALISM: _("journalism"),
    Purpose.BUSINESS: _("business"),
    Purpose.APP: _("an app or website"),
    Purpose.PERSONAL: _("own interest"),
    Purpose.NOT_TOLD: _("not told"),
}

SHARE_BACK = frozenset({"https://opendatacommons.org/licenses/odbl/1-0/"})
"""Licences by which whoever improves the data shares it under the same licence (ODbL 1.0, section 4.4)."""
