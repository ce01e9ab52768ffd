"""The forms of the broker: asking, deciding, offering, and questions to protected data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from spiegelstad.base.error_texts import said_or_english
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.broker import models
from spiegelstad.broker.actions.offering import OfferIn
from spiegelstad.broker.actions.requesting import GrantIn, RequestIn
from spiegelstad.broker.rules import noise, sheet
from spiegelstad.broker.rules.scope import Rows, Scope, read_rows, rows_as_text
from spiegelstad.catalogue.public import Column
from spiegelstad.governance.public import Classification

_ROWS_HELP = _("One condition on each line, for example: district = Dampoort; Muide. Or: year >= 2020.")


def offer_choices(form: forms.Form, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
    """Give a field its choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


def _long(label: Any, help_text: Any = "", required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, required=required, max_length=4_000, widget=forms.Textarea(attrs={"rows": 3})
    )


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label, help_text=help_text, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class _WithRows(forms.Form):
    """A form that reads conditions on rows."""

    def clean_rows(self) -> Rows:
        """Read the conditions, or say which line is wrong."""
        try:
            return read_rows(str(self.cleaned_data["rows"]))
        except SpiegelstadError as error:
            raise ValidationError(said_or_english(error.detail, error.remedy)) from None


class AskAccess(_WithRows):
    """What an applicant asks for."""

    purpose = _long(
        _("What do you need the data for?"), _("The steward decides by this. Your agreement holds you to it.")
    )
    columns = forms.MultipleChoiceField(label=_("Which columns?"), widget=forms.CheckboxSelectMultiple)
    rows = _long(_("Which rows?"), _ROWS_HELP, required=False)
    from_on = _day(_("From which day?"))
    ends_on = _day(_("Until which day?"), _("Three years at most."))
    legal_basis = _long(
        _("What allows you to use it?"), _("Needed for data of people: the law, or the article of the GDPR."), False
    )

    def __init__(self, data: Any, columns: Iterable[Column], is_personal: bool) -> None:
        super().__init__(data)
        offer_choices(self, "columns", [(one.name, one.name) for one in columns])
        self.fields["legal_basis"].required = is_personal

    def asked(self) -> RequestIn:
        """Return what was asked."""
        given = self.cleaned_data
        scope = Scope(tuple(given["columns"]), given["rows"])
        return RequestIn(scope, given["purpose"], given["from_on"], given["ends_on"], given["legal_basis"])


class Decide(_WithRows):
    """What a steward decides: all of it, a part, or nothing."""

    reason = _long(_("Why do you decide so?"), _("The applicant reads this."))
    columns = forms.MultipleChoiceField(label=_("These columns"), widget=forms.CheckboxSelectMultiple, required=False)
    rows = _long(_("These rows"), _ROWS_HELP, required=False)
    ends_on = _day(_("Until which day?"))
    per_hour = forms.IntegerField(label=_("Questions in an hour, at most"), min_value=1, max_value=10_000, initial=100)
    per_day = forms.IntegerField(label=_("Questions in a day, at most"), min_value=1, max_value=100_000, initial=1_000)
    conditions = _long(_("Conditions"), _("The applicant accepts these before anything can be read."))

    def __init__(self, data: Any, request: models.Request, *, grants: bool = True) -> None:
        chosen = {"columns": request.columns, "rows": rows_as_text(request.rows), "ends_on": request.ends_on}
        super().__init__(data, initial=chosen)
        offer_choices(self, "columns", [(name, name) for name in request.columns])
        if not grants:
            for name in ("ends_on", "per_hour", "per_day", "conditions"):
                self.fields[name].required = False

    def granted(self) -> GrantIn:
        """Return what is granted."""
        given = self.cleaned_data
        scope = Scope(tuple(given["columns"]), given["rows"])
        return GrantIn(scope, given["ends_on"], given["conditions"], given["per_hour"], given["per_day"])


class Reason(forms.Form):
    """Why something ends."""

    reason = forms.CharField(label=_("Why does it end?"), max_length=1_000)


class Organisation(forms.Form):
    """The organisation for which a person asks."""

    name = forms.CharField(label=_("Name of the organisation"), max_length=200)
    number = forms.CharField(
        label=_("Enterprise number"), max_length=20, help_text=_("Ten digits, as in 0207.451.227.")
    )
    code = forms.CharField(
        label=_("Code"),
        max_length=32,
        required=False,
        help_text=_("When a colleague asks for it already: they see it."),
    )


def _bounds(text: str) -> dict[str, tuple[float, float]]:
    """Read `income: 0 - 5000`, one on a line."""
    found = {}
    for line in text.splitlines():
        if line.strip():
            name, _colon, rest = line.partition(":")
            low, _dash, high = rest.partition(" - ")
            try:
                found[name.strip()] = (float(low), float(high))
            except ValueError:
                raise ValidationError(gettext("Write for example: income: 0 - 5000")) from None
    return found


def _bounds_text(bounds: Mapping[str, Any]) -> str:
    return "\n".join(f"{name}: {_exactly(low)} - {_exactly(high)}" for name, (low, high) in bounds.items())


def _exactly(value: float) -> str:
    """Write a number so that it is read as the same one: who keeps a form as it was changes nothing."""
    return repr(float(value)).removesuffix(".0")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(";") if name.strip())


class ChangeOffer(forms.Form):
    """What a steward lets be asked of a dataset, and with which protection."""

    takes_requests = forms.BooleanField(
        label=_("People may ask for a part of it; you decide each time"), required=False
    )
    person_column = forms.ChoiceField(
        label=_("Which column says who a row is about?"), required=False,
        help_text=_("A person counts once, however many rows they have. None: each row is one person."),
    )  # fmt: skip
    counts = forms.BooleanField(label=_("Everyone may ask for counts of large enough groups"), required=False)
    group_columns = forms.CharField(
        label=_("Columns to count by"), required=False, max_length=1_000,
        help_text=_("With ; between them, the most important first: small groups lose the last one first."),
    )  # fmt: skip
    sums = _long(_("Columns to add up"), _("With the least and most for one person: income: 0 - 5000"), required=False)
    threshold = forms.IntegerField(
        label=_("People in every group, at least"), min_value=sheet.LEAST_THRESHOLD, max_value=10_000, initial=10
    )
    base = forms.IntegerField(label=_("Counts are rounded to multiples of"), min_value=2, max_value=10_000, initial=5)
    renew_after = forms.IntegerField(
        label=_("New answers after so many changed people"), min_value=1, max_value=10_000_000, initial=50
    )
    noisy = forms.BooleanField(label=_("Who is known may ask questions that are answered with noise"), required=False)
    filters = forms.CharField(
        label=_("Columns to choose rows by"), required=False, max_length=1_000, help_text=_("With ; between them.")
    )
    bounds = _long(
        _("Columns for sums and averages"), _("With the least and most for one person: income: 0 - 5000"), False
    )
    categories = _long(
        _("Columns for histograms"), _("With all their values: district: Dampoort; Muide"), required=False
    )
    per_applicant = forms.FloatField(label=_("Privacy budget of each applicant (epsilon)"), initial=1.0)
    in_all = forms.FloatField(label=_("Privacy budget of all together (epsilon)"), initial=5.0)

    def __init__(self, data: Any, columns: Iterable[Column], present: OfferIn) -> None:
        super().__init__(data, initial=_as_told(present))
        names = [(one.name, one.name) for one in columns]
        offer_choices(self, "person_column", [("", _("None: each row is one person")), *names])

    def clean_sums(self) -> dict[str, tuple[float, float]]:
        """Read the columns with their bounds."""
        return _bounds(str(self.cleaned_data["sums"]))

    def clean_bounds(self) -> dict[str, tuple[float, float]]:
        """Read the columns with their bounds."""
        return _bounds(str(self.cleaned_data["bounds"]))

    def clean_categories(self) -> dict[str, tuple[str, ...]]:
        """Read the columns with their values."""
        lines = [line for line in str(self.cleaned_data["categories"]).splitlines() if line.strip()]
        return {name.strip(): _names(rest) for name, _colon, rest in (line.partition(":") for line in lines)}

    def offer(self) -> OfferIn:
        """Return what is offered from now on."""
        given = self.cleaned_data
        aggregates = sheet.Settings(
            _names(given["group_columns"]), given["sums"], given["threshold"], given["base"], given["renew_after"]
        )
        noisy = noise.Settings(
            _names(given["filters"]), given["bounds"], given["categories"], given["per_applicant"], given["in_all"]
        )
        return OfferIn(
            given["takes_requests"],
            given["person_column"],
            aggregates if given["counts"] else None,
            noisy if given["noisy"] else None,
        )


def _as_told(present: OfferIn) -> dict[str, Any]:
    """Return an offer as the form shows it; what is off shows the usual settings."""
    told: dict[str, Any] = {"takes_requests": present.takes_requests, "person_column": present.person_column}
    if present.aggregates:
        one = present.aggregates
        told |= {"counts": True, "group_columns": "; ".join(one.columns), "sums": _bounds_text(one.sums)}
        told |= {"threshold": one.threshold, "base": one.base, "renew_after": one.renew_after}
    if present.noisy:
        two = present.noisy
        told |= {"noisy": True, "filters": "; ".join(two.filters), "bounds": _bounds_text(two.bounds)}
        told |= {"categories": "\n".join(f"{name}: {'; '.join(values)}" for name, values in two.categories.items())}
        told |= {"per_applicant": two.per_applicant, "in_all": two.in_all}
    return told


class AskCounts(forms.Form):
    """A question about counts, in the address, so that it can be shared."""

    group_by = forms.MultipleChoiceField(label=_("Count by"), required=False, widget=forms.CheckboxSelectMultiple)
    sum = forms.ChoiceField(label=_("What"), required=False)

    def __init__(self, data: Any, settings: sheet.Settings) -> None:
        super().__init__(data)
        offer_choices(self, "group_by", [(name, name) for name in settings.columns])
        sums = [(name, gettext("sum of {column}").format(column=name)) for name in settings.sums]
        offer_choices(self, "sum", [("", _("number of people")), *sums])


class AskNoisy(_WithRows):
    """A question that is answered with noise."""

    ask = forms.ChoiceField(label=_("What do you want to know?"))
    rows = _long(_("Of whom?"), _("Empty: of everyone. Or on each line: district = Dampoort; Muide"), required=False)
    epsilon = forms.DecimalField(
        label=_("What may it cost (epsilon)?"), min_value=noise.LEAST_EPSILON, max_value=noise.MOST_EPSILON,
        decimal_places=3, initial=Decimal("0.1"), help_text=_("More costs more of your budget and gives less noise."),
    )  # fmt: skip

    def __init__(self, data: Any, settings: noise.Settings) -> None:
        super().__init__(data)
        choices: list[tuple[str, Any]] = [("count:", _("how many people"))]
        choices += [(f"sum:{name}", gettext("sum of {column}").format(column=name)) for name in settings.bounds]
        choices += [(f"mean:{name}", gettext("average of {column}").format(column=name)) for name in settings.bounds]
        choices += [
            (f"histogram:{name}", gettext("how many people by {column}").format(column=name))
            for name in settings.categories
        ]
        offer_choices(self, "ask", choices)

    def clean_rows(self) -> Rows:
        """Refuse what no question can hold, before it is paid."""
        rows = super().clean_rows()
        columns = {one["column"] for one in rows}
        if len(columns) < len(rows) or any(one["operator"] != "in" for one in rows):
            raise ValidationError(gettext("Name each column once, with = and its values: district = Dampoort; Muide"))
        return rows

    def asked(self) -> noise.Noisy:
        """Return the question."""
        given = self.cleaned_data
        kind, _colon, column = given["ask"].partition(":")
        where = {one["column"]: one["values"] for one in given["rows"]}
        return noise.read({"ask": kind, "column": column, "where": where, "epsilon": str(given["epsilon"])})


def is_personal(offer: models.Offer) -> bool:
    """Whether an offer is about data of people, which needs a legal basis."""
    return offer.dataset.classification == Classification.PERSONAL
