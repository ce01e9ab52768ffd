"""What a reader asks the register: near where, and what is measured. By address, so it can be shared."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from spiegelstad.sensors.vocabulary import KIND_NAMES


class Search(forms.Form):
    """A street or address, and a kind; both may be left open."""

    q = forms.CharField(label=_("Street or address"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("What it measures"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Everything")), *((kind.value, name) for kind, name in KIND_NAMES.items())]
