"""Getting, keeping and forgetting @contexts (clause 5.13), and making active ones of what a request gives."""

from typing import Any

from spiegelstad.accounts.public import Actor
from spiegelstad.context.errors import BadRequestData, LdContextNotAvailable
from spiegelstad.context.rules.terms import CORE, Context, InvalidContext, context_of
from spiegelstad.context.vocabulary import CORE_URL, is_core_url


def load_context(*, by: Actor, given: Any) -> Context:
    """Return the active @context of an address, an object, or a list of these.

    BadRequestData when it is not an @context; LdContextNotAvailable when a remote one cannot be got.
    """
    items = [item for item in (given if isinstance(given, list) else [given]) if not _is_core(item)]
    if not items:
        return CORE
    for item in items:
        if isinstance(item, str):
            raise LdContextNotAvailable(f"{item} cannot be got.")
        if not isinstance(item, dict):
            raise BadRequestData("The @context is neither an address nor an object, nor a list of these.")
    try:
        return context_of(items, [*items, CORE_URL], CORE_URL)
    except InvalidContext as error:
        raise BadRequestData(str(error)) from None


def _is_core(item: Any) -> bool:
    return isinstance(item, str) and is_core_url(item)
