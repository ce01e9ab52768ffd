"""The form in which a steward corrects a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MAX_TEXT = 20_000
LONG = 80
SHAPES = frozenset({"geometry", "geometry.problem"})  # nobody writes these by hand


class CorrectRow(forms.Form):
    """One text field for each value of the raw row, and the reason."""

    def __init__(self, *args: Any, values: Mapping[str, str | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = [name for name in values if name not in SHAPES]
        self.names = {f"value-{number}": name for number, name in enumerate(shown)}
        for key, name in self.names.items():
            value = values[name] or ""
            self.fields[key] = forms.CharField(
                label=name,
                required=False,
                initial=value,
                max_length=MAX_TEXT,
                strip=False,
                widget=forms.Textarea(attrs={"rows": 3}) if len(value) > LONG else forms.TextInput(),
            )
        self.fields["reason"] = forms.CharField(
            label=_("Why is this right?"),
            help_text=_("For the audit log, for example: corrected after a call with the publisher."),
            max_length=500,
        )

    def given(self) -> dict[str, str | None]:
        """Return the value of each field by name of the file's column; an empty one is no value."""
        return {name: self.cleaned_data[key] or None for key, name in self.names.items()}
