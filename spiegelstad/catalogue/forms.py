"""Forms of the catalogue."""

from django import forms
from django.utils.translation import gettext_lazy as _


class DeleteVersion(forms.Form):
    """Why a version has to go."""

    reason = forms.CharField(
        label=_("Why must this version go?"),
        help_text=_("The reason is kept in the audit log. Deleting cannot be undone."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
