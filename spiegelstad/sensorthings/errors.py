"""What can be wrong with a SensorThings request."""

from spiegelstad.base.errors import Conflict, Forbidden, InvalidInput, NotFound, SpiegelstadError


class InvalidAddress(NotFound):
    """The address names nothing of the data model."""


class InvalidOption(InvalidInput):
    """A query option ($filter, $expand, …) cannot be understood, or asks for what there is not."""

    title = "The query option is not valid"


class InvalidEntity(InvalidInput):
    """The body is not the entity that the address asks for."""

    title = "The entity is not valid"


class NoSuchEntity(NotFound):
    """There is no such entity, or not for this actor."""


class AsksTooMuch(Forbidden):
    """The answer would be larger than one answer may be."""

    title = "The query asks too much"


class FedElsewhere(Conflict):
    """The datastream is one that the city's own sources define: it is not changed or deleted here."""


class NotServed(SpiegelstadError):
    """A part of the standard, or of OData, that is not offered here."""

    status = 501
    title = "Not offered here"


class UnknownContentType(SpiegelstadError):
    """The body is not JSON."""

    status = 415
    title = "The format is not known"
