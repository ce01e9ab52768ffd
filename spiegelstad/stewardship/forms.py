"""What readers look for in the registers, and what stewards tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from spiegelstad.base.localised import in_language
from spiegelstad.catalogue.public import NEXT, STATUS_NAMES, THEME_NAMES, Change, Status
from spiegelstad.stewardship.rules import Asked
from spiegelstad.stewardship.vocabulary import DIMENSIONS, ENTRY_KINDS

LONGEST_REASON = 1_000


class FindEntries(forms.Form):
    """What to see of the data register; a value that is not known chooses nothing."""

    q = forms.CharField(label=_("Word in the title"), max_length=100, required=False)
    kind = forms.ChoiceField(label=_("What"), required=False)
    department = forms.ChoiceField(label=_("Owner"), required=False)
    access = forms.ChoiceField(
        label=_("Access"), required=False,
        choices=[("", _("Everything")), ("open", _("open")), ("closed", _("not open"))],
    )  # fmt: skip

    def __init__(self, data: Any, *, departments: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__(data)
        names = [(slug, in_language(name)) for slug, name in departments.items()]
        offer(self, "kind", [("", _("Everything")), *((kind.value, name) for kind, name in ENTRY_KINDS.items())])
        offer(self, "department", [("", _("Everyone")), *sorted(names, key=lambda pair: pair[1])])

    def asked(self) -> Asked:
        """Return what is asked for."""
        self.is_valid()
        given = self.cleaned_data
        is_open = {"open": True, "closed": False}.get(given.get("access", ""))
        return Asked(given.get("q", ""), given.get("kind", ""), given.get("department", ""), is_open)


def offer(form: forms.Form, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
    """Set what can be chosen in a field of a form."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


def reason_field(label: Any, help_text: Any = "") -> forms.CharField:
    """Return the field of a reason."""
    return forms.CharField(
        label=label, help_text=help_text, max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3})
    )


class ChangeStatus(forms.Form):
    """What a dataset becomes, why, and from which day on; without a day it is done at once."""

    status = forms.ChoiceField(label=_("It becomes"), widget=forms.RadioSelect)
    reason = reason_field(_("Why?"), _("Everyone reads this, in the register and on the page of the dataset."))
    replaced_by = forms.CharField(
        label=_("Use this instead"), required=False, max_length=80,
        help_text=_("The last part of the address of another dataset. Only for what is deprecated."),
    )  # fmt: skip
    on = forms.DateField(
        label=_("From this day on"), required=False,
        help_text=_("Empty: now. Users of open data are told 30 days before it is destroyed."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, status: Status) -> None:
        super().__init__(data)
        offer(self, "status", [(one.value, STATUS_NAMES[one]) for one in Status if one in NEXT[status]])

    def change(self) -> Change:
        """Return the change that was asked for."""
        given = self.cleaned_data
        return Change(Status(given["status"]), given["reason"], given["replaced_by"].strip())


class GiveReason(forms.Form):
    """Why something is done."""

    reason = reason_field(_("Why?"), _("The reason is kept in the audit log."))


class SetTarget(forms.Form):
    """What share a dimension should have; empty: no target any more."""

    dimension = forms.ChoiceField(label=_("What"), choices=[(one.value, name) for one, name in DIMENSIONS.items()])
    per_cent = forms.DecimalField(
        label=_("At least how many per cent"), required=False, min_value=1, max_value=100, decimal_places=1,
        help_text=_("Empty: let the target go."),
    )  # fmt: skip
    reason = reason_field(_("Why this target?"), _("Everyone reads this beside the figures."))


class SetThemeTarget(SetTarget):
    """The same for all data of a theme."""

    theme = forms.ChoiceField(label=_("Theme"), choices=[(one.value, name) for one, name in THEME_NAMES.items()])
    field_order = ("theme",)


class Settle(forms.Form):
    """What came of the duty to share back."""

    shared_url = forms.URLField(
        label=_("Where the shared data is"), required=False, max_length=500, assume_scheme="https",
        help_text=_("Empty: there was nothing to share."),
    )  # fmt: skip
    note = reason_field(_("What you found"))
