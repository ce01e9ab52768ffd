"""Words of the catalogue: themes, column types and roles, licences."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class Theme(StrEnum):
    """What a dataset or an indicator is about."""

    POPULATION = "population"
    INCOME = "income"
    HOUSING = "housing"
    MOBILITY = "mobility"
    AIR = "air"
    ENERGY = "energy"
    GREEN = "green"
    MONEY = "money"
    PLACES = "places"


THEME_NAMES = {
    Theme.POPULATION: _("Population"),
    Theme.INCOME: _("Income"),
    Theme.HOUSING: _("Housing"),
    Theme.MOBILITY: _("Mobility"),
    Theme.AIR: _("Air and noise"),
    Theme.ENERGY: _("Energy"),
    Theme.GREEN: _("Green"),
    Theme.MONEY: _("Money"),
    Theme.PLACES: _("Places"),
}


class Status(StrEnum):
    """The life cycle of a dataset, in order. A draft is for its stewards; an archived one keeps its versions, a
    destroyed one only its description."""

    DRAFT = "draft"
    PUBLISHED = "published"
    DEPRECATED = "deprecated"
    ARCHIVED = "archived"
    DESTROYED = "destroyed"


STATUS_NAMES = {
    Status.DRAFT: _("draft"),
    Status.PUBLISHED: _("published"),
    Status.DEPRECATED: _("deprecated"),
    Status.ARCHIVED: _("archived"),
    Status.DESTROYED: _("destroyed"),
}


class HvdCategory(StrEnum):
    """Categories of high-value datasets by the code in their URI (Implementing Regulation (EU) 2023/138)."""

    GEOSPATIAL = "c_ac64a52d"
    EARTH_OBSERVATION_AND_ENVIRONMENT = "c_dd313021"
    METEOROLOGICAL = "c_164e0bf5"
    STATISTICS = "c_e1da4e07"
    COMPANIES = "c_a9135398"
    MOBILITY = "c_b79e35eb"


class Frequency(StrEnum):
    """How often a dataset is renewed: codes of the EU's authority table `frequency`."""

    CONTINUOUS = "CONT"
    HOURLY = "HOURLY"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    ANNUAL = "ANNUAL"
    IRREGULAR = "IRREG"
    NEVER = "NEVER"


class Asked(StrEnum):
    """What somebody writes to a steward about a dataset."""

    QUESTION = "question"
    ERROR = "error"


class QuestionState(StrEnum):
    """Where a question stands: answered ones are public, closed ones never are."""

    WAITING = "waiting"
    ANSWERED = "answered"
    CLOSED = "closed"


class ShowcaseState(StrEnum):
    """Where something that was sent in stands."""

    WAITING = "waiting"
    SHOWN = "shown"
    REFUSED = "refused"


class ColumnType(StrEnum):
    """The types a column may have, by DuckDB's names. BLOB holds geometry as WKB in WGS84 (longitude, latitude)."""

    VARCHAR = "VARCHAR"
    BIGINT = "BIGINT"
    DOUBLE = "DOUBLE"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    TIMESTAMPTZ = "TIMESTAMP WITH TIME ZONE"
    BLOB = "BLOB"


TYPE_NAMES = {
    ColumnType.VARCHAR: _("text"),
    ColumnType.BIGINT: _("whole number"),
    ColumnType.DOUBLE: _("number"),
    ColumnType.BOOLEAN: _("yes or no"),
    ColumnType.DATE: _("date"),
    ColumnType.TIMESTAMPTZ: _("date and time"),
    ColumnType.BLOB: _("geometry"),
}

LICENCES = {
    "https://data.vlaanderen.be/id/licentie/modellicentie-gratis-hergebruik/v1.0": "Modellicentie Gratis Hergebruik",
    "https://data.vlaanderen.be/id/licentie/creative-commons-zero-verklaring/v1.0": "CC0",
    "https://creativecommons.org/publicdomain/zero/1.0/": "CC0 1.0",
    "https://creativecommons.org/licenses/by/4.0/": "CC BY 4.0",
    "https://opendatacommons.org/licenses/odbl/1-0/": "ODbL 1.0",
}
"""Names of licences by their URI; another URI is shown as it is."""
