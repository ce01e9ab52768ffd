"""Words of harvest: kinds of catalogues, what can be wrong in a record and what was done about it."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from spiegelstad.ingest.public import RunState


class Kind(StrEnum):
    """How another catalogue speaks."""

    DCAT = "dcat"
    CKAN = "ckan"
    OPENDATASOFT = "opendatasoft"
    OGC = "ogc"


KIND_NAMES = {
    Kind.DCAT: "DCAT",
    Kind.CKAN: "CKAN",
    Kind.OPENDATASOFT: "Opendatasoft",
    Kind.OGC: "OGC API",
}


STATE_WORDS = {
    RunState.RUNNING: (_("running"), "info"),
    RunState.SUCCEEDED: (_("succeeded"), "good"),
    RunState.UNCHANGED: (_("nothing new"), "good"),
    RunState.FAILED: (_("failed"), "bad"),
    RunState.INTERRUPTED: (_("broken off"), "warning"),
}


class Trigger(StrEnum):
    """What started a run."""

    COMMAND = "command"
    SCHEDULE = "schedule"
    PAGE = "page"


TRIGGER_WORDS = {
    Trigger.COMMAND: _("by command"),
    Trigger.SCHEDULE: _("by schedule"),
    Trigger.PAGE: _("by a steward"),
}


class RecordState(StrEnum):
    """What became of a record: it is a dataset here, it waits for its publisher, or the source has it no more."""

    TAKEN = "taken"
    QUARANTINED = "quarantined"
    GONE = "gone"


class Wrong(StrEnum):
    """What is wrong with a property of a record."""

    MISSING = "missing"
    EMPTY = "empty"
    LITERAL = "literal"
    NOT_AN_ADDRESS = "not-an-address"
    NOT_A_MAIL_ADDRESS = "not-a-mail-address"
    NO_LANGUAGE = "no-language"
    UNKNOWN_VALUE = "unknown-value"
    NOT_A_DATE = "not-a-date"
    DATE_AS_TEXT = "date-as-text"
    NOT_A_NUMBER = "not-a-number"
    HTML = "html"
    TOO_LONG = "too-long"
    MANY = "many"
    MISSPELT = "misspelt"
    TWICE = "twice"
    PERSON = "person"
    SERVICE = "service"
    NOT_PUBLIC = "not-public"
    OWN = "own"
    ELSEWHERE = "elsewhere"
    SLUG_IN_USE = "slug-in-use"
    REFUSED = "refused"


WRONG_WORDS = {
    Wrong.MISSING: _("is missing"),
    Wrong.EMPTY: _("is there, but empty"),
    Wrong.LITERAL: _("is a text where an address (IRI) belongs"),
    Wrong.NOT_AN_ADDRESS: _("is not a web address"),
    Wrong.NOT_A_MAIL_ADDRESS: _("is not a mail address as mailto:…"),
    Wrong.NO_LANGUAGE: _("does not say its language"),
    Wrong.UNKNOWN_VALUE: _("is not a value that we know"),
    Wrong.NOT_A_DATE: _("is not a date"),
    Wrong.DATE_AS_TEXT: _("is a date without its type"),
    Wrong.NOT_A_NUMBER: _("is not a number"),
    Wrong.HTML: _("holds HTML"),
    Wrong.TOO_LONG: _("is too long"),
    Wrong.MANY: _("stands there more than once, where one is expected"),
    Wrong.MISSPELT: _("is the wrong name of the property"),
    Wrong.TWICE: _("the record stands there more than once"),
    Wrong.PERSON: _("names a person instead of a service"),
    Wrong.SERVICE: _("is a data service without a dataset"),
    Wrong.NOT_PUBLIC: _("says that the data is not for everyone"),
    Wrong.OWN: _("is a dataset of this city itself"),
    Wrong.ELSEWHERE: _("is already read from another source"),
    Wrong.SLUG_IN_USE: _("would take the place of another dataset"),
    Wrong.REFUSED: _("is refused by the catalogue"),
}


class Done(StrEnum):
    """What was done about it."""

    UNDERSTOOD = "understood"
    DEFAULT_USED = "default-used"
    TAGS_REMOVED = "tags-removed"
    FIRST_KEPT = "first-kept"
    CUT = "cut"
    LEFT_OUT = "left-out"
    TAKEN_AS_DATASET = "taken-as-dataset"
    CLOSED = "closed"
    QUARANTINED = "quarantined"


DONE_WORDS = {
    Done.UNDERSTOOD: _("understood as"),
    Done.DEFAULT_USED: _("used instead:"),
    Done.TAGS_REMOVED: _("kept the text without the tags"),
    Done.FIRST_KEPT: _("kept one:"),
    Done.CUT: _("cut off at"),
    Done.LEFT_OUT: _("left out"),
    Done.TAKEN_AS_DATASET: _("taken as a dataset with the service as its access"),
    Done.CLOSED: _("shown to staff only"),
    Done.QUARANTINED: _("the record is not taken over"),
}


class AfterMissing(StrEnum):
    """What becomes of a dataset that the source has no more."""

    DEPRECATED = "deprecated"
    ARCHIVED = "archived"


GONE_REASON = _("The catalogue “{source}” has not had this dataset for {count} runs in a row.")
STATUS_REASON = _("Its publisher says that this dataset is on its way out.")
BACK_REASON = _("The source has this dataset again.")
CLOSED_REASON = _("The publisher says that this data is not for everyone.")
