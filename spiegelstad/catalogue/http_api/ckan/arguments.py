"""What is given to an action: from the address (text) or from a JSON body; and CKAN's own way to say what is wrong."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest

from spiegelstad.base.errors import SpiegelstadError

_MAX_BODY_BYTES = 100_000
_MAX_TEXT = 2_000
_TRUE, _FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off", ""}


class CkanError(SpiegelstadError):
    """An error as CKAN tells it: `type` is its `__type`, `fields` what is wrong with which argument."""

    type = ""
    fields: Mapping[str, list[str]] = {}


class NotValid(CkanError):
    """An argument is missing or wrong."""

    status = 409
    type = "Validation Error"

    def __init__(self, argument: str, problem: str) -> None:
        super().__init__("")
        self.fields = {argument: [problem]}


class NotAuthorized(CkanError):
    """This is not offered, or not to this actor."""

    status = 403
    type = "Authorization Error"


class BadSearch(CkanError):
    """A search cannot be understood."""

    status = 400
    type = "Search Query Error"


class NotUnderstood(SpiegelstadError):
    """The request is none that CKAN understands: it answers these in plain text."""

    status = 400


class Arguments:
    """The arguments of one call."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def all(self) -> Mapping[str, Any]:
        """Return every argument as it was given."""
        return self._values

    def text(self, name: str, usual: str = "") -> str:
        """Return a text."""
        value = self._values.get(name)
        if value is None:
            return usual
        if not isinstance(value, str | int | float) or len(str(value)) > _MAX_TEXT or "\0" in str(value):
            raise NotValid(name, "Must be a short text")
        return str(value)

    def required(self, *names: str) -> str:
        """Return the first of these that is given; it must be one."""
        found = next((text for name in names if (text := self.text(name))), "")
        if not found:
            raise NotValid(names[0], "Missing value")
        return found

    def number(self, name: str, usual: int, most: int) -> int:
        """Return a whole number from 0; one above `most` becomes `most`."""
        value = self._values.get(name)
        if value is None or value == "":
            return usual
        text = str(value)
        if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 10):
            raise NotValid(name, "Must be a natural number")
        return min(int(text), most)

    def flag(self, name: str, usual: bool) -> bool:
        """Return whether something is wanted."""
        value = self._values.get(name)
        if value is None or isinstance(value, bool):
            return usual if value is None else value
        if str(value).lower() in _TRUE | _FALSE:
            return str(value).lower() in _TRUE
        raise NotValid(name, "Must be true or false")

    def structure(self, name: str) -> Any:
        """Return a list or an object; in an address it stands there as JSON."""
        value = self._values.get(name)
        if not isinstance(value, str) or not value.startswith(("[", "{")):
            return value
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            raise NotValid(name, "Cannot be read as JSON") from None

    def names(self, name: str) -> list[str]:
        """Return a list of names: a JSON list, or text with commas."""
        value = self.structure(name)
        if value in (None, ""):
            return []
        found = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
        if not isinstance(found, list) or len(found) > 100 or not all(isinstance(part, str) for part in found):
            raise NotValid(name, "Must be a list of names")
        return found


def read(request: HttpRequest) -> Arguments:
    """Read the arguments of a request; NotUnderstood when the body is no JSON object."""
    if request.method == "GET":
        return Arguments({name: request.GET[name] for name in request.GET})
    if int(request.META.get("CONTENT_LENGTH") or 0) > _MAX_BODY_BYTES:
        raise NotUnderstood(f"Bad request - the body is larger than {_MAX_BODY_BYTES} bytes")
    try:
        found = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise NotUnderstood(f"Bad request - JSON Error: {error}") from None
    if not isinstance(found, dict):
        raise NotUnderstood("Bad request - JSON Error: Request data JSON decoded to something that is not an object")
    return Arguments(found)
