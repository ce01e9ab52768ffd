"""The form with which an administrator gives a machine access."""

from django import forms
from django.utils.translation import gettext_lazy as _

from spiegelstad.accounts.public import SCOPES

LONGEST_DAYS = 3 * 365


class IssueKey(forms.Form):
    """Name, what the key may do, and how long."""

    name = forms.CharField(label=_("For which machine or application?"), max_length=120)
    scopes = forms.MultipleChoiceField(
        label=_("What may it do?"),
        choices=[(scope, scope) for scope in sorted(SCOPES)],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(label=_("Valid for how many days?"), min_value=1, max_value=LONGEST_DAYS, initial=365)


class WithdrawKey(forms.Form):
    """Why a key ends."""

    reason = forms.CharField(label=_("Why does it end?"), max_length=300)
