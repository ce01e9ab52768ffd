"""What readers look for in the registers, and what stewards tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from spiegelstad.base.localised import in_language
from spiegelstad.stewardship.rules import Entry
from spiegelstad.stewardship.vocabulary import ENTRY_KINDS

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

    def chosen(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return the entries that are asked for."""
        self.is_valid()
        asked = self.cleaned_data
        text, kind, department = asked.get("q", "").casefold(), asked.get("kind", ""), asked.get("department", "")
        access = {"open": (True,), "closed": (False,)}.get(asked.get("access", ""), (True, False))
        return [
            entry
            for entry in entries
            if text in in_language(entry.title).casefold()
            and kind in {"", entry.kind}
            and department in {"", entry.department}
            and entry.is_open in access
        ]


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
