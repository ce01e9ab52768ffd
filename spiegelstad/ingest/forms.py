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
    """One text field for each value of the raw row, and the reason. What no field can hold stays as it is."""

    def __init__(self, *args: Any, values: Mapping[str, str | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = [name for name, value in values.items() if name not in SHAPES and len(value or "") <= MAX_TEXT]
        self.values = values
        self.names = {f"value-{number}": name for number, name in enumerate(shown)}
        for key, name in self.names.items():
            value = values[name] or ""
            is_long = len(value) > LONG or len(_lines(value)) > 1  # in a field of one line the others would be lost
            self.fields[key] = forms.CharField(
                label=name,
                required=False,
                initial=value,
                max_length=MAX_TEXT,
                strip=False,
                widget=forms.Textarea(attrs={"rows": 3}) if is_long else forms.TextInput(),
            )
        self.fields["reason"] = forms.CharField(
            label=_("Why is this right?"),
            help_text=_("For the audit log, for example: corrected after a call with the publisher."),
            max_length=500,
        )

    def given(self) -> dict[str, str | None]:
        """Return the value of each field by name of the file's column; an empty one is no value."""
        return {name: self._value(name, self.cleaned_data[key]) for key, name in self.names.items()}

    def _value(self, name: str, text: str) -> str | None:
        """Return a text with the line ends that the value had: a browser writes its own, also where nothing changed."""
        before = self.values[name]
        if _lines(text) == _lines(before or ""):
            return before
        return ("\r\n" if "\r\n" in (before or "") else "\n").join(_lines(text)) or None


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
