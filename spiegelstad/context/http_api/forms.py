"""In what form a request wants its entities: `format`, `options`, `attrs`, `pick`, `omit`, `lang` and so on."""

from collections.abc import Iterable

from spiegelstad.base.clock import now
from spiegelstad.context.errors import BadRequestData, InvalidRequest
from spiegelstad.context.formats.form import Form, Representation
from spiegelstad.context.formats.instances import attribute_iri
from spiegelstad.context.formats.languages import ranges
from spiegelstad.context.http_api.media import GEO_JSON
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.rules import lexical
from spiegelstad.context.rules.documents import LOCATION, time_text
from spiegelstad.context.rules.projection import Projection, projection
from spiegelstad.context.rules.terms import Context

_REPRESENTATIONS: dict[str, Representation] = {
    "normalized": "normalized",
    "concise": "concise",
    "keyValues": "simplified",
    "simplified": "simplified",
}
_SYS_ATTRS = "sysAttrs"
FORM_OPTIONS = frozenset({*_REPRESENTATIONS, _SYS_ATTRS})
FORM_PARAMS = frozenset({"format", "options", "lang", "attrs", "pick", "omit", "datasetId", "geometryProperty"})


def form_of(request: NgsiRequest) -> Form:
    """Return the form that the parameters of a request ask for.

    InvalidRequest or BadRequestData says which parameter is wrong.
    """
    params = request.params
    if not params:
        return Form(now=time_text(now()))
    if "geometryProperty" in params and request.accept != GEO_JSON:
        raise BadRequestData("geometryProperty goes with Accept: application/geo+json only.")
    options = request.options(FORM_OPTIONS)
    return make_form(
        request.context,
        representation=representation_of(params.get("format", ""), options),
        sys_attrs=_SYS_ATTRS in options,
        language=params.get("lang", ""),
        attrs=request.listed("attrs") or None,
        pick=params.get("pick"),
        omit=params.get("omit"),
        dataset_ids=request.listed("datasetId") or None,
        geometry_property=params.get("geometryProperty", ""),
    )


def make_form(
    context: Context,
    *,
    representation: Representation = "normalized",
    sys_attrs: bool = False,
    language: str = "",
    attrs: Iterable[str] | None = None,
    pick: str | list[str] | None = None,
    omit: str | list[str] | None = None,
    dataset_ids: Iterable[str] | None = None,
    geometry_property: str = "",
) -> Form:
    """Return a form, from names as a client writes them (in parameters, a query's body or a subscription)."""
    if language:
        ranges(language)
    return Form(
        representation=representation,
        sys_attrs=sys_attrs,
        language=language,
        attrs=None if attrs is None else frozenset(_iris(attrs, context)),
        pick=_projection(pick, context),
        omit=_projection(omit, context),
        dataset_ids=None if dataset_ids is None else frozenset(_dataset(one) for one in dataset_ids),
        geometry_property=attribute_iri(geometry_property, context) if geometry_property else LOCATION,
        now=time_text(now()),
    )


def representation_of(form: str, options: Iterable[str] = ()) -> Representation:
    """Return the representation that `format`, or else one of the options, names (clause 6.3.7)."""
    if form:
        if form not in _REPRESENTATIONS:
            raise InvalidRequest(f"format={form!r} is not one of {', '.join(_REPRESENTATIONS)}.")
        return _REPRESENTATIONS[form]
    named = {_REPRESENTATIONS[option] for option in options if option in _REPRESENTATIONS}
    if len(named) > 1:
        raise InvalidRequest("options names more than one representation.")
    return next(iter(named), "normalized")


def _iris(names: Iterable[str], context: Context) -> list[str]:
    iris = [attribute_iri(name, context) for name in names]
    if not iris:
        raise BadRequestData("attrs names no attribute.")
    return iris


def _projection(given: str | list[str] | None, context: Context) -> Projection | None:
    return None if given is None else projection(given, context.expand)


def _dataset(given: str) -> str:
    return "" if given == "@none" else lexical.uri(given, "datasetId")
