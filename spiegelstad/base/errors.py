"""Errors that say what is wrong and what to do, and carry their HTTP status (RFC 9457).

Rooms subclass these with telling names (`BudgetExceeded`); one middleware turns any into problem JSON or a page.
"""

from typing import Any


class SpiegelstadError(Exception):
    """The root of all errors a user may see.

    `detail` says what is wrong here and now, `remedy` what to do about it; `extra` holds members for problem JSON.
    Both are shown to people, so they hold no secret, path or personal data. They are in English, as problem JSON is;
    pages show them in the reader's language (`base.messages` finds them and `title`, `error_texts` knows them again).
    """

    status = 500
    title = "Something went wrong"

    def __init__(self, detail: str, *, remedy: str = "", **extra: Any) -> None:
        super().__init__(f"{detail} {remedy}".strip())
        self.detail = detail
        self.remedy = remedy
        self.extra = extra

    @property
    def kind(self) -> str:
        """The class name in kebab case: the last part of the problem's `type`."""
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in type(self).__name__).strip("-")


class InvalidInput(SpiegelstadError):
    """The request cannot be understood as it is."""

    status = 400
    title = "The input is not valid"


class NotSignedIn(SpiegelstadError):
    """Nobody is known, and this needs somebody."""

    status = 401
    title = "Sign in first"


class Forbidden(SpiegelstadError):
    """The actor is known and may not do this; `detail` gives the reason."""

    status = 403
    title = "Not allowed"


class NotFound(SpiegelstadError):
    """It does not exist, or not for this actor: the two look the same from outside."""

    status = 404
    title = "Not found"


class NotAcceptable(SpiegelstadError):
    """None of the media types that the reader accepts can be given."""

    status = 406
    title = "Not in this format"


class Conflict(SpiegelstadError):
    """It cannot be done in the present state."""

    status = 409
    title = "This conflicts with what is there"


class TooLarge(SpiegelstadError):
    """Larger than the limit that `detail` names."""

    status = 413
    title = "Too large"


class TooMany(SpiegelstadError):
    """Too often; `retry_after_s` among the extras says when to come back."""

    status = 429
    title = "Too many requests"


class Unavailable(SpiegelstadError):
    """A part we need is away for now; trying again later is right."""

    status = 503
    title = "Not available for now"
