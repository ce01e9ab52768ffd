"""What a reader may choose: the map's indicator, areas and period; an exploration. By address, so it can be shared."""

from collections.abc import Mapping, Sequence

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from spiegelstad.base.localised import in_language
from spiegelstad.indicators.pages.themes import grouped
from spiegelstad.indicators.rules.figures import Indicator
from spiegelstad.places import public as places

MAX_INDICATORS = 6
MAX_AREAS = 12


def indicator_choices(indicators: Sequence[Indicator]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return indicators as choices in groups by theme."""
    groups = grouped(indicators, lambda one: one.theme)
    return [(str(group.name), [(one.slug, in_language(one.name)) for one in group.rows]) for group in groups]


class MapForm(forms.Form):
    """Which indicator over which areas; an impossible wish falls back to the nearest that can be shown."""

    indicator = forms.ChoiceField(label=_("Indicator"))
    area_type = forms.ChoiceField(label=_("Areas"))

    def __init__(
        self, data: QueryDict, *, indicators: Sequence[Indicator], area_types: Mapping[str, str], wish: str
    ) -> None:
        """Offer these indicators and area types (slug to name, from large to small); `wish` is the first choice."""
        by_slug = {one.slug: one for one in indicators}
        self.chosen = by_slug.get(data.get("indicator", "")) or by_slug.get(wish) or indicators[0]
        small = [slug for slug in area_types if slug != places.MUNICIPALITY and slug in self.chosen.area_types]
        self.kinds = small or [slug for slug in area_types if slug in self.chosen.area_types]
        wanted = data.get("area_type", "")
        self.kind = wanted if wanted in self.kinds else next(iter(self.kinds), "")
        super().__init__(initial={"indicator": self.chosen.slug, "area_type": self.kind}, auto_id="map-%s")
        self.asked = data
        self.fields["indicator"].choices = indicator_choices(indicators)  # type: ignore[attr-defined]
        self.fields["area_type"].choices = [(slug, area_types[slug]) for slug in self.kinds]  # type: ignore[attr-defined]
        if len(indicators) == 1:
            del self.fields["indicator"]
        if len(self.kinds) < 2:
            self.fields["area_type"].widget = forms.HiddenInput()

    def choice(self) -> tuple[Indicator, str]:
        """Return what to show."""
        return self.chosen, self.kind

    def step(self) -> int | None:
        """Return the slider's position, None when it was not moved."""
        text = self.asked.get("step", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None

    def period(self) -> str:
        """Return the period asked for by name."""
        return self.asked.get("period", "")

    def until(self) -> str:
        """Return the last period of the slider that was moved."""
        return self.asked.get("until", "")


class ExploreForm(forms.Form):
    """Indicators, areas and periods to put side by side."""

    indicator = forms.MultipleChoiceField(label=_("Indicators"), widget=forms.CheckboxSelectMultiple)
    area_type = forms.ChoiceField(label=_("Kind of area"))
    area = forms.MultipleChoiceField(label=_("Areas"), widget=forms.CheckboxSelectMultiple, required=False)
    since = forms.CharField(label=_("From"), required=False, max_length=10)
    until = forms.CharField(label=_("Until"), required=False, max_length=10)

    def __init__(
        self,
        data: QueryDict | None,
        *,
        indicators: Sequence[Indicator],
        area_types: Mapping[str, str],
        areas: Mapping[str, str],
    ) -> None:
        """Offer these indicators, area types and areas (code to name)."""
        super().__init__(data, auto_id="explore-%s")
        self.fields["indicator"].choices = indicator_choices(indicators)  # type: ignore[attr-defined]
        self.fields["area_type"].choices = list(area_types.items())  # type: ignore[attr-defined]
        self.fields["area"].choices = sorted(areas.items(), key=lambda pair: pair[1])  # type: ignore[attr-defined]

    def clean_indicator(self) -> list[str]:
        """At most six, or nobody can read the charts."""
        chosen: list[str] = self.cleaned_data["indicator"]
        if len(chosen) > MAX_INDICATORS:
            raise forms.ValidationError(_("Choose at most %(count)d indicators."), params={"count": MAX_INDICATORS})
        return chosen

    def clean_area(self) -> list[str]:
        """At most twelve, for the same reason."""
        chosen: list[str] = self.cleaned_data["area"]
        if len(chosen) > MAX_AREAS:
            raise forms.ValidationError(_("Choose at most %(count)d areas."), params={"count": MAX_AREAS})
        return chosen
