"""Checks of the members of JSON objects that are no entities: subscriptions and registrations. Pure.

A check takes a value and the name it stands under, and raises BadRequestData when the value cannot stand there.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.rules import lexical

Check = Callable[[Any, str], None]


def wrong(what: str, rule: str) -> BadRequestData:
    """Return the error that says which rule a member breaks."""
    return BadRequestData(f"{what} is not right: {rule}.")


def check_members(given: Any, known: Mapping[str, Check], what: str) -> None:
    """Check an object that has these members and no others."""
    if not isinstance(given, dict):
        raise wrong(what, "it is an object")
    for name, value in given.items():
        if name not in known:
            raise BadRequestData(f"{what} has no member {name!r}.", remedy=f"Known are {', '.join(known)}.")
        known[name](value, name)


def text(value: Any, what: str) -> None:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise wrong(what, "it is a text that is not empty")


def any_text(value: Any, what: str) -> None:
    """A text."""
    if not isinstance(value, str):
        raise wrong(what, "it is a text")


def boolean(value: Any, what: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise wrong(what, "it is true or false")


def above_zero(value: Any, what: str) -> None:
    """A number above zero, and of seconds not more than some three hundred years: no later moment can be told."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e10:
        raise wrong(what, "it is a number above zero")


def uri(value: Any, what: str) -> None:
    """A URI."""
    lexical.uri(value, what)


def time(value: Any, what: str) -> None:
    """A moment."""
    lexical.time(value, what)


def one_of(*allowed: str) -> Check:
    """Return the check of a word out of several."""

    def check(value: Any, what: str) -> None:
        if value not in allowed:
            raise wrong(what, f"it is one of {', '.join(allowed)}")

    return check


def list_of(each: Check) -> Check:
    """Return the check of a list that is not empty."""

    def check(value: Any, what: str) -> None:
        if not isinstance(value, list) or not value:
            raise wrong(what, "it is a list that is not empty")
        for item in value:
            each(item, what)

    return check


def object_of(known: Mapping[str, Check], *required: str) -> Check:
    """Return the check of an object with these members, of which some have to be there."""

    def check(value: Any, what: str) -> None:
        check_members(value, known, what)
        for name in required:
            if name not in value:
                raise wrong(what, f"it has {name}")

    return check


def text_or_list(value: Any, what: str) -> None:
    """A text, or a list of them."""
    list_of(text)(value if isinstance(value, list) else [value], what)


def uri_or_list(value: Any, what: str) -> None:
    """A URI, or a list of them."""
    list_of(uri)(value if isinstance(value, list) else [value], what)


def dataset(value: Any, what: str) -> None:
    """A datasetId, or @none for the default instance."""
    if value != "@none":
        lexical.uri(value, what)


def pairs(value: Any, what: str) -> None:
    """A list of keys with their values, which may be empty."""
    if value != []:
        _PAIRS(value, what)


def without_name(address: SplitResult, what: str) -> None:
    """An address over HTTP that says nothing of who asks: requests never go to one that does."""
    if address.username is not None or address.password is not None:
        raise BadRequestData(
            f"There is a name or a password in {what}.", remedy="Send it in a header: as a key and value."
        )


_PAIRS = list_of(object_of({"key": text, "value": any_text}, "key", "value"))
