"""The forms of who shares data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from spiegelstad.broker.actions.uploading import UploadIn
from spiegelstad.broker.forms import offer_choices
from spiegelstad.broker.rules.uploaded import MAX_BYTES
from spiegelstad.broker.vocabulary import USE_NAMES
from spiegelstad.catalogue.public import LICENCES, THEME_NAMES


class NewUpload(forms.Form):
    """A file, and what its maker says of it."""

    file = forms.FileField(
        label=_("File"), help_text=_("CSV or GeoJSON, at most 5 MB. Nothing is shown to anyone before you say so."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.json,.geojson"}),
    )  # fmt: skip
    title = forms.CharField(label=_("Title"), max_length=200)
    description = forms.CharField(
        label=_("What is it, and how did you gather it?"), max_length=4_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    theme = forms.ChoiceField(label=_("What is it about?"))
    licence_uri = forms.ChoiceField(
        label=_("Licence"),
        help_text=_("What others may do with it. With CC0 they may do everything; with CC BY they name you."),
    )
    again = forms.ChoiceField(label=_("Is it a new version of something you shared?"), required=False)

    def __init__(self, data: Any, files: Any, published: Mapping[str, str]) -> None:
        super().__init__(data, files)
        offer_choices(self, "theme", [(theme.value, name) for theme, name in THEME_NAMES.items()])
        offer_choices(self, "licence_uri", LICENCES.items())
        offer_choices(self, "again", [("", _("No, it is new")), *published.items()])

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        given = self.cleaned_data["file"]
        if given.size > MAX_BYTES:
            raise forms.ValidationError(_("The file has more than 5 MB."))
        return given

    def given(self) -> UploadIn:
        """Return the file with what was said of it."""
        told = {name: value for name, value in self.cleaned_data.items() if name != "file"}
        file = self.cleaned_data["file"]
        return UploadIn(**told, file_name=file.name, content=file.read())


class DescribeColumn(forms.Form):
    """What a column of the file holds."""

    use = forms.ChoiceField(label=_("Holds"), choices=list(USE_NAMES.items()))
    name = forms.CharField(label=_("Name"), max_length=100)
    description = forms.CharField(label=_("Meaning"), max_length=300, required=False)
    required = forms.BooleanField(label=_("must be filled in"), required=False)
