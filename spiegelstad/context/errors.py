"""The errors of NGSI-LD (clause 5.5.2) with their HTTP status (clause 6.3.2)."""

from typing import ClassVar

from spiegelstad.base.errors import Conflict, Forbidden, InvalidInput, NotFound, SpiegelstadError, TooLarge, Unavailable

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


class InvalidRequest(InvalidInput):
    """The request is syntactically wrong or holds something wrong."""

    type_uri: ClassVar[str] = f"{ERRORS}InvalidRequest"
    title = "The request is not valid"


class BadRequestData(InvalidInput):
    """The request holds data that do not keep the rules of the operation."""

    type_uri: ClassVar[str] = f"{ERRORS}BadRequestData"
    title = "The data of the request are not valid"


class AlreadyExists(Conflict):
    """The element exists already."""

    type_uri: ClassVar[str] = f"{ERRORS}AlreadyExists"
    title = "It exists already"


class SourceConflict(Conflict):
    """It contradicts what a context source registration says, or one that is there already."""

    type_uri: ClassVar[str] = f"{ERRORS}Conflict"
    title = "It conflicts with a context source"


class OperationNotSupported(SpiegelstadError):
    """The operation is not supported."""

    type_uri: ClassVar[str] = f"{ERRORS}OperationNotSupported"
    status = 422
    title = "This operation is not supported"


class ResourceNotFound(NotFound):
    """The element does not exist, or not for this actor."""

    type_uri: ClassVar[str] = f"{ERRORS}ResourceNotFound"


class NonexistentTenant(NotFound):
    """There is no such tenant, or it is not this city's."""

    type_uri: ClassVar[str] = f"{ERRORS}NonexistentTenant"
    title = "There is no such tenant"


class LdContextNotAvailable(Unavailable):
    """A remote @context cannot be got."""

    type_uri: ClassVar[str] = f"{ERRORS}LdContextNotAvailable"
    status = 504
    title = "A remote @context is not available"


class NoMultiTenantSupport(SpiegelstadError):
    """The operation cannot be done for a tenant."""

    type_uri: ClassVar[str] = f"{ERRORS}NoMultiTenantSupport"
    status = 501
    title = "Not for tenants"


class TooManyResults(Forbidden):
    """The query asks for more than can be given."""

    type_uri: ClassVar[str] = f"{ERRORS}TooManyResults"
    title = "Too many results"


class TooComplexQuery(Forbidden):
    """The query is too complex to be answered."""

    type_uri: ClassVar[str] = f"{ERRORS}TooComplexQuery"
    title = "The query is too complex"


class BodyTooLarge(TooLarge):
    """The body is larger than the limit."""

    type_uri: ClassVar[str] = f"{ERRORS}BadRequestData"


class InternalError(SpiegelstadError):
    """Something went wrong here."""

    type_uri: ClassVar[str] = f"{ERRORS}InternalError"


class LengthRequired(SpiegelstadError):
    """A body without Content-Length."""

    status = 411
    title = "Content-Length is missing"


class UnsupportedMediaType(SpiegelstadError):
    """A body of a media type that is not read here."""

    status = 415
    title = "This media type is not read here"


class NotAcceptable(SpiegelstadError):
    """None of the media types that the reader accepts can be given; `available` lists those that can."""

    type_uri: ClassVar[str] = f"{ERRORS}InvalidRequest"
    status = 406
    title = "Not in this media type"


class MethodNotAllowed(SpiegelstadError):
    """A method that this address does not have; `allow` lists those that it has."""

    type_uri: ClassVar[str] = f"{ERRORS}OperationNotSupported"
    status = 405
    title = "This cannot be done here"
