"""Forms of the catalogue."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from spiegelstad.catalogue import asking, showcasing
from spiegelstad.catalogue.vocabulary import Asked

_ADDRESS = re.compile(r"(?:.*/data/)?(?P<slug>[a-z0-9-]{1,80})/?")


class DeleteVersion(forms.Form):
    """Why a version has to go."""

    reason = forms.CharField(
        label=_("Why must this version go?"),
        help_text=_("The reason is kept in the audit log. Deleting cannot be undone."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class Ask(forms.Form):
    """A question about a dataset, or an error in it."""

    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=[(Asked.QUESTION, _("I have a question")), (Asked.ERROR, _("I found an error in the data"))],
        widget=forms.RadioSelect,
        initial=Asked.QUESTION,
    )
    text = forms.CharField(
        label=_("Your question or what is wrong"),
        help_text=_(
            "Write nothing about yourself or other people here. For an error: say which row, and what it must be."
        ),
        max_length=asking.MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    name = forms.CharField(
        label=_("Your name"), max_length=100, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_(
            "So that we can answer you. Only the steward sees your name and address. "
            "We delete both 90 days after the answer."
        ),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class Answer(forms.Form):
    """The steward's answer, with the question as everyone may read it."""

    public_text = forms.CharField(
        label=_("The question, as everyone may read it"),
        help_text=_("Take out what is about people. Make it short and clear."),
        max_length=asking.MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    answer = forms.CharField(
        label=_("Your answer"), max_length=asking.MOST_TEXT, widget=forms.Textarea(attrs={"rows": 6})
    )


class SendShowcase(forms.Form):
    """What somebody made of datasets."""

    title = forms.CharField(label=_("What is it called?"), max_length=120)
    url = forms.URLField(
        label=_("Where can it be seen?"), max_length=500, assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )  # fmt: skip
    description = forms.CharField(
        label=_("What does it do, and for whom?"), max_length=600, widget=forms.Textarea(attrs={"rows": 4})
    )
    maker = forms.CharField(
        label=_("Who made it?"),
        help_text=_("An organisation, a school, or the name you want to be known by. Everyone sees this."),
        max_length=100,
    )
    datasets = forms.CharField(
        label=_("Which datasets did you use?"),
        help_text=_("The addresses of their pages, one a line."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("Only the steward sees it. We delete it 90 days after the decision."),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_url(self) -> str:
        """Take an address that can be linked to."""
        url: str = self.cleaned_data["url"]
        if showcasing.problem_of_url(url):
            raise forms.ValidationError(gettext("Give an address on the public web, such as https://example.org/app."))
        return url

    def clean_datasets(self) -> tuple[str, ...]:
        """Take the slugs out of the addresses."""
        found: list[Any] = [
            _ADDRESS.fullmatch(word.partition("?")[0]) for word in self.cleaned_data["datasets"].split()
        ]
        if not all(found) or not 0 < len(found) <= showcasing.MOST_DATASETS:
            raise forms.ValidationError(gettext("Give the address of each dataset, such as …/data/bicycle-counts."))
        return tuple(match["slug"] for match in found)
