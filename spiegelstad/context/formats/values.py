"""The values of attributes, one reader for each kind: what came in becomes what is stored (clauses 4.5.2 to 4.5.24).

Each reader returns `NULL` when the value is the NGSI-LD null in the form of its kind; whether that may be is for the
caller to say.
"""

from collections.abc import Callable, Mapping
from typing import Any

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.formats.purposes import Purpose
from spiegelstad.context.rules import geojson, lexical
from spiegelstad.context.rules.documents import NULL
from spiegelstad.context.rules.terms import Context

_PLAIN = (str, int, float, bool)

ValueReader = Callable[[Any, str, Context, Purpose], Any]


def read_any(given: Any, what: str, context: Context, purpose: Purpose) -> Any:
    """Return any JSON value; refuse null, and inside it the NGSI-LD null unless it is merged."""
    if not isinstance(given, _PLAIN):
        _refuse_nulls(given, what, deep_nulls=purpose.deep_nulls)
    return given


def _refuse_nulls(given: Any, what: str, *, deep_nulls: bool) -> None:
    """Walk a value. A JSON literal (`"@type": "@json"`) is not looked into: there null is a value."""
    if given is None:
        raise BadRequestData(
            f"{what} holds null, which NGSI-LD has no place for.",
            remedy='Leave the member out; delete with "urn:ngsi-ld:null"; or use a JsonProperty.',
        )
    if given == NULL and not deep_nulls:
        raise BadRequestData(f'{what} holds "{NULL}", which only a merge may hold there.')
    if isinstance(given, list):
        for one in given:  # a merge replaces lists as a whole, so nothing in them can be deleted
            _refuse_nulls(one, what, deep_nulls=False)
    elif isinstance(given, dict) and given.get("@type") != "@json":
        for one in given.values():
            _refuse_nulls(one, what, deep_nulls=deep_nulls)


def read_geometry(given: Any, what: str, context: Context, purpose: Purpose) -> Any:
    """Return a GeoJSON geometry."""
    return NULL if given == NULL else geojson.geometry(given, what)


def read_object(given: Any, what: str, context: Context, purpose: Purpose) -> Any:
    """Return the URI of a relationship's object, or a list of them."""
    if given == NULL:
        return NULL
    if isinstance(given, list) and given:
        return [lexical.uri(one, f"An object of {what}") for one in given]
    return lexical.uri(given, f"The object of {what}")


def read_language_map(given: Any, what: str, context: Context, purpose: Purpose) -> Any:
    """Return a map of language tag to text or texts."""
    if given in (NULL, {"@none": NULL}):
        return NULL
    if not isinstance(given, dict) or not given:
        raise BadRequestData(f'{what} has a languageMap that is not an object such as {{"nl": "…", "fr": "…"}}.')
    for tag, text in given.items():
        if not lexical.is_language(tag):
            raise BadRequestData(f"{lexical.shortly(tag)} in {what} is not a language tag.")
        if not _is_text(text) or (text == NULL and not purpose.deep_nulls):
            raise BadRequestData(f"{what} has no text for the language {tag}.")
    return given


def _is_text(given: Any) -> bool:
    return isinstance(given, str) or (
        isinstance(given, list) and bool(given) and all(isinstance(one, str) and one != NULL for one in given)
    )


def read_vocab(given: Any, what: str, context: Context, purpose: Purpose) -> Any:
    """Return the IRI of a word of a vocabulary, or a list of them."""
    if given == NULL:
        return NULL
    if not _is_text(given):
        raise BadRequestData(f"{what} has a vocab that is neither a text nor a list of texts.")
    return [context.expand(one) for one in given] if isinstance(given, list) else context.expand(given)


def read_json(given: Any, what: str, context: Context, purpose: Purpose) -> Any:
    """Return raw JSON: an object or a list, which is never expanded."""
    if given == NULL:
        return NULL
    if not isinstance(given, dict | list):
        raise BadRequestData(f"{what} has a json that is neither an object nor a list.")
    return given


def read_list(given: Any, what: str, context: Context, purpose: Purpose) -> Any:
    """Return an ordered list of values."""
    if given in (NULL, [NULL]):
        return NULL
    if not isinstance(given, list):
        raise BadRequestData(f"{what} has a valueList that is not a list.")
    return read_any(given, what, context, purpose)


def read_object_list(given: Any, what: str, context: Context, purpose: Purpose) -> Any:
    """Return an ordered list of URIs, from URIs or from objects `{"object": URI}`."""
    if given in (NULL, [NULL], [{"object": NULL}]):
        return NULL
    if not isinstance(given, list):
        raise BadRequestData(f"{what} has an objectList that is not a list.")
    return [lexical.uri(_object_of(one), f"An object of {what}") for one in given]


def _object_of(given: Any) -> Any:
    return given["object"] if isinstance(given, dict) and set(given) == {"object"} else given


READERS: Mapping[str, ValueReader] = {
    "Property": read_any,
    "GeoProperty": read_geometry,
    "Relationship": read_object,
    "LanguageProperty": read_language_map,
    "VocabProperty": read_vocab,
    "JsonProperty": read_json,
    "ListProperty": read_list,
    "ListRelationship": read_object_list,
}
